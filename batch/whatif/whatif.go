// Package whatif compares two nights that were computed of the same book and files with
// different policies, and published nowhere: which cells of the regulatory tables differ,
// which loans changed their class, which changed most, and what that comes to.
//
// It knows files and figures, and neither the book nor how a night is worked. What it
// holds in memory does not grow with the number of loans: tapes are read row group by row
// group, tables are joined by sorted records on disk past a budget, and of loans the
// hundred that changed most are kept. What comes out depends on the two nights alone.
package whatif

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"daybook/ledger/civil"
	"daybook/reports"
)

// A Night is one side of a comparison: a night as it was staged.
type Night struct {
	Folder string   // with loans and regulatory in it
	Tables []string // the regulatory tables in their order
	Page   *reports.Page
}

// Options says how nights are compared. Work must be set; the order of what has its own
// list follows Currencies and Classes, and names that they do not have come after, by bytes.
type Options struct {
	Date       civil.Date
	Work       string              // a folder for what does not fit into memory
	Results    string              // the folder that gets the CSV files; "": none are written
	Memory     int64               // bytes to stay within
	Currencies []string            // in the policy's order
	Classes    map[string][]string // of each pack, best first
}

// KeptMax is how many cells of the table moved a [Result] has: all are in its CSV file.
const KeptMax = 10_000

// LoansMax is how many loans the table loans has.
const LoansMax = 100

// A Result is what differs between two nights.
type Result struct {
	Moved      *Table // the first KeptMax cells
	MovedCells int64  // all of them
	ClassMoves *Table
	Loans      *Table
	Summary    *Table
	// NewPacks are the packs that only the new night has: what a hold of a whole borrower
	// remembers begins for them tonight.
	NewPacks []string
	Outputs  []reports.Output // the CSV files, paths within Results
}

// Tables are the result's tables in their order.
func (r *Result) Tables() []*Table { return []*Table{r.Moved, r.ClassMoves, r.Loans, r.Summary} }

// Same reports whether nothing differs.
func (r *Result) Same() bool {
	return r.MovedCells == 0 && len(r.ClassMoves.Rows) == 0 && len(r.Loans.Rows) == 0
}

// A comparer is one comparison under way.
type comparer struct {
	o        Options
	old, new Night
	result   *Result
	moved    func(row []Value) error // writes a cell that differs; nil: no files are written
}

// Compare compares two nights. A tape or a table that can't be read is an error; that all
// differs is none.
func Compare(ctx context.Context, old, new Night, o Options) (*Result, error) {
	c := &comparer{o: o, old: old, new: new, result: &Result{
		Moved:      newTable("moved", word("table"), word("keys"), word("column"), either("old"), either("new"), either("delta")),
		ClassMoves: newTable("class_moves", word("pack"), word("currency"), word("from"), word("to"), whole("loans"), decimal("balance"), decimal("provision_old"), decimal("provision_new")),
		Loans: newTable("loans", word("loan_id"), word("borrower_id"), word("currency"), word("product"), word("pack"), word("class_old"), word("class_new"),
			decimal("provision_old"), decimal("provision_new"), decimal("provision_delta"), whole("score_old"), whole("score_new"), whole("score_delta")),
		Summary: newTable("summary", word("currency"), word("measure"), either("old"), either("new"), either("delta")),
	}}
	if err := c.compareTables(ctx); err != nil {
		return nil, err
	}
	if err := c.compareTapes(ctx); err != nil {
		return nil, err
	}
	c.summarize()
	return c.result, c.write()
}

// compareTables compares each table that one of the nights has, in the order of the old
// one's and then of the new one's own.
func (c *comparer) compareTables(ctx context.Context) error {
	names := slices.Clone(c.old.Tables)
	for _, name := range c.new.Tables {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	each := func(add func(row []Value) error) error {
		c.moved = add
		for _, name := range names {
			if err := c.compareTable(ctx, name); err != nil {
				return err
			}
		}
		return nil
	}
	if c.o.Results == "" {
		return each(nil)
	}
	out, err := writeCSV(c.o.Results, c.o.Date, c.result.Moved, each)
	c.result.Outputs = append(c.result.Outputs, out)
	return err
}

// addMoved adds a cell that differs.
func (c *comparer) addMoved(row []Value) error {
	c.result.MovedCells++
	if len(c.result.Moved.Rows) < KeptMax {
		c.result.Moved.Rows = append(c.result.Moved.Rows, row)
	}
	if c.moved == nil {
		return nil
	}
	return c.moved(row)
}

// write writes the small tables; moved is written as it comes.
func (c *comparer) write() error {
	if c.o.Results == "" {
		return nil
	}
	for _, t := range c.result.Tables()[1:] {
		out, err := writeCSV(c.o.Results, c.o.Date, t, func(add func(row []Value) error) error {
			for _, row := range t.Rows {
				if err := add(row); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		c.result.Outputs = append(c.result.Outputs, out)
	}
	return nil
}

// after orders names by their place in a list; those that it has not come after, by bytes,
// and [None] last.
func after(list []string, a, b string) int {
	place := func(name string) int {
		switch i := slices.Index(list, name); {
		case i >= 0:
			return i
		case name == None:
			return len(list) + 1
		}
		return len(list)
	}
	return cmp.Or(cmp.Compare(place(a), place(b)), strings.Compare(a, b))
}
