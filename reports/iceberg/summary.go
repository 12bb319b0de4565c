package iceberg

import "strconv"

// summary says what the snapshot did. Totals of files and rows are those of its manifests,
// that of bytes goes on from the one before.
func (p *plan) summary() map[string]string {
	var before map[string]string
	if head := p.table.Metadata.head(); head != nil {
		before = head.Summary
	}
	s := map[string]string{}
	for k, v := range p.night.Properties {
		s[k] = v
	}
	s[DateProperty] = p.night.Date.String()
	s["operation"] = "overwrite"
	switch {
	case len(p.night.Files) == 0:
		s["operation"] = "delete"
	case len(p.removed) == 0 && p.append():
		s["operation"] = "append"
	}
	come, gone := sum(p.added), sum(p.removed)
	if come.files > 0 {
		s["added-data-files"], s["added-records"], s["added-files-size"] = text(come.files), text(come.rows), text(come.bytes)
	}
	if gone.files > 0 {
		s["deleted-data-files"], s["deleted-records"], s["removed-files-size"] = text(gone.files), text(gone.rows), text(gone.bytes)
	}
	s["changed-partition-count"] = "1"
	var files, rows int64
	deletes := false
	for _, m := range p.manifests {
		if m.Deletes {
			deletes = true
			continue
		}
		files, rows = files+m.Files.Added+m.Files.Existing, rows+m.Rows.Added+m.Rows.Existing
	}
	s["total-data-files"], s["total-records"] = text(files), text(rows)
	size, err := strconv.ParseInt(before["total-files-size"], 10, 64)
	if err == nil || before == nil {
		s["total-files-size"] = text(size + come.bytes - gone.bytes)
	}
	for _, k := range []string{"total-delete-files", "total-position-deletes", "total-equality-deletes"} {
		if v, is := before[k]; is && deletes {
			s[k] = v
		} else if !deletes {
			s[k] = "0"
		}
	}
	return s
}

// append reports whether the night had no files before: all that it has now are new.
func (p *plan) append() bool { return len(p.added) == len(p.night.Files) }

// totals are of files.
type totals struct{ files, rows, bytes int64 }

func sum(files []DataFile) (t totals) {
	for i := range files {
		t = totals{t.files + 1, t.rows + files[i].Rows, t.bytes + files[i].Bytes}
	}
	return t
}

func text(n int64) string { return strconv.FormatInt(n, 10) }
