package main

import (
	"os"
	"path/filepath"
	"slices"

	"daybook/batch/book"
	"daybook/ledger/civil"
	"daybook/ledger/store"

	"github.com/spf13/cobra"
)

// Completions: words, dates and folders that a shell offers. What can't be found
// out is not offered, and never an error.

// complete offers the values of a flag to the shell.
func complete(c *cobra.Command, flag string, values []string) {
	check(c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)))
}

// completeFolders offers folders as the values of some flags.
func completeFolders(c *cobra.Command, flags ...string) {
	for _, f := range flags {
		check(c.MarkFlagDirname(f))
	}
}

// completePolicies offers policy files as the values of a flag.
func completePolicies(c *cobra.Command, flag string) {
	check(c.MarkFlagFilename(flag, "yaml", "yml"))
}

// completeDates offers the nights that the book has closed, the last one first.
func (a *app) completeDates(c *cobra.Command, flags ...string) {
	for _, f := range flags {
		check(c.RegisterFlagCompletionFunc(f, func(cmd *cobra.Command, _ []string, _ string) (dates []string, d cobra.ShellCompDirective) {
			a.offer(cmd, func(b *store.Book) error {
				nights, err := b.Nights()
				for _, n := range slices.Backward(nights) {
					dates = append(dates, n.String())
				}
				return err
			})
			return dates, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
		}))
	}
}

// completeAccounts offers the codes of the chart of accounts.
func (a *app) completeAccounts(cmd *cobra.Command, args []string, _ string) (codes []string, d cobra.ShellCompDirective) {
	if len(args) == 0 {
		a.offer(cmd, func(b *store.Book) error {
			p, err := book.Policy(b)
			if err != nil {
				return err
			}
			for _, x := range p.Chart {
				codes = append(codes, cobra.CompletionWithDesc(x.Code, x.Name))
			}
			return nil
		})
	}
	return codes, cobra.ShellCompDirectiveNoFileComp
}

// offer opens the book of the line or of its variable.
func (a *app) offer(cmd *cobra.Command, from func(*store.Book) error) {
	if err := a.fill(cmd); err != nil {
		return
	}
	if dir := cmd.Flag("book").Value.String(); dir != "" {
		_ = open(dir, from) // there is nothing to offer from a book that can't be read
	}
}

// completeNight offers the date that the inbox of a close is named for, or those of
// the folders in it.
func completeNight(cmd *cobra.Command, _ []string, _ string) (dates []string, d cobra.ShellCompDirective) {
	in := cmd.Flag("in").Value.String()
	if _, err := civil.Parse(filepath.Base(in)); err == nil {
		return []string{filepath.Base(in)}, cobra.ShellCompDirectiveNoFileComp
	}
	entries, err := os.ReadDir(in)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, e := range entries {
		if _, err := civil.Parse(e.Name()); err == nil && e.IsDir() {
			dates = append(dates, e.Name())
		}
	}
	return dates, cobra.ShellCompDirectiveNoFileComp
}
