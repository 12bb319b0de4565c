package store

import (
	"errors"
	"fmt"

	"daybook/ledger/direct"

	"github.com/cespare/xxhash/v2"
	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// A table is finished at this size, so that a verification can share them out
// among workers.
const tableBytes = 256 << 20

// syncBytes is how much a table writer leaves to the kernel before it asks for
// it to be written, so that the final sync has little left to wait for: 10 M
// loans, 1.6 GB, took 1.6 s (median of 15 on a busy machine), with 1 MiB 2.1 s,
// with 64 MiB 1.8 s, without 2.4 s.
const syncBytes = 8 << 20

// A builtTable is a finished and synced table that waits for the ingestion.
type builtTable struct {
	path     string
	smallest string // first key: how the table is known again once ingested
	digest   fileDigest
}

// A tableWriter writes one table of a build.
type tableWriter struct {
	path     string
	smallest string
	bytes    int64 // of keys and values
	sst      *sstable.Writer
	out      *tableFile // Pebble writes it from a goroutine of its own, until finish
}

func createTable(fs vfs.FS, path string, o sstable.WriterOptions) (*tableWriter, error) {
	f, err := fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, fmt.Errorf("create table: %w", err)
	}
	out := &tableFile{file: vfs.NewSyncingFile(f, vfs.SyncingFileOptions{BytesPerSync: syncBytes, NoSyncOnClose: true})}
	out.out = direct.NewWriter(out.file)
	out.digest.Reset()
	return &tableWriter{path: path, sst: sstable.NewWriter(out, o), out: out}, nil
}

func (w *tableWriter) set(key, value []byte) error {
	if w.smallest == "" {
		w.smallest = string(key)
	}
	if err := w.sst.Set(key, value); err != nil {
		return fmt.Errorf("write table %s: %w", w.path, err)
	}
	w.bytes += int64(len(key) + len(value))
	return nil
}

// finish completes and syncs the table.
func (w *tableWriter) finish() (builtTable, error) {
	if err := w.sst.Close(); err != nil {
		return builtTable{}, fmt.Errorf("finish table %s: %w", w.path, err)
	}
	return builtTable{w.path, w.smallest, fileDigest{w.out.size, w.out.digest.Sum64()}}, nil
}

// abort gives the table up; its file is left to the build's cleaning.
func (w *tableWriter) abort() { _ = w.sst.Close() }

// A tableFile is what a table is written through: large blocks, and the
// digest of all that passes, so that sealing a night reads nothing again.
type tableFile struct {
	file   vfs.File
	out    *direct.Writer
	digest xxhash.Digest
	size   int64
}

// Write implements objstorage.Writable.
func (f *tableFile) Write(p []byte) error {
	f.size += int64(len(p))
	_, _ = f.digest.Write(p) // never fails
	_, err := f.out.Write(p)
	return err
}

// Finish implements objstorage.Writable: what it returns without error is on
// the disk.
func (f *tableFile) Finish() error {
	return errors.Join(f.out.Sync(), f.file.Close())
}

// Abort implements objstorage.Writable.
func (f *tableFile) Abort() {
	_ = f.out.Flush()
	_ = f.file.Close()
}

// writerOptions are those of every table. Blocks are not compressed: 1 M loans
// on two workers, to a disk of 1.2 GB/s, were built in 124 ms and scanned in 33;
// minlz took 159 and 34, snappy 186 and 40, zstd 642 and 76.
func writerOptions(o *pebble.Options, row *keySpace) sstable.WriterOptions {
	w := o.MakeWriterOptions(len(o.Levels)-1, o.FormatMajorVersion.MaxTableFormat())
	if row.dated {
		w.BlockSize = entryBlockBytes
	}
	return w
}
