// Package erp writes a journal that is summed already in the forms that general ledgers
// load: of SAP, Oracle, Xero, QuickBooks, hledger, SAF-T, and a plain CSV. It takes sums
// and returns files: it knows neither book nor clock, and the same sums give the same
// bytes. What does not balance it refuses to write.
package erp

import (
	"fmt"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// Form is the form in which this release writes files. It is part of [Settings], so that an
// export that is made again by a release that writes it otherwise is known.
const Form = 1

// Settings are what a policy says of exports. They are kept with each export, so that it
// can be made again whatever the policy says by then.
type Settings struct {
	Form     int                   `json:"form"`
	Company  string                `json:"company"`
	Accounts [ledger.Roles]Account `json:"accounts"`
	SAP      SAP                   `json:"sap"`
	Oracle   Oracle                `json:"oracle"`
	Xero     Xero                  `json:"xero"`
}

// An Account is what the general ledger calls a role. Roles may share a code: then they are
// one account there.
type Account struct {
	Code string      `json:"code"`
	Name string      `json:"name"`
	Type ledger.Type `json:"type"`
	// Left out: nothing of the account is written.
	Left bool `json:"left_out,omitempty"`
	// Center is the cost centre of all that is posted to it; nil: that of the loan.
	Center *string `json:"cost_center,omitempty"`
}

// A Cell is what entries of one kind did to one account on one posting date, for loans of
// one product and cost centre. The cells of a date, currency, kind, product and cost centre
// sum to zero, as each entry is of one loan.
type Cell struct {
	Key
	Debit, Credit int64 // minor units, neither below zero
}

// A Key says of what a cell is the sum. Currency, center and product are places in the
// lists of an [Export].
type Key struct {
	Date     civil.Date
	Currency uint16
	Kind     ledger.EntryKind
	Role     ledger.Role
	Center   uint16
	Product  uint16
}

// A Balance is an account's in one currency, debit minus credit, before the export's first
// night and after its last.
type Balance struct {
	Currency         uint16
	Role             ledger.Role
	Opening, Closing int64
}

// An Export is all that goes into the files of one export.
type Export struct {
	Number   int64
	From, To civil.Date
	Monthly  bool // a posting date is the last day of its month within the range
	Settings Settings

	Currencies, Centers, Products []string
	Cells                         []Cell // by date, currency, kind, center, product, role
	Balances                      []Balance
}

// Reference names an export in the files, such as DB000001.
func Reference(number int64) string { return fmt.Sprintf("DB%06d", number) }

// period is what a date's lines say that they are of: the day, or its month.
func (x *Export) period(d civil.Date) string {
	if x.Monthly {
		return month(d)
	}
	return d.String()
}

// month is a date's month, such as 2026-11.
func month(d civil.Date) string { return d.String()[:7] }

// digits are the minor digits of a currency of the export.
func (x *Export) digits(currency uint16) int {
	digits, _ := money.Digits(x.Currencies[currency])
	return digits
}
