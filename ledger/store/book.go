package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"daybook/ledger/civil"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"golang.org/x/sync/errgroup"
)

// What lies in a book's folder.
const (
	dbName       = "db"       // the database
	buildName    = "build"    // tables of a night that is not in yet
	sealName     = "seal"     // digests of all files: see seal
	lockName     = "lock"     // held, and signed, by the writer
	creatingName = "creating" // there until the first seal is written
)

// A Book is an open book. Its reading methods may be called concurrently;
// builds, [Book.PutMeta] and [Book.Close] are one caller's.
type Book struct {
	o        Options
	fs       vfs.FS // as Pebble sees it
	dir      string
	db       *pebble.DB
	popts    *pebble.Options
	lock     *bookLock       // nil: reading only
	reader   *readFS         // nil: writing
	removing *errgroup.Group // of tables of generations before
	ingested ingested
	broken   atomic.Pointer[fatalError]
	closed   atomic.Bool

	mu       sync.Mutex
	building bool
	format   int                   // as the metadata has it
	last     civil.Date            // last night
	tables   map[string]fileDigest // digests of tables, by name
}

// Create makes an empty book in a folder that is empty or does not exist.
func Create(dir string, o Options) (*Book, error) {
	b := newBook(dir, o)
	if err := b.create(); err != nil {
		return nil, named("create book", dir, err)
	}
	return b, nil
}

// named says what was tried with a book, unless the error names the book itself.
func named(what, dir string, err error) error {
	var locked *LockedError
	if errors.As(err, &locked) {
		return err
	}
	return fmt.Errorf("%s %s: %w", what, dir, err)
}

func (b *Book) create() error {
	if err := b.checkVacant(); err != nil {
		return err
	}
	if err := makeDirs(b.fs, b.dir); err != nil {
		return err
	}
	return b.own(func() (err error) {
		if err := b.checkVacant(); err != nil {
			return err
		}
		defer func() {
			if err != nil { // what can't be removed now does not hide why
				_ = b.abandon()
			}
		}()
		if err := writeFile(b.fs, b.dir, creatingName, nil); err != nil {
			return err
		}
		for _, name := range []string{dbName, buildName} {
			if err := removeOwn(b.fs, b.path(name)); err != nil {
				return err
			}
		}
		if err := b.openDB(); err != nil {
			return err
		}
		b.format = Format
		if err := b.putMeta(formatName, formatValue()); err != nil {
			return err
		}
		if err := b.writeSeal(); err != nil {
			return err
		}
		return b.clean()
	})
}

// checkVacant allows a book to be made in an empty folder, or in one where
// making it was interrupted.
func (b *Book) checkVacant() error {
	names, err := list(b.fs, b.dir)
	if err != nil {
		return err
	}
	if slices.Contains(names, sealName) {
		return errors.New("it is a book already")
	}
	begun := slices.Contains(names, creatingName)
	for _, name := range names {
		switch name {
		case lockName, creatingName, creatingName + ".new":
		case dbName, buildName, sealName + ".new":
			if !begun {
				return fmt.Errorf("folder is not empty: %s", name)
			}
		default:
			return fmt.Errorf("folder is not empty: %s", name)
		}
	}
	return nil
}

// Vacant returns nil where [Create] may make a book: the folder is empty, or is not
// there, or making a book in it was interrupted. Where another process makes one
// there now the error is a [LockedError]. It changes nothing.
func Vacant(dir string, o Options) error {
	b := newBook(dir, o)
	err := b.checkVacant()
	if err == nil && o.FS == nil {
		var lock *bookLock
		if lock, err = lockAgainstWriters(dir); err == nil {
			err = lock.file.Close()
		}
	}
	if err != nil {
		return named("book", dir, err)
	}
	return nil
}

// Destroy closes a book that [Create] made and removes it again, as long as it has no
// night: what it made, and nothing else that lies in the folder, while its lock still
// keeps others out. The folder itself stays.
func (b *Book) Destroy() error {
	if b.lock == nil || b.last != civil.None {
		return fmt.Errorf("book %s has nights, or is open for reading only: it is not removed", b.dir)
	}
	if b.closed.Swap(true) {
		return nil
	}
	err := b.abandon()
	if err = errors.Join(err, b.lock.Close()); err != nil {
		return fmt.Errorf("remove book %s: %w", b.dir, err)
	}
	return nil
}

