package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// What the warehouse and its evidence cost: the same night, closed in alternating order on fresh copies
// of books that knew the same nights. The first is what the others are compared with: an earlier
// release, where its program is given, which has no evidence at all.
var warehouseNights = []struct{ name, what string }{
	{"before", "an earlier release, without evidence, contracts and field ids"},
	{"night", "the night with its head, unsigned"},
	{"hive", "with the Hive folders of a warehouse"},
	{"iceberg", "with Iceberg tables as well"},
}

// A WarehouseResult is one measurement of what a warehouse costs.
type WarehouseResult struct {
	Commit   string          `json:"commit"`
	Before   string          `json:"before"` // the earlier release's version
	Machine  Machine         `json:"machine"`
	Settings Settings        `json:"settings"`
	Sides    []WarehouseSide `json:"nights"`
}

// A WarehouseSide is the night with some of it.
type WarehouseSide struct {
	Side
	What string  `json:"what"`
	Wall float64 `json:"wall_ratio"` // of the first
	CPU  float64 `json:"cpu_ratio"`
}

// measureWarehouse measures the night with more and more of it. Before is the program of an earlier
// release, or "".
func (b *bench) measureWarehouse(ctx context.Context, before string) (*WarehouseResult, error) {
	inbox, machine, err := b.itself(ctx)
	if err != nil {
		return nil, err
	}
	r := &WarehouseResult{Commit: b.commit(), Machine: machine, Settings: b.Settings}
	nights := warehouseNights
	if before == "" {
		nights = nights[1:]
	} else {
		program, err := os.ReadFile(before)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(b.binary("before"), program, 0o700); err != nil {
			return nil, err
		}
		use, err := spawn(ctx, b.log, b.binary("before"), []string{"version"})
		if err != nil {
			return nil, err
		}
		r.Before, _, _ = strings.Cut(string(use.stdout), "\n")
	}
	c := &contest{inbox: inbox}
	for _, n := range nights {
		s := warehouseSide(n.name)
		base, err := b.base(ctx, s, inbox)
		if err != nil {
			return nil, err
		}
		c.sides, c.bases = append(c.sides, s), append(c.bases, base)
	}
	runs, err := b.repeatedly(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	for i, n := range nights {
		x := WarehouseSide{Side: r.Machine.sideOf(n.name, runs[i]), What: n.what}
		first := x.Median
		if i > 0 {
			first = r.Sides[0].Median
		}
		x.Wall, x.CPU = x.Median.WallSeconds/first.WallSeconds, x.Median.CPUSeconds/first.CPUSeconds
		r.Sides = append(r.Sides, x)
	}
	return r, nil
}

// warehouseSide is Daybook with what its name says.
func warehouseSide(name string) side {
	s := daybookSide
	s.name, s.program = "warehouse-"+name, daybookSide.name
	if name == "before" {
		s.program = name
	}
	s.arguments = func(b *bench, n nightOf) []string {
		list := daybookSide.arguments(b, n)
		if name == "hive" || name == "iceberg" {
			list = append(list, "--warehouse", filepath.Join(n.out, "warehouse"))
		}
		if name == "iceberg" {
			list = append(list, "--iceberg")
		}
		return list
	}
	return s
}

// keep writes the result in the place of the last one of the same night.
func (r *WarehouseResult) keep(dir string) error {
	return keep(dir, "warehouse-"+short(r.Settings.Loans)+"-"+r.Settings.Night, r, r.write)
}

// write prints the result as Markdown.
func (r *WarehouseResult) write(w io.Writer) error {
	var out strings.Builder
	fmt.Fprintf(&out, "What the warehouse costs: %s loans, the night %s, medians of %d, %d workers, %s. Commit %s; before it %s.\n\n", short(r.Settings.Loans), r.Settings.Night,
		r.Settings.Repetitions, r.Settings.Workers, r.Settings.Memory, r.Commit, r.Before)
	out.WriteString("| night | wall | of the first | processor time | of the first | peak memory |\n| --- | ---: | ---: | ---: | ---: | ---: |\n")
	for i := range r.Sides {
		x := &r.Sides[i]
		fmt.Fprintf(&out, "| %s | %.2f s | %.2f | %.2f s | %.2f | %d MiB |\n", x.What, x.Median.WallSeconds, x.Wall, x.Median.CPUSeconds, x.CPU, x.Median.PeakMemoryBytes>>20)
	}
	_, err := io.WriteString(w, out.String())
	return err
}
