package store

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"

	"daybook/ledger/civil"

	"github.com/cespare/xxhash/v2"
)

// A Space is one kind of record that the book keeps in pages.
type Space uint8

// The spaces.
const (
	ContactIDs Space = iota // who has taken an id of a contact, by that id
	LoanFlags               // flags of a loan, whether or not it is booked yet, by loan id
	Borrowers               // what is known of borrowers, by their id
	Held                    // suspense items, by the loan id that they name and their own
	Loans                   // loans, by their id
	Journal                 // what a night did to each loan, by loan id
	Treatments              // what was done about borrowers: exported tasks, promises; by borrower id
	TaskKeys                // whose task has a key, by that key
	Bonds                   // what a borrower's loans make of each other, by borrower id
	Finals                  // what is made of loans' scores borrower by borrower, by their id
	Bases                   // what the last close of an earlier month said of loans, by their id
	Spaces                  // how many there are
)

// String returns what a record of the space is called.
func (s Space) String() string { return keySpaces[s].one }

// A keySpace says how the records of a space lie in the book. What the store does
// with a space follows from its row: a new one is a row here, and its caller.
//
//	letter · date, where it is dated · hash of the id · id → page
type keySpace struct {
	letter byte
	one    string           // what a record is called in errors
	all    string           // what a scan of them is
	id     string           // what the id is of
	dated  bool             // written once and never replaced; else each night writes a whole new generation
	kept   bool             // a night that writes none of it keeps what there is
	pairs  bool             // an item's id comes after the id, and a record has both
	digest func() hash.Hash // of the pages; nil: records are counted alone
}

// What one night replaces lies together, as Pebble excises one span in an ingestion:
// the letters from the first to the last generation, with nothing dated between. What a
// night may keep comes last, so that it is in the span or behind it. What
// is dated never overlaps an earlier night, so that it lands in the bottom level and
// no compaction ever moves it.
var keySpaces = [Spaces]keySpace{
	ContactIDs: {letter: 'o', one: "id of a contact", all: "ids of contacts", id: "contact id", digest: quick},
	LoanFlags:  {letter: 'p', one: "flags of a loan", all: "flags of loans", id: "loan id", digest: quick},
	Borrowers:  {letter: 'q', one: "borrower", all: "borrowers", id: "borrower id", digest: quick},
	Held:       {letter: 'r', one: "suspense item", all: "suspense items", id: "loan id", pairs: true, digest: quick},
	Loans:      {letter: 's', one: "loan", all: "loans", id: "loan id", digest: quick},
	Treatments: {letter: 'u', one: "treatment", all: "treatments", id: "borrower id", digest: quick},
	TaskKeys:   {letter: 'v', one: "key of a task", all: "keys of tasks", id: "task key", digest: quick},
	Bonds:      {letter: 'w', one: "bond", all: "bonds", id: "borrower id", digest: quick},
	Finals:     {letter: 'x', one: "final score", all: "final scores", id: "loan id", digest: quick},
	Bases:      {letter: 'z', one: "month base", all: "month bases", id: "loan id", kept: true, digest: quick},
	Journal:    {letter: 'j', one: "journal entry", all: "journal", id: "loan id", dated: true, digest: sha256.New},
}

// The letters of single values.
const (
	letterNight = 'n' // date · section · name → a night's small value; dated
	letterMeta  = 't' // name → the book's own metadata, replaced where some of it changes
)

func quick() hash.Hash { return xxhash.New() }

// generation returns the letters [from, to) of what each night replaces.
func generation(rows []keySpace) (from, to byte) {
	from = 0xff
	for i := range rows {
		if r := &rows[i]; !r.dated {
			from, to = min(from, r.letter), max(to, r.letter+1)
		}
	}
	return from, to
}

// replacedBy returns the spaces that a night writes; without the kept ones where it renews
// none of them.
func replacedBy(rows []keySpace, renews bool) (list []keySpace) {
	for _, r := range rows {
		if renews || !r.kept {
			list = append(list, r)
		}
	}
	return list
}

// excised returns the letters [from, to) that a night's ingestion replaces, and
// whether the metadata is among them and has to be written again: where some of it
// changes, and where it lies amid the generation.
func excised(rows []keySpace, metaChanges bool) (from, to byte, meta bool) {
	from, to = generation(rows)
	if metaChanges || from < letterMeta && letterMeta < to {
		return min(from, letterMeta), max(to, letterMeta+1), true
	}
	return from, to, false
}

