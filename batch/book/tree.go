package book

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sort"

	"daybook/ledger/civil"
	"daybook/ledger/proof"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// hashesMax is how many hashes a piece of a night's tree has.
const hashesMax = 1 << 12

// PartitionOfEntry returns the partition that an entry's id names.
func PartitionOfEntry(id int64) int {
	_, partition, _ := SplitEntryID(id)
	return partition
}

// A TreeReader reads the hashes of the tree over the journals, as the nights stored them. It
// belongs to one goroutine.
type TreeReader struct {
	b     *store.Book
	first civil.Date // night of the book
	last  civil.Date // its last one
	spans map[civil.Date]span
	read  map[treePiece][]proof.Hash // pieces that were read; 128 KiB each, a few for each night of a proof
	at    civil.Date                 // night of the hash that was asked for last
}

// A span is where the hashes of a night stand among those of all nights: [first, next).
type span struct{ first, next int64 }

type treePiece struct {
	date  civil.Date
	piece int
}

// piecesMax is how many pieces are kept in memory.
const piecesMax = 64

// treeSizes is the small value of a night's tree that has its size before and after it: a
// reader of few hashes asks some nights for it, and reads the records of none.
const treeSizes = "sizes"

// PutTree hands the hashes that a night added to a tree to what keeps its small values.
func PutTree(t *record.Tree, added []proof.Hash, put func(section byte, name string, v []byte) error) error {
	sizes := binary.AppendUvarint(binary.AppendUvarint(nil, uint64(t.Before)), uint64(t.Size))
	if err := put(record.SectionTree, treeSizes, sizes); err != nil {
		return err
	}
	for ; len(added) > 0; t.Pieces++ {
		piece := added[:min(hashesMax, len(added))]
		if err := put(record.SectionTree, PieceName("", t.Pieces), proof.Encode(piece)); err != nil {
			return err
		}
		added = added[len(piece):]
	}
	return nil
}

// Hashes returns a reader of the tree of a book.
func Hashes(b *store.Book) (*TreeReader, error) {
	first, err := b.FirstNight()
	if err != nil {
		return nil, err
	}
	last, err := b.LastNight()
	return &TreeReader{b: b, first: first, last: last, at: last, spans: map[civil.Date]span{}, read: map[treePiece][]proof.Hash{}}, err
}

// span returns where a night's hashes stand; of a night from before there was evidence nowhere.
func (r *TreeReader) span(d civil.Date) (span, error) {
	if s, ok := r.spans[d]; ok {
		return s, nil
	}
	b, ok, err := r.b.Small(record.SectionTree, d, treeSizes)
	if err != nil {
		return span{}, err
	}
	var s span
	if ok {
		before, n := binary.Uvarint(b)
		size, m := binary.Uvarint(b[max(n, 0):])
		if n <= 0 || m <= 0 || n+m != len(b) || before >= size || size > sizeMax {
			return span{}, fmt.Errorf("the sizes of the tree of %s are damaged: run verify", d)
		}
		s = span{proof.Stored(int64(before)), proof.Stored(int64(size))}
	}
	r.spans[d] = s
	return s, nil
}

// sizeMax bounds what a damaged size may say.
const sizeMax = 1 << 48

// night returns the night that stored a hash, and where its hashes stand. It is looked for
// day by day, not in the list of all nights: that would be to read something of each.
func (r *TreeReader) night(index int64) (d civil.Date, s span, err error) {
	if s, err = r.span(r.at); err != nil || s.first <= index && index < s.next {
		return r.at, s, err
	}
	sort.Search(int(r.last-r.first)+1, func(i int) bool {
		on, e := r.b.NightFrom(r.first + civil.Date(i))
		of, f := r.span(on)
		if err = errors.Join(err, e, f); of.next <= index {
			return false
		}
		d, s = on, of
		return true
	})
	if err != nil {
		return civil.None, span{}, err
	}
	if index < s.first || index >= s.next {
		return civil.None, span{}, fmt.Errorf("the book has no hash %d of its tree: run verify", index)
	}
	r.at = d
	return d, s, err
}

// ReadHashes returns the stored hashes with these indexes.
func (r *TreeReader) ReadHashes(indexes []int64) ([]proof.Hash, error) {
	list := make([]proof.Hash, len(indexes))
	for i, index := range indexes {
		d, s, err := r.night(index)
		if err != nil {
			return nil, err
		}
		piece, err := r.piece(d, int((index-s.first)/hashesMax))
		if err != nil {
			return nil, err
		}
		place := int((index - s.first) % hashesMax)
		if place >= len(piece) {
			return nil, fmt.Errorf("the book lacks hash %d of its tree: run verify", index)
		}
		list[i] = piece[place]
	}
	return list, nil
}

// piece reads a piece of the hashes of a night.
func (r *TreeReader) piece(d civil.Date, piece int) ([]proof.Hash, error) {
	key := treePiece{d, piece}
	if list, ok := r.read[key]; ok {
		return list, nil
	}
	b, ok, err := r.b.Small(record.SectionTree, d, PieceName("", piece))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("the book lacks piece %d of the tree of %s: run verify", piece, d)
	}
	list, err := proof.Decode(b)
	if err != nil {
		return nil, fmt.Errorf("tree of %s: %w", d, err)
	}
	if len(r.read) >= piecesMax {
		clear(r.read)
	}
	r.read[key] = list
	return list, nil
}

// Leaf returns the index of a leaf that a night's tree added, by its hash.
func (r *TreeReader) Leaf(t *record.Tree, hash proof.Hash) (int64, error) {
	for index := t.Before; index < t.Size; index++ {
		list, err := r.ReadHashes([]int64{proof.Stored(index)})
		if err != nil {
			return 0, err
		}
		if list[0] == hash {
			return index, nil
		}
	}
	return 0, errors.New("its page is not a leaf of the tree")
}
