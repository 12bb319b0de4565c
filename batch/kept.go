package batch

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"daybook/batch/book"
	"daybook/ledger/record"
)

// keptPiece is the size of the pieces that published files are kept in.
const keptPiece = 1 << 20

// keepFile hands a published file to the build in pieces, which are read when the
// night is committed: a night of many rejects has a large one.
func (n *posted) keepFile(path string) error {
	at := filepath.Join(n.staging, filepath.FromSlash(path))
	info, err := os.Stat(at)
	if err != nil {
		return err
	}
	kept := record.KeptFile{Path: path}
	for left := info.Size(); left > 0 || kept.Pieces == 0; kept.Pieces++ {
		from, size := int64(kept.Pieces)*keptPiece, int(min(left, keptPiece))
		read := func() ([]byte, error) { return readPiece(at, from, size) }
		if err := n.build.PutSmallFrom(record.SectionFiles, book.PieceName(path, kept.Pieces), size, read); err != nil {
			return err
		}
		left -= int64(size)
	}
	n.record.Files = append(n.record.Files, kept)
	return nil
}

func readPiece(path string, from int64, size int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	b := make([]byte, size)
	_, err = io.ReadFull(io.NewSectionReader(f, from, int64(size)), b)
	return b, errors.Join(err, f.Close())
}
