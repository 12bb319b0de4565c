package batch

import (
	"fmt"
	"math/big"
	"slices"
	"sort"
)

// The naive model: maps and slices, a whole life from its beginning each time, exact
// rationals, dates by the standard library. It shares nothing with the engine but
// what a date is written as.

type naiveItem struct {
	from, due        int32
	owed, met, added map[string]int64 // by component; added is the part of owed that came back and is not earned again
	base             int64            // that it earns interest on
}

func (i *naiveItem) unpaid() (sum int64) {
	for c, owed := range i.owed {
		sum += owed - i.met[c]
	}
	return sum
}

type naiveEvent struct {
	kind, id, target  string
	on                int32
	amount            int64
	component, choice string
	until             int32
}

// A naiveCharge is a fee or penalty on its own.
type naiveCharge struct {
	kind, id    string
	on          int32
	amount, met int64
}

// A naiveReceipt is what the money of an event met, and has not gone back.
type naiveReceipt struct {
	amount int64
	met    map[string]int64
}

// A naiveLoan is where a life has come to.
type naiveLoan struct {
	f            loanFile
	items        []naiveItem
	charges      []naiveCharge
	paid, waived map[string]int64 // by component
	onBooks      map[string]int64 // paid, and not gone back, while the loan was on the books, of one that is not
	charged      map[string]int64 // fees and penalties
	added        map[string]int64 // that came back, by component
	receipts     map[string]*naiveReceipt
	credit       int64
	lastOn       int32
	lastAmount   int64
	paused       map[int32]bool // days
	off          string         // charge_off or write_off
	offEmpty     bool           // one stands that found nothing
	offOn        int32
	offAmount    int64
	recovered    int64
	accounts     map[string]int64 // what no other figure tells: cash, allowance, recovery, expenses
}

// naiveRank is the order of kinds on one date.
var naiveRank = map[string]int{
	"fee": 1, "penalty": 1, "due": 2, "repayment": 4, "chargeback": 5, "waiver": 6, "goodwill": 7, "prepay": 8, "settle": 9, "refund": 10, "pause": 11,
	"restructure": 12, "charge_off": 13, "write_off": 14, "recovery": 15,
}

// naiveRun runs a life up to a date. Events of which stands says so stand
// whatever came before them since; refused has the others that do not hold in their place,
// and why.
func naiveRun(f loanFile, events []naiveEvent, stands func(id string) bool, business int32) (l *naiveLoan, refused map[string]string) {
	l = &naiveLoan{
		f: f, items: naiveSchedule(f), paid: map[string]int64{}, waived: map[string]int64{}, charged: map[string]int64{}, lastOn: -1,
		added: map[string]int64{}, receipts: map[string]*naiveReceipt{}, paused: map[int32]bool{}, accounts: map[string]int64{"1001": -f.Principal},
	}
	reversed := map[string]bool{}
	for _, e := range events {
		if e.kind == "reversal" {
			reversed[e.target] = true
		}
	}
	var life []naiveEvent
	for _, e := range events {
		if e.kind != "reversal" && !reversed[e.id] {
			life = append(life, e)
		}
	}
	for i := range l.items {
		if l.items[i].due <= business {
			life = append(life, naiveEvent{kind: "due", id: fmt.Sprint(i), on: l.items[i].due})
		}
	}
	sort.SliceStable(life, func(i, j int) bool { return life[i].before(life[j]) })
	refused = map[string]string{}
	for k, e := range life {
		if e.kind != "due" {
			if reason := l.apply(e, stands(e.id)); reason != "" && !stands(e.id) {
				refused[e.id] = reason
			}
		}
		isLast := k == len(life)-1 || life[k+1].on != e.on || naiveRank[life[k+1].kind] > 2
		if naiveRank[e.kind] <= 2 && isLast {
			l.useCredit(e.on)
		}
	}
	return l, refused
}

