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

// A PageID names a page of the journal: the entries of one night and partition, in the order
// of their ids, [PageEntries] to a page.
type PageID struct {
	Date            string // of the night, ISO 8601
	Partition, Page int    // from 0
}

// Head is the first line of the page's leaf.
func (p PageID) Head() string {
	return fmt.Sprintf("daybook journal 1 %s %d %d", p.Date, p.Partition, p.Page)
}

// Pages cuts a night's postings into leaves. They come entry by entry, in ascending order of
// partitions and of ids within; what is not is a [DisorderError].
type Pages struct {
	Date string
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

// Open returns the text of the page that an entry stands on. What is appended to it goes to [Pages.Keep]: a line for each
// posting, with its end.
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
		p.id = PageID{p.Date, partition, 0}
	case partition != p.id.Partition:
		if err := p.end(); err != nil {
			return err
		}
		p.id = PageID{p.Date, partition, 0}
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

// The fields of a line of a page.
const (
	fieldEntry = 0
	fieldLoan  = 4
	fields     = 11
)

// HasEntry reports whether a leaf is a page that has a posting of an entry.
func HasEntry(leaf []byte, entry int64) bool {
	return has(leaf, fieldEntry, strconv.FormatInt(entry, 10))
}

// HasLoan reports whether a leaf is a page that has a posting of a loan.
func HasLoan(leaf []byte, loan string) bool { return has(leaf, fieldLoan, loan) }

func has(leaf []byte, field int, value string) bool {
	if !bytes.HasPrefix(leaf, []byte("daybook journal 1 ")) {
		return false
	}
	_, lines, _ := bytes.Cut(leaf, []byte{'\n'})
	r := csv.NewReader(bytes.NewReader(lines))
	r.FieldsPerRecord, r.ReuseRecord = fields, true
	for {
		record, err := r.Read()
		if err != nil {
			return false
		}
		if record[field] == value {
			return true
		}
	}
}

// IsPageOf reports whether a leaf is a page of the journal of a date.
func IsPageOf(leaf []byte, date string) bool {
	return bytes.HasPrefix(leaf, []byte("daybook journal 1 "+date+" "))
}

// IsNight reports whether a leaf is the last one of the night of a date.
func IsNight(leaf []byte, date string) bool {
	return bytes.HasPrefix(leaf, []byte("daybook night 1 "+date+"\n"))
}

// NightHead is the first line of the last leaf of a night.
func NightHead(date string) string { return "daybook night 1 " + date }
