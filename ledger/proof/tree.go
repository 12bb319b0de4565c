package proof

import (
	"encoding/base64"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// A Hash is one of a tree: [HashSize] bytes.
type Hash = tlog.Hash

// A HashReader reads stored hashes of a tree by their indexes.
type HashReader = tlog.HashReader

// HashSize is how many bytes a hash has.
const HashSize = tlog.HashSize

// A Tree is how large a tree is, and what it comes to.
type Tree struct {
	Size int64 // leaves
	Root Hash
}

// Stored returns how many hashes are stored for a tree of so many leaves: those of a night
// stand behind those of the nights before it.
func Stored(size int64) int64 { return tlog.StoredHashIndex(0, size) }

// A grown reads the hashes of a tree that is being added to.
type grown struct {
	first  int64 // index of the first of added
	added  []Hash
	stored tlog.HashReader
}

func (g *grown) ReadHashes(indexes []int64) ([]Hash, error) {
	list := make([]Hash, len(indexes))
	var missing []int64
	var at []int
	for i, index := range indexes {
		if index >= g.first {
			if index-g.first >= int64(len(g.added)) {
				return nil, fmt.Errorf("hash %d is not there yet", index)
			}
			list[i] = g.added[index-g.first]
			continue
		}
		missing, at = append(missing, index), append(at, i)
	}
	if len(missing) == 0 {
		return list, nil
	}
	read, err := g.stored.ReadHashes(missing)
	if err != nil {
		return nil, err
	}
	for k, i := range at {
		list[i] = read[k]
	}
	return list, nil
}

// Grow adds leaves to a tree, whose stored hashes are read where they are needed. It returns
// the tree, and the hashes that are to be stored behind those that are.
func Grow(size int64, leaves []Hash, stored tlog.HashReader) (t Tree, added []Hash, err error) {
	g := &grown{first: Stored(size), stored: stored}
	for i, leaf := range leaves {
		list, err := tlog.StoredHashesForRecordHash(size+int64(i), leaf, g)
		if err != nil {
			return Tree{}, nil, err
		}
		g.added = append(g.added, list...)
	}
	t.Size = size + int64(len(leaves))
	t.Root, err = tlog.TreeHash(t.Size, g)
	return t, g.added, err
}

// LeafHash is the hash of a leaf's text.
func LeafHash(text []byte) Hash { return tlog.RecordHash(text) }

// Encode writes hashes one behind the other, for [Decode].
func Encode(hashes []Hash) []byte {
	b := make([]byte, 0, len(hashes)*tlog.HashSize)
	for i := range hashes {
		b = append(b, hashes[i][:]...)
	}
	return b
}

// Decode reads what [Encode] wrote.
func Decode(b []byte) ([]Hash, error) {
	if len(b)%tlog.HashSize != 0 {
		return nil, fmt.Errorf("hashes of %d bytes", len(b))
	}
	if len(b) == 0 {
		return nil, nil
	}
	list := make([]Hash, len(b)/tlog.HashSize)
	for i := range list {
		copy(list[i][:], b[i*tlog.HashSize:])
	}
	return list, nil
}

// Text is a hash as heads and proofs have it.
func Text(h Hash) string { return base64.StdEncoding.EncodeToString(h[:]) }

// ParseHash reads what [Text] wrote.
func ParseHash(text string) (h Hash, err error) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if len(b) == tlog.HashSize {
		copy(h[:], b)
	}
	if err != nil || Text(h) != text { // the decoder passes over ends of lines
		return Hash{}, fmt.Errorf("%q is no hash", text)
	}
	return h, nil
}
