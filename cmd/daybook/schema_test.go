package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/reports"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemas are the JSON Schemas of docs/schemas, by name.
type schemas map[string]*jsonschema.Schema

func loadSchemas(t *testing.T) schemas {
	t.Helper()
	files, err := filepath.Glob("../../docs/schemas/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no schemas: %v", err)
	}
	set := schemas{}
	for _, path := range files {
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		sch, err := c.Compile(path)
		if err != nil {
			t.Fatal(err)
		}
		set[strings.TrimSuffix(filepath.Base(path), ".json")] = sch
	}
	return set
}

// check holds a command's stdout, which is one object, to a schema.
func (s schemas) check(t *testing.T, name, what, stdout string) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(stdout))
	var object map[string]any
	if err := d.Decode(&object); err != nil || len(object) == 0 {
		t.Errorf("daybook %s: %v\n%s", what, err, stdout)
		return
	}
	if _, err := d.Token(); err != io.EOF {
		t.Errorf("daybook %s prints more than one object:\n%s", what, stdout)
	}
	if s[name] == nil {
		t.Fatalf("there is no docs/schemas/%s.json", name)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(stdout))
	if err != nil {
		t.Fatal(err)
	}
	if err := s[name].Validate(v); err != nil {
		t.Errorf("daybook %s: %v\n%s", what, err, stdout)
	}
}

