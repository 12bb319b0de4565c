package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"daybook/batch/evidence"
	"daybook/batch/publish"
	"daybook/batch/warehouse"
	"daybook/ledger/proof"
	"daybook/ledger/store"

	"github.com/spf13/cobra"
)

// headFlags are those of verify that are about heads.
type headFlags struct {
	root, proof, head, from string
	keys, next              string
	unsigned                bool
}

func (f *headFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.root, "root", "", "a warehouse, a folder or s3://bucket/prefix: prove it from its published journal alone")
	c.Flags().StringVar(&f.proof, "proof", "", "a file that daybook prove wrote")
	c.Flags().StringVar(&f.head, "head", "", "file of the head that left the house: the journal must be its tree, or go on from it")
	c.Flags().StringVar(&f.from, "from", "", "file of an earlier head, which --head must go on from")
	c.Flags().StringVar(&f.keys, "key", "", "public keys of the heads, or files of such keys, with commas between")
	c.Flags().StringVar(&f.next, "next", "", "notes of keys that follow those given, as key next makes them, in their order with commas between")
	c.Flags().BoolVar(&f.unsigned, "unsigned", false, "take heads without looking at signatures: who gave them is then all that vouches for them")
}

// trust is what the flags say is believed.
func (f *headFlags) trust() (t proof.Trust, err error) {
	switch {
	case f.unsigned && f.keys != "":
		return t, wrongUsage("", "--key and --unsigned exclude each other")
	case f.unsigned:
		return proof.Trust{Unsigned: true}, nil
	case f.keys == "":
		return t, wrongUsage("--unsigned takes a head as it is", "whose signature is to be believed: --key?")
	}
	var notes [][]byte
	for _, path := range listed(f.next) {
		b, err := os.ReadFile(path)
		if err != nil {
			return t, fmt.Errorf("--next: %w", err)
		}
		notes = append(notes, b)
	}
	keys, err := evidence.Succeed(listed(f.keys), notes)
	if err == nil {
		t.Keys, err = evidence.Keys(keys)
	}
	var bad *proof.SignatureError
	if errors.As(err, &bad) {
		return t, faultOfEvidence(err)
	}
	if err != nil {
		return t, keyFailure("--key", err)
	}
	return t, nil
}

// read reads a head that is trusted.
func (f *headFlags) read(path string, t proof.Trust) (*proof.Head, error) {
	b, err := readHead(path)
	if err != nil {
		return nil, err
	}
	h, err := t.Open(b)
	if err != nil {
		return nil, faultOfEvidence(fmt.Errorf("%s: %w", path, err))
	}
	return h, nil
}

// heads reads the heads that are held, the earlier first.
func (f *headFlags) heads(t proof.Trust) (list []*proof.Head, err error) {
	for _, path := range []string{f.from, f.head} {
		if path == "" {
			continue
		}
		h, err := f.read(path, t)
		if err != nil {
			return nil, err
		}
		list = append(list, h)
	}
	if len(list) == 2 && list[0].Size > list[1].Size {
		return nil, wrongUsage("", "--from is the later head: it has %s leaves, and --head %s", count(list[0].Size), count(list[1].Size))
	}
	return list, nil
}

// verifiedHeadJSON is what verify prints of a head with --json.
type verifiedHeadJSON struct {
	ExitStatus   int    `json:"exit_status"`
	Verified     bool   `json:"verified"`
	Of           string `json:"of"`            // book, root or proof
	Nights       int    `json:"nights"`        // whose journals were read
	Leaves       int64  `json:"leaves"`        // of them, or of the proof
	BusinessDate string `json:"business_date"` // of the head
	TreeSize     int64  `json:"tree_size"`
	TreeRoot     string `json:"tree_root"`
	Unseen       int64  `json:"unseen"` // leaves that are known by their hashes alone
	*proofJSON
}

// proofJSON is what a proof is of.
type proofJSON struct {
	Kind    string `json:"kind"`
	EntryID int64  `json:"entry_id,omitempty"`
	LoanID  string `json:"loan_id,omitempty"`
	Night   string `json:"night,omitempty"`
	From    string `json:"from,omitempty"` // the night of the earlier head
}

// text is what the proof proves.
func (p *proofJSON) text() string {
	switch p.Kind {
	case proof.OfEntry:
		return fmt.Sprintf("entry %d of %s stands", p.EntryID, p.Night)
	case proof.OfLoan:
		return "these entries of loan " + p.LoanID + " stand"
	case proof.OfNight:
		return "what the night of " + p.Night + " read and wrote stands"
	}
	return "all that the head of " + p.From + " covers stands"
}

