package batch

import (
	"slices"
	"sort"
	"strings"
)

// The figures of a loan's days, by the naive arithmetic, and with restructurings of loans
// without interest.

// A pmEvent is an event of a life; of a restructuring with its new instalments, or what they
// follow from.
type pmEvent struct {
	naiveEvent
	reason       string
	plan         []pmDue // choice schedule
	installments int
	firstDue     int32
	frequency    string // or that of the loan
	told         int32  // the night that it came
}

// pmDaysOf walks a life from its first day: what the loan is at each close, and the
// measures. Events are ordered as the contract says, and those that were reversed left out.
func pmDaysOf(f loanFile, events []pmEvent, b int32) (days []pmDay, measures []pmMeasure) {
	reversed := map[string]bool{}
	for _, e := range events {
		if e.kind == "reversal" {
			reversed[e.target] = true
		}
	}
	life := slices.DeleteFunc(slices.Clone(events), func(e pmEvent) bool { return e.kind == "reversal" || reversed[e.id] })
	sort.SliceStable(life, func(i, j int) bool { return life[i].before(life[j].naiveEvent) })
	l := &naiveLoan{
		f: f, items: naiveSchedule(f), paid: map[string]int64{}, waived: map[string]int64{}, charged: map[string]int64{}, lastOn: -1,
		added: map[string]int64{}, receipts: map[string]*naiveReceipt{}, paused: map[int32]bool{}, accounts: map[string]int64{"1001": -f.Principal},
	}
	frequency := *f.Frequency
	for t := f.DisbursedOn; t <= b; t++ {
		credit := slices.ContainsFunc(l.items, func(i naiveItem) bool { return i.due == t })
		for len(life) > 0 && life[0].on == t && naiveRank[life[0].kind] < naiveRank["due"] {
			l.apply(life[0].naiveEvent, true)
			credit, life = true, life[1:]
		}
		if credit {
			l.useCredit(t)
		}
		for len(life) > 0 && life[0].on == t {
			if e := life[0]; e.kind == "restructure" {
				first := l.restructure(&e, &frequency)
				if e.reason != "commercial" {
					measures = append(measures, pmMeasure{t, first})
				}
			} else {
				l.apply(e.naiveEvent, true)
			}
			life = life[1:]
		}
		days = append(days, l.pmDay(t))
	}
	return days, measures
}

// restructure gives what is owed of a loan without interest new instalments, and returns
// the first due date of them. Instalments that fell due stay, without what was not met of
// them.
func (l *naiveLoan) restructure(e *pmEvent, frequency *string) (firstDue int32) {
	owed := l.outstanding(e.on)["principal"]
	if e.frequency != "" {
		*frequency = e.frequency
	}
	kept := l.items[:0:0]
	left := 0
	for _, it := range l.items {
		it.owed["principal"] = it.met["principal"]
		if it.due <= e.on {
			kept = append(kept, it)
		} else {
			left++
		}
	}
	n := e.installments
	if e.choice == "reamortize" {
		n = left
	}
	plan := e.plan
	if e.choice != "schedule" {
		f := l.f
		f.Principal, f.DisbursedOn, f.FirstDueOn, f.Installments, f.Frequency = owed, e.on, e.firstDue, int32(n), frequency
		plan = nil
		for _, it := range naiveSchedule(f) {
			plan = append(plan, pmDue{on: it.due, principal: it.owed["principal"]})
		}
	}
	rest, from := owed, e.on
	for i, p := range plan {
		part := min(p.principal, rest)
		if i == len(plan)-1 {
			part = rest
		}
		rest -= part
		kept = append(kept, naiveItem{from: from, due: p.on, owed: map[string]int64{"principal": part}, met: map[string]int64{}, added: map[string]int64{}})
		from = p.on
	}
	l.items = kept
	return plan[0].on
}

