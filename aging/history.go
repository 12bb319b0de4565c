package aging

import (
	"encoding/binary"
	"slices"

	"daybook/ledger/civil"
)

// History is 24 months of repayment status in half bytes, newest month first,
// as credit bureaux keep it. The newest entry is the current month.
type History [12]byte

// statusChars are the codes by half byte. N paid, 1 (1-30 days) to 7 (over 180),
// C settled, * nothing due yet, / not opened, # unknown, G ended otherwise.
const statusChars = "/N1234567C*#GMDZ"

// The half bytes that the night writes.
const (
	StatusNotOpened  = 0
	StatusNormal     = 1
	statusLate1      = 2 // 1 to 30 days; statusLate1+6 is over 180
	StatusSettled    = 9
	StatusNoneDue    = 10
	StatusUnknown    = 11
	StatusEnded      = 12
	StatusLateOnce   = 13 // late at some close of the month, and not at its last
	StatusGuaranteed = 14 // paid by a guarantor
	StatusAssets     = 15 // settled by assets
)

// StatusLate returns the half byte of a number of days past due above 0: a step
// every 30 days, up to 7 for over 180.
func StatusLate(daysPastDue int32) byte { return byte(statusLate1 + min((daysPastDue-1)/30, 6)) }

// worstOf is the worst code of each byte of a history, and how many of its two months have a
// code of at least 2, 3 and 4: over 30, 60 and 90 days late.
var worstOf = func() (table [256]struct{ first, both, times [3]uint8 }) {
	late := func(x byte) uint8 {
		if x >= statusLate1 && x <= statusLate1+6 {
			return x - statusLate1 + 1
		}
		return 0
	}
	for x := range table {
		first, second := late(byte(x)>>4), late(byte(x)&15)
		table[x].first[0], table[x].both[0] = first, max(first, second)
		for k := range table[x].times {
			for _, code := range [...]uint8{first, second} {
				if int(code) >= k+2 {
					table[x].times[k]++
				}
			}
		}
	}
	return table
}()

// Lateness is the worst code of the newest 3, 6, 12 and 24 months, 1 (1 to 30 days) to 7
// (over 180) or 0, and how many of the 24 were over 30, 60 and 90 days late.
func (h *History) Lateness() (worst [4]int32, times [3]int32) {
	if !h.EverLate() {
		return worst, times // as most loans
	}
	all := uint8(0)
	for i, x := range h {
		t := &worstOf[x]
		if i == 1 {
			worst[0] = int32(max(all, t.first[0])) // the newest three months
		}
		all = max(all, t.both[0])
		switch i {
		case 2:
			worst[1] = int32(all)
		case 5:
			worst[2] = int32(all)
		case 11:
			worst[3] = int32(all)
		}
		for k := range times {
			times[k] += int32(t.times[k])
		}
	}
	return worst, times
}

// EverLate reports whether any month has a code of lateness: half bytes from [StatusLate] of one day to that of over 180.
func (h *History) EverLate() bool {
	x, y := binary.LittleEndian.Uint64(h[:8]), uint64(binary.LittleEndian.Uint32(h[8:]))
	return lateHalves(x)|lateHalves(y) != 0
}

// lateHalves returns a bit for each half byte of 2 to 8, all at once: without the highest bit and with the second or
// third, or with the highest alone.
func lateHalves(x uint64) uint64 {
	const lowest = 0x1111_1111_1111_1111
	b1, b2, b3 := x>>1, x>>2, x>>3
	return (^b3&(b1|b2) | b3&^(b2|b1|x)) & lowest
}

// WasLate reports whether the newest month's status is that of a loan that was late at some
// close of it.
func (h *History) WasLate() bool {
	s := h[0] >> 4
	return s >= statusLate1 && s <= statusLate1+6 || s == StatusLateOnce
}

// BadDebt is the code of a month in which the loan was a bad debt. It stands in place of
// another, since half bytes have no room for it.
const BadDebt = 'B'

// Without returns the history without the months that bits name, the newest from the lowest
// on: what they show is no lateness.
func (h History) Without(months uint32) History {
	if months == 0 {
		return h // as nearly always
	}
	for i := range 2 * len(h) {
		if months>>i&1 != 0 {
			h[i/2] &= 0x0F << (4 * (i % 2))
		}
	}
	return h
}

// Set puts a status into the newest month.
func (h *History) Set(status byte) { h[0] = h[0]&0x0F | status<<4 }

// Months returns how many months [History.Push] opens from one date's to another's.
func Months(from, to civil.Date) int {
	if from == civil.None {
		return 0
	}
	y1, m1, _ := from.Split()
	y2, m2, _ := to.Split()
	return min((y2-y1)*12+m2-m1, 24)
}

// Push moves every month back and opens so many new ones; months that no night closed in
// are unknown.
func (h *History) Push(months int) {
	for i := range months {
		for k := len(h) - 1; k > 0; k-- {
			h[k] = h[k]>>4 | h[k-1]<<4
		}
		h[0] >>= 4
		if i < months-1 {
			h.Set(StatusUnknown)
		}
	}
}

// Append appends the history as 24 characters.
func (h *History) Append(b []byte) []byte {
	n := len(b)
	b = slices.Grow(b, 2*len(h))[:n+2*len(h)]
	for i, x := range h {
		binary.LittleEndian.PutUint16(b[n+2*i:], statusPairs[x])
	}
	return b
}

// statusPairs are the two codes of each byte.
var statusPairs = func() (pairs [256]uint16) {
	for x := range pairs {
		pairs[x] = uint16(statusChars[x>>4]) | uint16(statusChars[x&15])<<8
	}
	return pairs
}()
