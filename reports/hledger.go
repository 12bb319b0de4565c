package reports

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A HledgerWriter writes a journal in hledger's format, for a balance by an
// independent program: one transaction an entry, dated on the business date
// with the value date as secondary date; accounts and commodities are declared,
// so that `hledger check --strict` passes.
type HledgerWriter struct {
	out      *bufio.Writer
	format   JournalFormat
	accounts [ledger.Roles]string
	entry    int64 // id of the transaction that is open
	line     []byte
}

// hledgerSections are the top accounts. Assets and the others are names that
// hledger knows the types of; memo accounts are declared as equity, since
// contingent items are none of the other types and balance among themselves.
var hledgerSections = map[ledger.Type]string{
	ledger.Asset: "assets", ledger.Liability: "liabilities", ledger.Income: "income",
	ledger.Expense: "expenses", ledger.Memo: "memo",
}

// NewHledgerWriter writes the declarations.
func NewHledgerWriter(out io.Writer, format JournalFormat) (*HledgerWriter, error) {
	w := &HledgerWriter{out: bufio.NewWriterSize(out, 1<<16), format: format}
	head := appendHledgerHead(nil, "daybook journal", format.Currencies, format.Scale)
	for role, a := range format.Chart {
		w.accounts[role] = HledgerAccount(a.Type, a.Name)
		head = AppendHledgerAccount(head, w.accounts[role], a.Type)
	}
	_, err := w.out.Write(append(head, '\n'))
	return w, err
}

// AppendHledgerHead appends how a journal begins: its title, and its commodities with the
// digits of each.
func AppendHledgerHead(b []byte, title string, currencies []string) []byte {
	return appendHledgerHead(b, title, currencies, 0)
}

func appendHledgerHead(b []byte, title string, currencies []string, scale int) []byte {
	b = append(b, "; "+title+"\ndecimal-mark .\n\n"...)
	for _, c := range currencies {
		digits := max(scale, digitsOf(c, scale))
		sample := Money(1000*money.Pow10(digits), digits, c)
		if !strings.Contains(sample, ".") {
			sample += "." // hledger: without digits a sample ends in the decimal mark
		}
		b = append(b, "commodity "+sample+" "+quoted(c)+"\n"...)
	}
	return append(b, '\n')
}

// HledgerAccount is the name of an account in a journal, beneath its section.
func HledgerAccount(t ledger.Type, name string) string {
	return hledgerSections[t] + ":" + HledgerText(name)
}

// AppendHledgerAccount appends the declaration of an account.
func AppendHledgerAccount(b []byte, name string, t ledger.Type) []byte {
	b = append(append(b, "account "...), name...)
	if t == ledger.Memo {
		b = append(b, "  ; type: E"...)
	}
	return append(b, '\n')
}

// HledgerText is a text without what means something to hledger.
func HledgerText(s string) string { return string(plainText(nil, []byte(s))) }

// quoted puts a commodity in quotes unless it is letters only.
func quoted(c string) string {
	for _, r := range c {
		if r < 'A' || r > 'Z' && r < 'a' || r > 'z' {
			return `"` + c + `"`
		}
	}
	return c
}

// Write adds entries. An entry may go on in the next batch.
func (w *HledgerWriter) Write(j *Journal) error {
	row := 0
	for i, end := range j.Ends {
		if id := j.EntryID[i]; id != w.entry {
			w.head(j, i)
			w.entry = id
		}
		currency := w.format.Currencies[j.Currency[i]]
		for ; row < int(end); row++ {
			w.line = append(append(w.line[:0], "    "...), w.accounts[j.Account[row]]...)
			w.line = append(w.line, "  "...)
			w.line = AppendDecimal(w.line, j.Debit[row]-j.Credit[row], w.format.Scale, digitsOf(currency, w.format.Scale))
			w.line = append(append(append(w.line, ' '), quoted(currency)...), '\n')
			if _, err := w.out.Write(w.line); err != nil {
				return err
			}
		}
	}
	return nil
}

// head begins a transaction: 2026-11-23=2026-11-21 (id) repayment | loan  ; source: id
func (w *HledgerWriter) head(j *Journal, i int) {
	b := w.line[:0]
	if w.entry != 0 {
		b = append(b, '\n')
	}
	b = j.BusinessDate.Append(b)
	if d := j.ValueDate[i]; d != civil.None && d != j.BusinessDate {
		b = d.Append(append(b, '='))
	}
	b = strconv.AppendInt(append(b, " ("...), j.EntryID[i], 10)
	b = append(append(b, ") "...), ledger.EntryKind(j.Kind[i]).String()...)
	if id := j.LoanID.Row(i); len(id) > 0 {
		b = plainText(append(b, " | "...), id)
	}
	if id := j.SourceID.Row(i); len(id) > 0 {
		b = plainText(append(b, "  ; source: "...), id)
	}
	w.out.Write(append(b, '\n')) // an error stays with the buffer, and the posting's line returns it
	w.line = b
}

// Close ends the last transaction.
func (w *HledgerWriter) Close() error {
	if w.entry != 0 {
		w.out.WriteByte('\n')
	}
	return w.out.Flush()
}

// plainText appends a text without what means something to hledger: marks of
// comments, tags, dates and codes, line ends and all other control characters, and
// the second of two spaces, which ends an account's name.
func plainText(b, s []byte) []byte {
	for _, c := range s {
		switch {
		case c < ' ' || c == 0x7f || strings.IndexByte(";|()[],:", c) >= 0, c == ' ' && len(b) > 0 && b[len(b)-1] == ' ':
			c = '_'
		}
		b = append(b, c)
	}
	return b
}
