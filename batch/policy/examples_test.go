package policy

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

var update = flag.Bool("update", false, "write the schema again")

// valid returns the built-in policies and the examples.
func valid(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, pattern := range []string{"builtin/*.yaml", "testdata/examples/*.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatal(pattern, err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files[path] = text
		}
	}
	return files
}

// What Show prints is the same policy, and prints itself.
func TestShowIsThePolicy(t *testing.T) {
	for path, text := range valid(t) {
		p, err := Parse(text, path)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		q, err := Parse([]byte(p.Show()), path)
		if err != nil {
			t.Errorf("shown:\n%v", err)
			continue
		}
		if q.Digest != p.Digest || q.Show() != p.Show() {
			t.Errorf("%s: shown again it is\n%s\nnot\n%s", path, q.Show(), p.Show())
		}
		q.Source = p.Source
		if !reflect.DeepEqual(p, q) {
			t.Errorf("%s: got %+v, want %+v", path, q, p)
		}
	}
}

// The schema of editors is the reader's own, and accepts what the reader does.
func TestSchema(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	const file = "../../docs/policy.schema.json"
	if *update {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile(file); err != nil || !bytes.Equal(kept, text) {
		t.Errorf("%s is out of date (%v): run go test ./batch/policy -run Schema -update", file, err)
	}
	sch := compileSchema(t, text)
	negated := func(key string) string {
		return "packs: [{format_version: 1, pack: p, classes: [{name: a}], holds: [{name: h, cite: c, enter: [{flag: x}], until: [{when: {flag: y}}]}], " +
			"tables: [{name: t, rows: [{rule: r, class: a, when: {not: {" + key + ": x}}, cite: c}]}]}]"
	}
	for path, yamlText := range valid(t) {
		p, err := Parse(yamlText, path)
		if err != nil {
			t.Fatal(err)
		}
		for _, y := range [][]byte{yamlText, p.Canonical} {
			if err := sch.Validate(instance(t, y)); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	if err := sch.Validate(instance(t, []byte(negated("flag")))); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{
		"nmae: x", "products: {default: {method: annuty}}", "products: {default: {allocation: []}}", "aging: {grace_days: -1}",
		"aging: {buckets: [{name: C}]}", "collections: {x: 1}", "accounts: {bank: {code: 1}}", "intake: {columns: {loans: {id: A}}}",
		"products: {default: {frequency: 2W}}", "aging: {counts_as_full: 1.1}", "jurisdiction: xx", "format_version: 2",
		"products: {default: {allocation: [{order: [penalties]}]}}", "score: {floor: 1.5}",
		negated("flog"),
	} {
		if sch.Validate(instance(t, []byte(bad))) == nil {
			t.Errorf("the schema accepts %s", bad)
		}
		if _, err := Parse([]byte(bad), "p.yaml"); err == nil {
			t.Errorf("the reader accepts %s", bad)
		}
	}
}

func compileSchema(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("policy.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	sch, err := c.Compile("policy.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return sch
}

// instance reads YAML as an editor does.
func instance(t *testing.T, text []byte) any {
	t.Helper()
	j, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(j))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func load(t *testing.T, path string) *Policy {
	t.Helper()
	p, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Every key of two real policies lands in its field.
func TestCompiles(t *testing.T) {
	p := load(t, "testdata/examples/cn-products.yaml")
	i, ok := p.Product("revolving")
	if !ok || i != 1 || len(p.Products) != 2 {
		t.Fatalf("products: %+v", p.Products)
	}
	if _, ok := p.Product("mortgage"); ok {
		t.Error("there is no product mortgage")
	}
	pfip := [loan.Components]loan.Component{loan.Interest, loan.Fee, loan.Penalty, loan.Principal}
	due := loan.PastDue | loan.DueToday
	want := []loan.Product{{
		Name: "default", DayCount: civil.Act360, Frequency: loan.Monthly, Rounding: loan.Rounding{Multiple: 1},
		Allocation: loan.DefaultAllocation(), NonAccrualFromDays: 91, CountsAsFull: 1e9, DailyInterest: true,
		LateCharges: loan.LateCharges{PenaltyInterest: loan.PenaltyInterest{
			Multiplier: 15e8, On: [loan.Components]bool{loan.Principal: true, loan.Interest: true}, DayCount: civil.Act360,
		}},
		Ceiling: 24e7, Settle: loan.SettleFee{Rate: 1e7, FreeAfterMonths: 12},
	}, {
		Name: "revolving", Card: true, DayCount: civil.Act360, Frequency: -14, Rounding: loan.Rounding{Multiple: 1},
		Allocation: []loan.AllocationRule{
			{AboveDays: -1, Tiers: 1<<2 | 1<<3 | 1<<4, Vertical: true,
				Order: [loan.Components]loan.Component{loan.Principal, loan.Interest, loan.Fee, loan.Penalty}},
			{AboveDays: 30, Kinds: 1 << loan.KindGoodwill, Order: pfip, InAdvance: loan.LastInstallment, Steps: []loan.Step{
				{Timing: due, Component: loan.Interest}, {Timing: due, Component: loan.Fee},
				{Timing: due, Component: loan.Penalty}, {Timing: due, Component: loan.Principal},
				{Timing: loan.InAdvance, Component: loan.Interest}, {Timing: loan.InAdvance, Component: loan.Fee},
				{Timing: loan.InAdvance, Component: loan.Penalty}, {Timing: loan.InAdvance, Component: loan.Principal},
			}},
			{AboveDays: -1, Order: pfip},
		},
		NonAccrualFromDays: 91, CountsAsFull: 1e9, Ceiling: 24e7, Settle: loan.SettleFee{Rate: 1e7, FreeAfterMonths: 12},
	}}
	if !reflect.DeepEqual(p.Products, want) {
		t.Errorf("got  %+v\nwant %+v", p.Products, want)
	}
	if p.EffectiveFrom != civil.Of(2026, 1, 1) || p.RejectRows != 500 || p.RejectAmount != 100 {
		t.Errorf("from %v, thresholds %d and %d", p.EffectiveFrom, p.RejectRows, p.RejectAmount)
	}
	if p.Intake.Columns["repayments"]["amount"] != "还款金额" || p.Intake.Scale != 2 || p.Intake.Location != p.Location {
		t.Errorf("intake: %+v", p.Intake)
	}
	// A code without quotes is its text, not a number.
	if a := p.Chart[1]; a.Code != "1301.01" || a.Name != "个人消费贷款" {
		t.Errorf("chart: %+v", a)
	}

	q := load(t, "testdata/examples/positions.yaml")
	rules := q.Products[0].Allocation
	if rules[0].Kinds != 1<<loan.KindGoodwill|1<<loan.KindRelease || len(rules[0].Steps) != 12 ||
		rules[0].Steps[2] != (loan.Step{Timing: loan.PastDue, Component: loan.Principal}) {
		t.Errorf("rule by kind and position: %+v", rules[0])
	}
	if r := rules[1]; r.InAdvance != loan.PrepayPrincipal || len(r.Steps) != 5 || r.Steps[4] != (loan.Step{Timing: loan.InAdvance, Component: loan.Principal}) {
		t.Errorf("rule that prepays: %+v", r)
	}
	if q.Products[0].CountsAsFull != 9e8 || q.Products[0].Rounding.Multiple != 100 ||
		len(q.Materiality.Amounts) != 0 || q.Materiality.Share != 0 || q.Aging.GraceDays != 3 {
		t.Errorf("ageing: %+v %+v", q.Products[0], q.Materiality)
	}

	x := load(t, "testdata/examples/in.yaml")
	if l := x.Products[1].LateCharges; l.FixedFee != (loan.FixedFee{Amount: 25000, Component: loan.Penalty, WaitDays: 2, Max: 250000}) || l.CapShare != 1e8 {
		t.Errorf("fixed fee: %+v", l)
	}
	// Late charges that a product states replace the default's whole.
	if l := x.Products[0].LateCharges; l.FixedFee.Amount != 0 || l.PenaltyInterest.Rate != 36e7 || l.PenaltyInterest.GraceDays != 3 {
		t.Errorf("card: %+v", l)
	}
	// The last points go on for later buckets; here there are fewer.
	if got := x.Score.PerBucket; !reflect.DeepEqual(got, []int32{0, -10, -25, -40, -50}) {
		t.Errorf("points by bucket: %v", got)
	}
}

// Digests are of rules: comments, quotes and the order of keys do not matter,
// nor the date from which they hold; a rule does.
func TestDigest(t *testing.T) {
	digest := func(text string) [32]byte {
		p, err := Parse([]byte(text), "p.yaml")
		if err != nil {
			t.Fatal(err)
		}
		return p.Digest
	}
	want := digest("name: a\naging: {grace_days: 3, counts_as_full: 0.90}")
	for _, same := range []string{
		"# why\naging:\n  counts_as_full: \"0.9\"\n  grace_days: 3\nname: 'a'\n",
		"name: a\neffective_from: 2026-01-01\naging: {grace_days: 3, counts_as_full: 0.9}",
	} {
		if digest(same) != want {
			t.Errorf("another digest: %s", same)
		}
	}
	if digest("name: a\naging: {grace_days: 4, counts_as_full: 0.90}") == want {
		t.Error("the same digest for other rules")
	}
}
