package batch

import (
	"fmt"
	"math/big"
	"slices"
	"sort"
	"strconv"
	"time"

	"daybook/ledger/civil"
)

// The naive model: maps and slices, a whole life from its beginning each time, exact
// rationals, dates by the standard library. It shares nothing with the engine but
// what a date is written as.

type naiveItem struct {
	due                      int32
	from                     int32
	principal, interest, fee int64
	paid                     [3]int64
}

type naiveEvent struct {
	kind, id, target string
	on               int32
	amount           int64
}

func halfEvenRat(x *big.Rat) int64 {
	n := new(big.Int).Mul(x.Num(), big.NewInt(2))
	n.Add(n, x.Denom())
	d := new(big.Int).Mul(x.Denom(), big.NewInt(2))
	q, r := new(big.Int).DivMod(n, d, new(big.Int))
	if r.Sign() == 0 && q.Bit(0) == 1 {
		q.Sub(q, big.NewInt(1))
	}
	return q.Int64()
}

func timeOf(d int32) time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func dayOf(t time.Time) int32 { return int32(t.Unix() / 86400) }

// monthsOn adds months to a date and keeps a day of the month where there is one.
func monthsOn(d int32, months, dayOfMonth int) int32 {
	t := timeOf(d)
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return dayOf(first) + int32(min(dayOfMonth, last)) - 1
}

func yearShare(count string, from, to int32, regular bool, months int) *big.Rat {
	if count == "30/360" {
		if regular {
			return big.NewRat(int64(months), 12)
		}
		a, b := timeOf(from), timeOf(to)
		d1, d2 := a.Day(), b.Day()
		if d1 == 31 {
			d1 = 30
		}
		if d2 == 31 && d1 == 30 {
			d2 = 30
		}
		return big.NewRat(int64(360*(b.Year()-a.Year())+30*(int(b.Month())-int(a.Month()))+d2-d1), 360)
	}
	sum := new(big.Rat)
	for d := from; d < to; d++ {
		n := int64(365)
		if count == "ACT/360" {
			n = 360
		} else if y := timeOf(d).Year(); count == "ACT/ACT" && (y%4 == 0 && y%100 != 0 || y%400 == 0) {
			n = 366
		}
		sum.Add(sum, big.NewRat(1, n))
	}
	return sum
}

func naiveSchedule(f loanFile) (items []naiveItem) {
	method, count, months, days := *f.Method, *f.DayCount, 1, 0
	if s := *f.Frequency; s[len(s)-1] == 'D' {
		months = 0
		days, _ = strconv.Atoi(s[:len(s)-1])
	} else {
		months, _ = strconv.Atoi(s[:len(s)-1])
	}
	dom := timeOf(f.FirstDueOn).Day()
	n := int(f.Installments)
	from := f.DisbursedOn
	rates := make([]*big.Rat, n)
	dates := make([]int32, n)
	v, sum := big.NewRat(1, 1), new(big.Rat)
	for k := range n {
		dates[k] = f.FirstDueOn + int32(k*days)
		if months > 0 {
			dates[k] = monthsOn(f.FirstDueOn, k*months, dom)
		}
		regular := months > 0 && (k > 0 || monthsOn(f.FirstDueOn, -months, dom) == f.DisbursedOn)
		y := yearShare(count, from, dates[k], regular, months)
		rates[k] = y.Mul(y, big.NewRat(f.AnnualRate, 1e9))
		v = new(big.Rat).Quo(v, new(big.Rat).Add(rates[k], big.NewRat(1, 1)))
		sum.Add(sum, v)
		from = dates[k]
	}
	level := halfEvenRat(new(big.Rat).Quo(big.NewRat(f.Principal, 1), sum))
	balance, from := f.Principal, f.DisbursedOn
	for k := range n {
		base := balance
		if method == "flat" {
			base = f.Principal
		}
		i := naiveItem{due: dates[k], from: from, fee: *f.Fee}
		i.interest = halfEvenRat(new(big.Rat).Mul(rates[k], big.NewRat(base, 1)))
		switch {
		case k == n-1:
			i.principal = balance
		case method == "annuity":
			i.principal = min(max(level-i.interest, 0), balance)
		case method == "equal_principal" || method == "flat" || method == "zero":
			i.principal = min(halfEvenRat(big.NewRat(f.Principal, int64(n))), balance)
		}
		balance -= i.principal
		items = append(items, i)
		from = dates[k]
	}
	return items
}

