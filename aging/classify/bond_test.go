package classify

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// plainPack is one that says the same of all loans of a product at rest, with contagion.
func plainPack(r *rand.Rand, name string) *Pack {
	for {
		p := somePack(r, name)
		p.Contagion = []Contagion{{Spread: true}, {Over: 200_000_000, AtLeast: 2}, {Spread: true, Applies: &Condition{Attributes: 1}}}[r.IntN(3)]
		p.Classes = slices.Clone(p.Classes)
		p.Classes[2].NonPerforming, p.Classes[3].NonPerforming = true, true
		for i := range p.Tables {
			p.Tables[i].Rows = slices.Clone(p.Tables[i].Rows)
			for k := range p.Tables[i].Rows {
				p.Tables[i].Rows[k].Class = 3 - p.Tables[i].Rows[k].Class // the last is the best
			}
		}
		p.Compile()
		if p.Plain() && !NewSet([]*Pack{p}).Watches() {
			return p
		}
	}
}

// What a borrower's loans make of each other is the same whether a loan at rest is reported in few bytes or in full.
func TestDerivedReports(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 3))
	on := civil.Of(2026, 3, 1)
	changed := 0
	for range 3000 {
		set := NewSet([]*Pack{plainPack(r, "p"), plainPack(r, "q")})
		subjects := []Subject{{Product: 0, Attributes: 1}, {Product: 1}}
		codes := make([]uint16, set.slots)
		for i := range codes {
			codes[i] = uint16(i)
		}
		binder := func() *Binder {
			return &Binder{Set: set, Late: []int{0, 1}, On: on, Codes: codes, Subjects: subjects}
		}
		resting, m := Resting{Set: set, On: on, Subjects: subjects}, &Machine{Set: set}
		var short, long []Report
		for i := range 1 + r.IntN(4) {
			l := Report{
				Loan: uint64(r.IntN(1000)), Counts: r.IntN(9) > 0, Product: uint16(r.IntN(2)), Score: 600, Disbursed: on - 300,
				Principal: r.Int64N(1e6), Resting: i > 0 && r.IntN(3) > 0,
			}
			l.OnBook, l.Carrying = l.Counts && r.IntN(9) > 0, l.Principal+r.Int64N(100)
			l.Total = l.Carrying + r.Int64N(2)
			var d Decided
			states := set.free(nil)
			if l.Resting {
				d = resting.Of(l.Product).Decided
			} else {
				m.Standing.Begin(set)
				m.Subject, m.DisbursedOn, m.Since = subjects[l.Product], l.Disbursed, on-1
				m.Begin()
				m.Step(&Day{On: on, Through: on, DaysPastDue: r.Int32N(30), Delinquent: r.Int32N(30), PastDue: 5, Principal: 10, UnpaidDue: true, Bucket: 1, MeasureOn: civil.None, MeasureFirst: civil.None})
				d, states, l.Asks, l.Bucket = *m.Decide(), m.Standing.States, m.Asking(), 1
				l.Told = m.AppendTold(nil)
			}
			for k, p := range set.Packs {
				own := l.Next()
				own.Verdict, own.Since = d.Verdicts[k], civil.None
				if s := set.Of(p, states)[p.NonPerforming]; s.Active {
					own.Since = s.Entered
				}
				if l.OnBook {
					own.Provision = money.MulDiv(l.Carrying, d.Rates[k], 1e9)
				}
			}
			long = append(long, l)
			l.Derived = l.Resting
			short = append(short, l)
		}
		before := &Bond{}
		if p := set.Packs[0]; r.IntN(3) == 0 && p.Holds[0].OfBorrower {
			before.Holds = []BorrowerHold{{0, State{Active: true, Entered: on - 9, Last: on - 1, Left: civil.None}}}
		}
		a, b := binder(), binder()
		got, gotHolds, err := a.Bind(again(t, a, short), before)
		if err != nil {
			t.Fatal(err)
		}
		want, wantHolds, err := b.Bind(again(t, b, long), before)
		if err != nil || !reflect.DeepEqual(got, want) || !reflect.DeepEqual(gotHolds, wantHolds) {
			t.Fatalf("%+v come to %+v, %+v, want %+v, %+v, %v", short, got, gotHolds, want, wantHolds, err)
		}
		for k := range want {
			for i := range want[k] {
				if want[k][i].Verdict != long[i].Own[k].Verdict && long[i].Resting {
					changed++
				}
			}
		}
	}
	if changed < 500 {
		t.Errorf("only %d loans at rest were changed by others", changed)
	}
}

// again returns reports as they are read from what was written of them.
func again(t *testing.T, b *Binder, list []Report) []Report {
	t.Helper()
	read := make([]Report, len(list))
	for i := range list {
		read[i].Currency, read[i].Bucket = list[i].Currency, list[i].Bucket
		if err := b.ReadReport(AppendReport(nil, &list[i]), &read[i]); err != nil {
			t.Fatal(err)
		}
	}
	return read
}

// What every report says of a loan is read as it was written, whether it fits in few bytes or not, and a report of a loan
// at rest is the same bytes on both ways.
func TestReportsOfAllSizes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 9))
	set := NewSet([]*Pack{plainPack(r, "p")})
	b := &Binder{Set: set, Late: []int{0}, On: civil.Of(2026, 3, 1), Subjects: []Subject{{}, {Product: 1}}}
	amounts := []int64{0, 1, 1<<32 - 1, 1 << 32, -1, 1 << 50}
	narrow := 0
	for _, carrying := range amounts {
		for _, interest := range amounts {
			for _, memo := range []int64{0, 1, -1} {
				for _, day := range []civil.Date{0, 20_000, 1<<16 - 1, 1 << 16, -1} {
					for _, score := range []int32{0, 850, 1<<16 - 1, 1 << 16, -5} {
						l := Report{
							Loan: r.Uint64(), Counts: true, OnBook: true, Resting: true, Derived: true, Product: 1, Base: Base{State: uint8(r.IntN(2)) * 2},
							Total: carrying + memo, Carrying: carrying, Principal: carrying - interest, Score: score, Disbursed: day,
						}
						rec := AppendReport([]byte("before"), &l)[len("before"):]
						if short := AppendDerived(nil, l.Loan, l.Product, l.Base.State, day, score, carrying, l.Principal, l.Total); string(short) != string(rec) {
							t.Fatalf("%+v is %x, and %x", l, short, rec)
						}
						var got Report
						if err := b.ReadReport(rec, &got); err != nil {
							t.Fatal(err)
						}
						if got.Own = nil; len(got.Told) != 0 {
							t.Fatalf("%+v tells %x", l, got.Told)
						}
						if got.Told = nil; !reflect.DeepEqual(got, l) {
							t.Fatalf("%+v reads as %+v", l, got)
						}
						for n := range rec {
							if b.ReadReport(rec[:n], &got) == nil {
								t.Fatalf("%d bytes of %x are a report", n, rec)
							}
						}
						if rec[headBits]&narrowBit != 0 {
							narrow++
						}
					}
				}
			}
		}
	}
	if narrow != 3*3*3*3 {
		t.Errorf("%d reports are short, want %d", narrow, 3*3*3*3)
	}
}
