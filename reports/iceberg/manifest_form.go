package iceberg

import (
	"fmt"
	"slices"
	"strconv"

	"daybook/ledger/civil"
)

// EncodeManifest returns a manifest of data files of a table with a schema, in a partition
// spec of an id. The files are given by their entries, in their order.
func EncodeManifest(schema *Schema, spec int, entries []Entry) ([]byte, error) {
	records := make([]entryRecord, len(entries))
	for i := range entries {
		records[i] = entries[i].record()
	}
	return encode(entrySchema(), map[string]string{
		"schema":            schema.text(),
		"schema-id":         strconv.Itoa(schema.ID),
		"partition-spec":    "[" + specField + "]",
		"partition-spec-id": strconv.Itoa(spec),
		"format-version":    strconv.Itoa(formatKnown),
		"content":           "data",
	}, records)
}

// DecodeManifest returns the entries of a manifest that a list has. What they inherit from
// the list is in them.
func DecodeManifest(b []byte, m *Manifest) ([]Entry, error) {
	if m.Deletes {
		return nil, fmt.Errorf("manifest %s: %w", m.Path, errContent)
	}
	var entries []Entry
	err := decode(b, func(r *entryRecord) error {
		e, err := r.entry(m)
		entries = append(entries, e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("manifest %s: %w", m.Path, err)
	}
	return entries, nil
}

// record is how an entry is written. Sequence numbers below zero are left to be inherited:
// the catalogue gives them.
func (e *Entry) record() entryRecord {
	f, order := &e.File, int32(e.File.SortOrder)
	r := entryRecord{
		Status: int32(e.Status), Snapshot: &e.Snapshot, Sequence: given(e.Sequence), FileSequence: given(e.FileSequence),
		File: fileRecord{
			Path: f.Path, Format: "PARQUET", Rows: f.Rows, Bytes: f.Bytes, Splits: f.SplitOffsets,
			NaNs: f.kept.nans, Key: f.kept.key, Equality: f.kept.equality, SortOrder: &order,
		},
	}
	if f.kept.format != "" {
		r.File.Format = f.kept.format
	}
	if f.kept.orderless {
		r.File.SortOrder = nil
	}
	date := int32(f.Date)
	r.File.Partition.Date = &date
	for _, c := range f.Columns {
		id := int32(c.ID)
		counted(&r.File.Sizes, id, c.Bytes)
		counted(&r.File.Values, id, c.Values)
		counted(&r.File.Nulls, id, c.Nulls)
		if c.Lower != nil {
			r.File.Lower = append(r.File.Lower, idBytes{id, c.Lower})
		}
		if c.Upper != nil {
			r.File.Upper = append(r.File.Upper, idBytes{id, c.Upper})
		}
	}
	return r
}

func given(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}

func counted(to *[]idCount, id int32, count int64) {
	if count >= 0 {
		*to = append(*to, idCount{id, count})
	}
}

// entry is what a record of a manifest says.
func (r *entryRecord) entry(m *Manifest) (Entry, error) {
	f := &r.File
	switch {
	case r.Status < int32(Existing) || r.Status > int32(Deleted):
		return Entry{}, fmt.Errorf("file %s has the status %d", f.Path, r.Status)
	case f.Partition.Date == nil:
		return Entry{}, fmt.Errorf("file %s has no business date", f.Path)
	case f.Content != 0:
		return Entry{}, errContent
	}
	e := Entry{Status: Status(r.Status), Snapshot: m.Snapshot, Sequence: m.Sequence, FileSequence: m.Sequence}
	if r.Snapshot != nil {
		e.Snapshot = *r.Snapshot
	}
	if r.Sequence != nil {
		e.Sequence = *r.Sequence
	}
	if r.FileSequence != nil {
		e.FileSequence = *r.FileSequence
	}
	e.File = DataFile{Path: f.Path, Date: civil.Date(*f.Partition.Date), Rows: f.Rows, Bytes: f.Bytes, SplitOffsets: f.Splits,
		kept: keptStats{nans: f.NaNs, key: f.Key, equality: f.Equality, orderless: f.SortOrder == nil}}
	if f.SortOrder != nil {
		e.File.SortOrder = int(*f.SortOrder)
	}
	if f.Format != "PARQUET" {
		e.File.kept.format = f.Format
	}
	e.File.Columns = f.columns()
	return e, nil
}

// columns gathers what a file's record says of each column.
func (f *fileRecord) columns() []ColumnStats {
	stats := map[int]*ColumnStats{}
	of := func(id int32) *ColumnStats {
		if stats[int(id)] == nil {
			stats[int(id)] = &ColumnStats{ID: int(id), Bytes: -1, Values: -1, Nulls: -1}
		}
		return stats[int(id)]
	}
	for _, x := range f.Sizes {
		of(x.ID).Bytes = x.Count
	}
	for _, x := range f.Values {
		of(x.ID).Values = x.Count
	}
	for _, x := range f.Nulls {
		of(x.ID).Nulls = x.Count
	}
	for _, x := range f.Lower {
		of(x.ID).Lower = x.Bytes
	}
	for _, x := range f.Upper {
		of(x.ID).Upper = x.Bytes
	}
	var columns []ColumnStats
	for _, c := range stats {
		columns = append(columns, *c)
	}
	slices.SortFunc(columns, func(a, b ColumnStats) int { return a.ID - b.ID })
	return columns
}

// EncodeManifestList returns the manifest list of a snapshot.
func EncodeManifestList(snapshot *Snapshot, manifests []Manifest) ([]byte, error) {
	records := make([]manifestRecord, len(manifests))
	for i := range manifests {
		records[i] = manifests[i].record()
	}
	parent := "null"
	if snapshot.Parent != nil {
		parent = strconv.FormatInt(*snapshot.Parent, 10)
	}
	return encode(manifestSchema(), map[string]string{
		"snapshot-id":        strconv.FormatInt(snapshot.ID, 10),
		"parent-snapshot-id": parent,
		"sequence-number":    strconv.FormatInt(snapshot.Sequence, 10),
		"format-version":     strconv.Itoa(formatKnown),
	}, records)
}

// DecodeManifestList returns the manifests of a manifest list.
func DecodeManifestList(b []byte) ([]Manifest, error) {
	var manifests []Manifest
	err := decode(b, func(r *manifestRecord) error {
		manifests = append(manifests, r.manifest())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return manifests, nil
}

func (m *Manifest) record() manifestRecord {
	r := manifestRecord{
		Path: m.Path, Bytes: m.Bytes, Spec: int32(m.Spec), Sequence: m.Sequence, MinSequence: m.MinSequence, Snapshot: m.Snapshot,
		AddedFiles: int32(m.Files.Added), ExistingFiles: int32(m.Files.Existing), DeletedFiles: int32(m.Files.Deleted),
		AddedRows: m.Rows.Added, ExistingRows: m.Rows.Existing, DeletedRows: m.Rows.Deleted,
		Partitions: m.partitions, Key: m.key,
	}
	if m.Deletes {
		r.Content = 1
	}
	return r
}

func (r *manifestRecord) manifest() Manifest {
	return Manifest{
		Path: r.Path, Bytes: r.Bytes, Spec: int(r.Spec), Deletes: r.Content != 0, Sequence: r.Sequence, MinSequence: r.MinSequence, Snapshot: r.Snapshot,
		Files:      Counts{int64(r.ExistingFiles + r.OldExisting), int64(r.AddedFiles + r.OldAdded), int64(r.DeletedFiles + r.OldDeleted)},
		Rows:       Counts{r.ExistingRows, r.AddedRows, r.DeletedRows},
		partitions: r.Partitions, key: r.Key,
	}
}
