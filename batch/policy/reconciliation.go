package policy

import (
	"fmt"
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/money"
)

// reconciliationSection says how the bank's statements are matched with the ledger's cash.
// A policy that has it, {} too, keeps the channel and the reference of money.
type reconciliationSection struct {
	From             *civil.Date     `yaml:"from" doc:"First business date whose cash is looked for at the bank; that of the nights before is the ledger's balance before. Left out: all nights."`
	Accounts         []bankAccount   `yaml:"accounts" none:"true" doc:"The lender's accounts: statements of others are refused. Left out: all that come."`
	ReferenceWindow  *int32          `yaml:"reference_window_days" min:"0" max:"3650" doc:"Most days between a line and what a reference ties it to. Left out: 30."`
	AmountWindow     *int32          `yaml:"amount_window_days" min:"0" max:"3650" doc:"Most days between a line and what its amount, or a loan, ties it to. Left out: 3."`
	OutstandingDays  *int32          `yaml:"outstanding_days" min:"0" max:"3650" doc:"Days that cash of the ledger may wait for the bank before it is missing. Left out: 5."`
	MinimumReference *int32          `yaml:"minimum_reference" min:"1" max:"64" doc:"Fewest letters and digits of a reference that ties anything. Left out: 4."`
	Tolerance        *decimal        `yaml:"tolerance" min:"0" max:"1000000" doc:"Most that a line and its item may differ by where a reference ties them, in the line's currency. Left out: 0."`
	Fees             []feeSection    `yaml:"fees" none:"true" doc:"What a channel keeps of each payment before the bank has it."`
	Settlements      []payoutSection `yaml:"settlements" none:"true" doc:"Channels that pay many payments in one line."`
	FeeCodes         words           `yaml:"fee_codes" none:"true" doc:"Transaction codes of the bank's own charges, beside those that the formats have."`
	Threshold        *limitSection   `yaml:"threshold" doc:"Breaks, but for outstanding and bank_fee, above which a run ends with status 3. Left out: none."`
}

type bankAccount struct {
	Account  Text   `yaml:"account" most:"64" required:"true" doc:"Number as the statements write it, without spaces."`
	Currency string `yaml:"currency" required:"true" doc:"ISO 4217 code."`
}

type feeSection struct {
	Channel   Text    `yaml:"channel" most:"64" required:"true" doc:"Channel of the payments."`
	Rate      decimal `yaml:"rate" min:"0" max:"1" default:"0" doc:"Share of each payment."`
	Fixed     decimal `yaml:"fixed" min:"0" max:"1000000" default:"0" doc:"Amount of each, in its currency."`
	Tolerance decimal `yaml:"tolerance" min:"0" max:"1000000" default:"0" doc:"Most that it may be off by."`
}

type payoutSection struct {
	Channel   Text    `yaml:"channel" most:"64" required:"true" doc:"Channel of the payments."`
	GroupBy   string  `yaml:"group_by" enum:"value_date,business_date,reference" default:"value_date" doc:"What the payments of one line have in common."`
	LagDays   int32   `yaml:"lag_days" min:"0" max:"3650" default:"3" doc:"Most days from the latest of them to the line."`
	Rate      decimal `yaml:"rate" min:"0" max:"1" default:"0" doc:"Share of their sum that the channel keeps."`
	Fixed     decimal `yaml:"fixed" min:"0" max:"1000000" default:"0" doc:"Amount of each that it keeps, in its currency."`
	Tolerance decimal `yaml:"tolerance" min:"0" max:"1000000" default:"0" doc:"Most that the line may be off by."`
	Text      Text    `yaml:"text" most:"256" doc:"What the line's text contains, in any case. Left out: anything."`
}

type limitSection struct {
	Items  *int32   `yaml:"items" min:"0" doc:"Most items: of breaks or, of suspense, of money that is held. Left out: any number."`
	Amount *decimal `yaml:"amount" min:"0" max:"1000000000000" doc:"Most that they come to in a currency, each without its sign. Left out: any amount."`
}

// A Reconciliation is how a policy has the bank's statements matched with the ledger's cash.
type Reconciliation struct {
	match.Rules
	// Stated says that the policy has the section: the channel and the reference of money are kept.
	Stated    bool
	From      civil.Date    // first business date of cash that is matched; civil.None: that of the first night
	Accounts  []BankAccount // empty: all that come
	Threshold Limit         // of breaks
}

