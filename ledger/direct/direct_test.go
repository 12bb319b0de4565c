package direct

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
)

// A memory is a file without a descriptor.
type memory struct{ bytes.Buffer }

func (*memory) Fd() uintptr { return ^uintptr(0) }
func (*memory) Sync() error { return nil }

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
			if err := w.Sync(); err != nil {
				t.Error(err)
			}
			if got, err := os.ReadFile(f.Name()); err != nil || !bytes.Equal(got, want) {
				t.Errorf("file %d: %d bytes for %d, %v", i, len(got), len(want), err)
			}
		})
	}
	all.Wait()
}

// What a ring has not written of a block, the writer writes, at its place: also where blocks after it are in already, and where the
// device takes none past the page cache any more.
func TestRestOfABlock(t *testing.T) {
	for _, n := range []int{0, alignment, blockBytes - alignment, blockBytes} {
		for _, after := range []int{0, 2 * blockBytes} {
			for _, refuses := range []bool{false, true} {
				f := create(t)
				picky := &picky{File: f, refuses: syscall.EINVAL, asked: 2}
				if refuses && n < blockBytes {
					picky.asked = 1 // so that the rest is refused
				}
				w := NewWriter(picky)
				if w.way == nil {
					t.Skip("there is no way past the page cache")
				}
				blocks := make([]byte, blockBytes+after)
				for i := range blocks {
					blocks[i] = byte(i ^ i>>8 ^ i>>16)
				}
				// As the ring does: the file's own place stays.
				_, err := f.WriteAt(blocks[:n], 0)
				if err == nil {
					_, err = f.WriteAt(blocks[blockBytes:], blockBytes)
				}
				if err != nil {
					t.Fatal(err)
				}
				w.size = int64(len(blocks))
				rest := takeBlock()[:blockBytes-n]
				copy(rest, blocks[n:])
				w.land(rest, blockBytes)
				block := bytes.Repeat([]byte{9}, blockBytes)
				want := slices.Concat(blocks, block, []byte("and on"))
				if _, err := w.Write(want[len(blocks):]); err != nil {
					t.Fatal(err)
				}
				if err := w.Flush(); err != nil {
					t.Fatal(err)
				}
				if got, err := os.ReadFile(f.Name()); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%d bytes of a block, %d after it, refused %t: a file of %d bytes, want %d, %v", n, after, refuses, len(got), len(want), err)
				}
			}
		}
	}
}

// A counted is a file that counts how often it is asked to be on the disk, and refuses.
type counted struct {
	*os.File
	syncs int
	err   error
}

func (f *counted) Sync() error {
	f.syncs++
	return f.err
}

// A file is on the disk by the ring, or by its own Sync where there is none or where the ring can't: then what that says is told.
func TestSync(t *testing.T) {
	full := errors.New("full")
	for _, c := range []struct {
		name   string
		set    func(*Writer)
		itself bool
	}{
		{"by the ring", func(*Writer) {}, theRing() == nil},
		{"no ring", func(w *Writer) { w.ring = nil }, true},
		{"no descriptor", func(w *Writer) { w.way, w.past = nil, false }, true},
		{"of what has no disk", func(w *Writer) {
			r, other, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { r.Close(); other.Close() })
			if w.way != nil {
				w.way.fd = int(other.Fd())
			}
		}, true},
	} {
		for _, err := range []error{nil, full} {
			f := &counted{File: create(t), err: err}
			w := NewWriter(f)
			if _, err := w.Write(make([]byte, 3*blockBytes)); err != nil {
				t.Fatal(err)
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			c.set(w)
			got := w.Sync()
			switch {
			case c.itself && (f.syncs != 1 || !errors.Is(got, err)):
				t.Errorf("%s: %d syncs, %v for %v", c.name, f.syncs, got, err)
			case !c.itself && (f.syncs != 0 || got != nil):
				t.Errorf("%s: %d syncs, %v", c.name, f.syncs, got)
			}
		}
	}
}

// What the disk says is told at once, and not asked for again: the system tells it once.
func TestSyncErrorsAreTold(t *testing.T) {
	f := &counted{File: create(t)}
	w := NewWriter(f)
	if w.ring == nil || w.way == nil {
		t.Skip("there is no ring")
	}
	w.way.fd = 1 << 20 // nobody's
	if err := w.Sync(); !errors.Is(err, syscall.EBADF) || f.syncs != 0 {
		t.Errorf("%v after %d syncs", err, f.syncs)
	}
	full := errors.New("full")
	w.err = full
	if err := w.Sync(); !errors.Is(err, full) || f.syncs != 0 {
		t.Errorf("after an error: %v, %d syncs", err, f.syncs)
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
