package intake

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go/format"
)

// bind finds the contract's columns among the file's, and joins the faults of
// all of them.
func (f *File) bind(w *workspace) error {
	fields := contract[f.Kind]
	f.bound, f.hollow = make([]*leaf, len(fields)), make([]bool, len(f.leaves))
	own := make([]string, len(fields))
	for i := range fields {
		own[i] = f.options.ownName(f.Kind, fields[i].name)
	}
	used, found := make([]bool, len(f.leaves)), make([]bool, len(fields))
	var faults []error
	for i := range fields {
		l, err := f.find(w, own, i)
		if err == nil && l != nil && used[l.column] {
			err = &FileError{File: f.Name, Column: l.name, Want: "a column for " + fields[i].name, Got: "one that another takes too",
				Hint: "correct intake.columns." + f.Kind.String()}
		}
		if err != nil {
			faults = append(faults, err)
		}
		if f.bound[i] = l; l != nil {
			used[l.column], found[i] = true, true
			if f.hollow[l.column] && !fields[i].required {
				f.bound[i] = nil
			}
		}
	}
	for i := range f.leaves {
		if top := f.leaves[i].top; !used[i] && !slices.Contains(f.Extra, NameOf(top)) {
			f.Extra = append(f.Extra, NameOf(top))
		}
	}
	// A column of ids that holds nothing is the fault of its rows, not the file's.
	if s, ok := subjects[f.Kind]; ok && len(faults) == 0 && !found[s.columns[0]] && !found[s.columns[1]] {
		faults = append(faults, &FileError{File: f.Name, Want: "a column " + own[s.columns[0]] + " or " + own[s.columns[1]], Got: "neither",
			Hint: "say whom each row concerns"})
	}
	return errors.Join(faults...)
}

// find returns the leaf of the contract's column i, or nil where the file may do
// without. own has the file's names of all columns.
func (f *File) find(w *workspace, own []string, i int) (*leaf, error) {
	field, want := &contract[f.Kind][i], wants[contract[f.Kind][i].form]
	name, err := f.caseOf(own, i)
	if err != nil {
		return nil, err
	}
	var found *leaf
	for i := range f.leaves {
		l := &f.leaves[i]
		if l.top != name {
			continue
		}
		switch {
		case l.nested:
			return nil, &FileError{File: f.Name, Column: name, Want: "one plain value a row", Got: "the nested column " + l.name,
				Hint: "flatten it, or map another column in intake.columns." + f.Kind.String()}
		case found != nil:
			return nil, &FileError{File: f.Name, Column: name, Want: "one column of that name", Got: "several",
				Hint: "rename or drop the others"}
		}
		found = l
	}
	if found == nil {
		if field.required {
			return nil, &FileError{File: f.Name, Column: name, Want: want, Got: "no such column",
				Hint: "add it, or map your own name in intake.columns." + f.Kind.String() + "." + field.name}
		}
		return nil, nil
	}
	hint, ok := f.options.suits(found, field.form)
	if found.annotation == nulls || !ok {
		empty := found.annotation == nulls
		if !empty {
			if empty, err = f.holdsNothing(w, found); err != nil {
				return nil, err
			}
		}
		if f.hollow[found.column] = empty; !empty {
			return nil, &FileError{File: f.Name, Column: name, Want: want, Got: found.String(), Hint: hint}
		}
	}
	return found, nil
}

// caseOf returns the name of column i as the file has it: systems that export in
// capitals mean the same column. A name that is exactly right wins, and no column
// is taken from another that it names exactly.
func (f *File) caseOf(own []string, i int) (string, error) {
	var others []string
	for j := range f.leaves {
		top := f.leaves[j].top
		if top == own[i] {
			return top, nil
		}
		if strings.EqualFold(top, own[i]) && !slices.Contains(own, top) && !slices.Contains(others, top) {
			others = append(others, top)
		}
	}
	switch len(others) {
	case 0:
		return own[i], nil
	case 1:
		return others[0], nil
	}
	return "", &FileError{File: f.Name, Column: own[i], Want: "one column of that name",
		Got: "several that differ only in case: " + strings.Join(others, ", "), Hint: "rename or drop the others"}
}

// holdsNothing reports whether a column of a type that does not suit has only
// nulls. Its type then says nothing: pandas writes an optional column without
// any value as DOUBLE, DuckDB as INTEGER. Only such columns are read for it.
func (f *File) holdsNothing(w *workspace, l *leaf) (bool, error) {
	c := w.cursor(0)
	for g := range f.groups {
		c.reset(f, g, l, nil)
		for {
			more, err := c.advance()
			if errors.Is(err, errChanged) {
				return false, c.fault(f, err)
			}
			if err != nil || more && l.maxDef == 0 {
				return false, nil
			}
			if !more {
				break
			}
			levels := resize(&c.levels, min(c.left, batchMax))
			if c.defs.fill(levels) != nil || slices.Contains(levels, uint32(l.maxDef)) {
				return false, nil
			}
			c.left -= len(levels)
		}
	}
	return true, nil
}

var wants = [...]string{
	word:    "a STRING",
	note:    "a STRING",
	amount:  "a DECIMAL",
	rate:    "a DECIMAL or DOUBLE",
	date:    "a DATE or TIMESTAMP",
	instant: "a TIMESTAMP or a STRING like 2026-11-23T18:30:00+08:00",
	clock:   "a STRING like 09:30",
	count:   "an integer",
}

// suits reports whether a leaf's type can serve a form, and what to do if not.
func (o *Options) suits(l *leaf, f form) (hint string, ok bool) {
	isDecimal := l.annotation == decimal && l.physical != format.Boolean && l.physical != format.Int96 &&
		l.physical != format.Float && l.physical != format.Double
	isText := (l.physical == format.ByteArray || l.physical == format.FixedLenByteArray) &&
		(l.annotation == none || l.annotation == textual)
	isTimestamp := l.annotation == timestamp && (l.physical == format.Int64 || l.physical == format.Int96)
	cast := fmt.Sprintf("cast it to DECIMAL(18,%d)", o.Scale)
	switch f {
	case word, note:
		return "cast it to a string", isText
	case amount:
		if l.floats() {
			return cast + ", or set intake.allow_float_money: true", o.AllowFloatMoney
		}
		if l.whole() {
			return cast + ", or set intake.money_in_minor_units: true", o.MinorUnits
		}
		return cast, isDecimal
	case rate:
		return "write the fraction, 0.24 for 24 %, as DECIMAL(18,9)", isDecimal || l.floats()
	case date:
		return "cast it to DATE", l.annotation == day && l.physical == format.Int32 || isTimestamp
	case instant:
		return "cast it to TIMESTAMP", isTimestamp || isText
	case clock:
		return "write hours and minutes as text, 09:30", isText
	}
	return "cast it to INTEGER", l.whole() || isDecimal || l.floats()
}
