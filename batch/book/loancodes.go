package book

import (
	"context"
	"fmt"
	"slices"

	"daybook/batch/night"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// A LoanCode is the codes of a loan's product and region.
type LoanCode struct{ Product, Region uint16 }

// LoanCodes are those of a partition's loans, in the order of the book.
type LoanCodes struct {
	hashes []uint64
	codes  []LoanCode
	last   []byte              // the last one's id
	alike  map[string]LoanCode // by id, of loans with one hash
}

// LoanCodesOf reads those of a partition.
func LoanCodesOf(ctx context.Context, b *store.Book, q int) (*LoanCodes, error) {
	s, err := b.Scan(store.Loans, civil.None, q, q+1)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	c := &LoanCodes{}
	var l loan.Loan
	for s.Next() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := record.DecodeLoan(s.Record(), &l); err != nil {
			return nil, fmt.Errorf("loan %q: %w", s.ID(), err)
		}
		c.add(s.Hash(), s.ID(), LoanCode{l.Product, l.Region})
	}
	return c, s.Err()
}

// add adds the next loan.
func (c *LoanCodes) add(hash uint64, id []byte, code LoanCode) {
	if n := len(c.hashes); n > 0 && c.hashes[n-1] == hash {
		if c.alike == nil {
			c.alike = map[string]LoanCode{}
		}
		c.alike[string(c.last)], c.alike[string(id)] = c.codes[n-1], code
	}
	c.hashes, c.codes, c.last = append(c.hashes, hash), append(c.codes, code), append(c.last[:0], id...)
}

// Of returns a loan's codes, and whether there is such a loan.
func (c *LoanCodes) Of(id []byte) (code LoanCode, known bool) {
	if code, ok := c.alike[string(id)]; ok {
		return code, true
	}
	i, ok := slices.BinarySearch(c.hashes, store.Hash(id))
	if !ok {
		return LoanCode{}, false
	}
	return c.codes[i], true
}

// SummaryProduct reports whether an entry of no loan is what untouched loans of a product came
// to, and the product's code: -1 where it is none, or none that has one.
func (n *Names) SummaryProduct(e *ledger.Entry) (code int, is bool) {
	if !slices.Contains(night.SummaryKinds[:], e.Kind) {
		return -1, false
	}
	return n.Product(e.Source), true
}
