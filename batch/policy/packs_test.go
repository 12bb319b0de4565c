package policy

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each built-in pack is read, says what counsel must confirm, and is the same pack when the
// book's copy of a policy is read again.
func TestBuiltinPacks(t *testing.T) {
	for _, name := range PackNames() {
		p, err := LoadBuiltinPack(name)
		if err != nil {
			t.Fatal(err)
		}
		if p.Name != name || len(p.Classes) == 0 || p.NonPerforming < 0 {
			t.Errorf("%+v", p)
		}
	}
	src := "format_version: 1\njurisdiction: none\ncurrencies: [CNY, USD]\npacks: [cn, ifrs9, eu, us, in]\nprovisions: {post: cn}\n"
	p, err := Parse([]byte(src), "x.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := ParseKept(p.Canonical, "the book's policy", nil); err != nil || kept != p {
		t.Errorf("the policy that the book keeps is compiled once more: %v", err)
	}
	known.Lock()
	clear(known.policies)
	known.Unlock()
	kept, err := ParseKept(p.Canonical, "the book's policy", nil)
	if err != nil {
		t.Fatal(err)
	}
	if kept == p || kept.Digest != p.Digest || string(kept.Canonical) != string(p.Canonical) || len(kept.Packs) != 5 || kept.Post != 0 {
		t.Errorf("the policy that the book keeps is another")
	}
}

// A pack out of a file is named by its own file and line; a file that is no pack, whatever it
// is, is a fault, and never read as the name of another.
func TestPacksOfFiles(t *testing.T) {
	dir := t.TempDir()
	own, err := BuiltinPack("eu")
	if err != nil {
		t.Fatal(err)
	}
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("own.yaml", strings.Replace(string(own), "pack: eu", "pack: own", 1))
	put("wrong.yaml", strings.Replace(string(own), "class: performing_forborne, cite", "class: forborne, cite", 1))
	put("itself.yaml", "./itself.yaml")
	put("name.yaml", "cn")
	put("list.yaml", "[cn]")
	put("empty.yaml", "")
	put("loop.yaml", strings.Replace(string(own), `- {material_days: "> 90"}`, `- {hold: non_performing}`, 1))
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	put("policy.yaml", "format_version: 1\npacks: [cn]\n")
	for pack, want := range map[string]string{
		"./own.yaml": "", "own.yaml": "", filepath.Join(dir, "own.yaml"): "",
		"wrong.yaml":  "wrong.yaml:38: tables[0].rows[1].class: unknown class \"forborne\"",
		"itself.yaml": "itself.yaml:1: takes keys and values", "name.yaml": "name.yaml:1: takes keys and values", "list.yaml": "list.yaml:1: takes keys and values",
		"empty.yaml": "empty.yaml:1: the file is empty", "policy.yaml": "policy.yaml:2: packs: unknown key", "gone.yaml": "x.yaml:2: packs[1]: pack \"gone.yaml\": no such file",
		"sub": "x.yaml:2: packs[1]: pack \"sub\"", "./sub": "it is no regular file", "loop.yaml": "loop.yaml:15: holds[0].enter[0]: the hold enters itself",
		"nope": "x.yaml:2: packs[1]: pack \"nope\"", "cn": "x.yaml:2: packs[1]: pack cn is there twice",
	} {
		put("x.yaml", "format_version: 1\npacks: [cn, \""+pack+"\"]\n")
		p, err := Load(filepath.Join(dir, "x.yaml"))
		var faults Faults
		switch {
		case want == "" && (err != nil || len(p.Packs) != 2 || p.Packs[1].Name != "own"):
			t.Errorf("%s: %v", pack, err)
		case want != "" && (!errors.As(err, &faults) || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %s", pack, err, want)
		}
	}
	// What a book keeps reads no file.
	if _, err := ParseKept([]byte("format_version: 1\npacks: [./own.yaml]\n"), filepath.Join(dir, "x"), nil); err == nil {
		t.Error("a kept policy reads a file")
	}
}
