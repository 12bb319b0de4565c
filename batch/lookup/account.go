package lookup

import (
	"strings"

	"daybook/batch/book"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/reports"
)

// Balances returns the trial balance of a night: the accounts with their
// opening, the night's debits and credits, and so their closing, in units of the
// policy's scale.
func (r *Reader) Balances(d civil.Date) ([]reports.Balance, error) {
	if err := r.CheckNight(d); err != nil {
		return nil, err
	}
	rec, err := book.Night(r.Book, d)
	if err != nil {
		return nil, err
	}
	var list []reports.Balance
	for _, l := range rec.GL {
		m := r.Rules.Scale[l.Currency]
		list = append(list, reports.Balance{
			Account: r.Policy.Chart[l.Role], Currency: r.Names.Currencies[l.Currency],
			Opening: l.Opening * m, Debits: l.Debits * m, Credits: l.Credits * m,
		})
	}
	return list, nil
}

// An AccountView is one account over the book's nights.
type AccountView struct {
	Code     string         `json:"account"`
	Name     string         `json:"name"`
	Type     string         `json:"type"`
	AsOf     civil.Date     `json:"as_of"`
	Nights   []AccountNight `json:"nights"`
	Activity []AccountMove  `json:"last_night"` // by kind of entry
}

// An AccountNight is what a night did to an account in one currency. Opening and
// closing are debit minus credit.
type AccountNight struct {
	Date     civil.Date `json:"business_date"`
	Currency string     `json:"currency"`
	Opening  string     `json:"opening"`
	Debits   string     `json:"debits"`
	Credits  string     `json:"credits"`
	Closing  string     `json:"closing"`
}

// An AccountMove is what entries of one kind did to an account.
type AccountMove struct {
	Currency string `json:"currency"`
	Kind     string `json:"kind"`
	Entries  int64  `json:"entries"`
	Debits   string `json:"debits"`
	Credits  string `json:"credits"`
}

// Account returns the account of a code, or of a name, night by night.
func (r *Reader) Account(code string) (*AccountView, error) {
	role := ledger.Roles
	for i, a := range r.Policy.Chart {
		if a.Code == code || role == ledger.Roles && strings.EqualFold(a.Name, code) {
			role = ledger.Role(i)
		}
	}
	if role == ledger.Roles {
		return nil, book.NotFound("the chart of accounts has no %q", code)
	}
	a := r.Policy.Chart[role]
	v := &AccountView{Code: a.Code, Name: a.Name, Type: a.Type.String(), AsOf: r.Last(), Nights: []AccountNight{}, Activity: []AccountMove{}}
	nights, err := r.nights()
	if err != nil {
		return nil, err
	}
	for _, d := range nights {
		rec, err := book.Night(r.Book, d)
		if err != nil {
			return nil, err
		}
		for _, l := range rec.GL {
			if l.Role == role {
				v.Nights = append(v.Nights, r.accountNight(d, &l))
			}
		}
	}
	return v, r.addActivity(v, role)
}

func (r *Reader) accountNight(d civil.Date, l *record.Line) AccountNight {
	c := uint16(l.Currency)
	text := func(x int64) string { return r.Text(c, money.Amount(x)) }
	return AccountNight{d, r.Names.Currencies[c], text(l.Opening), text(l.Debits), text(l.Credits), text(l.Closing())}
}

// addActivity adds the last night's movements, of the cells that it stored.
func (r *Reader) addActivity(v *AccountView, role ledger.Role) error {
	cells, err := book.Activity(r.Book, r.Last())
	if err != nil {
		return err
	}
	for _, c := range cells {
		if c.Role != role || c.Currency >= len(r.Names.Currencies) || c.Kind >= ledger.EntryKinds {
			continue
		}
		v.Activity = append(v.Activity, AccountMove{
			r.Names.Currencies[c.Currency], c.Kind.String(), c.Entries,
			r.Text(uint16(c.Currency), money.Amount(c.Debits)), r.Text(uint16(c.Currency), money.Amount(c.Credits)),
		})
	}
	return nil
}
