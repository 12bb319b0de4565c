package record

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"daybook/ledger"
	"daybook/ledger/money"
)

// A RegionKey says of what an amount that untouched loans accrued is: the entries of the
// night's summary have it by product and currency alone.
type RegionKey struct {
	Product, Currency, Region int
	Kind                      ledger.EntryKind
	Role                      ledger.Role
}

// A regionAmount is one of them as JSON has it, in minor units: debit positive.
type regionAmount struct {
	Product  int              `json:"p"`
	Currency int              `json:"c"`
	Region   int              `json:"g"`
	Kind     ledger.EntryKind `json:"k"`
	Role     ledger.Role      `json:"r"`
	Amount   money.Amount     `json:"a"`
}

// regionsMax is how many amounts a piece has: far below what a small value may have.
const regionsMax = 1 << 14

// EncodeRegions writes amounts in pieces, one at least: equal amounts have equal bytes.
func EncodeRegions(amounts map[RegionKey]money.Amount) (pieces [][]byte) {
	list := []regionAmount{}
	for _, k := range slices.SortedFunc(maps.Keys(amounts), compareRegions) {
		if a := amounts[k]; a != 0 {
			list = append(list, regionAmount{k.Product, k.Currency, k.Region, k.Kind, k.Role, a})
		}
		if len(list) == regionsMax {
			pieces = append(pieces, encodeJSON(list))
			list = list[:0]
		}
	}
	if len(list) > 0 || len(pieces) == 0 {
		pieces = append(pieces, encodeJSON(list))
	}
	return pieces
}

func compareRegions(a, b RegionKey) int {
	return cmp.Or(cmp.Compare(a.Product, b.Product), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Region, b.Region),
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Role, b.Role))
}

// ReadRegions calls fn with the amounts of a piece that [EncodeRegions] wrote.
func ReadRegions(piece []byte, fn func(k RegionKey, amount money.Amount) error) error {
	var list []regionAmount
	if err := readJSON(piece, &list); err != nil {
		return err
	}
	for _, x := range list {
		if x.Product < 0 || x.Currency < 0 || x.Region < 0 || x.Kind >= ledger.EntryKinds || x.Role >= ledger.Roles {
			return errors.New("an amount by region is of no product, currency, region, kind or account")
		}
		if err := fn(RegionKey{x.Product, x.Currency, x.Region, x.Kind, x.Role}, x.Amount); err != nil {
			return err
		}
	}
	return nil
}
