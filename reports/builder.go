package reports

import (
	"fmt"
	"slices"
	"sync"

	"daybook/aging"
	"daybook/ledger/civil"
)

// A Builder adds up a night's facts for the reports. The zero value is ready.
// Each worker owns one; [Builder.Merge] brings them together in any order,
// because every figure is an integer sum. Sums are modulo 2^64: a total below
// 92 thousand billion units of two digits is right.
//
// A loan is on the book unless it is settled, overpaid, charged off or written
// off. Ageing, classification and past due count loans on the book; totals
// count all, because the GL ties to all.
type Builder struct {
	dictionaries *aging.Dictionaries
	scale        int
	offBook      []int32 // by status: 1 where off
	nonAccrual   []bool  // by accrual

	buckets  family // currency, bucket, on or off the book
	classes  family // currency, classification, on or off the book
	products family // currency, product, lateness
	moves    family // currency, bucket before, bucket now or status off the book
	vintages []vintage

	months []uint16 // [monthTable]
	off    []int32  // of each row: 1 where it is off the book
	cells  []int32  // of each row, in the family at hand
	counts []int64  // rows by cell
	main   int32    // cell with the most rows
	rest   []int32  // rows of the other cells
}

// sums is one cell: loans and amounts.
type sums struct {
	loans    int64
	previous int64 // total outstanding at the last close
	amounts  [aging.Amounts]int64
}

func (s *sums) add(o *sums) {
	s.loans += o.loans
	s.previous += o.previous
	for i, v := range o.amounts {
		s.amounts[i] += v
	}
}

// A family is a cube of cells over three coordinates; the last value of the
// second coordinate is null.
type family struct {
	second, third int
	cells         []sums
}

func newFamily(first, second, third int) family {
	return family{second, third, make([]sums, first*second*third)}
}

func (f *family) at(first, second, third int) *sums {
	return &f.cells[(first*f.second+second)*f.third+third]
}

// lateness is how the call report groups a loan.
const (
	current = iota
	late30
	late90
	nonAccrual
	offBook
	lateness // how many there are
)

// A vintage is the loans booked in each month, by days past due: below 30, 30
// to 59, 60 to 89, from 90, and off the book. Most months have none.
type vintage [monthsMax]*[vintageBands]sums

const (
	vintageBands = 5
	monthsMax    = 300 * 12
)

// monthsFrom is the first day of month 0.
var monthsFrom = civil.Of(1900, 1, 1)

// Add takes the loans of a batch that [Record] made.
func (b *Builder) Add(rec Batch) error {
	f, d, scale, err := Facts(rec)
	if err != nil {
		return fmt.Errorf("reports: %w", err)
	}
	if b.dictionaries == nil {
		b.init(d, scale)
	} else if err := b.same(d, scale); err != nil {
		return err
	}
	b.off = sized(b.off, f.Rows)
	for i, status := range f.Codes[aging.Status] {
		b.off[i] = b.offBook[status]
	}
	b.addBuckets(f)
	b.addClasses(f)
	b.addMoves(f)
	b.addVintages(f)
	b.addProducts(f)
	return nil
}

// Merge adds what another builder has. The other may be used on.
func (b *Builder) Merge(o *Builder) error {
	if o.dictionaries == nil {
		return nil
	}
	if b.dictionaries == nil {
		b.init(o.dictionaries, o.scale)
	} else if err := b.same(o.dictionaries, o.scale); err != nil {
		return err
	}
	ours := []*family{&b.buckets, &b.classes, &b.products, &b.moves}
	for i, theirs := range []*family{&o.buckets, &o.classes, &o.products, &o.moves} {
		for k := range theirs.cells {
			ours[i].cells[k].add(&theirs.cells[k])
		}
	}
	for c := range o.vintages {
		for m, cells := range o.vintages[c] {
			if cells == nil {
				continue
			}
			mine := b.vintages[c].month(m)
			for k := range cells {
				mine[k].add(&cells[k])
			}
		}
	}
	return nil
}

