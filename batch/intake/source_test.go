package intake

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// rowsOf reads a file as text, and the JSON of some rows.
func rowsOf(f *File) (string, error) {
	var b strings.Builder
	var r Reader
	for g := range f.Groups {
		err := r.ReadGroup(f, g, func(rows *Rows) error {
			for i := range rows.N {
				fmt.Fprint(&b, rows.Fault[i].Code())
				for j := range rows.Columns {
					if !rows.Columns[j].IsNull(i) {
						fmt.Fprint(&b, " ", cell(&rows.Columns[j], contract[f.Kind][j].form, i))
					}
				}
				b.WriteByte('\n')
			}
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	err := f.Values([]int64{0, f.Rows / 2, f.Rows - 1}, func(_ int64, json []byte) error {
		b.Write(json)
		return nil
	})
	return b.String(), err
}

// bigFile has pages below, at and above the size of a block, in two row groups,
// and a column that is not read.
func bigFile(t testing.TB, rows int, codec parquet.WriterOption) []byte {
	cols := base(Repayments)
	rng := rand.New(rand.NewPCG(12, 13))
	noise := make([]string, rows)
	for i := range noise {
		noise[i] = fmt.Sprintf("%x%x%x", rng.Uint64(), rng.Uint64(), rng.Uint64())
	}
	cols["reference"] = col{parquet.String(), func(i int) parquet.Value { return text(noise[i]) }}
	cols["zebra"] = col{parquet.String(), func(i int) parquet.Value { return text(noise[len(noise)-1-i]) }}
	return encode(t, len(noise), cols, codec, parquet.MaxRowsPerRowGroup(int64(2*rows/3)), parquet.PageBufferSize(48<<10))
}

// A file that is written into between its inspection and its reading, and whose
// size and times are put back, is found out, or its rows are still those that
// were inspected (edges 13).
func TestAFileChangedInPlace(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, codec := range map[string]parquet.WriterOption{"none": parquet.Compression(&parquet.Uncompressed), "snappy": parquet.Compression(&parquet.Snappy)} {
		b := bigFile(t, 3000, codec)
		if len(b) < 5*blockSize {
			t.Fatalf("%s: only %d bytes", name, len(b))
		}
		path := filepath.Join(folder(t, map[string][]byte{"repayments.parquet": b}), "repayments.parquet")
		in, err := Inspect(t.Context(), filepath.Dir(path), Options{Scale: 2}, 1)
		if err != nil {
			t.Fatal(err)
		}
		f := in.Files[0]
		want, err := rowsOf(f)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		found, harmless := 0, 0
		for round := range 200 {
			damaged := bytes.Clone(b)
			at := rng.IntN(len(b))
			n := min(1+rng.IntN(8), len(b)-at)
			for i := range n {
				damaged[at+i] ^= byte(1 + rng.IntN(255))
			}
			overwrite(t, path, damaged, info)
			got, err := rowsOf(f)
			var fault *FileError
			switch {
			case errors.As(err, &fault) && errors.Is(err, errChanged):
				found++
			case err != nil:
				t.Fatalf("%s, round %d, %d bytes at %d: %v", name, round, n, at, err)
			case got != want:
				t.Fatalf("%s, round %d, %d bytes at %d: other rows were read", name, round, n, at)
			default:
				harmless++
			}
		}
		if found == 0 || harmless == 0 { // the column that is not read is two fifths of the file
			t.Errorf("%s: %d changes were found, %d were harmless", name, found, harmless)
		}
		overwrite(t, path, b, info)
		if got, err := rowsOf(f); got != want || err != nil {
			t.Errorf("%s: the file as it was: %v", name, err)
		}
	}
}

// overwrite writes into a file and puts its times back.
func overwrite(t *testing.T, path string, b []byte, info os.FileInfo) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(b, 0); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Close(), os.Chtimes(path, info.ModTime(), info.ModTime())); err != nil {
		t.Fatal(err)
	}
}

// What becomes of the file as a whole: cut, grown, another in its place, gone.
func TestAFileThatIsNoLongerTheOne(t *testing.T) {
	b := bigFile(t, 3000, parquet.Compression(&parquet.Uncompressed))
	other := bytes.Clone(b)
	copy(other[len(other)/3:], other[len(other)/2:len(other)/2+5000])
	for name, change := range map[string]func(path string) error{
		"cut":      func(path string) error { return os.Truncate(path, int64(len(b)/2)) },
		"grown":    func(path string) error { return os.WriteFile(path, append(bytes.Clone(b), 0), 0o600) },
		"replaced": func(path string) error { return os.Rename(writeAside(path, other), path) },
		"gone":     os.Remove,
		"a folder": func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
		"emptied":  func(path string) error { return os.Truncate(path, 0) },
	} {
		path := filepath.Join(folder(t, map[string][]byte{"repayments.parquet": b}), "repayments.parquet")
		in, err := Inspect(t.Context(), filepath.Dir(path), Options{Scale: 2}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := change(path); err != nil {
			t.Fatal(err)
		}
		var fault *FileError
		if _, err := rowsOf(in.Files[0]); !errors.As(err, &fault) || fault.File != "repayments.parquet" {
			t.Errorf("%s: %v", name, err)
		}
		if err := in.Files[0].Values([]int64{0, 2999}, func(int64, []byte) error { return nil }); !errors.As(err, &fault) {
			t.Errorf("%s: its values: %v", name, err)
		}
	}
}

func writeAside(path string, b []byte) string {
	aside := path + ".new"
	if err := os.WriteFile(aside, b, 0o600); err != nil {
		panic(err)
	}
	return aside
}

// A file that shrinks while it is read is found out as changed, not as damaged.
func TestAFileCutWhileItIsRead(t *testing.T) {
	path := filepath.Join(folder(t, map[string][]byte{"repayments.parquet": bigFile(t, 15000, parquet.Compression(&parquet.Snappy))}), "repayments.parquet")
	in, err := Inspect(t.Context(), filepath.Dir(path), Options{Scale: 2}, 1)
	if err != nil {
		t.Fatal(err)
	}
	err = new(Reader).ReadGroup(in.Files[0], 0, func(*Rows) error { return os.Truncate(path, 10) })
	if !errors.Is(err, errChanged) {
		t.Errorf("got %v", err)
	}
}

// Any part of a file reads as its bytes, whatever blocks it crosses.
func TestSourceReadsAnyPart(t *testing.T) {
	for _, size := range []int{1, blockSize - 1, blockSize, blockSize + 1, 3*blockSize + 77} {
		b := make([]byte, size)
		rng := rand.New(rand.NewPCG(uint64(size), 5))
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		f := &File{Size: int64(size), memory: bytes.NewReader(b)}
		if err := f.digest(t.Context(), f.memory); err != nil {
			t.Fatal(err)
		}
		s := source{file: f, input: f.memory}
		for range 500 {
			off := rng.IntN(size)
			got := make([]byte, rng.IntN(size-off+1))
			if n, err := s.ReadAt(got, int64(off)); err != nil || n != len(got) || !bytes.Equal(got, b[off:off+n]) {
				t.Fatalf("%d bytes at %d of %d: %d, %v", len(got), off, size, n, err)
			}
		}
		if n, err := s.ReadAt(make([]byte, 2), int64(size-1)); n != 1 || err == nil {
			t.Errorf("beyond the end of %d bytes: %d, %v", size, n, err)
		}
	}
}
