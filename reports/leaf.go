package reports

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"

	"daybook/ledger/civil"
	"daybook/ledger/proof"
)

// leafColumns are the columns of the journal that stand in a leaf: those that begin its table.
var leafColumns = []string{
	leafEntry: "entry_id", leafValueDate: "value_date", leafKind: "kind", leafSource: "source_id", leafLoan: "loan_id", leafAccount: "account",
	leafCurrency: "currency", leafDebit: "debit", leafCredit: "credit", leafChannel: "channel", leafReference: "reference",
}

// JournalColumns are the columns of the journal that evidence is made of.
func JournalColumns() []string { return slices.Clone(leafColumns) }

// The places of columns of the journal.
const (
	leafEntry = iota
	leafValueDate
	leafKind
	leafSource
	leafLoan
	leafAccount
	leafCurrency
	leafDebit
	leafCredit
	leafChannel
	leafReference
	journalLine // is in no leaf
)

// A Leaves writes the journal as the leaves that its evidence is made of, in the format of its pages: lines
// as RFC 4180 has them, texts as they are, amounts with the digits of their currency.
type Leaves struct {
	proof.Pages
	// Partition returns the partition of an entry by its id.
	Partition func(entry int64) int

	columns  []*Column
	accounts leafNames
	entry    leafParts
}

// A leafParts is what lines of one entry have in common, where its postings say the same of it.
type leafParts struct {
	// Of a line for each posting:
	head     []byte // up to the loan, and a comma
	currency []byte // between commas
	tail     []byte // a comma, what follows the amounts, and the end of the line
	digits   int    // of the currency
	zero     []byte // of the currency

	// Of a line for each entry:
	of       int64 // the entry that has the last line of an entry,
	from, to int   // and where that lies in its page

	kinds, currencies leafNames
	date              civil.Date // the last one that was written
	dateText          []byte
}

// A leafNames remembers names as fields: those of a dictionary by code, and the last of texts.
type leafNames struct {
	byCode []leafName
	last   leafName
}

type leafName struct {
	name, field string
	digits      int // of a currency with that name
}

// know remembers the dictionary of a column, of which [leafNames.of] will be asked.
func (n *leafNames) know(c *Column) {
	if grown := len(c.Names) - len(n.byCode); grown > 0 {
		n.byCode = append(n.byCode, make([]leafName, grown)...)
	}
	n.byCode = n.byCode[:len(c.Names)]
	for code, name := range c.Names {
		if known := &n.byCode[code]; known.name != name || name == "" {
			known.set(strings.Clone(name))
		}
	}
}

// of returns the name in a row of a column of codes or texts as a field. A null is empty.
func (n *leafNames) of(c *Column, row int) *leafName {
	known := &n.last
	if c.Kind == Text {
		if text := c.Texts.Row(row); known.name != string(text) || len(text) == 0 {
			known.set(string(text))
		}
		return known
	}
	if c.Null(row) {
		known.set("")
		return known
	}
	return &n.byCode[c.Codes[row]]
}

func (n *leafName) set(name string) {
	*n = leafName{name, string(appendField(nil, []byte(name))), digitsOf(name, math.MaxInt)}
}

// AddJournal adds the postings of a batch of the night's own journal.
func (l *Leaves) AddJournal(f *JournalFormat, j *Journal) error {
	columns := f.entries(j)
	l.columns = l.columns[:0]
	for i := range leafColumns {
		l.columns = append(l.columns, &columns[i])
	}
	l.know(l.columns)
	from := 0
	for i, end := range j.Ends {
		if err := l.addEntry(l.columns, i, from, int(end)); err != nil {
			return err
		}
		from = int(end)
	}
	return nil
}

// Add adds rows of [JournalColumns].
func (l *Leaves) Add(c []*Column, rows int) error {
	l.know(c)
	for from, to := 0, 0; from < rows; from = to {
		for to = from + 1; to < rows && sameEntry(c, to); to++ {
		}
		if err := l.addEntry(c, from, from, to); err != nil {
			return err
		}
	}
	return nil
}

// know remembers the dictionaries of a batch.
func (l *Leaves) know(c []*Column) {
	l.accounts.know(c[leafAccount])
	l.entry.kinds.know(c[leafKind])
	l.entry.currencies.know(c[leafCurrency])
}

// sameEntry reports whether a row says the same of its entry as the one before it.
func sameEntry(c []*Column, row int) bool {
	for i := range c {
		if i != leafAccount && i != leafDebit && i != leafCredit && !c[i].same(row-1, row) {
			return false
		}
	}
	return true
}

// addEntry adds the postings in rows [from, to) of the entry of which row at speaks.
func (l *Leaves) addEntry(c []*Column, at, from, to int) error {
	id := c[leafEntry].Ints[at]
	text, err := l.Pages.Open(l.Partition(id), id)
	if err != nil {
		return err
	}
	if l.Format == proof.LinePerPosting {
		l.entry.begin(c, at)
		text = l.appendPostings(text, c, from, to)
	} else {
		text = l.appendEntry(text, c, at, from, to)
	}
	l.Pages.Keep(text)
	return nil
}

// appendPostings appends a line for each posting, with what its entry has.
func (l *Leaves) appendPostings(text []byte, c []*Column, from, to int) []byte {
	x, account, debit, credit := &l.entry, c[leafAccount], c[leafDebit], c[leafCredit]
	for row := from; row < to; row++ {
		text = append(append(text, x.head...), l.accounts.of(account, row).field...)
		text = x.appendAmount(append(text, x.currency...), debit, row)
		text = x.appendAmount(append(text, ','), credit, row)
		text = append(text, x.tail...)
	}
	return text
}

