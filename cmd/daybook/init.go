package main

import (
	"context"
	"errors"
	"time"

	"daybook/batch"
	"daybook/batch/policy"
	"daybook/batch/publish"
	"daybook/ledger/store"

	"github.com/spf13/cobra"
)

func (a *app) initCommand() *cobra.Command {
	var dir, file string
	var wait waitFlag
	c := a.worker(cobra.Command{
		Use:   "init --book DIR [--policy FILE]",
		Short: "Make an empty book with its chart of accounts and policy",
		Long: `Init makes an empty book. It keeps the policy, and with it the chart of accounts:
the nights that it closes use them until a close is given another policy. The
first close makes a book too, where there is none.`,
	}, func(ctx context.Context, _ []string) error { return a.makeBook(ctx, dir, file, time.Duration(wait)) })
	c.Flags().StringVar(&dir, "book", "", "folder for the book; it must be empty or not exist")
	c.Flags().StringVar(&file, "policy", "", "policy file (default: the built-in policy)")
	wait.add(c)
	completeFolders(c, "book")
	completePolicies(c, "policy")
	return must(a.json(c), "book")
}

// madeJSON is what init --json prints.
type madeJSON struct {
	Book         string        `json:"book"`
	Policy       string        `json:"policy"`
	PolicyDigest string        `json:"policy_digest"`
	Accounts     []accountJSON `json:"accounts"`
}

// accountJSON is an account as init --json prints it.
type accountJSON struct {
	Account string `json:"account"`
	Name    string `json:"name"`
	Type    string `json:"type"`
}

func (a *app) makeBook(ctx context.Context, dir, file string, wait time.Duration) error {
	p, err := loadPolicy(ctx, file)
	if err != nil {
		return err
	}
	if !store.IsBook(dir) { // of which making it says more
		if err := apart(dir); err != nil {
			return err
		}
	}
	err = publish.Waiting(ctx, wait, func() error { return batch.Init(dir, p) })
	switch {
	case errors.Is(err, context.Canceled):
		return stopped("no book was made")
	case err != nil:
		return err
	}
	v := madeJSON{Book: dir, Policy: p.Name, PolicyDigest: digest(p)}
	for _, x := range p.Chart {
		v.Accounts = append(v.Accounts, accountJSON{x.Code, x.Name, x.Type.String()})
	}
	a.print(v, func() { a.printf("book %s is made with policy %s and %d accounts\n", dir, p.Name, len(p.Chart)) })
	return nil
}

// loadPolicy reads a policy file, or the built-in policy where none is named.
func loadPolicy(ctx context.Context, file string) (*policy.Policy, error) {
	if file == "" {
		return policy.Builtin(policy.Default)
	}
	loaded := make(chan *policy.Policy, 1)
	err := unblocked(ctx, func() error { // a pipe may have no writer
		p, err := policy.Load(file)
		loaded <- p
		return err
	})
	if errors.Is(err, context.Canceled) {
		return nil, stopped("the policy file was not read to its end")
	}
	if err != nil {
		if _, isPack, _ := packIn(file); isPack {
			return nil, failed("list its path under packs in a policy", "%s is a pack, and no policy", file)
		}
		return nil, err
	}
	return <-loaded, nil
}
