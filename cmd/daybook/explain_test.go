package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"daybook/aging/treat"
	"daybook/batch/lookup"
	"daybook/ledger/civil"
	"daybook/reports"
)

// explainedLender closes a night with borrowers past due, and one in which each of some of
// them says something: their ids come back, by what they said.
func explainedLender(t *testing.T) (book string, said map[string]string) {
	t.Helper()
	dir := t.TempDir()
	book = filepath.Join(dir, "book")
	path := func(name ...string) string { return filepath.Join(append([]string{dir}, name...)...) }
	run(t, "generate", "--out", path("in"), "--loans", "300", "--nights", "2", "--first-night", "2026-11-23")
	closes := func(date string) {
		run(t, "close", "--book", book, "--in", path("in", date), "--out", path("out"), "--date", date)
	}
	closes("2026-11-23")
	rows, err := csv.NewReader(strings.NewReader(run(t, "export", "--book", book, "--date", "2026-11-23", "--table", "loans", "--format", "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	kinds := []string{"complaint", "hardship", "promise", "attempt", "opt_out", "dispute"}
	said = map[string]string{}
	optional := func(name string) reports.Column {
		return reports.Column{Name: name, Kind: reports.Text, Optional: true}
	}
	contacts := &reports.Table{Columns: []reports.Column{
		{Name: "contact_id", Kind: reports.Text}, {Name: "borrower_id", Kind: reports.Text}, {Name: "kind", Kind: reports.Text}, {Name: "at", Kind: reports.Text},
		optional("channel"), optional("outcome"), optional("reason"), optional("loan_id"), {Name: "amount", Kind: reports.Amount, Digits: 2, Optional: true},
		{Name: "promised_on", Kind: reports.Date, Optional: true},
	}}
	taken := map[string]bool{}
	for _, row := range rows[1:] {
		id, loan := row[at["borrower_id"]], row[at["loan_id"]]
		days, _ := strconv.Atoi(row[at["delinquent_days"]])
		if days < 5 || taken[id] || len(said) == len(kinds) {
			continue
		}
		taken[id] = true
		kind := kinds[len(said)]
		said[kind] = id
		add := func(more ...any) {
			contacts.Append(append([]any{"K-" + kind, id, kind, "2026-11-24T10:00:00+08:00"}, more...)...)
		}
		switch kind {
		case "hardship":
			add(nil, nil, "family", nil, nil, nil)
		case "promise":
			add(nil, nil, nil, loan, 10_000, civil.Of(2026, 12, 1))
		case "attempt":
			add("call", "conversation", nil, nil, nil, nil)
		case "opt_out":
			add("call", nil, nil, nil, nil, nil)
		case "dispute":
			add(nil, nil, nil, loan, nil, nil)
		default:
			add(nil, nil, nil, nil, nil, nil)
		}
	}
	if _, err := reports.WriteParquet(path("in", "2026-11-24", "contacts-a.parquet"), contacts); err != nil {
		t.Fatal(err)
	}
	closes("2026-11-24")
	return book, said
}

// What is said of borrowers is as its schema, and people are told the same in words.
func TestExplainBorrower(t *testing.T) {
	set := loadSchemas(t)
	book, said := explainedLender(t)
	views := map[string]*lookup.BorrowerView{}
	for kind, id := range said {
		text := run(t, "explain", "--borrower", id, "--book", book, "--json")
		set.check(t, "explain-borrower", "explain --borrower "+id, text)
		v := &lookup.BorrowerView{}
		if err := json.Unmarshal([]byte(text), v); err != nil {
			t.Fatal(err)
		}
		views[kind] = v
	}
	if v := views["complaint"]; v.Place.Place != "suppressed" || v.Place.EarliestAt != "" {
		t.Errorf("who complained is %+v", v.Place)
	}
	if v := views["hardship"]; v.Hardship == nil || v.Hardship.Reason != "family" || v.Treatment.Segment != "hardship" || v.Treatment.Step != nil && v.Treatment.Step.From != nil {
		t.Errorf("who is in hardship is %+v, %+v", v.Hardship, v.Treatment)
	}
	if v := views["promise"]; len(v.Promises) != 1 || v.Promises[0].Amount != "100.00" || !v.Promises[0].Holds {
		t.Errorf("who promised is %+v", v.Promises)
	}
	for kind, wants := range map[string][]string{
		"complaint": {"The borrower is not to be contacted.", "nothing says when that ends", "  - a complaint is open\n", "GB/T 45251-2025"},
		"hardship":  {"hardship: family, opened on 2026-11-24"},
		"promise":   {"a promise to pay is still open (loan L", "; no more from 2026-12-", "100.00", "keeps us silent"},
		"attempt":   {"on 2026-11-25 (Wednesday), as the night of 2026-11-24 decided", "cn_talks_day", "1 of 1 conversations from", ": 2026-11-24 call", "last_contact", "next_contact_from"},
		"opt_out":   {"opted_out"},
		"dispute":   {"no: dispute", "may be asked for"},
	} {
		text := run(t, "explain", "--borrower", said[kind], "--book", book)
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("of who has made a %s it does not say %q:\n%s", kind, want, text)
			}
		}
	}
}

// Each reason has words, and each is one that there is.
func TestRuleWords(t *testing.T) {
	for _, code := range treat.Blockers() {
		if ruleWords[code] == "" {
			t.Errorf("there are no words for %s", code)
		}
	}
	if len(ruleWords) != len(treat.Blockers()) {
		t.Error("there are words for what is no reason")
	}
}

// A loan or a borrower, not both and not neither.
func TestExplainTakesOne(t *testing.T) {
	for _, args := range [][]string{{"explain"}, {"explain", "L1", "--borrower", "B1"}, {"explain", "L1", "L2"}} {
		var stdout, stderr bytes.Buffer
		if status := newApp(&stdout, &stderr).run(t.Context(), append(args, "--book", "none")); status != statusUsage {
			t.Errorf("daybook %q: exit status %d: %s", args, status, stderr.String())
		}
	}
}
