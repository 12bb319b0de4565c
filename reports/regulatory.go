package reports

import (
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"daybook/aging"
	"daybook/ledger/civil"
)

// Settings is what the regulatory tables need to know beside the facts.
type Settings struct {
	BusinessDate  civil.Date
	NonPerforming []string         // classifications; nil means substandard, doubtful and loss
	Allowance     map[string]int64 // by currency: credit balance of the allowance account
	Borrowers     Borrowers        // nil: the column is null
	Packs         []PackInfo       // in the policy's order
	BaseDate      civil.Date       // of the close that the month's tables compare with; read where the facts have a base
	Posted        int              // one more than the place of the pack whose provisions are posted; 0: none
}

// Borrowers has the number of distinct borrowers by currency and bucket name.
// A builder sees one loan at a time, so it can't know; the borrower-wide pass
// does, and a borrower counts once in each bucket where a loan of his is.
type Borrowers map[string]map[string]int64

func (s *Settings) nonPerforming(class string) bool {
	if s.NonPerforming == nil {
		return class == "substandard" || class == "doubtful" || class == "loss"
	}
	return slices.Contains(s.NonPerforming, class)
}

// none is the name of what carries no code.
const none = "none"

func coded(name string) Column { return Column{Name: name, Kind: Coded} }

func number(name string) Column { return Column{Name: name, Kind: Number} }

// amount is a column of money; its digits are those of the night's facts.
func amount(name string) Column { return Column{Name: name, Kind: Amount} }

func optional(c Column) Column {
	c.Optional = true
	return c
}

// A regulatoryTable is one that facts alone give.
type regulatoryTable struct {
	name    string
	columns []Column
	fill    func(b *Builder, s *Settings, t *Table)
}

// regulatoryTables are in the order in which they are written.
var regulatoryTables = []regulatoryTable{
	{"aging", []Column{
		coded("currency"), coded("bucket"), number("loans"), optional(number("borrowers")), amount("principal"), amount("interest"),
		amount("fees"), amount("penalties"), amount("total"), share("share"), amount("past_due_amount"),
	}, fillAging},
	{"migration", []Column{
		coded("currency"), coded("from"), coded("to"), number("loans"), amount("balance"), amount("balance_now"),
		share("rate_by_count"), share("rate_by_balance"),
	}, fillMigration},
	{"vintage", []Column{
		coded("currency"), coded("booked_month"), {Name: "months_on_book", Kind: Count}, number("loans"), amount("originated"),
		amount("past_due_30"), amount("past_due_60"), amount("past_due_90"), amount("charged_off"), amount("recovered"),
		share("cumulative_loss_rate"),
	}, fillVintage},
	{"classification", []Column{
		coded("currency"), coded("tier"), number("loans"), amount("balance"), share("share"), amount("non_performing"),
		optional(amount("allowance")), share("npl_ratio"), share("coverage"), share("provision_ratio"),
	}, fillClassification},
	{"past_due", []Column{
		coded("currency"), coded("product"), number("loans"), amount("balance"), number("loans_30_89"), amount("past_due_30_89"),
		number("loans_90"), amount("past_due_90"), number("loans_non_accrual"), amount("non_accrual"),
	}, fillPastDue},
	{"charge_offs_and_recoveries", []Column{
		coded("currency"), coded("product"), number("loans"), amount("originated"), amount("charged_off"), amount("recovered"),
		amount("net"), share("net_rate"),
	}, fillChargeOffs},
	{"classification_by_pack", []Column{
		coded("pack"), coded("currency"), coded("class"), number("loans"), amount("balance"), share("share"), amount("non_performing"),
		optional(amount("allowance")), share("npl_ratio"), share("coverage"), share("provision_ratio"), {Name: "illustrative", Kind: Bool},
	}, fillByPack},
	{"rules", []Column{
		coded("pack"), coded("currency"), coded("rule"), coded("class"), coded("cite"), number("loans"), amount("balance"),
	}, fillRules},
	{"migration_month", []Column{
		coded("currency"), baseDate(), coded("from"), coded("to"), number("loans"), amount("balance"), amount("balance_now"),
		share("rate_by_count"), share("rate_by_balance"),
	}, fillMigrationMonth},
	{"roll_rates", []Column{
		coded("currency"), baseDate(), coded("bucket"), number("loans"), amount("balance"), number("rolled_loans"), amount("rolled_balance"),
		share("roll_rate_by_count"), share("roll_rate_by_balance"), share("flow_to_loss"),
	}, fillRollRates},
	{"stage_movement", []Column{
		coded("pack"), coded("currency"), baseDate(), coded("class"), coded("flow"), optional(coded("other_class")), number("loans"),
		amount("gross"), amount("allowance"),
	}, fillStageMovement},
	{"charge_offs_month", []Column{
		coded("currency"), baseDate(), coded("product"), amount("charged_off"), amount("recovered"), amount("net"),
		amount("average_balance"), share("annualised_rate"),
	}, fillChargeOffsMonth},
	{"npa_movement", []Column{
		coded("currency"), baseDate(), amount("opening"), amount("additions"), amount("upgraded"), amount("recovered"), amount("written_off"),
		amount("closing"),
	}, fillNPAMovement},
	{"finrep_f18", []Column{
		coded("currency"), coded("status"), coded("band"), number("loans"), amount("gross"), amount("of_which_forborne"), optional(amount("allowance")),
	}, fillF18},
	{"backstop", []Column{
		coded("currency"), coded("years"), number("loans"), amount("gross"), share("factor"), amount("required"), optional(amount("allowance")),
		amount("shortfall"),
	}, fillBackstop},
}

