package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// A File is one that a policy names: a model. A book keeps it, as what a closed night was
// computed by must not depend on what lies in a folder later.
type File struct {
	Name   string // as the policy has it
	Digest [sha256.Size]byte
	Text   []byte
}

// Limits on the files that a policy names.
const (
	namedMax    = 8 << 20  // bytes of one
	namedAllMax = 16 << 20 // bytes of all
)

// Files are what the policy names, each once, in the order of its keys.
func (p *Policy) Files() []File { return p.doc.files }

// KeptFile returns a file that a book keeps, by its digest.
type KeptFile func(digest [sha256.Size]byte) ([]byte, error)

// beside returns the path of a file that a policy names, from the policy's own folder.
func beside(policy, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(policy), name)
}

// readRegular reads a file up to a number of bytes and one more.
func readRegular(path string, most int64) (text []byte, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe may have no writer
		return nil, errors.New("it is no regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	text, err = io.ReadAll(io.LimitReader(f, most+1))
	return text, errors.Join(err, f.Close())
}

// fromBook returns the file of a digest that the book keeps.
func (s *source) fromBook(digest string) ([]byte, error) {
	var sum [sha256.Size]byte
	if n, err := hex.Decode(sum[:], []byte(digest)); err != nil || n != len(sum) || s.keptFile == nil {
		return nil, errors.New("the book has no file of it")
	}
	return s.keptFile(sum)
}

// named reads a file that a key names, whose digest is the one that another key states or
// none; it returns the digest in hexadecimal. Of a policy that a book keeps, the book has
// the file, by its digest.
func (s *source) named(doc *document, path, name, stated string) (text []byte, digest string) {
	var err error
	if s.folderless {
		text, err = s.fromBook(stated)
	} else {
		text, err = readRegular(beside(s.file, name), namedMax)
	}
	if err != nil {
		s.fail(path, "the file %q cannot be read: %v; its path is taken from the policy's folder", name, reasonOf(err))
		return nil, stated
	}
	sum := sha256.Sum256(text)
	digest = hex.EncodeToString(sum[:])
	all := len(text)
	for _, f := range doc.files {
		all += len(f.Text)
	}
	switch {
	case len(text) > namedMax || all > namedAllMax:
		s.fail(path, "the file %q is too large: one may have %d bytes, all together %d", name, namedMax, namedAllMax)
		return nil, digest
	case stated != "" && stated != digest:
		s.fail(path, "the file %q has the SHA-256 %s, and not the one that the policy states: %s", name, digest, stated)
		return nil, digest
	}
	if !slices.ContainsFunc(doc.files, func(f File) bool { return f.Digest == sum }) {
		doc.files = append(doc.files, File{name, sum, text})
	}
	return text, digest
}
