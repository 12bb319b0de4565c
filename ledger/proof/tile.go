package proof

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// tileHeight is the height of the tiles in which a log's hashes are served: 256 to a tile.
const tileHeight = 8

// A Tile is a file of a log's hashes.
type Tile struct {
	Path string // tile/8/LEVEL/NUMBER, and .p/WIDTH where it is not full
	tile tlog.Tile
}

// Tiles returns the tiles that a tree of a size has and one of an earlier size had not.
func Tiles(before, size int64) []Tile {
	var list []Tile
	for _, t := range tlog.NewTiles(tileHeight, before, size) {
		list = append(list, Tile{t.Path(), t})
	}
	return list
}

// Data returns the bytes of a tile.
func (t *Tile) Data(stored tlog.HashReader) ([]byte, error) { return tlog.ReadTileData(t.tile, stored) }

// RootAt is the root of a tree of a size, from stored hashes.
func RootAt(size int64, stored tlog.HashReader) (Hash, error) { return tlog.TreeHash(size, stored) }

// LeafTiles calls read with the path of each tile of the lowest level that has hashes of the
// leaves [from, to) of a tree of a size, and returns these.
func LeafTiles(from, to, size int64, read func(path string) ([]byte, error)) ([]Hash, error) {
	const width = 1 << tileHeight
	var list []Hash
	for n := from / width; n*width < to; n++ {
		t := tlog.Tile{H: tileHeight, L: 0, N: n, W: int(min(width, size-n*width))}
		b, err := read(t.Path())
		if err != nil {
			return nil, err
		}
		hashes, err := Decode(b)
		if err != nil || len(hashes) != t.W {
			return nil, fmt.Errorf("%s does not have %d hashes", t.Path(), t.W)
		}
		list = append(list, hashes[max(from-n*width, 0):min(to-n*width, int64(t.W))]...)
	}
	return list, nil
}
