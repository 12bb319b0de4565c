package main

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"

	"daybook/ledger/civil"
	"daybook/ledger/match"
)

// A world is a lender and its bank, made from a seed: the nights' files, what they bring to
// the ledger, and the bank's statements, which agree with it but for planted faults. It knows
// which line belongs to which item; nobody else does.
type recWorld struct {
	*rand.Rand
	seed     int64
	crowded  bool // amounts repeat, so that no truth but the model's is known
	digits   map[string]int
	policy   recPolicy
	nights   []*recNight
	accounts []*recAccount
	loans    []*recLoan
	cases    []*recCase
	used     map[int64]bool
	serial   int
	later    map[int][]func(n *recNight)

	deliveries []recDelivery
}

// A recNight is what comes on one night, and the items that it books.
type recNight struct {
	index       int
	date        civil.Date
	loans       []*recLoan
	repayments  []recRepayment
	adjustments []recAdjustment
	items       []*recItem
}

type recLoan struct {
	id, currency string
	principal    int64
	disbursed    civil.Date
	night        int
	off          bool // charged off
}

type recRepayment struct {
	id, loan           string
	value              civil.Date
	amount             int64
	currency           string
	channel, reference string
}

type recAdjustment struct {
	id, loan, kind string
	value          civil.Date
	amount         int64
	target, choice string
}

// A recClass is what a line of a bank means.
type recClass uint8

const (
	recPlain recClass = iota
	recFeeLine
	recReturned
)

// A recCase is one story of a few lines and items, and how they end once all of them are
// known: matched where the kind is empty.
type recCase struct {
	name      string
	pass      string
	items     []*recItem
	lines     []*recLine
	lineKinds []string
	itemKinds []string
	alike     bool // lines, or items, may change places
}

func (c *recCase) item(x *recItem, kind string) *recItem {
	c.items, c.itemKinds = append(c.items, x), append(c.itemKinds, kind)
	return x
}

// newRecWorld makes a world of so many nights, in which things happen, and some after them,
// in which what is under way ends.
func newRecWorld(seed int64, nights int) *recWorld {
	w := &recWorld{Rand: rand.New(rand.NewSource(seed)), seed: seed, used: map[int64]bool{}, later: map[int][]func(n *recNight){}}
	w.crowded = seed%3 == 0
	second := "USD"
	if seed%5 == 0 {
		second = "JPY"
	}
	w.digits = map[string]int{"EUR": 2, second: 2}
	if second == "JPY" {
		w.digits[second] = 0
	}
	date := civil.Of(2026, 8, 3) + civil.Date(w.Intn(30))
	for i := range nights + 4 {
		w.nights = append(w.nights, &recNight{index: i, date: date})
		date += 1
		if date.Weekday() == 6 && w.Intn(4) > 0 {
			date += 2
		}
		if i >= nights {
			date += 3
		}
	}
	w.accounts = []*recAccount{
		{id: "DE02120300000000202051", currency: "EUR", format: match.Camt053, version: []int{2, 8, 13}[w.Intn(3)]},
		{id: "66642399/93387", currency: "EUR", format: match.MT940},
		{id: "4400123456", currency: second, format: match.BAI2},
		{id: "GB29NWBK60161331926819", currency: second, format: []match.Format{match.Camt053, match.MT940}[w.Intn(2)], version: 8},
	}
	for _, a := range w.accounts {
		a.running, a.number = int64(w.Intn(9_000_000)-1_000_000), 1+w.Intn(400)
	}
	w.policy = w.aPolicy(second)
	for _, n := range w.nights {
		w.play(n, n.index < nights)
	}
	w.deliver()
	return w
}

// aPolicy returns a policy for reconciliation.
func (w *recWorld) aPolicy(second string) recPolicy {
	p := recPolicy{
		from: civil.None, referenceWindow: 30, amountWindow: 3, outstandingDay: 5, minimumReference: 4,
		fees: []recFee{{channel: "wallet", rate: 6_000_000, tolerance: 1}},
		settlements: []recSettlement{
			{recFee: recFee{channel: "card", rate: 12_500_000, fixed: 10, tolerance: 1}, groupBy: "value_date", lagDays: 3},
			{recFee: recFee{channel: "acquirer", rate: 7_250_000, fixed: int64(w.Intn(2) * 5), tolerance: 1}, groupBy: "reference", lagDays: 5},
		},
	}
	if w.Intn(2) == 0 {
		p.from = w.nights[1].date
	}
	if w.Intn(2) == 0 {
		p.settlements[0].text = "card settle"
	}
	if w.Intn(3) == 0 {
		p.settlements[0].groupBy = "business_date"
	}
	if w.Intn(2) == 0 {
		p.fees[0].fixed = 15
	}
	if w.Intn(2) == 0 && w.digits[second] == 2 {
		p.tolerance = int64(1 + w.Intn(5))
	}
	if w.Intn(3) == 0 {
		p.feeCodes = []string{"NCLR", "699", "PMNT-MDOP-NTAV"}
	}
	return p
}

// play makes a night: what is due from earlier ones, what happens, and the bank's day.
func (w *recWorld) play(n *recNight, busy bool) {
	if n.index == 0 {
		for _, currency := range w.currencies() {
			for range 6 {
				w.book(n, currency, n.date-civil.Date(100+w.Intn(80)))
			}
		}
	}
	for _, do := range w.later[n.index] {
		do(n)
	}
	if busy && n.index > 0 {
		for range 7 + w.Intn(6) {
			pick := w.Intn(100)
			for _, s := range recStories {
				if pick -= s.weight; pick < 0 {
					s.tell(w, n, w.story(s.name))
					break
				}
			}
		}
		if w.Intn(4) > 0 {
			w.cards(n, w.story("cards"))
		}
	}
	for _, a := range w.accounts {
		a.close(w, n, busy)
	}
	w.cases = slices.DeleteFunc(w.cases, func(c *recCase) bool { return len(c.items)+len(c.lines) == 0 })
}

