package warehouse

import (
	"context"
	"errors"
	"io/fs"
	"path"

	"daybook/reports/lineage"
)

// lineagePath is where the event of a night is.
func lineagePath(date string) string { return path.Join(lineageDir, date+".json") }

// writeLineage brings the night's OpenLineage event.
func (p *publisher) writeLineage(ctx context.Context, s *published, again bool) error {
	if again { // it stays as it was, also of a night that is thinned out
		if _, err := p.store.Stat(ctx, lineagePath(s.date.String())); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	tables := make([]lineage.Table, 0, len(s.tables))
	for name, files := range s.tables {
		t := lineage.Table{Name: name, Files: len(files)}
		for i := range files {
			t.Rows += files[i].Rows
			t.Bytes += files[i].Bytes
		}
		for i := range files[0].footer.Columns {
			t.Columns = append(t.Columns, files[0].footer.Columns[i].Name)
		}
		tables = append(tables, t)
	}
	b, err := lineage.Event(s.manifest, tables)
	if err != nil {
		return err
	}
	return p.put(ctx, lineagePath(s.date.String()), b)
}
