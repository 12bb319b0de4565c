package book

import (
	"fmt"

	"daybook/aging"
	"daybook/aging/classify"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/store"
)

// Bond returns what a loan's borrower's loans make of each other, as the last night left it.
func (v *View) Bond(l *loan.Loan) (b classify.Bond, err error) {
	id := l.Debtor()
	rec, ok, err := v.Book.Find(store.Bonds, id)
	if err != nil || !ok {
		return b, err
	}
	if b, err = classify.ReadBond(rec); err != nil {
		return b, fmt.Errorf("bond of borrower %q: %w: run verify", id, err)
	}
	return b, v.checkBond(id, &b)
}

// checkBond refuses a bond of packs, classes or rules that the night's policy has not got.
func (v *View) checkBond(id []byte, b *classify.Bond) error {
	for i := range b.Overrides {
		o := &b.Overrides[i]
		if int(o.Pack) >= len(v.Policy.Packs) || int(o.Class) >= len(v.Policy.Packs[o.Pack].Classes) || int(o.Rule) >= len(v.Policy.Packs[o.Pack].Rules()) {
			return fmt.Errorf("bond of borrower %q: it names pack %d, class %d, rule %d, which the policy lacks: run verify", id, o.Pack, o.Class, o.Rule)
		}
	}
	return nil
}

// EachOverride calls fn with what borrowers' loans make of single ones.
func (v *View) EachOverride(fn func(o classify.Override)) error {
	s, err := v.Book.Scan(store.Bonds, civil.None, 0, store.Partitions)
	if err != nil {
		return err
	}
	defer s.Close()
	for s.Next() {
		b, err := classify.ReadBond(s.Record())
		if err != nil {
			return fmt.Errorf("bond of borrower %q: %w: run verify", s.ID(), err)
		}
		if err := v.checkBond(s.ID(), &b); err != nil {
			return err
		}
		for i := range b.Overrides {
			fn(b.Overrides[i])
		}
	}
	return s.Err()
}

// Override sets in a row of facts what a borrower's loans make of the loan.
func (v *View) Override(f *aging.Facts, row int, o *classify.Override) {
	pack := int(o.Pack)
	scale := v.Rules.Scale[f.Codes[aging.Currency][row]]
	f.Codes[int(aging.PackClass)+pack][row], f.Codes[int(aging.PackRule)+pack][row] = uint16(o.Class), uint16(o.Rule)
	f.Days[int(aging.NonPerformingSince)+pack][row] = o.Since
	f.Amounts[int(aging.Provision)+pack][row] = o.Provision * scale
	switch pack {
	case classify.Filling(v.Policy.Packs, classify.FillsClassification):
		f.Codes[aging.Classification][row] = uint16(o.Class)
	case classify.Filling(v.Policy.Packs, classify.FillsStage):
		f.Codes[aging.Stage][row] = uint16(o.Class)
	}
}
