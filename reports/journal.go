package reports

import (
	"daybook/aging"
	"daybook/ledger"
	"daybook/ledger/civil"
)

// A Journal is a batch of entries, column by column, and their postings: those of an entry together.
// Debit and credit are both positive; one is 0.
type Journal struct {
	BusinessDate civil.Date // of every entry
	Entries
	Ends []int32 // of each entry: the row after its last posting

	// Of each posting, one row each:
	Account []uint16 // role of the account
	Debit   []int64
	Credit  []int64
	Line    []int32 // of the posting in its entry, from 0

	rows Entries // memory of [JournalFormat.Columns]
}

// Entries are what a journal says of its entries.
type Entries struct {
	EntryID   []int64 // one number an entry; never 0
	ValueDate []civil.Date
	Kind      []uint16 // [ledger.EntryKind]
	Currency  []uint16
	SourceID  aging.Text // empty where no event is behind the entry
	LoanID    aging.Text // empty for a summary over loans
	Channel   aging.Text // of money whose origin is known
	Reference aging.Text
}

// Rows returns the number of postings.
func (j *Journal) Rows() int { return len(j.Debit) }

// Reset empties the batch and keeps its memory.
func (j *Journal) Reset() {
	j.EntryID, j.ValueDate, j.Kind, j.Currency, j.Ends = j.EntryID[:0], j.ValueDate[:0], j.Kind[:0], j.Currency[:0], j.Ends[:0]
	j.SourceID.Reset()
	j.LoanID.Reset()
	j.Channel.Reset()
	j.Reference.Reset()
	j.Account, j.Debit, j.Credit, j.Line = j.Account[:0], j.Debit[:0], j.Credit[:0], j.Line[:0]
}

// spread repeats each value up to where it ends, into memory that may be used again.
func spread[T any](memory, values []T, ends []int32) []T {
	if len(ends) == 0 {
		return memory[:0]
	}
	memory = sized(memory, int(ends[len(ends)-1]))
	row := 0
	for i, v := range values {
		for end := int(ends[i]); row < end; row++ {
			memory[row] = v
		}
	}
	return memory
}

// spreadTexts appends each text up to where it ends.
func spreadTexts(t aging.Text, texts *aging.Text, ends []int32) aging.Text {
	for i := range ends {
		for range rowsOf(ends, i) {
			t.Append(texts.Row(i))
		}
	}
	return t
}

// A JournalFormat says what the codes of a journal stand for.
type JournalFormat struct {
	Chart      ledger.Chart
	Currencies []string
	Scale      int   // digits of the amounts
	Form       *Form // of the night; hledger's journal has none
}

// Columns shows a journal as the columns of its table, one row a posting and without
// the business date, which a [Sheet] has. They are valid until the journal is asked again.
func (f *JournalFormat) Columns(j *Journal) []Column {
	columns := f.packed(j)
	for i, memory := range map[int]*aging.Text{leafSource: &j.rows.SourceID, leafLoan: &j.rows.LoanID, leafChannel: &j.rows.Channel, leafReference: &j.rows.Reference} {
		memory.Reset()
		*memory = spreadTexts(*memory, &columns[i].Texts, j.Ends)
		columns[i].Texts, columns[i].ends = *memory, nil
	}
	return columns
}

// packed is Columns, but for texts, which stand once for each entry.
func (f *JournalFormat) packed(j *Journal) []Column {
	w := &j.rows
	w.EntryID = spread(w.EntryID, j.EntryID, j.Ends)
	w.ValueDate = spread(w.ValueDate, j.ValueDate, j.Ends)
	w.Kind = spread(w.Kind, j.Kind, j.Ends)
	w.Currency = spread(w.Currency, j.Currency, j.Ends)
	columns := f.entries(j)
	columns[leafEntry].Ints, columns[leafValueDate].Days = w.EntryID, w.ValueDate
	columns[leafKind].Codes, columns[leafCurrency].Codes = w.Kind, w.Currency
	for _, i := range []int{leafSource, leafLoan, leafChannel, leafReference} {
		columns[i].ends = j.Ends
	}
	return columns
}

// entries is Columns, but for what is of an entry, which stands once.
func (f *JournalFormat) entries(j *Journal) []Column {
	codes := make(aging.Dictionary, ledger.Roles)
	for i := range codes {
		codes[i] = f.Chart[i].Code
	}
	return []Column{
		leafEntry:     {Name: "entry_id", Kind: Number, Ints: j.EntryID},
		leafValueDate: {Name: "value_date", Kind: Date, Days: j.ValueDate},
		leafKind:      {Name: "kind", Kind: Coded, Names: cut(f.Form, entryKindsName, entryKinds()), Codes: j.Kind},
		leafSource:    {Name: "source_id", Kind: Text, Optional: true, Prefixed: true, Texts: j.SourceID},
		leafLoan:      {Name: "loan_id", Kind: Text, Optional: true, Prefixed: true, Texts: j.LoanID},
		leafAccount:   {Name: "account", Kind: Coded, Names: cut(f.Form, rolesName, codes), Codes: j.Account},
		leafCurrency:  {Name: "currency", Kind: Coded, Names: f.Currencies, Codes: j.Currency},
		leafDebit:     {Name: "debit", Kind: Amount, Digits: f.Scale, Ints: j.Debit},
		leafCredit:    {Name: "credit", Kind: Amount, Digits: f.Scale, Ints: j.Credit},
		leafChannel:   {Name: "channel", Kind: Text, Optional: true, Texts: j.Channel},
		leafReference: {Name: "reference", Kind: Text, Optional: true, Texts: j.Reference},
		journalLine:   {Name: "line", Kind: Count, Counts: j.Line},
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
	return w.w.Write(w.sheet.Columns(w.format.packed(j)))
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
	if len(e.Postings) == 0 {
		return
	}
	j.EntryID = append(j.EntryID, id)
	j.ValueDate = append(j.ValueDate, e.ValueDate)
	j.Kind = append(j.Kind, uint16(e.Kind))
	j.Currency = append(j.Currency, currency)
	j.SourceID.Append(e.Source)
	j.LoanID.Append(loanID)
	j.Channel.Append(origin.Channel)
	j.Reference.Append(origin.Reference)
	for line, x := range e.Postings {
		j.Line = append(j.Line, int32(line))
		j.Account = append(j.Account, uint16(x.Role))
		debit, credit := int64(x.Amount)*scale, int64(0)
		if debit < 0 {
			debit, credit = 0, -debit
		}
		j.Debit = append(j.Debit, debit)
		j.Credit = append(j.Credit, credit)
	}
	j.Ends = append(j.Ends, int32(len(j.Debit)))
}
