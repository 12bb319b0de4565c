package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"daybook/aging/classify"
	"daybook/batch/book"
	"daybook/batch/policy"
	"daybook/ledger/store"
	"daybook/reports"

	"github.com/spf13/cobra"
)

func (a *app) policyCommand() *cobra.Command {
	return a.group("policy", "Check a policy file, show a policy with every key, or compare two",
		a.policyCheckCommand(), a.policyShowCommand(), a.policyDiffCommand(), a.policySchemaCommand())
}

func (a *app) policyCheckCommand() *cobra.Command {
	return a.json(a.worker(cobra.Command{
		Use:               "check FILE",
		Short:             "Say what is wrong with a policy file or a pack, line by line",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: policyFiles,
	}, func(ctx context.Context, args []string) error {
		if pack, ok, err := packIn(args[0]); ok {
			return a.checkedPack(args[0], pack, err)
		}
		p, err := loadPolicy(ctx, args[0])
		if err != nil {
			return err
		}
		v := checkedJSON{args[0], p.Name, len(p.Products), p.Location.String(), p.Currencies, digest(p)}
		a.print(v, func() {
			a.printf("%s is a policy: %s, %d products, digest %s\n", v.File, v.Policy, v.Products, v.PolicyDigest)
			a.printf("its days are those of %s, its currencies %s\n", v.TimeZone, strings.Join(v.Currencies, ", ")) // also where it states neither
			if len(p.Packs) == 0 {
				a.printf("its classes are tiers by days past due, as it states classification: it has no packs, and provides nothing\n")
			}
		})
		return nil
	}))
}

// packIn reads a file as a pack; ok is false where it is none, or no file that can be read more than once, as a pipe.
func packIn(file string) (p *classify.Pack, ok bool, err error) {
	if x, err := os.Stat(file); err != nil || !x.Mode().IsRegular() {
		return nil, false, nil
	}
	return policy.LoadPack(file)
}

// checkedJSON is what policy check --json prints.
type checkedJSON struct {
	File         string   `json:"file"`
	Policy       string   `json:"policy"`
	Products     int      `json:"products"`
	TimeZone     string   `json:"time_zone"`
	Currencies   []string `json:"currencies"`
	PolicyDigest string   `json:"policy_digest"`
}

// policyFiles offers the names of policy files.
func policyFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}

func (a *app) policyShowCommand() *cobra.Command {
	var book, files string
	var c *cobra.Command
	c = a.command(cobra.Command{
		Use:   "show [FILE] [--book DIR [--files DIR]]",
		Short: "Print a policy with every default filled in",
		Long: `Show prints a policy as YAML with every key: that of a file, that of a book, or
the built-in one, which is a good start for your own.

A policy of score models names their files, and a book keeps them. With --files
they are written below a folder, under their names, so that the policy can be
used from there. A file that is there is left as it is: another one stops it.`,
		Example: "  daybook policy show > policy.yaml",
		Args:    cobra.MaximumNArgs(1),

		ValidArgsFunction: policyFiles,
	}, func(ctx context.Context, args []string) error {
		if len(args) == 1 && filled(c.Flag("book")) {
			book = "" // the line names a file
		}
		return a.showPolicy(ctx, args, book, files)
	})
	c.Flags().StringVar(&book, "book", "", "show the policy that this book closed with last")
	c.Flags().StringVar(&files, "files", "", "folder that gets the files that the policy of --book names")
	completeFolders(c, "book", "files")
	return c
}

func (a *app) showPolicy(ctx context.Context, args []string, dir, files string) error {
	switch {
	case len(args) == 1 && dir != "":
		return wrongUsage("", "name a file or a book, not both")
	case files != "" && dir == "":
		return wrongUsage("the files of a policy lie where the policy names them", "--files is of a policy that a book keeps: name the book")
	}
	var p *policy.Policy
	var err error
	switch {
	case dir != "":
		err = open(dir, func(b *store.Book) error {
			p, err = book.Policy(b)
			return err
		})
	case len(args) == 1:
		p, err = loadPolicy(ctx, args[0])
	default:
		p, err = policy.Builtin(policy.Default)
	}
	if err != nil {
		return err
	}
	if files != "" {
		if err := a.writeNamed(p, files); err != nil {
			return err
		}
	}
	_, err = io.WriteString(&a.out, p.Show())
	return err
}

// writeNamed writes the files that a policy names below a folder, where the policy finds them once it lies there.
func (a *app) writeNamed(p *policy.Policy, folder string) error {
	for _, f := range p.Files() {
		name := filepath.FromSlash(f.Name)
		if !filepath.IsLocal(name) {
			name = filepath.Base(name)
			a.log().Warn("the policy names " + f.Name + ", which is not below its own folder: it is written as " + filepath.Join(folder, name) + ", and the policy's key is to be changed")
		}
		to := filepath.Join(folder, name)
		there, err := os.ReadFile(to)
		switch {
		case err == nil && bytes.Equal(there, f.Text):
			continue
		case err == nil:
			return failed("name another folder", "%s is there and is another file: nothing is overwritten", to)
		case !errors.Is(err, os.ErrNotExist):
			return err
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if _, err := reports.WriteBytes(to, f.Text); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) policySchemaCommand() *cobra.Command {
	return a.command(cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of policy files, for editors to complete them by",
	}, func(_ context.Context, _ []string) error {
		schema, err := policy.Schema()
		if err != nil {
			return err
		}
		_, err = a.out.Write(schema)
		return err
	})
}

func digest(p *policy.Policy) string { return hex.EncodeToString(p.Digest[:]) }
