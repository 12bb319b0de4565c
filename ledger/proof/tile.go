package proof

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

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

// CheckTiles reads every tile of a tree of a size and a root, and calls fault for each that is not there or is not the
// tree's: a full one does not come to the hash that the tile above has of it, or those at the tree's edge do not
// come to the root. Its error is that of a read; a tile that is absent is a fault.
func CheckTiles(size int64, root Hash, read func(path string) ([]byte, error), fault func(path, what string)) error {
	c := tileCheck{size: size, read: read, fault: fault}
	for level := tlogLevels - 1; level >= 0; level-- {
		if n := c.hashes(level); n%tileWidth > 0 {
			if err := c.visit(level, n/tileWidth, nil); err != nil {
				return err
			}
		}
	}
	if c.edgeless {
		return nil
	}
	got, err := RootAt(size, TileReader(size, read))
	if err == nil && got != root {
		fault("tile/8", "the tiles at the edge of the tree do not come to the root "+Text(root))
	}
	return err
}

const (
	tileWidth  = 1 << tileHeight
	tlogLevels = 8 // of tiles: more leaves than an int64 counts
)

// tileCheck is a run of [CheckTiles].
type tileCheck struct {
	size     int64
	read     func(path string) ([]byte, error)
	fault    func(path, what string)
	edgeless bool // a tile at the edge can't be read
}

// hashes is how many hashes the tiles of a level have.
func (c *tileCheck) hashes(level int) int64 { return c.size >> (tileHeight * level) }

// visit checks a tile against the hash that the tile above has of it, where there is one, and the tiles below it
// against its own.
func (c *tileCheck) visit(level int, number int64, want *Hash) error {
	t := tileOf(c.size, level, number)
	list, err := readTile(t, c.read)
	sound := true // what it says of the tiles below can be held against them
	var broken *MismatchError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.fault(t.Path(), "it is missing")
		sound = false
	case errors.As(err, &broken):
		c.fault(t.Path(), broken.What)
		sound = false
	case err != nil:
		return err
	case want != nil && rootOf(list) != *want:
		c.fault(t.Path(), "it does not come to the hash that the tile above has of it")
		sound = false
	}
	if c.edgeless = c.edgeless || list == nil && t.W < tileWidth; level == 0 {
		return nil
	}
	for i := range int64(t.W) {
		var below *Hash
		if sound {
			below = &list[i]
		}
		if err := c.visit(level-1, number*tileWidth+i, below); err != nil {
			return err
		}
	}
	return nil
}

// tileOf is a tile of a tree of a size, as wide as it is there.
func tileOf(size int64, level int, number int64) tlog.Tile {
	width := size>>(tileHeight*level) - number*tileWidth
	return tlog.Tile{H: tileHeight, L: level, N: number, W: int(min(width, tileWidth))}
}

// readTile reads the hashes of a tile.
func readTile(t tlog.Tile, read func(path string) ([]byte, error)) ([]Hash, error) {
	b, err := read(t.Path())
	if err != nil {
		return nil, err
	}
	list, err := Decode(b)
	if err != nil || len(list) != t.W {
		return nil, mismatch("it does not have %d hashes", t.W)
	}
	return list, nil
}

// rootOf is the hash of a full tile.
func rootOf(list []Hash) Hash {
	for list = slices.Clone(list); len(list) > 1; list = list[:len(list)/2] {
		for i := range len(list) / 2 {
			list[i] = tlog.NodeHash(list[2*i], list[2*i+1])
		}
	}
	return list[0]
}

// TileReader reads the hashes of a tree of a size from its tiles, as they stand.
func TileReader(size int64, read func(path string) ([]byte, error)) HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]Hash, error) {
		list := make([]Hash, len(indexes))
		for i, index := range indexes {
			at := tlog.TileForIndex(tileHeight, index)
			t := tileOf(size, at.L, at.N)
			b, err := read(t.Path())
			if err != nil {
				return nil, err
			}
			if list[i], err = tlog.HashFromTile(t, b, index); err != nil {
				return nil, mismatch("%s: %v", t.Path(), err)
			}
		}
		return list, nil
	})
}

// RootAt is the root of a tree of a size, from stored hashes.
func RootAt(size int64, stored tlog.HashReader) (Hash, error) { return tlog.TreeHash(size, stored) }

// LeafTiles calls read with the path of each tile of the lowest level that has hashes of the
// leaves [from, to) of a tree of a size, and returns these.
func LeafTiles(from, to, size int64, read func(path string) ([]byte, error)) ([]Hash, error) {
	var list []Hash
	for n := from / tileWidth; n*tileWidth < to; n++ {
		t := tileOf(size, 0, n)
		hashes, err := readTile(t, read)
		var broken *MismatchError
		if errors.As(err, &broken) {
			return nil, fmt.Errorf("%s: %w", t.Path(), err)
		} else if err != nil {
			return nil, err
		}
		list = append(list, hashes[max(from-n*tileWidth, 0):min(to-n*tileWidth, int64(t.W))]...)
	}
	return list, nil
}
