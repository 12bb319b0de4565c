package reports

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Summary writes the night for a terminal: what ties, the ageing table, the
// trial balance, the slowest stages, and where the reports lie.
func Summary(w io.Writer, p *Page) error {
	v := p.view()
	if _, err := fmt.Fprintf(w, "Night of %s %s, policy %s\n", v.Weekday, p.BusinessDate, Visible(p.Policy)); err != nil {
		return err
	}
	filesSummary(w, p)
	for i := range v.Currencies {
		c := &v.Currencies[i]
		t := newTable(w, c.Totals.Currency+" control totals", "", "loans", "GL", "")
		for _, tie := range c.Totals.Ties() {
			t.AppendRow(table.Row{tie.Name, Grouped(tie.Amount), Grouped(tie.GL), mark(tie.Tied)})
		}
		t.Render()
		t = newTable(w, c.Totals.Currency+" ageing", "bucket", "loans", "outstanding", "share", "past due")
		for _, a := range c.Aging {
			t.AppendRow(table.Row{Visible(a.Bucket), Grouped(fmt.Sprint(a.Loans)), a.Total, percent(a.Share), a.PastDue})
		}
		t.Render()
		t = newTable(w, c.Totals.Currency+" trial balance", "account", "name", "opening", "debits", "credits", "closing")
		for _, b := range c.Balances {
			t.AppendRow(table.Row{Visible(b.Code), Visible(b.Name), b.Opening, b.Debits, b.Credits, b.Closing})
		}
		t.AppendFooter(table.Row{"", "total", "", c.Debits, c.Credits, balanced(c.OutOfOrder)})
		t.Render()
	}
	stagesSummary(w, p)
	verdict := "every total ties"
	if len(v.Untied) > 0 {
		verdict = fmt.Sprintf("%d totals do not tie: %s", len(v.Untied), Visible(strings.Join(v.Untied, ", ")))
	}
	_, err := fmt.Fprintf(w, "\n%s; %d rows rejected; %d borrowers in the queue\nreports: %s\n", verdict, v.Rejected, p.Queue.Tasks, Visible(p.Folder))
	return err
}

func filesSummary(w io.Writer, p *Page) {
	if len(p.Control.Files) == 0 {
		return
	}
	t := newTable(w, "files", "file", "rows in", "applied", "duplicates", "rejected", "held", "")
	for i := range p.Control.Files {
		f := &p.Control.Files[i]
		n := func(v int64) string { return Grouped(fmt.Sprint(v)) }
		t.AppendRow(table.Row{Visible(f.Path), n(f.RowsIn), n(f.Applied), n(f.Duplicates), n(f.Rejected), n(f.Held), mark(f.Tied)})
	}
	t.Render()
}

// stagesSummary shows the five slowest stages.
func stagesSummary(w io.Writer, p *Page) {
	if len(p.Stages) == 0 {
		return
	}
	slowest := slices.Clone(p.Stages)
	slices.SortStableFunc(slowest, func(a, b Timing) int { return cmp.Compare(b.Took, a.Took) })
	shown := Page{Stages: slowest[:min(len(slowest), 5)]}
	t := newTable(w, "slowest stages", "stage", "took", "")
	for _, s := range shown.stages() {
		t.AppendRow(table.Row{s.Stage, s.Seconds, s.Rate})
	}
	t.Render()
}

func mark(tied bool) string {
	if tied {
		return "✓ tied"
	}
	return "✗ NOT TIED"
}

func balanced(outOfOrder bool) string {
	if outOfOrder {
		return "✗ NOT BALANCED"
	}
	return "✓ balanced"
}

// newTable starts a table whose first column is text and the others figures.
func newTable(w io.Writer, title string, head ...string) table.Writer {
	fmt.Fprintf(w, "\n%s\n", title) // an error comes again with the last line of the summary
	t := table.NewWriter()
	t.SetOutputMirror(w)
	style := table.StyleLight
	style.Options = table.Options{SeparateHeader: true, SeparateFooter: true}
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header, style.Format.Footer = text.FormatDefault, text.FormatDefault
	t.SetStyle(style)
	t.SuppressTrailingSpaces()
	row := make(table.Row, len(head))
	configs := make([]table.ColumnConfig, 0, len(head))
	for i, h := range head {
		row[i] = h
		if i > 0 && h != "name" {
			configs = append(configs, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight, AlignFooter: text.AlignRight})
		}
	}
	t.AppendHeader(row)
	t.SetColumnConfigs(configs)
	return t
}
