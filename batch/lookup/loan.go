package lookup

import (
	"encoding/json"
	"fmt"
	"strings"

	"daybook/aging"
	"daybook/batch/book"
	"daybook/batch/night"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/store"
	"daybook/reports"
)

// A LoanView is one loan as people and scripts see it: its row of the last
// night's tape, its schedule, and what every night did to it.
type LoanView struct {
	LoanID   string          `json:"loan_id"`
	AsOf     civil.Date      `json:"as_of"`
	Tape     Tape            `json:"tape"`
	Schedule []ScheduledView `json:"schedule"`
	Charges  []ChargeView    `json:"open_charges"` // on their own, not wholly paid
	Held     []HeldView      `json:"held"`         // in suspense under the loan's id
	History  []HistoryView   `json:"history"`
}

// A Tape is a row of the loan tape: names and values in the tape's order.
type Tape []TapeValue

// A TapeValue is one column of a row; the text of a null is empty.
type TapeValue struct {
	Name, Text string
	Number     bool // a whole number in JSON; decimals stay texts there
}

// Get returns the value of a column.
func (t Tape) Get(name string) string {
	for _, v := range t {
		if v.Name == name {
			return v.Text
		}
	}
	panic("lookup: internal error: the tape has no column " + name)
}

// MarshalJSON writes the row as an object in the tape's order.
func (t Tape) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, v := range t {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, "%q:", v.Name)
		switch {
		case v.Text == "":
			b = append(b, "null"...)
		case v.Number:
			b = append(b, v.Text...)
		default:
			text, err := json.Marshal(v.Text)
			if err != nil {
				return nil, err
			}
			b = append(b, text...)
		}
	}
	return append(b, '}'), nil
}

// A ScheduledView is one instalment: what falls due, and what of it is paid.
type ScheduledView struct {
	Number        int32      `json:"number"`
	DueOn         civil.Date `json:"due_on"`
	Principal     string     `json:"principal"`
	Interest      string     `json:"interest"`
	Fee           string     `json:"fee"`
	Total         string     `json:"total"`
	PrincipalPaid string     `json:"principal_paid"`
	InterestPaid  string     `json:"interest_paid"`
	FeePaid       string     `json:"fee_paid"`
	Unpaid        string     `json:"unpaid"`
	State         string     `json:"state"` // paid, overdue, due, partly_paid, open or nothing_due
}

// A ChargeView is a fee or penalty on its own.
type ChargeView struct {
	ID        string     `json:"adjustment_id"`
	Component string     `json:"component"`
	DueOn     civil.Date `json:"due_on"`
	Amount    string     `json:"amount"`
	Paid      string     `json:"paid"`
}

// A HeldView is a payment in suspense.
type HeldView struct {
	ID        string     `json:"repayment_id"`
	Amount    string     `json:"amount"`
	Currency  string     `json:"currency"`
	ValueDate civil.Date `json:"value_date"`
	ArrivedOn civil.Date `json:"arrived_on"`
	Reason    string     `json:"reason_code"` // unknown_loan while it waits for its loan
}

// An UnknownLoanError says that the book has no loan with an id.
type UnknownLoanError struct {
	ID   string
	Held []HeldView // payments that wait in suspense for it
}

func (e *UnknownLoanError) Error() string {
	if len(e.Held) == 0 {
		return fmt.Sprintf("the book has no loan %q", e.ID)
	}
	var amounts []string
	for _, h := range e.Held {
		amounts = append(amounts, h.Amount+" "+h.Currency)
	}
	return fmt.Sprintf("the book has no loan %q; in suspense for it: %s", e.ID, strings.Join(amounts, ", "))
}

// loanAt reads a loan and works out its figures as the last night left it.
func (r *Reader) loanAt(id string) (*loan.Loan, *night.Processor, error) {
	l, ok, err := r.View.Loan([]byte(id))
	if err != nil {
		return nil, nil, err
	}
	if !ok {
		held, err := r.held(id)
		if err != nil {
			return nil, nil, err
		}
		return nil, nil, &UnknownLoanError{id, held}
	}
	proc := night.NewProcessor(&r.Rules)
	flags, err := r.PackFlags(l)
	if err != nil {
		return nil, nil, err
	}
	proc.Restate(l, flags)
	return l, proc, nil
}

// Loan returns a loan with its schedule and history.
func (r *Reader) Loan(id string) (*LoanView, error) {
	l, proc, err := r.loanAt(id)
	if err != nil {
		return nil, err
	}
	v := &LoanView{LoanID: id, AsOf: r.Last(), Charges: []ChargeView{}}
	if v.Tape, err = r.tapeRow(l, proc); err != nil {
		return nil, err
	}
	pages, err := r.View.History(l)
	if err != nil {
		return nil, err
	}
	plan := book.Replay(&r.Rules, l, pages, r.Last(), nil).Items()
	for i := range plan {
		v.Schedule = append(v.Schedule, r.scheduled(l, &plan[i]))
	}
	for _, c := range l.Charges {
		v.Charges = append(v.Charges, ChargeView{
			string(c.ID), c.Component.String(), c.DueOn, r.Text(l.Currency, c.Amount), r.Text(l.Currency, c.Paid),
		})
	}
	if v.Held, err = r.held(id); err != nil {
		return nil, err
	}
	v.History, err = r.history(l, pages)
	return v, err
}

// tapeRow returns a loan's row of the tape.
func (r *Reader) tapeRow(l *loan.Loan, proc *night.Processor) (Tape, error) {
	var f aging.Facts
	f.Reset()
	f.Grow(1)
	proc.Fill(&f, 0, l, store.Hash(l.ID))
	worst, err := r.Worst(l.Borrower)
	if err != nil {
		return nil, err
	}
	if worst > 0 {
		f.Codes[aging.BorrowerClassification][0] = uint16(worst) - 1
	}
	bond, err := r.Bond(l)
	if err != nil {
		return nil, err
	}
	for i := range bond.Overrides {
		if o := &bond.Overrides[i]; o.Loan == store.Hash(l.ID) {
			r.Override(&f, 0, o)
		}
	}
	batch := reports.Batch{Facts: &f, Words: &r.Words, Scale: r.Policy.Scale}
	columns := r.Form("").Sheet("loans", r.Last()).Columns(batch.Tape())
	var t Tape
	for i, text := range reports.Row(columns, 0) {
		t = append(t, TapeValue{columns[i].Name, text, columns[i].Kind == reports.Count})
	}
	return t, nil
}

func (r *Reader) scheduled(l *loan.Loan, i *loan.Installment) ScheduledView {
	text := func(a money.Amount) string { return r.Text(l.Currency, a) }
	state := "open"
	switch unpaid := i.Unpaid(); {
	case i.Total() == 0:
		state = "nothing_due"
	case unpaid == 0:
		state = "paid"
	case i.DueOn < r.Last():
		state = "overdue"
	case i.DueOn == r.Last():
		state = "due"
	case unpaid < i.Total():
		state = "partly_paid"
	}
	return ScheduledView{
		i.No, i.DueOn, text(i.Due[loan.Principal]), text(i.Due[loan.Interest]), text(i.Due[loan.Fee]), text(i.Total()),
		text(i.Paid[loan.Principal]), text(i.Paid[loan.Interest]), text(i.Paid[loan.Fee]), text(i.Unpaid()), state,
	}
}
