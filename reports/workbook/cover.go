package workbook

import (
	"fmt"
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/reports"

	"github.com/xuri/excelize/v2"
)

// A Cover is what the first sheet says: the night, line by line, and then sections. What
// is said of the other sheets comes by itself.
type Cover struct {
	Title        string // "": that of a night's regulatory tables
	BusinessDate civil.Date
	Software     string // name and version
	Facts        []Fact
	Sections     []Section
}

// A Fact is one line: what it is, and what it says. One that says nothing is left out.
type Fact struct{ Name, Value string }

// A Section is a title, a sentence, and a small table. One without rows is left out.
type Section struct {
	Title string
	Note  string
	Table *reports.Table
}

// A Pack is a rule pack in force.
type Pack struct {
	Name, Title  string
	Fills        string // classification, stage, or nothing
	Digest       string // SHA-256
	Posts        bool   // its provisions are posted
	Illustrative bool   // a lender has not taken away that mark
}

// Packs are the rule packs of the night's policy, in its order.
func Packs(list []Pack) Section {
	t := &reports.Table{Name: "packs", Columns: []reports.Column{
		textColumn("pack"), textColumn("title"), textColumn("fills"), {Name: "posts", Kind: reports.Bool},
		{Name: "illustrative", Kind: reports.Bool}, textColumn("sha256"),
	}}
	for _, p := range list {
		t.Append(p.Name, p.Title, p.Fills, truth(p.Posts), truth(p.Illustrative), p.Digest)
	}
	return Section{Title: "Rule packs", Table: t}
}

// A Reading is a rule in force whose reading of the law counsel must confirm.
type Reading struct{ Pack, Rule, Cite, Question string }

// Readings are the rules in force that counsel must confirm.
func Readings(list []Reading) Section {
	t := &reports.Table{Name: "readings", Columns: []reports.Column{
		textColumn("pack"), textColumn("rule"), textColumn("cite"), textColumn("to_confirm"),
	}}
	for _, r := range list {
		t.Append(r.Pack, r.Rule, r.Cite, r.Question)
	}
	return Section{
		Title: "For counsel to confirm", Table: t,
		Note: "These rules are in force tonight, and the law can be read otherwise.",
	}
}

// Totals are the night's control totals: what the loans add up to and what the GL has, and
// loans past due in the queue and on the tape. Scale is that of the policy.
func Totals(c *reports.ControlTotals, scale int) (Section, error) {
	amount := func(name string) reports.Column {
		return reports.Column{Name: name, Kind: reports.Amount, Digits: scale, Optional: true}
	}
	t := &reports.Table{Name: "control_totals", Columns: []reports.Column{
		{Name: "currency", Kind: reports.Coded}, textColumn("total"), amount("amount"), amount("must_equal"), textColumn("of"),
		{Name: "tied", Kind: reports.Bool},
	}}
	for i := range c.Currencies {
		x := &c.Currencies[i]
		for _, tie := range x.Ties() {
			a, err := money.ParseDecimal(tie.Amount, scale)
			if err != nil {
				return Section{}, fmt.Errorf("total %s: %w", tie.Name, err)
			}
			b, err := money.ParseDecimal(tie.GL, scale)
			if err != nil {
				return Section{}, fmt.Errorf("total %s: %w", tie.Name, err)
			}
			t.Append(x.Currency, tie.Name, a, b, "GL", truth(tie.Tied))
		}
	}
	for i := range c.Queue {
		x := &c.Queue[i]
		places := int64(0)
		for k := range x.Places {
			v, err := money.ParseDecimal(x.Places[k].PastDue, scale)
			if err != nil {
				return Section{}, fmt.Errorf("place %s: %w", x.Places[k].Place, err)
			}
			places += v
		}
		reminders, err := money.ParseDecimal(x.Reminders.PastDue, scale)
		if err != nil {
			return Section{}, fmt.Errorf("reminders: %w", err)
		}
		tape, err := money.ParseDecimal(x.TapePastDue, scale)
		if err != nil {
			return Section{}, fmt.Errorf("past due of the tape: %w", err)
		}
		t.Append(x.Currency, "past due in the queue", places-reminders, tape, "tape", truth(x.Tied))
	}
	return Section{Title: "Control totals", Table: t}, nil
}

