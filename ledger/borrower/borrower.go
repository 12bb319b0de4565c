// Package borrower is what a book keeps of one borrower beside the loans, and what
// a night's rows make of it: the record, the flags, and the contacts with what was
// said in them (consents, refusals, holds, promises, hardship). It decides which
// rows are accepted and which are duplicates or rejects, and what retention
// erases. It is pure: no clock, no I/O, and no time zones, whose answers the caller
// gives.
//
// A [State] is what was accepted, as it was sent. What follows from it (which hold
// is in force, what a promise came to) is for those to derive who ask, on the day
// for which they ask.
//
// It errs to one side: a word that is not known restrains contact, a row that
// restrains contact waits for its borrower, and nothing that restrains contact is
// erased while it may be in force and there is somebody to contact.
package borrower

import (
	"cmp"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A State is what is kept of one borrower, or of one loan: then flags alone. The zero
// State is that of somebody of whom nothing is known. Functions of this package never change a State that they are
// given; the one that they return may share its memory.
type State struct {
	Record   *Record   // nil where there is none
	HadLoan  bool      // a loan of his was seen by Apply
	Flags    []Flag    // of the State's own subject, ascending by name and first day; a key once
	Contacts []Contact // accepted rows, ascending by instant and id; an id once
	// Worst is what the last close found of his loans together, for looking up one of
	// them: the tier of the worst on the book, plus one; 0 where it is that of each.
	Worst uint8
}

// Says reports whether there is anything to keep.
func (s *State) Says() bool { return !s.SaysOnlyWorst() || s.Worst > 0 }

// SaysOnlyWorst reports whether nothing is known but what his loans are together.
func (s *State) SaysOnlyWorst() bool {
	return s.Record == nil && len(s.Flags) == 0 && len(s.Contacts) == 0
}

// A Record is a row of a borrowers file: what the lender knows of a person.
// Texts are as they came, whether or not they mean something here; an empty one is
// not known, and so are a date [civil.None] and a time [NoTime].
type Record struct {
	AsOf           civil.Date
	Night          civil.Date // that brought it
	Jurisdiction   string
	TimeZone       string // of the address
	SecondTimeZone string // of the number
	ContactFrom    int16  // minutes of the local day
	ContactUntil   int16
	Language       string
	Region         string
	BornOn         civil.Date
	Employment     string
	HasAffordable  bool
	Affordable     money.Amount // a month: in minor units of Currency, or with Digits
	Digits         int8         // of Affordable, after the point; [MinorUnits] where it is in minor units
	Currency       string
}

// MinorUnits says that an amount is in minor units: of its currency or, where the row
// names none, as the file states it. Other amounts without a currency have as few digits
// as say them, so that equal ones are equal whatever the policy knows.
const MinorUnits = -1

// NoTime is a time of day that is not known.
const NoTime = -1

// same reports whether two rows say the same, whichever night brought them.
func (r *Record) same(o *Record) bool {
	a := *r
	a.Night = o.Night
	return a == *o
}

// A Flag is a fact from outside that holds on the days from From to before Until.
// One that ends on its first day is withdrawn: it never held.
type Flag struct {
	Loan  string // its subject; empty: the borrower
	Name  string
	From  civil.Date
	Until civil.Date // [civil.None]: without end
	Night civil.Date // that brought Until
}

// compareFlags orders flags by their key.
func compareFlags(a, b Flag) int {
	return cmp.Or(cmp.Compare(a.Loan, b.Loan), cmp.Compare(a.Name, b.Name), cmp.Compare(a.From, b.From))
}

// outlasts reports whether the flag ends after another of its key.
func (f *Flag) outlasts(o *Flag) bool {
	return o.Until != civil.None && (f.Until == civil.None || f.Until > o.Until)
}

// A Contact is an accepted row of a contacts file, as it was sent: see
// [Contact.Meaning]. Empty texts and [civil.None] are what the row does not say.
type Contact struct {
	ID         string
	TaskKey    string
	Loan       string // as the row has it: it may be no loan of the borrower
	Kind       string
	At         int64 // microseconds since 1970, UTC
	Channel    string
	Outcome    string
	HasAmount  bool
	Amount     money.Amount // in minor units of Currency, or with Digits
	Digits     int8         // of Amount, after the point; [MinorUnits] where it is in minor units
	Currency   string
	PromisedOn civil.Date
	Until      civil.Date
	Reason     string
	Target     string     // of a void: the id of what never happened
	Night      civil.Date // that brought it
	OwnLoan    bool       // Loan is known to be a loan of the borrower
	LoanIn     string     // the currency of Loan, of a promise that names none
}

func compareContacts(a, b Contact) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID))
}

// same reports whether two rows say the same, whichever night brought them and whatever
// is known of their loan.
func (c *Contact) same(o *Contact) bool {
	a := *c
	a.Night, a.OwnLoan, a.LoanIn = o.Night, o.OwnLoan, o.LoanIn
	return a == *o
}

// Check reports whether a State is in the order that it promises: for readers of
// stored ones.
func (s *State) Check() bool {
	for i := 1; i < len(s.Flags); i++ {
		if compareFlags(s.Flags[i-1], s.Flags[i]) >= 0 {
			return false
		}
	}
	for i := 1; i < len(s.Contacts); i++ {
		if compareContacts(s.Contacts[i-1], s.Contacts[i]) >= 0 {
			return false
		}
	}
	return true
}
