package reports

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"daybook/aging"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// cureEvents is how many of the events of a cure, which [aging.Facts] has from 1, cohorts count: the
// cure, and its first relapse within 3, 6 and 12 months. What comes after those is none of theirs.
const cureEvents = 4

// curedMonth places loans by the month of their last cure.
var curedMonth = coordinate{
	places: func(*aging.Dictionaries) int { return monthsMax },
	place: func(b *Builder, f *aging.Facts, to []int32) {
		for i, event := range f.CureEvent {
			if to[i] = 0; event != 0 {
				to[i] = int32(b.monthOf(f.Days[aging.LastCuredOn][i]))
			}
		}
	},
}

// curedBucket places loans by the bucket that they were cured from and by what became of that
// tonight, and leaves out those of which nothing did.
var curedBucket = coordinate{
	places: func(d *aging.Dictionaries) int { return codePlaces(d, aging.LastCuredBucket) * cureEvents },
	place: func(b *Builder, f *aging.Facts, to []int32) {
		null := int32(codePlaces(b.dictionaries, aging.LastCuredBucket) - 1)
		for i, event := range f.CureEvent {
			if to[i] = -1; event == 0 || event > cureEvents {
				continue
			}
			bucket := min(int32(f.Codes[aging.LastCuredBucket][i]), null) // of a longer list of buckets: none
			to[i] = bucket*cureEvents + int32(event) - 1
		}
	},
}

// cureMonths is how many months the table cures keeps, the newest that of the night.
const cureMonths = 25

// curesTable is the table without rows.
func curesTable() *Table {
	return &Table{Name: "cures", Columns: []Column{
		coded("currency"), coded("cured_month"), coded("bucket"), number("cured"), number("redefaulted_3m"), number("redefaulted_6m"), number("redefaulted_12m"),
	}}
}

// A cohort is the loans of a currency that were cured from a bucket in a month.
type cohort struct{ currency, month, bucket string }

// Cures returns the table cures of a night: the cohorts of the last close, with what the builder's
// loans add. before is that table of the last close, or nil, and renamed what buckets of it are
// called now. A month that is no longer kept falls out.
func (b *Builder) Cures(before *Table, renamed map[string]string, on civil.Date) *Table {
	sums := map[cohort]*[cureEvents]int64{}
	of := func(c cohort) *[cureEvents]int64 {
		if sums[c] == nil {
			sums[c] = &[cureEvents]int64{}
		}
		return sums[c]
	}
	if before != nil {
		c := before.Columns
		for i := range before.Rows() {
			bucket := c[2].text(i)
			if now, is := renamed[bucket]; is {
				bucket = now
			}
			s := of(cohort{c[0].text(i), c[1].text(i), bucket})
			for k := range s {
				s[k] += c[3+k].Ints[i]
			}
		}
	}
	b.addCures(of)
	t := curesTable()
	y, m, _ := on.Split()
	oldest := civil.MonthDay(y, m-cureMonths, 1).String()[:len("2006-01")]
	for _, c := range b.cohorts(sums) {
		if s := sums[c]; c.month >= oldest {
			t.Append(c.currency, c.month, c.bucket, s[0], s[1], s[2], s[3])
		}
	}
	return t
}

// addCures adds tonight's cures and relapses to their cohorts. A relapse within three months is
// one within six and twelve.
func (b *Builder) addCures(of func(c cohort) *[cureEvents]int64) {
	in := &b.cubes[cureCube]
	for c, currency := range b.currencies() {
		for m := range in.second {
			for place := 0; place < in.third && in.has(c, m); place++ {
				cell := in.at(c, m, place)
				n := cell.loans
				if n == 0 {
					continue
				}
				s := of(cohort{currency, monthName(m), b.name(aging.LastCuredBucket, place/cureEvents, none)})
				event := place % cureEvents
				if event == 0 {
					s[0] += n
				}
				for k := event; event > 0 && k < cureEvents; k++ {
					s[k] += n
				}
			}
		}
	}
}

// cohorts sorts cohorts: currencies and buckets in the order of the night's, those that it has
// not last.
func (b *Builder) cohorts(sums map[cohort]*[cureEvents]int64) (list []cohort) {
	place := func(names []string, name string) int {
		if i := slices.Index(names, name); i >= 0 {
			return i
		}
		return len(names)
	}
	var buckets []string
	if b.dictionaries != nil {
		buckets = b.dictionaries[aging.LastCuredBucket]
	}
	for c := range sums {
		list = append(list, c)
	}
	slices.SortFunc(list, func(x, y cohort) int {
		return cmp.Or(cmp.Compare(place(b.currencies(), x.currency), place(b.currencies(), y.currency)), cmp.Compare(x.currency, y.currency),
			cmp.Compare(x.month, y.month), cmp.Compare(place(buckets, x.bucket), place(buckets, y.bucket)), cmp.Compare(x.bucket, y.bucket))
	})
	return list
}

