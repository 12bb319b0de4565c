package batch

import (
	"daybook/batch/book"
	"daybook/batch/policy"
)

// choosePolicy takes the book's policies, with the one given for this night on,
// and of them the one that holds tonight.
func (n *plan) choosePolicy() (err error) {
	if n.policies, err = book.Policies(n.book); err != nil {
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
