package reports

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"daybook/ledger/civil"
	"daybook/ledger/proof"
)

// FormatVersion is the version of the outputs' format: 2 since business_date is the
// first column of every table. Manifests of older versions are read.
const FormatVersion = 2

// A Manifest says what a night read, what became of it, and what it wrote. Its
// fields are written in this order; only the timings differ between two runs
// of one night.
type Manifest struct {
	FormatVersion int        `json:"format_version"`
	BusinessDate  civil.Date `json:"business_date"`
	BookID        string     `json:"book_id,omitempty"` // follows from the book's first night; none before version 0.2
	Software      string     `json:"software"`
	Policy        string     `json:"policy_digest"`
	// Roots over the journals of all nights up to this one, and to the one before.
	JournalRoot         string        `json:"journal_root,omitempty"`
	PreviousJournalRoot string        `json:"previous_journal_root,omitempty"`
	Inputs              []Input       `json:"inputs"`
	Unread              []Unread      `json:"unread,omitempty"`       // what else lay in the inbox
	ZoneDatabase        string        `json:"zone_database"`          // the edition of the time zones in which hours were reckoned
	QueueKeyID          string        `json:"queue_key_id,omitempty"` // of the secret that the keys of tasks are made with
	LeafFormat          proof.Format  `json:"leaf_format,omitempty"`  // of the leaves of the journal; none before [proof.LinePerEntry]
	ControlTotals       ControlTotals `json:"control_totals"`
	Outputs             []Output      `json:"outputs"`
	Timings             []Timing      `json:"timings"`
}

// An Input is a file that the night read.
type Input struct {
	Path         string   `json:"path"`
	Kind         string   `json:"kind"`
	Rows         int64    `json:"rows"`
	SHA256       string   `json:"sha256"`
	ExtraColumns []string `json:"extra_columns_ignored,omitempty"`
	NotRead      bool     `json:"not_read,omitempty"` // by the night; in older manifests a kind of file that it did not use
	// UnknownFlags is how many rows name a flag that no rule asks for.
	UnknownFlags int64 `json:"unknown_flags,omitempty"`
}

// OfAnotherCommand reports whether the file is one that the night passes over: it has no
// digest.
func (f *Input) OfAnotherCommand() bool { return f.NotRead && f.SHA256 == "" }

// An Unread is an entry of the inbox that the night did not read, and why.
type Unread struct {
	Path string `json:"path"`
	Why  string `json:"why"`
}

// ControlTotals prove that nothing was lost on the way and that the loans tie
// to the GL.
type ControlTotals struct {
	Files      []FileTotals     `json:"files"`
	Currencies []CurrencyTotals `json:"currencies"`
	Queue      []QueueControl   `json:"queue"`
}

// QueueControl is who is where in one currency: every loan past due of the tape is in one
// place. Reminders are those among the places who are told of a payment that is not due yet:
// their loans are not past due, whatever small amount is left of what was due.
type QueueControl struct {
	Currency    string       `json:"currency"`
	Places      []QueuePlace `json:"places"`
	Reminders   QueueSum     `json:"reminders"`
	TapeLoans   int64        `json:"tape_loans"`
	TapePastDue string       `json:"tape_past_due_amount"`
	Tied        bool         `json:"tied"`
}

// A QueueSum is borrowers, their loans, and what is past due of them.
type QueueSum struct {
	Borrowers int64  `json:"borrowers"`
	Loans     int64  `json:"loans"`
	PastDue   string `json:"past_due_amount"`
}

// A QueuePlace is one place of the queue: borrowers are of the currency of their worst loan.
type QueuePlace struct {
	Currency string `json:"currency"`
	Place    string `json:"place"`
	QueueSum
}

// FileTotals is what became of the rows of one file: rows in are applied,
// duplicates, rejected or held, and their amounts the same. Held rows wait in
// suspense. Amounts are decimals of all currencies together, as in the file.
type FileTotals struct {
	Path             string `json:"path"`
	Kind             string `json:"kind"`
	RowsIn           int64  `json:"rows_in"`
	Applied          int64  `json:"applied"`
	Duplicates       int64  `json:"duplicates"`
	Rejected         int64  `json:"rejected"`
	Held             int64  `json:"held"`
	AmountIn         string `json:"amount_in"`
	AmountApplied    string `json:"amount_applied"`
	AmountDuplicates string `json:"amount_duplicates"`
	AmountRejected   string `json:"amount_rejected"`
	AmountHeld       string `json:"amount_held"`
	Tied             bool   `json:"tied"`
}

// CurrencyTotals is the night in one currency: the sums over loans, each with
// the balance of the GL that it ties to.
type CurrencyTotals struct {
	Currency  string `json:"currency"`
	Debits    Tie    `json:"debits"` // to the night's credits
	Credits   Tie    `json:"credits"`
	Loans     int64  `json:"loans"`
	Principal Tie    `json:"principal"`
	Interest  Tie    `json:"interest"`
	Fees      Tie    `json:"fees"`
	Penalties Tie    `json:"penalties"`
	Credit    Tie    `json:"credit"`
	Suspense  Tie    `json:"suspense"`
	// Allowance is what is provided for the loans, to its account; nil where no pack's
	// provisions are posted.
	Allowance *Tie `json:"allowance,omitempty"`
}

