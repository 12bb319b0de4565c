package main

import (
	"context"

	"daybook/batch/policy"
	"daybook/reports/channel"

	"github.com/spf13/cobra"
)

func (a *app) queueCommand() *cobra.Command {
	return a.group("queue", "Hand a night's queue to a channel's system, and take its results",
		a.queueTemplatesCommand(), a.queueExportCommand(), a.queueResultsCommand())
}

func (a *app) queueTemplatesCommand() *cobra.Command {
	var file string
	c := a.command(cobra.Command{
		Use:   "templates [--policy FILE]",
		Short: "Print sample texts for each template, and what fills their placeholders",
		Long: `Templates prints what each template key of the queue stands for: sample texts in
Chinese and English, one gentle and one plain, or the lender's own texts where
the policy has them. The queue's files carry the key; the channel's own system has
the text, and fills in names and amounts. No text threatens, shames, or names a
third party.`,
		Example: "  daybook queue templates --json > templates.json",
	}, func(ctx context.Context, _ []string) error {
		p, err := loadNamed(ctx, file)
		if err != nil {
			return err
		}
		var own map[string]map[string]string
		if p != nil {
			own = ownTexts(p)
		}
		texts, err := channel.Sample(own)
		if err != nil {
			return err
		}
		a.print(texts, func() { a.printTexts(texts) })
		return nil
	})
	c.Flags().StringVar(&file, "policy", "", "policy file with the lender's own texts (default: the samples)")
	completePolicies(c, "policy")
	return a.json(c)
}

func (a *app) printTexts(texts *channel.Texts) {
	for _, t := range texts.Templates {
		a.printf("%s", t.Key)
		if t.About != "" {
			a.printf(": %s", t.About)
		}
		a.printf("\n")
		for _, x := range t.Texts {
			a.printf("  %s, %s: %s\n", x.Language, x.Style, x.Text)
			if unknown := texts.Unknown(x.Text); len(unknown) > 0 {
				for _, name := range unknown {
					a.printf("    nothing fills in {%s}\n", name)
				}
			}
		}
		a.printf("\n")
	}
	a.printf("placeholders\n")
	for _, p := range texts.Placeholders {
		a.printf("  {%s}: %s\n", p.Name, p.Means)
	}
	a.printf("\nnotices\n")
	for _, n := range texts.Notices {
		a.printf("  %s, %s: %s\n", n.Name, n.Language, n.Text)
	}
}

// loadNamed reads a policy file where one is named; nil is none.
func loadNamed(ctx context.Context, file string) (*policy.Policy, error) {
	if file == "" {
		return nil, nil
	}
	return loadPolicy(ctx, file)
}
