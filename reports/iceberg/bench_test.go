package iceberg

import (
	"fmt"
	"testing"

	"daybook/ledger/civil"
)

// BenchmarkPlan is the commit of one night to a table of ten years.
func BenchmarkPlan(b *testing.B) {
	for _, nights := range []int{30, 3650} {
		b.Run(fmt.Sprintf("nights=%d", nights), func(b *testing.B) {
			x := newTable(b)
			for d := range nights {
				n := Night{Date: day - civil.Date(d), Schema: Schema{Columns: columns}, Files: []DataFile{fileOf(day-civil.Date(d), "a")}}
				c, err := Plan(x.at(), &n)
				if err != nil {
					b.Fatal(err)
				}
				for _, f := range c.Files {
					x.files[f.Path] = f.Bytes
				}
				if d > 0 { // the lists of older snapshots are of no use here
					delete(x.files, x.m.head().ManifestList)
				}
				x.m, x.n = c.Metadata, x.n+1
			}
			n := Night{Date: day + 1, Schema: Schema{Columns: columns}, Files: []DataFile{fileOf(day+1, "a")}}
			for b.Loop() {
				c, err := Plan(x.at(), &n)
				if err != nil || c == nil {
					b.Fatal(err)
				}
				m, err := c.Metadata.Encode()
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(c.Files[1].Bytes)), "list-bytes")
				b.ReportMetric(float64(len(m)), "metadata-bytes")
			}
		})
	}
}
