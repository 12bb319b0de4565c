package metro2

import (
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/money"

	"pgregory.net/rapid"
)

// The day before each edge, and the edge.
func TestStatusOfDays(t *testing.T) {
	for days, want := range map[int]Status{
		-1: "11", 0: "11", 1: "11", 29: "11", 30: "71", 59: "71", 60: "78", 89: "78", 90: "80", 119: "80", 120: "82", 149: "82", 150: "83", 179: "83",
		180: "84", 10_000: "84",
	} {
		if got := StatusOf(&Condition{DaysPastDue: days}); got != want {
			t.Errorf("%d days: %s, want %s", days, got, want)
		}
	}
}

func TestStatusOf(t *testing.T) {
	for _, x := range []struct {
		c    Condition
		want Status
	}{
		{Condition{DaysPastDue: 200, ChargedOff: true}, "97"},
		{Condition{DaysPastDue: 200, ChargedOff: true, Recovered: true}, "64"},
		{Condition{Settled: true}, "13"},
		{Condition{Settled: true, Recovered: true}, "13"},
		{Condition{DaysPastDue: 40, Flags: []string{"transferred"}}, "05"},
		{Condition{Settled: true, Flags: []string{"transferred"}}, "13"},
		{Condition{ChargedOff: true, Flags: []string{"transferred"}}, "97"},
		{Condition{ChargedOff: true, Flags: []string{"m2_da"}}, "DA"},
		{Condition{Settled: true, Flags: []string{"m2_da", "m2_df"}}, "DF"},
		{Condition{DaysPastDue: 61, Flags: []string{"m2_ac", "watch"}}, "78"},
	} {
		if got := StatusOf(&x.c); got != x.want || !got.known() {
			t.Errorf("%+v: %s, want %s", x.c, got, x.want)
		}
	}
}

// A rating stands with seven statuses alone, and is that of the close before.
func TestRatingOf(t *testing.T) {
	rated := "05 13 65 88 89 94 95"
	for _, s := range Statuses {
		for c := range codes {
			want := byte(' ')
			if strings.Contains(rated, string(s)) {
				want = "0123456L00"[c]
			}
			if got := RatingOf(s, c); got != want {
				t.Errorf("%s after %d: %q, want %q", s, c, got, want)
			}
		}
	}
}

func TestWhatFollowsFromTheStatus(t *testing.T) {
	on := civil.Of(2026, 5, 1)
	for _, x := range []struct {
		status Status
		rating byte
		first  civil.Date
		due    int64
		owed   int64
		off    int64
	}{
		{"11", ' ', civil.None, 0, 90, 0}, {"71", ' ', on, 7, 90, 0}, {"97", ' ', on, 7, 30, 50}, {"64", ' ', on, 0, 0, 50},
		{"13", '0', civil.None, 0, 0, 0}, {"13", '2', on, 0, 0, 0}, {"13", 'L', on, 0, 0, 0}, {"05", '0', civil.None, 7, 90, 0}, {"DA", ' ', on, 7, 90, 0},
	} {
		if got := FirstDelinquencyOf(x.status, x.rating, on); got != x.first {
			t.Errorf("%s %c: first delinquency %s, want %s", x.status, x.rating, got, x.first)
		}
		if got := PastDueOf(x.status, 7); got != x.due {
			t.Errorf("%s: %d past due, want %d", x.status, got, x.due)
		}
		if got := BalanceOf(x.status, 100, 10, 50, 20); got != x.owed {
			t.Errorf("%s: the balance is %d, want %d", x.status, got, x.owed)
		}
		if got := ChargedOffOf(x.status, 50); got != x.off {
			t.Errorf("%s: %d charged off, want %d", x.status, got, x.off)
		}
	}
	if BalanceOf("11", 5, 10, 0, 0) != 0 || BalanceOf("97", 0, 0, 5, 10) != 0 {
		t.Error("a balance is below zero")
	}
}

func TestComments(t *testing.T) {
	for flags, want := range map[string]string{
		"": "|", "watch,transferred": "|", "m2_ac": "AC|", "m2_xb": "|XB", "m2_xb,m2_ac": "AC|XB", "m2_cp,m2_ac,m2_xc,m2_xa": "AC|XA",
		"m2_da,m2_df": "|", "m2_abc,m2_a,m2_": "|", "m2_da,m2_b1": "B1|", "m2_written_down,m2_plan_ac,x_ab,m2_dispute_xb": "AC|XB",
	} {
		comment, compliance := Comments(strings.Split(flags, ","))
		if got := comment + "|" + compliance; got != want {
			t.Errorf("%s: %s, want %s", flags, got, want)
		}
	}
}

// A history is what a list of all closes says, month by month.
func TestHistoryAgainstAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		opened := civil.Of(2020, 1, 1) + civil.Date(rapid.IntRange(0, 900).Draw(t, "opened"))
		var h History
		last, on := civil.None, opened
		type month struct{ year, month int }
		newest := map[month]Code{}
		for range rapid.IntRange(1, 40).Draw(t, "closes") {
			on += civil.Date(rapid.SampledFrom([]int{0, 1, 1, 20, 31, 45, 200, 900}).Draw(t, "days"))
			if on == last {
				on++
			}
			c := Code(rapid.IntRange(0, int(ChargedOffCode)).Draw(t, "code"))
			h = h.Close(last, on, opened, c)
			y, m, _ := on.Split()
			newest[month{y, m}] = c
			last = on
			var want strings.Builder
			for i := 1; i <= profileMonths; i++ {
				before := civil.MonthDay(y, m-1-i, 1)
				y2, m2, _ := before.Split()
				c, closed := newest[month{y2, m2}]
				switch {
				case before.MonthEnd() < opened:
					want.WriteByte('B')
				case !closed:
					want.WriteByte('D')
				default:
					want.WriteByte("0123456L"[c])
				}
			}
			if got := h.Profile(); got != want.String() || h.Code(0) != c {
				t.Fatalf("on %s, opened %s: %s, want %s", on, opened, got, want.String())
			}
		}
	})
}

