package reports

import (
	_ "embed"
	"html/template"
	"io"

	"daybook/ledger/civil"
)

// A FolioPage is the page of a publication beside the nights: what it comes to, and the
// tables that a person reads first.
type FolioPage struct {
	Title   string
	Date    civil.Date
	Meta    string // whose it is
	Verdict string
	Bad     bool
	Parts   []FolioPart
	Foot    string
}

// A FolioPart is what a page says of one currency, or of all.
type FolioPart struct {
	Name     string
	Cards    []FolioCard
	Sections []FolioSection
}

// A FolioCard is one figure.
type FolioCard struct {
	Label, Value, Note string
	Bad                bool
}

// A FolioSection is a table. Cells are as they are shown.
type FolioSection struct {
	Name, Note string
	Head       []FolioHead
	Rows       [][]string
	More       string // what is not shown
}

// A FolioHead is the head of a column; figures stand to the right.
type FolioHead struct {
	Name   string
	Figure bool
}

// Heads makes the heads of a table; a name that begins with # is of figures.
func Heads(names ...string) (heads []FolioHead) {
	for _, n := range names {
		h := FolioHead{Name: n}
		if n != "" && n[0] == '#' {
			h = FolioHead{n[1:], true}
		}
		heads = append(heads, h)
	}
	return heads
}

//go:embed folio.html.tmpl
var folioText string

var folioTemplate = template.Must(template.New("folio").Parse(folioText))

// WriteHTML writes the page: one file, nothing from outside.
func (p *FolioPage) WriteHTML(w io.Writer) error {
	return folioTemplate.Execute(w, struct {
		*FolioPage
		Sheet template.CSS
	}{p, template.CSS(pageStyle)})
}
