package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"daybook/ledger/civil"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// Two nights: the book has the first, as an older program left it, and the second is
// being closed, which raises the book's format, when something happens.
type twoNights struct {
	old, new *model
	base     *vfs.MemFS // the book with the first night, closed
}

func newTwoNights(t *testing.T) *twoNights {
	r := testRand()
	s := &twoNights{old: newModel(), base: vfs.NewCrashableMem()}
	for d := range 2 {
		s.old = s.old.change(r, 100+2*civil.Date(d), 60)
	}
	s.new = s.old.change(r, 110, 60)
	s.old.meta[formatName] = oldFormat
	b, err := Create("book", Options{FS: s.base})
	if err != nil {
		t.Fatal(err)
	}
	for d := range 2 {
		s.old.mustNight(t, b, 100+2*civil.Date(d), 128)
	}
	lower(t, b)
	// A crash may bring deleted files back until their folder is synced.
	if err := errors.Join(b.Close(), syncDir(s.base, "book"), syncDir(s.base, "book/db")); err != nil {
		t.Fatal(err)
	}
	return s
}

// fs returns a copy of the book's files.
func (s *twoNights) fs() *vfs.MemFS {
	return s.base.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: testRand()})
}

// close opens the book and closes the second night. It reports whether the
// night was acknowledged, and the first error.
func (s *twoNights) close(fs vfs.FS) (acknowledged bool, err error) {
	b, err := Open("book", Options{FS: fs})
	if err != nil {
		return false, err
	}
	n, _, err := s.new.build(b, 110, []int{128})
	if n != nil {
		if err == nil {
			err = n.Commit()
			acknowledged = err == nil
		}
		err = errors.Join(err, n.Discard())
	}
	return acknowledged, errors.Join(err, b.Close())
}

// check opens what was left, first for reading: it must be whole, and sound,
// and old or new. Then it must be good for going on.
func (s *twoNights) check(fs *vfs.MemFS, acknowledged bool) (isNew bool, err error) {
	ro, err := OpenReadOnly("book", Options{FS: fs})
	if err != nil {
		return false, err
	}
	got, err := dumpBook(ro)
	if err != nil {
		return false, err
	}
	err = ro.CheckFiles(context.Background(), 1, func(f Fault) { err = errors.Join(err, &f) })
	if err = errors.Join(err, ro.Close()); err != nil {
		return false, fmt.Errorf("verify: %w", err)
	}
	switch got {
	case s.new.dump():
		isNew = true
	case s.old.dump():
		if acknowledged {
			return false, errors.New("an acknowledged night is gone")
		}
	default:
		return false, errors.New("neither the old book nor the new one")
	}
	return isNew, s.goOn(fs, isNew)
}

// goOn closes the night if it is not in, and looks at the folder.
func (s *twoNights) goOn(fs *vfs.MemFS, isNew bool) error {
	b, err := Open("book", Options{FS: fs})
	if err != nil {
		return err
	}
	if isNew {
		var closed *ClosedError
		if _, err := b.Begin(110); !errors.As(err, &closed) {
			return fmt.Errorf("the night can be closed twice: %w", err)
		}
	} else if n, _, err := s.new.build(b, 110, nil); err != nil {
		return err
	} else if err := n.Commit(); err != nil {
		return err
	}
	got, err := dumpBook(b)
	if err != nil {
		return err
	}
	if got != s.new.dump() {
		return errors.New("the rerun made another night")
	}
	err = b.CheckFiles(context.Background(), 1, func(f Fault) { err = errors.Join(err, &f) })
	if err = errors.Join(err, b.Close()); err != nil {
		return err
	}
	names, err := fs.List("book")
	if want := "db lock seal"; err == nil && strings.Join(sorted(names), " ") != want {
		return fmt.Errorf("the folder has %v, want %s", names, want)
	}
	return err
}

