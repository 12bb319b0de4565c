package intake

import "errors"

type leaf struct{}
type group struct{}

func (f *File) open() error { return nil }

// A Reader decodes row groups. It keeps its buffers between calls: give each
// worker its own. The zero value is ready to use.
type Reader struct{}

// ReadGroup decodes row group g of f in batches and calls fn with each, in the
// order of the rows. It stops at fn's first error and returns it. Any fault of
// the file is a [FileError]; rows handed out before it are then not to be used.
func (r *Reader) ReadGroup(f *File, g int, fn func(*Rows) error) error {
	return errors.New("intake: not there yet")
}

// Values calls fn with each of the rows asked for (row numbers ascending), as
// a JSON object of the file's own columns in the file's order. Values are
// strings (exact decimals, ISO dates) or null. The object is valid until fn
// returns. It is a second pass, for the rows that are rejected: row groups and
// pages without any of them are skipped.
func (f *File) Values(rows []int64, fn func(row int64, json []byte) error) error {
	return errors.New("intake: not there yet")
}
