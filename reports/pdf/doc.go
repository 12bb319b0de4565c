// Package pdf writes documents of text and lines: pages of A4, every font that is used
// embedded as the subset that is used, each text tagged with what it is, and nothing
// outside the file referred to. Texts are shaped, so that scripts whose letters join and
// change places come out as they are written. What no font can show is a
// [MissingError] and never an empty box.
//
// A document is a function of what it is given: it has no clock and no randomness, and
// measures in whole thousandths of a point, so that it has the same bytes on every machine.
// It is built as PDF/A-2u asks, and tagged; it does not claim to be it, as no program that
// proves it is at hand.
package pdf

import (
	"fmt"
	"slices"
	"strings"
)

// A Unit is a thousandth of a point.
type Unit int64

// Point is a 72nd of an inch.
const Point Unit = 1000

// The size of an A4 page.
const (
	Width  = 595276 * Unit(1)
	Height = 841890 * Unit(1)
)

// A Color is red, green and blue, each up to 255.
type Color struct{ R, G, B uint8 }

// A Style is how a text is set.
type Style struct {
	Size  Unit
	Bold  bool // outlined in its own colour: the fonts have one weight
	Color Color
}

// Info is what a document says about itself.
type Info struct {
	Title    string
	Language string // BCP 47
	Creator  string
	Mark     string // of one line of ASCII, near the beginning of the file
	Year     int    // and Month and Day: when it was made
	Month    int
	Day      int
}

// A Document is being written. It belongs to one goroutine, and so do its fonts.
type Document struct {
	info  Info
	fonts *Fonts
	used  []*subset // by face; nil: not used
	pages []*Page
	root  *Elem
	runs  map[string][]run
	lost  []rune // that no font has
	in    string // the first text with one
}

// New begins a document.
func New(fonts *Fonts, info Info) *Document {
	return &Document{
		info: info, fonts: fonts, used: make([]*subset, len(fonts.faces)), root: &Elem{kind: "Document"}, runs: map[string][]run{},
	}
}

// A Page is being written.
type Page struct {
	doc     *Document
	number  int
	content []byte
	owners  []*Elem // of the marked contents, in their order
}

// Page begins a new page.
func (d *Document) Page() *Page {
	p := &Page{doc: d, number: len(d.pages)}
	d.pages = append(d.pages, p)
	return p
}

// An Elem is a part of the document's structure, for who reads it aloud.
type Elem struct {
	kind   string
	scope  string // of a header cell: Column or Row
	actual string // its text, where its glyphs are not its letters one by one
	parent *Elem
	kids   []kid
}

// A kid is a part of a part, or a marked content of a page.
type kid struct {
	elem *Elem
	page int
	mark int
}

// Tag adds a part, such as H1, P, Table, TR, TH or TD, to another; nil is the document.
func (d *Document) Tag(parent *Elem, kind string) *Elem {
	if parent == nil {
		parent = d.root
	}
	e := &Elem{kind: kind, parent: parent}
	parent.kids = append(parent.kids, kid{elem: e})
	return e
}

// Head adds a header cell of a column or a row.
func (d *Document) Head(parent *Elem, scope string) *Elem {
	e := d.Tag(parent, "TH")
	e.scope = scope
	return e
}

// begin marks what follows as content of a part, or as no content where there is none.
func (p *Page) begin(e *Elem) {
	if e == nil {
		p.content = append(p.content, "/Artifact BMC\n"...)
		return
	}
	p.content = fmt.Appendf(p.content, "/%s <</MCID %d>> BDC\n", e.kind, len(p.owners))
	e.kids = append(e.kids, kid{page: p.number, mark: len(p.owners)})
	p.owners = append(p.owners, e)
}

func (p *Page) end() { p.content = append(p.content, "EMC\n"...) }

// Line draws a line, from the left and the top of the page.
func (p *Page) Line(x1, y1, x2, y2, width Unit, c Color) {
	p.begin(nil)
	p.content = fmt.Appendf(p.content, "%s RG %s w %s %s m %s %s l S\n", c, width, x1, Height-y1, x2, Height-y2)
	p.end()
}

// Fill fills a rectangle.
func (p *Page) Fill(x, y, width, height Unit, c Color) {
	p.begin(nil)
	p.content = fmt.Appendf(p.content, "%s rg %s %s %s %s re f\n", c, x, Height-y-height, width, height)
	p.end()
}

// String writes the unit as a number of points.
func (u Unit) String() string {
	sign := ""
	if u < 0 {
		sign, u = "-", -u
	}
	if u%Point == 0 {
		return fmt.Sprintf("%s%d", sign, u/Point)
	}
	return strings.TrimRight(fmt.Sprintf("%s%d.%03d", sign, u/Point, u%Point), "0")
}

// String writes the colour's three parts as numbers up to 1.
func (c Color) String() string {
	part := func(v uint8) Unit { return (Unit(v)*Point + 127) / 255 }
	return fmt.Sprintf("%s %s %s", part(c.R), part(c.G), part(c.B))
}

// A MissingError says which letters no font has.
type MissingError struct {
	Letters []rune
	Text    string // the first with one of them
}

func (e *MissingError) Error() string {
	var list []string
	for _, r := range e.Letters {
		list = append(list, fmt.Sprintf("%q (U+%04X)", r, r))
	}
	more := ""
	if len(list) > missingMax {
		list, more = list[:missingMax], fmt.Sprintf(" and %d more", len(e.Letters)-missingMax)
	}
	return fmt.Sprintf("no font has %s%s, of %q", strings.Join(list, ", "), more, e.Text)
}

// missingMax is how many letters an error names.
const missingMax = 5

func (d *Document) lose(r rune, text string) {
	if !slices.Contains(d.lost, r) {
		d.lost = append(d.lost, r)
	}
	if d.in == "" {
		d.in = text
	}
}

// Missing says which letters of the texts so far no font has; nil: none.
func (d *Document) Missing() error {
	if len(d.lost) == 0 {
		return nil
	}
	return &MissingError{d.lost, d.in}
}

// Pages are the pages so far.
func (d *Document) Pages() []*Page { return d.pages }
