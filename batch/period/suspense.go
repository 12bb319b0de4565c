package period

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"daybook/batch/book"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
)

// A heldItem is money that was in suspense at the end of the period.
type heldItem struct {
	loan string // as its payment names it
	record.Held
}

// heldItems are what was in suspense at the end of the period, in the order of their arrival:
// what is held now and came by then, and what left suspense since. They come to the balance of the GL.
func (m *month) heldItems(ctx context.Context, left map[leftKey]int) (list []heldItem, err error) {
	var doubtful []heldItem // that left suspense, perhaps since
	count := 0
	err = m.eachHeld(func(id []byte, h *record.Held) error {
		if count++; count%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if h.ArrivedOn > m.date() {
			return nil
		}
		x := heldItem{string(id), *h}
		if h.By != nil && len(left) == 0 {
			return nil
		}
		x.ID, x.By, x.Refused = bytes.Clone(h.ID), bytes.Clone(h.By), nil
		switch {
		case h.By == nil:
			list = append(list, x)
		case slices.ContainsFunc(x.ways(), func(k leftKey) bool { return left[k] > 0 }):
			doubtful = append(doubtful, x)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	// What its own loan took is known by that loan; an adjustment is known by its id alone.
	slices.SortStableFunc(doubtful, func(a, b heldItem) int { return len(b.ways()[0].loan) - len(a.ways()[0].loan) })
	for i := range doubtful {
		if doubtful[i].take(left) {
			list = append(list, doubtful[i])
		}
	}
	slices.SortFunc(list, func(a, b heldItem) int {
		return cmp.Or(cmp.Compare(a.ArrivedOn, b.ArrivedOn), cmp.Compare(a.loan, b.loan), bytes.Compare(a.ID, b.ID))
	})
	return list, m.heldTies(list)
}

func (m *month) eachHeld(fn func(id []byte, h *record.Held) error) error {
	s, err := m.view.Book.Scan(store.Held, civil.None, 0, store.Partitions)
	if err != nil {
		return err
	}
	defer s.Close()
	var h record.Held
	for s.Next() {
		if err := h.Read(s.Item(), s.Record()); err != nil {
			return fmt.Errorf("suspense, loan %q: %w", s.ID(), err)
		}
		if err := fn(s.ID(), &h); err != nil {
			return err
		}
	}
	return s.Err()
}

// ways are how the journal may tell that an item left suspense: its own loan took it, or an
// adjustment gave it to a loan, or back to its payer.
func (x *heldItem) ways() []leftKey {
	if x.Applied {
		return []leftKey{{loan: x.loan, source: string(x.ID), currency: x.Currency, amount: int64(x.Amount)}}
	}
	return []leftKey{
		{source: string(x.By), currency: x.Currency, amount: int64(x.Amount)},
		{source: string(x.ID), currency: x.Currency, amount: int64(x.Amount), returned: true},
	}
}

// take takes one of the releases since that the item may have left by.
func (x *heldItem) take(left map[leftKey]int) bool {
	for _, k := range x.ways() {
		if left[k] == 0 {
			continue
		}
		left[k]--
		if k.loan != "" { // each release to a loan is noted without it, too
			k.loan = ""
			left[k]--
		}
		return true
	}
	return false
}

// heldTies holds the items to the GL.
func (m *month) heldTies(list []heldItem) error {
	sums := make([]int64, len(m.view.Names.Currencies))
	for i := range list {
		if int(list[i].Currency) >= len(sums) {
			return fmt.Errorf("suspense: currency %d is not in the dictionaries: run verify", list[i].Currency)
		}
		sums[list[i].Currency] = book.Sum(sums[list[i].Currency], int64(list[i].Amount))
	}
	for c, sum := range sums {
		l := m.nights[m.last].Line(c, ledger.UnappliedReceipts)
		if -l.Closing() != sum {
			return &TieError{fmt.Sprintf("%s items in suspense come to %d, and the GL has %d", m.view.Names.Currencies[c], sum, -l.Closing())}
		}
	}
	return nil
}

// suspenseItems is the table.
func (m *month) suspenseItems(list []heldItem) *reports.Table {
	t := table("suspense_items", text("loan_id"), text("repayment_id"), word("currency"), m.amount("amount"), day("value_date"), day("arrived_on"), number("days_held"))
	for i := range list {
		x := &list[i]
		t.Append(x.loan, string(x.ID), m.view.Names.Currencies[x.Currency], m.units(int(x.Currency), int64(x.Amount)), x.ValueDate, x.ArrivedOn, int64(m.date()-x.ArrivedOn))
	}
	return t
}