// On the night of the month's end the profile is of the months before it, and the first is
// last month's last close.
func TestProfileAtMonthEnd(t *testing.T) {
	opened := civil.Of(2026, 1, 20)
	var h History
	last := civil.None
	for on, days := civil.Of(2026, 1, 20), 0; on <= civil.Of(2026, 5, 31); on++ {
		if on >= civil.Of(2026, 3, 2) {
			days++
		}
		h = h.Close(last, on, opened, StepOf(days))
		last = on
	}
	// 60 days on 30 April, 30 on 31 March.
	if got, want := h.Profile(), "2100"+strings.Repeat("B", 20); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	defer func() {
		if recover() == nil {
			t.Error("a code that is none is taken")
		}
	}()
	h.Close(last, last+1, opened, codes)
}

func TestTerms(t *testing.T) {
	for _, x := range []struct {
		p       Period
		letter  byte
		monthly int64 // of 1000.00
	}{
		{Period{Months: 1}, 'M', 1000}, {Period{Months: 3}, 'Q', 333}, {Period{Months: 2}, 'M', 500}, {Period{Months: 12}, 'M', 83},
		{Period{Days: 7}, 'W', 4333}, {Period{Days: 14}, 'B', 2166}, {Period{Days: 10}, 'M', 3041}, {Period{PerMonth: 2}, 'M', 2000}, {Period{}, 'P', 1000},
	} {
		if got := x.p.Frequency(); got != x.letter {
			t.Errorf("%+v is %c, want %c", x.p, got, x.letter)
		}
		if got := x.p.Monthly(1000_00, 2); got != x.monthly {
			t.Errorf("%+v: %d a month, want %d", x.p, got, x.monthly)
		}
		if got := x.p.Monthly(-1, 2); got != 0 {
			t.Errorf("%+v: %d below zero", x.p, got)
		}
		if got := x.p.Monthly(money.Max, 0); got < int64(money.Max)/12 {
			t.Errorf("%+v: the greatest amount comes to %d", x.p, got)
		}
	}
	day := func(s string) civil.Date {
		d, err := civil.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, x := range []struct {
		portfolio    byte
		opened, last string
		want         string
	}{
		{'I', "2026-01-15", "2026-12-15", "011"}, {'I', "2026-01-15", "2026-12-16", "012"}, {'I', "2026-01-31", "2026-02-28", "001"},
		{'I', "2026-01-31", "2026-03-01", "002"}, {'I', "2026-01-31", "2026-01-31", "001"}, {'M', "2026-01-15", "2056-01-15", "030"},
		{'M', "2026-01-15", "2056-01-16", "031"}, {'R', "2026-01-15", "2056-01-15", "REV"}, {'I', "1926-01-15", "2026-01-15", "999"},
	} {
		if got := Duration(x.portfolio, day(x.opened), day(x.last)); got != x.want {
			t.Errorf("%c from %s to %s: %s, want %s", x.portfolio, x.opened, x.last, got, x.want)
		}
	}
}

func TestTexts(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "  a  b  ": "A B", "O’Brien–Smith": "O'BRIEN-SMITH", "Ærø": "AERO", "Þór": "THOR", "Müller-Lüdenscheidt": "MULLER-LUDENSCHEIDT", "GROẞ": "GROSS",
		"Ştefan Țepeș": "STEFAN TEPES", "n\u0303": "N", "李雷": "", "Ivan Иван X": "IVAN X", "tab\there": "TAB HERE", "bad\xff": "BAD", "ŸŽ": "YZ",
	} {
		if got := textOf(s); got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
	for _, r := range "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿĀőŠšŽž" {
		if got := textOf(string(r)); got == "" {
			t.Errorf("%c has no base letter", r)
		}
	}
	for r := rune(0xC0); r <= 0x17F; r++ {
		if baseOf(r) == " " && r != 'ŉ' {
			t.Errorf("%c has no base letter", r)
		}
	}
}

// The columns of the lender's own file, and what is said of rows whose values are not
// reported as they are.
func TestNames(t *testing.T) {
	var c Consumer
	for _, name := range Columns {
		if got := c.SetText(name, "x"); got != (name != "borrower_id" && name != "birth_date") {
			t.Errorf("the column %s is taken: %v", name, got)
		}
	}
	if c.SetText("mood", "x") {
		t.Error("a column that is none is taken")
	}
	c = Consumer{}
	for _, x := range []struct{ column, value, want string }{
		{"ssn", "12345678", "ssn has 8 digits and not 9: zeros are reported"}, {"ssn", "123-45-6789", ""}, {"ssn", "", ""}, {"phone", "+1 212 555 0147", ""}, {"phone", "2 212 555 0147", "phone has 11 digits"},
		{"surname", "李", "surname has no letter of the format"}, {"surname", strings.Repeat("ß", 13), "surname has 26 letters, 25 are reported"},
		{"surname", strings.Repeat("é", 25), ""}, {"zip", "10001-1234", ""}, {"zip", "SW1A 1AA GB", "zip has 11 letters, 9 are reported"}, {"state", "New York", "state has 8 letters"},
	} {
		c := Consumer{}
		c.SetText(x.column, x.value)
		got := strings.Join(c.Faults(), "; ")
		if x.want == "" && got != "" || !strings.Contains(got, x.want) {
			t.Errorf("%s %q: %q, want %q", x.column, x.value, got, x.want)
		}
	}
}
