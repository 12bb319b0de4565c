package batch

import (
	"path/filepath"

	"daybook/batch/book"
	"daybook/batch/publish"
	"daybook/ledger/proof"
	"daybook/ledger/record"
	"daybook/reports"
)

// newLeaves makes leaves of the night.
func (n *plan) newLeaves() reports.Leaves {
	return reports.Leaves{Pages: proof.Pages{Format: n.form.Leaves(), Date: n.o.Date.String()}, Partition: book.PartitionOfEntry}
}

// growTree adds the night's leaves to the tree over the journals of all nights, the last one
// what the manifest says, and hands the hashes to the build.
func (n *posted) growTree(m *reports.Manifest) error {
	t := record.Tree{}
	if n.last != nil && n.last.Tree != nil {
		t.Before = n.last.Tree.Size
	}
	hashes, err := book.Hashes(n.book)
	if err != nil {
		return err
	}
	leaves := append(n.leaves, proof.LeafHash(reports.NightLeaf(m)))
	grown, added, err := proof.Grow(t.Before, leaves, hashes)
	if err != nil {
		return err
	}
	t.Size, t.Root = grown.Size, proof.Text(grown.Root)
	if err := book.PutTree(&t, added, n.build.PutSmall); err != nil {
		return err
	}
	n.record.Tree = &t
	return nil
}

// writeHead writes the head of the night, which is signed where there is a key.
func (n *posted) writeHead(m *reports.Manifest) error {
	root, err := proof.ParseHash(n.record.Tree.Root)
	if err != nil {
		return err
	}
	manifest, err := m.Digest()
	if err != nil {
		return err
	}
	h := proof.Head{
		Origin: proof.OriginOf(m.BookID), Tree: proof.Tree{Size: n.record.Tree.Size, Root: root},
		BusinessDate: m.BusinessDate.String(), Book: m.JournalRoot, Manifest: manifest,
	}
	if n.o.Signer != nil {
		h.Origin = n.o.Signer.Name()
	}
	b, err := h.Sign(n.o.Signer)
	if err != nil {
		return err
	}
	_, err = reports.WriteBytes(filepath.Join(n.staging, publish.HeadName), b)
	return err
}
