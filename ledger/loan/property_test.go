package loan

import (
	"testing"

	"daybook/ledger/civil"
)

func dailyLoan(r *Run, log *Log) *Loan {
	terms := Terms{Principal: 1200_00, Rate: 120_000_000, Installments: 12, DisbursedOn: civil.Of(2026, 1, 1), FirstDueOn: civil.Of(2026, 2, 1), Frequency: 1, DayCount: civil.Act365F}
	terms.Level = new(Annuities).Level(&terms, Rounding{})
	l := &Loan{ID: []byte("L"), Terms: terms}
	l.Begin(nil)
	r.Start(l, &Product{Name: "daily", DailyInterest: true, Allocation: DefaultAllocation()}, log)
	return l
}

// TestRefusedPauseLeavesNothing: a shift that the policy does not allow changes nothing.
func TestRefusedPauseLeavesNothing(t *testing.T) {
	var r Run
	var log Log
	l := dailyLoan(&r, &log)
	e := Event{Kind: KindPause, Choice: Shift, ID: []byte("P"), ValueDate: civil.Of(2026, 1, 10), Until: civil.Of(2026, 2, 20)}
	if reason := r.Apply(&e); reason != NotAllowedByPolicy {
		t.Fatalf("reason %s", reason.Code())
	}
	if len(l.Pauses) != 0 || log.Len() != 0 {
		t.Errorf("refused, and yet %d pauses and %d entries are left", len(l.Pauses), log.Len())
	}
}

// TestRecoveryOfDailyLoan: what is recovered is no longer owed.
func TestRecoveryOfDailyLoan(t *testing.T) {
	for _, daily := range []bool{false, true} {
		var r Run
		var log Log
		l := dailyLoan(&r, &log)
		r.latest.DailyInterest = daily
		off := Event{Kind: KindChargeOff, ID: []byte("O"), ValueDate: civil.Of(2026, 4, 15), Rate: -1}
		in := Event{Kind: KindRecovery, ID: []byte("R"), ValueDate: civil.Of(2026, 4, 16), Amount: 1000_00}
		if a, b := r.Apply(&off), r.Apply(&in); a != OK || b != OK {
			t.Fatal(a.Code(), b.Code())
		}
		r.Advance(in.ValueDate)
		f := r.Close(in.ValueDate)
		if got, want := l.Paid.Total(), l.Off.Recovered; got != want {
			t.Errorf("daily %v: %d is owed less, want the %d recovered; outstanding %v", daily, got, want, f.Outstanding)
		}
	}
}

// TestWaiverOfDailyLoan: interest earned and not yet due, and principal, that are
// forgiven are owed no more, then or later.
func TestWaiverOfDailyLoan(t *testing.T) {
	for _, c := range []Component{Interest, Principal} {
		var r Run
		var log Log
		l := dailyLoan(&r, &log)
		day := civil.Of(2026, 1, 21)
		r.Advance(day)
		before := l.owed(r.earned(day), r.fallen(day), 0, 0)
		e := Event{Kind: KindWaiver, Component: c, ID: []byte("W"), ValueDate: day, Amount: 5_00}
		if c == Principal {
			e.Choice = PrincipalForgiveness
		}
		if reason := r.Apply(&e); reason != OK {
			t.Fatal(reason.Code())
		}
		after := l.owed(r.earned(day), r.fallen(day), 0, 0)
		if got := before[c] - after[c]; got != 5_00 {
			t.Errorf("%d of component %d is owed less, want 500; paid %v", got, c, l.Paid)
		}
		r.Advance(civil.Of(2026, 2, 1))
		interest := r.earned(civil.Of(2026, 2, 1))
		if c == Interest {
			interest -= 5_00
		}
		if got := r.items[0].Due[Interest]; got != interest {
			t.Errorf("interest due %d, want %d", got, interest)
		}
	}
}
