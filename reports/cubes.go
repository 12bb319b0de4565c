package reports

import (
	"fmt"
	"sync"

	"daybook/aging"
	"daybook/ledger/civil"
)

// A cube of cells over currency and two more coordinates of a loan.
type cube uint8

const (
	bucketCube cube = iota
	classCube
	moveCube
	vintageCube
	productCube
	f18Cube
	backstopCube
	cureCube
	packCubes // of each pack, up to the last
	_
	_
	_
	_
	_
	_
	_
	cubes // how many there are
)

// A cubeRow says what a cube's coordinates are and which amounts its cells add up,
// besides loans; those of a sparse one, rowAmountsMax at most, also add up the total
// at the last close.
type cubeRow struct {
	second, third coordinate
	sparse        bool // most cells have no loan, and loans are spread over many of the others
	amounts       []aging.Amount
	needs         func(d *aging.Dictionaries) int // where it is 0 the cube stays empty; nil: it never does
	pack          int                             // one more than the place of the pack whose it is; 0: of none
}

var cubeTable = [cubes]cubeRow{
	bucketCube: {second: byCode(aging.Bucket), third: offOrOn, amounts: addable},
	classCube: {second: byCode(aging.Classification), third: offOrOn, amounts: []aging.Amount{
		aging.TotalOutstanding, aging.Provision, aging.Provision + 1, aging.Provision + 2, aging.Provision + 3,
		aging.Provision + 4, aging.Provision + 5, aging.Provision + 6, aging.Provision + 7,
	}},
	moveCube: {second: origin, third: destination, sparse: true, amounts: []aging.Amount{aging.TotalOutstanding}},
	vintageCube: {
		second: lentMonth, third: vintageBand, sparse: true,
		amounts: []aging.Amount{aging.Principal, aging.TotalOutstanding, aging.ChargedOff, aging.Recovered},
	},
	productCube: {
		second: byCode(aging.Product), third: lateness,
		amounts: []aging.Amount{aging.TotalOutstanding, aging.Principal, aging.ChargedOff, aging.Recovered},
	},
	f18Cube: {second: f18Class, third: f18Band, sparse: true, amounts: []aging.Amount{aging.Carrying, aging.EuropeAllowance}, needs: europe},
	backstopCube: {second: together, third: backstopYears, sparse: true, amounts: []aging.Amount{
		aging.Carrying, aging.BackstopAllowance, aging.BackstopRequired, aging.BackstopShortfall,
	}, needs: func(d *aging.Dictionaries) int { return len(d[aging.PackName]) }},
	cureCube:  {second: curedMonth, third: curedBucket, sparse: true},
	packCubes: packCube(0), packCubes + 1: packCube(1), packCubes + 2: packCube(2), packCubes + 3: packCube(3),
	packCubes + 4: packCube(4), packCubes + 5: packCube(5), packCubes + 6: packCube(6), packCubes + 7: packCube(7),
}

// addable are the amounts that add up: not the single next instalment and payment.
var addable = []aging.Amount{
	aging.Principal, aging.PrincipalOutstanding, aging.InterestOutstanding, aging.InterestSuspended, aging.FeesOutstanding,
	aging.PenaltiesOutstanding, aging.TotalOutstanding, aging.PastDueAmount, aging.CreditBalance, aging.PrincipalPaid,
	aging.InterestPaid, aging.FeesPaid, aging.PenaltiesPaid, aging.ChargedOff, aging.Recovered,
}

// A coordinate places loans along one side of a cube.
type coordinate struct {
	places func(d *aging.Dictionaries) int
	// place sets the place of each row; below zero, of a third coordinate, leaves the
	// row out of the cube.
	place func(b *Builder, f *aging.Facts, to []int32)
}

// byCode places loans by a coded column; the last place is null's.
func byCode(code aging.Code) coordinate {
	return coordinate{
		places: func(d *aging.Dictionaries) int { return codePlaces(d, code) },
		place: func(b *Builder, f *aging.Facts, to []int32) {
			null := int32(codePlaces(b.dictionaries, code) - 1)
			for i, c := range f.Codes[code] {
				at := int32(c)
				if c == aging.NoCode {
					at = null
				}
				to[i] = at
			}
		},
	}
}

// codePlaces counts the names of a code, and null. The buckets of today and of the
// last close have as many.
func codePlaces(d *aging.Dictionaries, code aging.Code) int {
	if code == aging.Bucket || code == aging.PreviousBucket {
		return max(len(d[aging.Bucket]), len(d[aging.PreviousBucket])) + 1
	}
	return len(d[code]) + 1
}

