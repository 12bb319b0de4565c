package reports

import (
	"fmt"

	"daybook/aging"
	"daybook/ledger/civil"
)

// A Reject is a row of the input that was not applied, with all it said.
type Reject struct {
	File       string
	Row        int64 // from 0 in the file
	Kind       string
	ReasonCode string
	Reason     string // for people; one sentence
	Values     string // the row's own values, a JSON object
}

// rejectColumns are those of rejects.parquet, without the business date.
func rejectColumns() []Column {
	return []Column{
		coded("file"), number("row_number"), coded("kind"), coded("reason_code"),
		{Name: "reason", Kind: Text}, {Name: "values", Kind: Text},
	}
}

// Rejects is the table of rejected rows, in the order given: sort by file and
// row before.
func Rejects(rows []Reject) *Table {
	var b rejectsTable
	b.add(rows)
	return &b.table
}

// rejectsTable fills the table of rejects; its dictionaries grow.
type rejectsTable struct {
	table Table
	codes [3]map[string]uint16 // of file, kind and reason_code
}

// rejectCodes are the coded columns.
var rejectCodes = [3]int{0, 2, 3}

func (b *rejectsTable) add(rows []Reject) {
	if b.table.Columns == nil {
		b.table = Table{Name: "rejects", Columns: rejectColumns()}
		b.codes = [3]map[string]uint16{{}, {}, {}}
	}
	c := b.table.Columns
	for i := range rows {
		r := &rows[i]
		for k, name := range [3]string{r.File, r.Kind, r.ReasonCode} {
			column := &c[rejectCodes[k]]
			code, ok := b.codes[k][name]
			if !ok {
				code = column.code(name)
				b.codes[k][name] = code
			}
			column.Codes = append(column.Codes, code)
		}
		c[1].Ints = append(c[1].Ints, r.Row)
		c[4].Texts.Append([]byte(r.Reason))
		c[5].Texts.Append([]byte(r.Values))
	}
}

// A RejectsWriter writes rejects.parquet, however many rows there are.
type RejectsWriter struct {
	rows  rejectsTable
	w     *ParquetWriter
	sheet *Sheet
}

// rejectsGroupBytes is when a row group of rejects is cut before it has its rows: a
// rejected row may have any number of columns of any length.
const rejectsGroupBytes = 16 << 20

// CreateRejects starts the file of rejects of the night of a date.
func CreateRejects(path string, f *Form, date civil.Date) (*RejectsWriter, error) {
	sheet := f.Sheet("rejects", date)
	w, err := f.CreateParquet(path, sheet.table, sheet.Columns(rejectColumns()))
	if err != nil {
		return nil, err
	}
	w.most = rejectsGroupBytes
	return &RejectsWriter{w: w, sheet: sheet}, nil
}

// Write adds rows: those of a night come sorted by file and row.
func (r *RejectsWriter) Write(rows []Reject) error {
	if len(rows) == 0 {
		return nil
	}
	for i := range r.rows.table.Columns {
		r.rows.table.Columns[i].Reset()
	}
	r.rows.add(rows)
	return r.w.Write(r.sheet.Columns(r.rows.table.Columns))
}

// Close syncs the file and says what it holds.
func (r *RejectsWriter) Close() (Output, error) { return r.w.Close() }

// Abort removes the file.
func (r *RejectsWriter) Abort() { r.w.Abort() }

// Scores writes one part of the score adjustments: the loans whose score
// moved tonight. It belongs to one worker.
type Scores struct {
	w       *ParquetWriter
	sheet   *Sheet
	columns []Column
}

func scoreColumns(d *aging.Dictionaries) []Column {
	columns := []Column{
		{Name: "loan_id", Kind: Text}, {Name: "borrower_id", Kind: Text, Optional: true},
		{Name: "old_score", Kind: Count}, {Name: "new_score", Kind: Count}, {Name: "score_delta", Kind: Count},
	}
	for c := aging.Reason1; c <= aging.Reason4; c++ {
		columns = append(columns, Column{
			Name: fmt.Sprintf("reason_%d", 1+c-aging.Reason1), Kind: Coded, Names: d[c], Optional: true,
		})
	}
	return columns
}

// CreateScores starts a part file of the night of a date.
func CreateScores(path string, f *Form, date civil.Date, d *aging.Dictionaries) (*Scores, error) {
	sheet, columns := f.Sheet("score_adjustments", date), scoreColumns(d)
	w, err := f.CreateParquet(path, sheet.table, sheet.Columns(columns))
	if err != nil {
		return nil, err
	}
	return &Scores{w, sheet, columns}, nil
}

// Write adds the loans of a batch whose score moved.
func (s *Scores) Write(f *aging.Facts) error {
	for i := range s.columns {
		s.columns[i].Reset()
	}
	c := s.columns
	for i, delta := range f.Counts[aging.ScoreDelta] {
		if delta == 0 {
			continue
		}
		score := f.Counts[aging.Score][i]
		c[0].Texts.Append(f.LoanID.Row(i))
		c[1].Texts.Append(f.Borrower.Row(i))
		c[2].Counts = append(c[2].Counts, score-delta)
		c[3].Counts = append(c[3].Counts, score)
		c[4].Counts = append(c[4].Counts, delta)
		for k := range 4 {
			c[5+k].Codes = append(c[5+k].Codes, f.Codes[aging.Reason1+aging.Code(k)][i])
		}
	}
	return s.w.Write(s.sheet.Columns(c))
}

// Close syncs the file and says what it holds.
func (s *Scores) Close() (Output, error) { return s.w.Close() }

// Abort removes the file.
func (s *Scores) Abort() { s.w.Abort() }
