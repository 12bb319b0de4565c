package period

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"daybook/batch/policy"
	"daybook/batch/reconcile"
	"daybook/batch/verify"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/reports"
)

// faultsMax is how many faults a check lists.
const faultsMax = 20

// A checking is one check under way.
type checking struct{ record.Check }

func newCheck(name string) *checking {
	return &checking{record.Check{Name: name, Result: record.Passed, Figures: map[string]string{}, Faults: []string{}}}
}

func (c *checking) count(name string, n int64) { c.Figures[name] = strconv.FormatInt(n, 10) }

func (c *checking) fail(format string, args ...any) {
	c.Result = record.Failed
	if len(c.Faults) < faultsMax {
		c.Faults = append(c.Faults, fmt.Sprintf(format, args...))
	}
}

// A prover makes one check.
type prover func(ctx context.Context) (*checking, error)

// prove checks all that a lock asks for, the book itself before what it says. Every check is
// made, whatever the others say.
func (r *run) prove(ctx context.Context) (err error) {
	if err := r.check(ctx, r.verified, r.published); err != nil {
		return err
	}
	if r.figures, err = r.month.figures(ctx); err != nil {
		return err
	}
	return r.check(ctx, r.trialBalance, r.subledger, r.reconciled, r.suspenseLimit, r.breakLimit)
}

func (r *run) check(ctx context.Context, checks ...prover) error {
	for _, check := range checks {
		c, err := check(ctx)
		if err != nil {
			return err
		}
		r.lock.Checks = append(r.lock.Checks, c.Check)
	}
	return nil
}

// verified proves the book from the bytes on disk, the nights since among them: what they
// are built on is this period.
func (r *run) verified(ctx context.Context) (*checking, error) {
	c := newCheck("verified")
	v, err := verify.Book(ctx, r.book, r.o.Workers)
	if err != nil {
		return nil, err
	}
	c.count("nights", int64(v.Nights))
	c.count("loans", v.Loans)
	c.count("entries", v.Entries)
	c.count("postings", v.Postings)
	c.count("faults", int64(len(v.Faults)))
	for _, f := range v.Faults {
		c.fail("%s", f)
	}
	return c, nil
}

// published proves that the nights up to the date are published as the book did. Those of
// earlier periods may lie elsewhere, if all before the first one that is there do.
func (r *run) published(ctx context.Context) (*checking, error) {
	c := newCheck("published")
	v, err := verify.PublishedTo(ctx, r.book, r.o.Out, r.o.Through, r.o.Workers)
	if err != nil {
		return nil, err
	}
	c.count("nights", int64(v.Nights))
	c.count("nights_elsewhere", int64(v.Absent))
	c.count("files", int64(v.Files))
	for _, f := range v.Faults {
		c.fail("%s", f)
	}
	if v.Nights > 0 && v.Absent > r.month.first {
		c.fail("%d nights of the period are not published in %s", v.Absent-r.month.first, r.o.Out)
	}
	return c, nil
}

// trialBalance proves that debits are credits, in each currency.
func (r *run) trialBalance(context.Context) (*checking, error) {
	c := newCheck("trial_balance")
	type sum struct{ opening, debits, credits int64 }
	sums := map[string]*sum{}
	for _, b := range r.balances {
		s := sums[b.Currency]
		if s == nil {
			s = &sum{}
			sums[b.Currency] = s
		}
		s.opening, s.debits, s.credits = s.opening+b.Opening, s.debits+b.Debits, s.credits+b.Credits
	}
	for _, currency := range slices.Sorted(maps.Keys(sums)) {
		s := sums[currency]
		c.Figures["debits_"+currency], c.Figures["credits_"+currency] = r.money(s.debits, currency), r.money(s.credits, currency)
		if s.debits != s.credits {
			c.fail("%s: debits of %s, credits of %s", currency, r.money(s.debits, currency), r.money(s.credits, currency))
		}
		if s.opening != 0 {
			c.fail("%s: the period opens out of balance by %s", currency, r.money(s.opening, currency))
		}
	}
	return c, nil
}

func (r *run) money(amount int64, currency string) string {
	return reports.Money(amount, r.month.view.Policy.Scale, currency)
}

