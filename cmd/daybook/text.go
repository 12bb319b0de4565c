package main

import (
	"fmt"
	"io"

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

// writeTable writes rows for people to read, and below a line their totals.
func writeTable(w io.Writer, columns []column, rows [][]string, totals ...string) error {
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
	_, err := fmt.Fprintln(w, t.Render())
	return err
}

func cells(texts []string) table.Row {
	row := make(table.Row, len(texts))
	for i := range texts {
		row[i] = texts[i]
	}
	return row
}
