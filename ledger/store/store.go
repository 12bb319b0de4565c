// Package store is the physical book: loans, suspense items, journals and the
// small values of each night, kept in Pebble as sorted pages. A night is built
// beside the book and enters it in one atomic ingestion, so a process killed at
// any instant leaves all of the night or nothing of it. Records are bytes to it:
// ledger/record says how they are written.
//
// It is the only importer of Pebble. It does not log, and it does not repair:
// what is damaged is reported, by opening or by [Book.CheckFiles].
package store

import (
	"errors"
	"fmt"

	"daybook/ledger/civil"

	"github.com/cespare/xxhash/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Partitions is how many equal parts the hashed loans fall into: the same 256
// on one machine or on fifty, whatever the number of workers.
const Partitions = 256

// Format is the version of the book that this program writes. It reads this
// one and every older one, which the first night that it commits raises to this
// one: an older program may have gone on with the book until then, and not after.
//
//	1  the first
//	2  journal entries, suspense items and the summary begin with a version
//	3  records of loans are of version 3; treatments and keys of tasks
//	4  records of loans have what their days come to, and measures; holds of borrowers;
//	   month bases
//	5  entries may have the origin of their money; commands keep records of their own
//	6  nights have hashes of a tree over the journals; an entry may say that its loan's
//	   principal changed
//	7  the leaves of that tree may be of another format than those of 6, which a program
//	   that knows one of them alone would take for changed
const Format = 7

// Limits of what a book takes. They bound every page, so that a damaged length
// can never ask for more memory than this.
const (
	IDMax     = 64       // bytes of a loan id or of a suspense item's id
	RecordMax = 16 << 20 // bytes of a loan, a suspense item or a journal entry
	NameMax   = 128      // bytes of the name of a small value
	SmallMax  = 16 << 20 // bytes of a small value
)

// Hash returns the hash that orders loans and whose top byte is their partition.
func Hash(id []byte) uint64 { return xxhash.Sum64(id) }

// Partition returns the partition of a loan's hash.
func Partition(hash uint64) int { return int(hash >> 56) }

// Options configures [Create], [Open] and [OpenReadOnly]. The zero value is
// ready to use.
type Options struct {
	FS vfs.FS // where the book lies; nil means the disk
}

// ErrNotBook says that a folder holds no book.
var ErrNotBook = errors.New("not a book")

// A FormatError says that a book was written by a newer program.
type FormatError struct {
	Format int // of the book
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("book format %d is newer than this program's %d; use a newer daybook", e.Format, Format)
}

// A ClosedError says that a night can't be built because the book has closed
// that date, or a later one, already.
type ClosedError struct {
	Date civil.Date // the night that was asked for
	Last civil.Date // the book's last night
}

func (e *ClosedError) Error() string {
	if e.Date == e.Last {
		return e.Date.String() + " is already closed"
	}
	return fmt.Sprintf("%s can't be closed: %s already is", e.Date, e.Last)
}

// A SizeError says that an id, a name or a record is outside of the limits.
type SizeError struct {
	What     string // "loan id", "record" …
	Size     int
	Min, Max int
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%s of %d bytes: must be %d to %d", e.What, e.Size, e.Min, e.Max)
}

func checkSize(what string, size, least, most int) error {
	if size < least || size > most {
		return &SizeError{What: what, Size: size, Min: least, Max: most}
	}
	return nil
}
