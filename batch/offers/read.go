package offers

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"daybook/ledger/civil"
	"daybook/reports"
)

// A published is a table that a night published, of which some columns were read.
type published struct{ *reports.Table }

func (t published) column(name string) *reports.Column {
	i := slices.IndexFunc(t.Columns, func(c reports.Column) bool { return c.Name == name })
	return &t.Columns[i] // it was asked for
}

func (t published) text(name string, row int) string { return string(t.column(name).Texts.Row(row)) }

func (t published) date(name string, row int) civil.Date { return t.column(name).Days[row] }

// number returns a whole number or an amount; what is null is 0.
func (t published) number(name string, row int) int64 {
	switch c := t.column(name); {
	case c.Null(row):
		return 0
	case c.Kind == reports.Count:
		return int64(c.Counts[row])
	default:
		return c.Ints[row]
	}
}

// kindsOf are the kinds of column that each column must be of.
var kindsOf = map[string][]reports.Kind{
	"offer_id": {reports.Text}, "loan_id": {reports.Text}, "kind": {reports.Text},
	"value_date": {reports.Date}, "valid_until": {reports.Date}, "first_due_on": {reports.Date}, "until": {reports.Date}, "pay_by": {reports.Date},
	"due_on": {reports.Date}, "months": {reports.Count, reports.Number}, "number": {reports.Count, reports.Number},
}

// read reads columns of a table; those that are not listed in kindsOf are amounts.
func read(path string, names ...string) (published, error) {
	t, err := reports.ReadColumns(path, names...)
	if err != nil {
		return published{}, err
	}
	for i := range t.Columns {
		want, known := kindsOf[t.Columns[i].Name]
		if !known {
			want = []reports.Kind{reports.Amount}
		}
		if !slices.Contains(want, t.Columns[i].Kind) {
			return published{}, fmt.Errorf("%s: column %s is of another type", path, t.Columns[i].Name)
		}
	}
	return published{t}, nil
}

// A night is the offers that were taken of those that it published.
type night struct {
	folder     string
	offers     []*offer // in the order of the file
	digits     int      // of amounts
	rateDigits int
}

// readNight reads the offers with some ids.
func readNight(folder string, ids []string) (*night, error) {
	t, err := read(filepath.Join(folder, "queue", "offers.parquet"), "offer_id", "loan_id", "kind", "value_date", "valid_until", "months",
		"first_due_on", "until", "annual_rate", "waived", "forgiven", "pay_amount", "pay_by")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &RefusedError{
			Text: folder + " has no queue/offers.parquet", Hint: "name the folder of a published night, OUT/DATE: it has offers where a hardship task is in its queue", Unknown: true,
		}
	} else if err != nil {
		return nil, err
	}
	n := &night{folder: folder, digits: t.column("waived").Digits, rateDigits: t.column("annual_rate").Digits}
	left := slices.Clone(ids)
	for i := range t.Rows() {
		k := slices.Index(left, t.text("offer_id", i))
		if k < 0 {
			continue
		}
		left = slices.Delete(left, k, k+1)
		n.offers = append(n.offers, &offer{
			id: t.text("offer_id", i), loan: t.text("loan_id", i), kind: t.text("kind", i), valueDate: t.date("value_date", i),
			validUntil: t.date("valid_until", i), months: t.number("months", i), firstDueOn: t.date("first_due_on", i), until: t.date("until", i),
			rate: t.number("annual_rate", i), waived: t.number("waived", i), forgiven: t.number("forgiven", i),
			pay: t.number("pay_amount", i), payBy: t.date("pay_by", i),
		})
	}
	if len(left) > 0 {
		return nil, &RefusedError{
			Text: fmt.Sprintf("%s has no offer %s", folder, strings.Join(left, ", ")), Hint: "offer ids stand in its queue/offers.parquet", Unknown: true,
		}
	}
	if err := n.readLines(); err != nil {
		return nil, err
	}
	return n, n.readOwed()
}

// byID returns the offer with an id, or nil.
func (n *night) byID(id string) *offer {
	i := slices.IndexFunc(n.offers, func(o *offer) bool { return o.id == id })
	if i < 0 {
		return nil
	}
	return n.offers[i]
}

// readLines reads the instalments of the plans.
func (n *night) readLines() error {
	if !slices.ContainsFunc(n.offers, (*offer).plan) {
		return nil
	}
	path := filepath.Join(n.folder, "queue", "offer_installments.parquet")
	t, err := read(path, "offer_id", "number", "due_on", "principal", "interest")
	if err != nil {
		return err
	}
	for i := range t.Rows() {
		if o := n.byID(t.text("offer_id", i)); o != nil && o.plan() {
			o.lines = append(o.lines, line{t.number("number", i), t.date("due_on", i), t.number("principal", i), t.number("interest", i)})
		}
	}
	for _, o := range n.offers {
		slices.SortFunc(o.lines, func(a, b line) int { return int(a.number - b.number) })
		if o.plan() && (len(o.lines) == 0 || int64(len(o.lines)) != o.months) {
			return fmt.Errorf("%s has %d instalments of offer %s, which has %d", path, len(o.lines), o.id, o.months)
		}
	}
	return nil
}

// owedColumns are the columns of the loan tape that say what is owed, by component.
var owedColumns = [components]string{"penalties_outstanding", "fees_outstanding", "interest_outstanding", "principal_outstanding"}

// readOwed reads from the night's loan tape what the loans of settlements owe.
func (n *night) readOwed() error {
	missing := map[string]*offer{}
	for _, o := range n.offers {
		if o.kind == settlement {
			missing[o.loan] = o
		}
	}
	if len(missing) == 0 {
		return nil
	}
	parts, err := filepath.Glob(filepath.Join(n.folder, "loans", "*.parquet"))
	if err != nil {
		return err
	}
	for _, path := range parts {
		if len(missing) == 0 {
			break
		}
		t, err := read(path, append(owedColumns[:], "loan_id")...)
		if err != nil {
			return err
		}
		for i := range t.Rows() {
			o := missing[t.text("loan_id", i)]
			if o == nil {
				continue
			}
			total := int64(0)
			for c, name := range owedColumns {
				o.owed[c] = t.number(name, i)
				total += o.owed[c]
			}
			if digits := t.column(owedColumns[0]).Digits; digits != n.digits || total-o.forgiven != o.pay {
				return fmt.Errorf("offer %s is not of what loan %s owes in %s", o.id, o.loan, path)
			}
			delete(missing, o.loan)
		}
	}
	for id := range missing {
		return fmt.Errorf("the loan tape in %s has no loan %s", n.folder, id)
	}
	return nil
}