func (v *vintage) month(m int) *[vintageBands]sums {
	if v[m] == nil {
		v[m] = new([vintageBands]sums)
	}
	return v[m]
}

func (b *Builder) same(d *aging.Dictionaries, scale int) error {
	for i := range d {
		if !slices.Equal(d[i], b.dictionaries[i]) {
			return fmt.Errorf("reports: two batches of one night differ in dictionary %d", i)
		}
	}
	if scale != b.scale {
		return fmt.Errorf("reports: two batches of one night have the scales %d and %d", scale, b.scale)
	}
	return nil
}

func (b *Builder) init(d *aging.Dictionaries, scale int) {
	b.dictionaries, b.scale = d, scale
	currencies := len(d[aging.Currency])
	for _, status := range d[aging.Status] {
		off := int32(0)
		if status == "settled" || status == "overpaid" || status == "charged_off" || status == "written_off" {
			off = 1
		}
		b.offBook = append(b.offBook, off)
	}
	for _, accrual := range d[aging.Accrual] {
		b.nonAccrual = append(b.nonAccrual, accrual == "non_accrual")
	}
	buckets := max(len(d[aging.Bucket]), len(d[aging.PreviousBucket])) + 1
	b.buckets = newFamily(currencies, buckets, 2)
	b.classes = newFamily(currencies, len(d[aging.Classification])+1, 2)
	b.products = newFamily(currencies, len(d[aging.Product])+1, lateness)
	b.moves = newFamily(currencies, buckets, buckets+len(d[aging.Status]))
	b.vintages = make([]vintage, currencies)
	b.months = monthTable()
}

// monthTable is the month of each day since monthsFrom: a constant that is
// quicker looked up than computed, once for each loan.
var monthTable = sync.OnceValue(func() []uint16 {
	var table []uint16
	for m := range monthsMax {
		for range civil.DaysIn(1900+m/12, 1+m%12) {
			table = append(table, uint16(m))
		}
	}
	return table
})

// monthOf returns the month of a date, the first or the last one that there is
// for a date outside.
func (b *Builder) monthOf(d civil.Date) int {
	return int(b.months[min(max(int(d)-int(monthsFrom), 0), len(b.months)-1)])
}

// index returns the code, or the last place for null.
func index(code uint16, places int) int32 {
	if code == aging.NoCode {
		return int32(places - 1)
	}
	return int32(code)
}

// place sets the cell of each row in a family, counts the loans there, and
// finds the cell with the most of them and the rows outside it.
func (b *Builder) place(f *aging.Facts, in *family, code aging.Code, third []int32) {
	b.cells, b.counts = sized(b.cells, f.Rows), sized(b.counts, len(in.cells))
	clear(b.counts)
	currencies, codes := f.Codes[aging.Currency], f.Codes[code]
	for i := range b.cells {
		cell := (int32(currencies[i])*int32(in.second)+index(codes[i], in.second))*int32(in.third) + third[i]
		b.cells[i] = cell
		b.counts[cell]++
	}
	b.main = 0
	for cell, n := range b.counts {
		in.cells[cell].loans += n
		if n > b.counts[b.main] {
			b.main = int32(cell)
		}
	}
	b.rest = b.rest[:0]
	for i, cell := range b.cells {
		if cell != b.main {
			b.rest = append(b.rest, int32(i))
		}
	}
}

// add adds amounts to the cells that place has set. Most loans of a batch are
// in one cell, so it sums whole columns there and moves the others out: adding
// row by row to one word waits for the store before, and took twice as long.
func (b *Builder) add(in *family, f *aging.Facts, amounts ...aging.Amount) {
	for _, a := range amounts {
		column := f.Amounts[a]
		var sum int64
		for _, v := range column {
			sum += v
		}
		for _, i := range b.rest {
			v := column[i]
			sum -= v
			in.cells[b.cells[i]].amounts[a] += v
		}
		in.cells[b.main].amounts[a] += sum
	}
}

