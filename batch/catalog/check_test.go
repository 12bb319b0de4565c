package catalog

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/reports/iceberg"
)

// A table that differs from its nights is told of, with what to do about it; nothing is changed by that, and to rebuild
// it mends what can't be published again.
func TestCheck(t *testing.T) {
	for _, kind := range []string{Hadoop, REST} {
		t.Run(kind, func(t *testing.T) { testCheck(t, kind) })
	}
}

func testCheck(t *testing.T, kind string) {
	m := newMemory()
	c := Config{}
	if kind == REST {
		_, uri := serve(t)
		c = Config{Kind: REST, URI: uri}
	}
	k := open(t, m, c)
	nights := []Night{of("loans", day, "b", "c"), of("loans", day+1, "a")}
	commit(t, k, of("loans", day, "a"), nights[0], nights[1])
	look := func(k *Catalog, nights ...Night) (string, []civil.Date) {
		t.Helper()
		written := len(m.log)
		faults, others, err := k.Check(t.Context(), "loans", nights)
		if err != nil {
			t.Fatal(err)
		}
		if len(m.log) != written {
			t.Errorf("a check wrote %q", m.log[written:])
		}
		return strings.Join(faults, "\n"), others
	}
	if faults, others := look(k, nights...); faults != "" || others != nil {
		t.Fatalf("as it was committed: %s, others %v", faults, others)
	}
	if faults, others := look(k, nights[0], of("loans", day+1)); faults != "" || !slices.Equal(others, []civil.Date{day + 1}) {
		t.Errorf("a night that was dropped: %s, others %v", faults, others)
	}
	if faults, _ := look(k, append([]Night{of("loans", day-1, "x"), of("loans", day+2, "x"), of("loans", day+3, "x"), of("loans", day+4, "x")}, nights...)...); !strings.Contains(faults, "2026-11-22, 2026-11-25, 2026-11-26 and 1 more:") {
		t.Errorf("nights that it lacks: %s", faults)
	}
	for what, change := range map[string]func(n *Night){
		"rows":         func(n *Night) { n.Files[0].Rows++ },
		"bytes":        func(n *Night) { n.Files[0].Bytes++ },
		"values and":   func(n *Night) { n.Files[0].Columns[1].Nulls = 3 },
		"other bounds": func(n *Night) { n.Files[0].Columns[1].Lower = []byte("L2") },
		"does not take": func(n *Night) {
			n.Schema.Columns = append(slices.Clone(columns), iceberg.Column{ID: 9, Name: "new", Type: iceberg.Int})
		},
		"lacks files of 2026": func(n *Night) { n.Files[0].Path += "x" },
	} {
		n := of("loans", day+1, "a")
		change(&n)
		if faults, _ := look(k, nights[0], n); !strings.Contains(faults, what) {
			t.Errorf("%s: %q", what, faults)
		}
	}
	moved := open(t, m, c)
	moved.root = "s3://lender/elsewhere"
	if faults, _ := look(moved, nights...); !strings.Contains(faults, "--rebuild") {
		t.Errorf("moved: %q", faults)
	}
	for name, was := range m.files {
		if !strings.HasPrefix(name, metaOfLoans) || strings.HasSuffix(name, ".json") && name != metaOfLoans+"v3.metadata.json" {
			continue // metadata of before is history
		}
		for _, damaged := range [][]byte{nil, was[:len(was)-1], []byte("{}"), flipped(was)} {
			if strings.HasSuffix(name, ".json") && len(damaged) == len(was) {
				continue // a number in metadata that is another one
			}
			copied := newMemory()
			copied.files = maps.Clone(m.files)
			if copied.files[name] = damaged; damaged == nil {
				delete(copied.files, name)
			}
			at := *k
			at.store = copied
			k := &at
			if kind == Hadoop {
				k = open(t, copied, c)
			}
			faults, others := look(k, nights...)
			if faults == "" && others == nil {
				t.Errorf("%s with %d of %d bytes is not told of", name, len(damaged), len(was))
			}
			if kind == REST {
				continue // what it has now is another table
			}
			if strings.Contains(faults, "--rebuild") {
				if _, err := k.Rebuild(t.Context(), nights); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			} else {
				commit(t, k, nights...)
			}
			if faults, others := look(k, nights...); faults != "" || others != nil {
				t.Errorf("%s with %d of %d bytes, mended: %s, others %v", name, len(damaged), len(was), faults, others)
			}
		}
	}
}

// flipped are bytes with another bit in their midst.
func flipped(b []byte) []byte {
	b = slices.Clone(b)
	b[len(b)/2] ^= 1
	return b
}
