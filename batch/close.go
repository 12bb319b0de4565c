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
	"sync"
	"sync/atomic"
	"time"

	"daybook/aging"
	"daybook/batch/book"
	"daybook/batch/intake"
	"daybook/batch/night"
	"daybook/batch/policy"
	"daybook/batch/publish"
	"daybook/batch/rows"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
	"daybook/reports/queue"
	"daybook/reports/spill"
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
	Above     bool   // rejects are above the policy's threshold
	Loans     int64
	Entries   int64
	Postings  int64
	Replayed  int64 // loans whose life was run again
	Unread    int   // entries of the inbox that were not read
	// UnreadNow are those of a night that was closed before, as its inbox is now.
	UnreadNow []reports.Unread
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

// A closing is one run of the night.
type closing struct {
	o        Options
	book     *store.Book
	build    *store.Build
	inbox    *intake.Inbox
	policy   *policy.Policy // that holds tonight
	policies *policy.Set
	names    *book.Names
	rules    night.Rules
	staged   *publish.Staging
	staging  string // what is to be published is written here
	scatter  *rows.Scatter
	bookID   string // "" before the first night
	claim    *publish.Claim
	outLock  *publish.Lock
	control  *controlFile     // the sender's; nil where there is none
	unread   []reports.Unread // entries of the inbox

	dictionaries  aging.Dictionaries
	partBudget    int64 // bytes of rows that one worker may sort at once
	tallies       []tally
	rejects       *spill.Sorter
	record        record.Night
	last          *record.Night // of the last closed night; nil before the first
	specialsMu    sync.Mutex    // while files are read
	specials      []special
	sentFiles     map[string]*sentFile    // by digest, once one is asked for
	heldByID      map[string][]*located   // held items that tonight's releases name
	heldMore      map[string]bool         // ids of which there are more
	released      map[string][]byte       // by heldKey of the item: the adjustment that releases it
	releases      map[string]bool         // by heldKey of a release that goes to its loan tonight
	releasedTo    map[string]money.Amount // and what, by loan
	releasesOf    map[string]int          // how many, by loan
	stated        map[rowAt]int64         // amounts that rows of releases name
	returns       *spill.Sorter           // held money that goes back to its payer tonight
	holds         *spill.Sorter           // money that was refused tonight
	reversedFiles []reversedFile
	reversing     []reversedFile // tonight

	gl        book.GL
	positions []book.Positions
	summary   [][]night.Totals // by product and currency
	suspense  reports.Suspense
	builder   reports.Builder
	tasks     *queue.Collector
	borrowers *spill.Sorter // what the parts' own lists had no room for
	outputs   []reports.Output
	timings   []reports.Timing
	done      atomic.Int64 // partitions worked
	clock     time.Time
	created   bool     // the book was made by this run
	madeBook  []string // folders that this run made, the innermost first
	madeOut   []string
	committed bool
}

// Close closes one night.
func Close(ctx context.Context, o Options) (*Summary, error) {
	o = o.withDefaults()
	n := &closing{o: o, clock: time.Now()}
	if err := o.checkFolders(); err != nil {
		return nil, err
	}
	var s *Summary
	err := reports.Guarded(func() (err error) {
		s, err = n.close(ctx)
		return err
	})()
	if err != nil {
		return nil, errors.Join(err, n.undo())
	}
	return s, n.leaveOut()
}

func hexOf(d [sha256.Size]byte) string { return hex.EncodeToString(d[:]) }
