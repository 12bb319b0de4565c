package reports

import (
	"daybook/aging"
)

// What became of loans since the base of a night is added up in flows: cells over currency,
// how a loan stood then, and how it stands now, as integer sums.

// The flows: of buckets, of products, and of each pack.
const (
	bucketFlow = iota
	productFlow
	packFlows
	flows = packFlows + aging.PacksMax
)

// The numbers of a cell; the first are loans. Amounts are at the scale of the facts.
const (
	flowLoans = 0

	// Of buckets: total outstanding.
	flowBaseTotal = 1
	flowTotal     = 2

	// Of products: since the base, and totals of the loans on the book.
	flowChargedOff = 1
	flowRecovered  = 2
	flowOnBookThen = 3
	flowOnBookNow  = 4

	// Of packs: gross is what is carried.
	flowBaseGross     = 1
	flowBaseAllowance = 2
	flowGross         = 3
	flowAllowance     = 4
	flowPaid          = 5 // since the base

	flowNumbersMax = 6
)

// Behind the buckets, or the classes, of the base.
const (
	fromNewPack  = iota // a pack, or a class, that is new since: of packs alone
	fromNew             // it was not in the book
	fromReturned        // it was off the book
	fromPlaces
)

// Behind the classes of tonight: a loan that was on the book and is not.
const (
	toSettled = iota
	toLost    // charged off or written off
	toPlaces
)

// A flow is the cells of one kind.
type flow struct {
	from, to, numbers int
	cells             [][]int64 // by currency; nil where there is no loan
}

// cell returns the numbers of a cell.
func (f *flow) cell(currency, from, to int) []int64 {
	if f.cells[currency] == nil {
		f.cells[currency] = make([]int64, f.from*f.to*f.numbers)
	}
	at := (from*f.to + to) * f.numbers
	return f.cells[currency][at : at+f.numbers : at+f.numbers]
}

// at returns the numbers of a cell, zeros where there is no loan of the currency.
func (f *flow) at(currency, from, to int) (n [flowNumbersMax]int64) {
	if f.cells[currency] != nil {
		copy(n[:], f.cell(currency, from, to))
	}
	return n
}

// A flowing is the flows of a builder.
type flowing struct {
	is    bool // a batch had a base
	flows [flows]flow
	left  []int32 // by status: toLost or toSettled
}

// initFlows sizes the flows of the packs that there are.
func (b *Builder) initFlows(d *aging.Dictionaries) {
	for i := range b.flows {
		b.flows[i] = newFlow(i, d)
	}
	for _, name := range d[aging.Status] {
		to := int32(toSettled)
		if status, known := aging.ParseLoanStatus(name); known && status.Lost() {
			to = toLost
		}
		b.left = append(b.left, to)
	}
}

// newFlow returns an empty flow under some dictionaries.
func newFlow(i int, d *aging.Dictionaries) flow {
	f := flow{cells: make([][]int64, len(d[aging.Currency]))}
	switch {
	case i == bucketFlow:
		buckets := codePlaces(d, aging.Bucket)
		f.from, f.to, f.numbers = buckets+fromPlaces, buckets+len(d[aging.Status]), flowTotal+1
	case i == productFlow:
		f.from, f.to, f.numbers = codePlaces(d, aging.Product), 1, flowOnBookNow+1
	case i-packFlows < len(d[aging.PackName]):
		classes := len(d[aging.PackClass+aging.Code(i-packFlows)])
		f.from, f.to, f.numbers = classes+fromPlaces, classes+toPlaces, flowPaid+1
	}
	return f
}

// addFlows takes the loans of a batch that has a base.
func (b *Builder) addFlows(f *aging.Facts) {
	if f.Base == nil || f.Rows == 0 {
		return
	}
	b.is = true
	b.addBucketFlow(f)
	b.addProductFlow(f)
	for i := range b.packs() {
		b.addPackFlow(i, f)
	}
}

func (b *Builder) addBucketFlow(f *aging.Facts) {
	in, base := &b.flows[bucketFlow], f.Base
	buckets := codePlaces(b.dictionaries, aging.Bucket)
	currencies, now, status, total := f.Codes[aging.Currency], f.Codes[aging.Bucket], f.Codes[aging.Status], f.Amounts[aging.TotalOutstanding]
	for i := range f.Rows {
		from, was := buckets+fromReturned, int64(0)
		switch base.State[i] {
		case aging.BaseNew:
			from = buckets + fromNew
		case aging.BaseOn:
			from, was = bucketPlace(base.Bucket[i], buckets), base.Total[i]
		}
		to, is := bucketPlace(now[i], buckets), total[i]
		if b.off[i] == 1 {
			if base.State[i] != aging.BaseOn {
				continue
			}
			to = buckets + int(status[i])
		}
		cell := in.cell(int(currencies[i]), from, to)
		cell[flowLoans]++
		cell[flowBaseTotal] += was
		cell[flowTotal] += is
	}
}

