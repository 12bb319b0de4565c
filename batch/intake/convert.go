package intake

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"

	"github.com/parquet-go/parquet-go/format"
)

// A conversion turns a leaf's raw values into what a column of the contract
// holds.
type conversion struct {
	field *field
	leaf  *leaf
	scale int
	zone  *zone
}

// convert works in place; values that were bytes and become integers are put
// into ints. A value that cannot be converted is marked with the reason. A float
// that is no number is a null: so pandas writes a value that is missing.
func (c *conversion) convert(v *vector, ints *[]int64, faults *[]loan.Reason, null *[]bool) {
	v.fault = nil
	mark := marker{v, faults}
	if c.leaf.floats() {
		c.nans(v, null)
	}
	if c.field.form == word || c.field.form == note {
		c.texts(v, mark)
		return
	}
	if c.leaf.bytes() {
		v.ints = resize(ints, v.n)
		c.fromBytes(v, mark, null)
		v.data, v.start, v.end = nil, nil, nil
		return
	}
	switch c.field.form {
	case amount:
		c.amounts(v, mark)
	case date:
		c.dates(v, mark)
	default:
		c.others(v, mark)
	}
}

// nans makes nulls, and zeros, of floats that are no number.
func (c *conversion) nans(v *vector, null *[]bool) {
	for i, raw := range v.ints {
		if f, _ := c.leaf.float(raw); f != f {
			v.setNull(i, null)
		}
	}
}

// setNull makes a null of value i, in a buffer where none was null before.
func (v *vector) setNull(i int, null *[]bool) {
	if v.null == nil {
		v.null = resize(null, v.n)
		clear(v.null)
	}
	v.null[i], v.ints[i] = true, 0
}

// A marker notes faults.
type marker struct {
	v      *vector
	faults *[]loan.Reason
}

func (m marker) set(i int, r loan.Reason) {
	if m.v.fault == nil {
		m.v.fault = resize(m.faults, m.v.n)
		clear(m.v.fault)
	}
	m.v.fault[i] = r
}

// put stores value i, or notes its fault.
func (m marker) put(i int, value int64, r loan.Reason) {
	m.v.ints[i] = value
	if r != loan.OK {
		m.set(i, r)
	}
}

func (c *conversion) texts(v *vector, mark marker) {
	longest := uint32(wordMax)
	if c.field.form == note {
		longest = noteMax
	}
	start, end := v.start[:v.n], v.end[:v.n]
	for i := range start {
		s, e := start[i], end[i]
		switch {
		case e-s > longest:
			mark.set(i, loan.TextTooLong)
		case e == s:
			if c.field.required {
				mark.set(i, loan.MissingValue)
			}
		case !valid(v.data[s:e]):
			mark.set(i, loan.NotUTF8)
		}
	}
}

// valid reports whether b is UTF-8. Ids are nearly always ASCII: those are
// looked at eight bytes at a time.
func valid(b []byte) bool {
	const high = 0x8080808080808080
	rest := b
	for ; len(rest) >= 8; rest = rest[8:] {
		if binary.LittleEndian.Uint64(rest)&high != 0 {
			return utf8.Valid(b)
		}
	}
	var or byte
	for _, c := range rest {
		or |= c
	}
	return or < utf8.RuneSelf || utf8.Valid(b)
}

func (c *conversion) amounts(v *vector, mark marker) {
	switch {
	case c.leaf.floats():
		for i, raw := range v.ints {
			f, size := c.leaf.float(raw)
			a, r := amountFloat(f, size, c.scale)
			mark.put(i, a, r)
		}
	case c.leaf.annotation != decimal: // minor units
		for i, a := range v.ints {
			if c.leaf.annotation == unsigned && c.leaf.physical == format.Int32 {
				a = int64(uint32(a))
				v.ints[i] = a
			}
			if a > int64(money.Max) || a < -int64(money.Max) || a < 0 && c.leaf.annotation == unsigned {
				mark.set(i, loan.AmountOverflow)
			}
		}
	case c.leaf.scale <= c.scale:
		times := int64(pow10[c.scale-c.leaf.scale])
		most := int64(money.Max) / times
		for i, a := range v.ints {
			if a > most || a < -most {
				mark.set(i, loan.AmountOverflow)
				a = 0
			}
			v.ints[i] = a * times
		}
	default:
		for i, raw := range v.ints {
			a, r := amountOf(raw, c.leaf.scale, c.scale)
			mark.put(i, a, r)
		}
	}
}

