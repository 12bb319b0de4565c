package batch

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"daybook/batch/policy"
	"daybook/ledger/civil"
)

// A conductPolicy is cards and adjustments that ask for all that is known by borrower.
const conductPolicy = `
format_version: 1
name: conduct
jurisdiction: none
currencies: [EUR, USD]
products:
  default: {}
collections:
  retention_days: 1096
  promises: {grace_days: 2, kept_share: 0.9, tolerance: 0, horizon_days: 60, broken_max: 3}
  segments:
    - {name: high, when: {score: {from: 2500}}, ladder: [{from: 1, channels: [letter], tone: helpful, template: x}]}
    - {name: low, when: {}, ladder: [{from: 1, channels: [letter], tone: helpful, template: x}]}
score:
` + noPoints + `  floor: -100000
  ceiling: 100000
  cards:
    - name: conduct
      base: 100
      attributes:
        - {feature: loans_on_book, bins: [{upto: 0, points: 0}, {upto: 1, points: 1000}, {upto: 2, points: 2000}, {points: 3000}], missing: 9000, reason: loans}
        - {feature: broken_promises_180d, bins: [{upto: 0, points: 400}, {upto: 1, points: 300}, {upto: 2, points: 200}, {points: 100}], missing: 9000, reason: broken}
        - {feature: promise_kept_share, bins: [{upto: 333333, points: 11}, {upto: 499999, points: 22}, {upto: 666666, points: 33}, {upto: 999999, points: 44}, {points: 55}], missing: 5, reason: share}
        - {feature: contacts_unanswered_30d, bins: [{upto: 0, points: 40}, {upto: 1, points: 30}, {upto: 2, points: 20}, {points: 10}], missing: 9000, reason: silence}
  adjustments:
    - {event: broken_promise, points: -150, cap_month: 200, half_life_days: 30}
    - {event: promise_kept, points: 70, cap_month: 100}
`

// A conductLife is what a lender and the borrowers of a model do.
type conductLife struct {
	t        *testing.T
	r        *rand.Rand
	rules    *policy.Policy
	loans    []loanFile
	booked   map[string]civil.Date
	paid     []repaymentFile
	reversed map[string]bool
	contacts []contactRow
	// What has come by a night: the row, and the night that brings it.
	repaymentOn, contactOn, reversalOn map[string]civil.Date
}

type contactRow struct {
	id, borrower, loan, currency, kind, outcome, target string
	on, promised                                        civil.Date
	hour                                                int
	amount                                              int64
}

const conductFirst = 20_480 // 2026-01-27

// newConductLife draws half a year.
func newConductLife(t *testing.T, seed uint64) *conductLife {
	x := &conductLife{
		t: t, r: rand.New(rand.NewPCG(seed, 9)), booked: map[string]civil.Date{}, reversed: map[string]bool{},
		repaymentOn: map[string]civil.Date{}, contactOn: map[string]civil.Date{}, reversalOn: map[string]civil.Date{},
	}
	var err error
	if x.rules, err = policy.Parse([]byte(conductPolicy), "p.yaml"); err != nil {
		t.Fatal(err)
	}
	for i := range 14 {
		f := aLoan(t, fmt.Sprint("L", i), "2026-01-05", "2026-02-05")
		f.BorrowerID, f.Currency = fmt.Sprint("B", i*i%6), []string{"EUR", "EUR", "USD"}[x.r.IntN(3)]
		f.Principal = 500_000
		x.loans = append(x.loans, f)
	}
	for i := range 160 {
		f := x.loans[x.r.IntN(len(x.loans))]
		on := int32(conductFirst + x.r.IntN(165))
		id := fmt.Sprint("P", i)
		x.paid = append(x.paid, repaymentFile{id, f.LoanID, on, int64(1000 * (1 + x.r.IntN(12))), f.Currency})
		x.repaymentOn[id] = x.arrives(civil.Date(on))
		if x.r.IntN(8) == 0 {
			x.reversed[id], x.reversalOn[id] = true, x.repaymentOn[id]+civil.Date(x.r.IntN(30))
		}
	}
	for i := range 150 {
		f := x.loans[x.r.IntN(10)] // one that is there from the first night on
		c := contactRow{id: fmt.Sprint("C", i), borrower: f.BorrowerID, on: civil.Date(conductFirst + x.r.IntN(165)), hour: 2 + x.r.IntN(12)}
		switch x.r.IntN(6) {
		case 0:
			c.kind = "inbound"
		case 1, 2:
			c.kind, c.outcome = "attempt", []string{"no_answer", "unknown_word", "voicemail", "conversation", "undelivered"}[x.r.IntN(5)]
		case 3:
			if i > 10 && x.r.IntN(2) == 0 {
				o := x.contacts[x.r.IntN(len(x.contacts))]
				c.kind, c.target, c.borrower = "void", o.id, o.borrower
				break
			}
			fallthrough
		default:
			c.kind, c.amount, c.promised = "promise", int64(1000*(1+x.r.IntN(15))), c.on+civil.Date(x.r.IntN(14))
			if c.loan = f.LoanID; x.r.IntN(2) == 0 {
				c.loan, c.currency = "", f.Currency
			}
		}
		x.contacts = append(x.contacts, c)
		x.contactOn[c.id] = x.arrives(c.on)
	}
	return x
}

