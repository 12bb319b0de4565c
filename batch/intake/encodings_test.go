package intake

import (
	"fmt"
	"math/big"
	"slices"
	"testing"

	"daybook/ledger/loan"
	"daybook/ledger/money"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/encoding"
	"golang.org/x/sync/errgroup"
)

// shapes are the physical types that a value can come in, with the encodings
// that each has.
var shapes = []struct {
	name, column string
	node         parquet.Node
	encodings    []encoding.Encoding
	value        func(n int64) parquet.Value
	want         func(n int64) string
}{
	{"int64 decimal", "amount", parquet.Decimal(2, 18, parquet.Int64Type),
		[]encoding.Encoding{&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaBinaryPacked, &parquet.ByteStreamSplit},
		func(n int64) parquet.Value { return parquet.Int64Value(n) }, func(n int64) string { return money.Amount(n).Text(2) }},
	{"int32 decimal", "amount", parquet.Decimal(1, 9, parquet.Int32Type),
		[]encoding.Encoding{&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaBinaryPacked, &parquet.ByteStreamSplit},
		func(n int64) parquet.Value { return parquet.Int32Value(int32(n)) }, func(n int64) string { return money.Amount(n).Text(1) + "0" }},
	{"fixed decimal", "amount", parquet.Decimal(18, 38, parquet.FixedLenByteArrayType(16)),
		[]encoding.Encoding{&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaByteArray, &parquet.ByteStreamSplit},
		func(n int64) parquet.Value { return parquet.FixedLenByteArrayValue(unscaled(n, 16, 16)) },
		func(n int64) string { return money.Amount(n).Text(2) }},
	{"bytes decimal", "amount", parquet.Decimal(2, 18, parquet.ByteArrayType),
		[]encoding.Encoding{&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaLengthByteArray, &parquet.DeltaByteArray},
		func(n int64) parquet.Value { return parquet.ByteArrayValue(unscaled(n, 0, 8)) },
		func(n int64) string { return money.Amount(n).Text(2) }},
	{"text", "reference", parquet.String(),
		[]encoding.Encoding{&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaLengthByteArray, &parquet.DeltaByteArray},
		func(n int64) parquet.Value { return text(fmt.Sprintf("ref %d", n)) },
		func(n int64) string { return fmt.Sprintf("ref %d", n) }},
}

// unscaled returns n × 10^zeros as a big-endian integer of a width.
func unscaled(n int64, zeros, width int) []byte {
	v := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(zeros)), nil)
	v.Mul(v, big.NewInt(n))
	if v.Sign() < 0 {
		v.Add(v, new(big.Int).Lsh(big.NewInt(1), uint(8*width)))
	}
	return v.FillBytes(make([]byte, width))
}

// Encodings, page versions, codecs, page sizes and nulls are a file's own
// affair: the rows are the same.
func TestEncodings(t *testing.T) {
	codecs := []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Zstd, &parquet.Gzip, &parquet.Lz4Raw, &parquet.Brotli}
	run := 0
	for _, s := range shapes {
		for _, e := range s.encodings {
			for _, version := range []int{1, 2} {
				for nulls := range 4 { // required, none, some, all
					codec := codecs[run%len(codecs)]
					run++
					name := fmt.Sprintf("%s/%v/v%d/nulls=%d/%v", s.name, e, version, nulls, codec)
					t.Run(name, func(t *testing.T) {
						if nulls == 3 && s.column != "reference" {
							nulls = 2
						}
						node := parquet.Encoded(s.node, e)
						if nulls > 0 {
							node = parquet.Optional(node)
						}
						checkEncoding(t, s.column, node, codec, version, func(i int) parquet.Value {
							if nulls == 3 || nulls == 2 && i%7 < i%3 {
								return parquet.NullValue()
							}
							return s.value(nth(i))
						}, func(i int) string {
							switch {
							case nulls == 3 || nulls == 2 && i%7 < i%3:
								if s.column == "amount" {
									return "missing_value"
								}
								return ""
							}
							return s.want(nth(i))
						})
					})
				}
			}
		}
	}
}

// nth is a value that repeats, jumps and changes its sign.
func nth(i int) int64 {
	if i/1000%2 == 0 {
		return int64(i % 5)
	}
	return int64(i*7919%1999983) - 1000000
}

