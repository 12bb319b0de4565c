package policy

import (
	"encoding/hex"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// The digests of policies stand in the records of closed nights: they never change.
func TestDigestsStay(t *testing.T) {
	const hint = "a new section is optional, and a new key is a text, a list, a date or a pointer that nobody states yet"
	want := map[string]string{
		"builtin/cn.yaml":                       "b7dc65c2272dde15cd6a41c9b5a48c242a6bda623c38a7d7c04cbdb35f605555",
		"testdata/examples/cn-collections.yaml": "945e10942333f8a97aac26ad5eaa1e3378dff3774e0f5671f1c54fc886e66fba",
		"testdata/examples/us-collections.yaml": "07020b4e4058dfd77074bc261eab314197872a34d6ea37d82c1ccd182eeb6057",
		"testdata/examples/cn-products.yaml":    "8e0963eb2f37fb0637ac18b192e9553d4a081fd1a24a205d14ffa4cbde31d0b1",
		"testdata/examples/in.yaml":             "6c6cafb1368d7add687be7e15ed694e530d593d775b3e1bc81a6450e19107aa1",
		"testdata/examples/minimal.yaml":        "a8d0482166af029a0bd164bb4e28c0b2a65473bd7da55c059fde554b5975b3cb",
		"testdata/examples/positions.yaml":      "24b7f741c8288ba8793006c6be988b7d1d276c65fbbb284ac13784797593c0a8",
		"testdata/examples/two-currencies.yaml": "a6f139b67b07799487fe547c8bf3fb8b85050327657560d83382f47aeb0f46d1",
	}
	files := valid(t)
	for _, path := range slices.Sorted(maps.Keys(want)) {
		p, err := ParseKept(files[path], path, nil) // as it was before there were packs
		if err != nil {
			t.Error(err)
			continue
		}
		if got := hex.EncodeToString(p.Digest[:]); got != want[path] {
			t.Errorf("%s has the digest %s, want %s: %s", path, got, want[path], hint)
		}
	}
}

// Each section has a key and a type of its own, is described, and, where it is not
// optional, is stated by the built-in policy in the order of the register.
func TestSectionsAreComplete(t *testing.T) {
	p, err := Builtin(Default)
	if err != nil {
		t.Fatal(err)
	}
	keys, types, at := map[string]bool{}, map[reflect.Type]bool{}, 0
	for _, x := range sections {
		kind := reflect.TypeOf(x.empty())
		if x.key == "" || keys[x.key] || types[kind] || x.tag.Get("doc") == "" {
			t.Errorf("section %q, a %v, needs a key, a type and a description of its own", x.key, kind)
		}
		keys[x.key], types[kind] = true, true
		if x.optional || x.hidden != nil {
			continue
		}
		i := strings.Index(p.Show()[at:], "\n"+x.key+":")
		if i < 0 {
			t.Errorf("the built-in policy does not state %s after the sections before it", x.key)
			continue
		}
		at += i
	}
	if doc := newDocument(); in[*agingSection](doc) == nil || in[*collectionsSection](doc) == nil {
		t.Error("a document lacks a section")
	}
}

// A rule cites what the policy states of it, or, where it is the built-in policy's
// own and its jurisdiction is the lender's, what that one cites.
func TestRulesCarryTheirSource(t *testing.T) {
	const cn, ifrs = "商业银行金融资产风险分类办法 (CBIRC and PBOC order 2023 no. 1)", "IFRS 9 5.5.11, B5.5.37"
	const two = "classification:\n  tiers: [{name: good, from: 0}, {name: bad, from: 90}]\n  non_performing_from: bad\n"
	for _, x := range []struct{ text, tiers, stages string }{
		{"name: plain\n", cn, ifrs},
		{"jurisdiction: none\n", "", ""}, // the law of a country binds there
		{"jurisdiction: eu\n", "", ""},
		{"jurisdiction: none\nclassification:\n  stages_source: Group policy\n", "", "Group policy"},
		{two, "", ifrs},
		{two + "  source: House rules, § 4 (信贷)\n", "House rules, § 4 (信贷)", ifrs},
		{"classification:\n  stages: [{name: all, from: 0}]\n", cn, ""},
		{"classification:\n  stages_source: Board of 2026-01-15\n", cn, "Board of 2026-01-15"},
	} {
		p, err := Parse([]byte(x.text), "test.yaml")
		if err != nil {
			t.Error(err)
			continue
		}
		// As a book keeps it, with all that it inherits.
		kept, err := Parse(p.Canonical, "kept.yaml")
		if err != nil {
			t.Error(err)
			continue
		}
		for _, r := range []*Policy{p, kept} {
			if got := r.Aging; got.TiersSource != x.tiers || got.StagesSource != x.stages {
				t.Errorf("%q cites %q and %q, want %q and %q", x.text, got.TiersSource, got.StagesSource, x.tiers, x.stages)
			}
		}
		if kept.Digest != p.Digest {
			t.Errorf("%q has another digest when it is kept", x.text)
		}
	}
	if _, err := Parse([]byte("classification: {source: "+strings.Repeat("x", 257)+"}\n"), "test.yaml"); err == nil {
		t.Error("a source of 257 bytes was read")
	}
}
