package batch

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"daybook/aging"
	"daybook/batch/book"
	"daybook/batch/night"
	"daybook/ledger"
	"daybook/ledger/money"
	"daybook/ledger/proof"
	"daybook/ledger/store"
	"daybook/reports"
)

// leftVersion is the first byte of a left's bytes. It changes with their form, and with
// what a number in them stands for: a space, a kind of entry, an account, a measure.
const leftVersion = 3

// A leftForm is a left as JSON has it. Before it there is the version, and behind it the
// SHA-256 of both.
type leftForm struct {
	From       int               `json:"from"`       // the first partition
	Partitions [][]contentsForm  `json:"partitions"` // the spaces that each has something of
	Outputs    []outputForm      `json:"outputs"`
	Tallies    packedTallies     `json:"tallies"`
	GL         []byte            `json:"gl"`
	Positions  []book.Positions  `json:"positions"`
	Suspense   *reports.Suspense `json:"suspense"`
	Cubes      []byte            `json:"cubes"`
	Accrued    []accruedForm     `json:"accrued"`
	Postings   int64             `json:"postings"`
	Entries    int64             `json:"entries"`
	Replayed   int64             `json:"replayed"`
	Leaves     []byte            `json:"leaves"`
}

type contentsForm struct {
	Space   store.Space `json:"space"`
	Records int         `json:"records"`
	Sum     []byte      `json:"sum"`
}

type outputForm struct {
	reports.Output
	Totals []reports.Total `json:"totals"`
}

// An accruedForm is one account's share of what untouched loans accrued, in minor units.
type accruedForm struct {
	Product  int          `json:"product"`
	Currency int          `json:"currency"`
	Region   int          `json:"region,omitempty"`
	Kind     int          `json:"kind"` // of night.SummaryKinds
	Role     ledger.Role  `json:"role"`
	Amount   money.Amount `json:"amount"`
}

// encode writes all of it. Equal lefts have equal bytes.
func (l *left) encode() []byte {
	form := leftForm{
		From: l.digest.From, Tallies: l.tallies, GL: l.gl.Encode(), Positions: l.positions, Suspense: &l.suspense,
		Cubes: l.cubes.Encode(), Postings: l.postings, Entries: l.entries, Replayed: l.replayed,
		Leaves: proof.Encode(l.leaves),
	}
	for i := range l.digest.Partitions {
		var list []contentsForm
		for space, c := range l.digest.Partitions[i] {
			if c != (store.Contents{}) {
				list = append(list, contentsForm{store.Space(space), c.Records, c.Sum[:]})
			}
		}
		form.Partitions = append(form.Partitions, list)
	}
	for _, out := range l.outputs {
		form.Outputs = append(form.Outputs, outputForm{out, out.Totals})
	}
	for _, a := range l.accrued {
		for k := range a.Totals {
			for role, amount := range a.Totals[k] {
				if amount != 0 {
					form.Accrued = append(form.Accrued, accruedForm{a.Product, a.Currency, a.Region, k, ledger.Role(role), amount})
				}
			}
		}
	}
	body, err := json.Marshal(&form)
	if err != nil {
		panic("batch: internal error: " + err.Error())
	}
	b := append([]byte{leftVersion}, body...)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// A shape is what a left has to fit: the night's dictionaries and numbers.
type shape struct {
	words      *aging.Dictionaries
	scale      int // of the policy
	files      int
	currencies int
	products   int
}

func (n *taken) shape(words *aging.Dictionaries) shape {
	return shape{words, n.policy.Scale, len(n.tallies), len(n.rules.Scale), len(n.rules.Products)}
}

var errLeft = errors.New("what a part left behind is damaged")

// readLeft reads what encode wrote on a night of the same shape. What encode would not
// have written is an error. It allocates in proportion to the bytes and the shape.
func readLeft(b []byte, s shape) (*left, error) {
	end := len(b) - sha256.Size
	if end < 1 {
		return nil, errLeft
	}
	if b[0] != leftVersion {
		return nil, fmt.Errorf("what a part left behind has version %d, this program reads %d", b[0], leftVersion)
	}
	if sha256.Sum256(b[:end]) != [sha256.Size]byte(b[end:]) {
		return nil, errLeft
	}
	var form leftForm
	if err := json.Unmarshal(b[1:end], &form); err != nil {
		return nil, fmt.Errorf("%w: %w", errLeft, err)
	}
	l, err := form.left(s)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errLeft, err)
	}
	if !bytes.Equal(l.encode(), b) {
		return nil, errLeft
	}
	return l, nil
}

