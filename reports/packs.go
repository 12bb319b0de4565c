package reports

import (
	"daybook/aging"
)

// A PackInfo is what the tables need to know of a pack, in the policy's order.
type PackInfo struct {
	Name          string
	NonPerforming []bool   // by class
	Cites         []string // by rule; the last is contagion's
	Provides      bool     // it reckons provisions
	Backstop      []BackstopFactor
	Illustrative  bool // with numbers that are illustrations
}

// pack returns what is known of a pack.
func (s *Settings) pack(i int) *PackInfo {
	if i < len(s.Packs) {
		return &s.Packs[i]
	}
	return new(PackInfo)
}

func (p *PackInfo) isNonPerforming(class int) bool {
	return class < len(p.NonPerforming) && p.NonPerforming[class]
}

func (p *PackInfo) cite(rule int) string {
	if rule < len(p.Cites) {
		return p.Cites[rule]
	}
	return none
}

// packCube returns the cube of a pack: by class and rule, those off the book apart.
func packCube(i int) cubeRow {
	return cubeRow{
		second: byCode(aging.PackClass + aging.Code(i)), third: ruleOnBook(aging.PackRule + aging.Code(i)), pack: i + 1,
		amounts: []aging.Amount{aging.TotalOutstanding, aging.Provision + aging.Amount(i)},
	}
}

// ruleOnBook places loans on the book by a rule, and those off it at the last place.
func ruleOnBook(code aging.Code) coordinate {
	return coordinate{
		places: func(d *aging.Dictionaries) int { return len(d[code]) + 1 },
		place: func(b *Builder, f *aging.Facts, to []int32) {
			off := int32(len(b.dictionaries[code]))
			for i, c := range f.Codes[code] {
				to[i] = int32(c)
				if b.off[i] == 1 || c == aging.NoCode {
					to[i] = off
				}
			}
		},
	}
}

// packs are the names of the night's packs.
func (b *Builder) packs() aging.Dictionary {
	if b.dictionaries == nil {
		return nil
	}
	return b.dictionaries[aging.PackName]
}

// A ClassChange is loans on the book whose class under a pack is another than their facts
// have it: what a borrower's loans make of each other. Amounts are at the scale of the facts.
type ClassChange struct {
	Pack                 int // index among the night's packs
	Currency             int // code
	FromClass, FromRule  int
	ToClass, ToRule      int
	ColumnFrom, ColumnTo int  // codes in the column classification
	IsColumn             bool // the pack gives that column
	Loans                int64
	Total, Suspended     int64
	Before, After        int64 // provided
	Base                 BaseChange
}

// Change takes loans from one class to another.
func (b *Builder) Change(m *ClassChange) {
	if b.dictionaries == nil {
		return
	}
	provision := aging.Provision + aging.Amount(m.Pack)
	in := &b.cubes[int(packCubes)+m.Pack]
	in.add(m.Currency, m.FromClass, m.FromRule, -m.Loans, map[aging.Amount]int64{aging.TotalOutstanding: -m.Total, provision: -m.Before})
	in.add(m.Currency, m.ToClass, m.ToRule, m.Loans, map[aging.Amount]int64{aging.TotalOutstanding: m.Total, provision: m.After})
	in = &b.cubes[classCube]
	loans, total := int64(0), int64(0)
	if m.IsColumn {
		loans, total = m.Loans, m.Total
	}
	in.add(m.Currency, m.ColumnFrom, 0, -loans, map[aging.Amount]int64{aging.TotalOutstanding: -total, provision: -m.Before})
	in.add(m.Currency, m.ColumnTo, 0, loans, map[aging.Amount]int64{aging.TotalOutstanding: total, provision: m.After})
	b.changeFlows(m)
}

// Provided returns what a pack provides for the loans on the book, by code of currency.
func (b *Builder) Provided(pack int) []int64 {
	list := make([]int64, len(b.currencies()))
	in := &b.cubes[int(packCubes)+pack]
	for c := range list {
		for k := range in.second {
			for r := range in.third - 1 {
				cell := in.at(c, k, r)
				list[c] += cell.amounts[aging.Provision+aging.Amount(pack)]
			}
		}
	}
	return list
}

// class adds up a class of a pack on the book.
func (f *family) class(currency, class int) (all sums) {
	for r := range f.third - 1 {
		cell := f.at(currency, class, r)
		all.add(&cell)
	}
	return all
}

// fillByPack fills in the loans on the book by class under each pack, and in a row "total"
// the ratios.
func fillByPack(b *Builder, s *Settings, t *Table) {
	for i, name := range b.packs() {
		in, info := &b.cubes[int(packCubes)+i], s.pack(i)
		provision := aging.Provision + aging.Amount(i)
		for c, currency := range b.currencies() {
			var all sums
			classes := b.dictionaries[aging.PackClass+aging.Code(i)]
			for k := range classes {
				cell := in.class(c, k)
				all.add(&cell)
			}
			if all.loans == 0 {
				continue
			}
			total, bad := all.amounts[aging.TotalOutstanding], int64(0)
			provided := func(s *sums) any {
				if !info.Provides {
					return nil
				}
				return s.amounts[provision]
			}
			for k, class := range classes {
				cell := in.class(c, k)
				balance, npl := cell.amounts[aging.TotalOutstanding], int64(0)
				if info.isNonPerforming(k) {
					npl = balance
				}
				bad += npl
				t.Append(name, currency, class, cell.loans, balance, ratio(balance, total), npl, provided(&cell), nil, nil, nil, truth(info.Illustrative))
			}
			row := []any{name, currency, "total", all.loans, total, ratio(total, total), bad, provided(&all), ratio(bad, total), nil, nil, truth(info.Illustrative)}
			if info.Provides {
				row[9], row[10] = ratio(all.amounts[provision], bad), ratio(all.amounts[provision], total)
			}
			t.Append(row...)
		}
	}
}

// fillRules fills in the loans on the book by the rule that gave them their class.
func fillRules(b *Builder, s *Settings, t *Table) {
	for i, name := range b.packs() {
		in := &b.cubes[int(packCubes)+i]
		for c, currency := range b.currencies() {
			for r, rule := range b.dictionaries[aging.PackRule+aging.Code(i)] {
				for k, class := range b.dictionaries[aging.PackClass+aging.Code(i)] {
					if cell := in.at(c, k, r); cell.loans != 0 {
						t.Append(name, currency, rule, class, s.pack(i).cite(r), cell.loans, cell.amounts[aging.TotalOutstanding])
					}
				}
			}
		}
	}
}

// truth is the number of a yes or no.
func truth(is bool) int64 {
	if is {
		return 1
	}
	return 0
}
