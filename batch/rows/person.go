package rows

import (
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// The kinds of row that go by borrower, in the order in which a borrower takes them.
// The last two go by loan first, where they name one, behind all of the loan's own.
const (
	TrialRow Kind = 0x20 + iota // says of a contacts row that others have its id, too
	TakenRow                    // says of a contacts row that another borrower has its id
	RecordRow
	FlagRow
	ContactRow
	MoneyRow // of no file: what the night posted of a loan that a promise may be about
	OfferRow // of no file: an offer was applied to a loan of the borrower

	lastKind = OfferRow
)

// OfBorrower reports whether rows of the kind go by borrower.
func (k Kind) OfBorrower() bool { return k >= TrialRow }

// AppendRecord writes the body of a borrowers row.
func AppendRecord(b []byte, r *borrower.Record) []byte {
	affordable := int64(0)
	if r.HasAffordable {
		affordable = 1
	}
	for _, v := range [...]int64{
		int64(r.AsOf), int64(r.ContactFrom), int64(r.ContactUntil), int64(r.BornOn), affordable, int64(r.Affordable), int64(r.Digits),
	} {
		b = AppendInt(b, v)
	}
	for _, s := range [...]string{r.Jurisdiction, r.TimeZone, r.SecondTimeZone, r.Language, r.Region, r.Employment, r.Currency} {
		b = AppendText(b, []byte(s))
	}
	return b
}

// ReadRecord reads what [AppendRecord] wrote.
func ReadRecord(body []byte) (r borrower.Record, err error) {
	d := Body{b: body}
	r.AsOf, r.ContactFrom, r.ContactUntil = civil.Date(d.Int()), int16(d.Int()), int16(d.Int())
	r.BornOn, r.HasAffordable, r.Affordable, r.Digits = civil.Date(d.Int()), d.Int() == 1, money.Amount(d.Int()), int8(d.Int())
	for _, s := range [...]*string{&r.Jurisdiction, &r.TimeZone, &r.SecondTimeZone, &r.Language, &r.Region, &r.Employment, &r.Currency} {
		*s = string(d.Text())
	}
	return r, d.err()
}

// AppendFlag writes the body of a flags row.
func AppendFlag(b []byte, f *borrower.Flag) []byte {
	b = AppendInt(AppendInt(AppendInt(b, int64(f.From)), int64(f.Until)), int64(f.Night))
	return AppendText(AppendText(b, []byte(f.Loan)), []byte(f.Name))
}

// ReadFlag reads what [AppendFlag] wrote.
func ReadFlag(body []byte) (f borrower.Flag, err error) {
	d := Body{b: body}
	f.From, f.Until, f.Night = civil.Date(d.Int()), civil.Date(d.Int()), civil.Date(d.Int())
	f.Loan, f.Name = string(d.Text()), string(d.Text())
	return f, d.err()
}

// A ContactOf is a contacts row on its way to its borrower.
type ContactOf struct {
	Borrower []byte // that the row names
	Owner    []byte // of the loan that the row names, once its partition has said; empty: nobody
	borrower.Contact
}

// AppendContact writes the body of a contacts row.
func AppendContact(b []byte, c *ContactOf) []byte {
	amount := int64(0)
	if c.HasAmount {
		amount = 1
	}
	b = AppendText(AppendText(b, c.Borrower), c.Owner)
	for _, v := range [...]int64{c.At, amount, int64(c.Amount), int64(c.Digits), int64(c.PromisedOn), int64(c.Until)} {
		b = AppendInt(b, v)
	}
	for _, s := range [...]string{c.ID, c.TaskKey, c.Loan, c.Kind, c.Channel, c.Outcome, c.Currency, c.Reason, c.Target, c.LoanIn} {
		b = AppendText(b, []byte(s))
	}
	return b
}

// ReadContact reads what [AppendContact] wrote; Borrower and Owner stay the row's.
func ReadContact(body []byte) (c ContactOf, err error) {
	d := Body{b: body}
	c.Borrower, c.Owner = d.Text(), d.Text()
	c.At, c.HasAmount, c.Amount, c.Digits = d.Int(), d.Int() == 1, money.Amount(d.Int()), int8(d.Int())
	c.PromisedOn, c.Until = civil.Date(d.Int()), civil.Date(d.Int())
	for _, s := range [...]*string{&c.ID, &c.TaskKey, &c.Loan, &c.Kind, &c.Channel, &c.Outcome, &c.Currency, &c.Reason, &c.Target, &c.LoanIn} {
		*s = string(d.Text())
	}
	return c, d.err()
}

// A Move is money of a loan as the night posted it, or what takes some back.
type Move struct {
	Loan, ID, Target []byte
	Kind             MoveKind
	Currency         uint16
	ValueDate        civil.Date
	Amount           money.Amount
}

// A MoveKind says what a [Move] is.
type MoveKind uint8

// The kinds of move.
const (
	Repaid  MoveKind = iota
	Undone           // the target never happened
	Charged          // some of the target went back
)

// AppendMove writes the body of a money row.
func AppendMove(b []byte, m *Move) []byte {
	b = AppendText(AppendText(AppendText(b, m.Loan), m.ID), m.Target)
	return AppendInt(AppendInt(AppendInt(AppendInt(b, int64(m.Kind)), int64(m.Currency)), int64(m.ValueDate)), int64(m.Amount))
}

// ReadMove reads what [AppendMove] wrote; its texts stay the row's.
func ReadMove(body []byte) (m Move, err error) {
	d := Body{b: body}
	m.Loan, m.ID, m.Target = d.Text(), d.Text(), d.Text()
	m.Kind, m.Currency, m.ValueDate, m.Amount = MoveKind(d.Int()), uint16(d.Int()), civil.Date(d.Int()), money.Amount(d.Int())
	return m, d.err()
}

func (d *Body) err() error {
	if d.Bad || len(d.b) > 0 {
		return ErrDamaged
	}
	return nil
}
