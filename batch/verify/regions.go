package verify

import (
	"daybook/batch/book"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/record"
)

// regions holds what untouched loans accrued by region to the entries of the summary, both
// ways, where the night kept it.
func (v *verifier) regions(names *book.Names, d civil.Date) error {
	sums := map[record.RegionKey]money.Amount{}
	kept, err := book.EachRegion(v.b, d, func(k record.RegionKey, amount money.Amount) error {
		if k.Product >= len(names.Products) || k.Currency >= len(names.Currencies) || k.Region >= max(1, len(names.Regions)) {
			v.fault("accruals by region of %s: an amount is of no product, currency or region of the book", d)
		}
		k.Region = 0
		sums[k] += amount
		return nil
	})
	if err != nil || !kept {
		return err
	}
	err = book.EachSummaryEntry(v.b, d, func(_ int, currency uint16, e *ledger.Entry) error {
		product, is := names.SummaryProduct(e)
		if !is {
			return nil
		}
		for _, p := range e.Postings {
			sums[record.RegionKey{Product: product, Currency: int(currency), Kind: e.Kind, Role: p.Role}] -= p.Amount
		}
		return nil
	})
	if err != nil {
		return err
	}
	for k, amount := range sums {
		if amount != 0 {
			v.fault("accruals by region of %s: of product %d they are off by %s from the summary's %s", d, k.Product, amount.Text(0), k.Kind)
		}
	}
	return nil
}
