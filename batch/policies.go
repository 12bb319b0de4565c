package batch

import (
	"fmt"
	"slices"

	"daybook/batch/book"
	"daybook/batch/policy"
	"daybook/batch/publish"
	"daybook/ledger/civil"
)

// choosePolicy takes the book's policies, with the one given for this night on,
// and of them the one that holds tonight.
func (n *plan) choosePolicy() (err error) {
	if n.policies, err = book.Policies(n.book); err != nil {
		return err
	}
	locks, err := book.LoadLocks(n.book)
	if err != nil {
		return err
	}
	n.locked = locks.Through()
	if err := n.guardPeriod(); err != nil {
		return err
	}
	switch {
	case n.o.Policy != nil && n.last == nil:
		n.policies, err = policy.NewSet(n.o.Policy)
	case n.o.Policy != nil:
		n.policies, err = n.policies.With(n.o.Policy, n.o.Date)
	}
	if err != nil {
		return err
	}
	n.policy = n.policies.At(n.o.Date)
	return nil
}

// guardPeriod stops a close with a policy that would take effect in a locked period. One
// that the book has from that day on already changes nothing.
func (n *plan) guardPeriod() error {
	p := n.o.Policy
	if p == nil || n.locked == civil.None || p.EffectiveFrom == civil.None || p.EffectiveFrom > n.locked {
		return nil
	}
	if slices.ContainsFunc(n.policies.Policies(), func(x *policy.Policy) bool { return x.EffectiveFrom == p.EffectiveFrom && x.Digest == p.Digest }) {
		return nil
	}
	return &publish.GuardError{
		Guard: "period", Saw: fmt.Sprintf("policy %q is effective from %s, and days up to %s are locked", p.Name, p.EffectiveFrom, n.locked),
		Hint: "let it take effect from tonight on: leave effective_from out, or name a day to come",
	}
}
