package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
)

const privacyPolicy = `format_version: 1
name: privacy
jurisdiction: us
time_zone: America/New_York
currencies: [USD]
collections:
  retention_days: 1096
  promises: {grace_days: 2, kept_share: 1, tolerance: 0, horizon_days: 60, broken_max: 2}
  hardship:
    review_days: 30
    valid_days: 14
    step: {channels: [call, letter], tone: helpful, template: hardship_offer, every: 1}
    offers: {illness: [pause], unemployment: [pause]}
    kinds: {pause: {months: 2}}
  segments:
    - name: old
      when: {delinquent_days: {from: 90}}
      ladder: [{from: 90, channels: [agency], tone: firm, template: handover, every: 300, recover: 0.1}]
    - name: all
      when: {}
      ladder: [{from: 1, channels: [%s], tone: helpful, template: talk, every: 1, recover: 0.5}]
  capacity: {call: 9}
  files:
    call: {profile: genesys, masked_ids: %[2]t}
    sms: {profile: sms, plus: true, quotes: true, masked_ids: %[2]t}
    letter: {profile: letter, masked_ids: %[2]t}
    agency: {profile: agency, masked_ids: %[2]t}
    visit: {masked_ids: %[2]t}
`

type privacyLoan struct {
	LoanID       string `parquet:"loan_id"`
	BorrowerID   string `parquet:"borrower_id"`
	Product      string `parquet:"product"`
	Currency     string `parquet:"currency"`
	Principal    int64  `parquet:"principal,decimal(2:18)"`
	DisbursedOn  int32  `parquet:"disbursed_on,date"`
	FirstDueOn   int32  `parquet:"first_due_on,date"`
	Installments int32  `parquet:"installments"`
	AnnualRate   int64  `parquet:"annual_rate,decimal(9:18)"`
}

type privacyBorrower struct {
	BorrowerID string `parquet:"borrower_id"`
	Zone       string `parquet:"time_zone"`
	Language   string `parquet:"language"`
	Region     string `parquet:"region"`
	Born       int32  `parquet:"birth_date,date"`
	Employment string `parquet:"employment"`
	Affordable int64  `parquet:"affordable_amount,decimal(2:18)"`
	Currency   string `parquet:"currency"`
}

type privacyContact struct {
	ContactID  string    `parquet:"contact_id"`
	BorrowerID *string   `parquet:"borrower_id,optional"`
	TaskKey    *string   `parquet:"task_key,optional"`
	LoanID     *string   `parquet:"loan_id,optional"`
	Kind       string    `parquet:"kind"`
	At         time.Time `parquet:"at,timestamp(microsecond)"`
	Channel    *string   `parquet:"channel,optional"`
	Outcome    *string   `parquet:"outcome,optional"`
	Reason     *string   `parquet:"reason,optional"`
	Amount     *int64    `parquet:"amount,optional,decimal(2:18)"`
	Currency   *string   `parquet:"currency,optional"`
	PromisedOn *int32    `parquet:"promised_on,optional,date"`
}

type privacyRepayment struct {
	RepaymentID string `parquet:"repayment_id"`
	LoanID      string `parquet:"loan_id"`
	ValueDate   int32  `parquet:"value_date,date"`
	Amount      int64  `parquet:"amount,decimal(2:18)"`
	Currency    string `parquet:"currency"`
}

type privacyFlag struct {
	BorrowerID string `parquet:"borrower_id"`
	Flag       string `parquet:"flag"`
	ValidFrom  int32  `parquet:"valid_from,date"`
}

// writeRows writes a file of the lender's.
func writeRows[T any](t *testing.T, dir, name string, rows []T) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := parquet.WriteFile(filepath.Join(dir, name+".parquet"), rows); err != nil {
		t.Fatal(err)
	}
}

// daysOf is a date as days since 1970.
func daysOf(s string) int32 {
	at, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return int32(at.Unix() / 86400)
}

const privacyBorrowers = 60

func markedBorrower(i int) string { return fmt.Sprintf("BORROWERMARK%03d", i) }
func markedLoan(i int) string     { return fmt.Sprintf("LOANMARK%03d", i) }

