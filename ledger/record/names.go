package record

import "daybook/ledger/civil"

// Names are the book's dictionaries: what the codes in its loans stand for. They
// only ever grow, and a night that brings new names stores them with itself.
type Names struct {
	Products   []string `json:"products"`
	Currencies []string `json:"currencies"`
	Regions    []string `json:"regions"` // the first is "", no region
	Buckets    []string `json:"buckets"` // of the policy that closed last: buckets are stored by index
	// Holds are those of packs, as PACK.HOLD. Counted says that the nights keep what loans'
	// days come to: a book from before there were packs does not say so.
	Counted bool     `json:"counted,omitempty"`
	Holds   []string `json:"holds,omitempty"`
	// Reasons are those of scores, by code less 1; without policies that have reasons of their
	// own, the program's first.
	Reasons []string `json:"reasons,omitempty"`
}

// The names of the book's metadata, beside its format.
const (
	MetaNames    = "names"          // [Names]
	MetaPolicies = "policies"       // documents, each by the date from which it holds
	MetaReversed = "reversed_files" // files and nights that were taken back
	// MetaFile and the SHA-256 of a file that a policy names, in hexadecimal: its bytes.
	MetaFile = "policy_file/"
)

// Encode writes the dictionaries as the book keeps them.
func (n *Names) Encode() []byte { return encodeJSON(n) }

// ParseNames reads the dictionaries of a book; nil stands for none yet.
func ParseNames(b []byte) (Names, error) {
	n := Names{Regions: []string{""}}
	if b == nil {
		return n, nil
	}
	err := readJSON(b, &n)
	return n, err
}

// EncodePolicies writes policies' canonical documents as the book keeps them.
func EncodePolicies(documents []string) []byte { return encodeJSON(documents) }

// ParsePolicies reads them.
func ParsePolicies(b []byte) (documents []string, err error) {
	err = readJSON(b, &documents)
	return documents, err
}

// A Reversed is a file, or a whole night, that was taken back.
type Reversed struct {
	ID     string     `json:"id"` // of the reversal
	Digest string     `json:"digest"`
	Night  civil.Date `json:"night"` // that brought the file
	File   int        `json:"file"`  // its number among that night's files; -1: all of them
}
