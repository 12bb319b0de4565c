package classify

import (
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// EuropePack is the pack whose classes the table finrep_f18 shows, and ForborneHold the hold
// in it that a forborne loan is in.
const (
	EuropePack   = "eu"
	ForborneHold = "forborne"
)

// FactorsMax is the most factors of a backstop.
const FactorsMax = 15

// Supervised says which of a set's packs the tables of supervisors are about; below zero: none.
type Supervised struct {
	Europe   int // of the table finrep_f18
	Forborne int // its hold of that name
	Backstop int // the first pack that has one
	// The packs whose provisions stand for the allowance in these tables: the pack itself, or
	// the one that is posted where it reckons none.
	EuropeAllowance, BackstopAllowance int
}

// Supervise looks the packs of the tables up. posted is the index of the pack that is
// posted, below zero: none.
func Supervise(packs []*Pack, posted int) Supervised {
	allowance := func(of int) int {
		if of < 0 || packs[of].Provision.Method != NoProvision {
			return of
		}
		return posted
	}
	s := Supervised{
		Europe:   slices.IndexFunc(packs, func(p *Pack) bool { return p.Name == EuropePack }),
		Backstop: slices.IndexFunc(packs, func(p *Pack) bool { return len(p.Backstop.Factors) > 0 }),
		Forborne: -1,
	}
	if s.Europe >= 0 {
		s.Forborne = packs[s.Europe].HoldOf(ForborneHold)
	}
	s.EuropeAllowance, s.BackstopAllowance = allowance(s.Europe), allowance(s.Backstop)
	return s
}

// Has reports whether a pack's classes or provisions are in the tables.
func (s *Supervised) Has(pack int) bool {
	return pack >= 0 && (pack == s.Europe || pack == s.Backstop || pack == s.EuropeAllowance || pack == s.BackstopAllowance)
}

// The bands of days past due that finrep_f18 is made of, before performing and
// non-performing loans are told apart.
const (
	UpTo30 = iota
	UpTo90
	UpTo180
	UpToYear
	UpTo2Years
	UpTo5Years
	UpTo7Years
	Over7Years
	Bands // how many there are
)

// BandOf returns the band of a loan's days past due at a close; beyond 180 of them years count
// from the oldest due date that is unpaid.
// Source: regulatory.md, section 8, finrep_f18.
func BandOf(on civil.Date, days int32, oldest civil.Date) uint8 {
	switch {
	case days <= 30:
		return UpTo30
	case days <= 90:
		return UpTo90
	case days <= 180:
		return UpTo180
	}
	for i, months := range [...]int{12, 24, 60, 84} {
		if oldest == civil.None || on <= oldest.Later(months) {
			return uint8(UpToYear + i)
		}
	}
	return Over7Years
}

// Years returns how many of the backstop's factors a loan has reached at a close, by the day
// since which it is non-performing: the last of them counts. It is 0 of a loan that is
// performing, that has reached none, or that the backstop is not for.
// Source: regulatory.md, section 8, backstop.
func (b *Backstop) Years(on, disbursed, since civil.Date) (reached uint8) {
	if since == civil.None || disbursed < b.From {
		return 0
	}
	for i := range b.Factors {
		if on > since.Later(b.Factors[i].Months) {
			reached = uint8(i + 1)
		}
	}
	return reached
}

// Require returns the least coverage of a loan that has reached so many factors, and what of it an
// allowance leaves open. Amounts are minor units.
func (b *Backstop) Require(years uint8, carrying, allowance int64) (required, shortfall int64) {
	if years == 0 {
		return 0, 0
	}
	required = money.MulDiv(carrying, b.Factors[years-1].Factor, 1e9)
	return required, max(0, required-allowance)
}
