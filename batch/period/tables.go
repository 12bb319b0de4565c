package period

import (
	"cmp"
	"fmt"
	"slices"

	"daybook/batch/book"
	"daybook/batch/publish"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/reports"
)

func table(name string, columns ...reports.Column) *reports.Table {
	return &reports.Table{Name: name, Columns: columns}
}

func text(name string) reports.Column { return reports.Column{Name: name, Kind: reports.Text} }

func word(name string) reports.Column {
	return reports.Column{Name: name, Kind: reports.Coded, Optional: true}
}

func day(name string) reports.Column { return reports.Column{Name: name, Kind: reports.Date} }

func number(name string) reports.Column { return reports.Column{Name: name, Kind: reports.Number} }

func (m *month) amount(name string) reports.Column {
	return reports.Column{Name: name, Kind: reports.Amount, Digits: m.view.Policy.Scale}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// date is the night that ends the period.
func (m *month) date() civil.Date { return m.nights[m.last].Date }

// units brings minor units of a currency code to the scale of the tables.
func (m *month) units(currency int, amount int64) int64 { return amount * m.view.Rules.Scale[currency] }

// period returns the nights of the period.
func (m *month) period() []*record.Night { return m.nights[m.first : m.last+1] }

// balances are the accounts over the period: what they opened with, their debits and credits.
func (m *month) balances() []reports.Balance {
	var list []reports.Balance
	for c, currency := range m.view.Names.Currencies {
		for r := range ledger.Roles {
			b := reports.Balance{Account: m.view.Policy.Chart[r], Currency: currency}
			known := false
			for i, n := range m.period() {
				at := slices.IndexFunc(n.GL, func(l record.Line) bool { return l.Currency == c && l.Role == r })
				if at < 0 {
					continue
				}
				known = true
				l := &n.GL[at]
				if i == 0 {
					b.Opening = m.units(c, l.Opening)
				}
				b.Debits, b.Credits = book.Sum(b.Debits, m.units(c, l.Debits)), book.Sum(b.Credits, m.units(c, l.Credits))
			}
			if known {
				list = append(list, b)
			}
		}
	}
	return list
}

// glByDay is what each night did to each account.
func (m *month) glByDay() *reports.Table {
	t := table("gl_by_day", day("business_date"), word("account"), word("currency"), m.amount("debits"), m.amount("credits"), m.amount("balance"))
	type row struct {
		account, currency string
		night             *record.Night
		line              record.Line
	}
	var rows []row
	for _, n := range m.period() {
		for _, l := range n.GL {
			rows = append(rows, row{m.view.Policy.Chart[l.Role].Code, m.view.Names.Currencies[l.Currency], n, l})
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.currency, b.currency), cmp.Compare(a.night.Date, b.night.Date))
	})
	for i := range rows {
		r := &rows[i]
		c := r.line.Currency
		t.Append(r.night.Date, r.account, r.currency, m.units(c, r.line.Debits), m.units(c, r.line.Credits), m.units(c, r.line.Closing()))
	}
	return t
}

// tieRoles are the accounts that the night's ties are of, by the ties' names.
var tieRoles = func() map[string]ledger.Role {
	roles := map[string]ledger.Role{}
	for x := range measures {
		roles[measures[x].name] = measures[x].role
	}
	return roles
}()

// A tie is a total of the loans and the balance that it must equal, as the night proved it.
type tie struct {
	currency, measure string
	account           string
	loans, gl         int64 // at the scale of the tables
}

// ties are those of the night that ends the period, of the manifest that the book keeps.
func (m *month) ties() (list []tie, err error) {
	raw, err := book.File(m.view.Book, m.view.Night, publish.ManifestName)
	if err != nil {
		return nil, err
	}
	manifest, err := reports.ParseManifest(raw)
	if err != nil {
		return nil, fmt.Errorf("manifest of %s: %w", m.date(), err)
	}
	for i := range manifest.ControlTotals.Currencies {
		c := &manifest.ControlTotals.Currencies[i]
		for _, t := range c.Ties() {
			role, ok := tieRoles[t.Name]
			if !ok {
				continue // debits and credits are no loans'
			}
			x := tie{currency: c.Currency, measure: t.Name, account: m.view.Policy.Chart[role].Code}
			if x.loans, err = money.ParseDecimal(t.Amount, m.view.Policy.Scale); err == nil {
				x.gl, err = money.ParseDecimal(t.GL, m.view.Policy.Scale)
			}
			if err != nil {
				return nil, fmt.Errorf("manifest of %s: %s: %w", m.date(), t.Name, err)
			}
			list = append(list, x)
		}
	}
	return list, nil
}

// subledgerProof is the table.
func (m *month) subledgerProof(ties []tie) *reports.Table {
	t := table("subledger_proof", word("currency"), word("measure"), m.amount("loans_total"), word("gl_account"), m.amount("gl_balance"), m.amount("difference"),
		reports.Column{Name: "tied", Kind: reports.Bool})
	for i := range ties {
		x := &ties[i]
		t.Append(x.currency, x.measure, x.loans, x.account, x.gl, x.loans-x.gl, x.loans == x.gl)
	}
	return t
}

// priorPeriod is what the period's nights posted to periods that were locked then.
func (m *month) priorPeriod(prior map[priorKey]*priorSum) *reports.Table {
	t := table("prior_period", word("period"), word("account"), word("currency"), m.amount("debits"), m.amount("credits"), number("entries"))
	keys := make([]priorKey, 0, len(prior))
	for k := range prior {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b priorKey) int {
		return cmp.Or(cmp.Compare(a.month, b.month), cmp.Compare(m.view.Policy.Chart[a.role].Code, m.view.Policy.Chart[b.role].Code),
			cmp.Compare(m.view.Names.Currencies[a.currency], m.view.Names.Currencies[b.currency]), cmp.Compare(a.role, b.role))
	})
	for _, k := range keys {
		x, c := prior[k], int(k.currency)
		t.Append(monthOf(k.month), m.view.Policy.Chart[k.role].Code, m.view.Names.Currencies[c], m.units(c, x.debits), m.units(c, x.credits), x.entries)
	}
	return t
}

// monthOf is a day's month, as 2026-11.
func monthOf(d civil.Date) string { return d.String()[:len("2026-11")] }
