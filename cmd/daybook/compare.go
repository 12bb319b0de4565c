package main

import (
	"context"
	"errors"
	"os"

	"daybook/batch"
	"daybook/batch/whatif"
	"daybook/ledger/civil"
	"daybook/reports"

	"github.com/spf13/cobra"
)

// outUnlessCompared lets a comparison go without --out.
func outUnlessCompared(c *cobra.Command) {
	c.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if compare, err := cmd.Flags().GetBool("compare"); err == nil && compare {
			delete(cmd.Flag("out").Annotations, cobra.BashCompOneRequiredFlag)
		}
		return nil
	}
}

// comparable refuses flags that a comparison can't go with.
func (f *closeFlags) comparable() error {
	switch {
	case !f.compare:
	case !f.dryRun:
		return wrongUsage("a comparison closes nothing: add --dry-run", "--compare needs --dry-run")
	case f.policy == "":
		return wrongUsage("name the policy file that the one in force is compared with", "--compare needs --policy")
	}
	return nil
}

// compareNights says what a policy would change.
func (a *app) compareNights(ctx context.Context, o batch.Options) error {
	o.Software = software
	m := a.meter(o.Date.String())
	o.Progress = m.report
	if a.at != nil {
		o.At = func(boundary string) { a.at(ctx, boundary) }
	}
	c, err := batch.Compare(ctx, o)
	m.close()
	switch {
	case errors.Is(err, context.Canceled):
		return stopped("nothing has changed")
	case errors.Is(err, os.ErrNotExist) && !exists(o.In):
		return notFound("name the folder with the night's files", err)
	case err != nil:
		if code := codeOf(err); code == codeFailed || code == codeNotFound {
			return &failure{err: err, status: statusFailed, hint: "a comparison closes nothing: nothing has changed", code: code}
		}
		return err
	}
	a.print(comparedOf(c), func() { a.sayCompared(c) })
	return nil
}

// comparedJSON is what close --compare --json prints.
type comparedJSON struct {
	BusinessDate civil.Date    `json:"business_date"`
	ExitStatus   int           `json:"exit_status"`
	OldPolicy    sidedJSON     `json:"old_policy"`
	NewPolicy    sidedJSON     `json:"new_policy"`
	Folder       string        `json:"folder"` // of the CSV files; "" where none are kept
	Notes        []string      `json:"notes"`
	Summary      *whatif.Table `json:"summary"`
	ClassMoves   *whatif.Table `json:"class_moves"`
	Loans        *whatif.Table `json:"loans"`
	MovedCells   int64         `json:"moved_cells"` // all that differ; of them moved has the first 10,000
	Moved        *whatif.Table `json:"moved"`
}

// sidedJSON is the policy of one side.
type sidedJSON struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
}

func comparedOf(c *batch.Comparison) *comparedJSON {
	return &comparedJSON{
		BusinessDate: c.Date, OldPolicy: sidedJSON(c.Old), NewPolicy: sidedJSON(c.New), Folder: c.Folder, Notes: append([]string{}, c.Notes...),
		Summary: c.Summary, ClassMoves: c.ClassMoves, Loans: c.Loans, MovedCells: c.MovedCells, Moved: c.Moved,
	}
}

// shownMax is how many rows of a table people are shown.
const shownMax = 30

func (a *app) sayCompared(c *batch.Comparison) {
	a.printf("%s with the policy in force, %s (%s), and with %s (%s); nothing was closed\n", c.Date, c.Old.Name, short(c.Old.Digest), c.New.Name, short(c.New.Digest))
	for _, note := range c.Notes {
		a.printf("note: %s\n", note)
	}
	a.printf("\nsummary\n")
	a.compared(c.Summary, int64(len(c.Summary.Rows)))
	if c.Same() {
		a.printf("\nnothing moves\n")
	} else {
		for _, t := range []*whatif.Table{c.ClassMoves, c.Loans, c.Moved} {
			rows := int64(len(t.Rows))
			if t == c.Moved {
				rows = c.MovedCells
			}
			a.printf("\n%s\n", t.Name)
			a.compared(t, rows)
		}
	}
	if c.Folder != "" {
		a.printf("\nall of it as CSV: %s\n", c.Folder)
	}
}

// compared says a table of a comparison, of many rows the first.
func (a *app) compared(t *whatif.Table, rows int64) {
	if rows == 0 {
		a.printf("none\n")
		return
	}
	columns := make([]column, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = column{name: c.Name, figure: c.Kind != whatif.Word}
	}
	var lines [][]string
	for _, row := range t.Rows[:min(len(t.Rows), shownMax)] {
		line := make([]string, len(row))
		for i, v := range row {
			line[i] = v.Text
			if v.Kind == whatif.Decimal {
				line[i] = reports.Grouped(v.Text)
			}
		}
		lines = append(lines, line)
	}
	a.table(columns, lines)
	if rows > shownMax {
		a.printf("and %s more; --json has more of them, and --out DIR all as CSV\n", count(rows-shownMax))
	}
}

func short(digest string) string { return digest[:min(len(digest), 12)] }
