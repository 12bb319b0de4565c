package erp

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"io"
	"os/exec"
	"strings"
	"testing"

	"daybook/ledger/money"
)

// A small reader of each profile, which knows nothing of the writers: it takes columns by
// the names, or the places, that the vendors give them.

// A readKey is a date, currency, account and side.
type readKey struct {
	date, currency, account string
	credit                  bool
}

func addTo(sums map[readKey]int64, k readKey, amount int64) {
	if amount != 0 {
		sums[k] += amount
	}
}

// minor reads an amount; it must have as many digits as its currency.
func minor(t *testing.T, currency, text string) int64 {
	t.Helper()
	if text == "" {
		return 0
	}
	digits, _ := money.Digits(currency)
	amount, err := money.ParseDecimal(text, digits)
	if _, after, point := strings.Cut(text, "."); err != nil || point != (digits > 0) || len(after) != digits {
		t.Fatalf("%q is no amount of %s: %v", text, currency, err)
	}
	return amount
}

// iso is a date whose parts stand in the order of a layout.
func iso(layout, s string) string {
	parts := strings.Split(s, "/")
	at := func(c string) string { return parts[strings.Index(layout, c)] }
	return at("y") + "-" + at("m") + "-" + at("d")
}

// account is the code of an account by its name, as the lender has both.
func account(t *testing.T, x *Export, name string) string {
	t.Helper()
	for _, a := range x.Settings.Accounts {
		if a.Name == name || strings.TrimLeft(name, "'") == a.Name {
			return a.Code
		}
	}
	t.Fatalf("there is no account %q", name)
	return ""
}

// tables is where a CSV has what counts.
var tables = map[string]struct{ date, layout, currency, account, debit, credit string }{
	"generic":    {"posting_date", "", "currency", "account", "debit", "credit"},
	"sap":        {"Posting Date", "", "Transaction Currency", "G/L Account", "Debit", "Credit"},
	"xero":       {"*Date", "dmy", "", "*AccountCode", "*Amount", ""},
	"quickbooks": {"JournalDate", "mdy", "Currency", "AccountName", "Debits", "Credits"},
}

func read(t *testing.T, x *Export, profile string, file []byte, sums map[readKey]int64) {
	t.Helper()
	switch profile {
	case "oracle":
		readOracle(t, file, sums)
	case "hledger":
		readHledger(t, x, file, sums)
	case "saft":
		readSAFT(t, file, sums)
	default:
		readTable(t, x, profile, file, sums)
	}
}

func readTable(t *testing.T, x *Export, profile string, file []byte, sums map[readKey]int64) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	form := tables[profile]
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	for _, row := range rows[1:] {
		at := func(name string) string { return row[column[name]] }
		k := readKey{date: at(form.date), account: at(form.account)}
		if form.layout != "" {
			k.date = iso(form.layout, k.date)
		}
		switch profile {
		case "xero": // the narration is for people, and has it
			k.currency = strings.Fields(at("*Narration"))[2]
			amount := minor(t, k.currency, at(form.debit))
			k.credit = amount < 0
			addTo(sums, k, max(amount, -amount))
			continue
		case "quickbooks":
			k.account = account(t, x, k.account)
		}
		k.currency = at(form.currency)
		debit, credit := minor(t, k.currency, at(form.debit)), minor(t, k.currency, at(form.credit))
		if debit < 0 || credit < 0 || (debit == 0) == (credit == 0) {
			t.Errorf("%s: a line has %d and %d: %v", profile, debit, credit, row)
		}
		addTo(sums, k, debit)
		k.credit = true
		addTo(sums, k, credit)
	}
}

func readOracle(t *testing.T, file []byte, sums map[readKey]int64) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil || len(z.File) != 1 || z.File[0].Name != "GlInterface.csv" {
		t.Fatalf("the zip is %v, %v", z, err)
	}
	f, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		at := func(position int) string { return row[position-1] }
		if len(row) != 52 || at(1) != "NEW" || at(8) != "A" || at(52) == "" || at(46) == "" || at(43) == "" || at(45) != "" || at(41)+at(42) != "" {
			t.Errorf("a row is %v", row)
		}
		k := readKey{date: iso("ymd", at(3)), currency: at(6), account: at(10)}
		addTo(sums, k, minor(t, k.currency, at(39)))
		k.credit = true
		addTo(sums, k, minor(t, k.currency, at(40)))
	}
}