// A BankAccount is one of the lender's.
type BankAccount struct{ Account, Currency string }

// A Limit is what a count and an amount may come to; below zero: anything.
type Limit struct {
	Items  int64
	Amount match.Tenths // in each currency
}

// NoLimit is none.
func NoLimit() Limit { return Limit{-1, -1} }

func (r *reconciliationSection) compile(s *source, _ *document, p *Policy) {
	out := &p.Reconciliation
	*out = Reconciliation{Rules: match.DefaultRules(), From: civil.None, Threshold: NoLimit()}
	if out.Stated = s.stated(reconciliationKey); !out.Stated {
		return
	}
	days := func(to *civil.Date, d **int32) {
		if *d == nil {
			n := int32(*to)
			*d = &n
		}
		*to = civil.Date(**d)
	}
	days(&out.ReferenceWindow, &r.ReferenceWindow)
	days(&out.AmountWindow, &r.AmountWindow)
	days(&out.Outstanding, &r.OutstandingDays)
	least := civil.Date(out.MinimumReference)
	days(&least, &r.MinimumReference)
	out.MinimumReference = int(least)
	if r.Tolerance == nil {
		zero := decimal("0")
		r.Tolerance = &zero
	}
	const path = reconciliationKey
	out.Tolerance = s.tenths(path+".tolerance", r.Tolerance)
	if r.From != nil {
		out.From = *r.From
	}
	out.FeeCodes = r.FeeCodes
	r.compileAccounts(s, out)
	r.compileFees(s, out)
	if t := r.Threshold; t != nil {
		out.Threshold = s.limit(path+".threshold", t.Items, t.Amount)
	}
}

const reconciliationKey = "reconciliation"

func (r *reconciliationSection) compileAccounts(s *source, out *Reconciliation) {
	for i, x := range r.Accounts {
		path := fmt.Sprintf("%s.accounts[%d]", reconciliationKey, i)
		if _, ok := money.Digits(x.Currency); !ok {
			s.fail(path+".currency", "%q is no ISO 4217 code of a currency in use", x.Currency)
		}
		a := BankAccount{string(x.Account), x.Currency}
		if slices.Contains(out.Accounts, a) {
			s.fail(path, "%s in %s is there twice", a.Account, a.Currency)
		}
		out.Accounts = append(out.Accounts, a)
	}
}

func (r *reconciliationSection) compileFees(s *source, out *Reconciliation) {
	for i, x := range r.Fees {
		path := fmt.Sprintf("%s.fees[%d]", reconciliationKey, i)
		f := match.Fee{
			Channel: string(x.Channel), Rate: s.rate(path+".rate", &x.Rate), Fixed: s.tenths(path+".fixed", &x.Fixed), Tolerance: s.tenths(path+".tolerance", &x.Tolerance),
		}
		if slices.ContainsFunc(out.Fees, func(o match.Fee) bool { return o.Channel == f.Channel }) {
			s.fail(path+".channel", "%q has a rule above: one is possible", f.Channel)
		}
		out.Fees = append(out.Fees, f)
	}
	for i, x := range r.Settlements {
		path := fmt.Sprintf("%s.settlements[%d]", reconciliationKey, i)
		rule := match.Settlement{
			Channel: string(x.Channel), Lag: civil.Date(x.LagDays), Rate: s.rate(path+".rate", &x.Rate), Fixed: s.tenths(path+".fixed", &x.Fixed),
			Tolerance: s.tenths(path+".tolerance", &x.Tolerance), Text: string(x.Text),
		}
		for g := range match.Groupings {
			if g.String() == x.GroupBy {
				rule.GroupBy = g
			}
		}
		out.Settlements = append(out.Settlements, rule)
	}
}

// tenths returns an amount of no one currency.
func (s *source) tenths(path string, d *decimal) match.Tenths {
	return match.Tenths(s.scaled(path, d, match.TenthsDigits))
}

// limit returns a count and an amount; what is not stated is no limit.
func (s *source) limit(path string, items *int32, amount *decimal) Limit {
	l := NoLimit()
	if items != nil {
		l.Items = int64(*items)
	}
	if amount != nil {
		l.Amount = s.tenths(path+".amount", amount)
	}
	return l
}