// A Tie is a sum and the GL balance that must equal it, as decimals.
type Tie struct {
	Amount string `json:"amount"`
	GL     string `json:"gl"`
	Tied   bool   `json:"tied"`
}

// TieOf compares a sum with a balance of one currency, both in units of the scale.
func TieOf(amount, gl int64, scale int, currency string) Tie {
	return Tie{Money(amount, scale, currency), Money(gl, scale, currency), amount == gl}
}

// Ties returns the ties of a currency by name, in order.
func (c *CurrencyTotals) Ties() []NamedTie {
	list := []NamedTie{
		{"debits", c.Debits}, {"credits", c.Credits}, {"principal", c.Principal}, {"interest", c.Interest}, {"fees", c.Fees},
		{"penalties", c.Penalties}, {"credit", c.Credit}, {"suspense", c.Suspense},
	}
	if c.Allowance != nil {
		list = append(list, NamedTie{"allowance", *c.Allowance})
	}
	return list
}

// A NamedTie is a tie and what it is of.
type NamedTie struct {
	Name string
	Tie
}

// Tied reports whether every total ties.
func (t *ControlTotals) Tied() bool {
	for i := range t.Files {
		if !t.Files[i].Tied {
			return false
		}
	}
	for i := range t.Currencies {
		for _, tie := range t.Currencies[i].Ties() {
			if !tie.Tied {
				return false
			}
		}
	}
	return true
}

// A Timing is how long a stage took.
type Timing struct {
	Stage string
	Took  time.Duration
	Rows  int64 // 0 where the stage has none
}

// MarshalJSON writes seconds to the millisecond.
func (t Timing) MarshalJSON() ([]byte, error) {
	stage, err := json.Marshal(t.Stage)
	if err != nil {
		return nil, err
	}
	b := fmt.Appendf(nil, `{"stage": %s, "seconds": %.3f`, stage, t.Took.Seconds())
	if t.Rows > 0 {
		b = fmt.Appendf(b, `, "rows": %d`, t.Rows)
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *Timing) UnmarshalJSON(b []byte) error {
	var v struct {
		Stage   string
		Seconds float64
		Rows    int64
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	*t = Timing{v.Stage, time.Duration(v.Seconds * float64(time.Second)).Round(time.Millisecond), v.Rows}
	return nil
}

// Bytes returns the manifest as it is written.
func (m *Manifest) Bytes() ([]byte, error) {
	b, err := EncodeJSON(m)
	if err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	return b, nil
}

// Digest is the SHA-256 of the manifest without what two runs of one night differ in: the
// timings, and the page that shows them. Heads name it.
func (m *Manifest) Digest() (string, error) {
	fixed := *m
	fixed.Timings = []Timing{}
	fixed.Outputs = slices.DeleteFunc(slices.Clone(m.Outputs), func(o Output) bool { return o.Path == pageName })
	b, err := fixed.Bytes()
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}

// EncodeJSON returns an object as all published JSON is written: indented, its texts as they
// are, a line's end behind it.
func EncodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}

// WriteManifest writes the manifest to a new, synced file, and none that would say something else once it is read: a text of
// others that is no UTF-8 would, and what stands in the tree of evidence would be of another manifest.
func WriteManifest(path string, m *Manifest) error {
	b, err := m.Bytes()
	if err != nil {
		return err
	}
	read, err := ParseManifest(b)
	if err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	if again, err := read.Bytes(); err != nil || !bytes.Equal(again, b) {
		return errors.Join(errors.New("manifest: internal error: a text in it is no UTF-8"), err)
	}
	_, err = WriteBytes(path, b)
	return err
}

// ReadManifest reads a manifest of a format that this program knows.
func ReadManifest(path string) (*Manifest, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m, err := ParseManifest(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Leaves is the format of the leaves that the night's journal is made into.
func (m *Manifest) Leaves() (proof.Format, error) {
	switch m.LeafFormat {
	case 0:
		return proof.LinePerPosting, nil
	case proof.LinePerEntry:
		return proof.LinePerEntry, nil
	}
	return 0, fmt.Errorf("its leaves have format %d, which this release does not make: take the one that closed the night, or a later one", m.LeafFormat)
}

// ParseManifest reads a manifest of a format that this program knows.
func ParseManifest(raw []byte) (*Manifest, error) {
	m := new(Manifest)
	if err := json.Unmarshal(raw, m); err != nil {
		return nil, err
	}
	if m.FormatVersion < 1 || m.FormatVersion > FormatVersion {
		return nil, fmt.Errorf("format version %d, this program knows %d", m.FormatVersion, FormatVersion)
	}
	return m, nil
}