// allAmounts are those that add up: not the single next instalment and payment.
var allAmounts = func() (all []aging.Amount) {
	for a := range aging.Amounts {
		if a != aging.NextDueAmount && a != aging.LastPaidAmount {
			all = append(all, a)
		}
	}
	return all
}()

func (b *Builder) addBuckets(f *aging.Facts) {
	b.place(f, &b.buckets, aging.Bucket, b.off)
	b.add(&b.buckets, f, allAmounts...)
}

func (b *Builder) addClasses(f *aging.Facts) {
	b.place(f, &b.classes, aging.Classification, b.off)
	b.add(&b.classes, f, aging.TotalOutstanding)
}

func (b *Builder) addProducts(f *aging.Facts) {
	days, accrual := f.Counts[aging.DaysPastDue], f.Codes[aging.Accrual]
	group := b.off // the last use of it
	for i, off := range b.off {
		switch {
		case off == 1:
			group[i] = offBook
		case b.nonAccrual[accrual[i]]:
			group[i] = nonAccrual
		case days[i] >= 90:
			group[i] = late90
		case days[i] >= 30:
			group[i] = late30
		default:
			group[i] = current
		}
	}
	b.place(f, &b.products, aging.Product, group)
	b.add(&b.products, f, aging.TotalOutstanding, aging.Principal, aging.ChargedOff, aging.Recovered)
}

// addMoves counts a loan's move where it is on the book or has left it since
// the last close.
func (b *Builder) addMoves(f *aging.Facts) {
	buckets := b.moves.second
	for i := range f.Rows {
		off := b.off[i] == 1
		if off && f.PreviousTotal[i] == 0 {
			continue
		}
		to := index(f.Codes[aging.Bucket][i], buckets)
		if off {
			to = int32(buckets) + int32(f.Codes[aging.Status][i])
		}
		s := b.moves.at(int(f.Codes[aging.Currency][i]), int(index(f.Codes[aging.PreviousBucket][i], buckets)), int(to))
		s.loans++
		s.previous += f.PreviousTotal[i]
		s.amounts[aging.TotalOutstanding] += f.Amounts[aging.TotalOutstanding][i]
	}
}

func (b *Builder) addVintages(f *aging.Facts) {
	days := f.Counts[aging.DaysPastDue]
	for i, booked := range f.Days[aging.BookedOn] {
		band := min(max(days[i], 0)/30, 3)
		if b.off[i] == 1 {
			band = 4
		}
		s := &b.vintages[f.Codes[aging.Currency][i]].month(b.monthOf(booked))[band]
		s.loans++
		s.amounts[aging.Principal] += f.Amounts[aging.Principal][i]
		s.amounts[aging.TotalOutstanding] += f.Amounts[aging.TotalOutstanding][i]
		s.amounts[aging.ChargedOff] += f.Amounts[aging.ChargedOff][i]
		s.amounts[aging.Recovered] += f.Amounts[aging.Recovered][i]
	}
}

// Totals has what all loans of one currency add up to.
type Totals struct {
	Currency string
	Loans    int64
	Amounts  [aging.Amounts]int64
}

// Totals returns the totals by currency, in the order of the dictionary,
// without currencies that no loan has.
func (b *Builder) Totals() []Totals {
	var all []Totals
	for c, currency := range b.currencies() {
		var s sums
		for k := range b.buckets.second {
			s.add(b.buckets.at(c, k, 0))
			s.add(b.buckets.at(c, k, 1))
		}
		if s.loans > 0 {
			all = append(all, Totals{currency, s.loans, s.amounts})
		}
	}
	return all
}

func (b *Builder) currencies() aging.Dictionary {
	if b.dictionaries == nil {
		return nil
	}
	return b.dictionaries[aging.Currency]
}

// name returns the name of a place in a family, other for null.
func (b *Builder) name(code aging.Code, place int, other string) string {
	if d := b.dictionaries[code]; place < len(d) {
		return d[place]
	}
	return other
}
