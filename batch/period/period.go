// Package period locks the days up to a closed night, and publishes a package of what the
// period came to. It first proves that the period is sound, and refuses what is not unless
// it is forced. A lock moves forward, or is moved back, and both are kept in the book for
// ever. It posts nothing, and changes nothing of a night: what a lock means for later rows
// and policies, the nights decide.
//
// The figures of a package follow from the journal, the records of the nights and the
// locks that stood then, and are held to the GL. So the same package comes again with the
// same bytes, whatever nights have been closed since.
package period

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"daybook/batch/book"
	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// Options are what a lock is asked with.
type Options struct {
	Through  civil.Date // a closed night
	Out      string     // output folder
	Reason   string
	Force    bool // lock though something fails
	DryRun   bool // prove alone
	Workers  int  // parts of the book read at once; 0 means as many as there are processors
	Shared   bool // the folder's group may read the package
	When     string
	Software string
	// Boundary is called where a run may be stopped, in tests.
	Boundary func(name string)
}

func (o Options) withDefaults() Options {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Boundary == nil {
		o.Boundary = func(string) {}
	}
	return o
}

// A Result is what a lock, or moving one back, came to.
type Result struct {
	Lock   record.Lock
	Stored bool   // the book has it
	Again  bool   // the book had it before: its package is published again
	Folder string // of the package; "": it was not published
}

// An OrderError says that a lock can't move so.
type OrderError struct{ What string }

func (e *OrderError) Error() string { return e.What }

// A RefusedError says that a period is not locked, as something about it failed.
type RefusedError struct {
	Through civil.Date
	Checks  []record.Check
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s is not locked: %s; nothing has changed", e.Through, strings.Join(Failed(e.Checks), ", "))
}

// A Check is what was proved, or not, before a period was locked.
type Check = record.Check

// Failed are the names of the checks that failed.
func Failed(checks []record.Check) (names []string) {
	for i := range checks {
		if checks[i].Result == record.Failed {
			names = append(names, checks[i].Name)
		}
	}
	return names
}

// A run is one lock under way.
type run struct {
	o      Options
	book   *store.Book
	bookID string
	locks  book.Locks
	lock   record.Lock
	month  *month
	figures
}

// Lock locks the days up to a date. The book is open for writing, or, on a dry run, for
// reading. What is locked so already is published again.
func Lock(ctx context.Context, b *store.Book, o Options) (*Result, error) {
	r := &run{o: o.withDefaults(), book: b}
	again, err := r.begin()
	if err != nil {
		return nil, err
	}
	if again {
		r.figures, err = r.month.figures(ctx)
	} else {
		err = r.prove(ctx)
	}
	out := &Result{Lock: r.lock, Again: again, Stored: again}
	switch failed := len(Failed(r.lock.Checks)) > 0; {
	case failed && !again && !r.o.Force && ctx.Err() == nil:
		return out, &RefusedError{r.o.Through, r.lock.Checks} // a book that is not sound has no figures
	case err != nil:
		return nil, err
	case !again:
		r.lock.Forced, out.Lock.Forced = failed, failed
	}
	if r.o.DryRun {
		return out, nil
	}
	return out, r.commit(out)
}

