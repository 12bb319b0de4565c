package loan

import (
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// TestInterestGrace: interest of the grace falls due, on top, with the first instalment
// after it (the figures of Apache Fineract's scenario for six instalments of principal and
// three of interest: 0, 0, 0, 200.00, 50.00, 50.00, then 444.00 level).
func TestInterestGrace(t *testing.T) {
	terms := Terms{
		Principal: 5000_00, Rate: 120_000_000, Installments: 18, Frequency: Monthly, DayCount: civil.Thirty360,
		DisbursedOn: civil.Of(2022, 11, 1), FirstDueOn: civil.Of(2022, 12, 1), Grace: Grace{Principal: 6, Interest: 3},
	}
	p := &Product{Name: "p", Allocation: DefaultAllocation()}
	terms.RoundedBy(new(Annuities), Rounding{Multiple: 100})
	plan := p.Plan(&terms)
	earned := money.Amount(0)
	for i, want := range []money.Amount{0, 0, 0, 200_00, 50_00, 50_00, 444_00, 444_00} {
		if got := plan[i].Total(); got != want {
			t.Errorf("instalment %d is %d, want %d", i+1, got, want)
		}
		if earned += plan[i].Earned(plan[i].DueOn); i < 7 && earned != money.Amount(i+1)*50_00 {
			t.Errorf("%d is earned by %s", earned, plan[i].DueOn)
		}
	}
	if last := plan[17].Total(); last != 447_09 {
		t.Errorf("the last instalment is %d, want 44709", last)
	}
	if got := (&Product{DailyInterest: true}).Plan(&terms); got != nil {
		t.Errorf("a plan of daily interest: %+v", got)
	}
}

// TestMovedDates: due dates of 2027 around a spring festival and a month's end.
func TestMovedDates(t *testing.T) {
	calendar := Calendar{Weekend: [7]bool{true, 6: true}, Working: []civil.Date{civil.Of(2027, 2, 28)}}
	for day := 6; day <= 12; day++ {
		calendar.Holidays = append(calendar.Holidays, civil.Of(2027, 2, day))
	}
	for _, x := range []struct {
		of                          civil.Date
		disbursed                   civil.Date
		following, modified, before civil.Date
	}{
		{of: civil.Of(2027, 2, 6), following: civil.Of(2027, 2, 15), modified: civil.Of(2027, 2, 15), before: civil.Of(2027, 2, 5)},
		{of: civil.Of(2027, 1, 31), following: civil.Of(2027, 2, 1), modified: civil.Of(2027, 1, 29), before: civil.Of(2027, 1, 29)},
		{of: civil.Of(2027, 2, 28), following: civil.Of(2027, 2, 28), modified: civil.Of(2027, 2, 28), before: civil.Of(2027, 2, 28)}, // worked
		{of: civil.Of(2027, 2, 6), disbursed: civil.Of(2027, 2, 5), following: civil.Of(2027, 2, 15), modified: civil.Of(2027, 2, 15), before: civil.Of(2027, 2, 15)},
	} {
		for roll, want := range map[Roll]civil.Date{Unmoved: x.of, Following: x.following, ModifiedFollowing: x.modified, Preceding: x.before} {
			m := DueDates{Roll: roll, Calendar: calendar}
			if got := m.move(x.of, x.disbursed); got != want {
				t.Errorf("%s moves %s to %s, want %s", roll, x.of, got, want)
			}
		}
	}
}

// TestInterestOfMovedDates: a period that a weekend makes longer bears interest for it or
// not, and each period begins where the one before it ends.
func TestInterestOfMovedDates(t *testing.T) {
	terms := Terms{
		Principal: 36500_00, Rate: 100_000_000, Installments: 3, Frequency: Monthly, Method: InterestOnly, DayCount: civil.Act365F,
		DisbursedOn: civil.Of(2026, 9, 1), FirstDueOn: civil.Of(2026, 10, 3), // a Saturday; then a Tuesday and a Thursday
	}
	for _, x := range []struct {
		interest bool
		want     [3]money.Amount // 10.00 a day
	}{{false, [3]money.Amount{320_00, 310_00, 300_00}}, {true, [3]money.Amount{340_00, 290_00, 300_00}}} {
		p := &Product{Name: "p", DueDates: DueDates{Roll: Following, Interest: x.interest, Calendar: Calendar{Weekend: [7]bool{true, 6: true}}}}
		plan := p.Plan(&terms)
		if plan[0].DueOn != civil.Of(2026, 10, 5) || plan[1].From != plan[0].DueOn {
			t.Errorf("due on %s and from %s", plan[0].DueOn, plan[1].From)
		}
		for i := range plan {
			if plan[i].Due[Interest] != x.want[i] {
				t.Errorf("with interest %t instalment %d bears %d, want %d", x.interest, i+1, plan[i].Due[Interest], x.want[i])
			}
		}
	}
}

// TestDaysOfMonth: which days a list may have, and the dates they make.
func TestDaysOfMonth(t *testing.T) {
	for text, ok := range map[string]bool{
		"1,15": true, "15,31": true, "1,11,21": true, "1,8,16,23": true, "5,28": true,
		"1": false, "15,1": false, "1,1": false, "0,15": false, "1,32": false, "28,30": false, "1,2,3,4,5": false, "1,": false, "01,15": false, "1, 15": false,
	} {
		f, got := ParseFrequency(text)
		if got != ok || ok && (f.String() != text || !f.Valid()) {
			t.Errorf("%q: %v, %t, %s", text, f, got, f)
		}
	}
	terms := Terms{Frequency: daysOf(15, 31), DisbursedOn: civil.Of(2026, 12, 31), FirstDueOn: civil.Of(2027, 1, 15)}
	for k, want := range []civil.Date{
		civil.Of(2026, 12, 31), civil.Of(2027, 1, 15), civil.Of(2027, 1, 31), civil.Of(2027, 2, 15), civil.Of(2027, 2, 28), civil.Of(2027, 3, 15),
	} {
		if got := terms.DueOn(int32(k)); got != want {
			t.Errorf("due date %d is %s, want %s", k, got, want)
		}
	}
	if got := terms.later(civil.Of(2027, 2, 28), 2); got != civil.Of(2027, 3, 31) {
		t.Errorf("a month later is %s", got)
	}
	if got := terms.periodsIn(civil.Of(2027, 1, 15), civil.Of(2027, 3, 15)); got != 4 {
		t.Errorf("two months are %d periods", got)
	}
}
