package book

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"daybook/batch/policy"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// EncodePolicies writes a set as a book keeps it.
func EncodePolicies(s *policy.Set) []byte {
	var list []string
	for _, p := range s.Policies() {
		list = append(list, string(p.Canonical))
	}
	return record.EncodePolicies(list)
}

// PutFiles hands over, with put, the files that policies name and the book has not yet.
func PutFiles(b *store.Book, s *policy.Set, put func(name string, v []byte) error) error {
	for _, p := range s.Policies() {
		for _, f := range p.Files() {
			name := record.MetaFile + hex.EncodeToString(f.Digest[:])
			_, has, err := b.Meta(name)
			if err == nil && !has {
				err = put(name, f.Text)
			}
			if err != nil {
				return fmt.Errorf("the file %q of the policy %q: %w", f.Name, p.Name, err)
			}
		}
	}
	return nil
}

// keptFile returns how a policy that a book keeps finds the files that it names.
func keptFile(b *store.Book) policy.KeptFile {
	return func(digest [sha256.Size]byte) ([]byte, error) {
		text, ok, err := b.Meta(record.MetaFile + hex.EncodeToString(digest[:]))
		if err == nil && !ok {
			err = errors.New("the book does not have it: restore the book from a copy")
		}
		return text, err
	}
}

// Policies returns the policies of a book; the built-in one where there is
// none yet, or no book.
func Policies(b *store.Book) (*policy.Set, error) {
	var src []byte
	var ok bool
	var err error
	if b != nil {
		src, ok, err = b.Meta(record.MetaPolicies)
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
	list, err := record.ParsePolicies(src)
	if err != nil {
		return nil, fmt.Errorf("the policies stored in the book: %w", err)
	}
	policies := make([]*policy.Policy, len(list))
	for i := range list {
		if policies[i], err = policy.ParseKept([]byte(list[i]), "the book's policy", keptFile(b)); err != nil {
			return nil, fmt.Errorf("the policies stored in the book: %w", err)
		}
	}
	return policy.NewSet(policies...)
}

// Policy returns the policy that the book's last night closed with, or that
// the book was made with.
func Policy(b *store.Book) (*policy.Policy, error) {
	s, err := Policies(b)
	if err != nil {
		return nil, err
	}
	last, err := Last(b)
	if err != nil {
		return nil, err
	}
	if last == nil {
		return s.At(civil.Max), nil
	}
	return s.At(last.Date), nil
}
