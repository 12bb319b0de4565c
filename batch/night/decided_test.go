package night

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// eventsOfATangle are events of every kind under ids of their own, of which many do not
// hold, name one another and are reversed, perhaps twice.
func eventsOfATangle(r *rand.Rand, t *loan.Terms, night civil.Date, ids *int) (events []loan.Event) {
	first := *ids
	for range 3 + r.IntN(14) {
		e := loan.Event{
			Kind: loan.KindFee + loan.Kind(r.IntN(int(loan.KindRecovery))), ID: fmt.Appendf(nil, "E%03d", *ids),
			ValueDate: t.DisbursedOn + civil.Date(r.IntN(int(night-t.DisbursedOn)+1)), Amount: 1 + money.Amount(r.IntN(40000)), Rate: -1,
		}
		*ids++
		switch e.Kind {
		case loan.KindDue, loan.KindCredit:
			e.Kind, e.Target = loan.KindReversal, fmt.Appendf(nil, "E%03d", r.IntN(*ids+4))
		case loan.KindReversal, loan.KindChargeback:
			e.Target = fmt.Appendf(nil, "E%03d", first+r.IntN(*ids-first+4))
		case loan.KindPrepay:
			e.Choice = loan.ShorterTerm + loan.Choice(r.IntN(2))
		case loan.KindWaiver:
			e.Component, e.Amount, e.Choice = loan.Component(r.IntN(4)), 1+e.Amount/30, loan.PrincipalForgiveness
		case loan.KindPause:
			e.Until = e.ValueDate + civil.Date(r.IntN(20))
		case loan.KindRestructure:
			e.Choice, e.Installments, e.FirstDueOn = loan.Reage, 1+int32(r.IntN(5)), e.ValueDate+civil.Date(r.IntN(30))
		case loan.KindChargeOff, loan.KindWriteOff:
			if r.IntN(3) > 0 {
				e.Kind = loan.KindRefund
			}
		case loan.KindSettle:
			if r.IntN(2) == 0 {
				pay := loan.Event{Kind: loan.KindRepayment, ID: fmt.Appendf(nil, "E%03d", *ids), ValueDate: e.ValueDate, Amount: 2 * t.Principal, Rate: -1}
				*ids++
				events = append(events, pay)
			}
		}
		events = append(events, e)
	}
	return events
}

func tangled(t *testing.T, seed int) (*rand.Rand, loan.Terms, func() *tinyBook) {
	r := rand.New(rand.NewPCG(uint64(seed), 13))
	p := randomProduct(r)
	terms := randomContract(r, &p)
	return r, terms, func() *tinyBook {
		return &tinyBook{t: t, product: p, plan: p.Plan(&terms), journal: map[civil.Date][]byte{}, last: civil.None}
	}
}

// TestRowsInAnyOrder: in which order the rows of a night stand changes neither what
// becomes of one nor a byte of the record or the journal.
func TestRowsInAnyOrder(t *testing.T) {
	oldIndex, oldReruns := indexMin, rerunsMax
	defer func() { indexMin, rerunsMax = oldIndex, oldReruns }()
	first, seeds := seedsToTry(3000)
	for seed := first; seed < first+seeds; seed++ {
		r, terms, book := tangled(t, seed)
		want, got := book(), book()
		night, ids := terms.DisbursedOn, 0
		for range 4 {
			night += 1 + civil.Date(r.IntN(40))
			events := eventsOfATangle(r, &terms, night, &ids)
			indexMin, rerunsMax = oldIndex, oldReruns
			outcomes := map[string]loan.Reason{}
			for i, reason := range want.close(night, &terms, events) {
				outcomes[string(events[i].ID)] = reason
			}
			rows := slices.Clone(events)
			r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			indexMin, rerunsMax = r.IntN(2)*oldIndex, r.IntN(9)
			for i, reason := range got.close(night, &terms, rows) {
				if w := outcomes[string(rows[i].ID)]; reason != w {
					t.Errorf("%s %s is %q in another order, want %q", rows[i].Kind, rows[i].ID, reason.Code(), w.Code())
				}
			}
			if !reflect.DeepEqual(got.journal, want.journal) || string(got.record) != string(want.record) {
				t.Errorf("other records: %+v, want %+v", got.life(), want.life())
			}
			if t.Failed() {
				t.Fatalf("run again with SEED=%d\n%s", seed, (&wholeLife{events: lifeOf(events)}).String())
			}
		}
	}
}

