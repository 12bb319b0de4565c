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
	StatusNotOpened = 0
	StatusNormal    = 1
	statusLate1     = 2 // 1 to 30 days; statusLate1+6 is over 180
	StatusSettled   = 9
	StatusNoneDue   = 10
	StatusUnknown   = 11
	StatusEnded     = 12
)

// StatusLate returns the half byte of a number of days past due above 0: a step
// every 30 days, up to 7 for over 180.
func StatusLate(daysPastDue int32) byte { return byte(statusLate1 + min((daysPastDue-1)/30, 6)) }

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
