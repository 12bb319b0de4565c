package main

import (
	"fmt"

	"daybook/reports"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// count writes a whole number with commas.
func count[T int | int32 | int64](n T) string { return reports.Grouped(fmt.Sprint(n)) }

// plural writes a number of things.
func plural[T int | int32 | int64](n T, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return count(n) + " " + noun
}

// A column is a table's head; its figures stand to the right.
type column struct {
	name   string
	figure bool
}

func words(name string) column   { return column{name, false} }
func figures(name string) column { return column{name, true} }

// table says rows to people, and below a line their totals. Cells may be texts of
// others.
func (a *app) table(columns []column, rows [][]string, totals ...string) {
	t := table.NewWriter()
	style := table.StyleLight
	style.Options = table.Options{SeparateHeader: true, SeparateFooter: true}
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header, style.Format.Footer = text.FormatDefault, text.FormatDefault
	t.SetStyle(style)
	t.SuppressTrailingSpaces()
	head := make(table.Row, len(columns))
	var configs []table.ColumnConfig
	for i, c := range columns {
		head[i] = c.name
		if c.figure {
			configs = append(configs, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight, AlignFooter: text.AlignRight})
		}
	}
	t.AppendHeader(head)
	t.SetColumnConfigs(configs)
	for _, r := range rows {
		t.AppendRow(cells(r))
	}
	if len(totals) > 0 {
		t.AppendFooter(cells(totals))
	}
	fmt.Fprintln(&a.out.text, t.Render())
}

func cells(texts []string) table.Row {
	row := make(table.Row, len(texts))
	for i := range texts {
		row[i] = reports.Visible(texts[i])
	}
	return row
}
