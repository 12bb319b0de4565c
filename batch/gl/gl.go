// Package gl exports the journal of closed nights, summed, to a general ledger. Each export
// has a number, kept in the book with its settings, control totals and digests: the same
// days in the same profile come again with the same number and the same bytes, whatever
// policies say by then, and days that were exported are not exported a second time
// unknown. It posts nothing.
package gl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"daybook/batch/book"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports/erp"
)

// A Request is what is asked for.
type Request struct {
	From, To civil.Date // both of them included
	Monthly  bool       // posting dates are ends of months
	Profile  string     // of [erp.ProfileNames]
	Again    bool       // days may be exported that were
}

// An Export is one that is decided: a new one, or one that the book has already.
type Export struct {
	record.GLExport
	New    bool
	Nights []civil.Date
	Left   []LeftOut // once it is written

	book     *store.Book
	view     *book.View
	settings Settings
}

// A LeftOut is what memo accounts that the general ledger does not have moved.
type LeftOut struct {
	Account, Currency string
	Debits, Credits   int64 // minor units
}

// Reference is what the files of an export of a number call it.
func Reference(number int64) string { return erp.Reference(number) }

// Reference is what the files call the export.
func (e *Export) Reference() string { return erp.Reference(e.Number) }

// Company is what the general ledger calls the lender.
func (e *Export) Company() string { return e.settings.Company }

// An OpenError says that days are not closed yet.
type OpenError struct{ From, To, Last civil.Date }

func (e *OpenError) Error() string {
	return fmt.Sprintf("%s is not closed: the last night of the book is %s", e.To, e.Last)
}

// An OverlapError says that days were exported already.
type OverlapError struct {
	Profile string
	Exports []record.GLExport
}

func (e *OverlapError) Error() string {
	x := &e.Exports[0]
	text := fmt.Sprintf("%s has days from %s to %s in the profile %s already", erp.Reference(x.Number), x.From, x.To, e.Profile)
	if more := len(e.Exports) - 1; more > 0 {
		text += fmt.Sprintf(", and so have %d more", more)
	}
	return text
}

// Decide says which export a request comes to. It changes nothing.
func Decide(b *store.Book, r Request) (*Export, error) {
	v, err := book.At(b, civil.None)
	if err != nil {
		return nil, err
	}
	e := &Export{book: b, view: v}
	e.Profile, e.From, e.To, e.Monthly = r.Profile, r.From, r.To, r.Monthly
	if last := v.Night.Date; r.To > last {
		return nil, &OpenError{r.From, r.To, last}
	}
	if e.Nights, err = b.NightsIn(r.From, r.To); err != nil {
		return nil, err
	}
	switch {
	case len(e.Nights) == 0:
		return nil, book.NotFound("no night is closed from %s to %s", r.From, r.To)
	case len(e.Nights) > nightsMax:
		return nil, &TooManyError{What: fmt.Sprintf("%d nights, and these days have %d", nightsMax, len(e.Nights))}
	}
	p, err := book.Policy(b)
	if err != nil {
		return nil, err
	}
	e.settings = SettingsOf(p)
	text, err := json.Marshal(&e.settings)
	if err != nil {
		return nil, err
	}
	e.New, e.Policy, e.GLExport.Settings = true, p.Name, text
	return e, e.number(b, r.Again)
}

// number gives the export its number: that of the latest one of the same days, unless it is
// to be made again and the settings are others now, or the next one.
func (e *Export) number(b *store.Book, again bool) error {
	var same *record.GLExport
	var overlaps []record.GLExport
	e.Number = 1
	err := Each(b, func(x *record.GLExport) error {
		e.Number = x.Number + 1
		switch {
		case x.Profile != e.Profile || x.To < e.From || e.To < x.From:
			return nil
		case x.From == e.From && x.To == e.To && x.Monthly == e.Monthly:
			same = x
		}
		overlaps = append(overlaps, *x)
		return nil
	})
	if err != nil {
		return err
	}
	if same != nil && (!again || bytes.Equal(same.Settings, e.GLExport.Settings)) {
		e.GLExport, e.New, e.settings = *same, false, Settings{} // nothing of today's is left among those it had
		return json.Unmarshal(same.Settings, &e.settings)
	}
	if len(overlaps) > 0 && !again {
		return &OverlapError{e.Profile, overlaps}
	}
	for _, x := range overlaps {
		e.Overlaps = append(e.Overlaps, x.Number)
	}
	return nil
}

// Each calls fn with all exports of a book, by number.
func Each(b *store.Book, fn func(x *record.GLExport) error) error {
	return b.EachOwn(store.GLExports, nil, nil, func(_, value []byte) error {
		x, err := record.ReadGLExport(value)
		if err != nil {
			return fmt.Errorf("export to a general ledger: %w", err)
		}
		return fn(x)
	})
}

// Keep keeps a new export, which is written, in the book.
func (e *Export) Keep() error {
	return e.book.PutOwn(store.GLExports, record.GLExportKey(e.Number), record.EncodeGLExport(&e.GLExport))
}

// Money writes an amount in minor units of a currency.
func Money(currency string, amount int64) string {
	digits, _ := money.Digits(currency)
	return money.Amount(amount).Text(digits)
}

// Totals are the control totals of all files, by currency.
func (e *Export) Totals() (list []Total) {
	for _, f := range e.Files {
		for _, t := range f.Totals {
			i := slices.IndexFunc(list, func(x record.GLTotal) bool { return x.Currency == t.Currency })
			if i < 0 {
				list = append(list, t)
				continue
			}
			x := &list[i]
			x.Entries, x.Lines = x.Entries+t.Entries, x.Lines+t.Lines
			x.Debits, x.Credits = book.Sum(x.Debits, t.Debits), book.Sum(x.Credits, t.Credits)
		}
	}
	return list
}

// A Total is what an export, or a file of it, has in one currency.
type Total = record.GLTotal