// commit stages the package, keeps the lock, and publishes what was staged: stopped in
// between, the same command publishes it.
func (r *run) commit(out *Result) error {
	if err := r.findBank(); err != nil {
		return err
	}
	f, err := publish.OpenFolio(r.o.Out, filepath.FromSlash(r.lock.Folder), r.bookID)
	if err != nil {
		return err
	}
	m, err := r.stage(f.Dir())
	if err == nil {
		err = f.Ready(r.lock.Through)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	r.o.Boundary("staged")
	if !out.Again {
		if err := keep(r.book, &r.lock); err != nil {
			return errors.Join(err, f.Close())
		}
		out.Stored = true
		r.o.Boundary("stored")
	}
	out.Folder, err = f.Publish(m, func() ([]byte, error) { return r.manifest(m) }, r.o.Shared || r.month.view.Policy.Shared)
	if err == nil {
		r.o.Boundary("published")
	}
	if err = errors.Join(err, f.Close()); err != nil { // as text: a guard's says that nothing has changed
		return fmt.Errorf("days up to %s are locked, and the package is not published as it should be, run the same command again: %s", r.lock.Through, err)
	}
	return nil
}

// begin finds what is to be locked, and whether it is already.
func (r *run) begin() (again bool, err error) {
	latest, err := r.book.LastNight()
	if err != nil {
		return false, err
	}
	if latest != civil.None && r.o.Through > latest {
		return false, &OrderError{fmt.Sprintf("%s is not closed yet, and so can't be locked: the last night of the book is %s", r.o.Through, latest)}
	}
	if r.month, err = monthOfBook(r.book, r.o.Through, r.o.Workers); err != nil {
		return false, err
	}
	if r.bookID, err = book.ID(r.book); err != nil {
		return false, err
	}
	if r.locks, err = book.LoadLocks(r.book); err != nil {
		return false, err
	}
	for i, n := range r.month.nights {
		r.month.locked[i] = r.locks.Before(n.Date)
	}
	through := r.locks.Through()
	switch {
	case r.o.Through < through:
		return false, &OrderError{fmt.Sprintf("days up to %s are locked, and a lock moves forward only: daybook unlock moves it back", through)}
	case r.o.Through == through:
		for i := range slices.Backward(r.locks) {
			if l := &r.locks[i]; !l.Unlock && l.Through == through {
				r.lock = *l
				return true, nil
			}
		}
	}
	last := r.month.nights[len(r.month.nights)-1]
	r.lock = record.Lock{
		Number: int64(len(r.locks) + 1), Through: r.o.Through, Locked: r.o.Through, When: r.o.When, Reason: r.o.Reason, Last: last.Date, Root: last.Root,
		Folder: path.Join(Folder, r.month.folder()), Reconciled: civil.None,
	}
	return false, nil
}

// keep adds a lock to those of the book.
func keep(b *store.Book, l *record.Lock) error {
	return b.PutOwn(store.Periods, record.LockKey(l.Number), record.EncodeLock(l))
}

// monthOfBook is the month of a book that ends with a night.
func monthOfBook(b *store.Book, through civil.Date, workers int) (*month, error) {
	v, err := book.At(b, through)
	if err != nil {
		return nil, err
	}
	nights, err := b.Nights()
	if err != nil {
		return nil, err
	}
	m := &month{view: v, workers: workers, locked: make([]civil.Date, len(nights)), first: -1}
	from := firstOf(through)
	for i, d := range nights {
		n, err := book.Night(b, d)
		if err != nil {
			return nil, err
		}
		if len(n.Partitions) != store.Partitions {
			return nil, fmt.Errorf("record of %s: it has %d partitions, not %d: run verify", d, len(n.Partitions), store.Partitions)
		}
		if m.first < 0 && d >= from {
			m.first = i
		}
		if d == through {
			m.last = i
		}
		m.nights = append(m.nights, n)
	}
	return m, nil
}

// firstOf is the first day of a date's month.
func firstOf(d civil.Date) civil.Date {
	year, month, _ := d.Split()
	return civil.Of(year, month, 1)
}

// isMonth reports whether the date ends its month: it is the last day, or nights of another
// month have followed, so that the book will never have another of this one.
func (m *month) isMonth() bool {
	d := m.date()
	return d == d.MonthEnd() || m.last+1 < len(m.nights) && m.nights[m.last+1].Date > d.MonthEnd()
}

// folder is where the package is published among the others.
func (m *month) folder() string {
	if m.isMonth() {
		return monthOf(m.date())
	}
	return "to-" + m.date().String()
}

// Unlock moves the lock of a book back to a day, for a reason: what is locked is then what
// is before it, and nothing where the book has closed no night by it.
func Unlock(b *store.Book, through civil.Date, reason, when string) (*Result, error) {
	locks, err := book.LoadLocks(b)
	if err != nil {
		return nil, err
	}
	last, err := book.Last(b)
	if err != nil {
		return nil, err
	}
	standing := locks.Through()
	switch {
	case standing == civil.None:
		return nil, &OrderError{"no day is locked"}
	case through >= standing:
		return nil, &OrderError{fmt.Sprintf("days up to %s are locked: unlock moves that back, to a day before it", standing)}
	}
	first, err := b.FirstNight()
	if err != nil {
		return nil, err
	}
	l := record.Lock{
		Number: int64(len(locks) + 1), Unlock: true, Through: through, Locked: through, When: when, Reason: reason, Last: last.Date, Root: last.Root, Reconciled: civil.None,
	}
	if through < first {
		l.Locked = civil.None
	}
	if err := keep(b, &l); err != nil {
		return nil, err
	}
	return &Result{Lock: l, Stored: true}, nil
}