func checkEncoding(t *testing.T, column string, node parquet.Node, codec compress.Codec, version int,
	at func(int) parquet.Value, want func(int) string) {
	t.Helper()
	const rows = 5_000
	cols := base(Repayments)
	cols[column] = col{node, at}
	b := encode(t, rows, cols, parquet.DataPageVersion(version), parquet.Compression(codec),
		parquet.PageBufferSize(8<<10), parquet.MaxRowsPerRowGroup(2345))
	f, err := memoryFile(b, Repayments, Options{Scale: 2})
	if err != nil {
		t.Fatal(err)
	}
	got := columnOf(t, f, column)
	if len(got) != rows {
		t.Fatalf("%d rows, want %d", len(got), rows)
	}
	for i := range got {
		if got[i] != want(i) {
			t.Fatalf("row %d is %q, want %q", i, got[i], want(i))
		}
	}
}

// Buffers are reused: what is allocated goes with pages, not with rows.
func TestDecodeDoesNotAllocateByRow(t *testing.T) {
	cols := base(Repayments)
	cols["channel"] = col{parquet.Optional(parquet.Encoded(parquet.String(), &parquet.RLEDictionary)), func(i int) parquet.Value {
		if i%3 == 0 {
			return parquet.NullValue()
		}
		return text("bank")
	}}
	cols["reference"] = col{parquet.Optional(parquet.String()), func(i int) parquet.Value { return text(fmt.Sprint(i)) }}
	f, err := memoryFile(encode(t, 200_000, cols, parquet.Compression(&parquet.Snappy)), Repayments, Options{Scale: 2})
	if err != nil {
		t.Fatal(err)
	}
	var r Reader
	rows := 0
	perRun := testing.AllocsPerRun(3, func() {
		if err := r.ReadGroup(f, 0, func(batch *Rows) error { rows += batch.N; return nil }); err != nil {
			t.Fatal(err)
		}
	})
	if rows != 4*200_000 { // AllocsPerRun runs once more, to warm up
		t.Errorf("%d rows", rows)
	}
	if perRun > 500 { // page headers
		t.Errorf("%v allocations for 200,000 rows", perRun)
	}
}

func TestEmptyFileIsValid(t *testing.T) {
	f, err := memoryFile(encode(t, 0, base(Repayments)), Repayments, Options{})
	if err != nil || f.Rows != 0 {
		t.Errorf("%d rows, %v", f.Rows, err)
	}
	for _, k := range []Kind{Loans, Borrowers, Schedules, Repayments, Adjustments, Contacts, Flags} {
		f, err := memoryFile(encode(t, 3, base(k)), k, Options{Scale: 2})
		if err != nil {
			t.Fatal(err)
		}
		var r Reader
		err = r.ReadGroup(f, 0, func(rows *Rows) error {
			if rows.N != 3 || slices.ContainsFunc(rows.Fault, func(r loan.Reason) bool { return r != 0 }) {
				t.Errorf("%v: %d rows, faults %v", k, rows.N, rows.Fault)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// Row groups may be read in any order, at once: the rows are the same.
func TestReadGroupsConcurrently(t *testing.T) {
	f, err := memoryFile(encode(t, 20_000, base(Repayments), parquet.MaxRowsPerRowGroup(1500)), Repayments, Options{Scale: 2})
	if err != nil {
		t.Fatal(err)
	}
	seen := make([]bool, f.Rows) // each element belongs to the group that reads it
	var g errgroup.Group
	const workers = 3
	for w := range workers {
		g.Go(func() error {
			var r Reader
			for i := f.Groups - 1 - w; i >= 0; i -= workers {
				err := r.ReadGroup(f, i, func(rows *Rows) error {
					for j := range rows.N {
						row := rows.First + int64(j)
						if want := fmt.Sprintf("T%05d", row); string(rows.Columns[RepaymentsLoanID].Text(j)) != want || seen[row] {
							t.Errorf("row %d: %q", row, rows.Columns[RepaymentsLoanID].Text(j))
						}
						seen[row] = true
					}
					return nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(seen, false) {
		t.Error("rows are missing")
	}
}
