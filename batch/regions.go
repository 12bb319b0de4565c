package batch

import (
	"daybook/batch/book"
	"daybook/batch/night"
	"daybook/ledger"
	"daybook/ledger/money"
	"daybook/ledger/record"
)

// Where the policy has cost centres by region, the book keeps what untouched loans accrued
// by region too, beside the entries that say it by product and currency: an export to a
// general ledger asks for it, and can't tell it from the loans any more.

// addRegion adds what loans of one region accrued.
func (n *posted) addRegion(a *night.Accrued) {
	if !n.rules.ByRegion {
		return
	}
	if n.regions == nil {
		n.regions = map[record.RegionKey]money.Amount{}
	}
	for k, kind := range night.SummaryKinds {
		for role, amount := range a.Totals[k] {
			if amount != 0 {
				n.regions[record.RegionKey{Product: a.Product, Currency: a.Currency, Region: a.Region, Kind: kind, Role: ledger.Role(role)}] += amount
			}
		}
	}
}

// keepRegions writes them into the book.
func (n *posted) keepRegions() error {
	if !n.rules.ByRegion {
		return nil
	}
	for i, piece := range record.EncodeRegions(n.regions) {
		if err := n.build.PutSmall(record.SectionRegions, book.RegionPiece(i), piece); err != nil {
			return err
		}
	}
	return nil
}
