package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"daybook/ledger/civil"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// A Build is a night in the making: tables in a folder of their own, which are
// nothing to the book until [Build.Commit]. Its parts may be written
// concurrently; everything else belongs to one goroutine.
type Build struct {
	b     *Book
	fs    vfs.FS // that dir lies in
	date  civil.Date
	dir   string
	aside bool // it is never committed

	mu     sync.Mutex
	files  int
	parts  []*Part
	tables []builtTable

	smalls map[string]small  // by key
	inside int               // bytes of the values in memory
	spilt  int               // values that were written to files of the build
	meta   map[string][]byte // by name
	night  bool
	renews bool // it writes what a night may keep
	ended  bool
}

// Begin starts to build a night, which must come after the book's last one.
// There is one build at a time. It ends with Commit or [Build.Discard].
func (b *Book) Begin(d civil.Date) (*Build, error) {
	if b.lock == nil {
		return nil, fmt.Errorf("build %s: %w", d, errReadOnly)
	}
	return b.begin(&Build{b: b, fs: b.fs, date: d, dir: b.path(buildName)})
}

// BeginAside is [Book.Begin] of a night that is computed and never committed: its tables
// are built in a folder outside of the book, which may be open for reading only. The
// folder is made, must have nothing in it but what such a build left, and is removed with
// the build.
func (b *Book) BeginAside(d civil.Date, dir string) (*Build, error) {
	fs := b.o.FS
	if fs == nil {
		fs = vfs.Default
	}
	return b.begin(&Build{b: b, fs: bookFS{fs}, date: d, dir: dir, aside: true})
}