// vintageHistoryTable is the table vintage_history without rows: the columns of vintage, and as_of.
func vintageHistoryTable(scale int) *Table {
	t := &Table{Name: "vintage_history"}
	for _, r := range regulatoryTables {
		if r.name == "vintage" {
			t.Columns = append(slices.Clone(r.columns), Column{Name: "as_of", Kind: Date})
		}
	}
	for i := range t.Columns {
		if c := &t.Columns[i]; c.Kind == Amount {
			c.Digits = scale
		}
	}
	return t
}

// VintageHistory returns the table vintage_history of a night: of the one of the last close, or nil, the
// closes of earlier months, and tonight's vintage.
func VintageHistory(before, vintage *Table, scale int, currencies []string, on civil.Date) *Table {
	t := vintageHistoryTable(scale)
	last := len(t.Columns) - 1
	add := func(from *Table, row int) {
		for i := range from.Columns {
			c, src := &t.Columns[i], &from.Columns[i]
			if c.Kind == Coded {
				c.AppendName(src.text(row))
				continue
			}
			c.appendRows(src, row, row+1)
		}
	}
	type place struct {
		from *Table
		row  int
		asOf civil.Date
	}
	var rows []place
	if before != nil {
		for i := range before.Rows() {
			if asOf := before.Columns[last].Days[i]; asOf.MonthEnd() < on.MonthEnd() {
				rows = append(rows, place{before, i, asOf})
			}
		}
	}
	for i := range vintage.Rows() {
		rows = append(rows, place{vintage, i, on})
	}
	slices.SortStableFunc(rows, func(a, b place) int {
		x, y := a.from.Columns, b.from.Columns
		return cmp.Or(cmp.Compare(slices.Index(currencies, x[0].text(a.row)), slices.Index(currencies, y[0].text(b.row))),
			strings.Compare(x[1].text(a.row), y[1].text(b.row)), cmp.Compare(a.asOf, b.asOf))
	})
	for _, r := range rows {
		add(r.from, r.row)
		if r.from == vintage {
			t.Columns[last].Days = append(t.Columns[last].Days, r.asOf)
		}
	}
	return t
}

// text is a row of a Coded column as text, empty for null.
func (c *Column) text(row int) string {
	if c.Null(row) {
		return ""
	}
	return c.Names[c.Codes[row]]
}

// ReadCures reads a table cures that a night has published as CSV.
func ReadCures(in io.Reader) (*Table, error) { return readCSV(in, curesTable()) }

// ReadVintageHistory reads a table vintage_history that a night has published as CSV; amounts come
// at the scale.
func ReadVintageHistory(in io.Reader, scale int) (*Table, error) {
	return readCSV(in, vintageHistoryTable(scale))
}

// readCSV fills the columns of a table from a CSV that a night has published. Columns that the
// table has not are left out.
func readCSV(in io.Reader, t *Table) (*Table, error) {
	r := csv.NewReader(in)
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("read %s.csv: %w", t.Name, err)
	}
	at := make([]int, len(t.Columns))
	for i := range t.Columns {
		if at[i] = slices.Index(head, t.Columns[i].Name); at[i] < 0 {
			return nil, fmt.Errorf("read %s.csv: it has no column %s", t.Name, t.Columns[i].Name)
		}
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read %s.csv: %w", t.Name, err)
		}
		for i := range t.Columns {
			if err := t.Columns[i].appendText(record[at[i]]); err != nil {
				line, _ := r.FieldPos(at[i])
				return nil, fmt.Errorf("read %s.csv, line %d, column %s: %w", t.Name, line, t.Columns[i].Name, err)
			}
		}
	}
}

// appendText appends a value as CSV has it.
func (c *Column) appendText(text string) (err error) {
	value := Null
	switch {
	case c.Kind == Coded:
		if strings.HasPrefix(text, "'") && isFormula([]byte(text)) {
			text = text[1:] // the apostrophe is ours
		}
		c.AppendName(text)
		return nil
	case c.Kind == Date:
		day, err := civil.Parse(text)
		c.Days = append(c.Days, day)
		return err
	case text != "":
		if value, err = money.ParseDecimal(text, c.Digits); err != nil {
			return err
		}
	}
	if c.Kind == Count {
		c.Counts = append(c.Counts, int32(value))
		return nil
	}
	c.Ints = append(c.Ints, value)
	return nil
}