// arrives is the night that brings a row of a day, or the first after it: some are late.
func (x *conductLife) arrives(on civil.Date) civil.Date {
	if x.r.IntN(4) == 0 {
		return on + civil.Date(x.r.IntN(25))
	}
	return on
}

// close closes a night with what has come since the one before.
func (x *conductLife) close(l *lender, last, night civil.Date) {
	in := l.in(night.String())
	if last == civil.None {
		write(x.t, in, "loans-a", x.loans[:10])
	} else if len(x.booked) == 10 {
		write(x.t, in, "loans-a", x.loans[10:])
	}
	for _, f := range x.loans[:min(len(x.loans), 10+4*min(1, len(x.booked)))] {
		if _, is := x.booked[f.LoanID]; !is {
			x.booked[f.LoanID] = night
		}
	}
	comes := func(on civil.Date) bool { return on > last && on <= night }
	var repayments []repaymentFile
	var adjustments []adjustmentFile
	var contacts []cqContactsFile
	for _, p := range x.paid {
		if comes(x.repaymentOn[p.RepaymentID]) {
			repayments = append(repayments, p)
		}
		if x.reversed[p.RepaymentID] && comes(x.reversalOn[p.RepaymentID]) {
			adjustments = append(adjustments, adjustmentFile{AdjustmentID: "R" + p.RepaymentID, LoanID: p.LoanID, Kind: "reversal", ValueDate: int32(x.reversalOn[p.RepaymentID]), TargetID: ptr(p.RepaymentID)})
		}
	}
	for _, c := range x.contacts {
		if !comes(x.contactOn[c.id]) {
			continue
		}
		row := cqContactsFile{ContactID: c.id, BorrowerID: ptr(c.borrower), Kind: c.kind, At: time.Unix(int64(c.on)*86400+int64(c.hour)*3600, 0).UTC()}
		text := func(s string) *string {
			if s == "" {
				return nil
			}
			return ptr(s)
		}
		row.LoanID, row.Currency, row.Outcome, row.Target = text(c.loan), text(c.currency), text(c.outcome), text(c.target)
		if c.kind == "attempt" {
			row.Channel = ptr("call")
		}
		if c.kind == "promise" {
			row.Amount, row.PromisedOn = ptr(c.amount), ptr(int32(c.promised))
		}
		contacts = append(contacts, row)
	}
	write(x.t, in, "repayments-a", repayments)
	write(x.t, in, "adjustments-a", adjustments)
	write(x.t, in, "contacts-a", contacts)
	l.close(night.String())
}

// A conductPromise is one as it stands.
type conductPromise struct {
	contactRow
	deadline civil.Date
	need     int64
	taken    int64
	decided  civil.Date // of a kept one
}

