package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// name is how the measurement is called: loans and night, or nights.
func (r *Result) name() string {
	if r.Settings.Nights > 1 {
		return fmt.Sprintf("%s-%s-%d-nights", short(r.Settings.Loans), r.Settings.Night, r.Settings.Nights)
	}
	return fmt.Sprintf("%s-%s", short(r.Settings.Loans), r.Settings.Night)
}

// short writes 10,000,000 as 10M and 300,000 as 300k.
func short(n int) string {
	switch {
	case n >= 1_000_000 && n%1_000_000 == 0:
		return fmt.Sprintf("%dM", n/1_000_000)
	case n >= 1000 && n%1000 == 0:
		return fmt.Sprintf("%dk", n/1000)
	}
	return fmt.Sprint(n)
}

// keep writes the result in the place of the last one of the same night.
func (r *Result) keep(dir string) error { return keep(dir, r.name(), r, r.writeTable) }

// keep writes a result to a folder of results, as JSON and as Markdown.
func keep(dir, name string, result any, write func(w io.Writer) error) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	var j, md bytes.Buffer
	if err := writeJSON(&j, result); err != nil {
		return err
	}
	if err := write(&md); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, name+".json"), j.Bytes(), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".md"), md.Bytes(), 0o600)
}

func writeJSON(w io.Writer, result any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(result)
}

// writeTable prints the result as Markdown that reads well as plain text.
func (r *Result) writeTable(w io.Writer) error {
	t := &table{}
	head := []string{""}
	for _, s := range r.Sides {
		head = append(head, s.Name)
	}
	t.add(head...)
	line := func(name string, value func(s *Side) string) {
		row := []string{name}
		for i := range r.Sides {
			row = append(row, value(&r.Sides[i]))
		}
		t.add(row...)
	}
	line("wall, s", func(s *Side) string { return fmt.Sprintf("%.2f", s.Median.WallSeconds) })
	line("wall of all runs, s", func(s *Side) string { return walls(s.Runs) })
	line("CPU, s", func(s *Side) string { return fmt.Sprintf("%.2f", s.Median.CPUSeconds) })
	line("peak memory, MiB", func(s *Side) string { return fmt.Sprint(s.Median.PeakMemoryBytes >> 20) })
	line("read, MB", func(s *Side) string { return fmt.Sprint(s.Median.ReadBytes / 1e6) })
	line("written, MB", func(s *Side) string { return fmt.Sprint(s.Median.WrittenBytes / 1e6) })
	line("book, MB", func(s *Side) string { return fmt.Sprint(s.Median.BookBytes / 1e6) })
	line("repayments", func(s *Side) string { return fmt.Sprint(s.Median.Repayments) })
	line("repayments/s", func(s *Side) string { return fmt.Sprintf("%.0f", s.RepaymentsPerSecond) })
	line("postings", func(s *Side) string { return fmt.Sprint(s.Median.Postings) })
	line("postings/s", func(s *Side) string { return fmt.Sprintf("%.0f", s.PostingsPerSecond) })
	line("I/O floor, s", func(s *Side) string { return fmt.Sprintf("%.2f", s.FloorSeconds) })
	line("wall / I/O floor", func(s *Side) string { return fmt.Sprintf("%.1f", s.TimesFloor) })
	var b strings.Builder
	r.describe(&b)
	t.write(&b)
	if r.Settings.Nights > 1 {
		r.writeNights(&b)
	}
	for i := range r.Sides {
		r.Sides[i].writeStages(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeNights prints what each of the nights in a row took.
func (r *Result) writeNights(w io.Writer) {
	t := &table{}
	head := []string{"night"}
	for _, s := range r.Sides {
		head = append(head, s.Name+" wall, s", "CPU, s", "written, MB", "book, MB")
	}
	t.add(head...)
	for k := range r.Settings.Nights {
		row := []string{fmt.Sprint(k + 1)}
		for _, s := range r.Sides {
			n := &s.Runs[k]
			row = append(row, fmt.Sprintf("%.2f", n.WallSeconds), fmt.Sprintf("%.2f", n.CPUSeconds), fmt.Sprint(n.WrittenBytes/1e6),
				fmt.Sprint(n.BookBytes/1e6))
		}
		t.add(row...)
	}
	fmt.Fprintln(w)
	t.write(w)
}

// describe says what was measured, on what.
func (r *Result) describe(w io.Writer) {
	s, m := &r.Settings, &r.Machine
	fmt.Fprintf(w, "# %s loans, %s\n\n", short(s.Loans), s.Night)
	if r.Faster > 0 {
		fmt.Fprintf(w, "Daybook was %.2f times as fast as DuckDB, on 1/%.2f of its processor time; %s.\n\n", r.Faster, r.Thrift, r.Agreed)
	}
	of := fmt.Sprint(s.Repetitions)
	if s.Nights > 1 {
		of = fmt.Sprintf("%d nights in a row", s.Nights)
	}
	fmt.Fprintf(w, "Commit %s; seed %d; median of %s; %d workers each; %s and %s of memory; page cache %s.\n", r.Commit, s.Seed, of, s.Workers, s.Memory, s.PeerMemory, s.Cache)
	if len(r.Sides) == 2 {
		store := "updated the loans that changed"
		if r.Sides[1].Median.WroteTables {
			store = "wrote a new table of loans"
		}
		fmt.Fprintf(w, "DuckDB %s and was told to stay within %s, the fastest way that was found.\n", store, r.Sides[1].Median.MemoryLimit)
	}
	fmt.Fprintf(w, "%s, %d cores, %d GiB, %s, %s; load before %.1f; sequential write %.2f GB/s, read %.2f GB/s.\n\n", m.Processor, m.Cores,
		m.MemoryBytes>>30, m.System, m.Go, m.LoadBefore, m.WriteBytesPerSecond/1e9, m.ReadBytesPerSecond/1e9)
}

func (s *Side) writeStages(w io.Writer) {
	t := &table{}
	t.add(s.Name+" stage", "seconds")
	for _, g := range s.Median.Stages {
		t.add(g.Name, fmt.Sprintf("%.3f", g.Seconds))
	}
	fmt.Fprintln(w)
	t.write(w)
}

func walls(runs []Run) string {
	var all []string
	for _, r := range runs {
		all = append(all, fmt.Sprintf("%.2f", r.WallSeconds))
	}
	return strings.Join(all, " ")
}

// A table is text in columns, the first flush left and the others right.
type table struct{ rows [][]string }

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) write(w io.Writer) {
	widths := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, c := range row {
			widths[i] = max(widths[i], len(c), 3)
		}
	}
	for i, row := range t.rows {
		for j, c := range row {
			format := "| %*s "
			if j == 0 {
				format = "| %-*s "
			}
			fmt.Fprintf(w, format, widths[j], c)
		}
		fmt.Fprintln(w, "|")
		if i > 0 {
			continue
		}
		for j, width := range widths {
			if j == 0 {
				fmt.Fprintf(w, "| %s ", strings.Repeat("-", width))
			} else {
				fmt.Fprintf(w, "| %s: ", strings.Repeat("-", width-1))
			}
		}
		fmt.Fprintln(w, "|")
	}
}