func (b *Book) begin(n *Build) (*Build, error) {
	d := n.date
	if err := b.usable(); err != nil {
		return nil, fmt.Errorf("build %s: %w", d, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.building {
		return nil, fmt.Errorf("build %s: another build is under way", d)
	}
	if d < civil.Min || d > civil.Max {
		return nil, fmt.Errorf("build %s: date out of range", d)
	}
	if d <= b.last {
		return nil, &ClosedError{Date: d, Last: b.last}
	}
	n.smalls, n.meta = map[string]small{}, map[string][]byte{}
	if err := n.makeDir(); err != nil {
		return nil, fmt.Errorf("build %s: %w", d, err)
	}
	b.building = true
	return n, nil
}

// makeDir makes an empty build folder.
func (n *Build) makeDir() error {
	if err := removeOwn(n.fs, n.dir); err != nil {
		return err
	}
	return n.fs.MkdirAll(n.dir, 0o700)
}

// PutMeta sets a value of the book's metadata, with the night.
func (n *Build) PutMeta(name string, v []byte) error {
	if err := checkMeta(name, v); err != nil {
		return fmt.Errorf("build %s: metadata %s: %w", n.date, name, err)
	}
	n.meta[name] = bytes.Clone(v)
	return nil
}

func checkMeta(name string, v []byte) error {
	if name == formatName {
		return errors.New("the name is the book's own")
	}
	return errors.Join(checkSize("name", len(name), 1, NameMax), checkSize("value", len(v), 0, SmallMax))
}

// A small is a small value: its bytes, or how to read them when they are written.
type small struct {
	value []byte
	size  int
	read  func() ([]byte, error)
}

// PutSmall sets a small value of the night in a section, which is a letter.
func (n *Build) PutSmall(section byte, name string, v []byte) error {
	value := small{value: bytes.Clone(v), size: len(v)}
	if n.inside += len(v); n.inside > insideMax {
		var err error
		if value, err = n.setAside(v); err != nil {
			return fmt.Errorf("build %s: %c/%s: %w", n.date, section, name, err)
		}
	}
	return n.putSmall(section, name, value)
}

// insideMax is how many bytes of small values a build keeps in memory; those that
// come after are files of the build until it is committed.
const insideMax = 4 << 20

// setAside writes a value to a file of the build.
func (n *Build) setAside(v []byte) (small, error) {
	n.spilt++
	path := n.fs.PathJoin(n.dir, fmt.Sprintf("small-%06d", n.spilt))
	f, err := n.fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return small{}, err
	}
	_, err = f.Write(v)
	read := func() ([]byte, error) { return readFile(n.fs, path) }
	return small{size: len(v), read: read}, errors.Join(err, f.Close())
}

// PutSmallFrom sets a small value that is read when the night is committed, so that
// a night's values need not be in memory together. What is read has the size that
// is given here, and is valid until the next value is read.
func (n *Build) PutSmallFrom(section byte, name string, size int, read func() ([]byte, error)) error {
	return n.putSmall(section, name, small{size: size, read: read})
}

func (n *Build) putSmall(section byte, name string, v small) error {
	err := errors.Join(checkSize("name", len(name), 0, NameMax), checkSize("value", v.size, 0, SmallMax))
	if section == sectionRecord {
		err = errors.Join(err, errors.New("section 0 is the night's record"))
	}
	if err != nil {
		return fmt.Errorf("build %s: %c/%s: %w", n.date, section, name, err)
	}
	n.smalls[string(smallKey(section, n.date, name))] = v
	return nil
}

// PutNight sets the night's record. A night without one can't be committed.
func (n *Build) PutNight(v []byte) error {
	if err := checkSize("value", len(v), 0, SmallMax); err != nil {
		return fmt.Errorf("build %s: night record: %w", n.date, err)
	}
	n.smalls[string(smallKey(sectionRecord, n.date, ""))] = small{value: bytes.Clone(v), size: len(v)}
	n.night = true
	return nil
}

// Commit puts the night into the book: one atomic ingestion, which replaces
// all loans, suspense items and changed metadata and adds the journal and the
// small values; a book of an older format has this program's with it. When it returns nil the night is on the disk; when it fails
// nothing is, unless the database itself stopped, as the error then says. It
// ends the build either way.
func (n *Build) Commit() error {
	err := n.commit()
	if err = errors.Join(err, n.Discard()); err != nil {
		return fmt.Errorf("commit %s: %w", n.date, err)
	}
	return nil
}

func (n *Build) commit() error {
	if n.ended {
		return errors.New("the build has ended")
	}
	if n.aside {
		return errors.New("it was built aside, to be looked at: it is never committed")
	}
	if !n.night {
		return errors.New("the night has no record")
	}
	for _, p := range n.parts {
		if !p.done {
			return fmt.Errorf("partitions [%d, %d) are not finished", p.from, p.to)
		}
	}
	if err := n.writeSmall(n.smalls); err != nil {
		return err
	}
	if n.b.Format() < Format {
		n.meta[formatName] = formatValue()
	}
	from, to, meta := excised(replacedBy(keySpaces[:], n.renews), len(n.meta) > 0)
	if meta {
		if err := n.writeMeta(); err != nil {
			return err
		}
	}
	if err := n.b.ingest(n.tables, from, to, n.date); err != nil {
		return err
	}
	n.b.raise()
	// The night is in. A seal that can't be written now is tried again, and
	// reported, by Close.
	_ = n.b.writeSeal()
	return nil
}

// raise notes that the book has this program's format now.
func (b *Book) raise() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.format = Format
}

// writeMeta writes all metadata, old and new, as its new generation.
func (n *Build) writeMeta() error {
	all, err := n.b.metaExcept(slices.Collect(maps.Keys(n.meta))...)
	if err != nil {
		return err
	}
	maps.Copy(all, n.meta)
	keys := make(map[string]small, len(all))
	for name, v := range all {
		keys[string(metaKey(name))] = small{value: v, size: len(v)}
	}
	return n.writeSmall(keys)
}

// writeSmall writes sorted values into a table of their own.
func (n *Build) writeSmall(values map[string]small) error {
	w, err := n.createTable(new(keySpace))
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		v, err := values[key].bytes()
		if err == nil {
			err = w.set([]byte(key), v)
		}
		if err != nil {
			w.abort()
			return err
		}
	}
	t, err := w.finish()
	if err != nil {
		return err
	}
	n.addTable(t)
	return nil
}

