package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"daybook/batch/book"
	"daybook/ledger/proof"
	"daybook/reports"
)

// A Published is a night as it was published: its journal, its manifest, and where it says
// that its leaves stand.
type Published struct {
	Date     string
	Before   int64 // leaves of the nights before it
	Size     int64
	Manifest []byte
	Head     []byte
	Journal  []File // in the order of their names
}

// A File is a Parquet file of a journal.
type File struct {
	Name string
	Size int64
	Open func() (Opened, error)
}

// Opened is a file that is read at any place of it.
type Opened interface {
	io.ReaderAt
	io.Closer
}

// A Log is the hashes that were published beside the nights: the tiles of a tree of a size.
type Log struct {
	Size int64
	Read func(tile string) ([]byte, error)
}

// Journal rebuilds the tree from the published journals of nights in the order of their dates,
// and finds the first thing in which a file, a night's own head, a tile of the log, or a head that is held
// is another. Of nights that are not there the hashes of the log's tiles are taken: they
// are held to the heads, too, but what they are the hashes of is not seen.
func Journal(ctx context.Context, nights []Published, log Log, trust proof.Trust, held ...*proof.Head) (*Verified, error) {
	t, v := new(tree), &Verified{}
	for i := range nights {
		n := &nights[i]
		v.Unseen += max(n.Before-t.Size, 0)
		if err := t.fill(n.Before, log); err != nil {
			return nil, err
		}
		if err := n.verify(ctx, t, trust); err != nil {
			return nil, err
		}
		v.Nights++
	}
	for _, h := range held {
		if err := t.isOf(h); err != nil {
			return nil, err
		}
		v.Unseen += max(h.Size-t.Size, 0)
		if err := t.fill(h.Size, log); err != nil {
			return nil, err
		}
		if err := t.holds(h); err != nil {
			return nil, err
		}
		v.Head = h
	}
	if err := t.fill(log.Size, log); err != nil {
		return nil, err
	}
	v.Leaves = t.Size
	return v, t.tiles(log)
}

// fill adds leaves of nights that are not there.
func (t *tree) fill(to int64, log Log) error {
	if to <= t.Size {
		return nil
	}
	leaves, err := proof.LeafTiles(t.Size, to, log.Size, log.Read)
	if err != nil {
		return mismatch("the nights of leaves %d to %d are not there, nor are their hashes in the log: %v", t.Size, to, err)
	}
	_, err = t.add(leaves)
	return err
}

// tiles holds the log's tiles to the tree.
func (t *tree) tiles(log Log) error {
	for _, tile := range proof.Tiles(0, log.Size) {
		want, err := tile.Data(t.reader())
		if err != nil {
			return err
		}
		if got, err := log.Read(tile.Path); err != nil {
			return mismatch("%s of the log: %v", tile.Path, err)
		} else if !slices.Equal(got, want) {
			return mismatch("%s of the log has other hashes than the journal", tile.Path)
		}
	}
	return nil
}

// verify adds the night to the tree, and holds its head to it.
func (n *Published) verify(ctx context.Context, t *tree, trust proof.Trust) error {
	m, err := reports.ParseManifest(n.Manifest)
	if err != nil {
		return mismatch("the manifest of %s can't be read: %v", n.Date, err)
	}
	t.book = m.BookID
	if err := n.files(m); err != nil {
		return err
	}
	leaves, err := n.leaves(ctx, m)
	if err != nil {
		return err
	}
	if n.Before != t.Size || n.Size != t.Size+int64(len(leaves)) {
		return mismatch("the journal of %s has leaves %d to %d, and its manifest says %d to %d: entries were removed or put in",
			n.Date, t.Size, t.Size+int64(len(leaves)), n.Before, n.Size)
	}
	if _, err := t.add(leaves); err != nil {
		return err
	}
	return n.head(t, m, trust)
}