// naiveNight decides on tonight's events, those that do not stand; refused has those that
// do not hold, and why. A run of a life says which of its events do not, where some stand.
// What holds on either side of tonight's reversals holds, but that what is reversed tonight
// must have held before, unless it is money, which would be held.
func naiveNight(events []naiveEvent, stands func(id string) bool, run func(events []naiveEvent, stands func(id string) bool) map[string]string) map[string]string {
	refused := map[string]string{}
	byID := map[string]naiveEvent{}
	isReversed := func(id string) bool {
		return slices.ContainsFunc(events, func(r naiveEvent) bool { return r.kind == "reversal" && r.target == id && refused[r.id] == "" })
	}
	without := func(drop func(e naiveEvent) bool) []naiveEvent { return slices.DeleteFunc(slices.Clone(events), drop) }
	isRefused := func(e naiveEvent) bool { return refused[e.id] != "" }
	loseTargets := func() {
		for _, e := range events {
			if e.kind == "reversal" && !stands(e.id) && refused[e.target] != "" {
				refused[e.id] = "unknown_target"
			}
		}
	}
	for _, e := range events {
		byID[e.id] = e
	}
	for _, e := range events {
		if target := byID[e.target]; e.kind == "chargeback" && !stands(e.id) && (!naiveReturnable[target.kind] || !target.before(e)) {
			refused[e.id] = "unknown_target"
		}
	}
	loseTargets()
	reversedBefore := func(id string) bool {
		return slices.ContainsFunc(events, func(r naiveEvent) bool { return r.kind == "reversal" && r.target == id && stands(r.id) })
	}
	early := run(without(func(e naiveEvent) bool { return isRefused(e) || e.kind == "reversal" && !stands(e.id) }), func(id string) bool {
		return stands(id) || byID[id].kind == "chargeback" && reversedBefore(byID[id].target)
	})
	reversedTonight := slices.ContainsFunc(events, func(e naiveEvent) bool { return e.kind == "reversal" && !stands(e.id) && !isRefused(e) })
	for _, e := range events {
		isMoney := e.kind == "repayment" || e.kind == "prepay" || e.kind == "recovery"
		if !stands(e.id) && early[e.id] != "" && isReversed(e.id) && !isMoney {
			refused[e.id] = early[e.id]
		}
	}
	loseTargets()
	late := run(without(isRefused), func(id string) bool {
		return stands(id) || reversedTonight && early[id] == "" || byID[id].kind == "chargeback" && isReversed(byID[id].target)
	})
	for id, reason := range late {
		refused[id] = reason
	}
	return refused
}

// naiveReturnable are the kinds whose money may go back.
var naiveReturnable = map[string]bool{"repayment": true, "goodwill": true, "prepay": true, "recovery": true}

// before reports whether an event is before another in the order of a life.
func (e naiveEvent) before(o naiveEvent) bool {
	if e.on != o.on {
		return e.on < o.on
	}
	if naiveRank[e.kind] != naiveRank[o.kind] {
		return naiveRank[e.kind] < naiveRank[o.kind]
	}
	return e.id < o.id
}

// apply applies an event, or says why it does not hold; one that stands is applied
// as far as it can be.
func (l *naiveLoan) apply(e naiveEvent, stands bool) string {
	takes := map[string]bool{"repayment": true, "recovery": true, "refund": true, "chargeback": true}
	if l.off == "write_off" && !takes[e.kind] && !stands {
		return "not_allowed_in_status"
	}
	switch e.kind {
	case "fee", "penalty":
		l.addCharge(naiveCharge{e.kind, e.id, e.on, e.amount, 0})
		l.charged[e.kind] += e.amount
	case "repayment", "recovery":
		if e.kind == "recovery" && l.off == "" && !l.offEmpty && !stands {
			return "not_allowed_in_status"
		}
		if e.kind == "repayment" {
			l.lastOn, l.lastAmount = e.on, e.amount
		}
		l.accounts["1001"] += e.amount
		l.receive(e)
	case "goodwill":
		if l.off != "" && !stands {
			return "not_allowed_in_status"
		}
		l.accounts["6702"] += e.amount
		l.receive(e)
	case "chargeback":
		return l.chargeback(e)
	case "settle":
		return l.settle(e)
	case "waiver":
		return l.waive(e, stands)
	case "refund":
		l.accounts["1001"] -= e.amount
		funded := min(l.credit, e.amount)
		l.credit -= funded
		l.comesBack(e, "principal", e.amount-funded)
	case "pause":
		if e.until <= e.on {
			return "until_not_after_value_date"
		}
		for d := e.on; d < e.until; d++ {
			l.paused[d] = true
		}
	case "charge_off", "write_off":
		return l.putOff(e)
	}
	return ""
}

// receive takes money, the borrower's or the lender's own.
func (l *naiveLoan) receive(e naiveEvent) {
	on, amount, before := e.on, e.amount, map[string]int64{}
	for c, paid := range l.paid {
		before[c] = paid
	}
	x := &naiveReceipt{amount, map[string]int64{}}
	l.receipts[e.id] = x
	if l.off == "" {
		l.credit += l.pay(on, amount)
		for c, paid := range l.paid {
			x.met[c] = paid - before[c]
		}
		return
	}
	// What was charged off comes back; beyond what is due it meets all principal, and
	// interest as it is earned.
	taken := min(amount, max(l.offAmount-l.recovered, 0))
	l.recovered += taken
	l.accounts["6004"] -= taken
	l.credit += amount - taken
	if l.off == "write_off" {
		return
	}
	taken = l.pay(on, taken)
	for i := range l.items {
		it := &l.items[i]
		for _, c := range []string{"principal", "interest", "fee"} {
			owed := it.owed[c]
			if it.due > on && c == "interest" {
				owed = it.earned(on) + it.added[c]
			}
			if it.due > on && c == "fee" {
				owed = it.added[c]
			}
			x := min(taken, max(owed-it.met[c], 0))
			it.met[c] += x
			l.paid[c] += x
			taken -= x
		}
	}
}

