package store

import (
	"fmt"
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

	// A block of 64 KiB holds about six pages. See performance.
	blockBytes = 64 << 10
)

// pebbleOptions are the options of the database under a book. There is no log
// and no memtable in use: everything enters by ingestion. Nothing is compacted
// either: a generation replaces the one before whole, and a night never
// overlaps another.
func pebbleOptions(fs vfs.FS, cacheBytes int64, readOnly bool, events *pebble.EventListener) *pebble.Options {
	o := &pebble.Options{
		FS:                          fs,
		FormatMajorVersion:          pebbleFormat,
		CacheSize:                   cacheBytes,
		ReadOnly:                    readOnly,
		DisableWAL:                  true,
		DisableAutomaticCompactions: true,
		DisableTableStats:           true,
		MemTableSize:                64 << 10,
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
type fatalError struct{ text string }

func (e *fatalError) Error() string { return e.text }

// A quietLogger drops what Pebble says and turns its exit into a panic, which
// [Book] recovers from: a full disk must not end the process unexplained.
type quietLogger struct{}

func (quietLogger) Infof(string, ...any)  {}
func (quietLogger) Errorf(string, ...any) {}
func (quietLogger) Fatalf(format string, args ...any) {
	panic(&fatalError{fmt.Sprintf(format, args...)})
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
		BackgroundError: func(err error) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.background = err
		},
	}
}

// tableName is the name Pebble gives a table.
func tableName(num uint64) string { return fmt.Sprintf("%06d.sst", num) }
