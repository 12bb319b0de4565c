package main

import (
	"context"
	"strings"

	"daybook/aging/classify"
	"daybook/batch/policy"
	"daybook/ledger/civil"

	"github.com/spf13/cobra"
)

func (a *app) packsCommand() *cobra.Command {
	return a.group("packs", "List the built-in packs of laws that loans are classified by, or print one",
		a.packsListCommand(), a.packsShowCommand())
}

// packsJSON is what packs list --json prints.
type packsJSON struct {
	Packs []packJSON `json:"packs"`
}

// packJSON is a pack as packs list and policy check print it.
type packJSON struct {
	Pack         string   `json:"pack"`
	Title        string   `json:"title"`
	Fills        string   `json:"fills"`
	Classes      []string `json:"classes"`
	Holds        []string `json:"holds"`
	Provision    string   `json:"provision"`
	Illustrative bool     `json:"illustrative"`
	ToConfirm    int      `json:"to_confirm"` // rows that counsel must confirm
}

func packView(p *classify.Pack) packJSON {
	v := packJSON{
		Pack: p.Name, Title: p.Title, Fills: p.Fills, Classes: p.ClassNames(), Holds: []string{}, Illustrative: p.Provision.Illustrative,
		Provision: p.Provision.Method.String(), ToConfirm: len(p.ToConfirm(civil.None)),
	}
	for i := range p.Holds {
		v.Holds = append(v.Holds, p.Holds[i].Name)
	}
	return v
}

func (a *app) packsListCommand() *cobra.Command {
	return a.json(a.command(cobra.Command{
		Use:   "list",
		Short: "List the built-in packs",
		Long: `List prints each built-in pack with its classes, the column of the tape that it
fills, how it reckons provisions, and how many of its rows are marked (m): those
the lender's counsel must confirm.`,
		Args: cobra.NoArgs,
	}, func(_ context.Context, _ []string) error {
		var v packsJSON
		for _, name := range policy.PackNames() {
			p, err := policy.LoadBuiltinPack(name)
			if err != nil {
				return err
			}
			v.Packs = append(v.Packs, packView(p))
		}
		a.print(v, func() {
			for _, v := range v.Packs {
				fills := ""
				if v.Fills != "" {
					fills = "; fills " + v.Fills
				}
				illustrative := ""
				if v.Illustrative {
					illustrative = ", illustrations"
				}
				a.printf("%-6s %s%s\n       classes: %s\n       provisions: %s%s; to confirm: %d rows\n", v.Pack, v.Title, fills, strings.Join(v.Classes, ", "),
					v.Provision, illustrative, v.ToConfirm)
			}
		})
		return nil
	}))
}

func (a *app) packsShowCommand() *cobra.Command {
	return a.command(cobra.Command{
		Use:     "show NAME",
		Short:   "Print a built-in pack, a good start for your own",
		Example: "  daybook packs show ifrs9 > ifrs9-own.yaml",
		Args:    cobra.ExactArgs(1),

		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return policy.PackNames(), cobra.ShellCompDirectiveNoFileComp
		},
	}, func(_ context.Context, args []string) error {
		text, err := policy.BuiltinPack(args[0])
		if err != nil {
			return wrongUsage("daybook packs list prints those that there are", "%v", err)
		}
		_, err = a.out.Write(text)
		return err
	})
}

// checkedPack prints that a file is a pack, or what is wrong with it.
func (a *app) checkedPack(file string, p *classify.Pack, err error) error {
	if err != nil {
		return &failure{err: err, status: statusFailed, hint: "daybook packs show cn prints a pack"}
	}
	v := struct {
		File string `json:"file"`
		packJSON
	}{file, packView(p)}
	a.print(v, func() {
		a.printf("%s is a pack: %s, %d classes, %d holds, %d rules, of which %d are to be confirmed by counsel (m)\n", file, p.Name, len(p.Classes), len(p.Holds),
			len(p.Rules())-1, v.ToConfirm)
	})
	return nil
}
