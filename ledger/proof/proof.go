package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// FormatVersion is that of a proof's file.
const FormatVersion = 1

// The kinds of proof.
const (
	OfEntry       = "entry"       // an entry is in the tree
	OfLoan        = "loan"        // the entries of a loan are
	OfNight       = "night"       // what a night read and wrote is
	OfConsistency = "consistency" // an earlier head is the beginning of this one
)

// A Proof is what a file of a proof says. It needs no book: a head, a key, and this.
type Proof struct {
	FormatVersion int      `json:"format_version"`
	Kind          string   `json:"kind"`
	EntryID       int64    `json:"entry_id,omitempty"`
	LoanID        string   `json:"loan_id,omitempty"`
	BusinessDate  string   `json:"business_date,omitempty"`
	Head          string   `json:"head"` // as it was published
	Leaves        []Leaf   `json:"leaves,omitempty"`
	OldHead       string   `json:"old_head,omitempty"`
	Path          []string `json:"path,omitempty"` // from the earlier head to this
}

// A Leaf is a leaf of the tree, and the hashes that lead from it to the root.
type Leaf struct {
	Index int64    `json:"index"`
	Text  string   `json:"text"`
	Path  []string `json:"path"`
}

// A MismatchError is the first thing in which a proof, or a book, is not what a head says.
type MismatchError struct{ What string }

func (e *MismatchError) Error() string { return e.What }

func mismatch(format string, args ...any) error { return &MismatchError{fmt.Sprintf(format, args...)} }

// LeafOf makes the proof of a leaf of a tree.
func LeafOf(t Tree, index int64, text []byte, stored tlog.HashReader) (Leaf, error) {
	path, err := tlog.ProveRecord(t.Size, index, stored)
	if err != nil {
		return Leaf{}, err
	}
	return Leaf{index, string(text), texts(path)}, nil
}

// Consistency makes the hashes that prove that a tree of a size is the beginning of another.
func Consistency(t Tree, old int64, stored tlog.HashReader) ([]string, error) {
	if old == 0 {
		return nil, nil // every tree begins with nothing
	}
	path, err := tlog.ProveTree(t.Size, old, stored)
	return texts(path), err
}

func texts(path []tlog.Hash) []string {
	list := make([]string, len(path))
	for i := range path {
		list[i] = Text(path[i])
	}
	return list
}

func hashes(path []string) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(path))
	for i := range path {
		var err error
		if list[i], err = ParseHash(path[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Encode writes the file.
func (p *Proof) Encode() ([]byte, error) {
	b, err := json.MarshalIndent(p, "", "  ")
	return append(b, '\n'), err
}

// ParseProof reads a file of a proof.
func ParseProof(b []byte) (*Proof, error) {
	p := new(Proof)
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(p); err != nil {
		return nil, fmt.Errorf("it is no proof: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("it is no proof: there is more behind it")
	}
	if p.FormatVersion != FormatVersion {
		return nil, fmt.Errorf("a proof of format version %d, this program knows %d", p.FormatVersion, FormatVersion)
	}
	return p, nil
}

// A Trust is what is believed beforehand: keys, or that heads need none.
type Trust struct {
	Keys     note.Verifiers
	Unsigned bool // heads without signature are taken as they are
}

// Open reads a head that is trusted.
func (t Trust) Open(b []byte) (*Head, error) {
	if t.Unsigned {
		return ParseHead(b)
	}
	return OpenHead(b, t.Keys)
}

// Verify proves what the file claims. Held, if there is one, is the head that the reader has
// from elsewhere: the proof must be of that tree. A [MismatchError] or [SignatureError] says what is not so.
func (p *Proof) Verify(trust Trust, held *Head) (*Head, error) {
	h, err := trust.Open([]byte(p.Head))
	var unsigned *SignatureError
	if errors.As(err, &unsigned) {
		return nil, err
	} else if err != nil {
		return nil, mismatch("its head: %v", err)
	}
	if held != nil && (held.Size != h.Size || held.Root != h.Root) {
		return nil, mismatch("the proof is of a tree of %d leaves with the root %s, the head given of %d with the root %s", h.Size, Text(h.Root), held.Size, Text(held.Root))
	}
	if p.Kind == OfConsistency {
		return h, p.verifyConsistency(trust, h)
	}
	if len(p.Leaves) == 0 {
		return nil, mismatch("the proof has no leaf")
	}
	there := map[int64]bool{}
	for i := range p.Leaves {
		l := &p.Leaves[i]
		if err := l.verify(h); err != nil {
			return nil, err
		}
		if there[l.Index] {
			return nil, mismatch("leaf %d is there twice", l.Index)
		}
		there[l.Index] = true
	}
	return h, p.claim()
}

// verifyConsistency proves that the old head is the beginning of this one.
func (p *Proof) verifyConsistency(trust Trust, h *Head) error {
	if len(p.Leaves) > 0 || p.EntryID != 0 || p.LoanID != "" || p.BusinessDate != "" {
		return mismatch("a proof that one head goes on from another names no entry, loan or night")
	}
	old, err := trust.Open([]byte(p.OldHead))
	if err != nil {
		return mismatch("the old head: %v", err)
	}
	path, err := hashes(p.Path)
	switch {
	case err != nil:
		return mismatch("the path: %v", err)
	case old.Size > h.Size:
		return mismatch("the old head has %d leaves, and the new one %d", old.Size, h.Size)
	case old.Size == 0 && len(path) == 0:
		return nil
	}
	if tlog.CheckTree(path, h.Size, h.Root, old.Size, old.Root) != nil {
		return mismatch("the head of %s is not the beginning of the head of %s: what was closed by then was changed", old.BusinessDate, h.BusinessDate)
	}
	return nil
}

func (l *Leaf) verify(h *Head) error {
	path, err := hashes(l.Path)
	if err != nil {
		return mismatch("leaf %d: %v", l.Index, err)
	}
	if l.Index < 0 || l.Index >= h.Size || tlog.CheckRecord(path, h.Size, h.Root, l.Index, tlog.RecordHash([]byte(l.Text))) != nil {
		return mismatch("leaf %d is not in the tree of the head of %s: its text, its place or its path was changed", l.Index, h.BusinessDate)
	}
	return nil
}

// claim checks that the leaves have what the file says it is of.
func (p *Proof) claim() error {
	if p.OldHead != "" || len(p.Path) > 0 || p.Kind != OfEntry && p.EntryID != 0 || p.Kind != OfLoan && p.LoanID != "" || p.Kind == OfLoan && p.BusinessDate != "" {
		return mismatch("the proof is said to be of more than one thing")
	}
	switch p.Kind {
	case OfEntry:
		if len(p.Leaves) != 1 || !IsPageOf([]byte(p.Leaves[0].Text), p.BusinessDate) || !HasEntry([]byte(p.Leaves[0].Text), p.EntryID) {
			return mismatch("the leaf has no entry %d of %s", p.EntryID, p.BusinessDate)
		}
	case OfNight:
		if len(p.Leaves) != 1 || !IsNight([]byte(p.Leaves[0].Text), p.BusinessDate) {
			return mismatch("the leaf is not that of the night of %s", p.BusinessDate)
		}
	case OfLoan:
		for i := range p.Leaves {
			if !HasLoan([]byte(p.Leaves[i].Text), p.LoanID) {
				return mismatch("leaf %d has no entry of the loan %s", p.Leaves[i].Index, p.LoanID)
			}
		}
	default:
		return mismatch("%q is no kind of proof", p.Kind)
	}
	return nil
}
