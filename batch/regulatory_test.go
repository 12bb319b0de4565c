package batch

import "testing"

// A loan leaves the book once, and comes back as returned; vintages are of the month in
// which loans were lent; the allowance and its ratios are the GL's.
func TestRegulatoryTellsOfEachLoanOnce(t *testing.T) {
	l := newLender(t)
	l.policy("currencies: [CNY]\n")
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{lent(t, "L1", "2026-01-05"), lent(t, "L2", "2025-12-30")})
	l.close("2026-02-03")
	write(t, l.in("2026-02-04"), "adjustments-a", []adjustmentFile{adjusts(t, "A1", "L1", "charge_off", "2026-02-04")})
	back := adjusts(t, "A2", "L1", "reversal", "2026-02-06")
	back.TargetID = ptr("A1")
	write(t, l.in("2026-02-06"), "adjustments-a", []adjustmentFile{back})
	moves := map[string]string{ // of L1: from, to
		"2026-02-03": "new C", "2026-02-04": "C charged_off", "2026-02-05": "", "2026-02-06": "returned C", "2026-02-07": "C C",
	}
	for _, date := range []string{"2026-02-03", "2026-02-04", "2026-02-05", "2026-02-06", "2026-02-07"} {
		if date != "2026-02-03" {
			l.close(date)
		}
		loans := map[string]string{}
		for _, row := range l.table(date, "regulatory/migration.parquet") {
			loans[row["from"]+" "+row["to"]] = row["loans"]
		}
		want := map[string]string{}
		for _, move := range []string{moves[date], map[bool]string{true: "new C", false: "C C"}[date == "2026-02-03"]} {
			switch {
			case move == "":
			case want[move] == "1":
				want[move] = "2"
			default:
				want[move] = "1"
			}
		}
		if len(loans) != len(want) {
			t.Errorf("%s: moves are %v, want %v", date, loans, want)
		}
		for move, n := range want {
			if loans[move] != n {
				t.Errorf("%s: %q loans moved %s, want %s", date, loans[move], move, n)
			}
		}
	}
	var months []string
	for _, row := range l.table("2026-02-07", "regulatory/vintage.parquet") {
		months = append(months, row["booked_month"]+" "+row["months_on_book"]+" "+row["loans"])
	}
	if len(months) != 2 || months[0] != "2025-12 2 1" || months[1] != "2026-01 1 1" {
		t.Errorf("vintages are %q", months)
	}
	for date, want := range map[string]string{
		// The charge-off took 1000.00 out of an allowance that nothing has filled; L2 has
		// 1011.92 outstanding, 37 days of 60 of its first interest of 19.33.
		"2026-02-03": "allowance= coverage= provision_ratio=",
		"2026-02-05": "allowance=-1000.00 coverage= provision_ratio=-0.988220",
	} {
		for _, row := range l.table(date, "regulatory/classification.parquet") {
			if row["tier"] == "total" {
				expect(t, date, row, want)
			}
		}
	}
	verifySilent(t, l)
}

// lent is a loan of 1000.00 at 12 %, due in a month.
func lent(t *testing.T, id, on string) loanFile {
	from := day(t, on)
	return loanFile{
		LoanID: id, BorrowerID: "B" + id, Product: "default", Currency: "CNY", Principal: 100000, DisbursedOn: int32(from),
		FirstDueOn: int32(from) + 60, Installments: 3, AnnualRate: 120_000_000,
	}
}
