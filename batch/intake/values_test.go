package intake

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// The values of a row are the same whichever rows are asked for beside it, and
// whether the columns are read side by side or one after the other.
func TestValuesBesideOthers(t *testing.T) {
	const rows = 5000
	b := bigFile(t, rows, parquet.Compression(&parquet.Snappy))
	ask := func(o Options, asked []int64) []string {
		f, err := memoryFile(b, Repayments, o)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		err = f.Values(asked, func(row int64, json []byte) error {
			if row != asked[len(got)] {
				t.Fatalf("row %d, want %d", row, asked[len(got)])
			}
			got = append(got, string(json))
			return nil
		})
		if err != nil || len(got) != len(asked) {
			t.Fatalf("%d of %d rows: %v", len(got), len(asked), err)
		}
		if p := f.options.pool; p.beyond || len(p.spare) == 0 && p.held != 0 {
			t.Errorf("%d bytes are held by nobody", p.held)
		}
		return got
	}
	all := make([]int64, rows)
	for i := range all {
		all[i] = int64(i)
	}
	want := ask(Options{Scale: 2}, all)
	if !strings.Contains(want[4711], `"repayment_id":"T04711"`) {
		t.Errorf("row 4711 is %s", want[4711])
	}
	narrow := Options{Scale: 2, groupMax: 300 << 10} // less than its seven columns' windows
	if got := ask(narrow, all); !slices.Equal(got, want) {
		t.Error("other values where columns are read one after the other")
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 40 {
		asked := slices.Clone(all)
		share := rng.Float64() * rng.Float64()
		asked = slices.DeleteFunc(asked, func(int64) bool { return rng.Float64() > share })
		for _, o := range []Options{{Scale: 2}, narrow} {
			for i, got := range ask(o, asked) {
				if got != want[asked[i]] {
					t.Fatalf("row %d among %d\ngot  %s\nwant %s", asked[i], len(asked), got, want[asked[i]])
				}
			}
		}
	}
}
