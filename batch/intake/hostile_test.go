package intake

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// small is the memory that damaged files may claim in tests.
const small = 4 << 20

// readAll reads a file by both ways; the first error that is not a FileError
// fails the test.
func readAll(t testing.TB, b []byte, k Kind) (int64, error) {
	t.Helper()
	f, err := memoryFile(b, k, Options{Scale: 2, Memory: small, groupMax: small})
	var rows int64
	if err == nil {
		var r Reader
		for g := 0; g < f.Groups && err == nil; g++ {
			err = r.ReadGroup(f, g, func(batch *Rows) error {
				for i := range batch.N {
					for j := range batch.Columns {
						if !batch.Columns[j].IsNull(i) {
							cell(&batch.Columns[j], contract[k][j].form, i)
						}
					}
				}
				if rows += int64(batch.N); rows > 1<<20 {
					return errEnough
				}
				return nil
			})
		}
		if f.Rows > 0 && err == nil {
			err = f.Values([]int64{0, f.Rows / 2, f.Rows - 1}[:min(int(f.Rows), 3)], func(int64, []byte) error { return nil })
		}
	}
	if err == errEnough {
		err = nil
	}
	var fault *FileError
	if err != nil && !errors.As(err, &fault) {
		t.Fatalf("not a FileError: %v", err)
	}
	if fault != nil && strings.Contains(fault.Error(), "runtime error") {
		t.Errorf("a panic was recovered, for want of a check: %v", fault)
	}
	return rows, err
}

var errEnough = errors.New("enough")

func hostileSeeds(t testing.TB) map[Kind][]byte {
	cols := base(Repayments)
	cols["channel"] = col{parquet.Optional(parquet.Encoded(parquet.String(), &parquet.RLEDictionary)), func(i int) parquet.Value {
		if i%3 == 0 {
			return parquet.NullValue()
		}
		return text([]string{"app", "bank"}[i%2])
	}}
	cols["amount"] = col{parquet.Optional(parquet.Encoded(parquet.Decimal(2, 18, parquet.Int64Type), &parquet.DeltaBinaryPacked)),
		func(i int) parquet.Value { return i64(int64(i * 7919)) }}
	cols["repayment_id"] = col{parquet.Encoded(parquet.String(), &parquet.DeltaByteArray), cols["repayment_id"].at}
	return map[Kind][]byte{
		Repayments: encode(t, 40, cols, parquet.Compression(&parquet.Snappy)),
		Loans:      encode(t, 25, base(Loans), parquet.Compression(&parquet.Zstd), parquet.DataPageVersion(1)),
		Contacts:   encode(t, 25, base(Contacts), parquet.Compression(&parquet.Lz4Raw)),
		Schedules:  encode(t, 25, base(Schedules)),
	}
}

// A file cut anywhere is refused.
func TestTruncated(t *testing.T) {
	for k, b := range hostileSeeds(t) {
		for n := range b {
			if _, err := readAll(t, b[:n], k); err == nil {
				t.Errorf("%v: %d of %d bytes were accepted", k, n, len(b))
			}
		}
	}
}

// A byte changed anywhere gives a FileError or rows, without a crash and
// without memory that the file claims.
func TestFlippedBytes(t *testing.T) {
	var before, after runtime.MemStats
	for k, b := range hostileSeeds(t) {
		for i := range b {
			damaged := bytes.Clone(b)
			damaged[i] ^= []byte{1, 0x80, 0xff}[i%3]
			runtime.ReadMemStats(&before)
			readAll(t, damaged, k)
			runtime.ReadMemStats(&after)
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 8*small {
				t.Errorf("%v: byte %d: %d bytes allocated", k, i, grown)
			}
		}
	}
}

// refoot returns b with its footer changed.
func refoot(t *testing.T, b []byte, change func(*format.FileMetaData)) []byte {
	t.Helper()
	size := int(binary.LittleEndian.Uint32(b[len(b)-8:]))
	at := len(b) - 8 - size
	var meta format.FileMetaData
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), b[at:len(b)-8], &meta); err != nil {
		t.Fatal(err)
	}
	change(&meta)
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), &meta)
	if err != nil {
		t.Fatal(err)
	}
	out := append(bytes.Clone(b[:at]), footer...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(footer)))
	return append(out, magic...)
}

