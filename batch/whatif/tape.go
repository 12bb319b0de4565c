package whatif

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"daybook/aging"
	"daybook/ledger/store"
	"daybook/reports"
)

// None is the class of a loan that a pack gives none, and that of a pack that one of the
// nights does not have.
const None = "none"

// ownPacks are the columns of classes that every tape has. They stand in the column pack
// under their own names.
var ownPacks = []string{"classification", "stage"}

const (
	classSuffix     = "_class"
	provisionSuffix = "_provision"
)

// isWanted reports whether the comparison reads a column of the tape: those that it names,
// and the classes and provisions of packs.
func isWanted(name string) bool {
	return slices.Contains(tapeColumns[:], name) || slices.Contains(ownPacks, name) || packOf(name) != "" || strings.HasSuffix(name, provisionSuffix)
}

// packOf is the pack whose classes a column has, or nothing.
func packOf(column string) string {
	pack, ok := strings.CutSuffix(column, classSuffix)
	if !ok {
		return ""
	}
	return pack
}

// The columns of the tape that the comparison names.
const (
	loanID = iota
	borrowerID
	product
	currency
	status
	total
	points
	named // how many there are
)

var tapeColumns = [named]string{"loan_id", "borrower_id", "product", "currency", "status", "total_outstanding", "score"}

// A tape reads the parts of one night's tape in their order, row by row. The row at hand is
// valid until the next call of next.
type tape struct {
	paths  []string
	reader *reports.TableReader
	table  *reports.Table
	row    int
	ok     bool // there is a row at hand

	at      [named]int
	columns map[string]int // by name
	hash    uint64
	id      []byte
	packs   []packColumns
}

// packColumns are where a pack's columns are in a tape; -1 where it has none.
type packColumns struct{ class, provision int }

func openTape(n *Night) (*tape, error) {
	paths, err := filepath.Glob(filepath.Join(n.Folder, "loans", "*.parquet"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	t := &tape{paths: paths, columns: map[string]int{}}
	if err := t.open(); err != nil || t.reader == nil {
		return t, err
	}
	for i, c := range t.reader.Columns() {
		t.columns[c.Name] = i
	}
	for i, name := range tapeColumns {
		at, ok := t.columns[name]
		if !ok {
			return nil, fmt.Errorf("%s has no column %s", n.Folder, name)
		}
		t.at[i] = at
	}
	return t, nil
}

// open opens the next part, if there is one.
func (t *tape) open() (err error) {
	if err := t.close(); err != nil || len(t.paths) == 0 {
		return err
	}
	t.reader, err = reports.OpenTable(t.paths[0], isWanted)
	t.paths = t.paths[1:]
	return err
}

func (t *tape) close() error {
	if t.reader == nil {
		return nil
	}
	r := t.reader
	t.reader = nil
	return r.Close()
}

// next goes to the next row. Rows come in the order of the book.
func (t *tape) next() error {
	t.row++
	for t.table == nil || t.row >= t.table.Rows() {
		t.ok = false
		if t.reader == nil {
			return nil
		}
		table, err := t.reader.Next()
		if err != nil {
			return err
		}
		if t.table, t.row = table, 0; table == nil {
			if err := t.open(); err != nil {
				return err
			}
		}
	}
	id := t.table.Columns[t.at[loanID]].Texts.Row(t.row)
	hash := store.Hash(id)
	if t.id != nil && compareLoans(t.hash, t.id, hash, id) >= 0 {
		return fmt.Errorf("the tape is out of order at the loan %q", id)
	}
	t.id, t.hash, t.ok = append(t.id[:0], id...), hash, true
	return nil
}

func compareLoans(hashA uint64, a []byte, hashB uint64, b []byte) int {
	switch {
	case hashA < hashB:
		return -1
	case hashA > hashB:
		return 1
	}
	return bytes.Compare(a, b)
}

// text is the row's text of a column of texts.
func (t *tape) text(at int) []byte {
	if at < 0 {
		return nil
	}
	return t.table.Columns[at].Texts.Row(t.row)
}

func (t *tape) onBook() bool {
	s, ok := aging.ParseLoanStatus(string(t.text(t.at[status])))
	return ok && s.OnBook()
}

// amount is the row's amount of a column, with digits after the point.
func (t *tape) amount(at, digits int) (v int64, there bool, err error) {
	if at < 0 || t.table.Columns[at].Null(t.row) {
		return 0, false, nil
	}
	c := &t.table.Columns[at]
	v, ok := rescale(c.Ints[t.row], c.Digits, digits)
	if !ok {
		return 0, false, fmt.Errorf("loan %q: its %s is too large to be compared with %d digits", t.id, c.Name, digits)
	}
	return v, true, nil
}

func (t *tape) score() int64 { return int64(t.table.Columns[t.at[points]].Counts[t.row]) }

// class is the row's class of a pack.
func (t *tape) class(pack int) []byte {
	if name := t.text(t.packs[pack].class); len(name) > 0 {
		return name
	}
	return none
}

var none = []byte(None)

// compareTapes walks both tapes side by side and compares each loan.
func (c *comparer) compareTapes(ctx context.Context) (err error) {
	tapes := [2]*tape{}
	for i, n := range [2]*Night{&c.old, &c.new} {
		if tapes[i], err = openTape(n); err != nil {
			return err
		}
		defer tapes[i].close()
	}
	l := newLoans(c, tapes[0], tapes[1])
	for i := range tapes {
		if err := tapes[i].next(); err != nil {
			return err
		}
	}
	for n := 0; tapes[0].ok || tapes[1].ok; n++ {
		if n&0xffff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		old, new := tapes[0], tapes[1]
		switch order := meeting(old, new); {
		case order < 0:
			new = nil
		case order > 0:
			old = nil
		}
		if err := l.compare(old, new); err != nil {
			return err
		}
		for _, t := range []*tape{old, new} {
			if t == nil {
				continue
			}
			if err := t.next(); err != nil {
				return err
			}
		}
	}
	l.finish()
	return nil
}

// meeting says whose row comes first: 0 where both are of one loan.
func meeting(old, new *tape) int {
	switch {
	case !old.ok:
		return 1
	case !new.ok:
		return -1
	}
	return compareLoans(old.hash, old.id, new.hash, new.id)
}
