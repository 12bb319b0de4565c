package lookup

import (
	"bytes"
	"cmp"
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// A SuspenseView is a payment that fits no loan, and how long it has been held.
type SuspenseView struct {
	LoanID string `json:"loan_id"` // as the payment names it
	HeldView
	Days int32 `json:"days_held"`
}

// Suspense returns all that is held at the last close, the oldest first.
func (r *Reader) Suspense() ([]SuspenseView, error) {
	list := []SuspenseView{}
	err := r.eachHeld(0, store.Partitions, func(loanID []byte, h *record.Held) {
		list = append(list, SuspenseView{string(loanID), r.heldView(h), int32(r.Last() - h.ArrivedOn)})
	})
	slices.SortFunc(list, func(a, b SuspenseView) int {
		return cmp.Or(cmp.Compare(a.ArrivedOn, b.ArrivedOn), cmp.Compare(a.LoanID, b.LoanID), cmp.Compare(a.ID, b.ID))
	})
	return list, err
}

// held returns the payments in suspense under an id.
func (r *Reader) held(id string) ([]HeldView, error) {
	list := []HeldView{}
	q := store.Partition(store.Hash([]byte(id)))
	err := r.eachHeld(q, q+1, func(loanID []byte, h *record.Held) {
		if string(loanID) == id {
			list = append(list, r.heldView(h))
		}
	})
	return list, err
}

func (r *Reader) heldView(h *record.Held) HeldView {
	reason := loan.UnknownLoan.Code()
	if len(h.Refused) > 0 {
		reason = string(h.Refused)
	}
	return HeldView{string(h.ID), r.Text(h.Currency, h.Amount), r.Names.Currencies[h.Currency], h.ValueDate, h.ArrivedOn, reason}
}

// eachHeld calls fn with what is still held in partitions [from, to).
func (r *Reader) eachHeld(from, to int, fn func(loanID []byte, h *record.Held)) error {
	s, err := r.Book.Scan(store.Held, civil.None, from, to)
	if err != nil {
		return err
	}
	defer s.Close()
	for s.Next() {
		var h record.Held
		if err := h.Read(bytes.Clone(s.Item()), bytes.Clone(s.Record())); err != nil {
			return err
		}
		if h.By == nil { // else a mark of what was released
			fn(s.ID(), &h)
		}
	}
	return s.Err()
}
