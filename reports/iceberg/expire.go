package iceberg

import (
	"encoding/json"
	"slices"
)

// An Expiry is what must be done so that old snapshots of a table are gone: the metadata is
// written, and then what nobody refers to any more may be deleted.
type Expiry struct {
	Metadata     *Metadata
	Snapshots    []int64  // that are gone
	Unreferenced []string // manifest lists, manifests and metadata files
}

// Expire returns what drops the snapshots of a table from before a time, and the metadata
// files from before it: nil where there are none. It keeps the newest snapshot of each
// business date, the current one, and those that have a name. Data files are the caller's.
func Expire(t *Table, beforeMillis int64) (*Expiry, error) {
	old := t.Metadata
	if err := old.Check(); err != nil {
		return nil, err
	}
	keep := kept(old, beforeMillis)
	x := &Expiry{Metadata: old.clone()}
	var gone []Snapshot
	x.Metadata.Snapshots = nil
	for _, s := range old.Snapshots {
		if keep[s.ID] {
			x.Metadata.Snapshots = append(x.Metadata.Snapshots, s)
			continue
		}
		gone = append(gone, s)
		x.Snapshots = append(x.Snapshots, s.ID)
	}
	past := 0
	for past < len(old.MetadataLog) && old.MetadataLog[past].Millis < beforeMillis {
		past++
	}
	// One old metadata file alone is what an expiry leaves behind: itself.
	if len(gone) == 0 && (past == 0 || len(old.MetadataLog) == 1) {
		return nil, nil
	}
	unreferenced, err := unreferenced(gone, x.Metadata.Snapshots, t.Read)
	if err != nil {
		return nil, err
	}
	for _, e := range old.MetadataLog[:past] {
		unreferenced = append(unreferenced, e.File)
	}
	x.Unreferenced = unreferenced
	x.forget(past, keep)
	x.Metadata.UpdatedMillis = max(old.UpdatedMillis, t.Millis)
	if t.File != "" {
		x.Metadata.MetadataLog = append(x.Metadata.MetadataLog, MetadataEntry{old.UpdatedMillis, t.File})
	}
	return x, nil
}

// kept are the snapshots that stay.
func kept(m *Metadata, beforeMillis int64) map[int64]bool {
	keep := map[int64]bool{}
	newest := map[string]*Snapshot{}
	for i := range m.Snapshots {
		s := &m.Snapshots[i]
		if s.Millis >= beforeMillis {
			keep[s.ID] = true
		}
		if date := s.Summary[DateProperty]; date != "" && (newest[date] == nil || newest[date].Sequence < s.Sequence) {
			newest[date] = s
		}
	}
	for _, s := range newest {
		keep[s.ID] = true
	}
	for _, r := range m.Refs {
		keep[r.Snapshot] = true
	}
	if m.Current != nil {
		keep[*m.Current] = true
	}
	return keep
}

// unreferenced returns the lists of snapshots that are gone, and the manifests that only
// they have. A branch or a table that was rolled back may have a manifest again that
// snapshots in between have not; so every list that could have one is looked at.
func unreferenced(gone, stay []Snapshot, read func(string) ([]byte, error)) ([]string, error) {
	var paths []string
	only := map[string]bool{}
	for i := range gone {
		manifests, err := Manifests(&gone[i], read)
		if err != nil {
			return nil, err
		}
		for _, m := range manifests {
			if !only[m.Path] {
				only[m.Path] = true
				paths = append(paths, m.Path)
			}
		}
	}
	for i := len(stay) - 1; i >= 0 && len(only) > 0; i-- {
		manifests, err := Manifests(&stay[i], read)
		if err != nil {
			return nil, err
		}
		for _, m := range manifests {
			delete(only, m.Path)
		}
	}
	paths = slices.DeleteFunc(paths, func(path string) bool { return !only[path] })
	for _, s := range gone {
		paths = append(paths, s.ManifestList)
	}
	return paths, nil
}

// forget takes what is gone out of the logs, and out of the statistics that other writers
// keep of snapshots. Entries before a snapshot that is gone go with it, as the format says:
// the table of that time cannot be told from them any more.
func (x *Expiry) forget(past int, keep map[int64]bool) {
	m := x.Metadata
	m.MetadataLog = slices.Clone(m.MetadataLog[past:])
	from := 0
	for i, e := range m.SnapshotLog {
		if !keep[e.Snapshot] {
			from = i + 1
		}
	}
	m.SnapshotLog = slices.Clone(m.SnapshotLog[from:])
	for _, name := range []string{"statistics", "partition-statistics"} {
		var all, stay []json.RawMessage
		if json.Unmarshal(m.rest[name], &all) != nil {
			continue
		}
		for _, one := range all {
			var of struct {
				Snapshot int64 `json:"snapshot-id"`
			}
			if json.Unmarshal(one, &of) != nil || keep[of.Snapshot] {
				stay = append(stay, one)
			}
		}
		if len(stay) == len(all) {
			continue
		}
		delete(m.rest, name)
		if b, err := json.Marshal(stay); err == nil && len(stay) > 0 {
			m.rest[name] = b
		}
	}
}
