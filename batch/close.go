// Package batch closes a day: it reads the night's files, works every loan of
// the book with them, builds the new generation of the book and everything that
// is published beside it, and makes all of it so in one atomic commit. Before
// the commit nothing has happened; after it the night can only be published.
package batch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"time"

	"daybook/batch/policy"
	"daybook/ledger/civil"
	"daybook/reports"

	"golang.org/x/mod/sumdb/note"
)

// Options configures [Close]. Book, In, Out and Date must be set.
type Options struct {
	Book    string // folder of the book; made where there is none
	In      string // folder of the night's files
	Out     string // folder that gets the night's folder
	Date    civil.Date
	Policy  *policy.Policy // nil: the book's own, or the built-in one for a new book
	Workers int            // 0 means GOMAXPROCS
	Memory  int64          // bytes to stay within; 0 means 2 GiB
	DryRun  bool           // do everything but commit and publish
	Strict  bool           // do not close above the policy's threshold of rejects
	Allow   Allow          // the guards that the caller means to pass
	Shared  bool           // what is published may be read by the folder's group
	// QueueKey is the lender's secret that the keys of tasks are made with; none: they can be
	// guessed from ids.
	QueueKey []byte
	// Metro2Names is the lender's file of names and addresses by borrower, for the bureaus' file:
	// it is read when that is written, and nothing of it is kept.
	Metro2Names string
	// Signer signs the head of the night; nil: it is unsigned, and says so.
	Signer note.Signer
	// LockTimeout is how long to wait for another run that has the book.
	LockTimeout time.Duration
	Software    string // name and version, for the manifest

	// Progress is told how far a stage is. It is called from many goroutines.
	Progress func(stage string, done, total int64)
	// At is called at each boundary of the night's stages, for tests that stop it
	// there.
	At func(boundary string)
}

func (o Options) withDefaults() Options {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Memory <= 0 {
		o.Memory = 2 << 30
	}
	return o
}

// A Summary says how a close went.
type Summary struct {
	Manifest  *reports.Manifest
	Page      *reports.Page
	Folder    string // where the night is published
	Published bool   // false where there was nothing left to do, or on a dry run
	Again     bool   // the night was closed before: it was at most published again
	Lacking   bool   // it is not the last one, and is not there as it was published
	// Missing are the outputs of a night that was published again that the book can't bring back.
	Missing  []string
	Above    bool // rejects are above the policy's threshold
	Loans    int64
	Entries  int64
	Postings int64
	Replayed int64 // loans whose life was run again
	Unread   int   // entries of the inbox that were not read
	// UnreadNow are those of a night that was closed before, as its inbox is now.
	UnreadNow []reports.Unread
	tables    []string // the regulatory tables in their order
	policy    *policy.Policy
}

// A StrictError reports rejects above the policy's threshold under Strict.
type StrictError struct{ Rows, Rejected int64 }

func (e *StrictError) Error() string {
	return fmt.Sprintf("%d of %d rows were rejected or held, above the policy's threshold: nothing was closed", e.Rejected, e.Rows)
}

// An OrderError reports a night that cannot be closed after the book's last.
type OrderError struct {
	Date, Last civil.Date
	Same       bool // the date is closed, with other inputs
}

func (e *OrderError) Error() string {
	if e.Same {
		return fmt.Sprintf("%s is already closed with other inputs: it can't be closed again; bring what is new into the next night", e.Date)
	}
	return fmt.Sprintf("%s is before the last closed night, %s: nights close in the order of their dates", e.Date, e.Last)
}

// Close closes one night.
func Close(ctx context.Context, o Options) (*Summary, error) {
	return closeRun(ctx, &run{o: o.withDefaults(), clock: time.Now()})
}

// closeRun closes the night of a run that has done nothing yet.
func closeRun(ctx context.Context, r *run) (*Summary, error) {
	if err := r.o.checkFolders(); err != nil {
		return nil, err
	}
	var s *Summary
	err := reports.Guarded(func() (err error) {
		s, err = r.close(ctx)
		return err
	})()
	if err != nil {
		return nil, errors.Join(err, r.undo())
	}
	return s, r.leaveOut()
}

// close runs the night from the first look at its files to its publication. Each phase
// takes what those before it made, and makes what it says; nothing goes back.
func (r *run) close(ctx context.Context) (*Summary, error) {
	plan, closed, err := r.plan(ctx)
	if err != nil {
		return nil, err
	}
	defer plan.inbox.Close()
	if closed != nil {
		return plan.again(ctx, closed)
	}
	if err := plan.prepare(ctx); err != nil {
		return nil, err
	}
	taken, err := plan.read(ctx)
	if err != nil {
		return nil, err
	}
	r.lap("read", plan.rowsIn())
	r.at("read")
	posted, err := taken.post(ctx)
	if err != nil {
		return nil, err
	}
	r.lap("post", posted.record.Loans)
	r.at("posted")
	met, err := posted.meet(ctx)
	if err != nil {
		return nil, err
	}
	r.lap("meet", posted.record.Loans)
	r.at("met")
	s, err := met.stage(ctx)
	if err != nil {
		return nil, err
	}
	if r.o.DryRun {
		return s, errors.Join(r.setAside(), r.undo())
	}
	return s, posted.commit(ctx, s)
}

func hexOf(d [sha256.Size]byte) string { return hex.EncodeToString(d[:]) }
