package main

import (
	"context"
	"strings"

	"daybook/batch/lookup"

	"github.com/spf13/cobra"
)

func (a *app) explainCommand() *cobra.Command {
	var dir, borrower string
	cmd := a.command(cobra.Command{
		Use:   "explain [ID] [--borrower ID] --book DIR",
		Short: "Say why a loan is what it is, or why a borrower is contacted or not",
		Long: `Explain names the rules of the policy that made a loan what it is at the last
close: days past due, bucket, classification, stage, accrual, the order in which
a repayment is allocated, and the score; each with the facts that it met and,
where a law or a standard is behind it, the citation. Then it tells the last night
step by step: what accrued and how, how each amount was allocated and why.

With --borrower it says what the last night decided about a borrower, and why:
where the queue has the borrower, whose law binds, the loans, promises, hardship
and offers, the step of the policy, and every rule that may forbid a contact,
whether it does, what it counted on which days, and when it lifts. All of it is
from the book.`,
		Args: cobra.MaximumNArgs(1),
	}, func(ctx context.Context, args []string) error {
		if (len(args) == 1) == (borrower != "") {
			return wrongUsage("daybook explain ID --book DIR is of a loan, daybook explain --borrower ID --book DIR of a borrower", "explain takes the id of a loan, or --borrower with that of a borrower")
		}
		return look(dir, func(r *lookup.Reader) error {
			if borrower != "" {
				return a.explainBorrower(ctx, r, borrower)
			}
			v, err := r.Explain(args[0])
			if err != nil {
				return err
			}
			a.print(v, func() { a.printExplanation(v) })
			return nil
		})
	})
	cmd.Flags().StringVar(&borrower, "borrower", "", "id of a borrower, in the place of a loan's")
	cmd.Flags().StringVar(&dir, "book", "", "folder of the book")
	completeFolders(cmd, "book")
	return must(a.json(cmd), "book")
}

func (a *app) printExplanation(v *lookup.Explanation) {
	a.printf("loan %s at the close of %s, policy %s %.12s\n", v.LoanID, v.AsOf, v.Policy, v.PolicyDigest)
	for _, f := range v.Rules {
		a.printf("\n%s: %s\n  rule      %s\n  because   %s\n", f.Decides, f.Result, f.Rule, f.Because)
		if f.Citation != "" {
			a.printf("  citation  %s\n", f.Citation)
		}
	}
	a.printf("\nthe night of %s, step by step\n", v.AsOf)
	for _, s := range v.Steps {
		a.printf("  %s  %s\n", s.On, strings.Join(nonEmpty(s.Did, s.Amount, s.Source, s.Rule), "  "))
		for _, line := range s.Lines {
			a.printf("              %s\n", line)
		}
	}
}

// nonEmpty returns the texts that say something.
func nonEmpty(texts ...string) []string {
	kept := texts[:0]
	for _, t := range texts {
		if t != "" {
			kept = append(kept, t)
		}
	}
	return kept
}
