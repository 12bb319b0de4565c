package workbook

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// A workbook as another program reads it: zip and XML alone, nothing of the library.
type book struct {
	order     []string // sheets
	sheets    map[string]*sheetXML
	names     map[string]string // what each sheet's filter is of
	formats   []string          // by style
	bold      []bool
	parts     map[string]string
	partOrder []string
	modified  map[string]string
}

type sheetXML struct {
	book     *book
	Views    []viewXML   `xml:"sheetViews>sheetView"`
	Cols     []colXML    `xml:"cols>col"`
	Rows     []rowXML    `xml:"sheetData>row"`
	Auto     *filterXML  `xml:"autoFilter"`
	Size     *filterXML  `xml:"dimension"`
	Links    []filterXML `xml:"hyperlinks>hyperlink"`
	Frozen   string      `xml:"-"`
	Filter   string      `xml:"-"`
	Selected bool        `xml:"-"`
}

type viewXML struct {
	Selected bool      `xml:"tabSelected,attr"`
	Panes    []paneXML `xml:"pane"`
}

type paneXML struct {
	TopLeft string `xml:"topLeftCell,attr"`
	State   string `xml:"state,attr"`
	Rows    int    `xml:"ySplit,attr"`
}

type colXML struct {
	Min   int     `xml:"min,attr"`
	Max   int     `xml:"max,attr"`
	Width float64 `xml:"width,attr"`
}

type filterXML struct {
	Ref string `xml:"ref,attr"`
}

type rowXML struct {
	Number int       `xml:"r,attr"`
	Cells  []cellXML `xml:"c"`
}

type cellXML struct {
	Ref     string  `xml:"r,attr"`
	Type    string  `xml:"t,attr"`
	Style   int     `xml:"s,attr"`
	Value   string  `xml:"v"`
	Formula *string `xml:"f"`
	Text    struct {
		T     string `xml:",chardata"`
		Space string `xml:"space,attr"`
	} `xml:"is>t"`
}

var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// text is what a program shows of an inline string: _xHHHH_ is a letter, and spaces at
// the ends count only where the cell says so.
func (c *cellXML) text() string {
	s := c.Text.T
	if c.Text.Space != "preserve" {
		s = strings.Trim(s, " \t\n\r")
	}
	return escaped.ReplaceAllStringFunc(s, func(x string) string {
		n, _ := strconv.ParseUint(x[2:6], 16, 16)
		return string(rune(n))
	})
}

// read opens a workbook as a program does that trusts nothing: every part is listed, every
// reference leads to a part, rows and cells are in order.
func read(t testing.TB, raw []byte) *book {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	b := &book{sheets: map[string]*sheetXML{}, names: map[string]string{}, parts: map[string]string{}, modified: map[string]string{}}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r) // with its sum
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		if _, twice := b.parts[f.Name]; twice {
			t.Fatalf("%s is there twice", f.Name)
		}
		b.partOrder, b.parts[f.Name], b.modified[f.Name] = append(b.partOrder, f.Name), string(data), f.Modified.UTC().Format("2006-01-02 15:04:05")
	}
	b.checkTypes(t)
	b.readStyles(t)
	b.readSheets(t)
	return b
}

func (b *book) parse(t testing.TB, part string, v any) {
	t.Helper()
	text, ok := b.parts[part]
	if !ok {
		t.Fatalf("there is no part %s", part)
	}
	if err := xml.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%s: %v", part, err)
	}
}

func (b *book) checkTypes(t testing.TB) {
	var types struct {
		Defaults []struct {
			Extension string `xml:"Extension,attr"`
		} `xml:"Default"`
		Overrides []struct {
			Part string `xml:"PartName,attr"`
		} `xml:"Override"`
	}
	b.parse(t, contentTypes, &types)
	known := map[string]bool{}
	for _, o := range types.Overrides {
		name := strings.TrimPrefix(o.Part, "/")
		if known[name] = true; b.parts[name] == "" {
			t.Errorf("the part %s is listed and not there", name)
		}
	}
	for name := range b.parts {
		if !known[name] && path.Ext(name) != ".rels" && name != contentTypes {
			t.Errorf("the part %s is not listed", name)
		}
	}
}