// files holds the files of the journal to their digests in the manifest.
func (n *Published) files(m *reports.Manifest) error {
	var want []reports.Output
	for _, o := range m.Outputs {
		if strings.HasPrefix(o.Path, "journal/") {
			want = append(want, o)
		}
	}
	if len(want) != len(n.Journal) {
		return mismatch("the journal of %s has %d files, and its manifest %d", n.Date, len(n.Journal), len(want))
	}
	slices.SortFunc(want, func(a, b reports.Output) int { return strings.Compare(a.Path, b.Path) })
	for i := range n.Journal {
		sum, err := n.Journal[i].digest()
		if err != nil {
			return err
		}
		if sum != want[i].SHA256 {
			return mismatch("%s is not as it was published", n.Journal[i].Name)
		}
	}
	return nil
}

func (f *File) digest() (string, error) {
	at, err := f.Open()
	if err != nil {
		return "", err
	}
	defer at.Close()
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(at, 0, f.Size)); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// leaves makes the leaves of the night from its published journal and its manifest.
func (n *Published) leaves(ctx context.Context, m *reports.Manifest) ([]proof.Hash, error) {
	format, err := m.Leaves()
	if err != nil {
		return nil, fmt.Errorf("the manifest of %s: %w", n.Date, err)
	}
	leaves := reports.Leaves{Pages: proof.Pages{Format: format, Date: n.Date}, Partition: book.PartitionOfEntry}
	for _, f := range n.Journal {
		if err := f.read(ctx, &leaves); err != nil {
			return nil, ofJournal(n.Date, err)
		}
	}
	if err := leaves.Close(); err != nil {
		return nil, err
	}
	return append(leaves.Leaves, proof.LeafHash(reports.NightLeaf(m))), nil
}

// read adds the postings of a file.
func (f *File) read(ctx context.Context, leaves *reports.Leaves) error {
	at, err := f.Open()
	if err != nil {
		return err
	}
	defer at.Close()
	names := reports.JournalColumns()
	r, err := reports.ReadTable(at, f.Size, f.Name, func(name string) bool { return slices.Contains(names, name) })
	if err != nil {
		return mismatch("%v", err)
	}
	for {
		t, err := r.Next()
		if err != nil {
			return mismatch("%v", err)
		}
		if t == nil {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		columns, err := inOrder(t, names)
		if err != nil {
			return mismatch("%s: %v", f.Name, err)
		}
		if err := leaves.Add(columns, t.Rows()); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
}

// inOrder returns the columns of a table by name.
func inOrder(t *reports.Table, names []string) ([]*reports.Column, error) {
	list := make([]*reports.Column, len(names))
	for i, name := range names {
		at := slices.IndexFunc(t.Columns, func(c reports.Column) bool { return c.Name == name })
		if at < 0 || t.Columns[at].Len() != t.Rows() {
			return nil, fmt.Errorf("it has no column %s", name)
		}
		list[i] = &t.Columns[at]
	}
	for i, kind := range map[int]reports.Kind{0: reports.Number, 1: reports.Date, 7: reports.Amount, 8: reports.Amount} {
		if list[i].Kind != kind {
			return nil, fmt.Errorf("its column %s is of another type", names[i])
		}
	}
	return list, nil
}

// head holds the night's own head to the tree. One that says that it is not signed is taken so;
// any other must be signed by a key that is trusted.
func (n *Published) head(t *tree, m *reports.Manifest, trust proof.Trust) error {
	if strings.HasSuffix(string(n.Head), "\n\n"+proof.Unsigned) {
		trust = proof.Trust{Unsigned: true}
	}
	h, err := trust.Open(n.Head)
	if err != nil {
		return mismatch("the head of %s: %v", n.Date, err)
	}
	if h.Tree != t.Tree {
		return mismatch("the head of %s is of a tree of %d leaves with the root %s, and its journal and those before it come to %d with %s",
			n.Date, h.Size, proof.Text(h.Root), t.Size, proof.Text(t.Root))
	}
	sum, err := m.Digest()
	if err != nil {
		return err
	}
	if h.Manifest != sum || h.Book != m.JournalRoot || h.BusinessDate != n.Date || m.BusinessDate.String() != n.Date {
		return mismatch("the head of %s is of another manifest", n.Date)
	}
	t.closed(h)
	return nil
}
