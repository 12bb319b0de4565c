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

// A Leaves writes the journal as the leaves that its evidence is made of: one line a posting,
// as RFC 4180 has it, texts as they are, amounts with the digits of their currency.
type Leaves struct {
	proof.Pages
	// Partition returns the partition of an entry by its id.
	Partition func(entry int64) int

	columns []*Column
	line    []byte
	cell    []byte
	name    string // of the last currency, and its digits
	digits  int
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
	entries, currency := c[0], c[6]
	for row := range rows {
		l.cell = currency.AppendValue(l.cell[:0], row)
		if string(l.cell) != l.name {
			l.name = string(l.cell)
			l.digits = digitsOf(l.name, c[7].Digits)
		}
		l.line = l.line[:0]
		for i := range c {
			if i > 0 {
				l.line = append(l.line, ',')
			}
			switch {
			case i == 7 || i == 8:
				l.line = AppendDecimal(l.line, c[i].Ints[row], c[i].Digits, l.digits)
			case c[i].Kind == Text || c[i].Kind == Coded:
				l.cell = c[i].AppendValue(l.cell[:0], row)
				l.line = appendField(l.line, l.cell)
			default:
				l.line = c[i].AppendValue(l.line, row)
			}
		}
		entry := entries.Ints[row]
		if err := l.Pages.Add(l.Partition(entry), entry, l.line); err != nil {
			return err
		}
	}
	return nil
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