// The power fails at every operation on a file, with all, some or none of what
// was not synced on the disk.
func TestPowerFailure(t *testing.T) {
	t.Parallel()
	s := newTwoNights(t)
	for _, percent := range []int{0, 50, 100} {
		type moment struct {
			fs *vfs.MemFS
			op string
		}
		var mu sync.Mutex
		var moments []moment
		r := rand.New(rand.NewPCG(11, uint64(percent)))
		fs := s.fs()
		hook := errorfs.InjectorFunc(func(op errorfs.Op) error {
			if op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
				mu.Lock()
				defer mu.Unlock()
				moments = append(moments, moment{fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: r}), fmt.Sprint(op.Kind, " ", op.Path)})
			}
			return nil
		})
		if acknowledged, err := s.close(errorfs.Wrap(fs, hook)); err != nil || !acknowledged {
			t.Fatal(err)
		}
		found := map[bool]int{}
		for i, m := range moments {
			isNew, err := s.check(m.fs, false)
			if err != nil {
				t.Fatalf("%d %% of the unsynced, before operation %d of %d, %s: %v", percent, i, len(moments), m.op, err)
			}
			found[isNew]++
		}
		if found[true] == 0 || found[false] == 0 {
			t.Errorf("%d moments with the old book and %d with the new one: the crash never hit", found[false], found[true])
		}
		t.Logf("%d %%: %d moments before the commit, %d after it", percent, found[false], found[true])
	}
}

// Every operation on a file fails once, in turn, the process goes on, and gives
// up as it can: the book is old or new, and what was said about it is true.
func TestFailingOperation(t *testing.T) {
	t.Parallel()
	s := newTwoNights(t)
	stopped := 0
	for i := int64(0); ; i++ {
		fs := s.fs()
		var count atomic.Int64
		acknowledged, err := s.close(errorfs.Wrap(fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
			if count.Add(1) == i+1 {
				return fmt.Errorf("%v %s: %w", op.Kind, op.Path, errorfs.ErrInjected)
			}
			return nil
		})))
		if count.Load() <= i {
			t.Logf("%d operations, %d of them stopped the database", i, stopped)
			break // there were fewer operations
		}
		isNew, checkErr := s.check(fs, acknowledged)
		if checkErr != nil {
			t.Fatalf("operation %d failed: %v\nclosing said: %v", i, checkErr, err)
		}
		stop := err != nil && strings.Contains(err.Error(), "the database stopped")
		if stop {
			stopped++
		}
		if isNew && !acknowledged && !stop {
			t.Errorf("operation %d failed: the night is in, closing said: %v", i, err)
		}
	}
}

// A commit that failed leaves the book open and good for another try, unless
// the database stopped.
func TestTryAgain(t *testing.T) {
	t.Parallel()
	s := newTwoNights(t)
	again, stopped := 0, 0
	for i := int64(0); ; i++ {
		fs := s.fs()
		var count atomic.Int64
		count.Store(math.MinInt64)
		b, err := Open("book", Options{FS: errorfs.Wrap(fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
			if count.Add(1) == i+1 {
				return errorfs.ErrInjected
			}
			return nil
		}))})
		if err != nil {
			t.Fatal(err)
		}
		count.Store(0)
		n, _, err := s.new.build(b, 110, []int{128})
		if err == nil {
			err = n.Commit()
		}
		if err == nil {
			if err := b.Close(); err != nil && count.Load() < i {
				t.Fatal(err)
			}
			if count.Load() <= i {
				break
			}
			continue
		}
		if n != nil {
			_ = n.Discard()
		}
		if b.usable() != nil {
			stopped++
			_ = b.Close()
			continue
		}
		s.new.mustNight(t, b, 110)
		checkDump(t, mustDump(t, b), s.new.dump())
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		again++
	}
	t.Logf("%d commits were tried again, %d databases stopped", again, stopped)
	if again == 0 || stopped == 0 {
		t.Error("no failure hit")
	}
}

