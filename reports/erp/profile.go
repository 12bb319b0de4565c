package erp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
)

// A Profile is a form that a general ledger loads.
type Profile struct {
	Name string
	Ext  string // of a file's name

	entryLinesMax int  // of one entry: what is more is split; 0: no limit
	fileLinesMax  int  // of one file: what is more goes to the next; 0: no limit
	oneCurrency   bool // a file has no column for it, so that each is of one
	products      bool // lines are by product too
	write         func(w *writer)
}

// The limits of vendors: SAP's upload takes 999 lines an entry, Xero's import 300 a file.
const (
	sapLinesMax  = 999
	xeroLinesMax = 300
)

// profiles are all of them: a new one is a row here.
var profiles = []Profile{
	{Name: "generic", Ext: "csv", products: true, write: writeGeneric},
	{Name: "sap", Ext: "csv", entryLinesMax: sapLinesMax, write: writeSAP},
	{Name: "oracle", Ext: "zip", write: writeOracle},
	{Name: "xero", Ext: "csv", entryLinesMax: xeroLinesMax, fileLinesMax: xeroLinesMax, oneCurrency: true, write: writeXero},
	{Name: "quickbooks", Ext: "csv", write: writeQuickBooks},
	{Name: "hledger", Ext: "journal", write: writeHledger},
	{Name: "saft", Ext: "xml", oneCurrency: true, write: writeSAFT},
}

// ProfileOf returns the profile of a name, or nil.
func ProfileOf(name string) *Profile {
	for i := range profiles {
		if profiles[i].Name == name {
			return &profiles[i]
		}
	}
	return nil
}

// ProfileNames returns the names of all profiles.
func ProfileNames() []string {
	list := make([]string, len(profiles))
	for i := range profiles {
		list[i] = profiles[i].Name
	}
	return list
}

// A File is one file of an export, not written yet.
type File struct {
	Totals []Total // by currency, in the order of the export's

	x       *Export
	profile *Profile
	entries []entry
}

// A Total is what a file has in one currency.
type Total struct {
	Currency       string
	Entries, Lines int64
	Debits         int64 // minor units
	Credits        int64
}

// ErrNothing says that an export has no line.
var ErrNothing = errors.New("nothing was posted in that time")

// Files returns the files of an export in the form of a profile, in the order in which they
// are to be loaded: one, or several where the profile limits what one may have.
func (x *Export) Files(p *Profile) ([]File, error) {
	list, err := x.entries(p.entryLinesMax, p.products)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNothing
	}
	if p.oneCurrency {
		slices.SortStableFunc(list, func(a, b entry) int { return int(a.currency) - int(b.currency) })
	}
	var files []File
	lines := 0
	for i := range list {
		e := &list[i]
		another := i == 0 || p.oneCurrency && list[i-1].currency != e.currency || p.fileLinesMax > 0 && lines+len(e.lines) > p.fileLinesMax
		if another {
			files = append(files, File{x: x, profile: p})
			lines = 0
		}
		f := &files[len(files)-1]
		f.entries = append(f.entries, *e)
		lines += len(e.lines)
	}
	for i := range files {
		if err := files[i].total(); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// total adds a file up, and proves once more that it balances.
func (f *File) total() error {
	totals := make([]Total, len(f.x.Currencies))
	for i := range f.entries {
		e := &f.entries[i]
		t := &totals[e.currency]
		t.Entries++
		var sum int64
		for k := range e.lines {
			l := &e.lines[k]
			t.Lines++
			t.Debits, t.Credits = plus(t.Debits, l.debit()), plus(t.Credits, l.creditAmount())
			sum += l.signed()
		}
		if sum != 0 {
			return fmt.Errorf("entry %s is off by %d minor units", e.id, sum)
		}
	}
	for c, t := range totals {
		if t.Lines > 0 {
			t.Currency = f.x.Currencies[c]
			f.Totals = append(f.Totals, t)
		}
	}
	return nil
}

// Write writes the file.
func (f *File) Write(out io.Writer) error {
	w := writer{File: f, out: bufio.NewWriterSize(out, 1<<16)}
	f.profile.write(&w)
	return errors.Join(w.err, w.out.Flush())
}

// A writer writes one file. What goes wrong stays with it.
type writer struct {
	*File
	out  *bufio.Writer
	line []byte
	err  error
}

// end writes the line that was made.
func (w *writer) end() {
	w.out.Write(w.line) // an error stays with the buffer, and the flush returns it
	w.line = w.line[:0]
}

// each calls fn with each line of each entry.
func (w *writer) each(fn func(e *entry, number int, l *line)) {
	for i := range w.entries {
		for k := range w.entries[i].lines {
			fn(&w.entries[i], k+1, &w.entries[i].lines[k])
		}
	}
}

// account is what the general ledger calls the account of a line.
func (w *writer) account(l *line) *Account { return &w.x.Settings.Accounts[l.role] }
