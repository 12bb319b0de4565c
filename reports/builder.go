package reports

import (
	"fmt"
	"slices"

	"daybook/aging"
)

// A Builder adds up a night's facts for the reports. The zero value is ready.
// Each worker owns one; [Builder.Take] and [Builder.Merge] bring them together in any
// order, because every figure is an integer sum. Sums are modulo 2^64: a total below
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

	cubes [cubes]family
	flowing

	months []uint16 // [monthTable]
	off    []int32  // of each row: 1 where it is off the book
	second []int32  // place of each row in the cube at hand, by its second coordinate
	third  []int32  // and by its third; below zero: the row is left out
	cells  []int32  // of each row, in the cube at hand
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

// A family is the cells of one cube over three coordinates; the first is the
// currency. Cells of one first and second place are a slab; those of a sparse cube
// come with their first loan. A cell is its loans, their total at the last close, and the
// cube's amounts.
type family struct {
	second, third int
	amounts       []aging.Amount
	width         int     // how many numbers a cell has
	slabs         []int32 // by first and second place: one more than the slab's first cell; 0: it has none
	cells         []int64 // their numbers
}

// The numbers of a cell before its amounts.
const (
	cellLoans = iota
	cellPrevious
	cellAmounts // how many there are
)

func newFamily(first, second, third int, c *cubeRow) family {
	f := family{second: second, third: third, amounts: c.amounts, width: cellAmounts + len(c.amounts), slabs: make([]int32, first*second)}
	if !c.sparse { // its cells are in the order of their places
		f.cells = make([]int64, first*second*third*f.width)
		for i := range f.slabs {
			f.slabs[i] = int32(i*third) + 1
		}
	}
	return f
}

// slab returns the numbers of the cells of a first and second place, or nil where it has no
// loan; they are valid until grow.
func (f *family) slab(i int) []int64 {
	if at := int(f.slabs[i]); at > 0 {
		return f.cells[(at-1)*f.width : (at-1+f.third)*f.width]
	}
	return nil
}

// grow is slab, to be added to.
func (f *family) grow(i int) []int64 {
	if f.slabs[i] == 0 {
		f.slabs[i] = int32(len(f.cells)/f.width) + 1
		f.cells = append(f.cells, make([]int64, f.third*f.width)...)
	}
	return f.slab(i)
}

// at returns what is in a cell.
func (f *family) at(first, second, third int) (s sums) {
	slab := f.slab(first*f.second + second)
	if slab == nil {
		return s
	}
	cell := slab[third*f.width : (third+1)*f.width]
	s.loans, s.previous = cell[cellLoans], cell[cellPrevious]
	for k, a := range f.amounts {
		s.amounts[a] = cell[cellAmounts+k]
	}
	return s
}

// has reports whether any loan is at a first and second place.
func (f *family) has(first, second int) bool { return f.slabs[first*f.second+second] > 0 }

// add adds to a cell what the cube has of loans: as many more, or fewer, and amounts.
func (f *family) add(first, second, third int, loans int64, amounts map[aging.Amount]int64) {
	cell := f.grow(first*f.second + second)[third*f.width : (third+1)*f.width]
	cell[cellLoans] += loans
	for k, a := range f.amounts {
		cell[cellAmounts+k] += amounts[a]
	}
}

// Add takes the loans of a batch. All batches of a night have the same words.
func (b *Builder) Add(batch Batch) error {
	f := batch.Facts
	if b.dictionaries == nil {
		b.init(batch.Words, batch.Scale)
	} else if err := b.same(batch.Words, batch.Scale); err != nil {
		return err
	}
	b.off = sized(b.off, f.Rows)
	for i, status := range f.Codes[aging.Status] {
		b.off[i] = b.offBook[status]
	}
	b.second, b.third = sized(b.second, f.Rows), sized(b.third, f.Rows)
	for i := range cubeTable {
		c, in := &cubeTable[i], &b.cubes[i]
		if c.pack > len(b.packs()) || c.needs != nil && c.needs(b.dictionaries) == 0 {
			continue
		}
		c.second.place(b, f, b.second)
		c.third.place(b, f, b.third)
		if c.sparse {
			b.addRows(in, f)
		} else {
			b.place(in, f)
			b.addColumns(in, f)
		}
	}
	b.addFlows(f)
	return nil
}