// offOrOn places loans on the book at 0 and those off it at 1.
var offOrOn = coordinate{
	places: func(*aging.Dictionaries) int { return 2 },
	place:  func(b *Builder, f *aging.Facts, to []int32) { copy(to, b.off) },
}

// origin places a loan by its bucket at the last close and, behind the buckets, one that
// was off the book by then.
var origin = coordinate{
	places: func(d *aging.Dictionaries) int { return returned(d) + 1 },
	place: func(b *Builder, f *aging.Facts, to []int32) {
		byCode(aging.PreviousBucket).place(b, f, to)
		came := int32(returned(b.dictionaries))
		for i, previous := range f.PreviousTotal {
			if previous == aging.WasOff {
				to[i] = came
			}
		}
	},
}

// returned is the place of loans that have come back to the book.
func returned(d *aging.Dictionaries) int { return codePlaces(d, aging.PreviousBucket) }

// destination places a loan by its bucket now, or, behind the buckets, by the status
// with which it has left the book since the last close. One that was off the book by
// then has made no move.
var destination = coordinate{
	places: func(d *aging.Dictionaries) int { return codePlaces(d, aging.Bucket) + len(d[aging.Status]) },
	place: func(b *Builder, f *aging.Facts, to []int32) {
		buckets := int32(codePlaces(b.dictionaries, aging.Bucket))
		now, status, previous := f.Codes[aging.Bucket], f.Codes[aging.Status], f.PreviousTotal
		for i, off := range b.off {
			at, left := int32(now[i]), buckets+int32(status[i])
			if now[i] == aging.NoCode {
				at = buckets - 1
			}
			if previous[i] == 0 || previous[i] == aging.WasOff {
				left = -1
			}
			if off == 1 {
				at = left
			}
			to[i] = at
		}
	},
}

// The places of lateness, as the call report groups loans.
const (
	current = iota
	late30
	late90
	nonAccrual
	offBook
	latenessPlaces // how many there are
)

var lateness = coordinate{
	places: func(*aging.Dictionaries) int { return latenessPlaces },
	place: func(b *Builder, f *aging.Facts, to []int32) {
		days, accrual := f.Counts[aging.DaysPastDue], f.Codes[aging.Accrual]
		byPayments, missed := f.ByPayments, f.Counts[aging.InstallmentsMissed]
		memo := b.nonAccrual
		for i, off := range b.off { // without branches, which would be guessed wrong
			at := int32(current)
			if days[i] >= 30 {
				at = late30
			}
			if byPayments[i] == 1 {
				at = current
				if missed[i] >= 2 {
					at = late30
				}
			}
			if days[i] >= 90 {
				at = late90
			}
			if memo[accrual[i]] {
				at = nonAccrual
			}
			if off == 1 {
				at = offBook
			}
			to[i] = at
		}
	},
}

// vintageBands are days past due below 30, 30 to 59, 60 to 89, from 90, and off the
// book.
const vintageBands = 5

var vintageBand = coordinate{
	places: func(*aging.Dictionaries) int { return vintageBands },
	place: func(b *Builder, f *aging.Facts, to []int32) {
		for i, days := range f.Counts[aging.DaysPastDue] {
			band := int32(min(uint32(max(days, 0))/30, vintageBands-2))
			if b.off[i] == 1 {
				band = vintageBands - 1
			}
			to[i] = band
		}
	},
}

// lentMonth places loans by the month they were disbursed in, from monthsFrom on: a vintage
// is of those lent together, whenever they came into the book.
var lentMonth = coordinate{
	places: func(*aging.Dictionaries) int { return monthsMax },
	place: func(b *Builder, f *aging.Facts, to []int32) {
		for i, lent := range f.Days[aging.DisbursedOn] {
			to[i] = int32(b.monthOf(lent))
		}
	},
}

const monthsMax = 300 * 12

// monthName is a month by its place.
func monthName(m int) string { return fmt.Sprintf("%04d-%02d", 1900+m/12, 1+m%12) }

// monthsFrom is the first day of month 0.
var monthsFrom = civil.Of(1900, 1, 1)

// monthTable is the month of each day since monthsFrom: a constant that is
// quicker looked up than computed, once for each loan.
var monthTable = sync.OnceValue(func() []uint16 {
	var table []uint16
	for m := range monthsMax {
		for range civil.DaysIn(1900+m/12, 1+m%12) {
			table = append(table, uint16(m))
		}
	}
	return table
})

// monthOf returns the month of a date, the first or the last one that there is
// for a date outside.
func (b *Builder) monthOf(d civil.Date) int {
	return int(b.months[min(max(int(d)-int(monthsFrom), 0), len(b.months)-1)])
}
