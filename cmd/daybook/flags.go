package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"daybook/ledger/civil"
)

// A dateFlag is a date such as 2026-11-23. Zero, its default, is no date.
type dateFlag struct{ civil.Date }

func newDateFlag() dateFlag { return dateFlag{civil.None} }

// Set reads the flag's text.
func (f *dateFlag) Set(s string) error {
	d, err := civil.Parse(s)
	if err != nil {
		if strings.Map(digitsAs0, s) == "0000-00-00" {
			return errors.New("the calendar has no such day")
		}
		return errors.New("write it as 2026-11-23")
	}
	f.Date = d
	return nil
}

// digitsAs0 makes each digit 0.
func digitsAs0(c rune) rune {
	if '0' <= c && c <= '9' {
		return '0'
	}
	return c
}

// Type names the value in help texts.
func (f *dateFlag) Type() string { return "date" }

func (f *dateFlag) String() string {
	if f.Date == civil.None {
		return ""
	}
	return f.Date.String()
}

// A sizeFlag is a number of bytes such as 512MiB.
type sizeFlag int64

var sizeUnits = []struct {
	name  string
	bytes float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
	{"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"T", 1 << 40}, {"B", 1},
}

// memoryMin is the least budget that a night can be worked in.
const memoryMin = 64 << 20

// Set reads the flag's text.
func (f *sizeFlag) Set(s string) error {
	number, factor := strings.TrimSpace(s), 1.0
	for _, u := range sizeUnits {
		if n := len(number) - len(u.name); n > 0 && strings.EqualFold(number[n:], u.name) {
			number, factor = strings.TrimSpace(number[:n]), u.bytes
			break
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(v) || v*factor >= math.MaxInt64 {
		return errors.New("write it as 512MiB or 4GiB")
	}
	if v*factor < memoryMin {
		return fmt.Errorf("a night needs at least %s", sizeText(memoryMin))
	}
	*f = sizeFlag(v * factor)
	return nil
}

// Type names the value in help texts.
func (f *sizeFlag) Type() string { return "size" }

func (f *sizeFlag) String() string {
	if *f == 0 {
		return ""
	}
	return sizeText(int64(*f))
}

// sizeText writes a number of bytes in the largest unit that leaves it readable.
func sizeText(bytes int64) string {
	unit, v := "B", float64(bytes)
	for _, u := range sizeUnits[:4] {
		if float64(bytes) >= u.bytes {
			unit, v = u.name, float64(bytes)/u.bytes
		}
	}
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0") + unit
}

// memoryDefault is the budget where none is given.
const memoryDefault = sizeFlag(2 << 30)

// limit makes the garbage collector keep within the budget. An eighth is left
// for what it does not count: stacks, the program itself and its own delay. (To collect less often where the budget is
// ample took a sixth more memory and, since writers use theirs again, no less time.) It collects at half of what is
// in use and not at all of it, unless GOGC says otherwise: memory that is used again is cheaper than new memory, and a quarter less of it is needed.
func (f *sizeFlag) limit() {
	heap := int64(*f) - int64(*f)/8
	askHugePages(heap)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
	debug.SetMemoryLimit(heap)
}
