package record

import (
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// Bits that say which of the rarer parts of a life a record has.
const (
	hasAdded = 1 << iota
	hasWaived
	hasLate
	hasDaily
	hasPauses
	hasOff
	hasChanged
	hasRun // of daily interest: a run that is not over, or money ahead
)

// The bits have one byte.
const _ = byte(hasRun)

// servicingParts says which of them a life has.
func servicingParts(f *loan.Life, base civil.Date) (has byte) {
	set := func(bit byte, on bool) {
		if on {
			has |= bit
		}
	}
	set(hasAdded, f.Added != loan.Sums{})
	set(hasWaived, f.Waived != loan.Sums{})
	set(hasLate, len(f.Late.Items) > 0 || f.Late.Fees != 0 || f.Late.Penalties != 0 || f.Late.Fixed != 0)
	set(hasDaily, f.Daily != loan.Daily{On: base})
	set(hasRun, f.Daily.Base != 0 || f.Daily.Ahead != [loan.Interest + 1]money.Amount{})
	set(hasPauses, len(f.Pauses) > 0)
	set(hasOff, f.Off != loan.Off{})
	set(hasChanged, f.Changed != nil)
	return has
}

// servicing writes what most loans have none of: a byte says which parts follow.
func (e *encoder) servicing(f *loan.Life, base civil.Date, has byte) {
	e.b = append(e.b, has)
	if has&hasAdded != 0 {
		e.sums(&f.Added)
	}
	if has&hasWaived != 0 {
		e.sums(&f.Waived)
	}
	if has&hasLate != 0 {
		e.late(&f.Late, base)
	}
	if has&hasDaily != 0 {
		e.date(f.Daily.On, base)
		e.int(f.Daily.Sum)
		e.int(f.Daily.SumLeap)
		e.amount(f.Daily.Fallen)
	}
	if has&hasPauses != 0 {
		e.pauses(f.Pauses, base)
	}
	if has&hasOff != 0 {
		e.b = append(e.b, byte(f.Off.Kind))
		on := f.Off.On
		if f.Off.Kind == 0 {
			on = base
		}
		e.date(on, base)
		e.amount(f.Off.Amount)
		e.amount(f.Off.Recovered)
	}
	if has&hasChanged != 0 {
		e.terms(f.Changed)
	}
	if has&hasRun != 0 {
		e.date(f.Daily.Run, base)
		e.amount(f.Daily.Base)
		for _, a := range f.Daily.Ahead {
			e.amount(a)
		}
	}
}

func (e *encoder) pauses(list []loan.Pause, base civil.Date) {
	e.uint(uint64(len(list)))
	for _, p := range list {
		e.date(p.From, base)
		e.date(p.Until, base)
	}
}

func (d *decoder) pauses(list []loan.Pause, base civil.Date) []loan.Pause {
	for range d.count(2) {
		list = append(list, loan.Pause{From: d.date(base), Until: d.date(base)})
	}
	return list
}

func (e *encoder) sums(s *loan.Sums) {
	for c := range s {
		e.amount(s[c])
	}
}

func (e *encoder) late(l *loan.Late, base civil.Date) {
	e.amount(l.Fees)
	e.amount(l.Penalties)
	e.amount(l.Fixed)
	e.uint(uint64(len(l.Items)))
	for i := range l.Items {
		x := &l.Items[i]
		done := uint64(0)
		if x.FeeDone {
			done = 1
		}
		e.uint(uint64(x.No)<<1 | done)
		e.date(x.DueOn, base)
		e.int(x.Sum)
		e.amount(x.Charged)
	}
}

// earnsMore says beside an instalment's number that its period earns more or less than
// what falls due with it.
const earnsMore = 1 << 32

// plan writes explicit instalments; 0 stands for none, else their number + 1.
func (e *encoder) plan(p []loan.Installment, base civil.Date) {
	if p == nil {
		e.uint(0)
		return
	}
	e.uint(uint64(len(p)) + 1)
	for i := range p {
		require(p[i].No >= 0, "an instalment below zero")
		if p[i].More != 0 {
			e.uint(uint64(p[i].No) | earnsMore)
			e.amount(p[i].More)
		} else {
			e.uint(uint64(p[i].No))
		}
		e.date(p[i].From, base)
		e.date(p[i].DueOn, base)
		for c := range p[i].Due {
			e.amount(p[i].Due[c])
			e.amount(p[i].Paid[c])
			e.amount(p[i].Extra[c])
		}
	}
}

// servicing reads the parts that most loans have none of.
func (d *decoder) servicing(f *loan.Life, base civil.Date, has byte) {
	f.Added, f.Waived, f.Daily = loan.Sums{}, loan.Sums{}, loan.Daily{On: base}
	f.Late = loan.Late{On: civil.None, Items: f.Late.Items[:0]}
	f.Pauses, f.Regulated, f.Off, f.Changed = f.Pauses[:0], f.Regulated[:0], loan.Off{}, nil
	if has == 0 {
		return
	}
	if has&hasAdded != 0 {
		d.sums(&f.Added)
	}
	if has&hasWaived != 0 {
		d.sums(&f.Waived)
	}
	if has&hasLate != 0 {
		if d.version == 2 {
			f.Late.On = d.date(base)
		}
		d.late(&f.Late, base)
	}
	if has&hasDaily != 0 {
		f.Daily = loan.Daily{On: d.date(base), Sum: d.int(), SumLeap: d.int(), Fallen: d.amount()}
	}
	if has&hasPauses != 0 {
		f.Pauses = d.pauses(f.Pauses, base)
	}
	if has&hasOff != 0 {
		f.Off = loan.Off{Kind: loan.Kind(d.byte()), On: d.date(base), Amount: d.amount(), Recovered: d.amount()}
		switch f.Off.Kind {
		case loan.KindChargeOff, loan.KindWriteOff:
		case 0: // it found nothing owed, and says no more
			d.bad = d.bad || f.Off != loan.Off{On: base}
			f.Off = loan.Off{Empty: true}
		default:
			d.bad = true
		}
	}
	if has&hasChanged != 0 {
		t := &loan.Terms{}
		d.terms(t)
		f.Changed = t
	}
	if has&hasRun != 0 {
		f.Daily.Run, f.Daily.Base = d.date(base), d.amount()
		for c := range f.Daily.Ahead {
			f.Daily.Ahead[c] = d.amount()
		}
	}
}

func (d *decoder) sums(s *loan.Sums) {
	for c := range s {
		s[c] = d.amount()
	}
}

func (d *decoder) late(l *loan.Late, base civil.Date) {
	l.Fees = d.amount()
	l.Penalties = d.amount()
	l.Fixed = d.amount()
	for range d.count(4) {
		no := d.uint()
		l.Items = append(l.Items, loan.LateItem{No: int32(no >> 1), FeeDone: no&1 == 1, DueOn: d.date(base), Sum: d.int(), Charged: d.amount()})
	}
}

func (d *decoder) plan(base civil.Date) []loan.Installment {
	v := d.uint()
	if v == 0 {
		return nil
	}
	const least = 12 // bytes of an instalment
	if v-1 > uint64(len(d.b)/least) {
		d.bad, d.b = true, nil
		return nil
	}
	n := int(v - 1)
	p := make([]loan.Installment, 0, n)
	for range n {
		no := d.uint()
		i := loan.Installment{No: int32(no &^ earnsMore)}
		if no&earnsMore != 0 {
			i.More = d.amount()
		}
		i.From = d.date(base)
		i.DueOn = d.date(base)
		for c := range i.Due {
			i.Due[c] = d.amount()
			i.Paid[c] = d.amount()
			i.Extra[c] = d.amount()
		}
		p = append(p, i)
	}
	return p
}
