package batch

import (
	"fmt"

	"daybook/ledger/civil"
)

// The naive model's tape and accounts.

// close returns columns of the row of the tape, and what each account carries of the
// loan.
func (l *naiveLoan) close(business int32) (row map[string]string, accounts map[string]int64) {
	owed := l.outstanding(business)
	total := owed["principal"] + owed["interest"] + owed["fee"] + owed["penalty"]
	pastDue, missed, next, nextAmount, left, oldest := int64(0), 0, int32(-1), int64(0), l.left(), l.oldest(business)
	for i := range l.items {
		it := &l.items[i]
		unpaid := it.unpaid()
		if it.due < business && unpaid > 0 {
			missed++
			pastDue += unpaid
		}
		if it.due > business && unpaid > 0 && next < 0 {
			next, nextAmount = it.due, unpaid
		}
	}
	for _, c := range l.charges {
		if c.on < business {
			pastDue += c.amount - c.met
		}
	}
	if l.off == "write_off" {
		pastDue, missed, next, oldest = 0, 0, -1, -1
	}
	days, paused := int32(0), int32(0)
	if oldest >= 0 {
		days = business - oldest
		for d := oldest; d < business; d++ {
			if l.paused[d] {
				paused++
			}
		}
	}
	accrual, suspended := "accruing", int64(0)
	if l.off == "charge_off" || l.off == "" && days >= 91 {
		accrual, suspended = "non_accrual", owed["interest"]
	}
	row = map[string]string{
		"principal_outstanding": naiveMoney(owed["principal"]), "interest_outstanding": naiveMoney(owed["interest"]),
		"interest_suspended": naiveMoney(suspended), "fees_outstanding": naiveMoney(owed["fee"]), "penalties_outstanding": naiveMoney(owed["penalty"]),
		"total_outstanding": naiveMoney(total), "past_due_amount": naiveMoney(pastDue), "credit_balance": naiveMoney(l.credit),
		"principal_paid": naiveMoney(l.paid["principal"]), "interest_paid": naiveMoney(l.paid["interest"]), "fees_paid": naiveMoney(l.paid["fee"]),
		"penalties_paid": naiveMoney(l.paid["penalty"]), "charged_off": naiveMoney(l.offAmount), "recovered": naiveMoney(l.recovered),
		"oldest_unpaid_due_on": naiveDate(oldest), "days_past_due": fmt.Sprint(days), "delinquent_days": fmt.Sprint(days - paused),
		"installments_missed": fmt.Sprint(missed), "bucket": naiveBand(days-paused, "C", 1, "M1", 31, "M2", 61, "M3", 91, "M4", 121, "M5", 151, "M6", 181, "M7"),
		"classification": naiveBand(days, "pass", 1, "special_mention", 91, "substandard", 271, "doubtful", 361, "loss"),
		"stage":          naiveBand(days, "1", 31, "2", 90, "3"), "next_due_on": naiveDate(next), "next_due_amount": "",
		"last_paid_on": naiveDate(l.lastOn), "last_paid_amount": "", "status": l.status(left), "accrual": accrual,
	}
	if next >= 0 {
		row["next_due_amount"] = naiveMoney(nextAmount)
	}
	if l.lastOn >= 0 {
		row["last_paid_amount"] = naiveMoney(l.lastAmount)
	}
	accounts = map[string]int64{"2201": -l.credit, "9001": suspended, "9002": -suspended}
	for account, amount := range l.accounts {
		accounts[account] += amount
	}
	income := l.onBooks
	if l.off == "" {
		income = map[string]int64{}
		for _, c := range []string{"interest", "fee", "penalty"} {
			income[c] = l.paid[c] - l.added[c]
		}
		accounts["1301"], accounts["1302"] = owed["principal"], owed["interest"]-suspended
		accounts["1303"], accounts["1304"] = owed["fee"], owed["penalty"]
	}
	for k, c := range []string{"interest", "fee", "penalty"} { // what was paid, and what the books still carry
		accounts[fmt.Sprint(6001+k)] -= income[c] + accounts[fmt.Sprint(1302+k)]
	}
	return row, accounts
}

// left is what is not met of the schedule and the charges.
func (l *naiveLoan) left() (left int64) {
	for i := range l.items {
		left += l.items[i].unpaid()
	}
	for _, c := range l.charges {
		left += c.amount - c.met
	}
	return left
}

func (l *naiveLoan) status(left int64) string {
	switch {
	case l.off == "write_off":
		return "written_off"
	case l.off == "charge_off":
		return "charged_off"
	case left == 0 && l.credit > 0:
		return "overpaid"
	case left == 0:
		return "settled"
	}
	return "active"
}

// naiveBand returns the last of the names whose number of days is reached; the first
// has none.
func naiveBand(days int32, list ...any) string {
	name := list[0]
	for i := 1; i < len(list); i += 2 {
		if int(days) >= list[i].(int) {
			name = list[i+1]
		}
	}
	return name.(string)
}

func naiveDate(d int32) string {
	if d < 0 {
		return ""
	}
	return civil.Date(d).String()
}

func naiveMoney(a int64) string {
	sign := ""
	if a < 0 {
		sign, a = "-", -a
	}
	return fmt.Sprintf("%s%d.%02d", sign, a/100, a%100)
}
