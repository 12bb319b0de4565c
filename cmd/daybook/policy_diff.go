package main

import (
	"context"
	"fmt"

	"daybook/batch/policy"

	"github.com/spf13/cobra"
)

func (a *app) policyDiffCommand() *cobra.Command {
	return a.json(a.command(cobra.Command{
		Use:   "diff A B",
		Short: "Say what differs between two policy files as they are understood",
		Long: `Diff compares two policy files with every default filled in, section by section:
what A has and what B has, and the line where the file states it. It ends with 0
where they are the same, and with 1 where they differ.`,
		Example: `  daybook policy show --book book > old.yaml
  daybook policy diff old.yaml new.yaml`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: policyFiles,
	}, func(ctx context.Context, args []string) error { return a.diffPolicies(ctx, args[0], args[1]) }))
}

// differsJSON is what policy diff --json prints.
type differsJSON struct {
	ExitStatus  int              `json:"exit_status"`
	Old         diffedJSON       `json:"old"`
	New         diffedJSON       `json:"new"`
	Equal       bool             `json:"equal"`
	Differences []differenceJSON `json:"differences"`
}

type diffedJSON struct {
	File   string `json:"file"`
	Policy string `json:"policy"`
	Digest string `json:"policy_digest"`
}

// differenceJSON is one key. A value is null where the policy has none, a line where its file
// does not state it.
type differenceJSON struct {
	Section string  `json:"section"`
	Key     string  `json:"key"`
	Old     *string `json:"old"`
	OldLine *int    `json:"old_line"`
	New     *string `json:"new"`
	NewLine *int    `json:"new_line"`
}

func (a *app) diffPolicies(ctx context.Context, oldFile, newFile string) error {
	var policies [2]*policy.Policy
	for i, file := range []string{oldFile, newFile} {
		var err error
		if policies[i], err = loadPolicy(ctx, file); err != nil {
			return err
		}
	}
	list, err := policy.Diff(policies[0], policies[1])
	if err != nil {
		return err
	}
	v := &differsJSON{
		Old: diffedJSON{oldFile, policies[0].Name, digest(policies[0])}, New: diffedJSON{newFile, policies[1].Name, digest(policies[1])},
		Equal: len(list) == 0, Differences: []differenceJSON{},
	}
	if !v.Equal {
		v.ExitStatus = statusFailed
	}
	for _, d := range list {
		x := differenceJSON{Section: d.Section, Key: d.Path}
		x.Old, x.OldLine = sideOf(d.Old)
		x.New, x.NewLine = sideOf(d.New)
		v.Differences = append(v.Differences, x)
	}
	a.print(v, func() { a.sayDifferences(v.Old, v.New, list) })
	if v.Equal {
		return nil
	}
	return &failure{
		err: fmt.Errorf("%s and %s differ in %s", oldFile, newFile, plural(len(list), "key")), status: statusFailed, code: codeDiffer, result: true,
	}
}

func sideOf(s policy.Side) (value *string, line *int) {
	if s.There {
		value = &s.Value
	}
	if s.Line > 0 {
		line = &s.Line
	}
	return value, line
}

func (a *app) sayDifferences(old, new diffedJSON, list []policy.Difference) {
	if len(list) == 0 {
		a.printf("%s and %s are the same policy\n", old.File, new.File)
		return
	}
	for i := 0; i < len(list); {
		section := list[i].Section
		var rows [][]string
		for ; i < len(list) && list[i].Section == section; i++ {
			d := &list[i]
			rows = append(rows, []string{d.Path, valueOf(d.Old), lineOf(old.File, d.Old), valueOf(d.New), lineOf(new.File, d.New)})
		}
		a.printf("%s\n", section)
		a.table([]column{words("key"), words("old"), words("stated"), words("new"), words("stated")}, rows)
		a.printf("\n")
	}
}

func valueOf(s policy.Side) string {
	if !s.There {
		return "(none)"
	}
	return s.Value
}

// lineOf says where a file states a value.
func lineOf(file string, s policy.Side) string {
	switch {
	case !s.There:
		return ""
	case s.Line == 0:
		return "default"
	}
	return fmt.Sprintf("%s:%d", file, s.Line)
}
