package intake

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzIntake reads any bytes as a file of any kind: rows or a FileError, never
// a crash, never memory beyond the bound.
func FuzzIntake(f *testing.F) {
	for k, b := range hostileSeeds(f) {
		f.Add(b, byte(k))
	}
	dir := filepath.Join("..", "..", "testdata", "foreign")
	entries, err := os.ReadDir(dir)
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		kind, ok := ParseKind(KindPrefix(e.Name()))
		if !ok || !isParquet(e.Name()) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			f.Fatal(err)
		}
		if len(b) < 12<<10 {
			f.Add(b, byte(kind))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, k byte) {
		readAll(t, b, Kind(k)%Kinds)
	})
}

// FuzzDamage changes bytes of good files: what random bytes do not reach,
// since nearly all of them fail in the footer. Each three bytes of edits are
// a place and a value.
func FuzzDamage(f *testing.F) {
	var kinds []Kind
	var seeds [][]byte
	good := hostileSeeds(f)
	for k := range Kinds {
		if b, ok := good[k]; ok {
			kinds, seeds = append(kinds, k), append(seeds, b)
		}
	}
	dir := filepath.Join("..", "..", "testdata", "foreign")
	for _, name := range []string{"adjustments-duckdb-v2.parquet", "adjustments-arrow-v2-delta.parquet", "loans-duckdb-v2.parquet",
		"repayments-duckdb-v1-brotli.parquet", "repayments-duckdb-v1-gzip.parquet", "repayments-spark-legacy.parquet"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			f.Fatal(err)
		}
		k, _ := ParseKind(KindPrefix(name))
		kinds, seeds = append(kinds, k), append(seeds, b)
	}
	for i := range seeds {
		f.Add(byte(i), []byte{0, 200, 255, 1, 1, 7, 2, 50, 3})
	}
	f.Fuzz(func(t *testing.T, seed byte, edits []byte) {
		i := int(seed) % len(seeds)
		b := bytes.Clone(seeds[i])
		for ; len(edits) >= 3; edits = edits[3:] {
			b[(int(edits[0])<<8|int(edits[1]))%len(b)] = edits[2]
		}
		readAll(t, b, kinds[i])
	})
}