// useCredit meets what is due on a date out of credit.
func (l *naiveLoan) useCredit(on int32) {
	use := l.credit
	switch l.off {
	case "charge_off":
		use = min(use, max(l.offAmount-l.recovered, 0))
	case "write_off":
		use = 0
	}
	met := use - l.pay(on, use)
	l.credit -= met
	if l.off != "" {
		l.recovered += met
		l.accounts["6004"] -= met
	}
}

// waive forgives what is due, the oldest first, then what is owed before it is due.
func (l *naiveLoan) waive(e naiveEvent, stands bool) string {
	c, amount := e.component, e.amount
	there := l.outstanding(e.on)[c]
	for i := range l.items {
		if it := &l.items[i]; c == "fee" && it.due > e.on {
			there -= it.added[c] - it.met[c] // it came back and is not due yet
		}
	}
	switch {
	case c == "principal" && e.choice != "principal_forgiveness":
		return "unknown_choice"
	case l.off != "" && !stands:
		return "not_allowed_in_status"
	case amount > there && !stands:
		return "amount_above_balance"
	}
	amount = min(amount, there)
	l.waived[c] += amount
	if l.off == "" && c == "principal" {
		l.accounts["6701"] += amount
	}
	for _, d := range l.dates(e.on) {
		amount -= l.meet(c, d, amount)
	}
	for i := range l.items {
		if it := &l.items[i]; it.due > e.on {
			x := min(amount, it.owed[c]-it.met[c])
			it.met[c] += x
			amount -= x
		}
	}
	return ""
}

// chargeback gives money back to who paid it: out of credit, then as debt of what the
// money had met.
func (l *naiveLoan) chargeback(e naiveEvent) string {
	x := l.receipts[e.target]
	if x == nil {
		return "unknown_target"
	}
	l.accounts["1001"] -= e.amount
	x.amount -= e.amount
	debt := e.amount - min(l.credit, e.amount)
	l.credit -= e.amount - debt
	left := x.met["principal"] + x.met["interest"] + x.met["fee"] + x.met["penalty"]
	x.met["principal"] += max(debt-left, 0) // what the money had not met is principal too
	for _, c := range []string{"principal", "interest", "fee", "penalty"} {
		part := min(debt, x.met[c])
		l.comesBack(e, c, part)
		x.met[c] -= part
		debt -= part
	}
	return ""
}

// settle ends the loan: all of it falls due, with the interest that it has earned, and
// is paid out of credit.
func (l *naiveLoan) settle(e naiveEvent) string {
	if l.off != "" {
		return "not_allowed_in_status"
	}
	need := int64(0)
	for _, owed := range l.outstanding(e.on) {
		need += owed
	}
	ended := make([]int64, len(l.items)) // interest that is owed of each
	for i := range l.items {
		it := &l.items[i]
		ended[i] = it.earned(e.on)
		if *l.f.DayCount == "30/360" && it.from < e.on && e.on < it.due {
			y := yearShare("30/360", it.from, e.on, false, 0)
			y.Mul(y, big.NewRat(l.f.AnnualRate, 1e9))
			ended[i] = min(halfEvenRat(y.Mul(y, big.NewRat(it.base, 1))), it.owed["interest"]-it.added["interest"])
			need += ended[i] - it.earned(e.on)
		}
	}
	if need > l.credit {
		return "insufficient_credit"
	}
	for i := range l.items {
		if it := &l.items[i]; it.due > e.on {
			it.owed["interest"], it.owed["fee"] = ended[i]+it.added["interest"], it.added["fee"]
			it.from, it.due = min(it.from, e.on), e.on
		}
	}
	l.credit = l.pay(e.on, l.credit)
	return ""
}

