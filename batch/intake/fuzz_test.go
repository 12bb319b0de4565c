package intake

import (
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
		kind, ok := ParseKind(kindPrefix(e.Name()))
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
