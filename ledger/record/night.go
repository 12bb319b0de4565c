package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"slices"
	"strings"

	"daybook/ledger"
	"daybook/ledger/civil"
)

// Sections of a night's small values in the book.
const (
	SectionActivity = 'g' // debits and credits by account, currency and kind of entry: [Cell]
	SectionSummary  = 'u' // the entries that belong to no loan, in pieces
	SectionFiles    = 'f' // small published files, in pieces
	SectionTree     = 't' // hashes of the tree over the journals, in pieces: see [Tree]
	SectionRegions  = 'r' // what untouched loans accrued by region, in pieces, where the policy has cost centres by region
)

// A Night is what the book keeps of a night beside its journal: enough to know
// what was closed with what, to publish it again, and to prove it.
type Night struct {
	Date         civil.Date  `json:"date"`
	Previous     civil.Date  `json:"previous"` // civil.None: it is the book's first
	Software     string      `json:"software"`
	PolicyName   string      `json:"policy"`
	PolicyDigest string      `json:"policy_digest"`
	Inputs       []Input     `json:"inputs"`
	InputsDigest string      `json:"inputs_digest"`
	Root         string      `json:"journal_root"` // over the one before and this night's journal
	PreviousRoot string      `json:"previous_journal_root"`
	Counts                   // of the book after the night, and of the night
	Parts        int         `json:"parts"`
	Scale        int         `json:"scale"` // digits after the point of published amounts
	GL           []Line      `json:"gl"`
	Partitions   []Partition `json:"partitions"`
	BaseDate     *civil.Date `json:"base_date,omitempty"` // the close that the month bases are of; nil: the book has none
	Files        []KeptFile  `json:"files"`               // kept in the book as they were published
	Above        bool        `json:"above_threshold"`
	Form         *Form       `json:"form,omitempty"` // nil in records from before it was kept
	Queue        *Queue      `json:"queue,omitempty"`
	Tree         *Tree       `json:"tree,omitempty"` // nil in records from before there was evidence
}

// A Tree is that over the journals of all nights up to this one that have evidence. The hashes
// that the night added lie behind those of the nights before.
type Tree struct {
	Size   int64  `json:"size"`             // leaves
	Root   string `json:"root"`             // in base64
	Before int64  `json:"before,omitempty"` // size at the last close
	Pieces int    `json:"pieces"`           // of the night's hashes
}

// A Queue is what the night's tasks were made with. The lender's secret key is not kept:
// of the night's own one, nobody learns it.
type Queue struct {
	NightKey []byte `json:"night_key"` // HMAC-SHA-256 of the secret over the date
	KeyID    string `json:"key_id,omitempty"`
	Promises int64  `json:"promises,omitempty"` // borrowers with a promise that can still change
}

// A Form is the form in which a night was published. It is part of the night's
// record, so that a later release publishes the night again with the same bytes, or
// says what of it it no longer writes. It is never changed.
type Form struct {
	Layout    int                 `json:"layout"`     // how the bytes of a table are made from its rows
	CreatedBy string              `json:"created_by"` // of each Parquet footer
	Codec     string              `json:"codec,omitempty"`
	Tables    map[string][]string `json:"tables"` // the columns of each table in their order
	// Dictionaries is how many names each dictionary that only grows had that night:
	// all of them stand in the files. One that is not named is taken as it is.
	Dictionaries map[string]int `json:"dictionaries,omitempty"`
}

// KeepsBorrowers reports whether the night worked its borrowers, and left in the book
// what it found of them: nights from before the form was kept did not.
func (n *Night) KeepsBorrowers() bool { return n.Form != nil }

// Currencies returns how many currencies the book had that night, if the record says so.
func (n *Night) Currencies() (count int, ok bool) {
	if n.Form == nil {
		return 0, false
	}
	count, ok = n.Form.Dictionaries["currencies"]
	return count, ok
}

// Counts are how much there is after a night, and how much the night posted.
type Counts struct {
	Loans    int64 `json:"loans"`
	Held     int64 `json:"held"` // items in suspense; a night of an earlier release counts the marks of those that have left it too
	Entries  int64 `json:"entries"`
	Postings int64 `json:"postings"`
	Replayed int64 `json:"replayed"` // loans whose life was run again
}

// An Input is a file that the night read.
type Input struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// A Line is one account in one currency, in minor units.
type Line struct {
	Currency int         `json:"c"`
	Role     ledger.Role `json:"r"`
	Opening  int64       `json:"o"`
	Debits   int64       `json:"d"`
	Credits  int64       `json:"k"`
}

// Closing is the account's balance after the night, debit minus credit.
func (l *Line) Closing() int64 { return l.Opening + l.Debits - l.Credits }