// Tables returns the regulatory tables that facts alone give, in the order of
// their register.
func (b *Builder) Tables(s *Settings) []*Table {
	list := make([]*Table, len(regulatoryTables))
	for i, r := range regulatoryTables {
		t := &Table{Name: r.name, Columns: slices.Clone(r.columns)}
		for k := range t.Columns {
			if c := &t.Columns[k]; c.Kind == Amount {
				c.Digits = b.scale
			}
		}
		r.fill(b, s, t)
		list[i] = t
	}
	return list
}

// fillAging fills in the loans on the book by bucket. Share is of total outstanding.
func fillAging(b *Builder, s *Settings, t *Table) {
	in := &b.cubes[bucketCube]
	for c, currency := range b.currencies() {
		all := in.onBook(c)
		for k := range in.second {
			cell := in.at(c, k, 0)
			bucket := b.name(aging.Bucket, k, none)
			if cell.loans == 0 && (all.loans == 0 || bucket == none) {
				continue
			}
			var borrowers any
			if s.Borrowers != nil {
				borrowers = s.Borrowers[currency][bucket]
			}
			m := &cell.amounts
			t.Append(currency, bucket, cell.loans, borrowers, m[aging.PrincipalOutstanding], m[aging.InterestOutstanding],
				m[aging.FeesOutstanding], m[aging.PenaltiesOutstanding], m[aging.TotalOutstanding],
				ratio(m[aging.TotalOutstanding], all.amounts[aging.TotalOutstanding]), m[aging.PastDueAmount])
		}
	}
}

// onBook adds up the cells of a currency that are on the book.
func (f *family) onBook(currency int) (all sums) {
	for k := range f.second {
		cell := f.at(currency, k, 0)
		all.add(&cell)
	}
	return all
}

// fillMigration fills in the moves between buckets since the last close, whenever that
// was. Balances are those of the last close, so that a row's rates say what
// became of them; a loan that is new has no balance then, nor one that is returned, as it
// was off the book. A loan that left the book moves to its status, on that night alone.
func fillMigration(b *Builder, _ *Settings, t *Table) {
	in := &b.cubes[moveCube]
	for c, currency := range b.currencies() {
		for from := range in.second {
			var all sums
			for to := range in.third {
				cell := in.at(c, from, to)
				all.add(&cell)
			}
			for to := range in.third {
				cell := in.at(c, from, to)
				if cell.loans == 0 {
					continue
				}
				t.Append(currency, b.origin(from), b.destination(to), cell.loans, cell.previous,
					cell.amounts[aging.TotalOutstanding], ratio(cell.loans, all.loans), ratio(cell.previous, all.previous))
			}
		}
	}
}

// origin names a place of the second coordinate of moves.
func (b *Builder) origin(from int) string {
	if from == returned(b.dictionaries) {
		return "returned"
	}
	return b.name(aging.PreviousBucket, from, "new")
}

// destination names a place of the third coordinate of moves.
func (b *Builder) destination(to int) string {
	if status := to - codePlaces(b.dictionaries, aging.Bucket); status >= 0 {
		return b.dictionaries[aging.Status][status]
	}
	return b.name(aging.Bucket, to, none)
}

