package proof

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// A Head is what is said of a book at the close of a night: the tree over the journals of all
// nights up to it, the book's digest, and the night's manifest. Its text is a checkpoint as
// transparency logs write it (origin, size, root), with three lines more; signed it is a note.
type Head struct {
	Origin string // the name of the key, or of an unsigned book
	Tree
	BusinessDate string
	Book         string // the manifest's journal_root
	Manifest     string // SHA-256 of the manifest without its timings and the page that shows them, in hexadecimal digits
}

// OriginOf is the origin of a head without a key, of a book by its id.
func OriginOf(book string) string { return ofBook + book }

const ofBook = "daybook/"

var bookOrigin = regexp.MustCompile(`^` + ofBook + `([0-9a-f]{32})$`)

// OfBook returns the id of the book that the origin says the head is of; "" where it says none, as that of a signed head is the
// name of a key.
func (h *Head) OfBook() string {
	if m := bookOrigin.FindStringSubmatch(h.Origin); m != nil {
		return m[1]
	}
	return ""
}

// Unsigned stands where a head without a key has its signatures.
const Unsigned = "unsigned: no key was given when the night was closed\n"

// HeadMax is the most bytes of a head: with a hundred cosignatures it has fewer.
const HeadMax = 64 << 10

// Text is what is signed.
func (h *Head) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\nbusiness_date %s\nbook %s\nmanifest %s\n", h.Origin, h.Size, Text(h.Root), h.BusinessDate, h.Book, h.Manifest)
}

// Sign returns the head as it is published: with a signature, or without a signer saying that
// it has none.
func (h *Head) Sign(signer note.Signer) ([]byte, error) {
	if signer == nil {
		return []byte(h.Text() + "\n" + Unsigned), nil
	}
	b, err := note.Sign(&note.Note{Text: h.Text()}, signer)
	if err != nil {
		return nil, fmt.Errorf("sign the head: %w", err)
	}
	return b, nil
}

var hexDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// ParseHead reads a head, whatever its signatures are.
func ParseHead(b []byte) (*Head, error) {
	if len(b) > HeadMax {
		return nil, fmt.Errorf("a head of %d bytes", len(b))
	}
	text, _, ok := bytes.Cut(b, []byte("\n\n"))
	lines := strings.Split(string(text), "\n")
	if !ok || len(lines) != 6 {
		return nil, errors.New("it is no head of a night: a head has six lines, an empty one, and its signatures")
	}
	h := &Head{Origin: lines[0]}
	var err error
	if h.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || h.Size < 0 || strconv.FormatInt(h.Size, 10) != lines[1] {
		return nil, fmt.Errorf("line 2 is no size of a tree: %q", lines[1])
	}
	if h.Root, err = ParseHash(lines[2]); err != nil {
		return nil, fmt.Errorf("line 3: %w", err)
	}
	for i, x := range []struct {
		name string
		to   *string
		ok   func(string) bool
	}{{"business_date", &h.BusinessDate, isDate}, {"book", &h.Book, hexDigest.MatchString}, {"manifest", &h.Manifest, hexDigest.MatchString}} {
		name, value, _ := strings.Cut(lines[3+i], " ")
		if name != x.name || !x.ok(value) {
			return nil, fmt.Errorf("line %d is not that of %s: %q", 4+i, x.name, lines[3+i])
		}
		*x.to = value
	}
	if h.Origin == "" {
		return nil, errors.New("line 1, the origin, is empty")
	}
	return h, nil
}

var dateText = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)

func isDate(s string) bool { return dateText.MatchString(s) }

// A SignatureError says why a head is not vouched for.
type SignatureError struct{ Why string }

func (e *SignatureError) Error() string { return e.Why }

// OpenHead reads a head that one of the keys has signed.
func OpenHead(b []byte, keys note.Verifiers) (*Head, error) {
	h, err := ParseHead(b)
	if err != nil {
		return nil, err
	}
	if bytes.HasSuffix(b, []byte("\n\n"+Unsigned)) {
		return nil, &SignatureError{"the head is not signed: the night was closed without a key"}
	}
	n, err := note.Open(b, keys)
	if err != nil {
		var unverified *note.UnverifiedNoteError
		if errors.As(err, &unverified) {
			return nil, &SignatureError{"the head is not signed by the key given"}
		}
		return nil, &SignatureError{"the signature of the head is not right: " + err.Error()}
	}
	for _, s := range append(n.Sigs, n.UnverifiedSigs...) { // a note's reader lets the last character be another
		if _, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil {
			return nil, &SignatureError{"a signature of the head is not written as signatures are"}
		}
	}
	if lines := bytes.Count(b, []byte("\n")) - strings.Count(n.Text, "\n") - 1; lines != len(n.Sigs)+len(n.UnverifiedSigs) {
		return nil, &SignatureError{"the head has two signatures of one key"}
	}
	if n.Text != h.Text() {
		return nil, &SignatureError{"the head is not written as heads are"}
	}
	return h, nil
}