func (v small) bytes() ([]byte, error) {
	if v.read == nil {
		return v.value, nil
	}
	b, err := v.read()
	if err == nil && len(b) != v.size {
		err = fmt.Errorf("a value of %d bytes was read with %d", v.size, len(b))
	}
	return b, err
}

// Discard gives the night up and removes what was built. After Commit it does
// nothing, so that it can be deferred.
func (n *Build) Discard() error {
	if n.ended {
		return nil
	}
	n.ended = true
	for _, p := range n.parts {
		p.abort()
	}
	n.b.mu.Lock()
	n.b.building = false
	n.b.mu.Unlock()
	// What can't be removed now is removed when the book is next opened.
	_ = removeOwn(n.fs, n.dir)
	return nil
}

func (n *Build) addPart(p *Part) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, other := range n.parts {
		if p.from < other.to && other.from < p.to && p.shares(other) {
			return fmt.Errorf("build %s: partitions [%d, %d) and [%d, %d) overlap", n.date, other.from, other.to, p.from, p.to)
		}
	}
	n.parts = append(n.parts, p)
	for space := range Spaces {
		n.renews = n.renews || p.has[space] && keySpaces[space].kept
	}
	return nil
}

func (n *Build) addTable(t builtTable) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.tables = append(n.tables, t)
}

func (n *Build) createTable(row *keySpace) (*tableWriter, error) {
	n.mu.Lock()
	n.files++
	name := tableName(uint64(n.files))
	n.mu.Unlock()
	return createTable(n.fs, n.fs.PathJoin(n.dir, name), writerOptions(n.b.popts, row))
}

// PutMeta sets a value of the book's metadata outside of a night, at once and
// durably.
func (b *Book) PutMeta(name string, v []byte) error {
	err := checkMeta(name, v)
	if b.lock == nil {
		err = errReadOnly
	}
	if err == nil {
		err = b.putMeta(name, v)
	}
	if err != nil {
		return fmt.Errorf("put metadata %s: %w", name, err)
	}
	return nil
}

func (b *Book) putMeta(name string, v []byte) error {
	if err := b.usable(); err != nil {
		return err
	}
	b.mu.Lock()
	building := b.building
	b.building = true
	b.mu.Unlock()
	if building {
		return errors.New("a build is under way")
	}
	n := &Build{b: b, fs: b.fs, dir: b.path(buildName), meta: map[string][]byte{name: v}}
	defer n.Discard()
	if err := n.makeDir(); err != nil {
		return err
	}
	if err := n.writeMeta(); err != nil {
		return err
	}
	if err := b.ingest(n.tables, letterMeta, letterMeta+1, b.last); err != nil {
		return err
	}
	return b.writeSeal()
}

// ingest replaces everything from one letter to another, and adds the rest, in
// one step.
func (b *Book) ingest(tables []builtTable, from, to byte, night civil.Date) error {
	return b.ingestOver(tables, []byte{from}, []byte{to}, night)
}

// ingestOver is ingest of what lies from one key to another. The tables are synced;
// their folder, and then the database's, are synced before the step.
func (b *Book) ingestOver(tables []builtTable, from, to []byte, night civil.Date) (err error) {
	paths := make([]string, len(tables))
	for i, t := range tables {
		paths[i] = t.path
	}
	if err := syncDir(b.fs, b.path(buildName)); err != nil {
		return err
	}
	defer func() {
		if e := recovered(recover()); e != nil {
			b.broken.Store(e)
			err = stopped(e)
		}
	}()
	span := pebble.KeyRange{Start: from, End: to}
	if _, err := b.db.IngestAndExcise(context.Background(), paths, nil, nil, span); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = night
	maps.Copy(b.tables, b.ingested.digests(tables))
	return nil
}
