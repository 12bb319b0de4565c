package classify

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"daybook/ledger/civil"
)

// somePack is one that looks at few numbers, so that many loans are alike.
func somePack(r *rand.Rand, name string) *Pack {
	condition := func() *Condition {
		if r.IntN(60) == 0 {
			return someCondition(r, 1)
		}
		c := &Condition{}
		for range r.IntN(3) {
			low := r.Int32N(8)
			c.Compared = append(c.Compared, Compared{Number(r.IntN(int(MonthsOnBook))), Range{low, low + r.Int32N(20)}})
		}
		if r.IntN(3) == 0 {
			c.Holds = uint32(1 + r.IntN(3))
		}
		if r.IntN(4) == 0 {
			c.Buckets = uint64(r.IntN(8))
		}
		return c
	}
	p := &Pack{Name: name, Classes: make([]Class, 4), NonPerforming: 1}
	for i := range 2 {
		p.Holds = append(p.Holds, Hold{
			Name: string(rune('a' + i)), OfBorrower: r.IntN(3) == 0, Enter: []*Condition{condition()}, Until: []Until{{When: condition()}},
		})
	}
	table := Table{Rows: []Row{{When: condition(), Class: 1, Until: civil.None}, {When: condition(), Class: 2, Until: civil.None}, {Class: 3, Until: civil.None}}}
	p.Tables = []Table{{Applies: condition(), Rows: table.Rows}, {Rows: table.Rows[1:]}}
	p.Provision = Provision{Method: Rates, Rates: []Rated{{When: &Condition{Classes: uint64(r.IntN(16))}, Rate: 1e7}, {When: condition(), Rate: 2e8}, {Rate: 3e8}}}
	p.Compile()
	return p
}

// A machine that remembers loans that were alike says of each what one says that never does.
func TestLoansThatAreAlike(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 4))
	remembered, sets := 0, 0
	for range 400 {
		packs := []*Pack{somePack(r, "p"), somePack(r, "q")}
		set, plain := NewSet(packs), NewSet(packs)
		plain.alikeAtClose, plain.alikeByDay = false, false
		if set.alikeAtClose && set.alikeByDay {
			sets++
		}
		a, b := &Machine{Set: set}, &Machine{Set: plain}
		on := civil.Of(2026, 3, 1)
		for range 300 {
			day := Day{
				On: on, Through: on, DaysPastDue: r.Int32N(6), Delinquent: r.Int32N(3), PastDue: amount(r.Int64N(2)), Principal: 10, UnpaidDue: r.IntN(2) == 0,
				Bucket: uint8(r.IntN(3)), MeasureOn: civil.None, MeasureFirst: civil.None,
			}
			if r.IntN(9) == 0 {
				day.Measures, day.MeasureOn, day.MeasureFirst = 1, on-civil.Date(r.IntN(3)), on
			}
			subject := Subject{Product: r.Int32N(2), Attributes: uint64(r.IntN(2))}
			var flags []Flag
			if r.IntN(9) == 0 {
				flags = []Flag{{uint8(r.IntN(3)), on - 1, civil.None}}
			}
			active := r.IntN(9) == 0
			for _, m := range []*Machine{a, b} {
				m.Standing.Begin(m.Set)
				m.Subject, m.Flags, m.DisbursedOn, m.Since = subject, flags, on-civil.Date(day.DaysPastDue)-40, on-2
				if active {
					m.Standing.States[0] = State{Active: true, Entered: on - 9, Last: on - 1, Left: civil.None}
				}
				m.Begin()
				m.Step(&day)
				next := day
				next.On, next.Through = on+1, on+1
				m.Step(&next)
				m.Facts().Score, m.Facts().Bucket = 600+day.DaysPastDue, uint8(day.Delinquent)
			}
			if !reflect.DeepEqual(a.Standing, b.Standing) || !reflect.DeepEqual(a.Asked, b.Asked) {
				t.Fatalf("%+v comes to %+v, %+v, want %+v, %+v", day, a.Standing, a.Asked, b.Standing, b.Asked)
			}
			if l, ok := likenessOf(a.Facts(), a.Standing.States); ok && set.alikeAtClose && a.remembering().decided[l.place()].likeness == l {
				remembered++
			}
			if got, want := *a.Decide(), *b.Decide(); got != want {
				t.Fatalf("%+v is decided as %+v, want %+v", a.Facts(), got, want)
			}
			on += civil.Date(r.IntN(20) / 19)
		}
	}
	if sets < 100 || remembered < 1000 {
		t.Errorf("%d sets in which loans may be alike, %d loans that were", sets, remembered)
	}
}

// A machine that goes through the packs of many days has a memory of each.
func TestAMachineOfSeveralSets(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 9))
	var sets []*Set
	for range memoriesMax + 3 {
		sets = append(sets, NewSet([]*Pack{somePack(r, "p")}))
	}
	m := &Machine{}
	for range 5 {
		for _, set := range sets {
			m.Set = set
			m.Standing.Begin(set)
			m.facts = Facts{On: civil.Of(2026, 3, 1), Days: r.Int32N(4)}
			if got, want := *m.Decide(), set.decide(&m.facts, m.Standing.States); got != want {
				t.Fatalf("%+v, want %+v", got, want)
			}
		}
	}
	first := m.remembering()
	m.Set = sets[len(sets)-2]
	if m.remembering() == first || len(m.memories) > memoriesMax {
		t.Errorf("%d memories", len(m.memories))
	}
	if m.Set = sets[len(sets)-1]; m.remembering() != first {
		t.Error("what was known of a set is forgotten")
	}
}
