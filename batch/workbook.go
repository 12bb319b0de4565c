package batch

import (
	"io"
	"path/filepath"
	"slices"

	"daybook/batch/publish"
	"daybook/reports"
	"daybook/reports/workbook"
)

// writeWorkbook writes the regulatory tables once more, as a workbook. It comes when they
// are written, and what is in the queue is counted.
func (n *met) writeWorkbook(page *reports.Page) error {
	cover, err := n.workbookCover(page)
	if err != nil {
		return err
	}
	tables := slices.Concat(n.regulatory, n.compliance)
	list := make([]workbook.Table, len(tables))
	for i, t := range tables {
		list[i] = workbook.Of(n.form.Sheet(t.Name, n.o.Date).Table(t))
		name := t.Name + ".csv"
		list[i].CSV = "regulatory/" + name
		at := slices.IndexFunc(n.outputs, func(o reports.Output) bool { return o.Path == filepath.Join(n.staging, "regulatory", name) })
		list[i].SHA256 = n.outputs[at].SHA256
	}
	out, err := reports.WriteFile(filepath.Join(n.staging, publish.WorkbookName), func(w io.Writer) error {
		return workbook.Write(w, n.staging, cover, list)
	})
	if err != nil {
		return err
	}
	n.outputs = append(n.outputs, out)
	return nil
}

// packsInForce are the night's rule packs.
func (n *met) packsInForce() workbook.Section {
	list := make([]workbook.Pack, len(n.policy.Packs))
	for i, p := range n.policy.Packs {
		list[i] = workbook.Pack{Name: p.Name, Title: p.Title, Fills: p.Fills, Posts: i == n.policy.Post, Illustrative: p.Provision.Illustrative, Digest: p.Digest}
	}
	return workbook.Packs(list)
}

// readings are the rules in force that counsel must confirm.
func (n *met) readings() workbook.Section {
	var list []workbook.Reading
	for _, p := range n.policy.Packs {
		for _, r := range p.ToConfirm(n.o.Date) {
			list = append(list, workbook.Reading{Pack: p.Name, Rule: r.Where, Cite: r.Cite, Question: "(m): written from general knowledge of what is cited"})
		}
	}
	return workbook.Readings(list)
}

// workbookCover is what the workbook says of the night. Nothing of it depends on how the
// rows were delivered: that is in the manifest.
func (n *met) workbookCover(page *reports.Page) (*workbook.Cover, error) {
	totals, err := workbook.Totals(&page.Control, n.policy.Scale)
	if err != nil {
		return nil, err
	}
	return &workbook.Cover{
		BusinessDate: n.o.Date, Software: n.o.Software,
		Facts: []workbook.Fact{
			{Name: "Policy", Value: n.policy.Name}, {Name: "Policy digest", Value: n.record.PolicyDigest},
			{Name: "Id of the queue's key", Value: n.record.Queue.KeyID}, {Name: "Inputs, journal root", Value: publish.ManifestName},
		},
		Sections: []workbook.Section{n.packsInForce(), n.readings(), totals, workbook.Rows(&page.Control)},
	}, nil
}
