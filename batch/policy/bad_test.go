package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// Each bad policy of testdata/bad* must be refused with these very words: they
// are what a user has to mend the file with.
func TestBadPolicies(t *testing.T) {
	for _, path := range []string{"testdata/bad", "testdata/bad-collections", "testdata/bad-gl", "testdata/bad-scores"} {
		badPolicies(t, path)
	}
}

func badPolicies(t *testing.T, path string) {
	datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
		p, err := Parse([]byte(d.Input+"\n"), "p.yaml")
		if err == nil {
			t.Fatalf("%s: accepted as %q:\n%s", d.Pos, p.Name, d.Input)
		}
		return err.Error()
	})
}

// The reader's own limits hold, whatever a file does.
func TestLimits(t *testing.T) {
	for _, c := range []struct{ what, text, want string }{
		{"size", "# " + strings.Repeat("x", textMax), "p.yaml:1: the file has 1048578 bytes, at most 1048576 are possible"},
		{"encoding", "name: \xff", "p.yaml:1: the file is not UTF-8"},
		{"depth", strings.Repeat("[", 1000), "p.yaml:1: more than 64 brackets or levels are open at once"},
		{"keys", "products: {" + manyProducts(listMax+1) + "}",
			"p.yaml:1: products: has 4097 keys, at most 4096 are possible"},
	} {
		_, err := Parse([]byte(c.text), "p.yaml")
		if err == nil || !strings.HasPrefix(err.Error(), c.want+"\n") {
			t.Errorf("%s: got %v, want %s", c.what, err, c.want)
		}
	}
}

func manyProducts(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "p%d: {}, ", i)
	}
	return b.String()
}
