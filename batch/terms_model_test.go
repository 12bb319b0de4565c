package batch

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A model of the terms of a loan (grace, rounded instalments, days of the month, due
// dates off weekends and holidays, later tranches), written from docs/accounting.md alone.

// A termsProduct is what a product of the policy says of them.
type termsProduct struct {
	name     string
	mode     string // of installment_rounding; empty: none stated
	multiple int64
	move     string
	interest bool // of due_dates
	grace    [3]int32
	calendar *termsCalendar
}

// A termsCalendar says on which days business is done.
type termsCalendar struct {
	weekend           []time.Weekday
	holidays, working []int32
}

func (c *termsCalendar) open(d int32) bool {
	if slices.Contains(c.working, d) {
		return true
	}
	return !slices.Contains(c.weekend, timeOf(d).Weekday()) && !slices.Contains(c.holidays, d)
}

// step returns the first day of business from d on, forward or back.
func (c *termsCalendar) step(d, by int32) int32 {
	for !c.open(d) {
		d += by
	}
	return d
}

func (c *termsCalendar) moved(d int32, move string) int32 {
	switch next := c.step(d, 1); {
	case move == "":
		return d
	case move == "preceding", move == "modified_following" && timeOf(next).Month() != timeOf(d).Month():
		return c.step(d, -1)
	default:
		return next
	}
}

// A termsPart is one instalment of the model.
type termsPart struct {
	from, on  int32
	rate      *big.Rat // that its period earns: annual rate × fraction of a year
	levelRate *big.Rat // that the level payment reckons with
	principal int64
	base      int64 // that it earns on
	earns     int64 // in its own period
	interest  int64 // that falls due with it
	kept      int64 // of earns, by the day of a later tranche
	keptOn    int32
	extra     bool // beyond the plan
}

// termsDates returns the dates as the frequency has them.
func termsDates(f *termsFile) (dates []int32, months int) {
	s, n := *f.Frequency, int(f.Installments)
	unit := s[len(s)-1]
	if list := strings.Split(s, ","); len(list) > 1 {
		for d := f.FirstDueOn; len(dates) < n; d++ {
			if d == f.FirstDueOn || onDays(d, list) {
				dates = append(dates, d)
			}
		}
		return dates, 0
	}
	every, _ := strconv.Atoi(s[:len(s)-1])
	for k := range n {
		if unit == 'D' {
			dates = append(dates, f.FirstDueOn+int32(k*every))
		} else {
			months = every
			dates = append(dates, monthsOn(f.FirstDueOn, k*every, timeOf(f.FirstDueOn).Day()))
		}
	}
	return dates, months
}

// onDays reports whether a date is one of the days of the month, or a month's last day for
// one that the month lacks.
func onDays(d int32, list []string) bool {
	t := timeOf(d)
	last := timeOf(d+1).Month() != t.Month()
	return slices.ContainsFunc(list, func(s string) bool {
		day, _ := strconv.Atoi(s)
		return t.Day() == day || last && day > t.Day()
	})
}

// termsShare is the fraction of a year between two dates as the frequency has them.
func termsShare(f *termsFile, from, to int32, months int, first bool) *big.Rat {
	if list := strings.Split(*f.Frequency, ","); len(list) > 1 {
		next := to - from
		for d := from + 1; d < to; d++ {
			if onDays(d, list) {
				next = d - from
				break
			}
		}
		if *f.DayCount == "30/360" && onDays(from, list) && onDays(to, list) && next == to-from {
			return big.NewRat(1, int64(12*len(list)))
		}
		return yearShare(*f.DayCount, from, to, false, 0)
	}
	regular := months > 0 && (!first || monthsOn(to, -months, timeOf(to).Day()) == from)
	return yearShare(*f.DayCount, from, to, regular, months)
}

// termsPlan is the schedule of a loan.
func termsPlan(f *termsFile, p *termsProduct) []termsPart {
	dates, months := termsDates(f)
	free := termsGrace(f, p)[2]
	parts := make([]termsPart, len(dates))
	from, unmoved := f.DisbursedOn, f.DisbursedOn
	for k, date := range dates {
		x := &parts[k]
		x.from, x.on = from, p.calendar.moved(date, p.move)
		if p.move != "" && x.on <= f.DisbursedOn {
			x.on = p.calendar.step(date, 1)
		}
		x.levelRate = termsShare(f, unmoved, date, months, k == 0)
		x.rate = x.levelRate
		if p.move != "" && p.interest {
			x.rate = yearShare(*f.DayCount, x.from, x.on, false, 0)
		}
		annual := big.NewRat(f.AnnualRate, 1e9)
		if int32(k) < free {
			annual = new(big.Rat)
		}
		x.rate, x.levelRate = new(big.Rat).Mul(x.rate, annual), new(big.Rat).Mul(x.levelRate, annual)
		from, unmoved = x.on, date
	}
	for k := range parts {
		parts[k].earns = -1
	}
	termsFill(f, p, parts, 0, f.Principal, f.Principal)
	return parts
}

// termsGrace is the grace of a loan: its own, or the product's.
func termsGrace(f *termsFile, p *termsProduct) [3]int32 {
	g := p.grace
	for i, own := range []*int32{f.PrincipalGrace, f.InterestGrace, f.InterestFree} {
		if own != nil {
			g[i] = *own
		}
	}
	return g
}

// roundAs rounds an instalment as the product says.
func (p *termsProduct) roundAs(x *big.Rat) int64 {
	multiple := max(p.multiple, 1)
	q := new(big.Rat).Quo(x, big.NewRat(multiple, 1))
	floor := new(big.Int).Div(q.Num(), q.Denom()).Int64()
	switch {
	case p.mode == "up" && !q.IsInt():
		floor++
	case p.mode == "" || p.mode == "half_even":
		floor = halfEvenRat(q)
	}
	return floor * multiple
}

// termsFill computes the instalments from number first on: of a balance, and of the
// principal that flat interest is on. What the period of the first earns may be known.
func termsFill(f *termsFile, p *termsProduct, parts []termsPart, first int, balance, original int64) {
	grace, n := termsGrace(f, p), len(parts)
	paying := max(first, int(grace[0])) // the first that pays principal
	sum, v := new(big.Rat), big.NewRat(1, 1)
	for _, x := range parts[paying:] {
		v = new(big.Rat).Quo(v, new(big.Rat).Add(big.NewRat(1, 1), x.levelRate))
		sum.Add(sum, v)
	}
	level := p.roundAs(new(big.Rat).Quo(big.NewRat(balance, 1), sum))
	each := big.NewRat(balance, int64(n-paying))
	for k := first; k < n; k++ {
		x := &parts[k]
		base := balance
		if *f.Method == "flat" {
			base = original
		}
		if x.base = base; x.earns < 0 || k > first {
			x.earns = halfEvenRat(new(big.Rat).Mul(x.rate, big.NewRat(base, 1)))
		}
		due := int64(0)
		switch *f.Method {
		case "annuity":
			due = level - x.earns
		case "equal_principal", "flat", "zero":
			due = halfEvenRat(each)
			if p.mode != "" && p.mode != "half_even" || p.multiple > 1 {
				due = p.roundAs(new(big.Rat).Add(each, big.NewRat(x.earns, 1))) - x.earns
			}
		}
		if k < int(grace[0]) {
			due = 0
		}
		x.principal = min(max(due, 0), balance)
		if k == n-1 {
			x.principal = balance
		}
		balance -= x.principal
	}
	deferred := int64(0)
	for k := range parts {
		parts[k].interest = parts[k].earns
		if k < int(grace[1]) {
			parts[k].interest = 0
			deferred += parts[k].earns
		} else {
			parts[k].interest += deferred
			deferred = 0
		}
	}
}

// earnedOn is what of a part's interest is earned by the close of a day.
func (x *termsPart) earnedOn(d int32) int64 {
	switch {
	case d < x.from:
		return 0
	case d >= x.on:
		return x.earns
	}
	from, kept := max(x.from, x.keptOn), x.kept
	if d < from { // the day of the tranche is in a night to come
		return halfEvenRat(big.NewRat(x.kept*int64(d-x.from), int64(from-x.from)))
	}
	return kept + halfEvenRat(big.NewRat((x.earns-kept)*int64(d-from), int64(x.on-from)))
}

// termsTranche is the plan after a later tranche on a day, added to the principal disbursed.
func termsTranche(f *termsFile, p *termsProduct, parts []termsPart, d int32, amount, original int64) []termsPart {
	parts = slices.Clone(parts)
	k := slices.IndexFunc(parts, func(x termsPart) bool { return x.on > d })
	if k < 0 {
		return append(parts, termsPart{from: d, on: d, principal: amount, extra: true})
	}
	balance := amount
	for _, x := range parts[k:] {
		balance += x.principal
	}
	base := balance
	if *f.Method == "flat" {
		base = original
	}
	parts[k].earnAnew(f, p, d, base)
	termsFill(f, p, parts, k, balance, original)
	return parts
}

// earnAnew lets the period go on with another balance from a day in it: it keeps what it has
// earned, under 30/360 by the contract's days.
func (x *termsPart) earnAnew(f *termsFile, p *termsProduct, d int32, base int64) {
	if d <= x.from {
		x.earns = halfEvenRat(new(big.Rat).Mul(x.rate, big.NewRat(base, 1)))
		return
	}
	whole, rest := halfEvenRat(new(big.Rat).Mul(x.rate, big.NewRat(base, 1))), int64(0)
	if *f.DayCount == "30/360" {
		annual := big.NewRat(f.AnnualRate, 1e9)
		if x.rate.Sign() == 0 {
			annual = new(big.Rat)
		}
		days := annual.Mul(annual, yearShare("30/360", x.from, d, false, 0))
		x.kept = min(halfEvenRat(new(big.Rat).Mul(days, big.NewRat(x.base, 1))), x.earns)
		rest = max(whole-halfEvenRat(days.Mul(days, big.NewRat(base, 1))), 0)
	} else {
		x.kept = x.earnedOn(d)
		rest = halfEvenRat(big.NewRat(whole*int64(x.on-d), int64(x.on-x.from)))
	}
	x.keptOn, x.earns = d, x.kept+rest
}
