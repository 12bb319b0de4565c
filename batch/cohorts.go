package batch

import (
	"bytes"
	"context"
	"io"

	"daybook/batch/book"
	"daybook/reports"
)

// cohortTables are the tables that go on from those of the last close: cures and the history of
// vintages. What was published there is what is known of them, so the book keeps nothing else.
func (n *posted) cohortTables(ctx context.Context, vintage *reports.Table) ([]*reports.Table, error) {
	cures, err := published(n, "cures", reports.ReadCures)
	if err != nil {
		return nil, err
	}
	history, err := published(n, "vintage_history", func(in io.Reader) (*reports.Table, error) {
		return reports.ReadVintageHistory(in, n.policy.Scale)
	})
	if err != nil {
		return nil, err
	}
	reference, monitoring, err := n.scoreTables(ctx)
	if err != nil {
		return nil, err
	}
	return []*reports.Table{
		n.builder.Cures(cures, n.renamedBuckets(), n.o.Date), reports.VintageHistory(history, vintage, n.policy.Scale, n.names.Currencies, n.o.Date),
		reference, monitoring,
	}, nil
}

// renamedBuckets is what the buckets of the last close are called in tonight's cohorts, where the policy has not their
// names any more.
func (n *posted) renamedBuckets() map[string]string {
	names, now := map[string]string{}, n.policy.Aging.Buckets
	if n.rules.OldBuckets == nil {
		return names
	}
	for i, old := range n.policies.At(n.rules.Previous).Aging.Buckets {
		names[old.Name] = now[n.rules.CuredBucket(uint8(i))].Name
	}
	return names
}

// published reads a table of the last close as the book keeps it; nil where that close had none.
func published(n *posted, table string, read func(io.Reader) (*reports.Table, error)) (*reports.Table, error) {
	path := "regulatory/" + table + ".csv"
	if n.last == nil {
		return nil, nil
	}
	for _, f := range n.last.Files {
		if f.Path != path {
			continue
		}
		data, err := book.File(n.book, n.last, path)
		if err != nil {
			return nil, err
		}
		return read(bytes.NewReader(data))
	}
	return nil, nil
}
