//go:build unix

package main

import (
	"bytes"
	"encoding/csv"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"daybook/ledger/civil"
	"daybook/reports"
)

// hostile is a text of others that a terminal would obey and a spreadsheet run.
const hostile = "=a\x1b[2J\x07\x7f\u009b1m\u202e\u2066\u2028\r\nforged: line"

// hostileLender closes a night whose ids and files are hostile.
func hostileLender(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	text := func(name string) reports.Column { return reports.Column{Name: name, Kind: reports.Text} }
	date := func(name string) reports.Column { return reports.Column{Name: name, Kind: reports.Date} }
	amount := func(name string) reports.Column { return reports.Column{Name: name, Kind: reports.Amount, Digits: 2} }
	loans := &reports.Table{Columns: []reports.Column{text("loan_id"), text("borrower_id"), text("product"), text("currency"), amount("principal"),
		date("disbursed_on"), date("first_due_on"), {Name: "installments", Kind: reports.Count}, amount("annual_rate"), text("region")}}
	loans.Append(hostile, hostile, "default", "CNY", 100_000, civil.Of(2026, 9, 1), civil.Of(2026, 10, 1), 12, 18, hostile)
	payments := &reports.Table{Columns: []reports.Column{text("repayment_id"), text("loan_id"), date("value_date"), amount("amount"), text("currency")}}
	payments.Append(hostile, hostile, civil.Of(2026, 11, 20), 500, "CNY")
	payments.Append(hostile+"2", "nobody"+hostile, civil.Of(2026, 11, 20), 500, "CNY")
	for kind, table := range map[string]*reports.Table{"loans": loans, "repayments": payments} {
		in := filepath.Join(dir, "in")
		if err := os.MkdirAll(in, 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := reports.WriteParquet(filepath.Join(in, kind+"-<script>\x1b[31m\n\u202e.parquet"), table); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(dir, "bad"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "bad", kind+"-\x1b[31m\xff\nforged: line.parquet"), []byte("junk"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// No text of others moves a terminal, forges a line or hides one: not an id, a
// file's name, a policy's text or what the line itself says, whatever the command.
func TestTextsOfOthersAreEscaped(t *testing.T) {
	dir := hostileLender(t)
	if err := os.WriteFile(filepath.Join(dir, "bad.yaml"), []byte("format_version: 1\n\"na\x1b[2J\u202eme\": x\u009b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"close", "--book", "$D/book", "--in", "$D/in", "--out", "$D/out", "--date", "2026-11-23"},
		{"close", "--book", "$D/book", "--in", "$D/in", "--out", "$D/out", "--date", "2026-11-23"},
		{"close", "--book", "$D/book", "--in", "$D/bad", "--out", "$D/out", "--date", "2026-11-24"},
		{"close", "--book", "$D/book", "--in", hostile, "--out", "$D/out", "--date", "2026-11-24"},
		{"show", "loan", hostile, "--book", "$D/book"},
		{"show", "loan", hostile, "--as-of", "2026-11-23", "--book", "$D/book"},
		{"show", "loan", "nobody" + hostile, "--book", "$D/book"},
		{"explain", hostile, "--book", "$D/book"},
		{"explain", "--borrower", hostile, "--book", "$D/book"},
		{"payoff", hostile, "--on", "2026-11-25", "--book", "$D/book"},
		{"statement", "--loan", hostile, "--from", "2026-11-01", "--to", "2026-11-23", "--book", "$D/book", "--out", "$D/statements"},
		{"statement", "--loan", hostile, "--from", "2026-11-01", "--to", "2026-11-23", "--book", "$D/book", "--out", "$D/statements", "--format", "pdf"},
		{"statement", "--loan", "nobody" + hostile, "--from", "2026-11-01", "--to", "2026-11-23", "--book", "$D/book", "--out", "$D/statements"},
		{"statement", "--loans", hostile, "--from", "2026-11-01", "--to", "2026-11-23", "--book", "$D/book", "--out", "$D/statements"},
		{"show", "suspense", "--book", "$D/book"},
		{"show", "account", hostile, "--book", "$D/book"},
		{"show", "entry", hostile, "--book", "$D/book"},
		{"status", "--book", hostile},
		{"verify", "--book", hostile},
		{"verify", "--book", "$D/book", "--out", "$D/out"},
		{"report", "--book", "$D/book", "--out", "$D/" + hostile},
		{"policy", "check", "$D/bad.yaml"},
		{"policy", "check", hostile},
		{"init", "--book", "$D/\x1b[31m"},
		{"export", "--book", "$D/book", "--date", "2026-11-23", "--table", hostile, "--format", "csv"},
		{hostile},
		{"--" + hostile},
		{"close", "--gap", hostile},
	} {
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "$D", dir)
		}
		for _, more := range [][]string{nil, {"--json"}, {"--log-format", "json"}} {
			var stdout, stderr bytes.Buffer
			newApp(&stdout, &stderr).run(t.Context(), append(append([]string{}, args...), more...))
			for name, text := range map[string]string{"stdout": stdout.String(), "stderr": stderr.String()} {
				if more != nil && more[0] == "--log-format" && name == "stderr" {
					continue // a log's JSON is the library's
				}
				if at := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }); at >= 0 || !utf8.ValidString(text) {
					t.Errorf("daybook %q %v: %s at byte %d:\n%q", args, more, name, at, text)
				}
				if strings.HasPrefix(text, "forged") || strings.Contains(text, "\nforged") {
					t.Errorf("daybook %q %v: a line of %s is forged:\n%s", args, more, name, text)
				}
			}
			if stdout.Len()+stderr.Len() == 0 {
				t.Errorf("daybook %q says nothing", args)
			}
		}
	}
}

// What a machine reads keeps the bytes, but a CSV's cells are neutral, in every CSV
// that a night publishes as well, and the page is escaped.
func TestPublishedTextsAreHarmless(t *testing.T) {
	dir := hostileLender(t)
	book := filepath.Join(dir, "book")
	args := []string{"close", "--book", book, "--in", filepath.Join(dir, "in"), "--out", filepath.Join(dir, "out"), "--date", "2026-11-23", "--quiet"}
	if status := newApp(io.Discard, io.Discard).run(t.Context(), args); status != statusAbove { // one is held
		t.Fatalf("exit status %d", status)
	}
	exported := filepath.Join(dir, "out", "2026-11-23", "export.csv")
	for _, table := range []string{"loans", "journal"} {
		if err := os.WriteFile(exported+table+".csv", []byte(run(t, "export", "--book", book, "--date", "2026-11-23", "--table", table, "--format", "csv")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	seen := 0
	err := filepath.WalkDir(filepath.Join(dir, "out"), func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".csv" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			return err
		}
		for _, l := range lines {
			for _, cell := range l {
				if strings.HasPrefix(cell, "'=") {
					seen++
				}
				if cell != "" && strings.ContainsRune("=+@\t\r", rune(cell[0])) {
					t.Errorf("%s: cell %q", path, cell)
				}
			}
		}
		return nil
	})
	if err != nil || seen < 3 {
		t.Errorf("%d cells were made neutral, %v", seen, err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "out", "2026-11-23", "report.html"))
	if err != nil || bytes.Contains(page, []byte("<script")) || !bytes.Contains(page, []byte("&lt;script&gt;")) {
		t.Errorf("%v\n%s", err, page)
	}
	journal := run(t, "export", "--book", book, "--all", "--table", "journal", "--format", "hledger")
	if strings.Contains(journal, "\nforged") || strings.ContainsAny(journal, "\x1b\r\x7f\x07") {
		t.Errorf("the journal has\n%q", journal)
	}
	if hledger, err := exec.LookPath("hledger"); err == nil {
		c := exec.Command(hledger, "-f", "-", "check", "--strict")
		c.Stdin = strings.NewReader(journal)
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("hledger: %v\n%s", err, out)
		}
	}
}
