package intake

import (
	"errors"
	"fmt"
	"slices"

	"github.com/parquet-go/parquet-go/format"
)

// bind finds the contract's columns among the file's, and joins the faults of
// all of them.
func (f *File) bind() error {
	fields := contract[f.Kind]
	f.bound = make([]*leaf, len(fields))
	used := make([]bool, len(f.leaves))
	var faults []error
	for i := range fields {
		own := f.options.ownName(f.Kind, fields[i].name)
		l, err := f.find(own, &fields[i])
		if err != nil {
			faults = append(faults, err)
		}
		if f.bound[i] = l; l != nil {
			used[l.column] = true
		}
	}
	for i := range f.leaves {
		if top := f.leaves[i].top; !used[i] && !slices.Contains(f.Extra, top) {
			f.Extra = append(f.Extra, top)
		}
	}
	if f.Kind == Flags && len(faults) == 0 && f.bound[FlagsBorrowerID] == nil && f.bound[FlagsLoanID] == nil {
		faults = append(faults, &FileError{File: f.Name, Want: "a column borrower_id or loan_id", Got: "neither",
			Hint: "say whom each flag concerns"})
	}
	return errors.Join(faults...)
}

// find returns the leaf of one contract column, or nil where the file may do
// without.
func (f *File) find(own string, field *field) (*leaf, error) {
	var found *leaf
	for i := range f.leaves {
		l := &f.leaves[i]
		if l.top != own {
			continue
		}
		switch {
		case l.nested:
			return nil, &FileError{File: f.Name, Column: own, Want: "one plain value a row", Got: "the nested column " + l.name,
				Hint: "flatten it, or map another column in intake.columns." + f.Kind.String()}
		case found != nil:
			return nil, &FileError{File: f.Name, Column: own, Want: "one column of that name", Got: "several",
				Hint: "rename or drop the others"}
		}
		found = l
	}
	if found == nil {
		if field.required {
			return nil, &FileError{File: f.Name, Column: own, Want: wants[field.form], Got: "no such column",
				Hint: "add it, or map your own name in intake.columns." + f.Kind.String() + "." + field.name}
		}
		return nil, nil
	}
	if hint, ok := f.options.suits(found, field.form); !ok {
		return nil, &FileError{File: f.Name, Column: own, Want: wants[field.form], Got: found.String(), Hint: hint}
	}
	return found, nil
}

var wants = [...]string{
	word:    "a STRING",
	note:    "a STRING",
	amount:  "a DECIMAL",
	rate:    "a DECIMAL or DOUBLE",
	date:    "a DATE or TIMESTAMP",
	instant: "a TIMESTAMP or a STRING like 2026-11-23T18:30:00+08:00",
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
	}
	return "cast it to INTEGER", l.whole() || isDecimal || l.floats()
}
