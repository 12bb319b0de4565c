package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// A tableReads checks the blocks of a table as they come from the disk, before
// Pebble does: Pebble answers a wrong checksum by trying every single bit that may
// have flipped, with the whole block's checksum for each, which takes 2 s for a
// block of 64 KiB and above 30 s for one of 1 MiB, at every read. A damaged block
// fails here at the cost of a sound one: 6 us for 64 KiB.
type tableReads struct{ vfs.File }

// blockTrailer is what follows a block: the kind of its compression, and the
// checksum of block and kind.
const blockTrailer = 5

// ReadAt reads one block with its trailer; all of a table but its footer is read
// so. The footer has a checksum of its own that Pebble checks as one expects.
func (f tableReads) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.File.ReadAt(p, off)
	if err != nil || n != len(p) || n < blockTrailer || blockSum(p[:n-4]) == binary.LittleEndian.Uint32(p[n-4:]) {
		return n, err
	}
	info, err := f.File.Stat()
	if err != nil {
		return n, err
	}
	if off+int64(n) == info.Size() {
		return n, nil // the footer
	}
	return n, fmt.Errorf("table %s: block of %d bytes at byte %d: its checksum is not that of its bytes: %w",
		info.Name(), n, off, pebble.ErrCorruption)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// blockSum is the checksum that Pebble's tables carry: CRC-32C, rotated and moved,
// as in LevelDB.
func blockSum(b []byte) uint32 {
	c := crc32.Checksum(b, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

// checked lets the reads of a table be checked.
func checked(name string, f vfs.File, err error) (vfs.File, error) {
	if err != nil || !strings.HasSuffix(name, ".sst") {
		return f, err
	}
	return tableReads{f}, nil
}

// Open implements vfs.FS.
func (f bookFS) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	file, err := f.FS.Open(name, opts...)
	return checked(name, file, err)
}
