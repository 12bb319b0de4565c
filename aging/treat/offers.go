package treat

import (
	"math/big"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// offersMax is how many offers are made for a loan.
const offersMax = 3

// installmentsMax is the most instalments that a loan may have.
const installmentsMax = 1200

// OffersTo returns what the borrower may be offered for the loans that a task covers, by
// loan in their order and by rank: at most three for each loan, the first kinds of the
// list for the reason of his case that can be made.
//
// An offer counts from the business date on, whenever it is taken: its figures are those
// of that close. They are exact to the minor unit of the loan's currency.
func (h *Hardship) OffersTo(ask *OfferAsk) []Offer {
	var list []Offer
	for _, l := range ask.Loans {
		if !l.Active || l.Credit != 0 || !l.Scheduled {
			continue
		}
		m := maker{ask: ask, loan: l, affordable: ask.share(l)}
		for _, kind := range h.Offers[ask.Reason] {
			terms := &h.Kinds[kind]
			if !terms.Set || l.DaysPastDue < terms.FromDays || l.DaysPastDue > terms.ToDays {
				continue
			}
			if o, ok := m.offer(kind, terms); ok {
				m.rank++
				o.Rank = m.rank
				list = append(list, o)
			}
			if m.rank == offersMax {
				break
			}
		}
	}
	return list
}

// unknown is what can be paid a month where that is not known.
const unknown = -1

// share returns the loan's part of what the borrower can pay a month, in minor units: by
// what is outstanding of the covered loans of its currency, rounded down.
func (ask *OfferAsk) share(l *Loan) money.Amount {
	if ask.Affordable < 0 || ask.AffordableCurrency != l.Currency {
		return unknown
	}
	all := int64(0)
	for _, o := range ask.Loans {
		if o.Currency == l.Currency {
			all += o.Total
		}
	}
	if l.Total <= 0 || all < l.Total { // another owes less than nothing: interest that is not earned yet
		all = l.Total
	}
	if all <= 0 {
		return unknown
	}
	x := new(big.Int).Mul(big.NewInt(ask.Affordable), big.NewInt(l.Total))
	x.Quo(x, new(big.Int).Mul(big.NewInt(all), big.NewInt(l.Unit)))
	return money.Amount(x.Int64())
}

// A maker makes the offers for one loan. Its amounts are minor units; those of the offers
// are in the units of the tape.
type maker struct {
	ask        *OfferAsk
	loan       *Loan
	affordable money.Amount // a month, or unknown
	rank       int          // of the last offer
}

// minor returns an amount of the tape in minor units. Those of a loan are whole.
func (m *maker) minor(amount int64) money.Amount { return money.Amount(amount / m.loan.Unit) }

// units is minor's other way.
func (m *maker) units(amount money.Amount) int64 { return int64(amount) * m.loan.Unit }

// part returns a share of an amount of the tape, rounded half-even to the minor unit.
func (m *maker) part(amount int64, share money.Rate) int64 {
	return m.units(money.Amount(money.MulDiv(int64(m.minor(amount)), int64(share), int64(money.RateOne))))
}

// months returns the business date so many months on.
func (m *maker) months(n int) civil.Date { return m.ask.On.Later(n) }

// offer returns the offer of a kind, false where it can't be made.
func (m *maker) offer(kind OfferKind, terms *OfferTerms) (o Offer, ok bool) {
	l := m.loan
	o = Offer{Loan: l, Kind: kind, FirstDueOn: civil.None, Until: civil.None, PayBy: civil.None}
	switch kind {
	case InstallmentPlan, ReducedInstallment, Extension:
		return o, m.plan(&o, terms)
	case Pause:
		if len(terms.Months) == 0 {
			return o, false
		}
		o.Months = terms.Months[0]
		o.Until = m.months(o.Months)
		return o, true
	case PenaltyWaiver:
		o.Waived = m.part(l.Penalties, terms.Share)
		ok = o.Waived > 0
	case InterestWaiver:
		o.Waived = m.part(l.Interest, terms.Share)
		ok = o.Waived > 0
	case Settlement:
		o.Pay, o.PayBy = m.part(l.Total, money.RateOne-terms.Discount), m.ask.On+civil.Date(terms.PayWithinDays)
		o.Forgiven = l.Total - o.Pay
		ok = o.Forgiven > 0
	}
	o.total(l.Total - o.Waived - o.Forgiven)
	return o, ok
}

// total sets what there is to pay in all.
func (o *Offer) total(amount int64) {
	o.HasTotal, o.TotalToPay, o.ExtraCost = true, amount, amount-o.Loan.Total
}

// plan makes the offer a plan; false where none can be made. A loan of which less than
// nothing is owed of interest (an explicit plan asked for it before it was earned) or fees
// has none: that could not be spread.
func (m *maker) plan(o *Offer, terms *OfferTerms) bool {
	if l := m.loan; l.Principal < 0 || l.Interest < 0 || l.Fees < 0 {
		return false
	}
	o.HasRate, o.Rate = true, terms.Rate
	if terms.ContractRate {
		o.Rate = m.loan.Rate
	}
	for _, months := range terms.Months {
		n, made := months, m.level
		switch o.Kind {
		case Extension:
			n += int(m.loan.Remaining)
		case ReducedInstallment:
			n, made = months+max(int(m.loan.Remaining), 1), m.reduced(months)
		}
		if n < 1 || n > installmentsMax || m.ask.PlanMonthsMax > 0 && n > m.ask.PlanMonthsMax {
			continue
		}
		if lines, ok := made(o.Rate, n); ok && m.fill(o, lines) {
			o.Waived = m.part(m.loan.Penalties, terms.WaivePenalties)
			o.total(o.TotalToPay + m.loan.Penalties - o.Waived)
			return true
		}
	}
	return false
}

// level is the schedule of a level plan.
func (m *maker) level(rate money.Rate, n int) ([]Line, bool) {
	return m.ask.Planner.Level(m.minor(m.loan.Principal), rate, m.ask.On, n, m.loan.DayCount), true
}

// reduced makes schedules whose first instalments are what the borrower can pay.
func (m *maker) reduced(months int) func(rate money.Rate, n int) ([]Line, bool) {
	return func(rate money.Rate, n int) ([]Line, bool) {
		if m.affordable == unknown {
			return nil, false
		}
		most := make([]money.Amount, months)
		for k := range most {
			most[k] = m.affordable - m.owed(m.loan.Interest, k, n) - m.owed(m.loan.Fees, k, n)
		}
		return m.ask.Planner.Reduced(m.minor(m.loan.Principal), rate, m.ask.On, n, most, m.loan.DayCount)
	}
}

// owed returns what instalment k of n, from 0, asks for of an amount that is owed already:
// it is spread without interest.
func (m *maker) owed(amount int64, k, n int) money.Amount {
	upTo := func(k int) int64 { return money.MulDiv(int64(m.minor(amount)), int64(k), int64(n)) }
	return money.Amount(upTo(k+1) - upTo(k))
}

// fill sets the offer's instalments and what follows from them; TotalToPay is their sum.
// ok is false where one of a level plan is more than the borrower can pay.
func (m *maker) fill(o *Offer, lines []Line) (ok bool) {
	o.Lines, o.Months, o.FirstDueOn = make([]OfferLine, len(lines)), len(lines), lines[0].DueOn
	o.Installment, o.Last, o.NewInterest, o.TotalToPay = 0, 0, 0, 0
	for k, x := range lines {
		line := &o.Lines[k]
		*line = OfferLine{
			Number: k + 1, DueOn: x.DueOn, Principal: m.units(x.Principal), Interest: m.units(x.Interest),
			OwedInterest: m.units(m.owed(m.loan.Interest, k, len(lines))), OwedFee: m.units(m.owed(m.loan.Fees, k, len(lines))),
		}
		o.Last = line.Total()
		o.Installment = max(o.Installment, o.Last)
		o.NewInterest += line.Interest
		o.TotalToPay += o.Last
	}
	return o.Kind == ReducedInstallment || m.affordable == unknown || o.Installment <= m.units(m.affordable)
}
