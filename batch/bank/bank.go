// Package bank reads the statements that banks send: camt.053 (versions 2 to 13),
// MT940 and BAI2. All give the same statements and lines, so that nothing behind this
// room knows the formats.
//
// The text comes from outside, and is read as if it were hostile: as a stream, with a
// limit on everything, without expanding or fetching anything. A place that can't be
// read, or that contradicts itself, is a [Fault] and reading goes on where it can, so that a
// bank is told once of all that is wrong. Of a file with a fault nothing is to be used.
//
// What the formats leave open is decided like this, the same in each of them:
//
//   - Ids are trimmed, white space within them is kept as blanks, control characters are
//     dropped. One that says that there is none (NOTPROVIDED, NONREF, NOREF, NONE, in any
//     case) is none, and the next source of that id counts. One longer than 256 bytes is
//     cut: no id of ours is as long, so it can't match by accident. An account above 64
//     bytes is a fault.
//   - Zeros beyond a currency's digits are no fault; any other digit there is.
//   - Years of two digits are 1980 to 2079.
//   - Charges in another currency than the line's leave its fee unknown.
//   - The absolute amounts of a statement's lines sum to at most 10^18 minor units, so
//     that no sum over them overflows.
package bank

import (
	"bytes"
	"io"

	"daybook/ledger/match"
)

// Limits on what a file may hold.
const (
	fileMax  = 1 << 30   // bytes of a file
	tokenMax = 1 << 20   // bytes of a tag with its attributes, of a run of text, or of a record with what continues it
	infoMax  = 1 << 16   // bytes of an MT940 line, and of the information of one entry
	linesMax = 2_000_000 // lines of a statement
	headMax  = 1 << 16   // bytes that the format is told from
)

// Read reads a file of statements, of whichever format, and calls emit with each that has
// no fault, in the file's order; emit may keep it. It returns the faults of the file, at
// most 100 and one that counts the others. An error is one of reading r, or emit's own.
//
// Where r tells its size, as a file does or by a method Size, the lines of a large statement
// are made room for once, which halves the memory that reading takes.
//
// Statements before a fault have been emitted when it is found: the caller drops what a
// faulty file gave.
func Read(r io.Reader, emit func(*match.Statement) error) (faults []Fault, err error) {
	return read(&file{emit: emit, linesMax: linesMax}, &source{r: r, left: fileMax, size: sizeOf(r)})
}

func read(f *file, s *source) ([]Fault, error) {
	f.source = s
	for s.to-s.from < headMax && s.more(headMax) {
	}
	head := s.buf[s.from:s.to]
	format, known := Detect(head)
	switch {
	case s.err != nil || s.spent: // said below
	case bytes.HasPrefix(head, []byte("\xfe\xff")), bytes.HasPrefix(head, []byte("\xff\xfe")):
		f.fault(1, codeEncoding, "the file is in UTF-16")
	case !known && len(bytes.TrimSpace(withoutBOM(head))) == 0:
		f.fault(1, codeEmpty, "the file is empty")
	case !known:
		f.fault(1, codeFormat, "the file is none of camt.053, MT940 and BAI2")
	default:
		s.from += len(head) - len(withoutBOM(head))
		readers[format](f, s)
	}
	if s.spent {
		f.fault(s.line(), codeLarge, "the file is larger than 1 GiB")
	}
	if f.err == nil {
		f.err = s.err
	}
	return f.faults.all(), f.err
}

var readers = [match.Formats]func(*file, *source){
	match.Camt053: readCamt,
	match.MT940:   readMT940,
	match.BAI2:    readBAI2,
}

// Detect tells a file's format from its first bytes, of which it needs 64 KiB or all that
// there are: `<` begins XML, `01,` BAI2, and MT940 has a line that begins with `:20:`.
func Detect(head []byte) (match.Format, bool) {
	head = withoutBOM(head)
	text := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case bytes.HasPrefix(text, []byte("<")):
		return match.Camt053, true
	case bytes.HasPrefix(text, []byte("01,")):
		return match.BAI2, true
	}
	for i := 0; ; i++ {
		at := bytes.Index(head[i:], []byte(":20:"))
		if at < 0 {
			return 0, false
		}
		i += at
		if i == 0 || head[i-1] == '\n' || head[i-1] == '\r' || bytes.HasSuffix(head[:i], []byte("{4:")) {
			return match.MT940, true
		}
	}
}

func withoutBOM(b []byte) []byte { return bytes.TrimPrefix(b, []byte("\ufeff")) }
