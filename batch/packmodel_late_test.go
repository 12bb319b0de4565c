package batch

import (
	"testing"

	"daybook/batch/rows"
)

// TestLateFlagsAreAsInTime: a fact that comes late, or whose end does, leaves what packs say
// as if it had come in time (section 1: not on when a file came), whether or not the loan
// has other news that night.
func TestLateFlagsAreAsInTime(t *testing.T) {
	t.Parallel()
	flag := func(of *flagFile, id string, from, until string) flagFile {
		row := *of
		row.ValidFrom = pmDate(from)
		if until != "" {
			row.ValidUntil = ptr(pmDate(until))
		}
		if id == "B1" {
			row.BorrowerID = &id
		} else {
			row.LoanID = &id
		}
		return row
	}
	for _, subject := range []string{"L1", "B1"} {
		for _, touched := range []bool{false, true} {
			for _, x := range []struct{ name, untilAtFirst, laterFrom, laterUntil, want string }{
				// what the night of 20 March brings of a flag from 20 February on
				{"it begins", "-", "2026-02-20", "", "cn_class=loss cn_rule=loss_flag cn_non_performing_since=2026-02-20 ifrs9_class=3 ifrs9_non_performing_since=2026-02-20 " +
					"us_class=substandard us_non_performing_since=2026-02-20 eu_non_performing_since=2026-02-20"},
				{"it was over", "-", "2026-02-20", "2026-03-05", "cn_class=pass cn_non_performing_since= ifrs9_class=3 ifrs9_non_performing_since=2026-02-20 us_class=pass us_non_performing_since= " +
					"eu_non_performing_since=2026-02-20"},
				{"it never was", "", "2026-02-20", "2026-02-20", "cn_class=pass cn_non_performing_since= ifrs9_class=1 ifrs9_non_performing_since= us_class=pass us_non_performing_since= " +
					"eu_class=performing eu_non_performing_since="},
				{"it ended", "", "2026-02-20", "2026-03-05", "cn_class=pass cn_non_performing_since= ifrs9_class=3 ifrs9_non_performing_since=2026-02-20 us_class=pass us_non_performing_since= " +
					"eu_non_performing_since=2026-02-20"},
				{"it went on", "2026-03-02", "2026-02-20", "", "cn_class=loss cn_non_performing_since=2026-02-20 ifrs9_class=3 ifrs9_non_performing_since=2026-02-20 us_class=substandard " +
					"us_non_performing_since=2026-02-20 eu_non_performing_since=2026-02-20"},
			} {
				l := newLender(t)
				l.policy(pmYearPolicy)
				f := aLoan(t, "L1", "2026-01-10", "2026-05-10")
				f.BorrowerID = "B1"
				write(t, l.in("2026-03-01"), "loans-a", []loanFile{f})
				if x.untilAtFirst != "-" {
					write(t, l.in("2026-03-01"), "flags-a", []flagFile{flag(&flagFile{Flag: "bankrupt"}, subject, "2026-02-20", x.untilAtFirst)})
				}
				l.close("2026-03-01")
				l.close("2026-03-10")
				write(t, l.in("2026-03-20"), "flags-a", []flagFile{flag(&flagFile{Flag: "bankrupt"}, subject, x.laterFrom, x.laterUntil)})
				if touched {
					write(t, l.in("2026-03-20"), "repayments-a", []repaymentFile{pays(t, "P1", "L1", "2026-03-15", "1.00")})
				}
				l.close("2026-03-20")
				what := subject + ", " + x.name
				if touched {
					what += ", with money"
				}
				expect(t, what, l.tape("2026-03-20")["L1"], x.want)
			}
		}
	}
}

