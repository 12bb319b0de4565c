// Package proof is what anyone needs to prove that no entry of a journal was changed,
// removed or put in later: the leaves that a journal is cut into, the Merkle tree over them
// (RFC 6962, as golang.org/x/mod/sumdb/tlog has it), the signed head of a night, and proofs
// of inclusion and consistency. It says nothing of whether an entry was true when posted.
//
// It decides and computes; what it returns is kept and read by others.
package proof

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// PageEntries is how many entries a page has; the last of a partition may have fewer.
const PageEntries = 128

// A Format is how a page is written. One is never changed: leaves of closed nights are made
// again as they were.
type Format int

// The formats of pages.
const (
	// LinePerPosting has a line for each posting, with all that is said of its entry.
	LinePerPosting Format = 1
	// LinePerEntry has what is said of an entry once, and behind it a line for each of its postings.
	LinePerEntry Format = 2
)

// journalHead is how the first line of a page begins, before its format.
const journalHead = "daybook journal "

// A PageID names a page of the journal: the entries of one night and partition, in the order
// of their ids, [PageEntries] to a page.
type PageID struct {
	Format          Format
	Date            string // of the night, ISO 8601
	Partition, Page int    // from 0
}

// Head is the first line of the page's leaf.
func (p PageID) Head() string {
	return fmt.Sprintf("%s%d %s %d %d", journalHead, p.Format, p.Date, p.Partition, p.Page)
}

// Pages cuts a night's postings into leaves. They come entry by entry, in ascending order of
// partitions and of ids within; what is not is a [DisorderError].
type Pages struct {
	Format Format
	Date   string
	// Page, if set, is given each leaf as it ends. The text is valid until it returns.
	Page   func(id PageID, text []byte) error
	Leaves []tlog.Hash // of the leaves that ended

	id      PageID
	entries int
	last    int64
	text    []byte
}

// A DisorderError reports an entry that does not come after the one before it.
type DisorderError struct{ Entry, Before int64 }

func (e *DisorderError) Error() string {
	return fmt.Sprintf("entry %d comes after entry %d", e.Entry, e.Before)
}

// Open returns the text of the page that an entry stands on. What is appended to it, lines with their ends, goes to [Pages.Keep].
func (p *Pages) Open(partition int, entry int64) (text []byte, err error) {
	if len(p.text) == 0 || entry != p.last {
		if len(p.text) > 0 && (entry < p.last || partition < p.id.Partition) {
			return nil, &DisorderError{entry, p.last}
		}
		if err := p.turn(partition); err != nil {
			return nil, err
		}
		p.entries++
		p.last = entry
	}
	return p.text, nil
}

// Keep takes the text of [Pages.Open] with the lines of its entry.
func (p *Pages) Keep(text []byte) { p.text = text }

// turn begins another page where the entry does not go on the one that is open.
func (p *Pages) turn(partition int) error {
	switch {
	case len(p.text) == 0:
		p.id = PageID{p.Format, p.Date, partition, 0}
	case partition != p.id.Partition:
		if err := p.end(); err != nil {
			return err
		}
		p.id = PageID{p.Format, p.Date, partition, 0}
	case p.entries == PageEntries:
		next := p.id.Page + 1
		if err := p.end(); err != nil {
			return err
		}
		p.id.Page = next
	default:
		return nil
	}
	p.entries = 0
	p.text = append(append(p.text[:0], p.id.Head()...), '\n')
	return nil
}

// Close ends the last page. Pages may be added for another run of partitions then.
func (p *Pages) Close() error {
	if len(p.text) == 0 {
		return nil
	}
	err := p.end()
	p.text, p.entries = p.text[:0], 0
	return err
}

func (p *Pages) end() error {
	p.Leaves = append(p.Leaves, tlog.RecordHash(p.text))
	if p.Page == nil {
		return nil
	}
	return p.Page(p.id, p.text)
}

// The fields of a line that tells of an entry, in each format.
const (
	fieldEntry = 0
	fieldLoan  = 4
)

// fieldsOf is how many fields the lines of a page have, by its format: a line that tells of an entry, and one that tells of
// a posting alone.
var fieldsOf = map[Format][2]int{LinePerPosting: {11, 11}, LinePerEntry: {8, 3}}

// formatOf returns the format of a leaf that is a page, and what follows it in its first line.
func formatOf(leaf []byte) (f Format, rest []byte, ok bool) {
	for f := range fieldsOf {
		if rest, ok := bytes.CutPrefix(leaf, fmt.Appendf(nil, "%s%d ", journalHead, f)); ok {
			return f, rest, true
		}
	}
	return 0, nil, false
}

// HasEntry reports whether a leaf is a page that has a posting of an entry.
func HasEntry(leaf []byte, entry int64) bool {
	return has(leaf, fieldEntry, strconv.FormatInt(entry, 10))
}

// HasLoan reports whether a leaf is a page that has a posting of a loan.
func HasLoan(leaf []byte, loan string) bool { return has(leaf, fieldLoan, loan) }

func has(leaf []byte, field int, value string) bool {
	format, rest, ok := formatOf(leaf)
	if !ok {
		return false
	}
	fields := fieldsOf[format]
	_, lines, _ := bytes.Cut(rest, []byte{'\n'})
	r := csv.NewReader(bytes.NewReader(lines))
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	for {
		record, err := r.Read()
		switch {
		case err != nil || len(record) != fields[0] && len(record) != fields[1]:
			return false
		case len(record) == fields[0] && record[field] == value:
			return true
		}
	}
}

// IsPageOf reports whether a leaf is a page of the journal of a date.
func IsPageOf(leaf []byte, date string) bool {
	_, rest, ok := formatOf(leaf)
	return ok && bytes.HasPrefix(rest, []byte(date+" "))
}

// IsNight reports whether a leaf is the last one of the night of a date.
func IsNight(leaf []byte, date string) bool {
	return bytes.HasPrefix(leaf, []byte("daybook night 1 "+date+"\n"))
}

// NightHead is the first line of the last leaf of a night.
func NightHead(date string) string { return "daybook night 1 " + date }
