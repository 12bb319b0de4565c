package reconcile

import (
	"bytes"
	"maps"
	"slices"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/match"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// A suggestion is the adjustment that does in the book what a returned line did at the bank: a row of
// an input that the next night takes as it is.
type suggestion struct {
	kind   string // of the adjustment; empty: nothing is suggested
	loan   string
	target string
	choice string
}

// reversalOf takes back what a loan has.
func reversalOf(x *match.Item) suggestion { return suggestion{"reversal", x.LoanID, x.SourceID, ""} }

// releaseOf sends back what is held.
func releaseOf(x *match.Item) suggestion {
	return suggestion{"release", x.LoanID, x.SourceID, loan.Return.String()}
}

// suggestReturns finds what is suggested for each returned line. A payment that its loan has is reversed. Money that is
// still in suspense is released back to its payer; where it was released to a loan, the release is reversed there; and
// where it went back already, there is nothing to do.
func (r *run) suggestReturns() error {
	r.returns = map[int]suggestion{}
	held := map[int][]int{} // lines by the partition of what was held, and left suspense
	for i := range r.match.Lines {
		x := r.returned(i)
		switch {
		case x == nil || x.LoanID == "":
		case !isHold(x):
			r.returns[i] = reversalOf(x)
		case r.isHeld(i, x):
			r.returns[i] = releaseOf(x)
		default:
			q := store.Partition(store.Hash([]byte(x.LoanID)))
			held[q] = append(held[q], i)
		}
	}
	by := map[string][]int{} // lines by the adjustment that released what was held
	for q, lines := range held {
		if err := r.releasedBy(q, lines, by); err != nil {
			return err
		}
	}
	return r.suggestReleased(by)
}

// returned is the item whose money an open line takes back; nil where it takes none.
func (r *run) returned(line int) *match.Item {
	if !r.match.LineIsOpen(line) || r.match.LineBreaks[line].Kind != match.Returned {
		return nil
	}
	return r.partner(line)
}

// isHeld reports whether the money of a hold is in suspense. What earlier runs matched is kept as it was then.
func (r *run) isHeld(line int, x *match.Item) bool {
	if r.match.LineBreaks[line].Past == nil {
		return !x.Released
	}
	return slices.ContainsFunc(r.state.Held, func(h heldLine) bool { return h.SourceID == x.SourceID && h.Currency == x.Currency })
}

// releasedBy reads how the money of a partition's lines left suspense: its own loan took it, which is reversed there, or
// an adjustment released it.
func (r *run) releasedBy(q int, lines []int, by map[string][]int) error {
	s, err := r.book.Scan(store.Held, civil.None, q, q+1)
	if err != nil {
		return err
	}
	defer s.Close()
	for s.Next() {
		for _, line := range lines {
			x := r.returned(line)
			if x.SourceID != string(s.Item()) || x.LoanID != string(s.ID()) {
				continue
			}
			var h record.Held
			if err := h.Read(bytes.Clone(s.Item()), bytes.Clone(s.Record())); err != nil {
				return err
			}
			switch {
			case h.Applied:
				r.returns[line] = reversalOf(x)
			case h.By != nil:
				by[string(h.By)] = append(by[string(h.By)], line)
			default: // what is gone is that of another loan, under the same id
				r.returns[line] = releaseOf(x)
			}
		}
	}
	return s.Err()
}

// suggestReleased finds the loans to which releases went, among the items that there are and were. Releases of two loans
// may have one id and one amount: then nothing is suggested.
func (r *run) suggestReleased(by map[string][]int) error {
	several := map[int]bool{}
	found := func(x *match.Item) {
		if x.Kind != ledger.Release || x.LoanID == "" {
			return // money that went back
		}
		for _, line := range by[x.SourceID] {
			if held := r.returned(line); x.Currency != held.Currency || x.Amount != -held.Amount {
				continue
			}
			known, ok := r.returns[line]
			several[line] = several[line] || ok && known.loan != x.LoanID
			r.returns[line] = reversalOf(x)
		}
	}
	keys, asks := match.NewKeys(1), []uint64(nil)
	for id := range by {
		keys.Each(&match.Item{SourceID: id}, func(ref uint64) { asks = append(asks, ref) })
	}
	slices.Sort(asks)
	past, err := r.past(slices.Compact(asks))
	if err != nil {
		return err
	}
	for _, list := range past {
		for i := range list {
			found(&list[i].Item)
		}
	}
	for _, x := range r.match.Items {
		found(x)
	}
	maps.DeleteFunc(r.returns, func(line int, _ suggestion) bool { return several[line] })
	return nil
}