// The disk is full from one operation on. The book stays as it was, unless the
// night was in already, and the error says what happened.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	s := newTwoNights(t)
	for i := int64(0); ; i++ {
		fs := s.fs()
		var count atomic.Int64
		full := errorfs.InjectorFunc(func(op errorfs.Op) error {
			switch op.Kind {
			case errorfs.OpCreate, errorfs.OpFileWrite, errorfs.OpMkdirAll, errorfs.OpLink, errorfs.OpFilePreallocate:
				if count.Add(1) > i {
					return fmt.Errorf("write %s: %w", op.Path, syscall.ENOSPC)
				}
			}
			return nil
		})
		acknowledged, err := s.close(errorfs.Wrap(fs, full))
		if count.Load() <= i {
			t.Logf("%d operations that take space", i)
			break
		}
		if err == nil && !acknowledged || err != nil && !strings.Contains(err.Error(), syscall.ENOSPC.Error()) {
			t.Errorf("full at operation %d: acknowledged %v, error %v", i, acknowledged, err)
		}
		isNew, checkErr := s.check(fs, acknowledged)
		if checkErr != nil {
			t.Fatalf("full at operation %d: %v\nclosing said: %v", i, checkErr, err)
		}
		if isNew != acknowledged {
			t.Errorf("full at operation %d: in the book %v, acknowledged %v (%v)", i, isNew, acknowledged, err)
		}
	}
}

// A power failure at every operation of creating a book leaves a book, or a
// folder in which it can be created.
func TestInterruptedCreate(t *testing.T) {
	t.Parallel()
	for _, percent := range []int{0, 50, 100} {
		fs := vfs.NewCrashableMem()
		var mu sync.Mutex
		var moments []*vfs.MemFS
		r := rand.New(rand.NewPCG(17, uint64(percent)))
		b, err := Create("book", Options{FS: errorfs.Wrap(fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
			if op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
				mu.Lock()
				defer mu.Unlock()
				moments = append(moments, fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: r}))
			}
			return nil
		}))})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		created := 0
		for i, fs := range moments {
			b, err := Open("book", Options{FS: fs})
			if errors.Is(err, ErrNotBook) {
				created++
				b, err = Create("book", Options{FS: fs})
			}
			if err != nil {
				t.Fatalf("%d %% of the unsynced, before operation %d of %d: %v", percent, i, len(moments), err)
			}
			checkDump(t, mustDump(t, b), newModel().dump())
			checkNoFaults(t, b)
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := Create("book", Options{FS: fs}); err == nil {
				t.Error("a book is made over a book")
			}
		}
		if created == 0 || created == len(moments) {
			t.Errorf("%d of %d moments without a book", created, len(moments))
		}
	}
}

func TestCreateRefuses(t *testing.T) {
	fs := vfs.NewMem()
	if _, err := Open("book", Options{FS: fs}); !errors.Is(err, ErrNotBook) {
		t.Errorf("open nothing: %v", err)
	}
	if _, err := OpenReadOnly("book", Options{FS: fs}); !errors.Is(err, ErrNotBook) {
		t.Errorf("read nothing: %v", err)
	}
	for _, name := range []string{"letter.txt", dbName, buildName} {
		if err := fs.MkdirAll("folder/"+name, 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := Create("folder", Options{FS: fs}); err == nil || !strings.Contains(err.Error(), "folder is not empty: "+name) {
			t.Errorf("create beside %s: %v", name, err)
		}
		if err := fs.RemoveAll("folder"); err != nil {
			t.Fatal(err)
		}
	}
	b, err := Create("book", Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Close(), b.Close()); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if _, err := b.Nights(); err == nil {
		t.Error("a closed book answers")
	}
	if _, err := Create("book", Options{FS: fs}); err == nil || !strings.Contains(err.Error(), "is a book already") {
		t.Errorf("create a book in a book: %v", err)
	}
}