func lifeOf(events []loan.Event) (list []lifeEvent) {
	for _, e := range events {
		list = append(list, lifeEvent{e, nil})
	}
	return list
}

// closeApart closes three nights, the last of them on a date: what the events are without
// the reversals, these, and what was refused. It returns what became of each.
func closeApart(b *tinyBook, last civil.Date, terms *loan.Terms, events []loan.Event) map[string]loan.Reason {
	outcomes, reversed := map[string]loan.Reason{}, map[string]bool{}
	var nights [3][]loan.Event
	for _, e := range events {
		if e.Kind == loan.KindReversal {
			reversed[string(e.Target)] = true
			nights[1] = append(nights[1], e)
		} else {
			nights[0] = append(nights[0], e)
		}
	}
	for k := range nights {
		for i, reason := range b.close(last-2+civil.Date(k), terms, nights[k]) {
			e := nights[k][i]
			outcomes[string(e.ID)] = reason
			switch {
			case reason == loan.OK || e.Kind == loan.KindReversal || k == 2:
			case !reversed[string(e.ID)]:
				nights[2] = append(nights[2], e)
			case e.Kind.BringsMoney():
				nights[1] = append(nights[1], e)
			}
		}
	}
	return outcomes
}

// TestReversalsAreAsOfANightLater: what becomes of a row, of the loan and of the GL is
// the same in one night, and where the reversals come a night later, when the money that
// was held is tried again, and then once more what was refused and is not reversed.
func TestReversalsAreAsOfANightLater(t *testing.T) {
	first, seeds := seedsToTry(3000)
	kinds, refused := [loan.Kinds]int{}, 0
	for seed := first; seed < first+seeds; seed++ {
		r, terms, book := tangled(t, seed)
		one, three := book(), book()
		night, ids := terms.DisbursedOn, 0
		for range 3 {
			night += 3 + civil.Date(r.IntN(40))
			events := eventsOfATangle(r, &terms, night-2, &ids)
			outcomes := closeApart(three, night, &terms, events)
			for i, reason := range one.close(night, &terms, events) {
				e := &events[i]
				if w := outcomes[string(e.ID)]; reason != w {
					t.Errorf("%s %s is %q in one night, %q in three", e.Kind, e.ID, reason.Code(), w.Code())
				}
				if reason != loan.OK {
					kinds[e.Kind], refused = kinds[e.Kind]+1, refused+1
				}
			}
			if got, want := one.life(), three.life(); !reflect.DeepEqual(got, want) {
				t.Errorf("the life is\n%+v, in three nights\n%+v", got, want)
			}
			if one.gl != three.gl {
				t.Errorf("the GL is %v, in three nights %v", one.gl, three.gl)
			}
			if t.Failed() {
				t.Fatalf("run again with SEED=%d\n%s", seed, (&wholeLife{events: lifeOf(events)}).String())
			}
		}
	}
	for _, k := range []loan.Kind{loan.KindRepayment, loan.KindRefund} {
		if kinds[k] > 0 {
			t.Errorf("a %s was refused", k)
		}
	}
	for _, k := range []loan.Kind{loan.KindReversal, loan.KindChargeback, loan.KindWaiver, loan.KindGoodwill, loan.KindSettle, loan.KindRecovery} {
		if kinds[k] == 0 && seeds > 1 {
			t.Errorf("no %s of %d events that were refused", k, refused)
		}
	}
}