// fillVintage fills in the loans by the month they were disbursed in. The amounts 30, 60
// and 90 days past due are outstanding and nested: 60+ is in 30+. The loss
// rate is what was charged off less what was recovered, of what was lent.
func fillVintage(b *Builder, s *Settings, t *Table) {
	in := &b.cubes[vintageCube]
	for c, currency := range b.currencies() { // none on a night without loans
		now := b.monthOf(s.BusinessDate)
		for m := range in.second {
			if !in.has(c, m) {
				continue
			}
			var bands [vintageBands]sums
			var all sums
			for k := range bands {
				bands[k] = in.at(c, m, k)
				all.add(&bands[k])
			}
			late := func(from int) (total int64) {
				for k := from; k < vintageBands-1; k++ {
					total += bands[k].amounts[aging.TotalOutstanding]
				}
				return total
			}
			off, back := all.amounts[aging.ChargedOff], all.amounts[aging.Recovered]
			t.Append(currency, monthName(m), now-m, all.loans, all.amounts[aging.Principal],
				late(1), late(2), late(3), off, back, ratio(off-back, all.amounts[aging.Principal]))
		}
	}
}

// fillClassification fills in the loans on the book by tier, and in a row "total" the
// ratios: non-performing loans of all, allowance of non-performing loans
// (coverage), allowance of all (provision).
func fillClassification(b *Builder, s *Settings, t *Table) {
	in := &b.cubes[classCube]
	if len(b.packs()) > 0 && len(b.dictionaries[aging.Classification]) == 0 {
		return // no pack gives a classification
	}
	for c, currency := range b.currencies() {
		all := in.onBook(c)
		if all.loans == 0 {
			continue
		}
		total, bad := all.amounts[aging.TotalOutstanding], int64(0)
		for k := range in.second {
			cell := in.at(c, k, 0)
			tier := b.name(aging.Classification, k, none)
			if cell.loans == 0 && tier == none {
				continue
			}
			balance, npl := cell.amounts[aging.TotalOutstanding], int64(0)
			if s.nonPerforming(tier) {
				npl = balance
			}
			bad += npl
			var allowance any
			if s.Posted > 0 {
				allowance = cell.amounts[aging.Provision+aging.Amount(s.Posted-1)]
			}
			t.Append(currency, tier, cell.loans, balance, ratio(balance, total), npl, allowance, nil, nil, nil)
		}
		allowance, known := s.Allowance[currency]
		row := []any{currency, "total", all.loans, total, ratio(total, total), bad, nil, ratio(bad, total), nil, nil}
		if known {
			row[6], row[8], row[9] = allowance, ratio(allowance, bad), ratio(allowance, total)
		}
		t.Append(row...)
	}
}

// fillPastDue fills in the loans on the book as the call report's RC-N has them, by
// product: 30 to 89 days and from 90 days past due and accruing, non-accrual.
func fillPastDue(b *Builder, _ *Settings, t *Table) {
	in := &b.cubes[productCube]
	for c, currency := range b.currencies() {
		for p := range in.second {
			var all sums
			for l := range offBook {
				cell := in.at(c, p, l)
				all.add(&cell)
			}
			if all.loans == 0 {
				continue
			}
			row := []any{currency, b.name(aging.Product, p, none), all.loans, all.amounts[aging.TotalOutstanding]}
			for _, l := range []int{late30, late90, nonAccrual} {
				cell := in.at(c, p, l)
				row = append(row, cell.loans, cell.amounts[aging.TotalOutstanding])
			}
			t.Append(row...)
		}
	}
}

// fillChargeOffs fills in what was charged off and recovered over the life of the loans
// in the book, by product, and the net of what was lent.
func fillChargeOffs(b *Builder, _ *Settings, t *Table) {
	in := &b.cubes[productCube]
	for c, currency := range b.currencies() {
		for p := range in.second {
			var all sums
			for l := range latenessPlaces {
				cell := in.at(c, p, l)
				all.add(&cell)
			}
			if all.loans == 0 {
				continue
			}
			off, back, lent := all.amounts[aging.ChargedOff], all.amounts[aging.Recovered], all.amounts[aging.Principal]
			t.Append(currency, b.name(aging.Product, p, none), all.loans, lent, off, back, off-back, ratio(off-back, lent))
		}
	}
}

// WriteRegulatory writes each table of the night of a date to a folder as CSV and as
// Parquet, several at once, since most of the time goes into syncing small files. The
// outputs come in the order of the tables.
func WriteRegulatory(dir string, f *Form, date civil.Date, tables []*Table) ([]Output, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	outputs := make([]Output, 2*len(tables))
	var g errgroup.Group
	g.SetLimit(filesAtOnce)
	for i, t := range tables {
		t = f.Sheet(t.Name, date).Table(t)
		g.Go(Guarded(func() (err error) {
			outputs[2*i], err = WriteCSV(filepath.Join(dir, t.Name+".csv"), t)
			return err
		}))
		g.Go(Guarded(func() (err error) {
			outputs[2*i+1], err = f.WriteParquet(filepath.Join(dir, t.Name+".parquet"), t)
			return err
		}))
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return outputs, nil
}

// filesAtOnce is how many small files are written and synced at once.
const filesAtOnce = 6