// appendEntry appends the entry's line, of which row at speaks, and a line for each posting: account, debit,
// credit, of which what is zero is empty. The line of an entry whose postings come in two batches is there already.
func (l *Leaves) appendEntry(text []byte, c []*Column, at, from, to int) []byte {
	x, account, debit, credit := &l.entry, c[leafAccount], c[leafDebit], c[leafCredit]
	start, id := len(text), c[leafEntry].Ints[at]
	text = x.appendHead(text, c, at)
	currency := x.currencies.of(c[leafCurrency], at)
	digits := min(currency.digits, debit.Digits)
	text = x.appendTail(append(text, currency.field...), c, at)
	if x.of == id && x.to <= start && bytes.Equal(text[start:], text[x.from:x.to]) {
		text = text[:start]
	} else {
		x.of, x.from, x.to = id, start, len(text)
	}
	for row := from; row < to; row++ {
		text = append(append(text, l.accounts.of(account, row).field...), ',')
		if v := debit.Ints[row]; v != 0 {
			text = AppendDecimal(text, v, debit.Digits, digits)
		}
		text = append(text, ',')
		if v := credit.Ints[row]; v != 0 {
			text = AppendDecimal(text, v, credit.Digits, digits)
		}
		text = append(text, '\n')
	}
	return text
}

// appendAmount appends an amount: one of the two of a posting is zero.
func (x *leafParts) appendAmount(b []byte, c *Column, row int) []byte {
	if c.Ints[row] == 0 {
		return append(b, x.zero...)
	}
	return AppendDecimal(b, c.Ints[row], c.Digits, x.digits)
}

// begin writes what a row says of its entry.
func (x *leafParts) begin(c []*Column, row int) {
	x.head = x.appendHead(x.head[:0], c, row)
	currency := x.currencies.of(c[leafCurrency], row)
	x.currency = append(append(append(x.currency[:0], ','), currency.field...), ',')
	if digits := min(currency.digits, c[leafDebit].Digits); digits != x.digits || x.zero == nil {
		x.digits, x.zero = digits, AppendDecimal(x.zero[:0], 0, c[leafDebit].Digits, digits)
	}
	x.tail = x.appendTail(x.tail[:0], c, row)
}

// appendHead appends the fields up to the loan, each with a comma behind it.
func (x *leafParts) appendHead(b []byte, c []*Column, row int) []byte {
	for i, column := range c[:leafLoan+1] {
		if i == leafKind {
			b = append(b, x.kinds.of(column, row).field...)
		} else {
			b = x.appendCell(b, column, row)
		}
		b = append(b, ',')
	}
	return b
}

// appendTail appends what follows the amounts, each with a comma before it, and the end of the line.
func (x *leafParts) appendTail(b []byte, c []*Column, row int) []byte {
	for _, column := range c[leafCredit+1:] {
		b = x.appendCell(append(b, ','), column, row)
	}
	return append(b, '\n')
}

// appendCell appends a value as a field of a line.
func (x *leafParts) appendCell(b []byte, c *Column, row int) []byte {
	switch c.Kind {
	case Text:
		return appendField(b, c.Texts.Row(row))
	case Coded:
		return appendField(b, c.AppendValue(nil, row))
	case Date:
		if day := c.Days[row]; day != x.date || x.dateText == nil {
			x.date, x.dateText = day, day.Append(x.dateText[:0])
		}
		return append(b, x.dateText...)
	}
	return c.AppendValue(b, row)
}

// appendField appends a text as a field of a leaf: in quotes where it has a comma, a quote or
// the end of a line.
func appendField(b, s []byte) []byte {
	if !special(s) {
		return append(b, s...)
	}
	b = append(b, '"')
	for _, c := range s {
		if c == '"' {
			b = append(b, '"')
		}
		b = append(b, c)
	}
	return append(b, '"')
}

// pageName is the output that no evidence is of, as it shows how long the night took.
const pageName = "report.html"

// NightLeaf is the last leaf of a night: what it read and wrote, with digests, its policy and
// its control totals. It follows from the manifest, and is the same on every machine: the page
// and the timings are not in it.
func NightLeaf(m *Manifest) []byte {
	var lines []string
	for _, f := range m.Inputs {
		if f.SHA256 != "" {
			lines = append(lines, f.SHA256+"  in/"+f.Path)
		}
	}
	for _, o := range m.Outputs {
		if o.Path != pageName {
			lines = append(lines, o.SHA256+"  out/"+o.Path)
		}
	}
	slices.Sort(lines)
	lines = append(lines, "policy "+m.Policy)
	t := &m.ControlTotals
	for _, f := range t.Files {
		lines = append(lines, fmt.Sprintf("rows %d %d %d %d %d amounts %s %s %s %s %s  %s", f.RowsIn, f.Applied, f.Duplicates, f.Rejected, f.Held,
			f.AmountIn, f.AmountApplied, f.AmountDuplicates, f.AmountRejected, f.AmountHeld, f.Path))
	}
	for i := range t.Currencies {
		c := &t.Currencies[i]
		lines = append(lines, fmt.Sprintf("loans %s %d", c.Currency, c.Loans))
		for _, tie := range c.Ties() {
			lines = append(lines, fmt.Sprintf("total %s %s %s %s", c.Currency, tie.Name, tie.Amount, tie.GL))
		}
	}
	for i, line := range lines { // a path may have any character
		lines[i] = strings.NewReplacer("\\", `\\`, "\n", `\n`, "\r", `\r`).Replace(line)
	}
	return []byte(proof.NightHead(m.BusinessDate.String()) + "\n" + strings.Join(lines, "\n") + "\n")
}
