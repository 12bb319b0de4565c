package channel

import (
	"fmt"

	"daybook/ledger/borrower"
)

// A Format is how the rows of one file are written: the CSV of a channel, or that of a
// profile. It is not changed, and any number of workers may use it at once.
type Format struct {
	channel borrower.Channel
	profile *Profile // nil: the channel's own CSV
	o       Options
	takes   []Personal // columns of the lender's own, behind those of the channel
	columns []column
	text    appender
}

// CSV is the format of a channel's own file.
func CSV(c borrower.Channel, ids bool) *Format {
	return &Format{channel: c, o: Options{Masked: ids}, columns: columnsOf(c, ids), text: AppendText}
}

// Format is a profile's format of a channel's tasks.
func (p *Profile) Format(c borrower.Channel, o Options) (*Format, error) {
	if err := p.Check(o); err != nil {
		return nil, err
	}
	f := &Format{channel: c, profile: p, o: o, columns: columnsOf(c, o.Masked), text: AppendText}
	if o.Quotes {
		f.text = appendInner
	}
	return f, nil
}

// With returns the format with the lender's own columns as well.
func (f *Format) With() *Format {
	with := *f
	with.takes = f.profile.Takes
	return &with
}

// Name is what the format's file is called, the n-th of several, from 1.
func (f *Format) Name(n int) string {
	switch {
	case f.profile == nil:
		return f.channel.String() + ".csv"
	case n > 1:
		return fmt.Sprintf("%s.%s-%d.%s", f.channel, f.profile.Name, n, f.profile.Ext)
	}
	return fmt.Sprintf("%s.%s.%s", f.channel, f.profile.Name, f.profile.Ext)
}

// Header appends the line before all rows, where there is one.
func (f *Format) Header(b []byte) []byte {
	if f.positional() {
		return b
	}
	names := Columns(f.channel, f.o.Masked)
	for i := range f.takes {
		names = append(names, f.takes[i].Name)
	}
	if f.o.Quotes {
		for i := range names {
			names[i] = `"` + names[i] + `"`
		}
	}
	return appendHeader(b, names)
}

func (f *Format) positional() bool { return f.profile != nil && f.profile.positional }

// Append appends a row as a line of the file. What the lender adds of his own stands in
// the order of [Profile.Takes]; it is nil for a format without it.
func (f *Format) Append(b []byte, r *Row, personal [][]byte) []byte {
	if f.positional() {
		return f.appendLead(b, r, personal)
	}
	if !f.o.Quotes && len(f.takes) == 0 {
		return appendRow(b, f.columns, r, f.text)
	}
	for i := range f.columns {
		b = f.begin(b, i == 0)
		b = f.end(f.columns[i].append(b, r, f.text))
	}
	for i := range f.takes {
		b = f.begin(b, false)
		b = f.end(f.takes[i].appendTo(b, personal[i], f.plus(personal[i]), f.text))
	}
	return append(b, '\n')
}

// plus reports whether a number is written with its +. A profile that has the choice does
// as it is told, others as the lender has it.
func (f *Format) plus(number []byte) bool {
	if f.profile.options {
		return f.o.Plus
	}
	return len(number) > 0 && number[0] == '+'
}

func (f *Format) begin(b []byte, first bool) []byte {
	if !first {
		b = append(b, ',')
	}
	if f.o.Quotes {
		b = append(b, '"')
	}
	return b
}

func (f *Format) end(b []byte) []byte {
	if f.o.Quotes {
		b = append(b, '"')
	}
	return b
}