func readHledger(t *testing.T, x *Export, file []byte, sums map[readKey]int64) {
	t.Helper()
	if hledger, err := exec.LookPath("hledger"); err == nil {
		c := exec.Command(hledger, "-f", "-", "check", "--strict")
		c.Stdin = bytes.NewReader(file)
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("hledger: %v\n%s", err, out)
		}
	}
	names := map[string]string{}
	for _, a := range x.Settings.Accounts {
		names[hledgerName(&a)] = a.Code
	}
	date := ""
	for line := range strings.Lines(string(file)) {
		switch {
		case strings.HasPrefix(line, "20"):
			date = line[:len("2026-11-29")]
		case strings.HasPrefix(line, "    "):
			posting, _, _ := strings.Cut(line, "  ;")
			name, rest, ok := strings.Cut(strings.TrimSpace(posting), "  ")
			amount, currency, and := strings.Cut(rest, " ")
			code, known := names[name]
			if !ok || !and || !known {
				t.Fatalf("a posting is %q", line)
			}
			n := minor(t, currency, amount)
			addTo(sums, readKey{date, currency, code, n < 0}, max(n, -n))
		}
	}
}

func readSAFT(t *testing.T, file []byte, sums map[readKey]int64) {
	t.Helper()
	if xmllint, err := exec.LookPath("xmllint"); err == nil {
		c := exec.Command(xmllint, "--noout", "-")
		c.Stdin = bytes.NewReader(file)
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("xmllint: %v\n%s", err, out)
		}
	}
	type amount struct{ Amount string }
	var f struct {
		XMLName xml.Name `xml:"urn:OECD:StandardAuditFile-Tax:2.00 AuditFile"`
		Header  struct{ DefaultCurrencyCode string }
		Entries struct {
			NumberOfEntries         int
			TotalDebit, TotalCredit string
			Journal                 struct {
				Transaction []struct {
					TransactionDate string
					Line            []struct {
						AccountID                 string
						DebitAmount, CreditAmount *amount
					}
				}
			}
		} `xml:"GeneralLedgerEntries"`
	}
	d := xml.NewDecoder(bytes.NewReader(file))
	if err := d.Decode(&f); err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	if _, err := d.Token(); err != nil && err != io.EOF {
		t.Error(err)
	}
	currency := f.Header.DefaultCurrencyCode
	total := map[bool]int64{}
	for _, e := range f.Entries.Journal.Transaction {
		for _, l := range e.Line {
			side := l.DebitAmount
			if side == nil {
				side = l.CreditAmount
			}
			n := minor(t, currency, side.Amount)
			total[l.DebitAmount == nil] += n
			addTo(sums, readKey{e.TransactionDate, currency, l.AccountID, l.DebitAmount == nil}, n)
		}
	}
	if f.Entries.NumberOfEntries != len(f.Entries.Journal.Transaction) || minor(t, currency, f.Entries.TotalDebit) != total[false] ||
		minor(t, currency, f.Entries.TotalCredit) != total[true] {
		t.Errorf("the totals are %+v, the lines have %v", f.Entries, total)
	}
}

// The accounts of SAF-T have their balances, on one side each.
func TestSAFTAccounts(t *testing.T) {
	file := string(written(t, export(), "saft")[0])
	for _, want := range []string{
		"<AccountID>113100</AccountID>\n    <AccountDescription>Bank; a/c: |(x)|  \"y\"</AccountDescription>\n    <AccountType>Asset</AccountType>\n" +
			"    <OpeningCreditBalance>1.00</OpeningCreditBalance>\n    <ClosingCreditBalance>700.00</ClosingCreditBalance>\n",
		"<AccountDescription>利息 &lt;Zins&gt; &amp; \ufffd</AccountDescription>",
		`<Name>=1+"x",&lt;&amp;&gt;</Name>`,
	} {
		if !strings.Contains(file, want) {
			t.Errorf("the file lacks\n%s\nin\n%s", want, file)
		}
	}
	if strings.Contains(file, "9001") {
		t.Error("a memo account that is left out is there")
	}
}
