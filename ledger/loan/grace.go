package loan

import (
	"math/big"

	"daybook/ledger/money"
)

// Grace is what the first instalments of a loan leave out, each a number of instalments.
// New terms of a restructuring have none.
type Grace struct {
	Principal int32 // they pay no principal, and the level payment is that of those after them
	Interest  int32 // their interest falls due with the first instalment after them
	Free      int32 // their periods bear no interest
}

// Parts are the numbers of the grace, in the order of their columns and keys.
func (g *Grace) Parts() [3]*int32 { return [3]*int32{&g.Principal, &g.Interest, &g.Free} }

// Fits reports whether a loan of so many instalments can have the grace: one is left to pay
// what the others leave out.
func (g Grace) Fits(installments int32) bool {
	return g.Principal >= 0 && g.Principal < installments && g.Interest >= 0 && g.Interest < installments &&
		g.Free >= 0 && g.Free <= installments
}

// of reports whether an instalment pays no principal.
func (g Grace) of(no int32) bool { return no > 0 && no <= g.Principal }

// inGrace returns how many of the first of given instalments pay no principal; of all of
// them the last does.
func (t *Terms) inGrace(items []Installment) (n int) {
	for n < len(items)-1 && t.Grace.of(items[n].No) {
		n++
	}
	return n
}

// free reports whether the period of an instalment bears no interest.
func (t *Terms) free(no int32) bool { return no > 0 && no <= t.Grace.Free }

// equalPart is the principal of one of n equal parts beside the interest of its instalment:
// principal/n, rounded to a minor unit, or where instalments are rounded what their sum then
// leaves, at least 0.
func (r Rounding) equalPart(principal money.Amount, n int32, interest money.Amount) money.Amount {
	if r.plain() {
		return money.Amount(money.MulDiv(int64(principal), 1, int64(n)))
	}
	x := big.NewRat(int64(principal), int64(n))
	x.Add(x, new(big.Rat).SetInt64(int64(interest)))
	return max(roundRat(x, r.Mode, max(r.Multiple, 1))-interest, 0)
}

// plain reports whether the rounding is half-even to one minor unit.
func (r Rounding) plain() bool { return r.Mode == HalfEven && r.Multiple <= 1 }

// parts are what of the principal the instalments of a method without a level payment pay in
// equal parts, and how many: after a later tranche the Level is one of them.
func (t *Terms) parts() (whole money.Amount, n int32) {
	if t.Level > 0 {
		return t.Level, 1
	}
	return t.Principal, t.Installments - t.Grace.Principal
}

// RoundedBy sets how the instalments are rounded: by the level payment, where the method
// has one, else each.
func (t *Terms) RoundedBy(a *Annuities, r Rounding) {
	t.Level, t.Rounding = a.Level(t, r), Rounding{}
	if t.Method != Annuity && !r.plain() {
		t.Rounding = r
	}
}
