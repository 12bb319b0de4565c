package intake

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/parquet-go/parquet-go"
)

type benchRepayment struct {
	RepaymentID string `parquet:"repayment_id"`
	LoanID      string `parquet:"loan_id"`
	ValueDate   int32  `parquet:"value_date,date"`
	Amount      int64  `parquet:"amount,decimal(2:18)"`
	Currency    string `parquet:"currency,dict"`
	Channel     string `parquet:"channel,optional,dict"`
	Reference   string `parquet:"reference"`
}

// BenchmarkDecode reads repayments of seven columns. The ids and amounts are
// plain, or in dictionaries.
func BenchmarkDecode(b *testing.B) {
	const rows = 1 << 20
	for _, ids := range []string{"plain", "dictionary"} {
		for _, codec := range []string{"snappy", "none"} {
			b.Run(fmt.Sprintf("ids=%s/codec=%s/rows=1e6", ids, codec), func(b *testing.B) {
				dir := b.TempDir()
				writeBench(b, filepath.Join(dir, "repayments.parquet"), ids == "dictionary", codec, rows)
				benchDecode(b, dir)
			})
		}
	}
	// DAYBOOK_INTAKE_BENCH names a folder with files of one's own.
	if dir := os.Getenv("DAYBOOK_INTAKE_BENCH"); dir != "" {
		b.Run("own", func(b *testing.B) { benchDecode(b, dir) })
	}
}

func benchDecode(b *testing.B, dir string) {
	in, err := Inspect(b.Context(), dir, Options{Scale: 2}, 1)
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	var r Reader
	var rows int64
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range in.Files {
			for g := range f.Groups {
				err := r.ReadGroup(f, g, func(batch *Rows) error {
					rows += int64(batch.N)
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

func writeBench(b *testing.B, path string, dictionary bool, codec string, rows int) {
	distinct := rows
	options := []parquet.WriterOption{parquet.MaxRowsPerRowGroup(1 << 18)}
	schema := parquet.SchemaOf(benchRepayment{})
	if dictionary {
		distinct = 5000
		g := parquet.Group{}
		for _, f := range schema.Fields() {
			g[f.Name()] = parquet.Encoded(f, &parquet.RLEDictionary)
		}
		options = append(options, parquet.NewSchema("benchRepayment", g))
	}
	if codec == "snappy" {
		options = append(options, parquet.Compression(&parquet.Snappy))
	}
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := parquet.NewGenericWriter[benchRepayment](f, options...)
	for i := range rows {
		k := i * 7919 % distinct
		_, err := w.Write([]benchRepayment{{
			RepaymentID: fmt.Sprintf("R%09d", k), LoanID: fmt.Sprintf("L%09d", k*31%distinct), ValueDate: int32(20000 + i%30),
			Amount: int64(k*7919%distinct + 1), Currency: "CNY", Channel: []string{"app", "bank", ""}[i%3],
			Reference: fmt.Sprintf("ref %d", k),
		}})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkValues reads every row again, as text: a night may reject them all.
// The rows of one page are many times what is held at once.
func BenchmarkValues(b *testing.B) {
	const rows = 1 << 18
	dir := b.TempDir()
	writeBench(b, filepath.Join(dir, "repayments.parquet"), false, "snappy", rows)
	in, err := Inspect(b.Context(), dir, Options{Scale: 2}, 1)
	if err != nil {
		b.Fatal(err)
	}
	asked := make([]int64, rows)
	for i := range asked {
		asked[i] = int64(i)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := in.Files[0].Values(asked, func(int64, []byte) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}
