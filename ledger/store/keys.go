package store

import (
	"encoding/binary"
	"fmt"

	"daybook/ledger/civil"
)

// The first letter of a key says what it leads to. Held items, loans and the
// book's metadata are neighbours because one night replaces all of them, and
// Pebble excises one span in an ingestion. Everything dated is written once
// and stays: it never overlaps an earlier night, so that it lands in the
// bottom level and no compaction ever moves it.
const (
	letterJournal = 'j' // date · hash · loan id → page of journal entries
	letterNight   = 'n' // date · section · name → a night's small value
	letterHeld    = 'r' // hash · loan id · item id → page of suspense items
	letterLoans   = 's' // hash · loan id → page of loans
	letterMeta    = 't' // name → the book's own metadata
)

// sectionRecord is the section of the night's record itself, below any that a
// caller may name, so that it is the first key of its date.
const sectionRecord = 0

// formatName is the metadata that holds the book's format.
const formatName = "format"

// A page is keyed by its last record, so that one forward seek finds the page
// of any record; Pebble's seeks are faster forward, and fastest when they
// ascend, as a worker's do.

func appendLoanKey(b []byte, hash uint64, id []byte) []byte {
	b = append(b, letterLoans)
	b = binary.BigEndian.AppendUint64(b, hash)
	return append(b, id...)
}

func appendEntryKey(b []byte, date civil.Date, hash uint64, id []byte) []byte {
	b = appendDate(append(b, letterJournal), date)
	b = binary.BigEndian.AppendUint64(b, hash)
	return append(b, id...)
}

// appendHeldKey escapes the loan id, so that keys sort by (hash, loan, item)
// even where one id is the beginning of another: 0 becomes 0 255, and 0 1 ends
// the id.
func appendHeldKey(b []byte, hash uint64, id, item []byte) []byte {
	b = append(b, letterHeld)
	b = binary.BigEndian.AppendUint64(b, hash)
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
	return append(append(appendDate([]byte{letterNight}, date), section), name...)
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
	if from < 0 || to > Partitions || from > to {
		return nil, nil, fmt.Errorf("partitions [%d, %d) are not within [0, %d]", from, to, Partitions)
	}
	bound := func(p int) []byte {
		if p == Partitions {
			return successor(prefix)
		}
		return append(append([]byte(nil), prefix...), byte(p))
	}
	return bound(from), bound(to), nil
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