// A Partition is what the night wrote in one partition.
type Partition struct {
	Loans      int    `json:"l,omitempty"`
	Held       int    `json:"h,omitempty"`
	Entries    int    `json:"e,omitempty"`
	LoansSum   uint64 `json:"ls,omitempty"`
	HeldSum    uint64 `json:"hs,omitempty"`
	JournalSum string `json:"js,omitempty"`
	// Of what is known of borrowers, flags of loans, and ids of contacts.
	Borrowers     int    `json:"b,omitempty"`
	LoanFlags     int    `json:"f,omitempty"`
	ContactIDs    int    `json:"c,omitempty"`
	BorrowersSum  uint64 `json:"bs,omitempty"`
	LoanFlagsSum  uint64 `json:"fs,omitempty"`
	ContactIDsSum uint64 `json:"cs,omitempty"`
	// Of what was done about borrowers, and of the keys of tasks.
	Treatments    int    `json:"t,omitempty"`
	TaskKeys      int    `json:"k,omitempty"`
	TreatmentsSum uint64 `json:"ts,omitempty"`
	TaskKeysSum   uint64 `json:"ks,omitempty"`
	// Of what borrowers' loans make of each other.
	Bonds    int    `json:"n,omitempty"`
	BondsSum uint64 `json:"ns,omitempty"`
	BesideLoans
}

// BesideLoans is what a partition has of loans beside their records.
type BesideLoans struct {
	// Of month bases, written that night or kept.
	Bases    int    `json:"m,omitempty"`
	BasesSum uint64 `json:"ms,omitempty"`
	// Of scores that are finished borrower by borrower.
	Finals    int    `json:"p,omitempty"`
	FinalsSum uint64 `json:"ps,omitempty"`
}

// Add adds what the pass by borrower wrote, which the night writes by itself.
func (p *Partition) Add(o Partition) {
	p.Borrowers, p.BorrowersSum = p.Borrowers+o.Borrowers, p.BorrowersSum+o.BorrowersSum
	p.ContactIDs, p.ContactIDsSum = p.ContactIDs+o.ContactIDs, p.ContactIDsSum+o.ContactIDsSum
	p.Treatments, p.TreatmentsSum = p.Treatments+o.Treatments, p.TreatmentsSum+o.TreatmentsSum
	p.TaskKeys, p.TaskKeysSum = p.TaskKeys+o.TaskKeys, p.TaskKeysSum+o.TaskKeysSum
	p.Bonds, p.BondsSum = p.Bonds+o.Bonds, p.BondsSum+o.BondsSum
	p.Finals, p.FinalsSum = p.Finals+o.Finals, p.FinalsSum+o.FinalsSum
}

// A KeptFile is a small published file that the book keeps whole.
type KeptFile struct {
	Path   string `json:"path"`
	Pieces int    `json:"chunks"`
}

// Encode writes the record as the book keeps it.
func (n *Night) Encode() []byte { return encodeJSON(n) }

// ParseNight reads a night's record.
func ParseNight(b []byte) (*Night, error) {
	n := &Night{}
	return n, readJSON(b, n)
}

// ParseFiles reads of a night's record only which files the book keeps of it, in a tenth of the time that the
// record takes: the rest is passed over, and errors in it are not found.
func ParseFiles(b []byte) (files []KeptFile, err error) {
	// No other key of the record or of what it nests ends like this, and quotes within texts are escaped.
	_, list, is := bytes.Cut(b, []byte(`,"files":`))
	if !is || b[0] != jsonVersion {
		n, err := ParseNight(b)
		return n.Files, err
	}
	err = json.NewDecoder(bytes.NewReader(list)).Decode(&files)
	return files, err
}

// Line returns an account's line, or a zero one.
func (n *Night) Line(currency int, role ledger.Role) Line {
	for _, l := range n.GL {
		if l.Currency == currency && l.Role == role {
			return l
		}
	}
	return Line{Currency: currency, Role: role}
}

// DigestOf is the digest of a night's inputs: of their contents in any order,
// whatever their names are.
func DigestOf(list []Input) string {
	contents := make([]string, len(list))
	for i, f := range list {
		contents[i] = f.Kind + " " + f.SHA256
	}
	slices.Sort(contents)
	sum := sha256.Sum256([]byte(strings.Join(contents, "\n")))
	return hex.EncodeToString(sum[:])
}

// RootHash chains the night's journal to the one before; the night's summary is
// still to be written to it.
func (n *Night) RootHash() hash.Hash {
	h := sha256.New()
	h.Write([]byte(n.PreviousRoot))
	h.Write([]byte(n.Date.String()))
	for i := range n.Partitions {
		h.Write([]byte(n.Partitions[i].JournalSum))
	}
	return h
}

// BookID is the id of the book whose first night this is. It follows from that
// night, so that the same nights make the same book.
func (n *Night) BookID() string {
	text := fmt.Sprintf("daybook book\n%s\n%s\n%s\n%s\n", n.Date, n.InputsDigest, n.PolicyDigest, n.Root)
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:32]
}

// A Cell is what entries of one kind did to one account in one currency, in minor
// units; Entries is how many touched it.
type Cell struct {
	Currency int              `json:"c"`
	Kind     ledger.EntryKind `json:"e"`
	Role     ledger.Role      `json:"r"`
	Debits   int64
	Credits  int64
	Entries  int64
}

// EncodeActivity writes a night's cells that are not empty.
func EncodeActivity(cells []Cell) []byte { return encodeJSON(cells) }

// ParseActivity reads a night's cells.
func ParseActivity(b []byte) (cells []Cell, err error) {
	err = readJSON(b, &cells)
	return cells, err
}
