package statement

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"

	"daybook/reports"
	"daybook/reports/pdf"
)

// A Format is what a statement is written as, and its file's ending.
type Format string

// The formats.
const (
	HTML Format = "html"
	PDF  Format = "pdf"
	JSON Format = "json"
)

// Formats are all of them.
var Formats = []string{string(HTML), string(PDF), string(JSON)}

// creator is what wrote a statement.
const creator = "Daybook"

// A Writer writes statements. It belongs to one goroutine.
type Writer struct {
	format Format
	fonts  *pdf.Fonts // of the PDF
}

// NewWriter returns a writer of a format; a further font, the content of a .ttf, has
// letters that the fonts of the program have not. nil: none.
func NewWriter(f Format, further []byte) (*Writer, error) {
	w := &Writer{format: f}
	if f != PDF {
		return w, nil
	}
	var err error
	if w.fonts, err = pdf.Load(); err != nil {
		return nil, err
	}
	if further != nil {
		err = w.fonts.Add(further)
	}
	return w, err
}

// Write returns a statement's file. The statement ties, or it is a panic; a letter that no
// font of the PDF has is a [pdf.MissingError].
func (w *Writer) Write(s *Statement) ([]byte, error) {
	s.Check()
	s = s.shown()
	switch w.format {
	case HTML:
		return s.html()
	case PDF:
		return s.pdf(w.fonts)
	}
	return s.json()
}

// Name is what a statement's file is called: the loan's id, with each byte that a file's
// name may not have everywhere as % and two digits.
func Name(loanID string, f Format) string {
	var b strings.Builder
	for i, c := range []byte(loanID) {
		safe := c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '-' || c == '_' || c == '.' && i > 0
		if safe {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String() + "." + string(f)
}

// Mark is what the beginning of a statement's file has, and no other file: whose it is and
// of what days, so that a file which is in the way is known for an older copy of the same.
func (s *Statement) Mark() string {
	name := Name(s.LoanID, "")
	return fmt.Sprintf("daybook-statement %s %s %s", name[:len(name)-1], s.From, s.To)
}

// MarkWithin is how far from the beginning of a file its mark ends.
const MarkWithin = 1024

// shown returns the statement with texts of others that nothing obeys.
func (s *Statement) shown() *Statement {
	c := *s
	c.Addressee = nil
	for _, line := range s.Addressee {
		c.Addressee = append(c.Addressee, reports.Visible(line))
	}
	return &c
}

// json writes the figures as an object that begins with the mark.
func (s *Statement) json() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	err := e.Encode(struct {
		Mark string `json:"mark"`
		*Statement
	}{s.Mark(), s})
	return b.Bytes(), err
}

//go:embed statement.html.tmpl
var pageText string

var pageTemplate = template.Must(template.New("statement").Parse(pageText))

func (s *Statement) html() ([]byte, error) {
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, struct {
		*page
		Language, Mark, Creator, Made string
		LoanWord                      string
	}{compose(s), s.Locale.Tag, s.Mark(), creator, s.AsOf.String(), s.Locale.say("loan")})
	return b.Bytes(), err
}
