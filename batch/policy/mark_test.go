package policy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A policy and its packs are the same with a byte order mark before them, which editors on Windows write.
func TestByteOrderMark(t *testing.T) {
	own, err := BuiltinPack("eu")
	if err != nil {
		t.Fatal(err)
	}
	const text = "format_version: 1\nname: marked\njurisdiction: eu\npacks: [./own.yaml]\n"
	var digests [2][32]byte
	for i, mark := range []string{"", "\ufeff"} {
		dir := t.TempDir()
		for name, text := range map[string]string{"own.yaml": mark + strings.Replace(string(own), "pack: eu", "pack: own", 1), "policy.yaml": mark + text} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		p, err := Load(filepath.Join(dir, "policy.yaml"))
		if err != nil {
			t.Fatalf("with %q before it: %v", mark, err)
		}
		digests[i] = p.Digest
	}
	if digests[0] != digests[1] {
		t.Errorf("the digests are %x and %x", digests[0], digests[1])
	}
}