// TestLateThenPaidIsM: a month whose earlier close found the loan late, and whose last did
// not, is M, whatever a flag put in its place on the earlier close.
func TestLateThenPaidIsM(t *testing.T) {
	l := newLender(t)
	l.policy(pmYearPolicy)
	write(t, l.in("2026-03-10"), "loans-a", []loanFile{aLoan(t, "L1", "2026-02-01", "2026-03-01")})
	write(t, l.in("2026-03-10"), "flags-a", []flagFile{{LoanID: ptr("L1"), Flag: "paid_by_guarantor", ValidFrom: pmDate("2026-03-05"), ValidUntil: ptr(pmDate("2026-03-12"))}})
	l.close("2026-03-10")
	expect(t, "10 March", l.tape("2026-03-10")["L1"], "history_24m=D/////////////////////// days_past_due=9")
	write(t, l.in("2026-03-20"), "repayments-a", []repaymentFile{pays(t, "P1", "L1", "2026-03-15", "900.00")})
	l.close("2026-03-20")
	expect(t, "20 March", l.tape("2026-03-20")["L1"], "history_24m=M/////////////////////// days_past_due=0")
}

// TestPaidInTimeIsNotM: a month is M for closes that found the loan late as its life is known now.
// A payment of the due date whose file comes later leaves no M, whatever a flag put in its
// place; one that turns out not to have been leaves one.
func TestPaidInTimeIsNotM(t *testing.T) {
	for _, flagged := range []bool{false, true} {
		l := newLender(t)
		l.policy(pmYearPolicy)
		loans := []loanFile{aLoan(t, "L1", "2026-02-01", "2026-03-01"), aLoan(t, "L2", "2026-02-01", "2026-03-01"), aLoan(t, "L3", "2026-02-01", "2026-03-01")}
		write(t, l.in("2026-02-02"), "loans-a", loans)
		l.close("2026-02-02")
		if flagged {
			write(t, l.in("2026-03-10"), "flags-a", []flagFile{{LoanID: ptr("L2"), Flag: "settled_by_assets", ValidFrom: pmDate("2026-03-05"), ValidUntil: ptr(pmDate("2026-03-12"))}})
		}
		write(t, l.in("2026-03-10"), "repayments-a", []repaymentFile{pays(t, "P1", "L1", "2026-03-01", "900.00"), pays(t, "P3", "L3", "2026-03-01", "900.00")})
		l.close("2026-03-10")
		expect(t, "10 March", l.tape("2026-03-10")["L1"], "history_24m=N*////////////////////// days_past_due=0")
		expect(t, "10 March", l.tape("2026-03-10")["L2"], "days_past_due=9")
		l.close("2026-03-12")
		expect(t, "12 March", l.tape("2026-03-12")["L2"], "history_24m=1*////////////////////// days_past_due=11")
		write(t, l.in("2026-03-20"), "repayments-a", []repaymentFile{pays(t, "P2", "L2", "2026-03-01", "900.00"), pays(t, "P4", "L3", "2026-03-15", "900.00")})
		returned := adjusts(t, "R3", "L3", "reversal", "2026-03-01")
		returned.TargetID = ptr("P3")
		write(t, l.in("2026-03-20"), "adjustments-a", []adjustmentFile{returned})
		l.close("2026-03-20")
		expect(t, "20 March, paid in time", l.tape("2026-03-20")["L2"], "history_24m=N*////////////////////// days_past_due=0 worst_days_past_due=0")
		expect(t, "20 March, not paid in time", l.tape("2026-03-20")["L3"], "history_24m=M*////////////////////// days_past_due=0 worst_days_past_due=13")
		l.close("2026-03-21")
		expect(t, "21 March", l.tape("2026-03-21")["L2"], "history_24m=N*//////////////////////")
		expect(t, "21 March", l.tape("2026-03-21")["L3"], "history_24m=M*//////////////////////")
		l.close("2026-04-01")
		expect(t, "1 April", l.tape("2026-04-01")["L2"], "history_24m=NN*/////////////////////")
		expect(t, "1 April", l.tape("2026-04-01")["L3"], "history_24m=NM*/////////////////////")
	}
}

