package night

import (
	"testing"

	"daybook/aging"
	"daybook/aging/score"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// scoreOf is the naive score: each day since the booking is closed by itself, from the
// life's beginning, with what is known of it now, and graded against the day before.
func (w *wholeLife) scoreOf(t *testing.T, events []loan.Event, booked, end civil.Date) int32 {
	t.Helper()
	builtin, err := builtinPolicy()
	if err != nil {
		t.Fatal(err)
	}
	reversed := map[string]bool{}
	for i := range events {
		if e := &events[i]; e.Kind == loan.KindReversal {
			reversed[string(e.Target)] = true
		}
	}
	at := func(day civil.Date) (loan.Life, loan.Figures) {
		var then []loan.Event
		for i := range events {
			if e := &events[i]; e.ValueDate <= day && e.Kind != loan.KindReversal && !reversed[string(e.ID)] {
				then = append(then, *e)
			}
		}
		return w.closeOf(then, day)
	}
	points, rules := &builtin.Score, &builtin.Aging
	is := func(b bool) int32 {
		if b {
			return 1
		}
		return 0
	}
	got, was, figures := int32(600), loan.Life{}, loan.Figures{}
	for day := booked; day <= end; day++ {
		now, f := at(day)
		if day > booked {
			e := score.Events{
				OnTime: now.MetWhen[0] - was.MetWhen[0], WeekLate: now.MetWhen[1] - was.MetWhen[1], Late: now.MetWhen[2] - was.MetWhen[2],
				From: rules.Buckets.Index(rules.DelinquentDays(figures.DaysPastDue, figures.PausedDays)),
				To:   rules.Buckets.Index(rules.DelinquentDays(f.DaysPastDue, f.PausedDays)), ChargedOff: is(now.Off.Kind != 0) - is(was.Off.Kind != 0),
			}
			if e.ChargedOff == 0 {
				e.Settled = is(f.Settled && now.Off.Kind == 0) - is(figures.Settled && was.Off.Kind == 0)
			}
			if now.Off.Kind == loan.KindWriteOff {
				e.From = e.To
			}
			got = points.Add(got, e, new(score.Moves))
		}
		was, figures = now, f
	}
	return got
}

// TestGradedByTheRulesOfTheDay: a day that is graded again has the points and buckets of
// its own date, whatever the policy says tonight.
func TestGradedByTheRulesOfTheDay(t *testing.T) {
	terms := loan.Terms{Principal: 120000, DisbursedOn: civil.Of(2026, 1, 15), FirstDueOn: civil.Of(2026, 2, 15), Installments: 12, Rate: 120_000_000, Frequency: 1}
	terms.Level = new(loan.Annuities).Level(&terms, loan.Rounding{})
	builtin, err := builtinPolicy()
	if err != nil {
		t.Fatal(err)
	}
	old, oldAging := builtin.Score, builtin.Aging
	old.PerBucket, oldAging.Buckets = []int32{0, -1}, aging.Bands{{Name: "fine"}, {Name: "M1", From: 5}}
	pay := loan.Event{Kind: loan.KindRepayment, ID: []byte("P"), ValueDate: civil.Of(2026, 2, 20), Amount: terms.Level}
	for _, x := range []struct {
		name    string
		nights  []civil.Date
		arrives civil.Date
	}{
		{"night by night", nil, pay.ValueDate},
		{"late", nil, civil.Of(2026, 2, 27)},
		{"after a gap", []civil.Date{civil.Of(2026, 2, 27)}, civil.Of(2026, 2, 27)},
	} {
		b := &tinyBook{t: t, product: products()["plain"], journal: map[civil.Date][]byte{}, last: civil.None}
		b.earlier = []Grading{{civil.Of(2026, 2, 24), &oldAging, &old}}
		b.close(terms.DisbursedOn, &terms, nil)
		if x.nights == nil {
			for d := terms.FirstDueOn; d <= civil.Of(2026, 2, 27); d++ {
				x.nights = append(x.nights, d)
			}
		}
		for _, d := range x.nights {
			var events []loan.Event
			if d == x.arrives {
				events = append(events, pay)
			}
			b.close(d, &terms, events)
		}
		// Five days late it enters no bucket on that day: it is paid. Under tonight's rules
		// it would have, and the night before the payment's file would have taken a point.
		if got, want := b.load().Score, int32(600-2); got != want {
			t.Errorf("%s: the score is %d, want %d", x.name, got, want)
		}
	}
}

// TestScoreOfALateFile: a payment of its due date counts as that whatever night its file
// comes, and the bucket in which the loan never was costs nothing.
func TestScoreOfALateFile(t *testing.T) {
	terms := loan.Terms{Principal: 120000, DisbursedOn: civil.Of(2026, 1, 15), FirstDueOn: civil.Of(2026, 2, 15), Installments: 12, Rate: 120_000_000, Frequency: 1}
	terms.Level = new(loan.Annuities).Level(&terms, loan.Rounding{})
	due := terms.FirstDueOn
	for lag := civil.Date(0); lag < 75; lag += 1 + lag/3 {
		b := &tinyBook{t: t, product: products()["plain"], journal: map[civil.Date][]byte{}, last: civil.None}
		var reasons [4]uint8
		b.seen = func(_ *Processor, l *loan.Loan, _ *Result) { reasons = l.Reasons }
		b.close(terms.DisbursedOn, &terms, nil)
		for d := due - 1; d < due+lag; d++ {
			b.close(d, &terms, nil)
		}
		before := b.load().Score
		b.close(due+lag, &terms, []loan.Event{{Kind: loan.KindRepayment, ID: []byte("P"), ValueDate: due, Amount: terms.Level}})
		want := int32(603)
		if lag >= 29 {
			want -= 10 // the second instalment is a day late and more
		}
		if lag >= 59 {
			want -= 25 // and 31 days
		}
		if got := b.load().Score; got != want {
			t.Errorf("with its file %d nights late the score is %d, want %d", lag, got, want)
		}
		if lag > 1 && lag < 29 && (before != 590 || reasons != [4]uint8{uint8(score.BucketEntered), uint8(score.OnTime)}) {
			t.Errorf("with its file %d nights late it was %d and moved for %v", lag, before, reasons)
		}
	}
}