// promises are those of a borrower as they are known on a night, with the money that they took.
func (x *conductLife) promises(borrower string, night civil.Date) (list []*conductPromise) {
	gone := func(id string) bool { return x.isVoid(id, night, map[string]bool{}) }
	for _, c := range x.contacts {
		if c.borrower == borrower && c.kind == "promise" && x.contactOn[c.id] <= night && !gone(c.id) {
			p := x.rules.Collections.Promises
			need := new(big.Rat).Mul(big.NewRat(c.amount, 1), big.NewRat(int64(p.KeptShare), 1_000_000_000))
			whole := new(big.Int).Quo(need.Num(), need.Denom()).Int64()
			if !need.IsInt() {
				whole++
			}
			list = append(list, &conductPromise{contactRow: c, deadline: c.promised + civil.Date(p.GraceDays), need: max(1, whole-int64(p.Tolerance)), decided: civil.None})
		}
	}
	slices.SortFunc(list, func(a, b *conductPromise) int {
		return cmp.Or(cmp.Compare(a.promised, b.promised), cmp.Compare(a.on, b.on), cmp.Compare(a.id, b.id))
	})
	paid := slices.Clone(x.paid)
	slices.SortFunc(paid, func(a, b repaymentFile) int {
		return cmp.Or(cmp.Compare(a.ValueDate, b.ValueDate), cmp.Compare(a.RepaymentID, b.RepaymentID))
	})
	for _, c := range list {
		for i := range paid {
			p := &paid[i]
			isHis := slices.ContainsFunc(x.loans, func(f loanFile) bool { return f.LoanID == p.LoanID && f.BorrowerID == borrower })
			is := isHis && x.repaymentOn[p.RepaymentID] <= night && !(x.reversed[p.RepaymentID] && x.reversalOn[p.RepaymentID] <= night) &&
				civil.Date(p.ValueDate) >= c.on && civil.Date(p.ValueDate) <= c.deadline && (c.loan == p.LoanID || c.loan == "" && c.currency == p.Currency)
			if !is || p.Amount == 0 {
				continue
			}
			some := min(p.Amount, c.amount-c.taken)
			p.Amount -= some
			if c.taken += some; c.taken >= c.need && c.decided == civil.None {
				c.decided = civil.Date(p.ValueDate)
			}
		}
	}
	return list
}

// isVoid reports whether a void that happened names a row.
func (x *conductLife) isVoid(id string, night civil.Date, seen map[string]bool) bool {
	for _, c := range x.contacts {
		if c.kind == "void" && c.target == id && x.contactOn[c.id] <= night && !seen[c.id] {
			seen[c.id] = true
			if !x.isVoid(c.id, night, seen) {
				return true
			}
			delete(seen, c.id)
		}
	}
	return false
}

func (p *conductPromise) status(night civil.Date) string {
	switch {
	case p.taken >= p.need:
		return "kept"
	case night < p.deadline:
		return "open"
	case p.taken > 0:
		return "partly_kept"
	}
	return "broken"
}