func (b *book) readStyles(t testing.TB) {
	var s struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Fonts []struct {
			Bold *struct{} `xml:"b"`
		} `xml:"fonts>font"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
			Font   int `xml:"fontId,attr"`
		} `xml:"cellXfs>xf"`
	}
	b.parse(t, "xl/styles.xml", &s)
	codes := map[int]string{0: "", 3: "#,##0", 4: "#,##0.00", 10: "0.00%", 49: "@"}
	for _, f := range s.Formats {
		codes[f.ID] = f.Code
	}
	for _, c := range s.Cells {
		code, ok := codes[c.Format]
		if !ok {
			t.Errorf("a style has the format %d, which is nowhere", c.Format)
		}
		b.formats, b.bold = append(b.formats, code), append(b.bold, s.Fonts[c.Font].Bold != nil)
	}
}

func (b *book) readSheets(t testing.TB) {
	var w struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			Rel  string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
		Names []struct {
			Name  string `xml:"name,attr"`
			Sheet int    `xml:"localSheetId,attr"`
			Of    string `xml:",chardata"`
		} `xml:"definedNames>definedName"`
	}
	var rels struct {
		List []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	b.parse(t, "xl/workbook.xml", &w)
	b.parse(t, "xl/_rels/workbook.xml.rels", &rels)
	targets := map[string]string{}
	for _, r := range rels.List {
		targets[r.ID] = path.Join("xl", strings.TrimPrefix(r.Target, "/xl/"))
		if b.parts[targets[r.ID]] == "" {
			t.Errorf("%s leads to %s, which is not there", r.ID, r.Target)
		}
	}
	for _, x := range w.Sheets {
		s := &sheetXML{book: b}
		b.parse(t, targets[x.Rel], s)
		b.order, b.sheets[x.Name] = append(b.order, x.Name), s
		s.check(t, x.Name)
	}
	for _, n := range w.Names {
		if n.Name != "_xlnm._FilterDatabase" {
			t.Errorf("the workbook has a name %s", n.Name)
		}
		b.names[b.order[n.Sheet]] = n.Of
	}
}

// check holds rows and cells to their order, and takes out what the tests ask for.
func (s *sheetXML) check(t testing.TB, name string) {
	last := 0
	for _, r := range s.Rows {
		if r.Number <= last || r.Number > 1<<20 {
			t.Fatalf("%s: row %d after %d", name, r.Number, last)
		}
		last = r.Number
		column := 0
		for _, c := range r.Cells {
			at, row, err := excelize.CellNameToCoordinates(c.Ref)
			if err != nil || row != r.Number || at <= column {
				t.Fatalf("%s: cell %s in row %d, after column %d", name, c.Ref, r.Number, column)
			}
			if column = at; c.Style >= len(s.book.formats) {
				t.Fatalf("%s: cell %s has the style %d of %d", name, c.Ref, c.Style, len(s.book.formats))
			}
		}
	}
	if len(s.Links) > 0 || s.Size != nil {
		t.Errorf("%s has links %v, or a size", name, s.Links)
	}
	for _, v := range s.Views {
		s.Selected = s.Selected || v.Selected
		for _, p := range v.Panes {
			if p.State == "frozen" && p.Rows == 1 {
				s.Frozen = p.TopLeft
			}
		}
	}
	if s.Auto != nil {
		s.Filter = strings.ReplaceAll(s.Auto.Ref, "$", "")
	}
}

func (b *book) sheet(t testing.TB, name string) *sheetXML {
	t.Helper()
	s := b.sheets[name]
	if s == nil {
		t.Fatalf("no sheet %s among %v", name, b.order)
	}
	return s
}

// line is a row as text: 'text, *bold text, >text in the place of a number, a number and its format.
func (s *sheetXML) line(number int) string {
	for _, r := range s.Rows {
		if r.Number == number {
			return s.lineOf(&r)
		}
	}
	return ""
}

func (s *sheetXML) lineOf(r *rowXML) string {
	var cells []string
	for _, c := range r.Cells {
		at, _, _ := excelize.CellNameToCoordinates(c.Ref)
		for len(cells) < at {
			cells = append(cells, "")
		}
		var text string
		switch format := s.book.formats[c.Style]; {
		case c.Type == "inlineStr" && s.book.bold[c.Style]:
			text = "*" + c.text()
		case c.Type == "inlineStr" && strings.ContainsAny(c.text()[:1], "0123456789-") && !strings.Contains(c.text(), "T"):
			text = ">" + c.text()
		case c.Type == "inlineStr":
			text = "'" + c.text()
		case c.Type == "b":
			text = map[string]string{"1": "TRUE", "0": "FALSE"}[c.Value]
		case c.Type == "" || c.Type == "n":
			text = c.Value + " " + format
		default:
			text = fmt.Sprintf("?%s %s", c.Type, c.Value)
		}
		cells[at-1] = text
	}
	// What is missing at the end of a row is empty.
	return strings.Join(cells, "|")
}

func (s *sheetXML) all() string {
	var b strings.Builder
	for _, r := range s.Rows {
		b.WriteString(s.lineOf(&r) + "\n")
	}
	return b.String()
}

func (s *sheetXML) width(column int) float64 {
	for _, c := range s.Cols {
		if c.Min <= column && column <= c.Max {
			return c.Width
		}
	}
	return 0
}

func cellOf(v any) excelize.Cell {
	c, _ := v.(excelize.Cell)
	return c
}
