package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"daybook/ledger/civil"

	"github.com/cespare/xxhash/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// A seal lists every file of the book with its size and digest, and the last
// night. It is written after every commit and every clean close. Pebble's own
// checksums cover blocks, but the end of a damaged manifest reads like the torn
// end of an interrupted write, and the last night would vanish without a word.
//
//	daybook book, format 1
//	night 2026-11-23
//	file 000012.sst 268435456 0123456789abcdef
//	end 0123456789abcdef
//
// The last line is the digest of all bytes before it. The first and the last
// line keep their shape in every format to come.
type seal struct {
	format int
	night  civil.Date
	files  map[string]fileDigest // of the database, by name
}

// A fileDigest is the size and the xxhash64 of a file.
type fileDigest struct {
	size int64
	sum  uint64
}

const sealHead = "daybook book, format "

func (s *seal) render() []byte {
	night := "none"
	if s.night != civil.None {
		night = s.night.String()
	}
	b := fmt.Appendf(nil, "%s%d\nnight %s\n", sealHead, s.format, night)
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		f := s.files[name]
		b = fmt.Appendf(b, "file %s %d %016x\n", name, f.size, f.sum)
	}
	return fmt.Appendf(b, "end %016x\n", xxhash.Sum64(b))
}

var errSealDamaged = errors.New("the seal is damaged")

// parseSeal reads a seal. Only the bytes that render writes pass, so every
// flipped bit is found.
func parseSeal(data []byte) (*seal, error) {
	body := data[:bytes.LastIndexByte(bytes.TrimSuffix(data, []byte("\n")), '\n')+1]
	if !bytes.Equal(data[len(body):], fmt.Appendf(nil, "end %016x\n", xxhash.Sum64(body))) {
		return nil, errSealDamaged
	}
	s := &seal{night: civil.None, files: map[string]fileDigest{}}
	for line := range strings.Lines(string(body)) {
		if err := s.parseLine(strings.TrimSuffix(line, "\n")); err != nil {
			return nil, err
		}
	}
	if !bytes.Equal(s.render(), data) {
		return nil, errSealDamaged
	}
	return s, nil
}

func (s *seal) parseLine(line string) (err error) {
	if version, ok := strings.CutPrefix(line, sealHead); ok {
		if s.format, err = strconv.Atoi(version); err == nil && s.format > Format {
			return &FormatError{Format: s.format}
		}
		return err
	}
	f := strings.Fields(line)
	switch {
	case len(f) == 2 && f[0] == "night" && f[1] == "none":
	case len(f) == 2 && f[0] == "night":
		s.night, err = civil.Parse(f[1])
	case len(f) == 4 && f[0] == "file":
		var d fileDigest
		if d.size, err = strconv.ParseInt(f[2], 10, 64); err == nil {
			d.sum, err = strconv.ParseUint(f[3], 16, 64)
		}
		s.files[f[1]] = d
	default:
		err = errSealDamaged
	}
	return err
}

// tables returns the digests of the sealed tables.
func (s *seal) tables() map[string]fileDigest {
	t := map[string]fileDigest{}
	for name, d := range s.files {
		if isTable(name) {
			t[name] = d
		}
	}
	return t
}

func isTable(name string) bool { return strings.HasSuffix(name, ".sst") }

func (b *Book) readSeal() (*seal, error) {
	if b.o.FS == nil && regularOrAbsent(b.path(sealName)) != nil {
		return nil, &Fault{File: sealName, Err: errors.New("it is no file")}
	}
	data, err := readFile(b.fs, b.path(sealName))
	if err != nil {
		return nil, notBook(err)
	}
	s, err := parseSeal(data)
	if errors.Is(err, errSealDamaged) {
		return nil, &Fault{File: sealName, Err: err}
	}
	return s, err
}

// newSeal begins a seal with the last night and the tables of the open
// database. Digests of tables are known from building them or from the seal
// before; only those of a run killed before it could seal are read again.
func (b *Book) newSeal() (*seal, error) {
	levels, err := b.db.SSTables()
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &seal{format: b.format, night: b.last, files: map[string]fileDigest{}}
	for _, level := range levels {
		for _, t := range level {
			name := tableName(uint64(t.BackingSSTNum))
			d, ok := b.tables[name]
			if !ok {
				if d, err = digestFile(b.fs, b.path(dbName, name), -1); err != nil {
					return nil, fmt.Errorf("seal: %w", err)
				}
			}
			s.files[name] = d
		}
	}
	b.tables = maps.Clone(s.files)
	return s, nil
}

// addSmall adds the database's other files, which are small.
func (s *seal) addSmall(fs vfs.FS, dir string) error {
	names, err := fs.List(dir)
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	for _, name := range names {
		if isTable(name) || strings.HasSuffix(name, ".log") {
			continue // logs go when the book is closed
		}
		d, err := digestFile(fs, fs.PathJoin(dir, name), -1)
		if errors.Is(err, os.ErrNotExist) {
			continue // an old one, deleted in the meantime
		}
		if err != nil {
			return fmt.Errorf("seal: %w", err)
		}
		s.files[name] = d
	}
	return nil
}

func (s *seal) write(fs vfs.FS, dir string) error {
	if err := writeFile(fs, dir, sealName, s.render()); err != nil {
		return fmt.Errorf("write seal: %w", err)
	}
	return nil
}

// writeSeal seals the open book.
func (b *Book) writeSeal() error {
	s, err := b.newSeal()
	if err != nil {
		return err
	}
	if err := s.addSmall(b.fs, b.path(dbName)); err != nil {
		return err
	}
	return s.write(b.fs, b.dir)
}

// digestFile reads a file, or its first bytes, and returns the digest. It ends
// early where the file does.
func digestFile(fs vfs.FS, path string, limit int64) (fileDigest, error) {
	f, err := fs.Open(path, vfs.SequentialReadsOption)
	if err != nil {
		return fileDigest{}, err
	}
	info, err := f.Stat()
	if err != nil {
		return fileDigest{}, errors.Join(err, f.Close())
	}
	if limit < 0 {
		limit = math.MaxInt64
	}
	d := xxhash.New()
	buf := make([]byte, min(info.Size(), limit, 256<<10)+1) // and one, to meet the end
	n, err := io.CopyBuffer(struct{ io.Writer }{d}, struct{ io.Reader }{io.LimitReader(f, limit)}, buf)
	if err = errors.Join(err, f.Close()); err != nil {
		return fileDigest{}, fmt.Errorf("read %s: %w", path, err)
	}
	return fileDigest{n, d.Sum64()}, nil
}
