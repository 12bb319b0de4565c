package batch

import (
	"context"
	"math/rand/v2"
	"testing"

	"daybook/batch/lookup"
	"daybook/ledger/civil"
	"daybook/reports"
)

// TestAccrualsTieEachLoan: what a loan owes by the tape moves by its entries in the journal
// and by its accruals alone, and the accruals that the journal has in totals add up to them.
func TestAccrualsTieEachLoan(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	l.policy(catchUpPolicy)
	loans, repayments, fees := catchUpLoans(t, rand.New(rand.NewPCG(9, 4)))
	write(t, l.in("2026-01-05"), "loans-a", loans)
	off := []adjustmentFile{adjusts(t, "O1", "L2", "charge_off", "2026-02-20"), adjusts(t, "O2", "L1", "write_off", "2026-02-21")}
	was := map[string]map[string]string{}
	seen := map[string]int{}
	for d := day(t, "2026-01-05"); d <= day(t, "2026-05-20"); d += 1 + d%3 {
		night := d.String()
		var today []repaymentFile
		for _, p := range repayments {
			if p.ValueDate <= int32(d) && p.ValueDate > int32(d)-3 {
				today = append(today, p)
			}
		}
		if d > day(t, "2026-01-05") {
			write(t, l.in(night), "repayments-a", today)
		}
		if off != nil && d > day(t, "2026-02-21") {
			write(t, l.in(night), "adjustments-a", append(fees, off...))
			off = nil
		}
		l.close(night)
		now := l.tape(night)
		if len(was) > 0 {
			accrualsTie(t, l, d, was, now, seen)
		}
		was = now
		if t.Failed() {
			return
		}
	}
	for _, name := range []string{"interest", "fees", "late_penalties", "non_accrual", "own", "totals"} {
		if seen[name] == 0 {
			t.Errorf("no loan has %s: it is not tried", name)
		}
	}
}

func accrualsTie(t *testing.T, l *lender, d civil.Date, was, now map[string]map[string]string, seen map[string]int) {
	t.Helper()
	moved, totals := map[string]int64{}, map[string]int64{}
	for _, row := range l.table(d.String(), "journal/part-*.parquet") {
		amount := amountOf(t, row["debit"]) - amountOf(t, row["credit"])
		if row["loan_id"] != "" {
			moved[row["loan_id"]+" "+row["account"]] += amount
		} else if row["account"] == "1302" || row["account"] == "1303" || row["account"] == "1304" {
			totals[row["source_id"]+" "+row["account"]] += amount
		}
	}
	b := openRead(t, l)
	r, err := lookup.Open(b)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	err = r.EachAccrual(context.Background(), func(c []reports.Column) error {
		for i := range c[0].Len() {
			row := map[string]string{}
			for k := range c {
				row[c[k].Name] = string(c[k].AppendValue(nil, i))
			}
			rows++
			id := row["loan_id"]
			seen[row["posted"]]++
			a := map[string]int64{}
			for _, name := range []string{"interest", "fees", "penalties", "late_fees", "late_penalties", "non_accrual", "suspended"} {
				if a[name] = amountOf(t, row[name]); a[name] != 0 {
					seen[name]++
				}
			}
			add := map[string]int64{"1302": a["interest"] + a["non_accrual"], "1303": a["fees"] + a["late_fees"], "1304": a["penalties"] + a["late_penalties"]}
			for account, amount := range add {
				if row["posted"] == "totals" {
					moved[id+" "+account] += amount
					totals[row["product"]+" "+account] -= amount
				}
			}
			for account, column := range map[string]string{"1302": "interest", "1303": "fees", "1304": "penalties"} {
				owed := func(x map[string]string) int64 {
					if x["status"] == "charged_off" || x["status"] == "written_off" {
						return 0 // the books carry nothing of it
					}
					v := amountOf(t, x[column+"_outstanding"])
					if column == "interest" {
						v -= amountOf(t, x["interest_suspended"])
					}
					return v
				}
				if got, want := moved[id+" "+account], owed(now[id])-owed(was[id]); got != want {
					t.Errorf("%s: %s of %s (%s) moved by %d, the tape by %d: %v", d, column, id, row["product"], got, want, row)
				}
			}
		}
		return nil
	})
	if err != nil || rows != len(now) {
		t.Errorf("%s: %d accruals of %d loans: %v", d, rows, len(now), err)
	}
	for key, left := range totals {
		if left != 0 {
			t.Errorf("%s: the totals of %s are out by %d", d, key, left)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}