// privacyNight writes the files of a night, whose every value of a person is a mark.
func privacyNight(t *testing.T, dir, date string, first bool) {
	t.Helper()
	at, today := time.Unix(int64(daysOf(date))*86400+50_000, 0).UTC(), daysOf(date)
	text := func(s string) *string { return &s }
	if first {
		var loans []privacyLoan
		var borrowers []privacyBorrower
		for i := range privacyBorrowers {
			due := today - 20
			if i%5 == 4 {
				due = today - 120
			}
			loans = append(loans, privacyLoan{markedLoan(i), markedBorrower(i), "default", "USD", 120_000, due - 31, due, 12, 240_000_000})
			borrowers = append(borrowers, privacyBorrower{
				markedBorrower(i), "America/New_York", "=LANG", "REGIONMARK", daysOf("1987-03-14") + int32(i), []string{"self_employed", "retired"}[i%2], 987654, "USD",
			})
		}
		borrowers = append(borrowers, borrowers[0], borrowers[1])
		borrowers[len(borrowers)-1].Region = "REGIONMARK2" // conflicting: both are rejected
		writeRows(t, dir, "loans-a", loans)
		writeRows(t, dir, "borrowers-a", borrowers)
		writeRows(t, dir, "flags-a", []privacyFlag{{markedBorrower(2), "vulnerable", today}, {markedBorrower(3), "FLAGMARK", today}})
	}
	var contacts []privacyContact
	add := func(i int, kind string, change func(c *privacyContact)) {
		c := privacyContact{ContactID: fmt.Sprintf("CONTACTMARK%s-%d", date, len(contacts)), BorrowerID: text(markedBorrower(i)), Kind: kind, At: at}
		change(&c)
		contacts = append(contacts, c)
	}
	if !first {
		for i := 6; i < 12; i++ {
			add(i, "hardship", func(c *privacyContact) { c.Reason = text([]string{"illness", "unemployment", "HARDSHIPMARK"}[i%3]) })
		}
		add(12, "promise", func(c *privacyContact) {
			c.LoanID, c.PromisedOn, c.Amount = text(markedLoan(12)), &today, new(int64)
			*c.Amount = 4321
		})
		add(13, "cease", func(*privacyContact) {})
		if date == "2026-03-04" { // two who were called the night before
			add(6, "cease", func(*privacyContact) {})
			add(7, "cease", func(*privacyContact) {})
		}
		add(4, "dispute", func(c *privacyContact) { c.LoanID = text(markedLoan(4)) })
		add(14, "opt_out", func(c *privacyContact) { c.Channel = text("call") })
		add(9, "bankruptcy of his", func(*privacyContact) {})
		// Rows that are refused.
		add(999, "attempt", func(*privacyContact) {})
		add(5, "attempt", func(c *privacyContact) { c.LoanID = text(markedLoan(998)) })
		add(5, "attempt", func(c *privacyContact) { c.BorrowerID, c.TaskKey = nil, text("TASKMARK") })
		add(5, "consent", func(c *privacyContact) { c.Channel = text("CHANNELMARK") })
		add(5, "promise", func(*privacyContact) {})
		add(5, "attempt", func(c *privacyContact) { c.At = at.AddDate(0, 0, 9) })
	}
	writeRows(t, dir, "contacts-a", contacts)
	writeRows(t, dir, "repayments-a", []privacyRepayment{
		{"PAYMENTMARK1-" + date, markedLoan(20), today, 100, "USD"}, {"PAYMENTMARK2-" + date, "LOANMARKNOBODY", today, 100, "USD"},
	})
}

// marks are what no system outside, log or page may learn of a person.
var privacyMarks = []string{
	"BORROWERMARK", "LOANMARK", "PAYMENTMARK", "CONTACTMARK", "HARDSHIPMARK", "REGIONMARK", "FLAGMARK", "TASKMARK", "CHANNELMARK", "1987-0", "self_employed", "retired", "9876.54", "987654", "7732199", "77321.99",
}

// channelMarks are what a channel may not learn either.
var channelMarks = []string{"illness", "unemployment", "hardship_review", "birth", "employment", "vulnerable"}

// TestPrivacy is section 10: neither a channel's files nor the manifest, the page, controls,
// what a command prints or the log has an id of a borrower or loan, or anything else of a person;
// and the secret of the keys is nowhere.
func TestPrivacy(t *testing.T) {
	for _, masked := range []bool{false, true} {
		t.Run(fmt.Sprint("masked_ids ", masked), func(t *testing.T) { privacy(t, masked) })
	}
}

