package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
	"golang.org/x/sync/errgroup"
)

// A Fault is damage to the book's files.
type Fault struct {
	File string // within the book's folder
	Err  error
}

func (f *Fault) Error() string { return f.File + ": " + f.Err.Error() }
func (f *Fault) Unwrap() error { return f.Err }

// checkSmall holds everything but the tables to the seal, and returns what
// differs: it is what can be checked whenever a book is opened.
//
// A run that was killed may have gone on after the seal. Then the database has
// replaced files by newer ones of their kind, and appended to its manifest; all
// other differences are damage.
func (s *seal) checkSmall(fs vfs.FS, dir string) (faults []Fault) {
	names, err := fs.List(dir)
	if err != nil {
		return []Fault{{dbName, err}}
	}
	for name, want := range s.files {
		if isTable(name) {
			continue
		}
		if err := checkSmallFile(fs, fs.PathJoin(dir, name), name, want); err != nil {
			if errors.Is(err, os.ErrNotExist) && superseded(name, names) {
				continue
			}
			faults = append(faults, Fault{fs.PathJoin(dbName, name), err})
		}
	}
	slices.SortFunc(faults, func(a, b Fault) int { return strings.Compare(a.File, b.File) })
	return faults
}

func checkSmallFile(fs vfs.FS, path, name string, want fileDigest) error {
	limit := int64(-1)
	if kind, _ := kindOf(name); kind == "MANIFEST" {
		limit = want.size
	}
	got, err := digestFile(fs, path, limit)
	if err != nil {
		return err
	}
	return want.compare(got)
}

// compare returns how a file differs from its sealed digest.
func (d fileDigest) compare(got fileDigest) error {
	if got.size != d.size {
		return fmt.Errorf("has %d bytes; %d were sealed", got.size, d.size)
	}
	if got.sum != d.sum {
		return fmt.Errorf("its bytes have changed since they were sealed (digest %016x, sealed %016x)", got.sum, d.sum)
	}
	return nil
}

// superseded reports whether a folder has a newer file of the same kind.
func superseded(name string, names []string) bool {
	kind, number := kindOf(name)
	return kind != "" && slices.ContainsFunc(names, func(other string) bool {
		k, n := kindOf(other)
		return k == kind && n > number
	})
}

// kindOf splits the name of one of Pebble's small files: MANIFEST-000007,
// OPTIONS-000003, marker.manifest.000002.MANIFEST-000007.
func kindOf(name string) (kind string, number uint64) {
	kind, digits, _ := strings.Cut(name, "-")
	if parts := strings.Split(name, "."); parts[0] == "marker" && len(parts) == 4 {
		kind, digits = parts[0]+"."+parts[1], parts[2]
	}
	number, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return "", 0
	}
	return kind, number
}

// blame names the file behind an error of the opening, which has a table by its
// number at best: one that is missing or has another size, or one of those numbers
// whose bytes have changed. Only what is named is read: a book may be large.
func (b *Book) blame(s *seal, err error) error {
	var named *Fault
	if err == nil || errors.As(err, &named) {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		if !isTable(name) || b.checkSealed(name, s.files[name], err) == nil {
			continue
		}
		return &Fault{b.fs.PathJoin(dbName, name), err}
	}
	return err
}

func (b *Book) checkSealed(name string, want fileDigest, opening error) error {
	path := b.path(dbName, name)
	info, err := b.fs.Stat(path)
	switch {
	case err != nil:
		return err
	case info.Size() != want.size:
		return want.compare(fileDigest{size: info.Size()})
	case !strings.Contains(opening.Error(), strings.TrimSuffix(name, ".sst")):
		return nil
	}
	got, err := digestFile(b.fs, path, -1)
	if err != nil {
		return err
	}
	return want.compare(got)
}

// CheckFiles verifies the book's bytes: every sealed file is there and as it
// was sealed, every table that a killed run left unsealed is sound block by
// block, and the last sealed night is in the database. It reads all of the
// book, changes nothing, and hands each fault to report, one at a time. While
// it runs, no process can open the book for writing; one that has it open is
// a [LockedError].
func (b *Book) CheckFiles(ctx context.Context, workers int, report func(Fault)) error {
	if err := b.checkFiles(ctx, workers, report); err != nil {
		return named("verify book", b.dir, err)
	}
	return nil
}

func (b *Book) checkFiles(ctx context.Context, workers int, report func(Fault)) (err error) {
	if err := b.usable(); err != nil {
		return err
	}
	if b.lock == nil && b.o.FS == nil {
		lock, err := lockAgainstWriters(b.dir)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, lock.file.Close()) }()
	}
	s, err := b.readSeal()
	if err != nil {
		return err
	}
	for _, f := range s.checkSmall(b.fs, b.path(dbName)) {
		report(f)
	}
	if err := b.checkNight(s.night); err != nil {
		report(*asFault(err))
	}
	return b.checkTables(ctx, workers, s, report)
}

func asFault(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return &Fault{File: dbName, Err: err}
}

// checkTables reads every live table. One that the database does not use any
// more is a leftover, whatever is in it.
func (b *Book) checkTables(ctx context.Context, workers int, s *seal, report func(Fault)) error {
	levels, err := b.db.SSTables()
	if err != nil {
		return err
	}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(workers, 1))
	for _, level := range levels {
		for _, t := range level {
			name := tableName(uint64(t.BackingSSTNum))
			g.Go(func() (err error) {
				// Damaged bytes may trip the reader of tables: that is a fault, too.
				defer func() {
					if p := recover(); p != nil {
						mu.Lock()
						defer mu.Unlock()
						report(Fault{b.fs.PathJoin(dbName, name), fmt.Errorf("its reader gave up: %v", p)})
					}
				}()
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := b.checkTable(ctx, s, name); err != nil {
					mu.Lock()
					defer mu.Unlock()
					report(Fault{b.fs.PathJoin(dbName, name), err})
				}
				return nil
			})
		}
	}
	return g.Wait()
}

// checkTable holds a table to its sealed digest, taken while it was written.
// That covers every byte, so that its blocks need no second reading.
func (b *Book) checkTable(ctx context.Context, s *seal, name string) error {
	path := b.path(dbName, name)
	if want, ok := s.files[name]; ok {
		got, err := digestFile(b.fs, path, -1)
		if err != nil {
			return err
		}
		return want.compare(got)
	}
	return checkBlocks(ctx, b.fs, path, b.popts.MakeReaderOptions())
}

func checkBlocks(ctx context.Context, fs vfs.FS, path string, o sstable.ReaderOptions) error {
	f, err := fs.Open(path)
	if err != nil {
		return err
	}
	readable, err := sstable.NewSimpleReadable(f)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	r, err := sstable.NewReader(ctx, readable, o)
	if err != nil {
		return errors.Join(err, readable.Close())
	}
	return errors.Join(r.ValidateBlockChecksums(), r.Close())
}