// subledger proves that the loans add up to the GL, as the night that ends the period proved it.
func (r *run) subledger(context.Context) (*checking, error) {
	c := newCheck("subledger")
	c.count("totals", int64(len(r.ties)))
	for i := range r.ties {
		if t := &r.ties[i]; t.loans != t.gl {
			c.fail("%s %s: the loans have %s, account %s has %s", t.currency, t.measure, r.money(t.loans, t.currency), t.account, r.money(t.gl, t.currency))
		}
	}
	return c, nil
}

// reconciled proves that bank and book are tied at the date, where the policy asks for it,
// and finds the reconciliation that the package has.
func (r *run) reconciled(context.Context) (*checking, error) {
	c := newCheck("reconciled")
	if !r.month.view.Policy.Reconciliation.Stated {
		c.Result = record.NotAsked
		return c, nil
	}
	last, err := reconcile.Last(r.book)
	if err != nil {
		return nil, err
	}
	if last == civil.None {
		c.fail("the book was never reconciled")
		return c, nil
	}
	c.Figures["last_reconciled"] = last.String()
	why := ""
	for i := r.month.last; i >= r.month.first && r.bank == nil; i-- {
		n := r.month.nights[i]
		if n.Date > last {
			continue
		}
		p, no, err := reconcile.Open(r.o.Out, n.Date, r.bookID)
		if err != nil {
			return nil, err
		}
		if p != nil && p.Root != n.Root {
			p, no = nil, fmt.Sprintf("%s is of another journal than the book's", p.Folder)
		}
		if r.bank = p; i == r.month.last {
			why = no
		}
	}
	if r.bank != nil {
		r.lock.Reconciled = r.bank.Date
		c.Figures["reconciled"], c.Figures["manifest_sha256"] = r.bank.Date.String(), r.bank.Manifest
		for _, currency := range r.bank.Untied() {
			c.fail("%s: bank and book are not tied", currency)
		}
	}
	switch {
	case r.bank != nil && r.bank.Date == r.o.Through:
	case last < r.o.Through:
		c.fail("the last reconciliation is of %s, before %s", last, r.o.Through)
	default:
		c.fail("%s", why)
	}
	return c, nil
}

// suspenseLimit holds what is in suspense to the policy's limit.
func (r *run) suspenseLimit(context.Context) (*checking, error) {
	c := newCheck("suspense")
	items, amounts := map[string]int64{}, map[string]int64{}
	for i := range r.held {
		currency := r.month.view.Names.Currencies[r.held[i].Currency]
		items[currency]++
		amounts[currency] += r.month.units(int(r.held[i].Currency), int64(r.held[i].Amount))
	}
	r.limit(c, &r.month.view.Policy.Period.Suspense, items, amounts, r.month.view.Policy.Scale)
	return c, nil
}

// breakLimit holds the breaks of the reconciliation to the policy's limit.
func (r *run) breakLimit(ctx context.Context) (*checking, error) {
	c := newCheck("breaks")
	limit := &r.month.view.Policy.Period.Breaks
	switch {
	case !r.month.view.Policy.Reconciliation.Stated:
		c.Result = record.NotAsked
		return c, nil
	case r.bank == nil || r.bank.Date != r.o.Through:
		if *limit == policy.NoLimit() {
			c.Result = record.NotAsked
		} else {
			c.fail("there is no reconciliation of %s to count them in", r.o.Through)
		}
		return c, nil
	}
	items, amounts, scale, err := r.bank.Breaks(ctx)
	if err != nil {
		return nil, err
	}
	r.limit(c, limit, items, amounts, scale)
	return c, nil
}

// limit holds counts and amounts by currency to a limit; one of which there is none is not asked.
func (r *run) limit(c *checking, limit *policy.Limit, items, amounts map[string]int64, scale int) {
	var all int64
	for _, currency := range slices.Sorted(maps.Keys(items)) {
		all += items[currency]
		amount := reports.Money(amounts[currency], scale, currency)
		c.count("items_"+currency, items[currency])
		c.Figures["amount_"+currency] = amount
		if limit.Amount < 0 {
			continue
		}
		digits, _ := money.Digits(currency)
		if most := limit.Amount.In(digits); amounts[currency] > int64(most)*money.Pow10(max(scale-digits, 0)) {
			c.fail("%s %s, period.limits.%s allows %s", amount, currency, c.Name, most.Text(digits))
		}
	}
	c.count("items", all)
	if limit.Items >= 0 && all > limit.Items {
		c.fail("%d items, period.limits.%s allows %d", all, c.Name, limit.Items)
	}
	if *limit == policy.NoLimit() {
		c.Result = record.NotAsked
	}
}
