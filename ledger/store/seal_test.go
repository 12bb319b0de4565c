package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// walkFiles calls f with every file under a folder.
func walkFiles(t *testing.T, fsys vfs.FS, dir string, f func(path string, size int64)) {
	t.Helper()
	names, err := fsys.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sorted(names) {
		path := fsys.PathJoin(dir, name)
		info, err := fsys.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.IsDir() {
			walkFiles(t, fsys, path, f)
		} else {
			f(path, info.Size())
		}
	}
}

// sample returns offsets of a file: its first and last 64, and others.
func sample(size, stride int64) (offsets []int64) {
	for i := range size {
		if i < 64 || i >= size-64 || i%stride == 0 {
			offsets = append(offsets, i)
		}
	}
	return offsets
}

// flip turns bits of one byte around.
func flip(t *testing.T, fsys *vfs.MemFS, path string, offset int64, mask byte) {
	t.Helper()
	f, err := fsys.OpenReadWrite(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	var b [1]byte
	_, err = f.ReadAt(b[:], offset)
	b[0] ^= mask
	_, err2 := f.WriteAt(b[:], offset)
	if err := errors.Join(err, err2, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// findFault opens and verifies a book as a command would, and returns what it
// finds.
func findFault(t *testing.T, fsys vfs.FS) (found error) {
	t.Helper()
	b, err := OpenReadOnly("book", Options{FS: fsys})
	if err != nil {
		return err
	}
	if err := b.CheckFiles(t.Context(), 1, func(f Fault) { found = &f }); err != nil {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	return found
}

// A flipped bit anywhere in the book is found.
func TestFlippedBytes(t *testing.T) {
	t.Parallel()
	mem := newTwoNights(t).fs()
	if err := findFault(t, mem); err != nil {
		t.Fatal(err)
	}
	flips := 0
	walkFiles(t, mem, "book", func(path string, size int64) {
		stride := int64(11)
		if isTable(path) {
			stride = 499
		}
		for _, offset := range sample(size, stride) {
			mask := byte(1) << (offset % 8)
			flip(t, mem, path, offset, mask)
			if findFault(t, mem) == nil {
				t.Errorf("bits %02x of byte %d of %d of %s", mask, offset, size, path)
			}
			flip(t, mem, path, offset, mask)
			flips++
		}
	})
	t.Logf("%d flipped bytes", flips)
	if err := findFault(t, mem); err != nil {
		t.Fatal(err)
	}
}

// So is a file that is missing, or cut short by one byte.
func TestMissingAndShortFiles(t *testing.T) {
	t.Parallel()
	s := newTwoNights(t)
	walkFiles(t, s.base, "book", func(path string, size int64) {
		if s.base.PathBase(path) == lockName {
			return
		}
		mem := s.fs()
		if err := mem.Remove(path); err != nil {
			t.Fatal(err)
		}
		if findFault(t, mem) == nil {
			t.Errorf("%s is missing", path)
		}
		if size == 0 {
			return
		}
		data, err := readFile(s.base, path)
		if err == nil {
			var f vfs.File
			if f, err = mem.Create(path, vfs.WriteCategoryUnspecified); err == nil {
				_, err = f.Write(data[:size-1])
				err = errors.Join(err, f.Close())
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if findFault(t, mem) == nil {
			t.Errorf("%s is short", path)
		}
	})
}

// A night whose run was killed before it could seal is verified block by block.
func TestFlippedBytesOfUnsealedNight(t *testing.T) {
	t.Parallel()
	s := newTwoNights(t)
	fsys := s.fs()
	var mu sync.Mutex // partitions are written side by side
	var killed *vfs.MemFS
	committed := false
	_, err := s.close(errorfs.Wrap(fsys, errorfs.InjectorFunc(func(op errorfs.Op) error {
		mu.Lock()
		defer mu.Unlock()
		committed = committed || op.Kind == errorfs.OpRemove && strings.HasPrefix(op.Path, "book/build/")
		if op.Kind == errorfs.OpCreate && op.Path == "book/seal.new" && committed && killed == nil {
			killed = fsys.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: testRand()})
		}
		return nil
	})))
	if err != nil || killed == nil {
		t.Fatal(err)
	}
	if err := findFault(t, killed); err != nil {
		t.Fatal(err)
	}
	ro, err := OpenReadOnly("book", Options{FS: killed})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := ro.readSeal()
	if err != nil {
		t.Fatal(err)
	}
	checkDump(t, mustDump(t, ro), s.new.dump())
	levels, err := ro.db.SSTables()
	if err != nil {
		t.Fatal(err)
	}
	if err := ro.Close(); err != nil {
		t.Fatal(err)
	}
	tables := 0
	for _, table := range levels[len(levels)-1] {
		name := tableName(uint64(table.BackingSSTNum))
		if _, ok := sealed.files[name]; ok {
			continue
		}
		tables++
		for _, offset := range sample(int64(table.Size), 499) {
			path := killed.PathJoin("book", dbName, name)
			flip(t, killed, path, offset, 0x10)
			if findFault(t, killed) == nil {
				t.Errorf("byte %d of %d of %s", offset, table.Size, name)
			}
			flip(t, killed, path, offset, 0x10)
		}
	}
	if tables < 4 {
		t.Errorf("%d unsealed tables", tables)
	}
}

func TestSealRoundTrip(t *testing.T) {
	data, err := readFile(newTwoNights(t).base, "book/seal")
	if err != nil {
		t.Fatal(err)
	}
	s, err := parseSeal(data)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(s.render()); got != string(data) {
		t.Errorf("%s\nis written as\n%s", data, got)
	}
	if !strings.HasPrefix(string(data), "daybook book, format "+oldFormat+"\nnight 1970-04-13\nfile 0000") {
		t.Errorf("seal: %s", data)
	}
}

func FuzzSeal(f *testing.F) {
	s := &seal{format: 1, night: 20000, files: map[string]fileDigest{"000001.sst": {5, 7}}}
	f.Add(s.render())
	f.Add([]byte("end \n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := parseSeal(data); err == nil && string(s.render()) != string(data) {
			t.Errorf("%q passes", data)
		}
	})
}

func TestNewerFormat(t *testing.T) {
	want := fmt.Sprintf("book format %d is newer than this program's %d; use a newer daybook", Format+1, Format)
	s := newTwoNights(t)
	check := func(fsys vfs.FS) {
		t.Helper()
		_, readErr := OpenReadOnly("book", Options{FS: fsys})
		_, err := Open("book", Options{FS: fsys})
		for _, err := range []error{readErr, err} {
			var newer *FormatError
			if !errors.As(err, &newer) || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
		}
	}
	// A later seal may have lines that this program doesn't know.
	mem := s.fs()
	later := &seal{format: Format + 1}
	body := strings.Replace(string(later.render()), "night 1970-01-01\n", "night 1970-01-01 and more\n", 1)
	body = body[:strings.LastIndex(body, "end ")]
	body += fmt.Sprintf("end %016x\n", Hash([]byte(body)))
	if err := writeFile(mem, "book", sealName, []byte(body)); err != nil {
		t.Fatal(err)
	}
	check(mem)

	mem = s.fs()
	b, err := Open("book", Options{FS: mem})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.putMeta(formatName, fmt.Append(nil, Format+1)), b.Close()); err != nil {
		t.Fatal(err)
	}
	check(mem)
}

// folderState returns names, sizes, times and bytes of all files of a folder.
func folderState(t *testing.T, dir string) (state []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		var data []byte
		if !e.IsDir() {
			if data, err = os.ReadFile(path); err != nil {
				return err
			}
		}
		state = append(state, fmt.Sprint(path, info.Mode(), info.ModTime(), Hash(data)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// Reading and verifying change nothing of the folder, not even a time.
func TestReadingChangesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "book")
	b, err := Create(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := newModel().change(testRand(), 1, 100)
	m.mustNight(t, b, 1)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	before := folderState(t, dir)
	ro, err := OpenReadOnly(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	checkDump(t, mustDump(t, ro), m.dump())
	checkNoFaults(t, ro)
	if err := ro.Close(); err != nil {
		t.Fatal(err)
	}
	if after := folderState(t, dir); !slices.Equal(before, after) {
		t.Errorf("before\n%s\nafter\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
}