// abandon removes what a book in the making has in its folder; its lock goes when it
// is closed.
func (b *Book) abandon() error {
	b.lock.gone = true
	errs := []error{b.closeDB()}
	// First the book is one in the making again: whoever looks meanwhile, or after a
	// crash, finds a folder in which that was interrupted.
	if err := b.fs.Rename(b.path(sealName), b.path(creatingName)); err != nil && !errors.Is(err, os.ErrNotExist) {
		errs = append(errs, err)
	}
	errs = append(errs, removeOwn(b.fs, b.path(dbName)), removeOwn(b.fs, b.path(buildName)))
	for _, name := range []string{sealName + ".new", creatingName + ".new", creatingName} {
		if err := b.fs.Remove(b.path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// IsBook reports whether a folder is a book's, whole, damaged or in the making.
func IsBook(dir string) bool {
	is := func(name string) bool {
		_, err := os.Lstat(filepath.Join(dir, name))
		return err == nil
	}
	return is(dbName) && (is(sealName) || is(creatingName))
}

// Format returns the book's format: [Format], or that of an older program, as long
// as no night has been committed since.
func (b *Book) Format() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.format
}

// Dir returns the book's folder.
func (b *Book) Dir() string { return b.dir }

// Open opens a book for reading and writing. Another process that has it open
// so is named in a [LockedError].
func Open(dir string, o Options) (*Book, error) {
	b := newBook(dir, o)
	if err := b.open(); err != nil {
		return nil, named("open book", dir, err)
	}
	return b, nil
}

func (b *Book) open() error {
	if _, err := b.fs.Stat(b.path(sealName)); err != nil {
		return notBook(err)
	}
	return b.own(func() error {
		if err := b.openSealed(); err != nil {
			return err
		}
		return b.clean()
	})
}

// own takes the lock for a function, and gives everything back if it fails.
func (b *Book) own(f func() error) error {
	lock, err := lockBook(b.o.FS, b.dir)
	if err != nil {
		return err
	}
	b.lock = lock
	if err := f(); err != nil {
		return errors.Join(err, b.closeDB(), lock.Close())
	}
	return nil
}

// clean removes what a killed run left beside the database.
func (b *Book) clean() error {
	if err := removeOwn(b.fs, b.path(buildName)); err != nil {
		return fmt.Errorf("clean up: %w", err)
	}
	for _, name := range []string{creatingName, creatingName + ".new", sealName + ".new"} {
		if err := b.fs.Remove(b.path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("clean up: %w", err)
		}
	}
	return nil
}

// OpenReadOnly opens a book for reading. It takes no lock and changes nothing:
// it sees the book as it is at this moment, whole, while another process closes
// a night, and needs no right to write.
func OpenReadOnly(dir string, o Options) (*Book, error) {
	for attempt := 1; ; attempt++ {
		b := newBook(dir, o)
		b.reader = &readFS{bookFS: b.fs.(bookFS), pinned: map[string]vfs.File{}}
		b.fs = b.reader
		err := b.openReader()
		if err == nil {
			return b, nil
		}
		err = errors.Join(err, b.closeDB(), b.reader.unpin())
		// A writer may have replaced a file between our look at the folder and
		// our opening it; the next look finds the new one.
		if attempt == 5 || !errors.Is(err, os.ErrNotExist) || errors.Is(err, ErrNotBook) {
			return nil, fmt.Errorf("open book %s: %w", dir, err)
		}
		time.Sleep(time.Duration(attempt) * 10 * time.Millisecond)
	}
}

func (b *Book) openReader() error {
	if err := b.openSealed(); err != nil {
		return err
	}
	// Only a generation is ever deleted; journals stay.
	tables, err := b.db.SSTables()
	if err != nil {
		return err
	}
	for _, level := range tables {
		for _, t := range level {
			if isReplaced(t.Smallest.UserKey) {
				if err := b.reader.pin(b.path(dbName, tableName(uint64(t.BackingSSTNum)))); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// openSealed opens the database of a book and holds it to its seal.
func (b *Book) openSealed() error {
	s, err := b.readSeal()
	if err != nil {
		return err
	}
	if err := b.checkNames(); err != nil {
		return err
	}
	if faults := s.checkSmall(b.fs, b.path(dbName)); len(faults) > 0 {
		return &faults[0]
	}
	return b.blame(s, b.openTables(s))
}

func (b *Book) openTables(s *seal) (err error) {
	if err := b.openDB(); err != nil {
		return err
	}
	if err := b.checkFormat(); err != nil {
		return err
	}
	b.tables = s.tables()
	if b.last, err = b.LastNight(); err != nil {
		return err
	}
	return b.checkNight(s.night)
}

// checkNames finds what lies in the database's folder and is none of its files: nothing
// of others, no folder, no pipe or link in the place of a file. The database would
// read past the one and wait for ever at the other.
func (b *Book) checkNames() error {
	names, err := list(b.fs, b.path(dbName))
	if err != nil {
		return err
	}
	for _, name := range names {
		if !isOwn(name) {
			return &Fault{File: b.fs.PathJoin(dbName, name), Err: errors.New("it is none of the book's files: move it away")}
		}
		if b.o.FS != nil {
			continue
		}
		if err := regularOrAbsent(b.path(dbName, name)); err != nil {
			return &Fault{File: b.fs.PathJoin(dbName, name), Err: errors.New("it is no file")}
		}
	}
	return nil
}

// checkNight holds the database to the night that the seal knows.
func (b *Book) checkNight(sealed civil.Date) error {
	if sealed == civil.None {
		return nil
	}
	if _, ok, err := b.Night(sealed); err != nil {
		return err
	} else if !ok {
		return &Fault{File: dbName, Err: fmt.Errorf("night %s was sealed and is not in the book any more", sealed)}
	}
	return nil
}

func (b *Book) checkFormat() error {
	v, ok, err := b.Meta(formatName)
	if err != nil {
		return err
	}
	format, err := strconv.Atoi(string(v))
	if !ok || err != nil {
		return &Fault{File: dbName, Err: fmt.Errorf("book format %q is not a number", v)}
	}
	if format > Format {
		return &FormatError{Format: format}
	}
	b.format = format
	return nil
}

// formatValue is what the metadata says of a book of this program's format.
func formatValue() []byte { return strconv.AppendInt(nil, Format, 10) }

func newBook(dir string, o Options) *Book {
	b := &Book{o: o, dir: dir, last: civil.None, tables: map[string]fileDigest{}, removing: newRemoving()}
	fs := o.FS
	if fs == nil {
		fs = vfs.Default
	}
	b.fs = bookFS{fs}
	return b
}

func (b *Book) openDB() (err error) {
	fs := b.fs
	if b.reader == nil {
		fs = removingFS{b.fs, b.path(dbName), b.removing}
	}
	b.popts = pebbleOptions(fs, b.reader != nil, b.ingested.listener())
	if b.reader == nil {
		if err := b.removeLogs(); err != nil {
			return err
		}
	}
	defer func() {
		if e := recovered(recover()); e != nil {
			err = e
		}
	}()
	b.db, err = pebble.Open(b.path(dbName), b.popts)
	return err
}

// removeLogs removes Pebble's write-ahead logs. There is never anything in them,
// but one that exists makes the next opening flush, in the background, where an
// error can't be returned.
func (b *Book) removeLogs() error {
	names, err := list(b.fs, b.path(dbName))
	for _, name := range names {
		if strings.HasSuffix(name, ".log") {
			err = errors.Join(err, b.fs.Remove(b.path(dbName, name)))
		}
	}
	return err
}

// path returns the path of a name within the book.
func (b *Book) path(elem ...string) string {
	return b.fs.PathJoin(append([]string{b.dir}, elem...)...)
}

// Close seals the book if it was open for writing, and closes it. A scan that
// is still open is an error. Closing a second time does nothing.
func (b *Book) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	if b.lock == nil {
		if err := errors.Join(b.closeDB(), b.reader.unpin()); err != nil {
			return fmt.Errorf("close book %s: %w", b.dir, err)
		}
		return nil
	}
	err := b.closeWriter()
	if err = errors.Join(err, b.lock.Close()); err != nil {
		return fmt.Errorf("close book %s: %w", b.dir, err)
	}
	return nil
}

func (b *Book) closeWriter() error {
	if e := b.broken.Load(); e != nil {
		_ = b.closeDB() // its complaints follow from the first
		return stopped(e)
	}
	s, err := b.newSeal()
	// Closing waits until the tables of the old generation are gone.
	err = errors.Join(err, b.closeDB(), b.removeLogs(), b.ingested.failure())
	if err != nil {
		return err
	}
	if err := s.addSmall(b.fs, b.path(dbName)); err != nil {
		return err
	}
	return s.write(b.fs, b.dir)
}

func (b *Book) closeDB() (err error) {
	if b.db == nil {
		return nil
	}
	defer func() {
		if e := recovered(recover()); e != nil {
			err = e
		}
	}()
	db := b.db
	b.db = nil
	defer func() { _ = b.removing.Wait() }()
	return db.Close()
}

// usable returns why the book can't be used any more.
func (b *Book) usable() error {
	if b.closed.Load() {
		return errors.New("the book is closed")
	}
	if e := b.broken.Load(); e != nil {
		return stopped(e)
	}
	return nil
}

func stopped(e *fatalError) error {
	return fmt.Errorf("the database stopped (%w): open the book again to learn whether its last write is in it", e)
}

func notBook(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: no seal in the folder", ErrNotBook)
	}
	return err
}
