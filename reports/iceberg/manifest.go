package iceberg

import (
	"encoding/binary"
	"fmt"
	"slices"

	"daybook/ledger/civil"
)

// A DataFile is a Parquet file of one night of a table.
type DataFile struct {
	Path         string // as other programs call it, such as file:///abs/name
	Date         civil.Date
	Rows, Bytes  int64
	Columns      []ColumnStats // in any order; by id in what is read
	SplitOffsets []int64       // of row groups, ascending
	SortOrder    int           // of the table's orders, 0 for none; planning sets it

	kept keptStats
}

// ColumnStats is what is known of a column of a file.
type ColumnStats struct {
	ID    int
	Bytes int64 // as stored; below zero where unknown
	// Values, nulls among them, and nulls; below zero where unknown.
	Values, Nulls int64
	// Lower and Upper are bounds of all values that are not null, as [Bound] gives them; nil
	// where there are none.
	Lower, Upper []byte
}

// keptStats is what other writers said of a file.
type keptStats struct {
	format    string
	nans      []idCount
	key       []byte
	equality  []int32
	orderless bool // the file says of no order, not even 0
}

// A Status is what a snapshot did to a file.
type Status int32

// What a snapshot does to a file that its manifests list.
const (
	Existing Status = 0
	Added    Status = 1
	Deleted  Status = 2
)

// An Entry is a file in a manifest.
type Entry struct {
	Status   Status
	Snapshot int64 // that added the file, or deleted it
	// Sequence and FileSequence are the sequence numbers of the commit that added the file;
	// below zero in an entry that is written to inherit them.
	Sequence, FileSequence int64
	File                   DataFile
}

// live reports whether the entry's file is part of the table.
func (e *Entry) live() bool { return e.Status != Deleted }

// A Manifest is a manifest in a manifest list.
type Manifest struct {
	Path                  string
	Bytes                 int64
	Spec                  int
	Deletes               bool // lists delete files, not data
	Sequence, MinSequence int64
	Snapshot              int64 // that added it
	Files, Rows           Counts

	partitions []partitionField
	key        []byte
}

// Counts are of a manifest's entries, by their status.
type Counts struct{ Existing, Added, Deleted int64 }

// mayHold reports whether the manifest may list a file of a night.
func (m *Manifest) mayHold(d civil.Date) bool {
	if len(m.partitions) == 0 {
		return true
	}
	low, isLow := dateOf(m.partitions[0].Lower)
	high, isHigh := dateOf(m.partitions[0].Upper)
	return !isLow || !isHigh || low <= d && d <= high
}

// live reports whether the manifest lists a file that is part of the table.
func (m *Manifest) live() bool { return m.Files.Added > 0 || m.Files.Existing > 0 }

func dateOf(bound []byte) (d civil.Date, is bool) {
	if len(bound) != 4 {
		return civil.None, false
	}
	return civil.Date(int32(binary.LittleEndian.Uint32(bound))), true
}

func dateBound(d civil.Date) []byte {
	return binary.LittleEndian.AppendUint32(nil, uint32(int32(d)))
}

// describe returns what a manifest list says of a manifest of these entries, which snapshot
// adds under a sequence number.
func describe(path string, size int, entries []Entry, snapshot, sequence int64) Manifest {
	m := Manifest{Path: path, Bytes: int64(size), Sequence: sequence, MinSequence: sequence, Snapshot: snapshot}
	low, high := entries[0].File.Date, entries[0].File.Date
	for i := range entries {
		e := &entries[i]
		low, high = min(low, e.File.Date), max(high, e.File.Date)
		if e.live() && e.Sequence >= 0 {
			m.MinSequence = min(m.MinSequence, e.Sequence)
		}
		switch e.Status {
		case Existing:
			m.Files.Existing, m.Rows.Existing = m.Files.Existing+1, m.Rows.Existing+e.File.Rows
		case Added:
			m.Files.Added, m.Rows.Added = m.Files.Added+1, m.Rows.Added+e.File.Rows
		case Deleted:
			m.Files.Deleted, m.Rows.Deleted = m.Files.Deleted+1, m.Rows.Deleted+e.File.Rows
		}
	}
	no := false
	m.partitions = []partitionField{{ContainsNaN: &no, Lower: dateBound(low), Upper: dateBound(high)}}
	return m
}

// checkFile returns what is wrong with a file that a caller gives.
func checkFile(f *DataFile, night civil.Date, schema *Schema) error {
	switch {
	case f.Path == "":
		return fmt.Errorf("a file of %s has no path", night)
	case f.Date != night:
		return fmt.Errorf("file %s is of %s and not of the night %s", f.Path, f.Date, night)
	case f.Rows < 0 || f.Bytes <= 0:
		return fmt.Errorf("file %s has %d rows and %d bytes", f.Path, f.Rows, f.Bytes)
	case !slices.IsSorted(f.SplitOffsets):
		return fmt.Errorf("file %s: split offsets do not ascend", f.Path)
	}
	met := map[int]bool{}
	for _, c := range f.Columns {
		if _, is := schema.Column(c.ID); !is {
			return fmt.Errorf("file %s has the column %d, which its schema has not", f.Path, c.ID)
		}
		if met[c.ID] {
			return fmt.Errorf("file %s has column %d twice", f.Path, c.ID)
		}
		if c.Values >= 0 && c.Nulls > c.Values {
			return fmt.Errorf("file %s: column %d has %d nulls in %d values", f.Path, c.ID, c.Nulls, c.Values)
		}
		met[c.ID] = true
	}
	return nil
}