// walkedLender makes what the walks need.
func walkedLender(t *testing.T) (dir, entry string) {
	dir = closed(t, "60")
	if err := os.CopyFS(filepath.Join(dir, "damaged"), os.DirFS(filepath.Join(dir, "book"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "damaged", "seal")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "policy.yaml"), []byte(run(t, "policy", "show")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "own.yaml"), []byte(run(t, "packs", "show", "ifrs9")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "other.yaml"), []byte("name: other\naging: {grace_days: 2}\nscore: {bucket_entered: [-99]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := &reports.Table{Name: "repayments", Columns: []reports.Column{{Name: "repayment_id", Kind: reports.Text}, {Name: "loan_id", Kind: reports.Text},
		{Name: "value_date", Kind: reports.Date}, {Name: "amount", Kind: reports.Amount, Digits: 2}, {Name: "currency", Kind: reports.Text}}}
	rows.Append("P1", "L1", nil, -500, "CNY")
	if err := os.Mkdir(filepath.Join(dir, "bad"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := reports.WriteParquet(filepath.Join(dir, "bad", "repayments.parquet"), rows); err != nil {
		t.Fatal(err)
	}
	writeOffers(t, filepath.Join(dir, "night", "queue"))
	people := &reports.Table{Name: "people", Columns: []reports.Column{{Name: "borrower_id", Kind: reports.Text}, {Name: "phone_number", Kind: reports.Text}}}
	people.Append("B1", "8613800000000")
	if _, err := reports.WriteParquet(filepath.Join(dir, "people.parquet"), people); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "results.csv"), []byte("task_key,status,at\nk1,NA,2026-11-25 10:00\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	writeStatements(t, dir)
	run(t, "key", "new", "--name", "lender.example/book", "--out", filepath.Join(dir, "key"))
	run(t, "warehouse", "publish", "--book", filepath.Join(dir, "book"), "--out", filepath.Join(dir, "out"), "--root", filepath.Join(dir, "wh"),
		"--from", "2026-11-23", "--to", "2026-11-24", "--iceberg")
	for _, name := range []string{"empty", "unread", "returned"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"junk.parquet", "repayments-0001.parquet", "repayments-0002.parquet"} {
		if err := os.WriteFile(filepath.Join(dir, "unread", name), []byte("junk"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var view struct {
		History []struct {
			ID json.Number `json:"entry_id"`
		} `json:"history"`
	}
	if err := json.Unmarshal([]byte(run(t, "show", "loan", "L0000000009", "--book", filepath.Join(dir, "book"), "--json")), &view); err != nil {
		t.Fatal(err)
	}
	return dir, view.History[0].ID.String()
}

// writeStatements writes a statement of the lender's bank that has one payment of its last
// night, and a file that is none.
func writeStatements(t *testing.T, dir string) {
	t.Helper()
	var paid []string
	for line := range strings.Lines(run(t, "export", "--book", filepath.Join(dir, "book"), "--all", "--table", "journal", "--format", "csv")) {
		if f := strings.Split(line, ","); len(f) > 9 && f[3] == "repayment" && f[6] == "1001" {
			paid = f
		}
	}
	if paid == nil {
		t.Fatal("the lender was paid nothing")
	}
	day, amount := strings.ReplaceAll(paid[2], "-", "")[2:], strings.ReplaceAll(paid[8], ".", ",")
	text := ":20:1\n:25:6222\n:28C:1\n:60F:C" + day + "CNY0,\n:61:" + day + "C" + amount + "NTRF" + paid[4] + "\n:86:payment\n:62F:C" + day + "CNY" + amount + "\n-\n"
	for name, text := range map[string]string{"bank/statements-cny.sta": text, "badbank/statements-cny.xml": "<Document>\n<!DOCTYPE x>"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// writeOffers writes offers that are valid as long as dates go.
func writeOffers(t *testing.T, queue string) {
	t.Helper()
	if err := os.MkdirAll(queue, 0o700); err != nil {
		t.Fatal(err)
	}
	day := func(name string) reports.Column {
		return reports.Column{Name: name, Kind: reports.Date, Optional: true}
	}
	amount := func(name string) reports.Column {
		return reports.Column{Name: name, Kind: reports.Amount, Digits: 2, Optional: true}
	}
	offers := &reports.Table{Columns: []reports.Column{
		{Name: "offer_id", Kind: reports.Text}, {Name: "loan_id", Kind: reports.Text}, {Name: "kind", Kind: reports.Text}, day("value_date"), day("valid_until"),
		{Name: "months", Kind: reports.Number, Optional: true}, day("first_due_on"), day("until"), {Name: "annual_rate", Kind: reports.Rate, Digits: 9, Optional: true},
		amount("waived"), amount("forgiven"), amount("pay_amount"), day("pay_by"),
	}}
	on := civil.Of(2026, 11, 23)
	offers.Append("pause", "L0000000009", "pause", on, civil.Max, 2, nil, on+61, nil, 0, 0, nil, nil)
	offers.Append("plan", "L0000000008", "installment_plan", on, civil.Max, 1, on+30, nil, 0, 0, 0, nil, nil)
	lines := &reports.Table{Columns: []reports.Column{
		{Name: "offer_id", Kind: reports.Text}, {Name: "number", Kind: reports.Number}, day("due_on"), amount("principal"), amount("interest"),
	}}
	lines.Append("plan", 1, on+30, 100, 0)
	for name, table := range map[string]*reports.Table{"offers": offers, "offer_installments": lines} {
		if _, err := reports.WriteParquet(filepath.Join(queue, name+".parquet"), table); err != nil {
			t.Fatal(err)
		}
	}
}

// What each command prints with --json is what its schema says.
func TestJSONIsAsItsSchema(t *testing.T) {
	set := loadSchemas(t)
	dir, entry := walkedLender(t)
	seen := []string{"manifest"}
	for _, x := range []struct {
		schema, args string
		status       int
	}{
		{"demo", "demo --dir $N/demo --loans 20 --nights 2", 0},
		{"demo", "demo --dir $D --loans 60 --nights 2", 0},
		{"generate", "generate --out $N/g --loans 10 --nights 1", 0},
		{"init", "init --book $N/b", 0},
		{"close", "close --book $N/c --in $D/inbox/2026-11-23 --out $N/o --date 2026-11-23", 0},
		{"close", "close --book $N/c --in $D/inbox/2026-11-23 --out $N/o --date 2026-11-23", 0},
		{"close", "close --book $N/c --in $D/inbox/2026-11-24 --out $N/o --date 2026-11-24 --dry-run", 0},
		{"compare", "close --book $N/c --in $D/inbox/2026-11-24 --date 2026-11-24 --policy $D/other.yaml --dry-run --compare", 0},
		{"compare", "close --book $N/none --in $D/inbox/2026-11-23 --out $N/w --date 2026-11-23 --policy $D/policy.yaml --dry-run --compare", 0},
		{"close", "close --book $N/d --in $D/bad --out $N/p --date 2026-11-23", statusAbove},
		{"close", "close --book $N/c --in $D/empty --out $N/o --date 2026-11-25 --allow-empty", 0},
		{"verify", "verify --book $D/book", 0},
		{"verify", "verify --book $D/book --out $D/out", 0},
		{"verify", "verify --book $D/book --out $D/empty", statusFault},
		{"verify", "verify --book $D/damaged", statusFault},
		{"verify-head", "verify --book $D/book --head $D/out/2026-11-24/head --unsigned", 0},
		{"verify-head", "verify --root $D/wh --head $D/out/2026-11-24/head --from $D/out/2026-11-23/head --unsigned", 0},
		{"error", "verify --root $D/wh --head $D/out/2026-11-24/head --key $D/key.pub", statusFault},
		{"prove", "prove --book $D/book --entry $E --out $N/entry.proof", 0},
		{"prove", "prove --book $D/book --from $D/out/2026-11-23/head --out $N/from.proof", 0},
		{"verify-head", "verify --proof $N/entry.proof --unsigned", 0},
		{"key", "key new --name lender.example/next --out $N/next", 0},
		{"key", "key next --signing-key $D/key --next $N/next.pub --out $N/next.note", 0},
		{"warehouse-publish", "warehouse publish --book $D/book --out $D/out --root $N/wh --from 2026-11-23 --to 2026-11-24 --iceberg", 0},
		{"warehouse-verify", "warehouse verify --root $N/wh --book $D/book", 0},
		{"close", "close --book $D/book --in $D/inbox/2026-11-24 --out $D/out --date 2026-11-24 --warehouse $N/wh --iceberg", 0},
		{"error", "close --book $D/book --in $D/inbox/2026-11-24 --out $D/out --date 2026-11-24 --warehouse $D/out", statusGuarded},
		{"warehouse-iceberg", "warehouse iceberg --root $N/wh --rebuild", 0},
		{"warehouse-retain", "warehouse retain --root $N/wh --keep daily=1d", 0},
		{"warehouse-files", "warehouse schemas --out $N/schemas", 0},
		{"warehouse-files", "warehouse dbt --out $N/dbt", 0},
		{"status", "status --book $D/book --out $D/out", 0},
		{"status", "status --book $N/b", 0},
		{"trial-balance", "trial-balance --book $D/book", 0},
		{"report", "report --book $D/book --out $N/r", 0},
		{"report", "report --book $D/book --out $N/r --date 2026-11-23", 0},
		{"explain", "explain L0000000009 --book $D/book", 0},
		{"explain-borrower", "explain --borrower B000000001 --book $D/book", 0},
		{"payoff", "payoff L0000000009 --on 2026-11-25 --book $D/book", 0},
		{"statement", "statement --loan L0000000009 --book $D/book --from 2026-11-01 --to 2026-11-24 --out $N/st", 0},
		{"statement", "statement --loan L0000000009 --book $D/book --from 2026-11-01 --to 2026-11-24 --out $N/st --format json --known then", 0},
		{"error", "statement --loan nobody --book $D/book --from 2026-11-01 --to 2026-11-24 --out $N/st", statusFailed},
		{"error", "statement --book $D/book --from 2026-11-01 --to 2026-11-24 --out $N/st", statusUsage},
		{"show-loan", "show loan L0000000009 --book $D/book", 0},
		{"show-loan-as-of", "show loan L0000000009 --as-of 2026-11-23 --book $D/book", 0},
		{"show-account", "show account 1301 --book $D/book", 0},
		{"show-entry", "show entry $E --book $D/book", 0},
		{"show-suspense", "show suspense --book $D/book", 0},
		{"export", "export --book $D/book --all --table journal --format csv --out $N/x", 0},
		{"gl", "gl --book $D/book --date 2026-11-24 --profile saft --out $N/gl.xml", 0},
		{"gl", "gl --book $D/book --date 2026-11-24 --profile saft --out $N/gl.xml", 0},
		{"gl", "gl --book $D/book --from 2026-11-23 --to 2026-11-24 --profile saft --out $N/gl.xml --again", 0},
		{"error", "gl --book $D/book --from 2026-11-23 --to 2026-11-25 --profile saft --out $N/gl.xml", statusFailed},
		{"error", "gl --book $D/book --date 2026-11-23 --profile saft --out $N/gl.xml", statusGuarded},
		{"reconcile", "reconcile --book $D/book --in $D/bank --out $N/rc --date 2026-11-24 --dry-run", 0},
		{"reconcile", "reconcile --book $D/book --in $D/bank --out $N/rc --date 2026-11-24", 0},
		{"reconcile-undo", "reconcile --book $D/book --undo M20261124-000001 --reason wrong", 0},
		{"reconcile", "reconcile --book $D/book --in $D/bank --out $N/rc --date 2026-11-24", 0},
		{"error", "reconcile --book $D/book --undo M20261124-000009 --reason wrong", statusFailed},
		{"error", "reconcile --book $D/book --in $D/bank --out $N/rc --date 2026-11-23", statusFailed},
		{"error", "reconcile --book $D/book --in $D/badbank --out $N/rc --date 2026-11-24", statusFailed},
		{"error", "reconcile --book $D/book --out $N/rc", statusUsage},
		{"show-statement", "show statement $D/bank/statements-cny.sta", 0},
		{"error", "show statement $D/badbank/statements-cny.xml", statusFailed},
		{"lock", "lock --book $D/book --through 2026-11-23 --out $D/out --dry-run", 0},
		{"lock", "lock --book $D/book --through 2026-11-23 --out $D/out", 0},
		{"lock", "lock --book $D/book --through 2026-11-23 --out $D/out", 0},
		{"lock", "lock --book $D/book --through 2026-11-24 --out $D/empty", statusGuarded},
		{"error", "lock --book $D/book --through 2026-11-25 --out $D/out", statusFailed},
		{"error", "lock --book $D/book --through 2026-11-24 --out $D/out --force", statusUsage},
		{"status", "status --book $D/book", 0},
		{"unlock", "unlock --book $D/book --through 2026-11-22 --reason why", 0},
		{"error", "unlock --book $D/book --through 2026-11-22 --reason why", statusFailed},
		{"offers", "offers --out-of $D/night --accept pause,plan --paid-on 2026-11-24 --in $D/empty", 0},
		{"queue-templates", "queue templates", 0},
		{"queue-export", "queue export --out-of $D/out/2026-11-24 --profile agency --with $D/people.parquet --to $N/q.csv", 0},
		{"queue-results", "queue results --profile sms --policy $D/policy.yaml $D/results.csv --in $D/returned", 0},
		{"queue-results", "queue results --profile sms --policy $D/policy.yaml $D/results.csv --in $D/returned", 0},
		{"policy-diff", "policy diff $D/policy.yaml $D/other.yaml", statusFailed},
		{"policy-diff", "policy diff $D/policy.yaml $D/policy.yaml", 0},
		{"error", "policy diff $D/policy.yaml $D/demo.json", statusFailed},
		{"error", "close --book $N/c --in $D/inbox/2026-11-24 --date 2026-11-24 --policy $D/other.yaml --compare", statusUsage},
		{"error", "close --book $D/book --in $D/inbox/2026-11-24 --date 2026-11-24 --policy $D/other.yaml --dry-run --compare", statusFailed},
		{"policy-check", "policy check $D/policy.yaml", 0},
		{"policy-check", "policy check $D/own.yaml", 0},
		{"packs-list", "packs list", 0},
		{"version", "version", 0},
		{"error", "offers --out-of $D/night --accept pause --paid-on 2026-11-24 --in $D/empty", statusFailed},
		{"error", "offers --out-of $D/night --accept nobody --in $D/empty", statusFailed},
		{"error", "close --date yesterday", statusUsage},
		{"error", "clsoe", statusUsage},
		{"error", "show laon", statusUsage},
		{"error", "show loan nobody --book $D/book", statusFailed},
		{"error", "explain --borrower nobody --book $D/book", statusFailed},
		{"error", "explain L0000000009 --borrower B000000001 --book $D/book", statusUsage},
		{"error", "explain --book $D/book", statusUsage},
		{"error", "export --book $D/book --all --table journal --format csv", statusUsage},
		{"error", "status --book $N/none", statusFailed},
		{"error", "policy check $D/demo.json", statusFailed},
		{"error", "queue results --profile sms --policy $D/policy.yaml $D/policy.yaml --in $D/returned", statusFailed},
		{"error", "queue export --out-of $D --profile sms --with $D/people.parquet --to $N/q", statusFailed},
		{"error", "close --book $N/e --in $D/unread --out $N/q --date 2026-11-23", statusFailed},
		{"error", "close --book $N/e --in $D/bad --out $N/q --date 2026-11-23 --strict", statusAbove},
		{"error", "close --book $D/book --in $D/bad --out $D/out --date 2026-11-24", statusFailed},
	} {
		if !slices.Contains(seen, x.schema) {
			seen = append(seen, x.schema)
		}
		args := strings.NewReplacer("$D", dir, "$N", filepath.Join(dir, "new"), "$E", entry).Replace(x.args) + " --json"
		var stdout, stderr bytes.Buffer
		if status := newApp(&stdout, &stderr).run(t.Context(), strings.Fields(args)); status != x.status {
			t.Errorf("daybook %s: exit status %d, want %d\n%s", args, status, x.status, stderr.String())
		}
		set.check(t, x.schema, args, stdout.String())
		if said := strings.Contains(stderr.String(), "daybook: "); x.status != 0 && !said {
			t.Errorf("daybook %s says nothing to people: %s", args, stderr.String())
		}
	}
	for _, night := range []string{"out/2026-11-23", "out/2026-11-24", "new/o/2026-11-25", "new/p/2026-11-23"} {
		text, err := os.ReadFile(filepath.Join(dir, night, "manifest.json"))
		if err != nil {
			t.Fatal(err)
		}
		set.check(t, "manifest", night, string(text))
	}
	text, err := os.ReadFile(filepath.Join(dir, "new", "st", "L0000000009.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []struct{ schema, path string }{{"proof", "entry.proof"}, {"proof", "from.proof"}, {"warehouse-root", "wh/_warehouse.json"},
		{"warehouse-night", "wh/_nights/2026-11-23.json"}, {"warehouse-night", "wh/_nights/2026-11-24.json"}} {
		text, err := os.ReadFile(filepath.Join(dir, "new", f.path))
		if err != nil {
			t.Fatal(err)
		}
		set.check(t, f.schema, f.path, string(text))
		seen = append(seen, f.schema)
	}
	set.check(t, "statement-file", "L0000000009.json", string(text))
	set.check(t, "control", "control.json", controlExample(t))
	seen = append(seen, "control", "statement-file")
	for name := range set {
		if !slices.Contains(seen, name) {
			t.Errorf("docs/schemas/%s.json is held to nothing", name)
		}
	}
}

// controlExample is the sender's control file as docs/formats.md shows it.
func controlExample(t *testing.T) string {
	t.Helper()
	doc, err := os.ReadFile("../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(doc), "<!-- control.json -->\n```json\n")
	text, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/formats.md shows no control.json")
	}
	return text
}

// A schema is closed, so that it can fail: a field that it does not know and one that
// is missing are faults.
func TestSchemasAreStrict(t *testing.T) {
	set := loadSchemas(t)
	good := run(t, "version", "--json")
	set.check(t, "version", "version", good)
	for _, bad := range []string{
		strings.Replace(good, "{", `{"new": 1,`, 1), strings.Replace(good, `"go":`, `"gone":`, 1), strings.Replace(good, `"book_format": `, `"book_format": "1`, 1) + `"`,
	} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		if err == nil {
			err = set["version"].Validate(v)
		}
		if err == nil {
			t.Errorf("the schema accepts %s", bad)
		}
	}
	files, err := filepath.Glob("../../docs/schemas/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		objects, closed := bytes.Count(text, []byte(`"type": "object"`)), bytes.Count(text, []byte(`"additionalProperties": `))
		closed += bytes.Count(text, []byte(`"unevaluatedProperties": false`)) // what another schema is part of
		if objects != closed {
			t.Errorf("%s: %d kinds of object, %d of them closed", path, objects, closed)
		}
	}
}
