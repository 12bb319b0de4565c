package reports

import (
	"daybook/aging"
	"daybook/ledger"
	"daybook/ledger/civil"
)

// A Journal is a batch of postings, column by column: one row a posting, the
// rows of an entry together. Debit and credit are both positive; one is 0.
type Journal struct {
	BusinessDate civil.Date // of every row
	EntryID      []int64    // one number an entry; never 0
	ValueDate    []civil.Date
	Kind         []uint16   // [ledger.EntryKind]
	SourceID     aging.Text // empty where no event is behind the entry
	LoanID       aging.Text // empty for a summary over loans
	Account      []uint16   // role of the account
	Currency     []uint16
	Debit        []int64
	Credit       []int64
	Channel      aging.Text // of money whose origin is known
	Reference    aging.Text
	Line         []int32 // of the posting in its entry, from 0
}

// Rows returns the number of postings.
func (j *Journal) Rows() int { return len(j.Debit) }

// Reset empties the batch and keeps its memory.
func (j *Journal) Reset() {
	j.EntryID = j.EntryID[:0]
	j.SourceID.Reset()
	j.LoanID.Reset()
	j.Channel.Reset()
	j.Reference.Reset()
	j.ValueDate, j.Kind, j.Account, j.Currency = j.ValueDate[:0], j.Kind[:0], j.Account[:0], j.Currency[:0]
	j.Debit, j.Credit, j.Line = j.Debit[:0], j.Credit[:0], j.Line[:0]
}

// A JournalFormat says what the codes of a journal stand for.
type JournalFormat struct {
	Chart      ledger.Chart
	Currencies []string
	Scale      int   // digits of the amounts
	Form       *Form // of the night; hledger's journal has none
}

// Columns shows a journal as the columns of its table, without a copy and without
// the business date, which a [Sheet] has.
func (f *JournalFormat) Columns(j *Journal) []Column {
	codes := make(aging.Dictionary, ledger.Roles)
	for i := range codes {
		codes[i] = f.Chart[i].Code
	}
	return []Column{
		{Name: "entry_id", Kind: Number, Ints: j.EntryID},
		{Name: "value_date", Kind: Date, Days: j.ValueDate},
		{Name: "kind", Kind: Coded, Names: cut(f.Form, entryKindsName, entryKinds()), Codes: j.Kind},
		{Name: "source_id", Kind: Text, Optional: true, Prefixed: true, Texts: j.SourceID},
		{Name: "loan_id", Kind: Text, Optional: true, Prefixed: true, Texts: j.LoanID},
		{Name: "account", Kind: Coded, Names: cut(f.Form, rolesName, codes), Codes: j.Account},
		{Name: "currency", Kind: Coded, Names: f.Currencies, Codes: j.Currency},
		{Name: "debit", Kind: Amount, Digits: f.Scale, Ints: j.Debit},
		{Name: "credit", Kind: Amount, Digits: f.Scale, Ints: j.Credit},
		{Name: "channel", Kind: Text, Optional: true, Texts: j.Channel},
		{Name: "reference", Kind: Text, Optional: true, Texts: j.Reference},
		{Name: "line", Kind: Count, Counts: j.Line},
	}
}

func entryKinds() aging.Dictionary {
	d := make(aging.Dictionary, ledger.EntryKinds)
	for i := range d {
		d[i] = ledger.EntryKind(i).String()
	}
	return d
}

// A JournalWriter writes one part of the journal. It belongs to one worker.
type JournalWriter struct {
	format JournalFormat
	w      *ParquetWriter
	sheet  *Sheet
}

// CreateJournal starts a part file of the night of a date.
func CreateJournal(path string, format JournalFormat, date civil.Date) (*JournalWriter, error) {
	sheet := format.Form.Sheet("journal", date)
	w, err := format.Form.CreateParquet(path, sheet.table, sheet.Columns(format.Columns(new(Journal))))
	if err != nil {
		return nil, err
	}
	return &JournalWriter{format, w, sheet}, nil
}

// Write adds postings. It keeps nothing of the batch.
func (w *JournalWriter) Write(j *Journal) error {
	return w.w.Write(w.sheet.Columns(w.format.Columns(j)))
}

// Close syncs the file and says what it holds.
func (w *JournalWriter) Close() (Output, error) { return w.w.Close() }

// Abort removes the file.
func (w *JournalWriter) Abort() { w.w.Abort() }

// AppendEntry adds an entry's postings: amounts in minor units of a currency code,
// scale units of the journal's scale each.
func (j *Journal) AppendEntry(id int64, loanID []byte, currency uint16, e *ledger.Entry, scale int64) {
	var origin ledger.Origin
	if e.Origin != nil {
		origin = *e.Origin
	}
	for line, x := range e.Postings {
		j.Line = append(j.Line, int32(line))
		j.Channel.Append(origin.Channel)
		j.Reference.Append(origin.Reference)
		j.EntryID = append(j.EntryID, id)
		j.ValueDate = append(j.ValueDate, e.ValueDate)
		j.Kind = append(j.Kind, uint16(e.Kind))
		j.SourceID.Append(e.Source)
		j.LoanID.Append(loanID)
		j.Account = append(j.Account, uint16(x.Role))
		j.Currency = append(j.Currency, currency)
		debit, credit := int64(x.Amount)*scale, int64(0)
		if debit < 0 {
			debit, credit = 0, -debit
		}
		j.Debit = append(j.Debit, debit)
		j.Credit = append(j.Credit, credit)
	}
}
