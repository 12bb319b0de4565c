package policy

import (
	"errors"
	"reflect"
	"slices"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits on a policy file: far above any real one.
const (
	textMax  = 1 << 20 // bytes of the file
	depthMax = 64      // brackets open at once
	listMax  = 4096    // entries of a list or a mapping
	wordMax  = 64      // bytes of a name
)

// read decodes the file over a document: what the file does not state stays.
func (s *source) read(doc *document) {
	products := in[*productsSection](doc)
	base := (*products)["default"]
	*products = productsSection{}
	if body := s.parse(); body != nil {
		s.decode(body, reflect.ValueOf(doc).Elem(), "", "")
	}
	if len(s.faults) == 0 {
		products.inherit(base)
	}
}

// parse returns the file's one mapping, or nil and a fault.
func (s *source) parse() (body ast.Node) {
	defer func() {
		// The parser is not ours: a file that trips it is a bad file.
		if r := recover(); r != nil {
			s.failAt(place{1, 1}, "", "the YAML cannot be read: %v", r)
			body = nil
		}
	}()
	switch {
	case len(s.text) > textMax:
		s.failAt(place{1, 1}, "", "the file has %d bytes, at most %d are possible", len(s.text), textMax)
		return nil
	case !utf8.Valid(s.text):
		s.failAt(place{1, 1}, "", "the file is not UTF-8")
		return nil
	case tooDeep(s.text):
		s.failAt(place{1, 1}, "", "more than %d brackets or levels are open at once", depthMax)
		return nil
	}
	file, err := parser.ParseBytes(s.text, 0)
	if err != nil {
		s.failSyntax(err)
		return nil
	}
	docs := slices.DeleteFunc(file.Docs, func(d *ast.DocumentNode) bool { return d.Body == nil })
	switch {
	case len(docs) == 0:
		s.failAt(place{1, 1}, "", "the file is empty")
		return nil
	case len(docs) > 1:
		s.failAt(placeOf(docs[1].Body), "", "a policy file holds one document; put each policy in a file of its own")
		return nil
	}
	return docs[0].Body
}

// tooDeep reports whether brackets or indentation nest deeper than any policy:
// the parser recurses on them.
func tooDeep(text []byte) bool {
	open, indent, deepest := 0, 0, 0
	start := true
	for _, c := range text {
		switch {
		case c == '\n':
			start, indent = true, 0
		case start && (c == ' ' || c == '-' || c == '?' || c == '\t'):
			indent++
		default:
			start = false
		}
		switch c {
		case '[', '{':
			open++
		case ']', '}':
			open--
		}
		deepest = max(deepest, open, indent/4)
	}
	return deepest > depthMax
}

func (s *source) failSyntax(err error) {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		s.failAt(placeOfToken(at.GetToken()), "", "%s", at.GetMessage())
		return
	}
	s.failAt(place{1, 1}, "", "%v", err)
}

func placeOfToken(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{1, 1}
	}
	return place{t.Position.Line, t.Position.Column}
}

func placeOf(n ast.Node) place {
	if n == nil {
		return place{1, 1}
	}
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return placeOfToken(m.Values[0].Key.GetToken())
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		return placeOfToken(m.Key.GetToken())
	}
	return placeOfToken(n.GetToken())
}

// inherit gives the products what they leave out: from default, and default
// from the built-in one, which is nil for the built-in policy itself.
func (list *productsSection) inherit(base *productSection) {
	first := (*list)["default"]
	if first == nil {
		first = &productSection{}
		(*list)["default"] = first
	}
	if base != nil {
		first.take(base)
	}
	for _, p := range *list {
		if p != first {
			p.take(first)
		}
	}
}

// take sets what a product leaves out as another has it.
func (p *productSection) take(from *productSection) {
	to, v := reflect.ValueOf(p).Elem(), reflect.ValueOf(from).Elem()
	for i := range to.NumField() {
		if to.Field(i).IsNil() {
			to.Field(i).Set(v.Field(i))
		}
	}
}