// naiveTape runs a life up to a date and returns columns of its row of the tape.
func naiveTape(f loanFile, events []naiveEvent, business int32) map[string]string {
	items := naiveSchedule(f)
	type charge struct {
		kind, id   string
		on         int32
		left, paid int64
	}
	var charges []*charge
	reversed := map[string]bool{}
	for _, e := range events {
		if e.kind == "reversal" {
			reversed[e.target] = true
		}
	}
	rank := map[string]int{"fee": 1, "penalty": 1, "due": 2, "repayment": 4}
	var life []naiveEvent
	for _, e := range events {
		if e.kind != "reversal" && !reversed[e.id] {
			life = append(life, e)
		}
	}
	for i := range items {
		if items[i].due <= business {
			life = append(life, naiveEvent{kind: "due", id: fmt.Sprint(i), on: items[i].due})
		}
	}
	sort.SliceStable(life, func(i, j int) bool {
		a, b := life[i], life[j]
		if a.on != b.on {
			return a.on < b.on
		}
		if rank[a.kind] != rank[b.kind] {
			return rank[a.kind] < rank[b.kind]
		}
		return a.id < b.id
	})
	var credit, lastAmount, feePaid, penaltyPaid int64
	lastOn := int32(-1)
	oldest := func(on int32) int32 {
		for i := range items {
			it := &items[i]
			if it.due <= on && it.principal+it.interest+it.fee > it.paid[0]+it.paid[1]+it.paid[2] {
				return it.due
			}
		}
		return -1
	}
	pay := func(on int32, amount int64) int64 {
		take := func(left *int64, paid *int64) {
			x := min(*left, amount)
			*left -= x
			*paid += x
			amount -= x
		}
		item := func(i int, c string) {
			it := &items[i]
			owed := map[string]int64{"principal": it.principal, "interest": it.interest, "fee": it.fee}[c]
			k := map[string]int{"principal": 0, "interest": 1, "fee": 2}[c]
			left := owed - it.paid[k]
			take(&left, &it.paid[k])
		}
		order, vertical := []string{"penalty", "fee", "interest", "principal"}, false
		if o := oldest(on); o >= 0 && on-o > 90 {
			order, vertical = []string{"principal", "interest", "fee", "penalty"}, true
		}
		var dates []int32
		for i := range items {
			if items[i].due <= on {
				dates = append(dates, items[i].due)
			}
		}
		for _, c := range charges {
			dates = append(dates, c.on)
		}
		slices.Sort(dates)
		dates = slices.Compact(dates)
		one := func(d int32, c string) {
			for i := range items {
				if items[i].due == d && c != "penalty" {
					item(i, c)
				}
			}
			for _, x := range charges {
				if x.on == d && x.kind == c {
					if c == "fee" {
						take(&x.left, &feePaid)
					} else {
						take(&x.left, &penaltyPaid)
					}
				}
			}
		}
		if vertical {
			for _, c := range order {
				for _, d := range dates {
					one(d, c)
				}
			}
		} else {
			for _, d := range dates {
				for _, c := range order {
					one(d, c)
				}
			}
		}
		return amount
	}
	for k, e := range life {
		if e.kind == "repayment" {
			credit += pay(e.on, e.amount)
			lastOn, lastAmount = e.on, e.amount
			continue
		}
		if e.kind != "due" {
			charges = append(charges, &charge{e.kind, e.id, e.on, e.amount, 0})
			sort.SliceStable(charges, func(i, j int) bool {
				return charges[i].on < charges[j].on || charges[i].on == charges[j].on && charges[i].id < charges[j].id
			})
		}
		if last := k == len(life)-1 || life[k+1].on != e.on || life[k+1].kind == "repayment"; last {
			credit = pay(e.on, credit)
		}
	}
	var p [3]int64
	var earned, fallen, pastDue int64
	missed, next, nextAmount := 0, int32(-1), int64(0)
	left := int64(0)
	for i := range items {
		it := &items[i]
		for c := range p {
			p[c] += it.paid[c]
		}
		unpaid := it.principal + it.interest + it.fee - it.paid[0] - it.paid[1] - it.paid[2]
		left += unpaid
		switch {
		case it.due <= business:
			earned, fallen = earned+it.interest, fallen+it.fee
		case it.from < business:
			earned += halfEvenRat(big.NewRat(it.interest*int64(business-it.from), int64(it.due-it.from)))
		}
		if it.due < business && unpaid > 0 {
			missed++
			pastDue += unpaid
		}
		if it.due > business && unpaid > 0 && next < 0 {
			next, nextAmount = it.due, unpaid
		}
	}
	var fees, penalties int64
	for _, c := range charges {
		if c.kind == "fee" {
			fees += c.left
		} else {
			penalties += c.left
		}
		left += c.left
		if c.on < business {
			pastDue += c.left
		}
	}
	date := func(d int32) string {
		if d < 0 {
			return ""
		}
		return civil.Date(d).String()
	}
	money := func(a int64) string {
		sign := ""
		if a < 0 {
			sign, a = "-", -a
		}
		return fmt.Sprintf("%s%d.%02d", sign, a/100, a%100)
	}
	days := int32(0)
	if o := oldest(business); o >= 0 {
		days = business - o
	}
	status := "active"
	if left == 0 {
		status = "settled"
		if credit > 0 {
			status = "overpaid"
		}
	}
	accrual, suspended := "accruing", int64(0)
	if days >= 91 {
		accrual, suspended = "non_accrual", earned-p[1]
	}
	row := map[string]string{
		"accrual": accrual, "interest_suspended": money(suspended), "total_outstanding": money(f.Principal - p[0] + earned - p[1] + fallen - p[2] + fees + penalties),
		"principal_outstanding": money(f.Principal - p[0]), "interest_outstanding": money(earned - p[1]),
		"fees_outstanding": money(fallen - p[2] + fees), "penalties_outstanding": money(penalties), "past_due_amount": money(pastDue),
		"credit_balance": money(credit), "principal_paid": money(p[0]), "interest_paid": money(p[1]), "fees_paid": money(p[2] + feePaid),
		"penalties_paid": money(penaltyPaid), "oldest_unpaid_due_on": date(oldest(business)), "days_past_due": fmt.Sprint(days),
		"installments_missed": fmt.Sprint(missed), "next_due_on": date(next), "next_due_amount": "", "last_paid_on": date(lastOn),
		"last_paid_amount": "", "status": status,
	}
	if next >= 0 {
		row["next_due_amount"] = money(nextAmount)
	}
	if lastOn >= 0 {
		row["last_paid_amount"] = money(lastAmount)
	}
	return row
}
