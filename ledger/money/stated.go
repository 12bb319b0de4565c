package money

// A Stated amount is one as a file states it: in minor units of its own currency, or
// in units of a scale that all currencies share, of which one minor unit has a number
// that follows from the currency.
type Stated struct {
	Value int64
	Minor bool // in minor units
}

// A Misfit says why a stated amount is none of its currency.
type Misfit uint8

// The misfits. Fits is none.
const (
	Fits       Misfit = iota
	TooPrecise        // no whole minor unit
	TooLarge          // above [Max] in units of the shared scale
)

// Units returns the amount in minor units, of which each has scale units of the
// shared scale; scale is above zero. What is too large comes all the same; what is
// too precise is zero.
func (s Stated) Units(scale int64) (Amount, Misfit) {
	units := s.Value
	if !s.Minor {
		if units%scale != 0 {
			return 0, TooPrecise
		}
		units /= scale
	}
	if units > int64(Max)/scale {
		return Amount(units), TooLarge
	}
	return Amount(units), Fits
}

// AtScale returns the amount in units of the shared scale.
func (s Stated) AtScale(scale int64) int64 {
	if s.Minor {
		return s.Value * scale
	}
	return s.Value
}