// TestContagionCountsALoanOnce: a loan that one pack gives the class of another of its
// borrower counts once under each pack.
func TestContagionCountsALoanOnce(t *testing.T) {
	l := newLender(t)
	l.policy(pmYearPolicy)
	late, other := aLoan(t, "L1", "2026-01-01", "2026-01-10"), aLoan(t, "L2", "2026-01-01", "2026-03-10")
	late.BorrowerID, other.BorrowerID = "B1", "B1"
	write(t, l.in("2026-02-20"), "loans-a", []loanFile{late, other})
	l.close("2026-02-20")
	expect(t, "L2", l.tape("2026-02-20")["L2"], "in_class=sma_1 in_rule=contagion cn_class=pass")
	for _, table := range []string{"classification_by_pack", "rules"} {
		loans := map[string]int64{}
		for _, row := range l.table("2026-02-20", "regulatory/"+table+".parquet") {
			if row["class"] != "total" {
				loans[row["pack"]] += pmInt(row["loans"])
			}
		}
		for _, pack := range []string{"cn", "ifrs9", "eu", "us", "in"} {
			if loans[pack] != 2 {
				t.Errorf("%s: %d loans under %s, want 2", table, loans[pack], pack)
			}
		}
	}
}

// TestContagionOfAnOnlyLoan: what is over a share of all that a borrower owes draws up his only loan too, on the night on
// which nothing is known of him and on those after it, and two that are of one class.
// Source: regulatory.md, section 4.2, contagion.
func TestContagionOfAnOnlyLoan(t *testing.T) {
	l := newLender(t)
	l.policy("format_version: 1\nname: over\npacks: [" + pmOverPack(t) + "]\n")
	only, first, second := aLoan(t, "L1", "2026-01-01", "2026-01-10"), aLoan(t, "L2", "2026-01-01", "2026-01-10"), aLoan(t, "L3", "2026-01-01", "2026-01-10")
	current := aLoan(t, "L4", "2026-01-01", "2026-05-10")
	only.BorrowerID, first.BorrowerID, second.BorrowerID, current.BorrowerID = "B1", "B2", "B2", "B3"
	write(t, l.in("2026-04-20"), "loans-a", []loanFile{only, first, second, current})
	for _, night := range []string{"2026-04-20", "2026-04-21", "2026-04-22"} {
		l.close(night)
		for _, id := range []string{"L1", "L2", "L3"} {
			expect(t, night+" "+id, l.tape(night)[id], "over_class=loss over_rule=contagion")
		}
		expect(t, night+" L4", l.tape(night)["L4"], "over_class=pass")
	}
}

// TestBorrowerOfVeryManyFlags: what is said of a borrower counts, however many rows say it, as
// far as his night takes them; a row that is refused counts on no night, with packs either.
func TestBorrowerOfVeryManyFlags(t *testing.T) {
	l := newLender(t)
	l.policy(pmYearPolicy)
	first, second := aLoan(t, "L1", "2026-01-10", "2026-05-10"), aLoan(t, "L2", "2026-01-10", "2026-05-10")
	first.BorrowerID, second.BorrowerID = "B1", "B1"
	write(t, l.in("2026-03-01"), "loans-a", []loanFile{first, second})
	flags := []flagFile{{BorrowerID: ptr("B1"), Flag: "unlikely_to_pay", ValidFrom: pmDate("2026-02-20")}}
	for _, name := range []string{"default", "credit_impaired", "unlikely_to_pay", "bankrupt", "fraud", "npa", "evasion", "watch"} {
		for on := pmDate("1995-01-01"); on < pmDate("2001-01-01"); on++ {
			flags = append(flags, flagFile{BorrowerID: ptr("B1"), Flag: name, ValidFrom: on, ValidUntil: ptr(on + 1)})
		}
	}
	flags = append(flags, flagFile{BorrowerID: ptr("B1"), Flag: "bankrupt", ValidFrom: pmDate("2026-02-20")})
	write(t, l.in("2026-03-01"), "flags-a", flags)
	smallLimits(t, len(flags)/rows.RestrainsMax, eventsMax, eventsLifeMax, heldMax, specialsMax)
	for _, date := range []string{"2026-03-01", "2026-03-02"} {
		l.close(date)
		for _, id := range []string{"L1", "L2"} {
			expect(t, date, l.tape(date)[id], "cn_class=pass ifrs9_class=3 ifrs9_non_performing_since=2026-02-20 us_class=pass eu_class=non_performing")
		}
	}
	if got := len(l.rejects("2026-03-01")); got == 0 || got != len(flags)-rows.RestrainsMax*rows.PerIDMax {
		t.Errorf("%d of %d rows are rejected", got, len(flags))
	}
}
