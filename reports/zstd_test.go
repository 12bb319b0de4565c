package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// A compressed file has the rows of one that is not, in less room and in the bytes that it
// always had: a night is published again with the same bytes.
func TestZstdStays(t *testing.T) {
	j, format := smallJournal()
	dir := t.TempDir()
	plain := testForm()
	packed := *plain
	packed.Codec = Zstd
	var tables []*Table
	for _, f := range []*Form{plain, &packed} {
		format.Form = f
		path := filepath.Join(dir, "part-0000"+f.Codec+".parquet")
		w, err := CreateJournal(path, format, j.BusinessDate)
		if err != nil {
			t.Fatal(err)
		}
		for range 2000 {
			if err := w.Write(j); err != nil {
				t.Fatal(err)
			}
		}
		out, err := w.Close()
		if err != nil {
			t.Fatal(err)
		}
		table, err := ReadParquet(path)
		if err != nil {
			t.Fatal(err)
		}
		table.Name = ""
		tables = append(tables, table)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		const want = "a0d3594ddc6383c2"
		if got := hex.EncodeToString(sum[:8]); f.Codec != "" && got != want {
			t.Errorf("the compressed file is %s of %d bytes, not %s: the codec writes other bytes than it did; give it another name", got, out.Bytes, want)
		}
	}
	if !reflect.DeepEqual(tables[0], tables[1]) {
		t.Error("the compressed file has other rows")
	}
}