func (c *conversion) dates(v *vector, mark marker) {
	if c.leaf.annotation == day {
		for i, d := range v.ints {
			if d < int64(civil.Min) || d > int64(civil.Max) {
				mark.set(i, loan.DateOutOfRange)
			}
		}
		return
	}
	for i, t := range v.ints {
		d, r := c.zone.dateAt(floorDiv(t, c.leaf.perSecond), c.leaf.local)
		mark.put(i, d, r)
	}
}

// others converts rates, instants and counts.
func (c *conversion) others(v *vector, mark marker) {
	for i, raw := range v.ints {
		var value int64
		var r loan.Reason
		switch c.field.form {
		case rate:
			value, r = c.rate(raw)
		case instant:
			s := floorDiv(raw, c.leaf.perSecond)
			value, r = c.instant(s, (raw-s*c.leaf.perSecond)*(1e9/c.leaf.perSecond))
		case count:
			value, r = c.count(raw)
		}
		mark.put(i, value, r)
	}
}

// instant returns a timestamp's microseconds; one without a zone is what the
// policy's clocks show.
func (c *conversion) instant(second, nanos int64) (int64, loan.Reason) {
	if c.leaf.local && second >= firstSecond && second <= lastSecond {
		second = c.zone.instantOf(second)
	}
	return micros(second, nanos)
}

func (c *conversion) rate(raw int64) (int64, loan.Reason) {
	if c.leaf.floats() {
		return rateFloat(c.leaf.float(raw))
	}
	neg, u := raw < 0, uint64(raw)
	if neg {
		u = -u
	}
	return rate128(neg, 0, u, c.leaf.scale)
}

func (c *conversion) count(raw int64) (int64, loan.Reason) {
	switch {
	case c.leaf.floats():
		if f, _ := c.leaf.float(raw); math.Abs(f) <= 1<<53 && f == math.Trunc(f) {
			return int64(f), loan.OK
		}
		return 0, c.field.bad // infinite too
	case c.leaf.annotation == decimal:
		n, r := amountOf(raw, c.leaf.scale, 0)
		return n, c.countFault(r)
	case c.leaf.annotation == unsigned && c.leaf.physical == format.Int32:
		return int64(uint32(raw)), loan.OK
	case c.leaf.annotation == unsigned && raw < 0: // above 2^63
		return 0, c.field.bad
	}
	return raw, loan.OK
}

func (c *conversion) countFault(r loan.Reason) loan.Reason {
	if r != loan.OK {
		return c.field.bad
	}
	return loan.OK
}

// fromBytes converts decimals, INT96 timestamps, and texts of instants and times
// of day. An empty text of an optional column is a null.
func (c *conversion) fromBytes(v *vector, mark marker, null *[]bool) {
	for i := range v.ints {
		v.ints[i] = 0
		b := v.data[v.start[i]:v.end[i]]
		switch {
		case len(b) > 0:
			value, r := c.valueOf(b)
			mark.put(i, value, r)
		case v.null != nil && v.null[i]:
		case c.field.form == clock:
			v.setNull(i, null)
		default:
			mark.set(i, loan.MissingValue)
		}
	}
}

func (c *conversion) valueOf(b []byte) (int64, loan.Reason) {
	switch {
	case c.leaf.physical == format.Int96 && c.field.form == date:
		seconds, _ := int96(b)
		return c.zone.dateAt(seconds, false)
	case c.leaf.physical == format.Int96:
		return micros(int96(b))
	case c.field.form == instant:
		return instantText(b)
	case c.field.form == clock:
		return clockText(b)
	case c.field.form == rate:
		return rateBytes(b, c.leaf.scale)
	case c.field.form == count:
		n, r := amountBytes(b, c.leaf.scale, 0)
		return n, c.countFault(r)
	}
	return amountBytes(b, c.leaf.scale, c.scale)
}
