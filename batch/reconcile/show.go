package reconcile

import (
	"io"
	"strconv"

	"daybook/batch/policy"
	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/money"
	"daybook/reports"
)

// A FileView is a file's statements as they are read, for people and programs.
type FileView struct {
	Statements []StatementView `json:"statements"`
	read       []match.Statement
	states     []match.State
}

// A StatementView is a statement; what is not given is empty.
type StatementView struct {
	Account      string     `json:"account"`
	Currency     string     `json:"currency"`
	Format       string     `json:"format"`
	StatementID  string     `json:"statement_id"`
	StatementKey string     `json:"statement_key"`
	Number       string     `json:"number"`
	Page         string     `json:"page"`
	OpeningDate  string     `json:"opening_date"`
	Opening      string     `json:"opening"`
	ClosingDate  string     `json:"closing_date"`
	Closing      string     `json:"closing"`
	Pending      int        `json:"pending_lines"`
	Difference   string     `json:"difference"` // empty where a balance is not given
	State        string     `json:"state"`
	Lines        []LineView `json:"lines"`
}

// A LineView is a line; what is not given is empty.
type LineView struct {
	LineID            string `json:"line_id"`
	LineNumber        int    `json:"line_number"`
	BookingDate       string `json:"booking_date"`
	ValueDate         string `json:"value_date"`
	Amount            string `json:"amount"`
	Reversal          bool   `json:"reversal"`
	TransactionCode   string `json:"transaction_code"`
	ReturnReason      string `json:"return_reason"`
	EndToEndID        string `json:"end_to_end_id"`
	Reference         string `json:"reference"`
	BatchID           string `json:"batch_id"`
	BankReference     string `json:"bank_reference"`
	OriginalReference string `json:"original_reference"`
	Fee               string `json:"fee_amount"`
	Text              string `json:"text"`
}

// ReadStatements reads a file of statements. What is wrong with it is a [FaultsError].
func ReadStatements(in io.Reader, name string) (*FileView, error) {
	f := input{name: name}
	if err := f.readStatements(in, &policy.Reconciliation{}); err != nil {
		return nil, err
	}
	if len(f.faults) > 0 {
		return nil, &FaultsError{f.faults}
	}
	v := &FileView{Statements: []StatementView{}, read: f.statements}
	known := map[string]bool{}
	for i := range f.statements {
		s := &f.statements[i]
		key, state := s.Key(), s.State
		if state == match.Loaded && known[key] {
			state = match.Duplicate
		}
		known[key] = true
		v.states = append(v.states, state)
		v.Statements = append(v.Statements, viewOf(s, key, state))
	}
	return v, nil
}

func viewOf(s *match.Statement, key string, state match.State) StatementView {
	digits, _ := money.Digits(s.Currency)
	known := func(o match.Optional) string {
		if !o.Known {
			return ""
		}
		return o.Amount.Text(digits)
	}
	v := StatementView{
		Account: s.Account, Currency: s.Currency, Format: s.Format.String(), StatementID: s.ID, StatementKey: key, Number: s.Number, Page: s.Page,
		OpeningDate: dateOr(s.OpeningDate, ""), Opening: known(s.Opening), ClosingDate: dateOr(s.ClosingDate, ""), Closing: known(s.Closing), Pending: s.Pending,
		State: state.String(), Lines: make([]LineView, len(s.Lines)),
	}
	if s.Opening.Known && s.Closing.Known {
		v.Difference = (s.Closing.Amount - s.Opening.Amount - s.Sum()).Text(digits)
	}
	for i := range s.Lines {
		l := &s.Lines[i]
		v.Lines[i] = LineView{
			key + "-" + strconv.Itoa(l.Number), l.Number, dateOr(l.BookingDate, ""), dateOr(l.ValueDate, ""), l.Amount.Text(digits), l.Reversal, l.Code, l.ReturnReason,
			l.EndToEndID, l.Reference, l.BatchID, l.BankReference, l.OriginalReference, known(l.Fee), l.Text,
		}
	}
	return v
}

// Lines returns the lines of all statements as a table.
func (v *FileView) Lines() *reports.Table {
	t := &tables{}
	for i := range v.read {
		digits, _ := money.Digits(v.read[i].Currency)
		t.scale = max(t.scale, digits)
	}
	x := table("lines", text("line_id"), text("account"), word("currency"), text("statement_key"), number("line_number"), date("booking_date"), date("value_date"),
		t.amount("amount"), truth("reversal"), word("transaction_code"), word("return_reason"), text("end_to_end_id"), text("reference"), text("batch_id"), text("bank_reference"),
		text("original_reference"), t.amount("fee_amount"), text("text"))
	for i := range v.read {
		s, key := &v.read[i], v.Statements[i].StatementKey
		for k := range s.Lines {
			l := &s.Lines[k]
			x.Append(key+"-"+strconv.Itoa(l.Number), s.Account, s.Currency, key, l.Number, orNil(l.BookingDate), orNil(l.ValueDate), t.units(l.Amount, s.Currency), l.Reversal, l.Code,
				l.ReturnReason, l.EndToEndID, l.Reference, l.BatchID, l.BankReference, l.OriginalReference, t.known(l.Fee, s.Currency), l.Text)
		}
	}
	return x
}

func orNil(d civil.Date) any {
	if d == civil.None {
		return nil
	}
	return d
}
