package main

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// csvRows reads a CSV with a header.
func csvRows(t *testing.T, text string) (list []map[string]string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, name := range rows[0] {
			m[name] = row[i]
		}
		list = append(list, m)
	}
	return list
}

func glRows(t *testing.T, path string) []map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return csvRows(t, string(text))
}

// glNames are the accounts of the lender of the tests by what QuickBooks and hledger call
// them.
var glNames = map[string]string{
	"cash_clearing": "113100", "loan_principal": "1301", "interest_receivable": "1302", "fee_receivable": "1303", "penalty_receivable": "1304",
	"allowance": "1309", "borrower_credit": "2201", "unapplied_receipts": "2202", "Interest, <earned>": "800100", "Interest_ <earned>": "800100", "fee_income": "800200",
	"recovery_income": "6004", "impairment_expense": "6701", "interest_in_suspense": "990100", "interest_in_suspense_contra": "9002",
}

// readGL adds up a file by posting date, currency and account.
func readGL(t *testing.T, profile, path string, sums map[string]glSum) {
	t.Helper()
	add := func(date, currency, account, debit, credit string) {
		s := sums[date+" "+currency+" "+account]
		s.debits, s.credits = s.debits+glMinor(t, debit), s.credits+glMinor(t, credit)
		sums[date+" "+currency+" "+account] = s
	}
	signed := func(date, currency, account, amount string) {
		if after, below := strings.CutPrefix(amount, "-"); below {
			add(date, currency, account, "", after)
			return
		}
		add(date, currency, account, amount, "")
	}
	switch profile {
	case "generic":
		for _, r := range glRows(t, path) {
			add(r["posting_date"], r["currency"], r["account"], r["debit"], r["credit"])
		}
	case "sap":
		for _, r := range glRows(t, path) {
			add(r["Posting Date"], r["Transaction Currency"], r["G/L Account"], r["Debit"], r["Credit"])
		}
	case "quickbooks":
		for _, r := range glRows(t, path) {
			d := strings.Split(r["JournalDate"], "/")
			add(d[2]+"-"+d[0]+"-"+d[1], r["Currency"], glNames[r["AccountName"]], r["Debits"], r["Credits"])
		}
	case "xero":
		for _, r := range glRows(t, path) {
			d := strings.Split(r["*Date"], "/")
			signed(d[2]+"-"+d[1]+"-"+d[0], strings.Fields(r["*Narration"])[2], r["*AccountCode"], r["*Amount"])
		}
	case "oracle":
		z, err := zip.OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		f, err := z.Open("GlInterface.csv")
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			add(strings.ReplaceAll(r[2], "/", "-"), r[5], r[9], r[38], r[39])
		}
	case "hledger":
		readGLJournal(t, path, signed)
	case "saft":
		readGLAudit(t, path, add)
	}
}

// readGLJournal has hledger print the postings; where it is not installed the file is read
// as it stands.
func readGLJournal(t *testing.T, path string, add func(date, currency, account, amount string)) {
	t.Helper()
	if hledger, err := exec.LookPath("hledger"); err == nil {
		if out, err := exec.Command(hledger, "-f", path, "check", "--strict").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		out, err := exec.Command(hledger, "-f", path, "print", "-O", "csv").Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range csvRows(t, string(out)) {
			_, name, _ := strings.Cut(r["account"], ":")
			add(r["date"], r["commodity"], glNames[name], r["amount"])
		}
		return
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	date := ""
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "20") {
			date = line[:10]
		}
		if strings.HasPrefix(line, "    ") {
			fields := strings.SplitN(strings.TrimSpace(line), "  ", 3)
			_, name, _ := strings.Cut(fields[0], ":")
			amount, currency, _ := strings.Cut(fields[1], " ")
			add(date, currency, glNames[name], amount)
		}
	}
}

// readGLAudit reads a SAF-T token by token.
func readGLAudit(t *testing.T, path string, add func(date, currency, account, debit, credit string)) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(bytes.NewReader(text))
	var open []string
	var date, currency, account string
	for {
		token, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			open = append(open, x.Name.Local)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			value := string(x)
			switch within := strings.Join(open, "/"); {
			case strings.HasSuffix(within, "/DefaultCurrencyCode"):
				currency = value
			case strings.HasSuffix(within, "/TransactionDate"):
				date = value
			case strings.HasSuffix(within, "/Line/AccountID"):
				account = value
			case strings.HasSuffix(within, "/DebitAmount/Amount"):
				add(date, currency, account, value, "")
			case strings.HasSuffix(within, "/CreditAmount/Amount"):
				add(date, currency, account, "", value)
			}
		}
	}
}