func (w *recWorld) story(name string) *recCase {
	c := &recCase{name: name}
	w.cases = append(w.cases, c)
	return c
}

// after does something some nights later.
func (w *recWorld) after(n *recNight, nights int, do func(n *recNight)) {
	at := min(n.index+nights, len(w.nights)-1)
	if at > n.index {
		w.later[at] = append(w.later[at], do)
	}
}

func (w *recWorld) currencies() []string {
	return []string{w.accounts[0].currency, w.accounts[2].currency}
}

func (w *recWorld) currency() string { return w.currencies()[w.Intn(2)] }

// number returns a text that no other call returns.
func (w *recWorld) number(form string) string {
	w.serial++
	return fmt.Sprintf(form, w.serial*7919%1_000_003)
}

// amount returns an amount that no other call returns, of items: 7 more than a multiple of
// 50, so that what the bank nets or splits can be told from it.
func (w *recWorld) amount() int64 {
	if w.crowded {
		return 10_007 + 50*int64(w.Intn(12))
	}
	for {
		amount := 10_007 + 50*int64(w.Intn(200_000))
		if !w.used[amount] {
			w.used[amount] = true
			return amount
		}
	}
}

// apart returns an amount near one that no item has.
func (w *recWorld) apart(amount int64) int64 {
	for !w.crowded && ((amount-7)%50 == 0 || (amount+7)%50 == 0) {
		amount++
	}
	return amount
}

// loan returns some loan of a currency.
func (w *recWorld) loan(n *recNight, currency string) *recLoan {
	for {
		l := w.loans[w.Intn(len(w.loans))]
		if l.currency == currency && !l.off && l.night < n.index {
			return l
		}
	}
}

// book makes a loan and its item.
func (w *recWorld) book(n *recNight, currency string, on civil.Date) {
	l := &recLoan{id: w.number("LN-%06d"), currency: currency, principal: 100 * w.amount(), disbursed: on, night: n.index}
	w.loans, n.loans = append(w.loans, l), append(n.loans, l)
	c := w.story("booking")
	x := w.post(n, "booking", l.id, l, on, -l.principal)
	if w.policy.from != civil.None && n.date < w.policy.from {
		w.cases = w.cases[:len(w.cases)-1] // the bank's history begins later
		return
	}
	c.pass = "reference"
	w.line(c, n, c.item(x, ""), "").refer(w, x, 1, 5)
}

// post makes a night book an item.
func (w *recWorld) post(n *recNight, kind, source string, l *recLoan, value civil.Date, amount int64) *recItem {
	w.serial++
	x := &recItem{entry: int64(w.serial), business: n.date, value: value, kind: kind, source: source, loan: l.id, currency: l.currency,
		amount: amount, releasedOn: civil.None}
	n.items = append(n.items, x)
	return x
}

// repay makes a repayment of a loan.
func (w *recWorld) repay(n *recNight, l *recLoan, value civil.Date, amount int64, channel, reference string) *recItem {
	value = max(value, l.disbursed) // else it is held
	r := recRepayment{w.number("RP%07d"), l.id, value, amount, l.currency, channel, reference}
	n.repayments = append(n.repayments, r)
	x := w.post(n, "repayment", r.id, l, value, amount)
	x.channel, x.reference = channel, reference
	return x
}

// adjust makes an adjustment of a loan, which moves cash.
func (w *recWorld) adjust(n *recNight, l *recLoan, a recAdjustment, amount int64) *recItem {
	if a.id == "" {
		a.id = w.number("AD%07d")
	}
	a.loan, a.value = l.id, max(a.value, l.disbursed)
	n.adjustments = append(n.adjustments, a)
	return w.post(n, a.kind, a.id, l, a.value, amount)
}

// value returns a value date of what comes on a night.
func (w *recWorld) value(n *recNight) civil.Date { return n.date - civil.Date(w.Intn(3)) }

// reference returns what a payer may write.
func (w *recWorld) reference() string {
	switch w.Intn(10) {
	case 0:
		return "A" + fmt.Sprint(w.Intn(10)) // too short to be one
	case 1, 2, 3:
		return ""
	}
	return w.number("INV-%07d")
}

// plain returns a channel without a rule.
func (w *recWorld) plain() string { return []string{"", "transfer", "giro"}[w.Intn(3)] }

// words returns a text that names nothing.
func (w *recWorld) words() string {
	all := strings.Fields("instalment payment august thanks loan M&S rate monthly order direct credit of to (net) 1st")
	out := make([]string, 2+w.Intn(4))
	for i := range out {
		out[i] = all[w.Intn(len(all))]
	}
	return strings.Join(out, " ")
}

// line makes the bank's line of an item, and puts it on an account of its currency.
func (w *recWorld) line(c *recCase, n *recNight, x *recItem, kind string) *recLine {
	l := &recLine{style: w.Intn(1000)}
	l.Amount = money64(x.amount)
	l.ValueDate = x.value + civil.Date(w.Intn(3))
	l.BookingDate = max(n.date, l.ValueDate) + civil.Date(w.Intn(2))
	l.Text = w.words()
	for {
		a := w.accounts[w.Intn(len(w.accounts))]
		if a.currency == x.currency {
			a.put(l)
			break
		}
	}
	c.lines, c.lineKinds = append(c.lines, l), append(c.lineKinds, kind)
	return l
}