// Rows are the night's rows by kind of file: what came in is what was applied, known
// already, rejected or held.
func Rows(c *reports.ControlTotals) Section {
	number := func(name string) reports.Column { return reports.Column{Name: name, Kind: reports.Number} }
	t := &reports.Table{Name: "rows", Columns: []reports.Column{
		textColumn("kind"), number("rows_in"), number("applied"), number("duplicates"), number("rejected"), number("held"),
		{Name: "tied", Kind: reports.Bool},
	}}
	var kinds []string
	sums := map[string]*[5]int64{}
	for i := range c.Files {
		f := &c.Files[i]
		s := sums[f.Kind]
		if s == nil {
			s = new([5]int64)
			sums[f.Kind], kinds = s, append(kinds, f.Kind)
		}
		for k, v := range [5]int64{f.RowsIn, f.Applied, f.Duplicates, f.Rejected, f.Held} {
			s[k] += v
		}
	}
	slices.Sort(kinds) // that of the files is the sender's
	for _, kind := range kinds {
		s := sums[kind]
		t.Append(kind, s[0], s[1], s[2], s[3], s[4], truth(s[0] == s[1]+s[2]+s[3]+s[4]))
	}
	return Section{Title: "Rows in", Table: t}
}

func textColumn(name string) reports.Column {
	return reports.Column{Name: name, Kind: reports.Text, Optional: true}
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sheetsSection lists the other sheets.
func (w *writer) sheetsSection() Section {
	t := &reports.Table{Name: "sheets", Columns: []reports.Column{
		textColumn("sheet"), {Name: "rows", Kind: reports.Number}, textColumn("csv"), textColumn("note"), textColumn("sha256_of_csv"),
	}}
	for i := range w.listed {
		l := &w.listed[i]
		t.Append(l.sheet, l.rows, l.table.CSV, l.note, l.table.SHA256)
	}
	return Section{Title: "Sheets", Table: t}
}

// A page is the first sheet in the making.
type page struct {
	w      *writer
	rows   [][]any
	widths []int
}

// cover writes the first sheet.
func (w *writer) cover(c *Cover) error {
	p := &page{w: w}
	p.add(excelize.Cell{StyleID: w.style.title, Value: c.title()})
	date, _ := w.style.day(c.BusinessDate)
	p.add(p.measured("Business date"), date)
	for _, f := range append(c.Facts[:len(c.Facts):len(c.Facts)], Fact{"Made by", c.Software}) {
		if f.Value != "" {
			p.add(p.measured(f.Name), p.text(f.Value))
		}
	}
	for _, s := range append(c.Sections[:len(c.Sections):len(c.Sections)], w.sheetsSection()) {
		p.section(&s)
	}
	out, err := newStream(w.file, ReadMe)
	if err != nil {
		return err
	}
	for i, width := range p.widths {
		if err := out.SetColWidth(i+1, i+1, float64(min(max(width+2, widthMin), widthMax))); err != nil {
			return err
		}
	}
	for i, cells := range p.rows {
		if len(cells) > 0 {
			if err := setRow(out, i+1, cells); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

func (p *page) add(cells ...any) { p.rows = append(p.rows, cells) }

func (p *page) text(s string) any {
	c, _ := p.w.style.words(s)
	return c
}

// measured is a text of the first column.
func (p *page) measured(s string) any {
	p.wide(0, letters(s))
	return p.text(s)
}

func (p *page) wide(column, width int) {
	for len(p.widths) <= column {
		p.widths = append(p.widths, 0)
	}
	p.widths[column] = max(p.widths[column], width)
}

// section adds an empty line, the title, the sentence, and the table. A long text in the last
// column runs on to the right, and makes it no wider.
func (p *page) section(s *Section) {
	t := s.Table
	if t.Rows() == 0 {
		return
	}
	p.add()
	p.add(excelize.Cell{StyleID: p.w.style.title, Value: s.Title})
	if s.Note != "" {
		p.add(p.text(s.Note))
	}
	header := make([]any, len(t.Columns))
	for i := range t.Columns {
		header[i] = excelize.Cell{StyleID: p.w.style.header, Value: t.Columns[i].Name}
		p.wide(i, letters(t.Columns[i].Name))
	}
	p.add(header...)
	b := batchOf(t.Name, p.w.style, t.Columns)
	for row := range t.Rows() {
		cells := make([]any, len(t.Columns))
		for i := range t.Columns {
			var width int
			if cells[i], width = b.cell(i, row); i < len(t.Columns)-1 {
				p.wide(i, width)
			}
		}
		p.add(cells...)
	}
}
