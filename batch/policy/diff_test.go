package policy

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func parsed(t *testing.T, yaml string) *Policy {
	t.Helper()
	p, err := Parse([]byte(yaml), "test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// diffs are differences as lines.
func diffs(t *testing.T, old, new *Policy) (list []string) {
	t.Helper()
	differences, err := Diff(old, new)
	if err != nil {
		t.Fatal(err)
	}
	side := func(s Side) string {
		if !s.There {
			return "-"
		}
		return fmt.Sprintf("%s:%d", s.Value, s.Line)
	}
	for _, d := range differences {
		list = append(list, fmt.Sprintf("%s %s %s %s", d.Section, d.Path, side(d.Old), side(d.New)))
	}
	return list
}

// TestDiff: a key a line, with the line where it is stated.
func TestDiff(t *testing.T) {
	for name, x := range map[string]struct {
		old, new string
		want     []string
	}{
		"what is stated as the default is equal": {"name: a", "name: a\naging:\n  grace_days: 0\nproducts:\n  default: {}\n", nil},
		"one number":                             {"name: a\naging:\n  grace_days: 1\n", "name: a\naging: {grace_days: 2}\n", []string{"aging aging.grace_days 1:3 2:2"}},
		"the head": {"name: a", "effective_from: 2027-01-01\nname: b\ncurrencies: [CNY, USD]\n",
			[]string{"policy name a:1 b:2", "policy currencies [CNY]:0 [CNY, USD]:3", "policy effective_from - 2027-01-01:1",
				// What a contact costs is an amount of one currency.
				"collections collections.cost.agency 50:0 -", "collections collections.cost.call 3:0 -", "collections collections.cost.letter 2.5:0 -", "collections collections.cost.sms 0.05:0 -"}},
		"items with names": {
			"name: a\naging:\n  buckets:\n    - {name: C, from: 0}\n    - {name: M1, from: 1}\n",
			"name: a\naging:\n  buckets:\n    - {name: C, from: 0}\n    - {name: M0, from: 1}\n    - {name: M1, from: 8}\n",
			[]string{"aging aging.buckets[] [C, M1]:3 [C, M0, M1]:3", "aging aging.buckets[M1].from 1:5 8:6", "aging aging.buckets[M0].name - M0:5", "aging aging.buckets[M0].from - 1:5",
				"score score.bucket_entered [-10]:0 [-10, -25]:0"}, // one figure a bucket: the built-in list, cut
		},
		"products take from default": {
			"name: a\nproducts:\n  default: {}\n  x: {card: true}\n",
			"name: a\nproducts:\n  default:\n    frequency: 14D\n  x: {card: true}\n",
			[]string{"products products.default.frequency 1M:0 14D:4", "products products.x.frequency 1M:0 14D:4"},
		},
		"lists without names": {
			"name: a",
			"name: a\nproducts:\n  default:\n    allocation:\n      - order: [fee, penalty, interest, principal]\n        mode: horizontal\n        in_advance: hold_as_credit\n",
			[]string{
				`products products.default.allocation[0].when.days_past_due "> 90":0 -`,
				"products products.default.allocation[0].order [principal, interest, fee, penalty]:0 [fee, penalty, interest, principal]:5",
				"products products.default.allocation[0].mode vertical:0 horizontal:6",
				"products products.default.allocation[1].order [penalty, fee, interest, principal]:0 -",
				"products products.default.allocation[1].mode horizontal:0 -",
				"products products.default.allocation[1].in_advance hold_as_credit:0 -",
			},
		},
		"a section that is left out": {"name: a", "name: a\noutputs: {shared: true}\n", []string{"outputs outputs.shared false:0 true:2"}},
	} {
		old, new := parsed(t, x.old), parsed(t, x.new)
		if got := diffs(t, old, new); !slices.Equal(got, x.want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(x.want, "\n"))
		}
		if got := diffs(t, new, new); len(got) > 0 {
			t.Errorf("%s: a policy differs from itself: %v", name, got)
		}
	}
}

// TestDiffOfDigests: what enters the digest beside the keys differs too.
func TestDiffOfDigests(t *testing.T) {
	old := parsed(t, "name: a")
	changed := *old
	changed.Digest[0] ^= 1
	list, err := Diff(old, &changed)
	if err != nil || len(list) != 1 || list[0].Path != "digest" || list[0].Old.Value == list[0].New.Value {
		t.Errorf("%v, %v", list, err)
	}
}

// TestDiffOfCollections: a section without keys is what the release has for the
// jurisdiction.
func TestDiffOfCollections(t *testing.T) {
	old := parsed(t, "name: a")
	list := diffs(t, old, parsed(t, "name: a\njurisdiction: none\n"))
	if !slices.ContainsFunc(list, func(line string) bool { return strings.HasPrefix(line, "collections collections.") }) {
		t.Errorf("the law of another country has the same collections: %v", list)
	}
	list = diffs(t, old, parsed(t, "name: a\ncollections:\n  retention_days: 4000\n"))
	if !slices.ContainsFunc(list, func(line string) bool {
		return strings.HasPrefix(line, "collections collections.retention_days ") && strings.HasSuffix(line, " 4000:3")
	}) {
		t.Errorf("the number of days is not there: %v", list)
	}
}

// TestDiffAgreesWithDigests: of all policies of the tests, two differ exactly if what they
// are written as does; and each difference is the other way round when they are swapped.
func TestDiffAgreesWithDigests(t *testing.T) {
	var policies []*Policy
	for _, pattern := range []string{"builtin/*.yaml", "testdata/examples/*.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if p, err := Parse(text, path); err == nil {
				policies = append(policies, p)
			}
		}
	}
	if len(policies) < 3 {
		t.Fatalf("only %d policies", len(policies))
	}
	policies = append(policies, parsed(t, policies[0].Show()), parsed(t, "name: a"), parsed(t, "name: a\noutputs: {shared: true}\n"))
	for _, a := range policies {
		for _, b := range policies {
			there, err := Diff(a, b)
			if err != nil {
				t.Fatal(err)
			}
			back, err := Diff(b, a)
			if err != nil {
				t.Fatal(err)
			}
			if len(there) != len(back) || (len(there) == 0) != (a.Show() == b.Show()) {
				t.Errorf("%s and %s: %d differences, %d the other way round; they are written the same: %t", a.Name, b.Name, len(there), len(back), a.Show() == b.Show())
			}
			for _, d := range there {
				if !slices.Contains(back, Difference{Section: d.Section, Path: d.Path, Old: d.New, New: d.Old}) {
					t.Errorf("%s and %s: %+v is not there the other way round", a.Name, b.Name, d)
				}
			}
		}
	}
}
