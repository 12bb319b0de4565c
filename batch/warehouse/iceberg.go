package warehouse

import (
	"context"
	"maps"
	"slices"

	"daybook/batch/catalog"
	"daybook/batch/objects"
	"daybook/ledger/civil"
	"daybook/reports"
	"daybook/reports/iceberg"
)

// lastTable is committed last: where a catalogue has no transactions of many tables, it says
// that the night is there.
const lastTable = "nights"

// commit commits the night to the Iceberg tables, where that is asked for.
func (p *publisher) commit(ctx context.Context, s *published, r *Result) error {
	if p.catalog == nil {
		return nil
	}
	properties := map[string]string{
		"daybook.business-date": s.date.String(), "daybook.book-digest": s.manifest.JournalRoot,
		"daybook.manifest-sha256": sumOf(s.raw), "daybook.software": s.manifest.Software,
	}
	var nights []catalog.Night
	for _, table := range inOrder(s.tables) {
		n := catalog.Night{Table: table, Date: s.date, SortBy: reports.SortedBy(table), Properties: properties}
		files := s.tables[table]
		n.Schema = schemaOf(table, files[0].footer)
		for i := range files {
			f, err := dataFile(p.store, s.date, &n.Schema, &files[i].File, files[i].footer)
			if err != nil {
				return err
			}
			n.Files = append(n.Files, f)
		}
		nights = append(nights, n)
	}
	changed, err := p.catalog.Commit(ctx, nights)
	r.Commits = append(r.Commits, changed...)
	return err
}

// inOrder returns the names of tables, that which says that a night is there last.
func inOrder[T any](tables map[string]T) []string {
	list := slices.DeleteFunc(slices.Sorted(maps.Keys(tables)), func(name string) bool { return name == lastTable })
	if _, ok := tables[lastTable]; ok {
		list = append(list, lastTable)
	}
	return list
}

// schemaOf is the schema of a table as Iceberg has it, of the columns that a file has.
func schemaOf(table string, f *reports.Footer) iceberg.Schema {
	spec := reports.SpecOf(table)
	var s iceberg.Schema
	for i := range f.Columns {
		c := &f.Columns[i]
		of := spec.ColumnSpecOf(c.Name)
		s.Columns = append(s.Columns, iceberg.Column{
			ID: int(of.ID), Name: c.Name, Required: of.Required, Doc: of.Doc,
			Type: iceberg.Type(reports.IcebergType(&reports.Column{Kind: c.Kind, Digits: c.Digits})),
		})
	}
	return s
}

// dataFile is a file as a manifest of Iceberg has it, with what its footer says of its columns.
func dataFile(store objects.Store, d civil.Date, schema *iceberg.Schema, f *File, footer *reports.Footer) (iceberg.DataFile, error) {
	x := iceberg.DataFile{Path: store.URL(f.Path), Date: d, Rows: f.Rows, Bytes: f.Bytes, SplitOffsets: footer.Offsets}
	for i := range footer.Columns {
		c, t := &footer.Columns[i], schema.Columns[i].Type
		low, err := iceberg.Bound(t, c.Min)
		if err != nil {
			return x, err
		}
		high, err := iceberg.Bound(t, c.Max)
		if err != nil {
			return x, err
		}
		x.Columns = append(x.Columns, iceberg.ColumnStats{ID: int(c.ID), Bytes: c.Bytes, Values: c.Values, Nulls: c.Nulls, Lower: low, Upper: high})
	}
	return x, nil
}

// Rebuild registers the Iceberg tables of a root anew, from the manifests of its nights: for a
// root that was moved, or whose metadata was lost. It returns the tables that it wrote.
func Rebuild(ctx context.Context, location string, o objects.Options, c catalog.Config) ([]string, error) {
	store, err := o.Open(ctx, location)
	if err != nil {
		return nil, err
	}
	dates, err := datesOf(ctx, store)
	if err != nil {
		return nil, err
	}
	k, err := openCatalog(ctx, c, store)
	if err != nil {
		return nil, err
	}
	footerOf := func(name string) (*reports.Footer, error) { return footerAt(ctx, store, name) }
	var nights []catalog.Night
	for _, d := range dates {
		n, err := readNight(ctx, store, d)
		if err != nil {
			return nil, err
		}
		for _, table := range inOrder(n.Tables) {
			of, err := catalogued(store, n, table, footerOf)
			if err != nil {
				return nil, err
			}
			nights = append(nights, of)
		}
	}
	b, err := reports.EncodeJSON(registeredAs(c))
	if err != nil {
		return nil, err
	}
	if err := store.Put(ctx, catalogName, b); err != nil {
		return nil, err
	}
	return k.Rebuild(ctx, nights)
}

// datesOf returns the nights of a root, which must be one.
func datesOf(ctx context.Context, store objects.Store) ([]civil.Date, error) {
	r, err := readRoot(ctx, store)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, guard("warehouse publish makes one", "%s is no warehouse: it has no %s", store.URL(""), rootName)
	}
	return Dates(ctx, store)
}

// catalogued is a night of a table as its catalogue is to have it. Of a file whose footer is nil only its manifest
// is heard.
func catalogued(store objects.Store, n *Night, table string, footerOf func(name string) (*reports.Footer, error)) (catalog.Night, error) {
	of := catalog.Night{Table: table, Date: n.BusinessDate, SortBy: reports.SortedBy(table), Properties: map[string]string{
		"daybook.business-date": n.BusinessDate.String(), "daybook.book-digest": n.BookDigest,
		"daybook.manifest-sha256": n.Manifest, "daybook.software": n.Software,
	}}
	files := n.Tables[table].Files
	for i := range files {
		footer, err := footerOf(files[i].Path)
		if err != nil {
			return of, err
		}
		if footer == nil {
			of.Files = append(of.Files, iceberg.DataFile{Path: store.URL(files[i].Path), Date: n.BusinessDate, Rows: files[i].Rows, Bytes: files[i].Bytes})
			continue
		}
		if of.Schema.Columns == nil {
			of.Schema = schemaOf(table, footer)
		}
		f, err := dataFile(store, n.BusinessDate, &of.Schema, &files[i], footer)
		if err != nil {
			return of, err
		}
		of.Files = append(of.Files, f)
	}
	return of, nil
}

func footerAt(ctx context.Context, store objects.Store, name string) (*reports.Footer, error) {
	f, err := store.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return reports.ReadFooter(f, f.Size())
}
