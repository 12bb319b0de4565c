package policy

import (
	"errors"
	"testing"
)

// Whatever the bytes, Parse returns a policy that shows itself, or faults at
// lines that exist; it never panics.
func FuzzParse(f *testing.F) {
	for _, text := range valid(f) {
		f.Add(text)
	}
	f.Add([]byte("a: &a [*a]\nproducts: {default: {allocation: [{order: [x]}]}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Parse(text, "p.yaml")
		if err != nil {
			var faults Faults
			if !errors.As(err, &faults) || len(faults) == 0 {
				t.Fatalf("not faults: %v", err)
			}
			for _, x := range faults {
				if x.Line < 1 || x.Column < 1 || x.Reason == "" {
					t.Fatalf("fault without a place: %+v", x)
				}
			}
			return
		}
		q, err := Parse(p.Canonical, "p.yaml")
		if err != nil {
			t.Fatalf("shown:\n%s\n%v", p.Show(), err)
		}
		if q.Digest != p.Digest {
			t.Fatalf("shown again it is another policy:\n%s", q.Show())
		}
	})
}
