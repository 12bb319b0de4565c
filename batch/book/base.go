package book

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"daybook/aging"
	"daybook/aging/classify"
	"daybook/batch/night"
	"daybook/batch/policy"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// BaseOf returns the date of the base of a night: the last close in an earlier calendar month.
// renew says that it is the last close of all, of which the night has yet to keep the bases;
// civil.None, that there is none that the book has kept.
func BaseOf(last *record.Night, date civil.Date) (base civil.Date, renew bool) {
	switch {
	case last == nil:
		return civil.None, false
	case aging.Months(last.Date, date) > 0:
		return last.Date, true
	case last.BaseDate != nil:
		return *last.BaseDate, false
	}
	return civil.None, false
}

// MonthCloses returns the nights that a book has closed in the month of a date and before it.
func MonthCloses(b *store.Book, date civil.Date) ([]civil.Date, error) {
	y, m, _ := date.Split()
	return b.NightsIn(civil.Of(y, m, 1), date-1)
}

// A BaseFrame is what the codes of a base are in those of another night.
type BaseFrame struct {
	On      civil.Date // date of the base
	packs   int        // of its policy
	buckets []uint16   // by bucket of its policy
	of      []int      // by pack of the night: the base's of that name, or -1
	classes [][]uint16 // by pack of the night: by class of the base's
}

// FrameOf returns the frame of a base under a night's policy.
// Source: regulatory.md, section 7: old buckets map by their days, packs and classes by their
// names.
func FrameOf(on civil.Date, base, now *policy.Policy) *BaseFrame {
	f := &BaseFrame{On: on, packs: len(base.Packs)}
	for _, b := range base.Aging.Buckets {
		f.buckets = append(f.buckets, uint16(now.Aging.Buckets.Index(b.From)))
	}
	for _, p := range now.Packs {
		at := slices.IndexFunc(base.Packs, func(x *classify.Pack) bool { return x.Name == p.Name })
		f.of = append(f.of, at)
		var codes []uint16
		if at >= 0 {
			names := p.ClassNames()
			for _, name := range base.Packs[at].ClassNames() {
				code := uint16(aging.NoCode)
				if k := slices.Index(names, name); k >= 0 {
					code = uint16(k)
				}
				codes = append(codes, code)
			}
		}
		f.classes = append(f.classes, codes)
	}
	return f
}

// Packs is how many packs a base has figures of.
func (f *BaseFrame) Packs() int { return f.packs }

// Translate says what a base says in the codes of the frame's night.
func (f *BaseFrame) Translate(x *record.Base, to *night.Base) {
	*to = night.Base{
		State: aging.BaseOff, Bucket: aging.NoCode, Total: x.Total, Carrying: x.Total - x.Suspended, Paid: x.Paid,
		ChargedOff: x.ChargedOff, Recovered: x.Recovered,
	}
	if !x.OnBook {
		return
	}
	to.State = aging.BaseOn
	if int(x.Bucket) < len(f.buckets) {
		to.Bucket = f.buckets[x.Bucket]
	}
	for i, at := range f.of {
		to.Class[i] = aging.NoCode
		if at < 0 {
			continue
		}
		if p := &x.Packs[at]; int(p.Class) < len(f.classes[i]) {
			to.Class[i] = f.classes[i][p.Class]
		}
		to.Provision[i] = x.Packs[at].Provision
	}
}

// Absent says what a base says of a loan of which the book keeps none: it was not booked yet,
// or off the book with nothing charged off.
func (f *BaseFrame) Absent(l *loan.Loan, to *night.Base) {
	*to = night.Base{State: aging.BaseNew, Bucket: aging.NoCode}
	if l.BookedOn <= f.On {
		to.State = aging.BaseOff
	}
}

// Stands says what the close of a view's night said of a loan as it has left it. The
// processor goes by the view's rules.
func Stands(proc *night.Processor, l *loan.Loan, flags []classify.Flag, packs int, others *Overrides, to *record.Base) {
	status, list := aging.LoanStatus(l.LastStatus), to.Packs[:0]
	*to = record.Base{OnBook: status.OnBook(), Bucket: l.Bucket, ChargedOff: l.Off.Amount, Recovered: l.Off.Recovered, Packs: list}
	if !to.OnBook {
		return // what it owed is none of the book's
	}
	owed := &proc.Restate(l, flags).Figures.Outstanding
	to.Total, to.Suspended, to.Paid = owed.Total(), l.Suspended, l.Paid.Total()
	for i := range packs {
		class, provision := proc.Said(i)
		to.Packs = append(to.Packs, record.PackBase{Class: class, Provision: provision})
	}
	others.apply(l.ID, to)
}

// Overrides are what the loans of borrowers made of single ones at the last close, by the
// hash of the loan: 24 bytes each.
type Overrides struct{ parts [store.Partitions][]override }

type override struct {
	loan        uint64
	provision   money.Amount
	pack, class uint8
}

// OverridesOf gathers them.
func OverridesOf(ctx context.Context, b *store.Book, workers int) (*Overrides, error) {
	workers = max(workers, 1)
	found := make([]Overrides, workers)
	err := EachPartition(ctx, workers, func(_ context.Context, w, q int) error {
		if err := found[w].partition(b, q); err != nil {
			return fmt.Errorf("bonds of borrowers, partition %02x: %w", q, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := &found[0]
	for q := range all.parts {
		for w := 1; w < workers; w++ {
			all.parts[q] = append(all.parts[q], found[w].parts[q]...)
		}
		slices.SortFunc(all.parts[q], func(a, b override) int { return cmp.Or(cmp.Compare(a.loan, b.loan), cmp.Compare(a.pack, b.pack)) })
	}
	return all, nil
}

// partition takes what one partition of borrowers has.
func (o *Overrides) partition(b *store.Book, q int) error {
	s, err := b.Scan(store.Bonds, civil.None, q, q+1)
	if err != nil {
		return err
	}
	defer s.Close()
	for s.Next() {
		bond, err := classify.ReadBond(s.Record())
		if err != nil {
			return fmt.Errorf("borrower %q: %w: run verify", s.ID(), err)
		}
		for i := range bond.Overrides {
			x := &bond.Overrides[i]
			at := &o.parts[store.Partition(x.Loan)]
			*at = append(*at, override{loan: x.Loan, provision: money.Amount(x.Provision), pack: x.Pack, class: x.Class})
		}
	}
	return s.Err()
}

// apply puts what others made of a loan in the place of what it is by itself.
func (o *Overrides) apply(id []byte, to *record.Base) {
	hash := store.Hash(id)
	list := o.parts[store.Partition(hash)]
	i, _ := slices.BinarySearchFunc(list, hash, func(x override, h uint64) int { return cmp.Compare(x.loan, h) })
	for ; i < len(list) && list[i].loan == hash; i++ {
		if x := &list[i]; int(x.pack) < len(to.Packs) {
			to.Packs[x.pack] = record.PackBase{Class: x.class, Provision: x.provision}
		}
	}
}

// PacksAt is how many packs the policy of a date has: as many as a base of that date has
// figures of.
func PacksAt(b *store.Book, on civil.Date) (int, error) {
	policies, err := Policies(b)
	if err != nil {
		return 0, err
	}
	return len(policies.At(on).Packs), nil
}