// pmDay is the loan at the close of a day.
func (l *naiveLoan) pmDay(t int32) (d pmDay) {
	owed := l.outstanding(t)
	d.principal = owed["principal"]
	d.total = owed["principal"] + owed["interest"] + owed["fee"] + owed["penalty"]
	left := int64(0)
	for i := range l.items {
		it := &l.items[i]
		unpaid := it.unpaid()
		left += unpaid
		if it.due < t {
			d.pastDue += unpaid
		}
		if it.due == t && unpaid > 0 {
			d.lateDue = true
		}
		d.dues = append(d.dues, pmDue{it.due, it.owed["principal"] - it.met["principal"], unpaid})
	}
	for _, c := range l.charges {
		left += c.amount - c.met
		if c.on < t {
			d.pastDue += c.amount - c.met
		}
	}
	d.status, d.met = l.status(left), left == 0
	if d.status == "written_off" {
		d.pastDue, d.lateDue = 0, false
		return d
	}
	if oldest := l.oldest(t); oldest >= 0 {
		d.unpaidDue, d.dpd = true, t-oldest
		d.delinquent = d.dpd
		for x := oldest; x < t; x++ {
			if l.paused[x] {
				d.delinquent--
			}
		}
	}
	if l.off == "charge_off" || l.off == "" && d.dpd >= 91 {
		d.suspended = owed["interest"]
	}
	return d
}

// pmCents reads an amount of two digits.
func pmCents(s string) int64 {
	sign := int64(1)
	if strings.HasPrefix(s, "-") {
		sign, s = -1, s[1:]
	}
	n := int64(0)
	whole, part, _ := strings.Cut(s, ".")
	for _, c := range whole + (part + "00")[:2] {
		n = 10*n + int64(c-'0')
	}
	return sign * n
}

// A pmTapeLife is a life from daily tapes of a shadow book, a row a day without a gap from
// the disbursement on, in which the rules of the loan are the engine's own. Due dates are
// those that were the next ones.
type pmTapeLife struct {
	pmLife
	dues []pmDue
	next int32
}

func newPMTapeLife(row map[string]string) *pmTapeLife {
	l := &pmTapeLife{next: pmNone}
	l.id, l.borrower, l.product, l.currency = row["loan_id"], row["borrower_id"], row["product"], row["currency"]
	l.disbursed, l.firstDue, l.rate9 = pmDate(row["disbursed_on"]), pmDate(row["first_due_on"]), pm9(pmRat(row["annual_rate"])).Int64()
	return l
}

// add takes the next day's row.
func (l *pmTapeLife) add(row map[string]string) {
	t := pmDate(row["business_date"])
	if t != l.disbursed+int32(len(l.days)) {
		panic("a day without a tape before " + row["business_date"])
	}
	number := func(name string) int32 { return int32(pmInt(row[name])) }
	d := pmDay{
		dpd: number("days_past_due"), delinquent: number("delinquent_days"), unpaidDue: row["oldest_unpaid_due_on"] != "",
		pastDue: pmCents(row["past_due_amount"]), principal: pmCents(row["principal_outstanding"]), total: pmCents(row["total_outstanding"]),
		suspended: pmCents(row["interest_suspended"]), status: row["status"],
		met: row["status"] != "active" && row["oldest_unpaid_due_on"] == "" && row["next_due_on"] == "",
	}
	d.lateDue = l.next == t && d.unpaidDue
	if next := row["next_due_on"]; next != "" {
		l.next = pmDate(next)
		l.dues = slices.DeleteFunc(slices.Clone(l.dues), func(x pmDue) bool { return x.on > t })
		l.dues = append(l.dues, pmDue{on: l.next})
	}
	d.dues = l.dues
	l.days = append(l.days, d)
}

// known is the life so far, with what is unpaid of the due dates to come.
func (l *pmTapeLife) known(unpaid []pmDue) *pmLife {
	k := l.pmLife
	k.days = slices.Clone(l.days)
	last := &k.days[len(k.days)-1]
	t := l.disbursed + int32(len(k.days)) - 1
	last.dues = append(slices.DeleteFunc(slices.Clone(last.dues), func(x pmDue) bool { return x.on > t }), unpaid...)
	return &k
}

// pmLifeOf is a loan's life by the naive arithmetic, without flags.
func pmLifeOf(f loanFile, events []pmEvent, b int32) *pmLife {
	l := &pmLife{
		id: f.LoanID, borrower: f.BorrowerID, product: f.Product, currency: f.Currency, disbursed: f.DisbursedOn, firstDue: f.FirstDueOn, rate9: f.AnnualRate,
	}
	l.days, l.measures = pmDaysOf(f, events, b)
	return l
}