func (b *Builder) same(d *aging.Dictionaries, scale int) error {
	for i := range d {
		if d != b.dictionaries && !slices.Equal(d[i], b.dictionaries[i]) {
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
	for _, name := range d[aging.Status] {
		off := int32(0)
		if status, known := aging.ParseLoanStatus(name); known && !status.OnBook() {
			off = 1
		}
		b.offBook = append(b.offBook, off)
	}
	for _, name := range d[aging.Accrual] {
		accrual, known := aging.ParseLoanAccrual(name)
		b.nonAccrual = append(b.nonAccrual, known && accrual == aging.LoanNonAccrual)
	}
	for i := range cubeTable {
		c := &cubeTable[i]
		b.cubes[i] = newFamily(len(d[aging.Currency]), c.second.places(d), c.third.places(d), c)
	}
	b.initFlows(d)
	b.months = monthTable()
}

// place sets the cell of each row in a cube, counts the loans there, and finds the
// cell with the most of them and the rows outside it.
func (b *Builder) place(in *family, f *aging.Facts) {
	b.cells, b.counts = sized(b.cells, f.Rows), sized(b.counts, len(in.cells)/in.width)
	clear(b.counts)
	cells, counts := b.cells, b.counts
	currencies, second, third := f.Codes[aging.Currency][:len(cells)], b.second[:len(cells)], b.third[:len(cells)]
	seconds, thirds := int32(in.second), int32(in.third)
	for i := range cells {
		cell := (int32(currencies[i])*seconds+second[i])*thirds + third[i]
		cells[i] = cell
		counts[cell]++
	}
	b.main = 0
	for cell, n := range b.counts {
		if n == 0 {
			continue
		}
		in.cells[cell*in.width+cellLoans] += n
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

// addColumns adds amounts to the cells that place has set. Most loans of a batch
// are in one cell, so it sums whole columns there and moves the others out: adding
// row by row to one word waits for the store before, and took twice as long.
func (b *Builder) addColumns(in *family, f *aging.Facts) {
	for k, a := range in.amounts {
		if a >= aging.Provision && int(a-aging.Provision) >= len(b.packs()) {
			continue // of a pack that the policy has not
		}
		column := f.Amounts[a]
		var sum int64
		for _, v := range column {
			sum += v
		}
		for _, i := range b.rest {
			v := column[i]
			sum -= v
			in.cells[int(b.cells[i])*in.width+cellAmounts+k] += v
		}
		in.cells[int(b.main)*in.width+cellAmounts+k] += sum
	}
}

// addRows adds each row to its cell, of a cube whose loans are spread over many.
func (b *Builder) addRows(in *family, f *aging.Facts) {
	thirds := b.third
	currencies, second, previous := f.Codes[aging.Currency][:len(thirds)], b.second[:len(thirds)], f.PreviousTotal[:len(thirds)]
	seconds, slabs, cells := int32(in.second), in.slabs, in.cells
	var columns [rowAmountsMax][]int64
	for k, a := range in.amounts {
		columns[k] = f.Amounts[a][:len(thirds)]
	}
	width := in.width
	for i, third := range thirds {
		if third < 0 {
			continue
		}
		slab := int32(currencies[i])*seconds + second[i]
		if slabs[slab] == 0 {
			in.grow(int(slab))
			cells = in.cells
		}
		at := int(slabs[slab]-1+third) * width
		cell := cells[at : at+width]
		cell[cellLoans]++
		if p := previous[i]; p != aging.WasOff { // then it had no balance on the book
			cell[cellPrevious] += p
		}
		for k := range cell[cellAmounts:] {
			cell[cellAmounts+k] += columns[k][i]
		}
	}
}

// rowAmountsMax is the most amounts of a sparse cube: as few are kept at hand in the
// loop over rows.
const rowAmountsMax = 4

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
		in := &b.cubes[bucketCube]
		for k := range in.second {
			for off := range in.third {
				cell := in.at(c, k, off)
				s.add(&cell)
			}
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

// name returns the name of a place in a cube, other for null.
func (b *Builder) name(code aging.Code, place int, other string) string {
	if d := b.dictionaries[code]; place < len(d) {
		return d[place]
	}
	return other
}