// What a footer claims must be what the pages hold.
func TestFootersThatLie(t *testing.T) {
	good := encode(t, 40, base(Repayments), parquet.DataPageVersion(1))
	rows := func(n int64) func(*format.FileMetaData) {
		return func(m *format.FileMetaData) {
			m.NumRows, m.RowGroups[0].NumRows = n, n
			for i := range m.RowGroups[0].Columns {
				m.RowGroups[0].Columns[i].MetaData.NumValues = n
			}
		}
	}
	chunk := func(change func(*format.ColumnMetaData)) func(*format.FileMetaData) {
		return func(m *format.FileMetaData) { change(&m.RowGroups[0].Columns[0].MetaData) }
	}
	for name, change := range map[string]func(*format.FileMetaData){
		"too few rows":      rows(39),
		"too many rows":     rows(41),
		"very many rows":    rows(1 << 60),
		"other total":       func(m *format.FileMetaData) { m.NumRows = 41 },
		"negative rows":     rows(-1),
		"other file":        func(m *format.FileMetaData) { m.RowGroups[0].Columns[0].FilePath = "/etc/passwd" },
		"fewer columns":     func(m *format.FileMetaData) { m.RowGroups[0].Columns = m.RowGroups[0].Columns[1:] },
		"deep tree":         func(m *format.FileMetaData) { m.Schema[0].NumChildren.V = 1 << 30 },
		"outside the file":  chunk(func(c *format.ColumnMetaData) { c.DataPageOffset, c.DictionaryPageOffset = 1<<40, 0 }),
		"negative length":   chunk(func(c *format.ColumnMetaData) { c.TotalCompressedSize = -5 }),
		"other type":        chunk(func(c *format.ColumnMetaData) { c.Type = format.Int96 }),
		"other codec":       chunk(func(c *format.ColumnMetaData) { c.Codec = format.Snappy }),
		"unsupported codec": chunk(func(c *format.ColumnMetaData) { c.Codec = format.Lz4 }),
		"cut chunk":         chunk(func(c *format.ColumnMetaData) { c.TotalCompressedSize -= 5 }),
	} {
		if _, err := readAll(t, refoot(t, good, change), Repayments); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if n, err := readAll(t, refoot(t, good, func(*format.FileMetaData) {}), Repayments); n != 40 || err != nil {
		t.Errorf("the same footer: %d rows, %v", n, err)
	}
}

// A footer may claim lists of two thousand million elements in five bytes.
func TestFooterListsAreHeldAgainstTheirBytes(t *testing.T) {
	for name, b := range map[string][]byte{
		"a list longer than its bytes":     {0x29, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07},
		"a map longer than its bytes":      {0x2b, 0xff, 0xff, 0xff, 0xff, 0x07, 0x88},
		"a hundred nested structs":         bytes.Repeat([]byte{0x1c}, 100),
		"a hundred nested lists":           append([]byte{0x19}, bytes.Repeat([]byte{0x19}, 100)...),
		"a number that never ends":         bytes.Repeat([]byte{0x16, 0xff, 0xff}, 20),
		"a type that Thrift does not have": {0x1e, 0, 0},
	} {
		if _, err := readMeta(b); err == nil || strings.Contains(err.Error(), "no ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	many := append([]byte{0x29, 0xfc, 0xc0, 0x84, 0x3d}, make([]byte, 1_000_001)...) // a million empty elements
	many = append(many[:len(many)-1], 0x16, 0x00, 0x19, 0x0c, 0)
	m, err := readMeta(many)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := schemaLeaves(m); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("a million elements: %v", err)
	}
}

// Pages expand to the size in their header or not at all.
func TestCodecsExpandExactly(t *testing.T) {
	plain := bytes.Repeat([]byte("daybook "), 100_000)
	for _, c := range []format.CompressionCodec{format.Uncompressed, format.Snappy, format.Gzip, format.Brotli, format.Zstd, format.Lz4Raw} {
		packed, err := parquet.LookupCompressionCodec(c).Encode(nil, plain)
		if err != nil {
			t.Fatal(err)
		}
		var cs codecs
		for range 2 { // decoders are used again
			for _, size := range []int{len(plain), len(plain) - 1, len(plain) + 1, 10} {
				dst := make([]byte, size)
				err := cs.expand(c, dst, packed)
				if (err == nil) != (size == len(plain)) {
					t.Errorf("%v: %d bytes into %d: %v", c, len(plain), size, err)
				}
				if err == nil && !bytes.Equal(dst, plain) {
					t.Errorf("%v: other bytes", c)
				}
			}
			if err := cs.expand(c, make([]byte, 100), []byte("no such page")); err == nil {
				t.Errorf("%v: expanded nonsense", c)
			}
		}
	}
}

// Memory has a bound that a big page does not pass.
func TestMemoryIsBounded(t *testing.T) {
	cols := base(Repayments)
	cols["reference"] = col{parquet.String(), func(i int) parquet.Value { return text(strings.Repeat(fmt.Sprint(i), 200)) }}
	b := encode(t, 20_000, cols, parquet.Compression(&parquet.Snappy), parquet.PageBufferSize(32<<20))
	_, err := readAll(t, b, Repayments)
	if err == nil || !strings.Contains(err.Error(), "smaller row groups") {
		t.Errorf("got %v", err)
	}
	f, err := memoryFile(b, Repayments, Options{Scale: 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := new(Reader).ReadGroup(f, 0, func(*Rows) error { return nil }); err != nil {
		t.Errorf("with the default: %v", err)
	}
}