// TestReversedTonightOrNot: a row has one fate, whether the reversal beside it comes
// before, with or after it. Money that waits comes again with its reversal, as held.
func TestReversedTonightOrNot(t *testing.T) {
	terms := loan.Terms{Principal: 120000, DisbursedOn: civil.Of(2026, 1, 1), FirstDueOn: civil.Of(2026, 2, 1), Installments: 12, Rate: 120_000_000, Frequency: 1}
	terms.Level = new(loan.Annuities).Level(&terms, loan.Rounding{})
	event := func(k loan.Kind, id string, day int, amount money.Amount, target string) loan.Event {
		return loan.Event{Kind: k, ID: []byte(id), ValueDate: civil.Of(2026, 1, day), Amount: amount, Target: []byte(target), Rate: -1}
	}
	pay, fee := event(loan.KindRepayment, "P", 10, 5000, ""), event(loan.KindFee, "F", 10, 500, "")
	back := func(day int, target string) loan.Event { return event(loan.KindChargeback, "C", day, 1000, target) }
	reverse := func(target string) loan.Event { return event(loan.KindReversal, "R", 11, 0, target) }
	waiver := event(loan.KindWaiver, "W", 9, 300, "")
	waiver.Component = loan.Fee
	goodwill := event(loan.KindGoodwill, "G", 10, 700, "")
	for _, x := range []struct {
		name   string
		nights [][]loan.Event
		want   string // the last night's reasons
	}{
		{"a chargeback before its money", [][]loan.Event{{pay, back(9, "P")}}, "[ unknown_target]"},
		{"and its reversal", [][]loan.Event{{pay, back(9, "P"), reverse("P")}}, "[ unknown_target ]"},
		{"of earlier money, before it, with its reversal", [][]loan.Event{{pay}, {back(9, "P"), reverse("P")}}, "[unknown_target ]"},
		{"after its reversal", [][]loan.Event{{pay}, {reverse("P")}, {back(9, "P")}}, "[unknown_target]"},
		{"a chargeback of a fee", [][]loan.Event{{fee, back(11, "F")}}, "[ unknown_target]"},
		{"with its reversal", [][]loan.Event{{fee, back(11, "F"), reverse("F")}}, "[ unknown_target ]"},
		{"after its reversal", [][]loan.Event{{fee, reverse("F")}, {back(11, "F")}}, "[unknown_target]"},
		{"a chargeback of money", [][]loan.Event{{pay, back(11, "P"), reverse("P")}}, "[  ]"},
		{"before its reversal", [][]loan.Event{{pay}, {back(11, "P")}, {reverse("P")}}, "[]"},
		{"after its reversal", [][]loan.Event{{pay, reverse("P")}, {back(11, "P")}}, "[]"},
		{"a chargeback that is reversed", [][]loan.Event{{pay, back(9, "P"), reverse("C")}}, "[ unknown_target unknown_target]"},
		{"goodwill, on its day", [][]loan.Event{{goodwill, back(10, "G")}}, "[ unknown_target]"},
		{"a waiver of nothing that is reversed", [][]loan.Event{{waiver, reverse("W")}}, "[amount_above_balance unknown_target]"},
		{"after it was refused", [][]loan.Event{{waiver}, {reverse("W")}}, "[unknown_target]"},
		{"a waiver of a fee that is reversed", [][]loan.Event{{event(loan.KindFee, "F", 8, 500, ""), waiver, reverse("F")}}, "[  ]"},
		{"a recovery too early", [][]loan.Event{{event(loan.KindRecovery, "M", 10, 900, "")}}, "[not_allowed_in_status]"},
		{"that is reversed", [][]loan.Event{{event(loan.KindRecovery, "M", 10, 900, ""), reverse("M")}}, "[ ]"},
	} {
		b := &tinyBook{t: t, product: products()["plain"], journal: map[civil.Date][]byte{}, last: civil.None}
		var got []string
		for k, events := range x.nights {
			got = nil
			for _, reason := range b.close(civil.Of(2026, 1, 15+k), &terms, events) {
				got = append(got, reason.Code())
			}
		}
		if s := fmt.Sprint(got); s != x.want {
			t.Errorf("%s: %s, want %s", x.name, s, x.want)
		}
	}
}