// bucketPlace is the place of a bucket; the last of them is null's.
func bucketPlace(code uint16, places int) int {
	if code == aging.NoCode {
		return places - 1
	}
	return int(code)
}

func (b *Builder) addProductFlow(f *aging.Facts) {
	in, base := &b.flows[productFlow], f.Base
	off, back, total := f.Amounts[aging.ChargedOff], f.Amounts[aging.Recovered], f.Amounts[aging.TotalOutstanding]
	currencies, products := f.Codes[aging.Currency], f.Codes[aging.Product]
	for i := range f.Rows {
		cell := in.cell(int(currencies[i]), int(products[i]), 0)
		cell[flowLoans]++
		cell[flowChargedOff] += off[i] - base.ChargedOff[i]
		cell[flowRecovered] += back[i] - base.Recovered[i]
		if base.State[i] == aging.BaseOn {
			cell[flowOnBookThen] += base.Total[i]
		}
		if b.off[i] == 0 {
			cell[flowOnBookNow] += total[i]
		}
	}
}

func (b *Builder) addPackFlow(pack int, f *aging.Facts) {
	in, base := &b.flows[packFlows+pack], f.Base
	classes := in.from - fromPlaces
	currencies, now, then := f.Codes[aging.Currency], f.Codes[int(aging.PackClass)+pack], base.Class[pack]
	total, suspended, provision := f.Amounts[aging.TotalOutstanding], f.Amounts[aging.InterestSuspended], f.Amounts[int(aging.Provision)+pack]
	paid := [...][]int64{f.Amounts[aging.PrincipalPaid], f.Amounts[aging.InterestPaid], f.Amounts[aging.FeesPaid], f.Amounts[aging.PenaltiesPaid]}
	status := f.Codes[aging.Status]
	for i := range f.Rows {
		on := base.State[i] == aging.BaseOn
		to := int(now[i])
		if b.off[i] == 1 {
			if !on {
				continue
			}
			to = classes + int(b.left[status[i]])
		}
		cell := in.cell(int(currencies[i]), classFrom(base.State[i], then[i], classes), to)
		cell[flowLoans]++
		if on {
			cell[flowBaseGross] += base.Carrying[i]
			cell[flowBaseAllowance] += base.Provision[pack][i]
			cell[flowPaid] += paid[0][i] + paid[1][i] + paid[2][i] + paid[3][i] - base.Paid[i]
		}
		if b.off[i] == 0 {
			cell[flowGross] += total[i] - suspended[i]
			cell[flowAllowance] += provision[i]
		}
	}
}

// classFrom is the place of a loan by how it stood at the base.
func classFrom(state uint8, class uint16, classes int) int {
	switch {
	case state == aging.BaseNew:
		return classes + fromNew
	case state == aging.BaseOff:
		return classes + fromReturned
	case int(class) < classes:
		return int(class)
	}
	return classes + fromNewPack
}

// changeFlows takes loans on the book from one class to another in the flows of a pack.
func (b *Builder) changeFlows(m *ClassChange) {
	if !b.is {
		return
	}
	in := &b.flows[packFlows+m.Pack]
	from := classFrom(m.Base.State, m.Base.Class, in.from-fromPlaces)
	move := func(class int, sign, provision int64) {
		cell := in.cell(m.Currency, from, class)
		for k, n := range [...]int64{
			flowLoans: m.Loans, flowBaseGross: m.Base.Carrying, flowBaseAllowance: m.Base.Provision,
			flowGross: m.Total - m.Suspended, flowAllowance: provision, flowPaid: m.Base.Paid,
		} {
			cell[k] += sign * n
		}
	}
	move(m.FromClass, -1, m.Before)
	move(m.ToClass, 1, m.After)
}

// A BaseChange is how the loans of a [ClassChange] stood at the base: all the same, under the
// pack. The amounts are of loans that were on the book.
type BaseChange struct {
	State     uint8  // as aging has it
	Class     uint16 // code; aging.NoCode: none of tonight's
	Carrying  int64
	Provision int64
	Paid      int64 // since
}

// take appends the cells that have loans, each after its place, and empties the flow.
func (f *flow) take() (rows []int64) {
	if f.numbers == 0 {
		return nil
	}
	for c, cells := range f.cells {
		for at := 0; at < len(cells); at += f.numbers {
			if cells[at+flowLoans] != 0 {
				rows = append(append(rows, int64(c*f.from*f.to+at/f.numbers)), cells[at:at+f.numbers]...)
			}
		}
		clear(cells)
	}
	return rows
}

// merge adds what take returned.
func (f *flow) merge(rows []int64) {
	for ; len(rows) > 0; rows = rows[1+f.numbers:] {
		place := int(rows[0])
		each := f.from * f.to
		cell := f.cell(place/each, place%each/f.to, place%f.to)
		for k := range cell {
			cell[k] += rows[1+k]
		}
	}
}
