package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"daybook/batch/evidence"
	"daybook/reports"

	"github.com/spf13/cobra"
)

func (a *app) keyCommand() *cobra.Command {
	return a.group("key", "Make the keys that sign the heads of nights, and hand one over to the next",
		a.keyNewCommand(), a.keyNextCommand())
}

func (a *app) keyNewCommand() *cobra.Command {
	var name, out string
	c := a.worker(cobra.Command{
		Use:   "new --name NAME --out FILE",
		Short: "Make a key that signs, and its public half",
		Long: `New makes an Ed25519 key. FILE gets the half that signs, for close --signing-key; only its
owner may read it, and it belongs neither into the book nor beside it. FILE.pub
gets the public half, for everybody who verifies: hand it out before it is needed.

The name is an URL without its scheme, such as lender.example/book. It stands in
every head. A key that another system has (an HSM, a KMS) is a file of two lines:
"command PROGRAM ARGUMENTS" and the public key. The program gets the text on its
input, and prints the 64 bytes of the signature in base64.`,
		Example: `  daybook key new --name lender.example/book --out /etc/daybook/head.key`,
	}, func(context.Context, []string) error {
		if err := apart(out); err != nil {
			return err
		}
		private, public, err := evidence.NewKey(name)
		if err != nil {
			return keyFailure("--name", err)
		}
		if err := evidence.WriteKey(out, private, public); err != nil {
			return keyFailure("--out", err)
		}
		a.print(keyJSON{Key: out, Public: public}, func() { a.printf("%s\nsigns with %s; verify with %s.pub\n", public, out, out) })
		return nil
	})
	c.Flags().StringVar(&name, "name", "", "name of the key, such as lender.example/book")
	c.Flags().StringVar(&out, "out", "", "file that gets the key that signs; FILE.pub gets the public one")
	return must(a.json(c), "name", "out")
}

// keyJSON is what key new and key next print with --json.
type keyJSON struct {
	ExitStatus int    `json:"exit_status"`
	Key        string `json:"key"`    // the file
	Public     string `json:"public"` // the public key
}

func (a *app) keyNextCommand() *cobra.Command {
	var old, next, out string
	c := a.worker(cobra.Command{
		Use:   "next --signing-key FILE --next FILE.pub --out NOTE",
		Short: "Sign the key that follows with the one that it follows",
		Long: `Next writes a note in which the key of --signing-key says that the one of --next follows it.
Who trusts the old key verifies with it and the note: verify --key OLD.pub --next NOTE.
warehouse publish --next NOTE keeps it in the warehouse's log.`,
		Example: `  daybook key next --signing-key head.key --next new.key.pub --out next.note`,
	}, func(context.Context, []string) error {
		if err := apart(out); err != nil {
			return err
		}
		signer, err := evidence.Signer(old)
		if err != nil {
			return keyFailure("--signing-key", err)
		}
		line, err := os.ReadFile(next)
		if err != nil {
			return keyFailure("--next", err)
		}
		public := strings.TrimSpace(string(line))
		note, err := evidence.Succession(signer, public)
		if err != nil {
			return keyFailure("--next", err)
		}
		if _, err := reports.WriteBytes(out, note); err != nil {
			return keyFailure("--out", err)
		}
		a.print(keyJSON{Key: out, Public: public}, func() { a.printf("%s says that %s follows %s\n", out, next, old) })
		return nil
	})
	c.Flags().StringVar(&old, "signing-key", "", "the key that signs until now")
	c.Flags().StringVar(&next, "next", "", "the public key that follows")
	c.Flags().StringVar(&out, "out", "", "file that gets the note")
	return must(a.json(c), "signing-key", "next", "out")
}

// keyFailure says what is wrong with a key.
func keyFailure(flag string, err error) error {
	var key *evidence.KeyError
	switch {
	case errors.As(err, &key):
		return wrongUsage("", "%s: %w", flag, err)
	case errors.Is(err, fs.ErrExist):
		return failed("name another file: a key is never written over", "%s: %w", flag, err)
	}
	return fmt.Errorf("%s: %w", flag, err)
}
