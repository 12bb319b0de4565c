package direct

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// A memory is a file without a descriptor.
type memory struct{ bytes.Buffer }

func (*memory) Fd() uintptr { return ^uintptr(0) }

func create(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// fill writes some megabytes in pieces of any length, flushed now and then, and returns them.
func fill(t *testing.T, r *rand.Rand, w *Writer) []byte {
	t.Helper()
	var all []byte
	for len(all) < 4*blockBytes+r.IntN(2*blockBytes) {
		n := []int{r.IntN(100), r.IntN(64 << 10), blockBytes, r.IntN(3 * blockBytes), alignment}[r.IntN(5)]
		piece := make([]byte, n)
		for i := range piece {
			piece[i] = byte(r.Uint32())
		}
		if k, err := w.Write(piece); k != n || err != nil {
			t.Fatalf("%d of %d bytes written: %v", k, n, err)
		}
		all = append(all, piece...)
		if r.IntN(5) == 0 {
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return all
}

// Whatever the pieces: the file has them one after the other, on the disk and in memory.
func TestFileIsWhatWasWritten(t *testing.T) {
	for seed := range uint64(24) {
		r := rand.New(rand.NewPCG(seed, 1))
		f, m := create(t), new(memory)
		w := NewWriter(f)
		if seed%2 == 1 {
			w.ring = nil // as where the system has none
		}
		want := fill(t, r, w)
		got, err := os.ReadFile(f.Name())
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("seed %d: a file of %d bytes for %d, %v", seed, len(got), len(want), err)
		}
		if want := fill(t, r, NewWriter(m)); !bytes.Equal(m.Bytes(), want) {
			t.Fatalf("seed %d: %d bytes in memory for %d", seed, m.Len(), len(want))
		}
	}
}

// A file is left so that who writes it next needs no blocks.
func TestFileIsWrittenOnAsAlways(t *testing.T) {
	f := create(t)
	w := NewWriter(f)
	want := make([]byte, 2*blockBytes+3)
	if _, err := w.Write(want); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, "and on"); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(f.Name()); err != nil || !bytes.Equal(got, append(want, "and on"...)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// More files than a ring has room for, at once: each has its own bytes.
func TestManyFilesAtOnce(t *testing.T) {
	var all sync.WaitGroup
	for i := range 100 {
		f, w := create(t), (*Writer)(nil)
		all.Go(func() {
			w = NewWriter(f)
			want := bytes.Repeat([]byte{byte(i), byte(i >> 1), 7}, 3*blockBytes/3+i)
			if _, err := w.Write(want); err != nil {
				t.Error(err)
			}
			if err := w.Flush(); err != nil {
				t.Error(err)
			}
			if got, err := os.ReadFile(f.Name()); err != nil || !bytes.Equal(got, want) {
				t.Errorf("file %d: %d bytes for %d, %v", i, len(got), len(want), err)
			}
		})
	}
	all.Wait()
}

// What a ring has not written of a block, the writer writes, at its place.
func TestRestOfABlock(t *testing.T) {
	for _, n := range []int{0, alignment, blockBytes - alignment, blockBytes} {
		f := create(t)
		w := NewWriter(f)
		if w.way == nil {
			t.Skip("there is no way past the page cache")
		}
		block := takeBlock()[:blockBytes]
		for i := range block {
			block[i] = byte(i ^ i>>8)
		}
		want := append(bytes.Clone(block), "and on"...)
		if _, err := f.WriteAt(block[:n], 0); err != nil { // as the ring does: the file's place stays
			t.Fatal(err)
		}
		w.size, w.adrift = blockBytes, true
		w.land(block[n:])
		if _, err := w.Write([]byte("and on")); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(f.Name()); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes of a block: a file of %d bytes, want %d, %v", n, len(got), len(want), err)
		}
	}
}

// A picky is a file that refuses a block after a part of it.
type picky struct {
	*os.File
	takes   int
	refuses error
	asked   int
}

func (f *picky) Write(p []byte) (int, error) {
	if f.asked++; f.asked != 2 {
		return f.File.Write(p)
	}
	n, err := f.File.Write(p[:f.takes])
	return n, errors.Join(err, f.refuses)
}

// A device that asks for more than blocks have gets them through the page cache.
func TestDeviceRefuses(t *testing.T) {
	f := &picky{File: create(t), takes: 8 * alignment, refuses: syscall.EINVAL}
	w := NewWriter(f)
	w.ring = nil
	want := make([]byte, 5*blockBytes+77)
	for i := range want {
		want[i] = byte(i ^ i>>8 ^ i>>16)
	}
	if _, err := w.Write(want); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(f.Name()); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes for %d, %v", len(got), len(want), err)
	}
}

// What goes wrong is told, at the latest by Flush, and nothing more is written.
func TestErrorsAreTold(t *testing.T) {
	full := errors.New("full")
	f := &picky{File: create(t), takes: alignment, refuses: full}
	w := NewWriter(f)
	w.ring = nil
	piece := make([]byte, blockBytes)
	var err error
	for i := 0; i < 9 && err == nil; i++ {
		_, err = w.Write(piece)
	}
	if flushed := w.Flush(); !errors.Is(err, full) || !errors.Is(flushed, full) {
		t.Errorf("written: %v; flushed: %v", err, flushed)
	}
	if _, err := w.Write(piece); !errors.Is(err, full) {
		t.Errorf("after it: %v", err)
	}
	if info, err := f.Stat(); err != nil || info.Size() != blockBytes+alignment {
		t.Errorf("a file of %d bytes, %v", info.Size(), err)
	}
}
