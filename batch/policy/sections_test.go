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
	want := map[string]string{
		"builtin/cn.yaml":                       "b7dc65c2272dde15cd6a41c9b5a48c242a6bda623c38a7d7c04cbdb35f605555",
		"testdata/examples/cn-products.yaml":    "8e0963eb2f37fb0637ac18b192e9553d4a081fd1a24a205d14ffa4cbde31d0b1",
		"testdata/examples/in.yaml":             "6c6cafb1368d7add687be7e15ed694e530d593d775b3e1bc81a6450e19107aa1",
		"testdata/examples/minimal.yaml":        "a8d0482166af029a0bd164bb4e28c0b2a65473bd7da55c059fde554b5975b3cb",
		"testdata/examples/positions.yaml":      "997c524839b5de3bb48e9850d84df1b78dfff2c897bff96fabd95b198a393911",
		"testdata/examples/two-currencies.yaml": "a6f139b67b07799487fe547c8bf3fb8b85050327657560d83382f47aeb0f46d1",
	}
	files := valid(t)
	for _, path := range slices.Sorted(maps.Keys(want)) {
		p, err := Parse(files[path], path)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := hex.EncodeToString(p.Digest[:]); got != want[path] {
			t.Errorf("%s has the digest %s, want %s", path, got, want[path])
		}
	}
}

// Each section has a key and a type of its own, is described, and is stated by the
// built-in policy in the order of the register.
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
