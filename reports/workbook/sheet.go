package workbook

import (
	"fmt"
	"io"

	"daybook/reports"

	"github.com/xuri/excelize/v2"
)

// headRows is how many rows decide how wide columns are. A table that has no more is
// written from memory.
const headRows = 1000

// Columns are at least and at most so wide, in digits; the mark of a filter takes some of
// the header's cell.
const (
	widthMin    = 8
	widthMax    = 60
	filterWidth = 3
)

// A sheet is a table on its way into the workbook.
type sheet struct {
	w      *writer
	table  *Table
	name   string
	rows   int64
	head   [][]any // the first rows, until they are written
	widths []int
	large  *large // of a table that is larger than its head
}

// table writes a table as a sheet.
func (w *writer) table(t *Table) (err error) {
	s := &sheet{w: w, table: t, widths: make([]int, len(t.Columns))}
	if s.name, err = w.newSheet(t.Name); err != nil {
		return err
	}
	defer func() { err = first(err, s.large.close()) }()
	for i := range t.Columns {
		s.widths[i] = letters(t.Columns[i].Name) + filterWidth
	}
	if err := t.Rows(s.add); err != nil {
		return err
	}
	return s.close()
}

// add adds a batch of rows.
func (s *sheet) add(columns []reports.Column) error {
	b := batchOf(s.table.Name, s.w.style, columns)
	for row := range columns[0].Len() {
		if s.rows++; s.rows > s.w.rowsMax {
			continue // they are counted
		}
		cells := make([]any, len(columns))
		for i := range columns {
			var width int
			cells[i], width = b.cell(i, row)
			if s.rows <= headRows {
				s.widths[i] = max(s.widths[i], width)
			}
		}
		if s.rows <= headRows {
			s.head = append(s.head, cells)
			continue
		}
		if err := s.stream(cells); err != nil {
			return err
		}
	}
	return nil
}

// stream writes a row behind the head, and the head before the first.
func (s *sheet) stream(cells []any) (err error) {
	if s.large == nil {
		if s.large, err = newLarge(s.w.scratch); err != nil {
			return err
		}
		if err := s.begin(s.large.stream); err != nil {
			return err
		}
	}
	return setRow(s.large.stream, int(s.rows)+1, cells)
}

// begin writes what comes before the rows, the header, and the head.
func (s *sheet) begin(out *excelize.StreamWriter) error {
	for i, width := range s.widths {
		if err := out.SetColWidth(i+1, i+1, float64(min(max(width+1, widthMin), widthMax))); err != nil {
			return err
		}
	}
	err := out.SetPanes(&excelize.Panes{
		Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft",
		Selection: []excelize.Selection{{SQRef: "A2", ActiveCell: "A2", Pane: "bottomLeft"}},
	})
	if err != nil {
		return err
	}
	cells := make([]any, len(s.table.Columns))
	for i := range s.table.Columns {
		cells[i] = excelize.Cell{StyleID: s.w.style.header, Value: s.table.Columns[i].Name}
	}
	if err := setRow(out, 1, cells); err != nil {
		return err
	}
	for i, cells := range s.head {
		if err := setRow(out, i+2, cells); err != nil {
			return err
		}
	}
	s.head = nil
	return nil
}

// close ends the sheet, and lists it.
func (s *sheet) close() error {
	l := listed{sheet: s.name, table: s.table, rows: s.rows}
	if s.rows > s.w.rowsMax {
		l.note = fmt.Sprintf("not in the workbook: %s rows, and a sheet holds %s; open the CSV", grouped(s.rows), grouped(s.w.rowsMax))
	}
	s.w.listed = append(s.w.listed, l)
	switch {
	case l.note != "":
		return s.refuse(fmt.Sprintf("%s is %s: %s", s.table.Name, l.note, s.table.CSV))
	case s.large == nil:
		return s.small()
	}
	if err := s.filter(s.w.file, s.name); err != nil { // what is a name of the workbook
		return err
	}
	if err := s.end(s.large.file, largeSheet, s.large.stream); err != nil {
		return err
	}
	return s.large.spool(s.w.parts, partOf(s.w.sheets))
}

// small writes the sheet from its head.
func (s *sheet) small() error {
	out, err := newStream(s.w.file, s.name)
	if err != nil {
		return err
	}
	if err := s.begin(out); err != nil {
		return err
	}
	return s.end(s.w.file, s.name, out)
}

// refuse writes why the table is not here.
func (s *sheet) refuse(why string) error {
	out, err := newStream(s.w.file, s.name)
	if err == nil {
		err = setRow(out, 1, []any{excelize.Cell{StyleID: s.w.style.text, Value: why}})
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// end ends a sheet in a file.
func (s *sheet) end(f *excelize.File, name string, out *excelize.StreamWriter) error {
	if err := s.filter(f, name); err != nil {
		return err
	}
	return out.Flush()
}

// filter puts filters on the header.
func (s *sheet) filter(f *excelize.File, name string) error {
	last, err := excelize.CoordinatesToCellName(len(s.table.Columns), int(s.rows)+1)
	if err != nil {
		return err
	}
	return f.AutoFilter(name, "A1:"+last, nil)
}

// newStream starts a sheet. It does not say how far it reaches: that is not known yet, and
// readers believe it.
func newStream(f *excelize.File, name string) (*excelize.StreamWriter, error) {
	if err := f.SetSheetDimension(name, ""); err != nil {
		return nil, err
	}
	return f.NewStreamWriter(name)
}

func setRow(out *excelize.StreamWriter, row int, cells []any) error {
	at, err := excelize.CoordinatesToCellName(1, row)
	if err != nil {
		return err
	}
	return out.SetRow(at, cells)
}

func grouped(n int64) string { return reports.Grouped(fmt.Sprint(n)) }

// partOf is where the file keeps the sheet of a number, from 1.
func partOf(sheet int) string { return fmt.Sprintf("xl/worksheets/sheet%d.xml", sheet) }

// A large is a sheet that is written in a file of its own, since a file keeps up to 16 MiB
// of each of its sheets in memory until it is written. Of that file only the sheet is taken.
type large struct {
	file   *excelize.File
	stream *excelize.StreamWriter
}

// largeSheet is the second sheet of its file: the first is the one that is shown.
const largeSheet = "Sheet2"

func newLarge(scratch string) (l *large, err error) {
	l = new(large)
	if l.file, _, err = newFile(scratch); err != nil {
		return nil, err
	}
	if _, err = l.file.NewSheet(largeSheet); err == nil {
		l.stream, err = newStream(l.file, largeSheet)
	}
	if err != nil {
		return nil, first(err, l.file.Close())
	}
	return l, nil
}

// spool compresses the sheet, and gives its memory back.
func (l *large) spool(p *parts, as string) error {
	l.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return &spool{parts: p, only: partOf(2), as: as} })
	return first(l.file.Write(io.Discard), l.close())
}

// close removes what lies in the scratch folder.
func (l *large) close() error {
	if l == nil || l.file == nil {
		return nil
	}
	f := l.file
	l.file = nil
	return f.Close()
}
