package evidence

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"daybook/batch/book"
	"daybook/ledger/civil"
	"daybook/ledger/proof"
	"daybook/ledger/store"
	"daybook/reports"

	"golang.org/x/sync/errgroup"
)

// A night is what a night's journal comes to when it is read again.
type night struct {
	date   civil.Date
	leaves []proof.Hash
	before int64 // leaves before it, as its record says
	root   string
	size   int64
	head   []byte
	sum    string // digest of its manifest
	book   string // the manifest's journal_root
}

// A Verified says what was proved of a book.
type Verified struct {
	Nights int   `json:"nights"` // whose journals were read
	Leaves int64 `json:"leaves"`
	// Unseen is how many of the leaves are known by their hashes alone.
	Unseen int64 `json:"unseen"`
	// Head is the head that was given, or the last night's own.
	Head *proof.Head `json:"-"`
}

// Book rebuilds every leaf from the stored journal, the tree from the leaves, and finds the
// first thing in which a night's stored hashes, root or head is another: a [proof.MismatchError].
// Held are heads from elsewhere, each of which must be the tree of its size.
func Book(ctx context.Context, b *store.Book, workers int, held ...*proof.Head) (*Verified, error) {
	dates, err := b.Nights()
	if err != nil {
		return nil, err
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	t, v := new(tree), new(Verified)
	if t.kept, err = book.Hashes(b); err != nil {
		return nil, err
	}
	if t.book, err = book.ID(b); err != nil {
		return nil, err
	}
	for some := range slices.Chunk(dates, workers) { // so that few nights' leaves are in memory
		nights, err := readNights(ctx, b, some)
		if err != nil {
			return nil, err
		}
		for _, n := range nights {
			if n == nil {
				continue
			}
			if err := t.grow(n); err != nil {
				return nil, err
			}
			v.Nights++
		}
	}
	v.Leaves = t.Size
	for _, h := range held {
		if err := t.holds(h); err != nil {
			return nil, err
		}
		v.Head = h
	}
	return v, nil
}

// readNights rebuilds the leaves of some nights, side by side.
func readNights(ctx context.Context, b *store.Book, dates []civil.Date) ([]*night, error) {
	nights := make([]*night, len(dates))
	g, ctx := errgroup.WithContext(ctx)
	for i, d := range dates {
		g.Go(reports.Guarded(func() (err error) {
			nights[i], err = readNight(ctx, b, d)
			return err
		}))
	}
	return nights, g.Wait()
}

// readNight rebuilds the leaves of a night; of one from before there was evidence it returns nil.
func readNight(ctx context.Context, b *store.Book, d civil.Date) (*night, error) {
	v, err := book.At(b, d)
	if err != nil || v.Night.Tree == nil {
		return nil, err
	}
	t := v.Night.Tree
	n := &night{date: d, before: t.Before, root: t.Root, size: t.Size}
	if n.leaves, err = Rebuild(ctx, v, 0, book.SummaryPartition+1, nil); err != nil {
		return nil, ofJournal(d.String(), err)
	}
	last, m, err := nightLeaf(v)
	if err != nil {
		return nil, err
	}
	n.leaves = append(n.leaves, proof.LeafHash(last))
	if n.head, err = book.File(b, v.Night, "head"); err != nil {
		return nil, err
	}
	n.book = m.JournalRoot
	n.sum, err = m.Digest()
	return n, err
}

// A tree grows night by night.
type tree struct {
	proof.Tree
	hashes memory                // what it came to, where no book keeps it
	kept   *book.TreeReader      // of a book: each night's hashes are held to it before they are used
	heads  map[int64]*proof.Head // of the nights that were read, by their sizes
	book   string                // whose nights they are; "" is not known
}

// closed keeps the head of a night whose close the tree is at.
func (t *tree) closed(h *proof.Head) {
	if t.heads == nil {
		t.heads = map[int64]*proof.Head{}
	}
	t.heads[h.Size] = h
}

// reader reads the hashes of the tree so far.
func (t *tree) reader() proof.HashReader {
	if t.kept != nil {
		return t.kept
	}
	return t.hashes
}

// A memory is the stored hashes of a tree that is rebuilt: 64 bytes a leaf.
type memory []proof.Hash

// ReadHashes returns hashes by their indexes.
func (m memory) ReadHashes(indexes []int64) ([]proof.Hash, error) {
	list := make([]proof.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(m)) {
			return nil, fmt.Errorf("hash %d is not there yet", index)
		}
		list[i] = m[index]
	}
	return list, nil
}

