package main

import (
	"context"
	"strings"

	"daybook/batch/lookup"

	"github.com/spf13/cobra"
)

func (a *app) explainCommand() *cobra.Command {
	return a.looker(cobra.Command{
		Use:   "explain ID --book DIR",
		Short: "Say why a loan is what it is: each rule that fired, its facts, its citation",
		Long: `Explain names the rules of the policy that made a loan what it is at the last
close: days past due, bucket, classification, stage, accrual, the order in which
a repayment is allocated, and the score; each with the facts that it met and,
where a law or a standard is behind it, the citation. Then it tells the last night
step by step: what accrued and how, how each amount was allocated and why.`,
	}, func(_ context.Context, r *lookup.Reader, id string) error {
		v, err := r.Explain(id)
		if err != nil {
			return err
		}
		a.print(v, func() { a.printExplanation(v) })
		return nil
	})
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