func privacy(t *testing.T, masked bool) {
	dir := t.TempDir()
	book, out, policy, keyFile := filepath.Join(dir, "book"), filepath.Join(dir, "out"), filepath.Join(dir, "policy.yaml"), filepath.Join(dir, "key")
	key := make([]byte, 32)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range key {
		key[i] = byte(r.IntN(256))
	}
	if err := os.WriteFile(keyFile, key, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(policy, fmt.Appendf(nil, privacyPolicy, "visit, call, sms, letter", masked), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	command := func(args ...string) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if status := newApp(&stdout, &stderr).run(t.Context(), args); status != statusDone && status != statusAbove {
			t.Fatalf("daybook %s: exit status %d\n%s", strings.Join(args, " "), status, stderr.String())
		}
		fmt.Fprintf(&said, "%s\n%s\n", stdout.String(), stderr.String())
	}
	for i, date := range []string{"2026-03-02", "2026-03-03", "2026-03-04"} {
		in := filepath.Join(dir, "in", date)
		privacyNight(t, in, date, i == 0)
		args := []string{"close", "--book", book, "--in", in, "--out", out, "--date", date, "--queue-key", keyFile}
		if i == 0 {
			args = append(args, "--policy", policy, "--gap", "100000")
		}
		switch i {
		case 1:
			command(append(args, "--dry-run")...)
			command(append(args, "--json")...)
		default:
			command(args...)
		}
		command(args[:9]...) // again, without the secret
	}
	command("verify", "--book", book, "--out", out)
	command("report", "--book", book, "--out", filepath.Join(dir, "again"))
	command("status", "--book", book)
	seen := map[string]bool{}
	err := filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(out, path)
		_, name, _ = strings.Cut(filepath.ToSlash(name), "/")
		inQueue := strings.HasPrefix(name, "queue/")
		if filepath.Ext(path) == ".parquet" || !inQueue && name != "manifest.json" && name != "report.html" && !strings.HasPrefix(name, "regulatory/") {
			return nil
		}
		if seen[name] = seen[name] || len(data) > 600 || (strings.HasSuffix(name, "recall.csv") || strings.HasSuffix(name, "dnc.csv")) && bytes.Count(data, []byte("\n")) > 1; inQueue {
			noMarks(t, path, data, channelMarks)
			header, _, _ := strings.Cut(string(data), "\n")
			if strings.Contains(header, "score") || strings.Contains(header, "business_date") || strings.Contains(header, "_id") {
				t.Errorf("%s has the columns %s", path, header)
			}
			if strings.Contains(string(data), "****") {
				if seen["masked "+name] = true; !masked {
					t.Errorf("%s has masked ids", path)
				}
			}
		}
		noMarks(t, path, data, privacyMarks)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"manifest.json", "report.html", "queue/call.csv", "queue/call.genesys.csv", "queue/visit.csv", "queue/agency.csv", "queue/agency.agency.csv",
		"queue/agency.recall.csv", "queue/genesys.dnc.csv",
	} {
		if !seen[name] {
			t.Errorf("%s is empty or not there: it shows nothing", name)
		}
	}
	for _, name := range []string{"queue/call.csv", "queue/call.genesys.csv", "queue/visit.csv", "queue/agency.csv", "queue/agency.agency.csv"} {
		if masked && !seen["masked "+name] {
			t.Errorf("%s has no masked ids, and the policy wants them", name)
		}
	}
	noMarks(t, "what was printed", said.Bytes(), privacyMarks)
	noSecret(t, dir, keyFile, key, said.Bytes())
}

// noMarks fails where something has a mark.
func noMarks(t *testing.T, what string, data []byte, marks []string) {
	t.Helper()
	for _, m := range marks {
		if i := bytes.Index(data, []byte(m)); i >= 0 {
			t.Errorf("%s has %s: %q", what, m, data[max(0, i-80):min(len(data), i+80)])
		}
	}
}

// noSecret fails where a file but its own, or something that was printed, has the secret.
func noSecret(t *testing.T, dir, file string, key, said []byte) {
	t.Helper()
	forms := [][]byte{
		key, []byte(hex.EncodeToString(key)), []byte(strings.ToUpper(hex.EncodeToString(key))), []byte(base64.RawStdEncoding.EncodeToString(key)), []byte(base64.RawURLEncoding.EncodeToString(key)),
		key[:12], key[12:24], []byte(fmt.Sprint(key)), []byte(strings.ReplaceAll(fmt.Sprint(key), " ", ",")),
	}
	look := func(what string, data []byte) {
		for _, form := range forms {
			if bytes.Contains(data, form) {
				t.Errorf("%s has the secret as %q", what, form)
			}
		}
	}
	look("what was printed", said)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path == file {
			return err
		}
		data, err := os.ReadFile(path)
		look(path, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
