package policy

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Fault is one thing that is wrong with a policy file.
type Fault struct {
	File         string
	Line, Column int    // from 1
	Key          string // such as products.default.allocation[0].order
	Reason       string
	Text         string // the line itself
}

// Error returns where and what the fault is, and the line with a caret.
func (f *Fault) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: ", f.File, f.Line)
	if f.Key != "" {
		fmt.Fprintf(&b, "%s: ", f.Key)
	}
	fmt.Fprintf(&b, "%s\n%5d | %s\n      | ", f.Reason, f.Line, f.Text)
	for i, r := range []rune(f.Text) {
		if i+1 >= f.Column {
			break
		}
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	b.WriteByte('^')
	return b.String()
}

// Faults are all that is wrong with a policy file, in the order of its lines.
type Faults []*Fault

// Error returns the faults one after the other.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i := range f {
		lines[i] = f[i].Error()
	}
	return strings.Join(lines, "\n")
}

// faultsMax bounds what one file's mistakes print.
const faultsMax = 20

// place is where a key stands in the file.
type place struct{ line, column int }

// source is a policy file's text, where each of its keys stands, and what is
// wrong with it.
type source struct {
	file       string
	text       []byte
	lines      []string
	at         map[string]place // by path; a scalar's own place, else its key's
	faults     Faults
	pack       *pack           // what rules are cited from; nil while the pack itself is read
	kept       bool            // it is a book's own, which was accepted once
	alone      bool            // it is a pack without a policy: what a policy has is not asked for
	builtin    bool            // it is the built-in policy
	folderless bool            // no other file is read for it
	packFiles  map[int]*source // of the packs that stand in files, by their place
	keptFile   KeptFile        // of the files that it names, those that the book keeps
}

func newSource(text []byte, file string) *source {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // YAML 1.2.2, 5.2; editors on Windows write one
	return &source{file: file, text: text, lines: strings.Split(string(text), "\n"), at: map[string]place{}}
}

// stated reports whether the file itself has a key.
func (s *source) stated(path string) bool {
	_, ok := s.at[path]
	return ok
}

// fail records a fault of a key, at the key or at the nearest one around it
// that the file states.
func (s *source) fail(path, format string, args ...any) {
	at := place{1, 1}
	for p := path; p != ""; p = p[:max(strings.LastIndexAny(p, ".["), 0)] {
		if x, ok := s.at[p]; ok {
			at = x
			break
		}
	}
	s.failAt(at, path, format, args...)
}

func (s *source) failAt(at place, path, format string, args ...any) {
	f := &Fault{File: s.file, Line: at.line, Column: at.column, Key: path, Reason: fmt.Sprintf(format, args...)}
	if at.line >= 1 && at.line <= len(s.lines) {
		f.Text = clipped(strings.TrimRight(s.lines[at.line-1], "\r"))
	}
	for _, g := range s.faults {
		if *g == *f {
			return // inherited by several products
		}
	}
	if len(s.faults) < faultsMax {
		s.faults = append(s.faults, f)
	}
}

// lineMax is the most of a line that is shown.
const lineMax = 400

// clipped is a line that can be shown.
func clipped(line string) string {
	if len(line) <= lineMax {
		return line
	}
	return strings.ToValidUTF8(line[:lineMax], "") + " …"
}

func (s *source) errors() error {
	slices.SortStableFunc(s.faults, func(a, b *Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return s.faults
}

// suggest says which word of a list was meant, or which there are.
func suggest(word string, list []string) string {
	best, distance := "", 3
	for _, x := range list {
		if d := editDistance(word, x); d < distance && d < len(x) {
			best, distance = x, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(list) == 1:
		return fmt.Sprintf("use %q", list[0])
	}
	return "use one of " + strings.Join(list, ", ")
}

// editDistance counts the insertions, deletions and substitutions that turn
// one word into another.
func editDistance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	var row [65]int
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