// comesBack makes a component owed again: with the next instalment, or, after the
// last, at once; a penalty always at once.
func (l *naiveLoan) comesBack(e naiveEvent, c string, amount int64) {
	if amount == 0 {
		return
	}
	l.added[c] += amount
	if l.off != "" {
		back := min(amount, l.recovered)
		l.recovered -= back
		l.offAmount += amount - back
		l.accounts["6004"] += back
		l.accounts[map[string]string{"principal": "1309", "interest": "6001", "fee": "6002", "penalty": "6003"}[c]] += amount - back
	}
	if c == "penalty" {
		l.addCharge(naiveCharge{c, e.id, e.on, amount, 0})
		return
	}
	for i := range l.items {
		if l.items[i].due > e.on {
			l.items[i].owed[c] += amount
			l.items[i].added[c] += amount
			return
		}
	}
	l.items = append(l.items, naiveItem{from: e.on, due: e.on, owed: map[string]int64{c: amount}, met: map[string]int64{}, added: map[string]int64{c: amount}})
}

func (l *naiveLoan) addCharge(c naiveCharge) {
	l.charges = append(l.charges, c)
	sort.SliceStable(l.charges, func(i, j int) bool {
		a, b := l.charges[i], l.charges[j]
		return a.on < b.on || a.on == b.on && a.id < b.id
	})
}

// putOff takes the loan out of the books.
func (l *naiveLoan) putOff(e naiveEvent) string {
	if l.off == "write_off" || l.off == e.kind {
		return "not_allowed_in_status"
	}
	if l.off == "" {
		l.credit = l.pay(e.on, l.credit)
		owed := l.outstanding(e.on)
		for _, amount := range owed {
			l.offAmount += amount
		}
		if l.offAmount == 0 && l.left() == 0 {
			l.offEmpty = true // settled, and stays so
			return ""
		}
		l.accounts["1309"] += owed["principal"]
		l.onBooks = map[string]int64{}
		for _, c := range []string{"interest", "fee", "penalty"} {
			l.onBooks[c] = l.paid[c] - l.added[c]
		}
	}
	l.off, l.offOn = e.kind, e.on
	return ""
}

// earned is the interest that an instalment's period has earned by a date.
func (i *naiveItem) earned(on int32) int64 {
	interest := i.owed["interest"] - i.added["interest"]
	switch {
	case i.due <= on:
		return interest
	case i.from >= on:
		return 0
	}
	return halfEvenRat(big.NewRat(interest*int64(on-i.from), int64(i.due-i.from)))
}

// outstanding is what is owed at the close of a date, by component.
func (l *naiveLoan) outstanding(on int32) map[string]int64 {
	if l.off == "write_off" {
		return map[string]int64{}
	}
	owed := map[string]int64{"principal": l.f.Principal, "interest": 0, "fee": l.charged["fee"], "penalty": l.charged["penalty"]}
	for i := range l.items {
		owed["interest"] += l.items[i].earned(on)
		if l.items[i].due <= on {
			owed["fee"] += l.items[i].owed["fee"] - l.items[i].added["fee"]
		}
	}
	for c := range owed {
		owed[c] += l.added[c] - l.paid[c] - l.waived[c]
	}
	return owed
}

// oldest is the due date of the oldest instalment that is not wholly met, or -1.
func (l *naiveLoan) oldest(on int32) int32 {
	for i := range l.items {
		if l.items[i].due <= on && l.items[i].unpaid() > 0 {
			return l.items[i].due
		}
	}
	return -1
}

// dates are the due dates up to one.
func (l *naiveLoan) dates(on int32) (dates []int32) {
	for i := range l.items {
		if l.items[i].due <= on {
			dates = append(dates, l.items[i].due)
		}
	}
	for _, c := range l.charges {
		dates = append(dates, c.on)
	}
	slices.Sort(dates)
	return slices.Compact(dates)
}

// meet meets a component of what is due on a date, and returns how much.
func (l *naiveLoan) meet(c string, due int32, amount int64) (met int64) {
	for i := range l.items {
		if it := &l.items[i]; it.due == due {
			x := min(amount-met, it.owed[c]-it.met[c])
			it.met[c] += x
			met += x
		}
	}
	for i := range l.charges {
		if x := &l.charges[i]; x.on == due && x.kind == c {
			y := min(amount-met, x.amount-x.met)
			x.met += y
			met += y
		}
	}
	return met
}

// pay meets what is due by a date and returns what is left.
func (l *naiveLoan) pay(on int32, amount int64) int64 {
	one := func(due int32, c string) {
		met := l.meet(c, due, amount)
		l.paid[c] += met
		amount -= met
	}
	dates := l.dates(on)
	if o := l.oldest(on); o >= 0 && on-o > 90 {
		for _, c := range []string{"principal", "interest", "fee", "penalty"} {
			for _, d := range dates {
				one(d, c)
			}
		}
		return amount
	}
	for _, d := range dates {
		for _, c := range []string{"penalty", "fee", "interest", "principal"} {
			one(d, c)
		}
	}
	return amount
}
