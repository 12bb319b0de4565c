package batch

import (
	"encoding/json"
	"fmt"

	"daybook/batch/policy"
	"daybook/ledger/civil"
	"daybook/ledger/store"
)

// policyMeta is the book's metadata that holds its policies: a JSON list of
// documents, each by the date from which it holds.
const policyMeta = "policies"

// encodePolicies writes a set as a book keeps it.
func encodePolicies(s *policy.Set) []byte {
	var list []string
	for _, p := range s.Policies() {
		list = append(list, string(p.Canonical))
	}
	b, err := json.Marshal(list)
	if err != nil {
		panic("batch: internal error: " + err.Error())
	}
	return b
}

// bookPolicies returns the policies of a book; the built-in one where there is
// none yet, or no book.
func bookPolicies(b *store.Book) (*policy.Set, error) {
	var src []byte
	var ok bool
	var err error
	if b != nil {
		src, ok, err = b.Meta(policyMeta)
	}
	if err != nil {
		return nil, err
	}
	if !ok {
		p, err := policy.Builtin(policy.Default)
		if err != nil {
			return nil, err
		}
		return policy.NewSet(p)
	}
	var list []string
	if err := json.Unmarshal(src, &list); err != nil {
		return nil, fmt.Errorf("the policies stored in the book: %w", err)
	}
	policies := make([]*policy.Policy, len(list))
	for i := range list {
		if policies[i], err = policy.Parse([]byte(list[i]), "the book's policy"); err != nil {
			return nil, fmt.Errorf("the policies stored in the book: %w", err)
		}
	}
	return policy.NewSet(policies...)
}

// bookPolicy returns the policy that the book's last night closed with, or that
// the book was made with.
func bookPolicy(b *store.Book) (*policy.Policy, error) {
	s, err := bookPolicies(b)
	if err != nil {
		return nil, err
	}
	last, err := lastRecord(b)
	if err != nil {
		return nil, err
	}
	if last == nil {
		return s.At(civil.Max), nil
	}
	return s.At(last.Date), nil
}

// choosePolicy takes the book's policies, with the one given for this night on,
// and of them the one that holds tonight.
func (n *closing) choosePolicy() (err error) {
	if n.policies, err = bookPolicies(n.book); err != nil {
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
