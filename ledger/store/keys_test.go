package store

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// checkSpaces says what is wrong with a table of key spaces: two that share a letter,
// or something dated amid what one ingestion excises.
func checkSpaces(rows []keySpace) error {
	letters := map[byte]string{letterNight: "a night's values", letterMeta: "metadata"}
	from, to, _ := excised(rows, true)
	if from <= letterNight && letterNight < to {
		return fmt.Errorf("a night's values, %c, would be excised", letterNight)
	}
	for i := range rows {
		r := &rows[i]
		if other, ok := letters[r.letter]; ok {
			return fmt.Errorf("%c is the letter of %s and of %s", r.letter, other, r.all)
		}
		letters[r.letter] = r.all
		if r.dated && from <= r.letter && r.letter < to {
			return fmt.Errorf("%s, %c, would be excised", r.all, r.letter)
		}
		if _, end := generation(replacedBy(rows, false)); r.kept && r.letter < end {
			return fmt.Errorf("%s, %c, would be excised by nights that keep it", r.all, r.letter)
		}
		if r.one == "" || r.all == "" || r.id == "" {
			return fmt.Errorf("%c has no names", r.letter)
		}
	}
	return nil
}

// formatLetters are the letters of the keys that programs of a format know.
const (
	lettersFormat = 4
	formatLetters = "jnopqrstuvwxz"
)

// An older program neither reads nor replaces what lies under a letter that it does not
// know: a new one raises the book's format, unless this release has raised it already.
func TestLettersOfTheFormat(t *testing.T) {
	letters := []byte{letterNight, letterMeta}
	for i := range keySpaces {
		letters = append(letters, keySpaces[i].letter)
	}
	slices.Sort(letters)
	if string(letters) != formatLetters || Format < lettersFormat {
		t.Errorf("books of format %d have the letters %s, this program has %s: raise the format, and say here what it has",
			lettersFormat, formatLetters, letters)
	}
}

// A night excises its generation, the metadata where it is written again, and nothing
// that is dated.
func TestKeySpaces(t *testing.T) {
	if err := checkSpaces(keySpaces[:]); err != nil {
		t.Error(err)
	}
	names := func(letter byte, dated bool) keySpace {
		return keySpace{letter: letter, one: "record", all: string(letter), id: "id", dated: dated}
	}
	beside := []keySpace{names('j', true), names('r', false), names('s', false)}
	wide := append(slices.Clip(beside), names('q', false), names('w', false)) // beyond the metadata
	if err := checkSpaces(wide); err != nil {
		t.Error(err)
	}
	for _, test := range []struct {
		rows    []keySpace
		changes bool
		from    byte
		to      byte
		meta    bool
	}{
		{beside, false, 'r', 't', false},
		{beside, true, 'r', 'u', true},
		{wide, false, 'q', 'x', true},
		{wide, true, 'q', 'x', true},
		{[]keySpace{names('v', false)}, false, 'v', 'w', false},
		{[]keySpace{names('v', false)}, true, 't', 'w', true},
	} {
		if from, to, meta := excised(test.rows, test.changes); from != test.from || to != test.to || meta != test.meta {
			t.Errorf("%v: excises [%c, %c) and meta=%v, want [%c, %c) and %v", test.changes, from, to, meta, test.from, test.to, test.meta)
		}
	}
	kept := names('u', false)
	kept.kept = true
	for want, row := range map[string]keySpace{
		"u, u, would be excised by nights": kept,
		"s is the letter of":               names('s', false), "t is the letter of": names('t', true), "n is the letter of": names('n', true),
		"u, u, would be excised": names('u', true), "values, n, would be": names('m', false),
	} {
		if err := checkSpaces(append(slices.Clip(wide), row)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%c: %v, want %q", row.letter, err, want)
		}
	}
}

// Only what no night ever replaces needs no pinning by a reader.
func TestIsReplaced(t *testing.T) {
	for key, want := range map[string]bool{"j1": false, "n1": false, "r1": true, "s1": true, "t1": true} {
		if isReplaced([]byte(key)) != want {
			t.Errorf("%s: %v", key, !want)
		}
	}
}

// The digests of a partition are those of its pages: a space without a sum counts.
func TestPageDigest(t *testing.T) {
	var got Contents
	journal := keySpaces[Journal].newDigest()
	journal.add([]byte("page"), 3)
	journal.end(&got)
	if want := (Contents{3, sha256.Sum256([]byte("page"))}); got != want {
		t.Errorf("journal: %v, want %v", got, want)
	}
	journal.end(&got)
	if got.Records != 0 {
		t.Errorf("a partition without a page has %d records", got.Records)
	}
	loans := keySpaces[Loans].newDigest()
	loans.add([]byte("id"), 1)
	got = Contents{}
	loans.end(&got)
	if got.Sum.Uint64() != Hash([]byte("id")) || [24]byte(got.Sum[8:]) != [24]byte{} {
		t.Errorf("loans: %x, want %x", got.Sum, Hash([]byte("id")))
	}
	none := (&keySpace{}).newDigest()
	none.add([]byte("id"), 2)
	got = Contents{}
	none.end(&got)
	if got != (Contents{Records: 2}) {
		t.Errorf("without a sum: %v", got)
	}
}