// score is a loan's, by hand.
func (x *conductLife) score(f loanFile, onBook map[string]int, night civil.Date) int64 {
	list := x.promises(f.BorrowerID, night)
	broken, kept, decided := 0, 0, 0
	for _, p := range list {
		status := p.status(night)
		if status == "open" || p.promised < night-180 || p.promised > night {
			continue
		}
		decided++
		switch status {
		case "kept":
			kept++
		case "broken":
			broken++
		}
	}
	points := 100 + int64(1000*min(onBook[f.BorrowerID], 3)) + int64(400-100*min(broken, 3)) + int64(40-10*min(x.unanswered(f.BorrowerID, night), 3))
	switch {
	case decided == 0:
		points += 5
	case 3*kept <= decided:
		points += 11
	case 2*kept < decided:
		points += 22
	case 3*kept < 2*decided:
		points += 33
	case kept < decided:
		points += 44
	default:
		points += 55
	}
	var q, used [2]float64 // of broken and kept ones, in millionths: whole, and small enough
	r := math.Round(1e9 * math.Pow(2, -1.0/30))
	for day := x.booked[f.LoanID] + 1; day <= night; day++ {
		if _, _, d := day.Split(); d == 1 {
			used = [2]float64{}
		}
		q[0] = -math.Floor(-q[0] * r / 1e9)
		for _, p := range list {
			if p.loan != "" && p.loan != f.LoanID || p.loan == "" && p.currency != f.Currency {
				continue
			}
			switch status := p.status(night); {
			case status == "broken" && p.deadline == day && used[0] > -200:
				add := max(-150, -200-used[0])
				used[0], q[0] = used[0]+add, q[0]+add*1e6
			case status == "kept" && p.decided == day && used[1] < 100:
				add := min(70, 100-used[1])
				used[1], q[1] = used[1]+add, q[1]+add*1e6
			}
		}
	}
	return points + int64(math.Trunc(q[0]/1e6)) + int64(math.Trunc(q[1]/1e6))
}

// unanswered counts attempts of 30 days after the last conversation.
func (x *conductLife) unanswered(borrower string, night civil.Date) (n int) {
	last := -1
	at := func(c *contactRow) int { return int(c.on)*24 + c.hour }
	for pass := range 2 {
		for i := range x.contacts {
			c := &x.contacts[i]
			if c.borrower != borrower || x.contactOn[c.id] > night || c.on > night || x.isVoid(c.id, night, map[string]bool{}) {
				continue
			}
			talk := c.kind == "inbound" || c.outcome == "conversation" || c.outcome == "unknown_word"
			switch {
			case pass == 0 && talk:
				last = max(last, at(c))
			case pass == 1 && c.kind == "attempt" && at(c) > last && c.on > night-30:
				n++
			}
		}
	}
	return n
}

// compare holds a night's scores to the model.
func (x *conductLife) compare(l *lender, night civil.Date, before map[string]string) map[string]string {
	tape := l.tape(night.String())
	onBook, now := map[string]int{}, map[string]string{}
	for _, row := range tape {
		if row["status"] == "active" {
			onBook[row["borrower_id"]]++
		}
	}
	moved := map[string]string{}
	for _, row := range l.table(night.String(), "score_adjustments/part-0000.parquet") {
		moved[row["loan_id"]] = row["old_score"] + " " + row["new_score"]
	}
	for _, f := range x.loans {
		row := tape[f.LoanID]
		if row == nil {
			continue
		}
		want := fmt.Sprint(x.score(f, onBook, night))
		if row["score"] != want {
			x.t.Errorf("%s, %s: the score is %s, want %s", night, f.LoanID, row["score"], want)
		}
		old, has := before[f.LoanID]
		if !has {
			old = "600"
		}
		delta, _ := strconv.Atoi(row["score_delta"])
		is, _ := strconv.Atoi(row["score"])
		was, _ := strconv.Atoi(old)
		if is-was != delta || (delta != 0) != (moved[f.LoanID] == old+" "+row["score"]) {
			x.t.Errorf("%s, %s: %s after %s, and moved by %s, %q", night, f.LoanID, row["score"], old, row["score_delta"], moved[f.LoanID])
		}
		now[f.LoanID] = row["score"]
	}
	return now
}

// TestScoresOfBorrowers: on each of random nights, with late files, voids and reversals, the scores are
// what the borrowers' promises, contacts and loans make of them, by a model of its own.
func TestScoresOfBorrowers(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		x := newConductLife(t, seed)
		l := newLender(t)
		l.policy(conductPolicy)
		var before map[string]string
		last := civil.Date(civil.None)
		for night := civil.Date(conductFirst); night < conductFirst+175; night += 1 + civil.Date(x.r.IntN(3+int(seed)*9)) {
			x.close(l, last, night)
			l.o.Policy = nil
			before = x.compare(l, night, before)
			if last = night; t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
		verifySilent(t, l)
	}
}
