package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"daybook/batch/evidence"
	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/ledger/proof"
	"daybook/ledger/store"
	"daybook/reports"

	"github.com/spf13/cobra"
)

type proveFlags struct {
	book, loan, from, out string
	entry                 string
	night, head           dateFlag
	lockTimeout           waitFlag
}

func (a *app) proveCommand() *cobra.Command {
	f := proveFlags{night: newDateFlag(), head: newDateFlag()}
	c := a.worker(cobra.Command{
		Use:   "prove --book DIR (--entry ID | --loan ID | --night DATE | --from OLDHEAD) --out FILE",
		Short: "Write a proof that an entry, a loan's entries or a night stand in the journal as they were closed",
		Long: `Prove writes a file that shows, with the head of a night and without the book, that
an entry, the entries of a loan, or all that a night read and wrote are in the journal
as it was when that head was made; or, with --from, that an earlier head is the
beginning of this one: that nothing closed by then was changed, removed or put in since.

The head is the last night's, or that of --head. daybook verify --proof FILE reads the file. A
proof of an entry has the page of the journal that it is on, up to 128 entries: it goes
to people who may see them.`,
		Example: `  daybook prove --book book --entry 2860448219141 --out entry.proof
  daybook prove --book book --from heads/2026-10-31 --out since-october.proof`,
	}, func(ctx context.Context, _ []string) error { return a.prove(ctx, &f) })
	c.Flags().StringVar(&f.book, "book", "", "folder of the book")
	c.Flags().StringVar(&f.entry, "entry", "", "id of an entry, as the journal and show entry have it")
	c.Flags().StringVar(&f.loan, "loan", "", "id of a loan")
	c.Flags().Var(&f.night, "night", "a closed night")
	c.Flags().StringVar(&f.from, "from", "", "file of an earlier head")
	c.Flags().Var(&f.head, "head", "the night whose head the proof is of (default: the last)")
	c.Flags().StringVar(&f.out, "out", "", "file that gets the proof, new")
	f.lockTimeout.add(c)
	completeFolders(c, "book")
	a.completeDates(c, "night", "head")
	exclusive(c, []string{"entry"}, []string{"loan"}, []string{"night"}, []string{"from"})
	return must(a.json(c), "book", "out")
}

// provedJSON is what prove --json prints.
type provedJSON struct {
	ExitStatus   int    `json:"exit_status"`
	Proof        string `json:"proof"` // the file
	Kind         string `json:"kind"`
	Leaves       int    `json:"leaves"`
	BusinessDate string `json:"business_date"` // of the head
	TreeSize     int64  `json:"tree_size"`
	TreeRoot     string `json:"tree_root"`
}

func (a *app) prove(ctx context.Context, f *proveFlags) error {
	r := evidence.Request{Loan: f.loan, Night: f.night.Date, Head: f.head.Date}
	asked := 0
	for _, is := range []bool{f.entry != "", f.loan != "", f.night.Date != civil.None, f.from != ""} {
		if is {
			asked++
		}
	}
	if asked != 1 {
		return wrongUsage("", "what is to be proved is one of --entry, --loan, --night and --from")
	}
	if f.entry != "" {
		id, err := strconv.ParseInt(f.entry, 10, 64)
		if err != nil || id == 0 {
			return wrongUsage("the journal has it as entry_id", "--entry: %q is no id of an entry", f.entry)
		}
		r.Entry = id
	}
	if err := apart(f.out); err != nil {
		return err
	}
	if f.from != "" {
		b, err := readHead(f.from)
		if err != nil {
			return err
		}
		r.From = b
	}
	var p *proof.Proof
	err := publish.Waiting(ctx, time.Duration(f.lockTimeout), func() error {
		return open(f.book, func(b *store.Book) (err error) {
			p, err = evidence.Prove(ctx, b, r)
			return err
		})
	})
	if err != nil {
		return evidenceFailure(err)
	}
	b, err := p.Encode()
	if err != nil {
		return err
	}
	if _, err := reports.WriteBytes(f.out, b); err != nil {
		return err
	}
	h, err := proof.ParseHead([]byte(p.Head))
	if err != nil {
		return err
	}
	v := provedJSON{Proof: f.out, Kind: p.Kind, Leaves: len(p.Leaves), BusinessDate: h.BusinessDate, TreeSize: h.Size, TreeRoot: proof.Text(h.Root)}
	a.print(v, func() {
		a.printf("%s: proof of %s under the head of %s, %s leaves\n", f.out, p.Kind, h.BusinessDate, count(h.Size))
	})
	return nil
}

// readHead reads a file of a head.
func readHead(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.Size() > proof.HeadMax || !info.Mode().IsRegular():
		return nil, wrongUsage("a head is the file OUT/DATE/head of a closed night", "%s is no head", path)
	}
	b, err := os.ReadFile(path)
	if err == nil {
		_, err = proof.ParseHead(b)
	}
	if err != nil {
		return nil, faultOfEvidence(fmt.Errorf("%s: %w", path, err))
	}
	return b, nil
}

// evidenceFailure is the failure of a proof that can't be made, or does not hold.
func evidenceFailure(err error) error {
	var different *proof.MismatchError
	var signature *proof.SignatureError
	if errors.As(err, &different) || errors.As(err, &signature) {
		return faultOfEvidence(err)
	}
	return err
}

// faultOfEvidence is the failure of what does not hold.
func faultOfEvidence(err error) error {
	return &failure{err: err, status: statusFault, code: codeFault, hint: "keep what was given as it is: it is the evidence"}
}
