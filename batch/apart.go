package batch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"daybook/ledger/store"
	"daybook/reports"
	"daybook/reports/queue"
)

// An apart is where a night is computed only to be compared: the book is open for reading,
// what would enter it is built in a folder of its own, and the night stays when the run has
// been undone.
type apart struct {
	dir   string // of what is built; a book that is not there yet is made in it
	night string // the staged night is moved here
}

// openStore opens the book; of a night that is only compared for reading, so that nothing
// in its folder changes.
func (r *run) openStore() (*store.Book, error) {
	if r.apart != nil {
		return store.OpenReadOnly(r.o.Book, store.Options{})
	}
	return store.Open(r.o.Book, store.Options{})
}

// newBook is the folder of a book that the run makes.
func (r *run) newBook() string {
	if r.apart != nil {
		return filepath.Join(r.apart.dir, "book")
	}
	return r.o.Book
}

// begin starts the night's build.
func (r *run) begin() (*store.Build, error) {
	if r.apart != nil {
		return r.book.BeginAside(r.o.Date, filepath.Join(r.apart.dir, "build"))
	}
	return r.book.Begin(r.o.Date)
}

// setAside keeps the staged night of a run that is only compared.
func (r *run) setAside() error {
	if r.apart == nil {
		return nil
	}
	return os.Rename(r.staging, r.apart.night)
}

// regulatoryTables are the names of the tables among a night's outputs, in the order in
// which they were written; that of the queue last, as it is none of the facts'.
func regulatoryTables(outputs []reports.Output) (names []string) {
	last := queue.ComplianceTable(nil, 0).Name
	for _, o := range outputs {
		name, ok := strings.CutSuffix(filepath.Base(o.Path), ".parquet")
		if ok && filepath.Base(filepath.Dir(o.Path)) == "regulatory" {
			names = append(names, name)
		}
	}
	if i := slices.Index(names, last); i >= 0 {
		names = append(slices.Delete(names, i, i+1), last)
	}
	return names
}
