package batch

import (
	"math/big"
	"strconv"
	"time"
)

// The naive model's schedule.

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
		interest, principal := halfEvenRat(new(big.Rat).Mul(rates[k], big.NewRat(base, 1))), int64(0)
		switch {
		case k == n-1:
			principal = balance
		case method == "annuity":
			principal = min(max(level-interest, 0), balance)
		case method == "equal_principal" || method == "flat" || method == "zero":
			principal = min(halfEvenRat(big.NewRat(f.Principal, int64(n))), balance)
		}
		balance -= principal
		items = append(items, naiveItem{from, dates[k], map[string]int64{"principal": principal, "interest": interest, "fee": *f.Fee}, map[string]int64{}, map[string]int64{}, base})
		from = dates[k]
	}
	return items
}
