package reports

import (
	"fmt"
	"slices"
	"strings"

	"daybook/ledger/proof"
)

// leafColumns are the columns of the journal that stand in a line of a leaf.
var leafColumns = []string{
	"entry_id", "value_date", "kind", "source_id", "loan_id", "account", "currency", "debit", "credit", "channel", "reference",
}

// JournalColumns are the columns of the journal that evidence is made of.
func JournalColumns() []string { return slices.Clone(leafColumns) }

// The places of some of them.
const (
	leafEntry    = 0
	leafLoan     = 4
	leafAccount  = 5
	leafCurrency = 6
	leafDebit    = 7
	leafCredit   = 8
)

// A Leaves writes the journal as the leaves that its evidence is made of: one line a posting,
// as RFC 4180 has it, texts as they are, amounts with the digits of their currency.
type Leaves struct {
	proof.Pages
	// Partition returns the partition of an entry by its id.
	Partition func(entry int64) int

	columns []*Column
	line    []byte
	cell    []byte
	entry   leafParts
}

// A leafParts is what lines of one entry have in common, where its postings say the same of it.
type leafParts struct {
	head     []byte // up to the loan, and a comma
	currency []byte // between commas
	tail     []byte // a comma, and what follows the amounts
	name     string // of the currency
	digits   int    // and its digits
}

// AddJournal adds the postings of a batch of the night's own journal.
func (l *Leaves) AddJournal(f *JournalFormat, j *Journal) error {
	columns := f.Columns(j)
	l.columns = l.columns[:0]
	for i := range leafColumns { // which begin the journal's
		l.columns = append(l.columns, &columns[i])
	}
	return l.Add(l.columns, j.Rows())
}

// Add adds rows of [JournalColumns].
func (l *Leaves) Add(c []*Column, rows int) error {
	entries := c[leafEntry].Ints
	for row := range rows {
		if row == 0 || !sameEntry(c, row) {
			l.begin(c, row)
		}
		x := &l.entry
		l.line = l.appendCell(append(l.line[:0], x.head...), c[leafAccount], row)
		l.line = AppendDecimal(append(l.line, x.currency...), c[leafDebit].Ints[row], c[leafDebit].Digits, x.digits)
		l.line = AppendDecimal(append(l.line, ','), c[leafCredit].Ints[row], c[leafCredit].Digits, x.digits)
		l.line = append(l.line, x.tail...)
		if err := l.Pages.Add(l.Partition(entries[row]), entries[row], l.line); err != nil {
			return err
		}
	}
	return nil
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

// begin writes what a row says of its entry.
func (l *Leaves) begin(c []*Column, row int) {
	x := &l.entry
	x.head, x.currency, x.tail = x.head[:0], x.currency[:0], x.tail[:0]
	for _, column := range c[:leafLoan+1] {
		x.head = append(l.appendCell(x.head, column, row), ',')
	}
	x.currency = append(l.appendCell(append(x.currency, ','), c[leafCurrency], row), ',')
	if l.cell = c[leafCurrency].AppendValue(l.cell[:0], row); string(l.cell) != x.name {
		x.name = string(l.cell)
		x.digits = digitsOf(x.name, c[leafDebit].Digits)
	}
	for _, column := range c[leafCredit+1:] {
		x.tail = l.appendCell(append(x.tail, ','), column, row)
	}
}

// appendCell appends a value as a field of a line.
func (l *Leaves) appendCell(b []byte, c *Column, row int) []byte {
	switch {
	case c.Kind == Text:
		return appendField(b, c.Texts.Row(row))
	case c.Kind == Coded:
		l.cell = c.AppendValue(l.cell[:0], row)
		return appendField(b, l.cell)
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
