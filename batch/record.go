package batch

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"
	"slices"
	"strings"

	"daybook/batch/intake"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/store"
	"daybook/reports"
)

// A record is what the book keeps of a night beside its journal: enough to know
// what was closed with what, to publish it again, and to prove it.
type record struct {
	Date         civil.Date  `json:"date"`
	Previous     civil.Date  `json:"previous"`
	Software     string      `json:"software"`
	PolicyName   string      `json:"policy"`
	PolicyDigest string      `json:"policy_digest"`
	Inputs       []recorded  `json:"inputs"`
	InputsDigest string      `json:"inputs_digest"`
	Root         string      `json:"journal_root"` // over the one before and this night's journal
	PreviousRoot string      `json:"previous_journal_root"`
	Loans        int64       `json:"loans"`
	Held         int64       `json:"held"`
	Entries      int64       `json:"entries"`
	Postings     int64       `json:"postings"`
	Replayed     int64       `json:"replayed"`
	Parts        int         `json:"parts"`
	Scale        int         `json:"scale"`
	GL           []glLine    `json:"gl"`
	Partitions   []partition `json:"partitions"`
	Files        []published `json:"files"` // kept in the book as they were published
	Above        bool        `json:"above_threshold"`
	// Form is how the night was published; nil in records from before it was kept.
	Form *reports.Form `json:"form,omitempty"`
}

// form returns how the night was published.
func (r *record) form() *reports.Form {
	if r.Form == nil {
		return reports.FirstForm()
	}
	return r.Form
}

// A recorded is an input of the night.
type recorded struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// A glLine is one account in one currency, in minor units.
type glLine struct {
	Currency int         `json:"c"`
	Role     ledger.Role `json:"r"`
	Opening  int64       `json:"o"`
	Debits   int64       `json:"d"`
	Credits  int64       `json:"k"`
}

func (g *glLine) closing() int64 { return g.Opening + g.Debits - g.Credits }

// A partition is what the night wrote in one partition.
type partition struct {
	Loans      int    `json:"l,omitempty"`
	Held       int    `json:"h,omitempty"`
	Entries    int    `json:"e,omitempty"`
	LoansSum   uint64 `json:"ls,omitempty"`
	HeldSum    uint64 `json:"hs,omitempty"`
	JournalSum string `json:"js,omitempty"`
}

// A published is a small file that the book keeps whole.
type published struct {
	Path   string `json:"path"`
	Chunks int    `json:"chunks"`
}

// Sections of a night's small values in the book.
const (
	sectionGL      = 'g' // debits and credits by account, currency and kind of entry
	sectionSummary = 'u' // accruals of untouched loans
	sectionFiles   = 'f' // small published files, in chunks
)

func (r *record) encode() []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic("batch: internal error: " + err.Error())
	}
	return b
}

// readRecord returns the record of a night.
func readRecord(b *store.Book, d civil.Date) (*record, error) {
	v, ok, err := b.Night(d)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("the book has not closed %s", d)
	}
	r := &record{}
	if err := json.Unmarshal(v, r); err != nil {
		return nil, fmt.Errorf("record of %s: %w", d, err)
	}
	return r, nil
}

// lastRecord returns the record of the book's last night, or nil.
func lastRecord(b *store.Book) (*record, error) {
	nights, err := b.Nights()
	if err != nil || len(nights) == 0 {
		return nil, err
	}
	return readRecord(b, nights[len(nights)-1])
}

// line returns an account's line, or a zero one.
func (r *record) line(currency int, role ledger.Role) glLine {
	for _, l := range r.GL {
		if l.Currency == currency && l.Role == role {
			return l
		}
	}
	return glLine{Currency: currency, Role: role}
}

// inputsOf describes the files of an inbox, and their digest: of the contents,
// whatever the names are.
func inputsOf(in *intake.Inbox) (list []recorded, digest string) {
	for _, f := range in.Files {
		list = append(list, recorded{f.Name, f.Kind.String(), f.Rows, hexOf(f.SHA256)})
	}
	return list, digestOf(list)
}

// digestOf is the digest of a night's inputs, in any order.
func digestOf(list []recorded) string {
	contents := make([]string, len(list))
	for i, f := range list {
		contents[i] = f.Kind + " " + f.SHA256
	}
	slices.Sort(contents)
	return hexOf(sha256.Sum256([]byte(strings.Join(contents, "\n"))))
}

// rootHash chains the night's journal to the one before; the night's summary is
// still to be written to it.
func (r *record) rootHash() hash.Hash {
	h := sha256.New()
	h.Write([]byte(r.PreviousRoot))
	h.Write([]byte(r.Date.String()))
	for i := range r.Partitions {
		h.Write([]byte(r.Partitions[i].JournalSum))
	}
	return h
}
