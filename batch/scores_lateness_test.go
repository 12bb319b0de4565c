package batch

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"daybook/ledger/civil"
)

// latenessStep is how many hundredths of a day one point of the card is.
const latenessStep = 4

// noPoints has events give no points.
const noPoints = "  bucket_entered: [0]\n" +
	"  points: {installment_on_time: 0, installment_1_to_7_days_late: 0, installment_over_7_days_late: 0, cured: 0, settled: 0, charged_off: 0}\n"

// latenessPolicy is a card whose points tell the mean lateness.
func latenessPolicy() string {
	var b strings.Builder
	b.WriteString("format_version: 1\nname: lateness\njurisdiction: none\ncurrencies: [EUR]\nproducts:\n  default: {}\nscore:\n" + noPoints + "  floor: -100000\n  ceiling: 100000\n  cards:\n")
	b.WriteString("    - {name: lateness, base: 0, attributes: [{feature: days_late_mean, missing: 9999, reason: late, bins: [")
	for v := -4000; v <= 10000; v += latenessStep {
		fmt.Fprintf(&b, "{upto: %d, points: %d}, ", v, v/latenessStep)
	}
	b.WriteString("{points: 9000}]}]}\n")
	return b.String()
}

// naiveLateness is the mean lateness of a life, as the card's points have it.
func naiveLateness(f loanFile, events []naiveEvent, on int32) int {
	events = slices.DeleteFunc(slices.Clone(events), func(e naiveEvent) bool {
		return e.kind == "reversal" || slices.ContainsFunc(events, func(o naiveEvent) bool { return o.target == e.id })
	})
	met := map[int]int32{}
	days := []int32{on}
	for _, e := range events {
		days = append(days, e.on)
	}
	for _, it := range naiveSchedule(f) {
		days = append(days, it.due)
	}
	slices.Sort(days)
	for _, day := range slices.Compact(days) {
		if day > on {
			break
		}
		then := slices.DeleteFunc(slices.Clone(events), func(e naiveEvent) bool { return e.on > day })
		l, _ := naiveRun(f, then, func(string) bool { return true }, day)
		for i := range l.items {
			_, was := met[i]
			switch is := l.items[i].unpaid() == 0; {
			case is && !was:
				met[i] = day
			case !is && was:
				panic("an instalment is met no more")
			}
		}
	}
	sum, n := int64(0), int64(0)
	for i, it := range naiveSchedule(f) {
		if day, is := met[i]; is && it.due <= on && it.due > pmAddMonths(on, -12) {
			sum, n = sum+int64(day-it.due), n+1
		}
	}
	if n == 0 {
		return 9999
	}
	mean, _ := strconv.Atoi(new(big.Rat).SetInt(pmRound(big.NewRat(100*sum, n))).RatString())
	for v := -4000; v <= 10000; v += latenessStep {
		if mean <= v {
			return v / latenessStep
		}
	}
	return 9000
}

// TestDaysLateMean: on each of random nights, with files that are late, payments ahead and reversals, the
// mean lateness is that of the life, by the naive arithmetic; so is it where a policy asks for it only later.
func TestDaysLateMean(t *testing.T) {
	t.Parallel()
	const plain = "format_version: 1\nname: plain\njurisdiction: none\ncurrencies: [EUR]\nproducts:\n  default: {}\nscore:\n" + noPoints
	values := map[int]bool{}
	for seed := range uint64(2) {
		r := rand.New(rand.NewPCG(seed, 5))
		l := newLender(t)
		late := seed%2 == 1
		if l.policy(latenessPolicy()); late {
			l.policy(plain)
		}
		first := civil.Of(2026, 1, 10)
		var loans []loanFile
		for i := range 12 {
			f := aLoan(t, fmt.Sprint("L", i), "2026-01-05", "2026-01-20")
			f.Currency, f.Method, f.DayCount, f.Frequency = "EUR", ptr("annuity"), ptr("30/360"), ptr("1M")
			f.Fee = ptr(int64(0))
			f.Installments = 4 + int32(r.IntN(20))
			if i%3 == 0 {
				f.Frequency, f.Installments = ptr("14D"), 10+int32(r.IntN(30))
			}
			loans = append(loans, f)
		}
		known, waiting := map[string][]naiveEvent{}, map[string][]naiveEvent{}
		asked, ids := !late, 0
		for night, last := first, first-10; night < first+620; {
			var repayments []repaymentFile
			var adjustments []adjustmentFile
			for _, f := range loans {
				var tonight []naiveEvent
				tonight = append(tonight, waiting[f.LoanID]...)
				waiting[f.LoanID] = nil
				for _, it := range naiveSchedule(f) {
					if it.due <= int32(last) || it.due > int32(night) || r.IntN(10) == 0 {
						continue
					}
					ids++
					amount := it.unpaid() * int64(1+r.IntN(3)) / int64(1+r.IntN(2))
					e := naiveEvent{kind: "repayment", id: fmt.Sprint("P", ids), on: max(it.due+int32(r.IntN(20))-6, f.DisbursedOn), amount: amount}
					if e.on > int32(night) || r.IntN(5) == 0 {
						e.on = min(e.on, int32(night))
						waiting[f.LoanID] = append(waiting[f.LoanID], e)
						continue
					}
					tonight = append(tonight, e)
				}
				for _, e := range known[f.LoanID] {
					isReversed := slices.ContainsFunc(append(tonight, known[f.LoanID]...), func(o naiveEvent) bool { return o.target == e.id })
					if e.kind == "repayment" && !isReversed && r.IntN(40) == 0 {
						tonight = append(tonight, naiveEvent{kind: "reversal", id: "R" + e.id, target: e.id, on: int32(night)})
					}
				}
				for _, e := range tonight {
					if e.kind == "repayment" {
						repayments = append(repayments, repaymentFile{e.id, f.LoanID, e.on, e.amount, "EUR"})
					} else {
						adjustments = append(adjustments, adjustmentFile{AdjustmentID: e.id, LoanID: f.LoanID, Kind: e.kind, ValueDate: e.on, TargetID: ptr(e.target)})
					}
				}
				known[f.LoanID] = append(known[f.LoanID], tonight...)
			}
			in := l.in(night.String())
			if night == first {
				write(t, in, "loans-a", loans)
			}
			write(t, in, "repayments-a", repayments)
			write(t, in, "adjustments-a", adjustments)
			if !asked && night > first+200 {
				l.policy(strings.Replace(latenessPolicy(), "name: lateness", "name: lateness\neffective_from: "+night.String(), 1))
				asked = true
			}
			l.close(night.String())
			l.o.Policy = nil
			if asked {
				for id, row := range l.tape(night.String()) {
					i := slices.IndexFunc(loans, func(f loanFile) bool { return f.LoanID == id })
					want := naiveLateness(loans[i], known[id], int32(night))
					if row["score"] != fmt.Sprint(want) {
						t.Fatalf("seed %d, %s, %s: the points are %s, want %d", seed, night, id, row["score"], want)
					}
					values[want] = true
				}
			}
			last, night = night, night+1+civil.Date(r.IntN(45))
		}
		verifySilent(t, l)
	}
	if len(values) < 100 {
		t.Errorf("only %d values", len(values))
	}
}
