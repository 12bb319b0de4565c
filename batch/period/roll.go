package period

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"daybook/ledger"
	"daybook/reports"
)

// A measure is what the roll-forward follows: an account that the loans' own figures add up to.
type measure uint8

const (
	principal measure = iota
	interest
	fees
	penalties
	credit
	suspense
	allowance
	measureCount
	noMeasure
)

// measures says what there is to know of each. Suspense is of no product yet, and provisions
// are posted for all products of a currency together.
var measures = [measureCount]struct {
	name      string
	role      ledger.Role
	sign      int64 // of what is a debit
	byProduct bool
}{
	principal: {"principal", ledger.LoanPrincipal, 1, true},
	interest:  {"interest", ledger.InterestReceivable, 1, true},
	fees:      {"fees", ledger.FeeReceivable, 1, true},
	penalties: {"penalties", ledger.PenaltyReceivable, 1, true},
	credit:    {"credit", ledger.BorrowerCredit, -1, true},
	suspense:  {"suspense", ledger.UnappliedReceipts, -1, false},
	allowance: {"allowance", ledger.Allowance, -1, false},
}

// measureOf is the measure of each account.
var measureOf = func() (of [ledger.Roles]measure) {
	for r := range of {
		of[r] = noMeasure
	}
	for x := range measures {
		of[measures[x].role] = measure(x)
	}
	return of
}()

// A column of the roll-forward is what moved a measure.
type column uint8

const (
	opening column = iota
	booked
	repaid
	accrued
	waived
	chargedOff
	recovered
	reversed
	corrected
	capitalized
	refunded
	held
	released
	provided
	columns
)

var columnNames = [columns]string{
	"opening", "booked", "repaid", "accrued", "waived", "charged_off", "recovered", "reversed", "corrected", "capitalized", "refunded", "held", "released", "provided",
}

// columnsOf are the columns of entries, by kind.
var columnsOf = [ledger.EntryKinds]column{
	ledger.Booking:        booked,
	ledger.Disburse:       booked,
	ledger.Accrual:        accrued,
	ledger.AccrualTotals:  accrued,
	ledger.LateCharge:     accrued,
	ledger.NonAccrual:     accrued,
	ledger.Fee:            accrued,
	ledger.Penalty:        accrued,
	ledger.CreditApplied:  repaid,
	ledger.Repayment:      repaid,
	ledger.Prepay:         repaid,
	ledger.Settle:         repaid,
	ledger.Waiver:         waived,
	ledger.Goodwill:       waived,
	ledger.ChargeOff:      chargedOff,
	ledger.WriteOff:       chargedOff,
	ledger.Recovery:       recovered,
	ledger.Reversal:       reversed,
	ledger.Correction:     corrected,
	ledger.Capitalization: capitalized,
	ledger.Restructure:    capitalized,
	ledger.Pause:          corrected,
	ledger.Chargeback:     refunded,
	ledger.Refund:         refunded,
	ledger.Hold:           held,
	ledger.Release:        released,
	ledger.Provision:      provided,
}

// columnOf is the column of a posting. What a settlement costs is charged with it.
func columnOf(k ledger.EntryKind, p ledger.Posting) column {
	if k == ledger.Settle && p.Role == ledger.FeeReceivable && p.Amount > 0 {
		return accrued
	}
	return columnsOf[k]
}

// A rollRow is one row in minor units.
type rollRow struct {
	currency, product uint16
	measure           measure
	moved             [columns]int64
}

func (r *rollRow) closing() (sum int64) {
	for _, amount := range r.moved {
		sum += amount
	}
	return sum
}

// A TieError says that figures of a package do not tie to the GL: a fault of the program.
// Nothing is stored.
type TieError struct{ What string }

func (e *TieError) Error() string { return "internal error: " + e.What + "; nothing was locked" }

// rows are those of the roll-forward in the order of their keys, held to the GL: what opens and closes is its
// balance in each currency, whatever the journal said in between.
func (m *month) rollRows(s *sums) ([]rollRow, error) {
	byKey := map[rollKey]*rollRow{}
	for k, amount := range s.roll {
		key := rollKey{currency: k.currency, product: k.product, measure: k.measure}
		r := byKey[key]
		if r == nil {
			r = &rollRow{currency: k.currency, product: k.product, measure: k.measure}
			byKey[key] = r
		}
		r.moved[k.column] += amount
	}
	list := make([]rollRow, 0, len(byKey))
	for _, r := range byKey {
		if r.moved != ([columns]int64{}) {
			list = append(list, *r)
		}
	}
	name := func(r *rollRow) string { return m.productName(r.product) }
	slices.SortFunc(list, func(a, b rollRow) int {
		return cmp.Or(cmp.Compare(m.view.Names.Currencies[a.currency], m.view.Names.Currencies[b.currency]), cmp.Compare(name(&a), name(&b)), cmp.Compare(a.measure, b.measure))
	})
	return list, m.rollTies(list)
}

func (m *month) productName(product uint16) string {
	if product == 0 {
		return ""
	}
	return m.view.Names.Products[product-1]
}

// rollTies holds rows to the GL.
func (m *month) rollTies(rows []rollRow) error {
	type key struct {
		currency uint16
		measure  measure
	}
	type ends struct{ opening, closing int64 }
	got, want := map[key]ends{}, map[key]ends{}
	for i := range rows {
		r := &rows[i]
		k := key{r.currency, r.measure}
		x := got[k]
		got[k] = ends{x.opening + r.moved[opening], x.closing + r.closing()}
	}
	for c := range m.view.Names.Currencies {
		for x := range measures {
			first, last := m.nights[m.first].Line(c, measures[x].role), m.nights[m.last].Line(c, measures[x].role)
			k := key{uint16(c), measure(x)}
			if e := (ends{measures[x].sign * first.Opening, measures[x].sign * last.Closing()}); e != (ends{}) || got[k] != (ends{}) {
				want[k] = e
			}
		}
	}
	for k := range maps.Keys(got) {
		if _, ok := want[k]; !ok {
			want[k] = ends{}
		}
	}
	for k, w := range want {
		if g := got[k]; g != w {
			return &TieError{fmt.Sprintf("%s %s rolls from %d to %d, and the GL goes from %d to %d", m.view.Names.Currencies[k.currency], measures[k.measure].name,
				g.opening, g.closing, w.opening, w.closing)}
		}
	}
	return nil
}

// rollForward is the table.
func (m *month) rollForward(rows []rollRow) *reports.Table {
	t := table("roll_forward", word("currency"), word("product"), word("component"))
	for _, name := range columnNames {
		t.Columns = append(t.Columns, m.amount(name))
	}
	t.Columns = append(t.Columns, m.amount("closing"))
	for i := range rows {
		r := &rows[i]
		row := []any{m.view.Names.Currencies[r.currency], orNull(m.productName(r.product)), measures[r.measure].name}
		for _, amount := range r.moved {
			row = append(row, m.units(int(r.currency), amount))
		}
		t.Append(append(row, m.units(int(r.currency), r.closing()))...)
	}
	return t
}
