package reports

import "math/big"

// ShareDigits is the scale of shares and rates: 0.024351 is 2.4351 %.
const ShareDigits = 6

// ratio returns a ÷ b as an integer of ShareDigits after the point, rounded
// half-even once; [Null] where b is 0 or the result has no place in a column.
// It is used a few hundred times a night, so big integers cost nothing.
func ratio(a, b int64) int64 {
	return quotient(big.NewInt(a), big.NewInt(b))
}

// quotient is [ratio] of integers of any size.
func quotient(a, b *big.Int) int64 {
	if b.Sign() == 0 {
		return Null
	}
	num, den := new(big.Int).Mul(a, big.NewInt(1_000_000)), new(big.Int).Set(b)
	if den.Sign() < 0 {
		num.Neg(num)
		den.Neg(den)
	}
	q, r := new(big.Int).DivMod(num, den, new(big.Int)) // r ≥ 0
	switch r.Lsh(r, 1).Cmp(den) {
	case 1:
		q.Add(q, big.NewInt(1))
	case 0:
		if q.Bit(0) == 1 {
			q.Add(q, big.NewInt(1))
		}
	}
	if q.BitLen() > 59 { // DECIMAL(18): below 10^18
		return Null
	}
	return q.Int64()
}

func share(name string) Column {
	return Column{Name: name, Kind: Rate, Digits: ShareDigits, Optional: true}
}