// verifyHead proves a book, a warehouse or a proof by a head.
func (a *app) verifyHead(ctx context.Context, f *verifyFlags) error {
	trust, err := f.trust()
	if err != nil {
		return err
	}
	held, err := f.heads(trust)
	if err != nil {
		return err
	}
	if f.from != "" && f.head == "" && f.proof == "" {
		return wrongUsage("", "--from goes with --head")
	}
	if len(held) == 0 && f.proof == "" {
		return wrongUsage("keep the file OUT/DATE/head of each night outside of the house", "--head is missing: what is to be verified against?")
	}
	var v *evidence.Verified
	var claim *proofJSON
	of := "proof"
	switch {
	case f.proof != "":
		v, claim, err = verifyProof(f, trust)
	case f.root != "":
		of = "root"
		v, err = warehouse.VerifyHead(ctx, f.root, trust, held...)
	default:
		of = "book"
		err = publish.Waiting(ctx, time.Duration(f.lockTimeout), func() error {
			return open(f.book, func(b *store.Book) (err error) {
				v, err = evidence.Book(ctx, b, f.workers, held...)
				return err
			})
		})
	}
	if err != nil {
		return evidenceFailure(err)
	}
	h := v.Head
	r := verifiedHeadJSON{Verified: true, Of: of, Nights: v.Nights, Leaves: v.Leaves, BusinessDate: h.BusinessDate, TreeSize: h.Size, TreeRoot: proof.Text(h.Root), Unseen: v.Unseen, proofJSON: claim}
	a.print(r, func() {
		switch {
		case of == "proof":
			a.printf("%s in the journal under the head of %s, %s leaves, %s\n", claim.text(), h.BusinessDate, count(h.Size), h.Origin)
		case v.Unseen > 0:
			a.printf("read: the journals of %s, and the hashes of %s leaves whose journals are not there and were not seen; its first %s leaves come to the head of %s\n",
				plural(v.Nights, "night"), count(v.Unseen), count(h.Size), h.BusinessDate)
		default:
			a.printf("read: the journals of %s; its first %s leaves come to the head of %s: nothing that it covers was changed, removed or put in\n",
				plural(v.Nights, "night"), count(h.Size), h.BusinessDate)
		}
	})
	return nil
}

// proofMax is the most bytes of a file of a proof.
const proofMax = 1 << 30

// verifyProof proves a file. A head that is given is that of the proof, and an earlier one that
// which it goes on from.
func verifyProof(f *verifyFlags, trust proof.Trust) (*evidence.Verified, *proofJSON, error) {
	info, err := os.Stat(f.proof)
	if err != nil {
		return nil, nil, err
	}
	if info.Size() > proofMax || !info.Mode().IsRegular() {
		return nil, nil, wrongUsage("", "%s is no proof", f.proof)
	}
	b, err := os.ReadFile(f.proof)
	if err != nil {
		return nil, nil, err
	}
	p, err := proof.ParseProof(b)
	if err != nil {
		return nil, nil, faultOfEvidence(fmt.Errorf("%s: %w", f.proof, err))
	}
	var last *proof.Head
	if f.head != "" {
		if last, err = f.read(f.head, trust); err != nil {
			return nil, nil, err
		}
	}
	h, err := p.Verify(trust, last)
	if err != nil {
		return nil, nil, err
	}
	claim := &proofJSON{Kind: p.Kind, EntryID: p.EntryID, LoanID: p.LoanID, Night: p.BusinessDate}
	if p.Kind == proof.OfConsistency {
		old, err := proof.ParseHead([]byte(p.OldHead))
		if err != nil {
			return nil, nil, err
		}
		claim.From = old.BusinessDate
		if f.from != "" {
			from, err := f.read(f.from, trust)
			if err != nil {
				return nil, nil, err
			}
			if from.Tree != old.Tree {
				return nil, nil, &proof.MismatchError{What: "the proof goes on from another head than that of " + f.from}
			}
		}
	} else if f.from != "" {
		return nil, nil, wrongUsage("", "--from goes with a proof that one head goes on from another")
	}
	return &evidence.Verified{Leaves: int64(len(p.Leaves)), Head: h}, claim, nil
}

// listed are the values of a flag that takes several, with commas between.
func listed(text string) (list []string) {
	for _, value := range strings.Split(text, ",") {
		if value = strings.TrimSpace(value); value != "" {
			list = append(list, value)
		}
	}
	return list
}
