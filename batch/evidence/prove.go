package evidence

import (
	"context"
	"errors"

	"daybook/batch/book"
	"daybook/ledger/civil"
	"daybook/ledger/proof"
	"daybook/ledger/store"
)

// A Request says what is to be proved: one of its fields but the head is set.
type Request struct {
	Entry int64
	Loan  string
	Night civil.Date // civil.None where it is not asked for
	From  []byte     // an earlier head, that this one goes on from it
	// Head is the night whose head the proof is of; civil.None: the last one.
	Head civil.Date
}

// A prover makes proofs in the tree of one head.
type prover struct {
	b      *store.Book
	tree   proof.Tree
	hashes *book.TreeReader
	proof  *proof.Proof
}

// Prove makes the proof of what is asked for. Where the book has not got it, the error is a
// [book.NotFoundError].
func Prove(ctx context.Context, b *store.Book, r Request) (*proof.Proof, error) {
	head, err := Head(b, r.Head)
	if err != nil {
		return nil, err
	}
	h, err := proof.ParseHead(head)
	if err != nil {
		return nil, err
	}
	p := &prover{b: b, tree: h.Tree, proof: &proof.Proof{FormatVersion: proof.FormatVersion, Head: string(head)}}
	if p.hashes, err = book.Hashes(b); err != nil {
		return nil, err
	}
	switch {
	case r.Entry != 0:
		err = p.entry(ctx, r.Entry)
	case r.Loan != "":
		err = p.loan(ctx, r.Loan)
	case r.From != nil:
		err = p.consistency(r.From)
	default:
		err = p.night(ctx, r.Night)
	}
	return p.proof, err
}

// view reads a night that the tree has.
func (p *prover) view(d civil.Date) (*book.View, error) {
	v, err := book.At(p.b, d)
	switch {
	case err != nil:
		return nil, err
	case v.Night.Tree == nil:
		return nil, book.NotFound("%s was closed by %s, before nights had evidence", d, v.Night.Software)
	case v.Night.Tree.Size > p.tree.Size:
		return nil, book.NotFound("%s is after the night of the head", d)
	}
	return v, nil
}

// add adds a leaf of a night to the proof.
func (p *prover) add(index int64, text []byte) error {
	l, err := proof.LeafOf(p.tree, index, text, p.hashes)
	p.proof.Leaves = append(p.proof.Leaves, l)
	return err
}

// page adds the page of a night that has what is looked for.
func (p *prover) page(v *book.View, text []byte) error {
	index, err := p.hashes.Leaf(v.Night.Tree, proof.LeafHash(text))
	if err != nil {
		return mismatch("journal of %s: %v: run verify", v.Night.Date, err)
	}
	return p.add(index, text)
}

func (p *prover) entry(ctx context.Context, id int64) error {
	d, partition, _ := book.SplitEntryID(id)
	if partition > book.SummaryPartition {
		return book.NotFound("there is no entry %d", id)
	}
	v, err := p.view(d)
	if err != nil {
		return err
	}
	p.proof.Kind, p.proof.EntryID, p.proof.BusinessDate = proof.OfEntry, id, d.String()
	_, err = Rebuild(ctx, v, min(partition, store.Partitions), partition+1, func(_ proof.PageID, text []byte) error {
		if !proof.HasEntry(text, id) {
			return nil
		}
		return p.page(v, text)
	})
	if err == nil && len(p.proof.Leaves) == 0 {
		return book.NotFound("%s has no entry %d", d, id)
	}
	return err
}

// loan proves all pages that have entries of a loan, or of money under its id: what was held for it before it was
// booked, or refused later, is in no chain of the loan, so its partition of each night is looked at.
func (p *prover) loan(ctx context.Context, id string) error {
	p.proof.Kind, p.proof.LoanID = proof.OfLoan, id
	nights, err := p.b.Nights()
	if err != nil {
		return err
	}
	partition := store.Partition(store.Hash([]byte(id)))
	for _, d := range nights {
		v, err := p.view(d)
		var none *book.NotFoundError
		if errors.As(err, &none) {
			continue // before evidence, or behind the head
		} else if err != nil {
			return err
		}
		_, err = Rebuild(ctx, v, partition, partition+1, func(_ proof.PageID, text []byte) error {
			if !proof.HasLoan(text, id) {
				return nil
			}
			return p.page(v, text)
		})
		if err != nil {
			return err
		}
	}
	if len(p.proof.Leaves) == 0 {
		return book.NotFound("there is no loan %s that has an entry that the head covers", id)
	}
	return nil
}

// night proves the last leaf of a night.
func (p *prover) night(_ context.Context, d civil.Date) error {
	v, err := p.view(d)
	if err != nil {
		return err
	}
	p.proof.Kind, p.proof.BusinessDate = proof.OfNight, v.Night.Date.String()
	text, _, err := nightLeaf(v)
	if err != nil {
		return err
	}
	return p.add(v.Night.Tree.Size-1, text)
}

// consistency proves that an earlier head is the beginning of this one.
func (p *prover) consistency(from []byte) error {
	old, err := proof.ParseHead(from)
	if err != nil {
		return err
	}
	if old.Size > p.tree.Size {
		return mismatch("the head given has %d leaves, and this one %d", old.Size, p.tree.Size)
	}
	if root, err := proof.RootAt(old.Size, p.hashes); err != nil || root != old.Root {
		return errors.Join(err, mismatch("the head given, of %s with %d leaves, is not the beginning of this book's journals", old.BusinessDate, old.Size))
	}
	p.proof.Kind, p.proof.OldHead = proof.OfConsistency, string(from)
	p.proof.Path, err = proof.Consistency(p.tree, old.Size, p.hashes)
	return err
}