// isReplaced reports whether a night may replace what a key leads to.
func isReplaced(key []byte) bool {
	from, to, _ := excised(keySpaces[:], true)
	return key[0] >= from && key[0] < to
}

// sectionRecord is the section of the night's record itself, below any that a
// caller may name, so that it is the first key of its date.
const sectionRecord = 0

// formatName is the metadata that holds the book's format.
const formatName = "format"

// A page is keyed by its last record, so that one forward seek finds the page
// of any record; Pebble's seeks are faster forward, and fastest when they
// ascend, as a worker's do.

// prefix returns what the keys of a space begin with, of the night of a date where
// they are dated.
func (s *keySpace) prefix(d civil.Date) []byte {
	if s.dated {
		return appendDate([]byte{s.letter}, d)
	}
	return []byte{s.letter}
}

// appendKey appends the key of the page whose last record has an id.
func (s *keySpace) appendKey(b []byte, d civil.Date, hash uint64, id []byte) []byte {
	b = append(b, s.letter)
	if s.dated {
		b = appendDate(b, d)
	}
	b = binary.BigEndian.AppendUint64(b, hash)
	if s.pairs {
		return appendPair(b, id)
	}
	return append(b, id...)
}

// The id of a pair within its page is one byte, the length of the first id, then the
// first and the item's.

// A page has one byte for the length of an id.
const _ = uint8(1 + 2*IDMax)

var errPair = errors.New("id of an item is damaged")

func joinPair(b, id, item []byte) []byte {
	return append(append(append(b, byte(len(id))), id...), item...)
}

func validPair(pair []byte) bool {
	n := int(pair[0])
	return n >= 1 && n <= IDMax && n+1 < len(pair)
}

func splitPair(pair []byte) (id, item []byte) {
	n := int(pair[0]) + 1
	return pair[1:n:n], pair[n:]
}

// appendPair escapes the first id, so that keys sort by (hash, id, item) even where
// one id is the beginning of another: 0 becomes 0 255, and 0 1 ends the id.
func appendPair(b, pair []byte) []byte {
	id, item := splitPair(pair)
	for _, c := range id {
		b = append(b, c)
		if c == 0 {
			b = append(b, 0xff)
		}
	}
	b = append(b, 0, 1)
	return append(b, item...)
}

// appendDate appends a date so that bytes sort as dates do, before 1970 too.
func appendDate(b []byte, d civil.Date) []byte {
	return binary.BigEndian.AppendUint32(b, uint32(d)^1<<31)
}

func smallKey(section byte, date civil.Date, name string) []byte {
	return append(append(nightKey(date), section), name...)
}

func metaKey(name string) []byte { return append([]byte{letterMeta}, name...) }

// nightOf returns the date of a small value's key.
func nightOf(key []byte) (civil.Date, error) {
	if len(key) < 6 || key[0] != letterNight {
		return civil.None, fmt.Errorf("key %q is not a night's", key)
	}
	return civil.Date(binary.BigEndian.Uint32(key[1:]) ^ 1<<31), nil
}

// partitionSpan returns the keys [lower, upper) of partitions [from, to) after
// a prefix that does not end in 0xff.
func partitionSpan(prefix []byte, from, to int) (lower, upper []byte, err error) {
	if err := checkSpan(from, to); err != nil {
		return nil, nil, err
	}
	bound := func(p int) []byte {
		if p == Partitions {
			return successor(prefix)
		}
		return append(append([]byte(nil), prefix...), byte(p))
	}
	return bound(from), bound(to), nil
}

func checkSpan(from, to int) error {
	if from < 0 || to > Partitions || from > to {
		return fmt.Errorf("partitions [%d, %d) are not within [0, %d]", from, to, Partitions)
	}
	return nil
}

// successor returns the first key after all that begin with a prefix.
func successor(prefix []byte) []byte {
	s := append([]byte(nil), prefix...)
	for i := len(s) - 1; i >= 0; i-- {
		s[i]++
		if s[i] != 0 {
			return s[:i+1]
		}
	}
	return nil
}
