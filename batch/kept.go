package batch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"daybook/ledger/store"
)

// keptChunk is the size of the pieces that published files are kept in.
const keptChunk = 1 << 20

func chunkName(path string, chunk int) string { return fmt.Sprintf("%s#%06d", path, chunk) }

// keepFile hands a published file to the build in pieces, which are read when the
// night is committed: a night of many rejects has a large one.
func (n *closing) keepFile(path string) error {
	at := filepath.Join(n.staging, filepath.FromSlash(path))
	info, err := os.Stat(at)
	if err != nil {
		return err
	}
	kept := published{Path: path}
	for left := info.Size(); left > 0 || kept.Chunks == 0; kept.Chunks++ {
		from, size := int64(kept.Chunks)*keptChunk, int(min(left, keptChunk))
		read := func() ([]byte, error) { return readPiece(at, from, size) }
		if err := n.build.PutSmallFrom(sectionFiles, chunkName(path, kept.Chunks), size, read); err != nil {
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

// keptPieces calls fn with a published file as the book keeps it, piece by piece.
func keptPieces(b *store.Book, r *record, path string, fn func(piece []byte) error) error {
	for _, f := range r.Files {
		if f.Path != path {
			continue
		}
		for i := range f.Chunks {
			c, ok, err := b.Small(sectionFiles, r.Date, chunkName(path, i))
			if err != nil {
				return err
			}
			if !ok {
				return fmt.Errorf("the book lacks piece %d of %s of %s: run verify", i, path, r.Date)
			}
			if err := fn(c); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("the book does not keep %s of %s", path, r.Date)
}

// keptFile returns a published file whole: for those that are small.
func keptFile(b *store.Book, r *record, path string) (data []byte, err error) {
	err = keptPieces(b, r, path, func(piece []byte) error {
		data = append(data, piece...)
		return nil
	})
	return data, err
}

// reviveFile writes a published file again from its pieces.
func (v *reviving) reviveFile(path string, w io.Writer) error {
	return keptPieces(v.book, v.record, path, func(piece []byte) error {
		_, err := w.Write(piece)
		return err
	})
}
