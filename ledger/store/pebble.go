package store

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Every table of the book is written by a build; the database writes none.
const (
	// Named, so that a new Pebble doesn't change the files under us. This one
	// has a checksum in the footer too.
	pebbleFormat = pebble.FormatTableFormatV6

	// A block holds about six pages. Larger ones scan faster, but a look-up reads
	// a whole one: 1 M loans were scanned in 50 ms with blocks of 16 KiB, 33 with
	// 64 KiB, 26 with 256 KiB, and a cold look-up took 33, 50 and 100 us.
	blockBytes = 64 << 10
	// Journal entries are looked up more than they are scanned, a page or two at a time: a
	// file of 22,000 rows that was sent twice read 0.8 GB of them in the larger blocks.
	entryBlockBytes = 16 << 10

	// A year is about 1,500 tables; under the usual limit of 1,024 open files
	// there must be room for the night's own.
	openFiles = 512
)

// cacheBytes is memory for blocks that are read. It is little, since a night reads nearly every block once: 64 MiB were 64 MiB of
// pages to be touched, and three to five parts in a hundred of a night.
const cacheBytes = 4 << 20

// pebbleOptions are the options of the database under a book. There is no log
// and no memtable in use: everything enters by ingestion. Nothing is compacted
// either: a generation replaces the one before whole, and a night never
// overlaps another.
func pebbleOptions(fs vfs.FS, readOnly bool, events *pebble.EventListener) *pebble.Options {
	o := &pebble.Options{
		FS:                          fs,
		FormatMajorVersion:          pebbleFormat,
		CacheSize:                   cacheBytes,
		ReadOnly:                    readOnly,
		DisableWAL:                  true,
		DisableAutomaticCompactions: true,
		DisableTableStats:           true,
		MemTableSize:                64 << 10,
		MaxOpenFiles:                openFiles,
		Logger:                      quietLogger{},
		EventListener:               events,
	}
	o.Experimental.ReadSamplingMultiplier = -1
	o.Experimental.DisableIngestAsFlushable = func() bool { return true }
	for i := range o.Levels {
		o.Levels[i].BlockSize = blockBytes
		o.Levels[i].IndexBlockSize = 256 << 10
		o.Levels[i].Compression = func() *sstable.CompressionProfile { return sstable.NoCompression }
	}
	o.EnsureDefaults()
	return o
}

// A fatalError is what Pebble can't go on from: it could not write its
// manifest, and nobody knows yet whether the ingestion is on the disk.
type fatalError struct{ err error }

func (e *fatalError) Error() string { return e.err.Error() }
func (e *fatalError) Unwrap() error { return e.err }

// recovered turns Pebble's giving up into a fatalError: the exit of its logger,
// or the panic with which its marker meets a folder that can't be synced. Any
// other panic goes on.
func recovered(r any) *fatalError {
	if r == nil {
		return nil
	}
	err, ok := r.(error)
	var bug runtime.Error
	if !ok || errors.As(err, &bug) {
		panic(r)
	}
	var fatal *fatalError
	if errors.As(err, &fatal) {
		return fatal
	}
	return &fatalError{err}
}

// A quietLogger drops what Pebble says and turns its exit into a panic, which
// [Book] recovers from: a full disk must not end the process unexplained.
type quietLogger struct{}

func (quietLogger) Infof(string, ...any)  {}
func (quietLogger) Errorf(string, ...any) {}
func (quietLogger) Fatalf(format string, args ...any) {
	for _, arg := range args {
		if err, ok := arg.(error); ok {
			panic(&fatalError{err}) // keeps what it wraps: a caller may ask for ENOSPC
		}
	}
	panic(&fatalError{fmt.Errorf(format, args...)})
}

// ingested collects what an ingestion did: which file each table became, and
// what went wrong in the background.
type ingested struct {
	mu         sync.Mutex
	names      map[string]string // first key of a table → its file
	background error
}

func (n *ingested) listener() *pebble.EventListener {
	return &pebble.EventListener{
		TableIngested: func(info pebble.TableIngestInfo) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.names = make(map[string]string, len(info.Tables))
			for _, t := range info.Tables {
				n.names[string(t.Smallest.UserKey)] = tableName(uint64(t.FileNum))
			}
		},
		// Pebble's default is to exit. The read that met the damage returns it.
		DataCorruption: func(pebble.DataCorruptionInfo) {},
		BackgroundError: func(err error) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.background = err
		},
	}
}

// failure returns what went wrong in the background.
func (n *ingested) failure() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.background
}

// digests gives the tables of an ingestion their new names.
func (n *ingested) digests(tables []builtTable) map[string]fileDigest {
	n.mu.Lock()
	defer n.mu.Unlock()
	d := make(map[string]fileDigest, len(tables))
	for _, t := range tables {
		if name, ok := n.names[t.smallest]; ok {
			d[name] = t.digest
		}
	}
	return d
}

// tableName is the name Pebble gives a table.
func tableName(num uint64) string { return fmt.Sprintf("%06d.sst", num) }