// left checks the form against the shape.
func (f *leftForm) left(s shape) (*left, error) {
	l := &left{
		digest: store.PartDigest{From: f.From}, positions: f.Positions,
		postings: f.Postings, entries: f.Entries, replayed: f.Replayed,
	}
	if l.postings < 0 || l.entries < 0 || l.replayed < 0 || f.Suspense == nil {
		return nil, errors.New("a count is missing or negative")
	}
	l.suspense = *f.Suspense
	if len(f.Positions) != s.currencies {
		return nil, fmt.Errorf("positions in %d currencies, not %d", len(f.Positions), s.currencies)
	}
	tallies := make([]tally, s.files)
	err := f.Tallies.each(s.files, func(file int, t *tally) { tallies[file] = *t })
	if err != nil {
		return nil, err
	}
	l.tallies = packTallies(tallies)
	if l.gl, err = book.ReadGL(f.GL, s.currencies); err != nil {
		return nil, err
	}
	if l.cubes, err = reports.ReadCubes(f.Cubes, s.words, s.scale); err != nil {
		return nil, err
	}
	if l.leaves, err = proof.Decode(f.Leaves); err != nil {
		return nil, err
	}
	if l.outputs, err = outputsOf(f.Outputs); err != nil {
		return nil, err
	}
	if l.accrued, err = accruedOf(f.Accrued, s); err != nil {
		return nil, err
	}
	l.digest.Partitions, err = partitionsOf(f.From, f.Partitions)
	return l, err
}

func partitionsOf(from int, lists [][]contentsForm) ([]store.Digest, error) {
	if from < 0 || len(lists) > store.Partitions || from > store.Partitions-len(lists) {
		return nil, fmt.Errorf("there are no partitions [%d, %d)", from, from+len(lists))
	}
	var all []store.Digest
	for _, list := range lists {
		var d store.Digest
		for _, c := range list {
			if c.Space >= store.Spaces || c.Records < 0 || len(c.Sum) != len(store.Sum{}) {
				return nil, errors.New("a digest is of no space, or no digest")
			}
			d[c.Space] = store.Contents{Records: c.Records, Sum: store.Sum(c.Sum)}
		}
		all = append(all, d)
	}
	return all, nil
}

func outputsOf(forms []outputForm) (all []reports.Output, err error) {
	for _, f := range forms {
		if !filepath.IsLocal(filepath.FromSlash(f.Path)) || f.Rows < 0 || f.Bytes < 0 {
			return nil, fmt.Errorf("%q is no output", f.Path)
		}
		f.Output.Totals = f.Totals
		all = append(all, f.Output)
	}
	return all, nil
}

func accruedOf(forms []accruedForm, s shape) (all []night.Accrued, err error) {
	for _, f := range forms {
		if f.Product < 0 || f.Product >= s.products || f.Currency < 0 || f.Currency >= s.currencies ||
			f.Region < 0 || f.Region > max(0, len(s.words[aging.Region])-1) || f.Kind < 0 || f.Kind >= len(night.SummaryKinds) || f.Role >= ledger.Roles {
			return nil, errors.New("an accrual is of no product, currency, region, kind or account")
		}
		last := len(all) - 1
		if last < 0 || all[last].Product != f.Product || all[last].Currency != f.Currency || all[last].Region != f.Region {
			all = append(all, night.Accrued{Product: f.Product, Currency: f.Currency, Region: f.Region})
			last++
		}
		all[last].Totals[f.Kind][f.Role] = f.Amount
	}
	return all, nil
}
