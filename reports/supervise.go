package reports

import (
	"slices"

	"daybook/aging"
)

// europePack is the pack whose classes the table finrep_f18 shows.
const europePack = "eu"

// bands is how many bands of days past due there are, each of them twice: of loans that are
// not forborne, and of those that are.
const bands = 8

// yearsMax is the most factors of a backstop.
const yearsMax = 15

// f18Band places loans on the book by their band.
var f18Band = coordinate{
	places: func(d *aging.Dictionaries) int { return europe(d)*(2*bands-1) + 1 },
	place: func(b *Builder, f *aging.Facts, to []int32) {
		for i, off := range b.off {
			to[i] = int32(f.Band[i]) - off<<8 // below zero off the book
		}
	},
}

// f18Class places loans by their class under the pack.
var f18Class = coordinate{
	places: func(d *aging.Dictionaries) int {
		if i := europeAt(d); i >= 0 {
			return codePlaces(d, aging.PackClass+aging.Code(i))
		}
		return 1
	},
	place: func(b *Builder, f *aging.Facts, to []int32) {
		if i := europeAt(b.dictionaries); i >= 0 {
			byCode(aging.PackClass+aging.Code(i)).place(b, f, to)
		}
	},
}

// europeAt returns the place of the pack among those of the night, or -1.
func europeAt(d *aging.Dictionaries) int { return slices.Index(d[aging.PackName], europePack) }

// europe is 1 on a night that has the pack.
func europe(d *aging.Dictionaries) int { return min(europeAt(d)+1, 1) }

// backstopYears places loans on the book by how many factors of the backstop they have
// reached, and leaves out those that have reached none.
var backstopYears = coordinate{
	places: func(*aging.Dictionaries) int { return yearsMax },
	place: func(b *Builder, f *aging.Facts, to []int32) {
		for i, off := range b.off {
			to[i] = int32(f.BackstopYears[i]) - 1 - off<<8
		}
	},
}

// together places all loans alike.
var together = coordinate{
	places: func(*aging.Dictionaries) int { return 1 },
	place:  func(_ *Builder, _ *aging.Facts, to []int32) { clear(to) },
}

// A SupervisedChange is loans on the book that the tables of supervisors have in another place
// than their facts say: a class under the pack eu, factors of the backstop that are reached, and
// amounts. Amounts are at the scale of the facts.
type SupervisedChange struct {
	Currency, Band     int
	FromClass, ToClass int
	FromYears, ToYears int
	Loans, Carrying    int64
	Before, After      SupervisedAmounts
}

// SupervisedAmounts are what the tables of supervisors add up of loans.
type SupervisedAmounts struct{ Europe, Backstop, Required, Shortfall int64 }

// Supervise takes loans from one place to another.
func (b *Builder) Supervise(m *SupervisedChange) {
	if b.dictionaries == nil {
		return
	}
	if europeAt(b.dictionaries) >= 0 {
		in := &b.cubes[f18Cube]
		in.add(m.Currency, m.FromClass, m.Band, -m.Loans, map[aging.Amount]int64{aging.Carrying: -m.Carrying, aging.EuropeAllowance: -m.Before.Europe})
		in.add(m.Currency, m.ToClass, m.Band, m.Loans, map[aging.Amount]int64{aging.Carrying: m.Carrying, aging.EuropeAllowance: m.After.Europe})
	}
	in := &b.cubes[backstopCube]
	if m.FromYears > 0 {
		in.add(m.Currency, 0, m.FromYears-1, -m.Loans, map[aging.Amount]int64{
			aging.Carrying: -m.Carrying, aging.BackstopAllowance: -m.Before.Backstop,
			aging.BackstopRequired: -m.Before.Required, aging.BackstopShortfall: -m.Before.Shortfall,
		})
	}
	if m.ToYears > 0 {
		in.add(m.Currency, 0, m.ToYears-1, m.Loans, map[aging.Amount]int64{
			aging.Carrying: m.Carrying, aging.BackstopAllowance: m.After.Backstop,
			aging.BackstopRequired: m.After.Required, aging.BackstopShortfall: m.After.Shortfall,
		})
	}
}

// f18Rows are the rows of finrep_f18 in their order, and the bands that each is of. Of
// performing loans all beyond 30 days are in one: more than 90 they are only where the arrears
// are not material.
var f18Rows = []struct {
	nonPerforming bool
	status, band  string
	from, to      int
}{
	{false, "performing", "0_30", 0, 0},
	{false, "performing", "31_90", 1, bands - 1},
	{true, "non_performing", "unlikely_to_pay", 0, 1},
	{true, "non_performing", "91_180", 2, 2},
	{true, "non_performing", "181d_1y", 3, 3},
	{true, "non_performing", "1_2y", 4, 4},
	{true, "non_performing", "2_5y", 5, 5},
	{true, "non_performing", "5_7y", 6, 6},
	{true, "non_performing", "over_7y", 7, 7},
}

// fillF18 fills in the loans on the book by status and band of days past due under the pack eu.
func fillF18(b *Builder, s *Settings, t *Table) {
	if b.dictionaries == nil || europeAt(b.dictionaries) < 0 {
		return
	}
	in, info := &b.cubes[f18Cube], &s.Packs[europeAt(b.dictionaries)]
	for c, currency := range b.currencies() {
		if b.cubes[bucketCube].onBook(c).loans == 0 {
			continue
		}
		for i := range f18Rows {
			r := &f18Rows[i]
			var all, forborne sums
			for class, bad := range info.NonPerforming {
				for band := r.from; bad == r.nonPerforming && band <= r.to; band++ {
					plain, borne := in.at(c, class, 2*band), in.at(c, class, 2*band+1)
					all.add(&plain)
					all.add(&borne)
					forborne.add(&borne)
				}
			}
			row := []any{currency, r.status, r.band, all.loans, all.amounts[aging.Carrying], forborne.amounts[aging.Carrying], nil}
			if info.Provides || s.Posted > 0 {
				row[6] = all.amounts[aging.EuropeAllowance]
			}
			t.Append(row...)
		}
	}
}

// A BackstopFactor is one of the least coverages of a pack.
type BackstopFactor struct {
	Years  string // as stated, "> 2"
	Factor int64  // billionths
}

// fillBackstop fills in the loans on the book by the factor that they have reached, under the
// first pack that has a backstop.
func fillBackstop(b *Builder, s *Settings, t *Table) {
	at := slices.IndexFunc(s.Packs, func(p PackInfo) bool { return len(p.Backstop) > 0 })
	if at < 0 {
		return
	}
	in := &b.cubes[backstopCube]
	for c, currency := range b.currencies() {
		if b.cubes[bucketCube].onBook(c).loans == 0 {
			continue
		}
		for i, f := range s.Packs[at].Backstop {
			cell := in.at(c, 0, i)
			m := &cell.amounts
			row := []any{currency, f.Years, cell.loans, m[aging.Carrying], ratio(f.Factor, 1_000_000_000), m[aging.BackstopRequired], nil, m[aging.BackstopShortfall]}
			if s.Packs[at].Provides || s.Posted > 0 {
				row[6] = m[aging.BackstopAllowance]
			}
			t.Append(row...)
		}
	}
}