// add adds leaves, and returns the hashes that come with them.
func (t *tree) add(leaves []proof.Hash) ([]proof.Hash, error) {
	grown, added, err := proof.Grow(t.Size, leaves, t.reader())
	if err != nil {
		return nil, err
	}
	t.Tree = grown
	if t.kept == nil {
		t.hashes = append(t.hashes, added...)
	}
	return added, nil
}

// grow adds a night, and holds what the book has of it to it.
func (t *tree) grow(n *night) error {
	if n.before != t.Size {
		return mismatch("the night of %s begins behind leaf %d, and the nights before it end at %d", n.date, n.before, t.Size)
	}
	first := proof.Stored(t.Size)
	added, err := t.add(n.leaves)
	if err != nil {
		return mismatch("the tree of %s: %v", n.date, err)
	}
	if n.size != t.Size || n.root != proof.Text(t.Root) {
		return mismatch("the tree of %s has %d leaves with the root %s, and its record says %d with %s: its journal, or its manifest, was changed",
			n.date, t.Size, proof.Text(t.Root), n.size, n.root)
	}
	indexes := make([]int64, len(added))
	for i := range indexes {
		indexes[i] = first + int64(i)
	}
	kept, err := t.kept.ReadHashes(indexes)
	if err != nil {
		return mismatch("the tree of %s: %v", n.date, err)
	}
	if !slices.Equal(kept, added) {
		return mismatch("the stored hashes of %s are not those of its journal", n.date)
	}
	h, err := proof.ParseHead(n.head)
	if err != nil {
		return mismatch("the head of %s: %v", n.date, err)
	}
	if h.Tree != t.Tree || h.BusinessDate != n.date.String() || h.Manifest != n.sum || h.Book != n.book {
		return mismatch("the head of %s is of another tree, or another manifest", n.date)
	}
	t.closed(h)
	return nil
}

// isOf reports whether a head from elsewhere is this book's, as far as it says whose it is.
func (t *tree) isOf(h *proof.Head) error {
	if id := h.OfBook(); id != "" && t.book != "" && id != t.book {
		return mismatch("the head of %s is of another book, %s: this is %s", h.BusinessDate, id, t.book)
	}
	return nil
}

// holds reports whether a head from elsewhere is this tree, or an earlier size of it.
func (t *tree) holds(h *proof.Head) error {
	if err := t.isOf(h); err != nil {
		return err
	}
	if h.Size > t.Size {
		return mismatch("the head of %s has %d leaves, and the journal of all nights %d: nights, or entries, were removed, or it is another book's",
			h.BusinessDate, h.Size, t.Size)
	}
	root, err := proof.RootAt(h.Size, t.reader())
	if err != nil {
		return err
	}
	if root != h.Root {
		return mismatch("the head of %s has the root %s, and the journal of the nights up to it comes to %s: an entry that it covers was changed, removed or put in, or it is another book's",
			h.BusinessDate, proof.Text(h.Root), proof.Text(root))
	}
	if own := t.heads[h.Size]; own != nil && (own.BusinessDate != h.BusinessDate || own.Book != h.Book || own.Manifest != h.Manifest) {
		return mismatch("the head given says night %s, book %s and manifest %s, and the night that was closed there %s, %s and %s",
			h.BusinessDate, h.Book, h.Manifest, own.BusinessDate, own.Book, own.Manifest)
	}
	return nil
}

func mismatch(format string, args ...any) error {
	return &proof.MismatchError{What: fmt.Sprintf(format, args...)}
}

// ofJournal is the error of reading the journal of a night: one out of order isn't what was kept.
func ofJournal(date string, err error) error {
	var disorder *proof.DisorderError
	if errors.As(err, &disorder) {
		return mismatch("journal of %s: %v", date, err)
	}
	return err
}
