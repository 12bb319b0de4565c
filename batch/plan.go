package batch

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"os"

	"daybook/batch/book"
	"daybook/batch/intake"
	"daybook/batch/night"
	"daybook/batch/policy"
	"daybook/batch/publish"
	"daybook/batch/rows"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
)

// A plan is what the night is to be worked with, as it stands before a row is read:
// the files, and what the book and its policies say.
type plan struct {
	*run
	inbox    *intake.Inbox
	unread   []reports.Unread // entries of the inbox
	control  *controlFile     // the sender's; nil where there is none
	last     *record.Night    // of the last closed night; nil before the first
	bookID   string           // "" before the first night
	claim    *publish.Claim   // on the night's place
	policies *policy.Set
	policy   *policy.Policy // that holds tonight
	names    *book.Names
	rules    night.Rules
	locked   civil.Date    // the last day that is locked; civil.None: none is
	record   record.Night  // as far as it is known
	form     *reports.Form // how the night is published
	// allContracts says that the night before published no contracts: all terms are set tonight.
	allContracts bool
}

// plan opens the book and looks at the files. Where the night is closed with the same
// files, it returns its record.
func (r *run) plan(ctx context.Context) (n *plan, closed *record.Night, err error) {
	n = &plan{run: r}
	if err := n.openBook(ctx); err != nil {
		return nil, nil, err
	}
	if err := n.guardBook(); err != nil {
		return nil, nil, err
	}
	if err := n.choosePolicy(); err != nil {
		return nil, nil, err
	}
	if err := n.inspect(ctx); err != nil {
		return nil, nil, err
	}
	if closed, err = n.checkOrder(); err != nil {
		n.inbox.Close()
	}
	return n, closed, err
}

// openBook opens the book. One that is not there is made in [plan.prepare], once
// the files have passed: a folder of something else is refused here.
func (n *plan) openBook(ctx context.Context) error {
	err := publish.Waiting(ctx, n.o.LockTimeout, func() (err error) {
		n.book, err = n.openStore()
		if !errors.Is(err, store.ErrNotBook) {
			return err
		}
		if vacant := store.Vacant(n.o.Book, store.Options{}); vacant != nil {
			return fmt.Errorf("%w; %w", err, vacant)
		}
		return nil
	})
	if err != nil || n.book == nil {
		return err
	}
	if n.last, err = book.Last(n.book); err != nil || n.last == nil {
		return err
	}
	n.bookID, err = book.ID(n.book)
	return err
}

// inspect opens the night's files.
func (n *plan) inspect(ctx context.Context) (err error) {
	o := n.policy.Intake
	o.Memory = n.o.Memory / 4
	if n.inbox, err = intake.Inspect(ctx, n.o.In, o, n.o.Workers); err != nil {
		if n.inbox == nil {
			return err
		}
		return errors.Join(err, n.guardUnread())
	}
	if len(n.inbox.Files) > rows.FilesMax {
		return fmt.Errorf("inbox: %d files, at most %d in one night: join them, or close more nights", len(n.inbox.Files), rows.FilesMax)
	}
	for _, f := range n.inbox.Files {
		if f.Rows > rows.NumberMax {
			return fmt.Errorf("file %s: %d rows are more than one file may have: split it", f.Name, f.Rows)
		}
	}
	n.lap("inspect", n.rowsIn())
	n.at("inspected")
	return nil
}

func (n *plan) rowsIn() (rows int64) {
	for _, f := range n.inbox.Files {
		rows += f.Rows
	}
	return rows
}

// checkOrder decides whether the night may be closed, or was closed already with
// the same files: then it returns its record.
func (n *plan) checkOrder() (again *record.Night, err error) {
	n.record.Inputs, n.record.InputsDigest = inputsOf(n.inbox)
	if n.last == nil || n.o.Date > n.last.Date {
		return nil, nil
	}
	closed, err := n.book.HasNight(n.o.Date)
	if err != nil {
		return nil, err
	}
	order := &OrderError{Date: n.o.Date, Last: n.last.Date, Same: closed}
	if !order.Same {
		return nil, order
	}
	record, err := book.Night(n.book, n.o.Date)
	if err != nil {
		return nil, err
	}
	if record.InputsDigest != n.record.InputsDigest {
		return nil, order
	}
	return record, nil
}

// inputsOf describes the files of an inbox, and their digest: of the contents,
// whatever the names are.
func inputsOf(in *intake.Inbox) (list []record.Input, digest string) {
	for _, f := range in.Files {
		list = append(list, record.Input{Name: f.Name, Kind: f.Kind.String(), Rows: f.Rows, SHA256: hexOf(f.SHA256)})
	}
	return list, record.DigestOf(list)
}

// takePlace looks whether the night can be published, before it is worked.
func (n *plan) takePlace(ctx context.Context) (err error) {
	if err := n.takeOut(ctx); err != nil {
		return err
	}
	if n.claim, err = n.place().Claim(n.owner()); err != nil {
		return err
	}
	return n.guardReplaced()
}

// owner is whose publication tonight's may replace.
func (n *plan) owner() publish.Owner {
	o := publish.Owner{BookID: n.bookID, AnyHistory: n.o.Allow.Restored}
	if n.last != nil {
		o.PreviousRoot = n.last.Root
	}
	return o
}

// prepare sees that the night may be worked and published, and brings together what
// it works with. From here on there are folders to undo.
func (n *plan) prepare(ctx context.Context) (err error) {
	if err := errors.Join(n.guardInbox(), n.guardControl()); err != nil {
		return err
	}
	if err := n.guardBureau(); err != nil {
		return err
	}
	if err := n.takePlace(ctx); err != nil {
		return err
	}
	if err := n.publishLeft(ctx); err != nil {
		return err
	}
	if err := n.makeBook(); err != nil {
		return err
	}
	r := &n.record
	r.Date, r.Previous, r.Software, r.Scale = n.o.Date, civil.None, n.o.Software, n.policy.Scale
	r.PolicyName, r.PolicyDigest = n.policy.Name, hexOf(n.policy.Digest)
	if n.last != nil {
		r.Previous, r.PreviousRoot = n.last.Date, n.last.Root
	}
	if n.names, err = book.LoadNames(n.book, n.policy.Products, n.policy.Currencies); err != nil {
		return err
	}
	rules := n.policies.RulesAt(n.o.Date)
	n.rules = night.Rules{Date: n.o.Date, Previous: r.Previous, Aging: rules.Aging, Score: rules.Score}
	for _, x := range n.policies.Before(n.o.Date) {
		n.rules.Earlier = append(n.rules.Earlier, night.Grading{Until: x.Until, Aging: &x.Aging, Score: &x.Score})
	}
	if n.rules.Products, n.rules.Scale, err = n.names.RulesFor(rules.Products, n.policy.Scale); err != nil {
		return err
	}
	if n.rules.Classes, err = n.names.Classes(n.policies, n.o.Date, r.Previous); err != nil {
		return err
	}
	if n.rules.ScoreCodes, err = n.names.ScoreCodes(n.policy); err != nil {
		return err
	}
	if n.policy.Period.RejectBackdated && n.locked != civil.None {
		n.rules.Locked = &n.locked
	}
	n.rules.ByBorrower = n.policies.ScoredByBorrower(n.o.Date)
	n.rules.Watches, n.rules.ByRegion = n.policy.Monitors, n.policy.GL.ByRegion
	if n.rules.MonthCloses, err = book.MonthCloses(n.book, n.o.Date); err != nil {
		return err
	}
	n.allContracts = n.last != nil && !publish.HasContracts(n.last)
	n.rules.OldBuckets, n.rules.OldBucketNames = n.names.MoveBuckets(n.policies.At(r.Previous).Aging.Buckets, n.policy.Aging.Buckets)
	if n.staged, err = n.place().Stage(); err != nil {
		return err
	}
	n.staging = n.staged.Night
	if err := os.MkdirAll(n.runsDir(), 0o700); err != nil {
		return err
	}
	n.build, err = n.begin()
	return err
}

// partRows is how many loans make another part worth its files: below it a
// night's part files would be too small for a warehouse, and syncing them would
// cost more than a second worker gains. Tests make it smaller.
var partRows int64 = 1 << 14

// fewParts is as many parts as a night has before they must be large; partsMax is the
// most. Each part adds a table to the book's journal for ever, but who has many loans has
// many processors, and a part is one worker's.
const (
	fewParts      = 16
	manyPartsRows = 1 << 18 // loans that make another part beyond the few
	partsMax      = 64
)

// parts returns how many parts the night has: a power of two that follows from
// the number of loans alone, never from the number of workers.
func (n *plan) parts() int {
	loans := int64(0)
	if n.last != nil {
		loans = n.last.Loans
	}
	for _, f := range n.inbox.Files {
		if f.Kind == intake.Loans {
			loans += f.Rows
		}
	}
	return max(powerOfTwo(loans/partRows, fewParts), powerOfTwo(loans/manyPartsRows, partsMax))
}

// powerOfTwo returns the greatest power of two up to n and most, which is one, but at
// least 1.
func powerOfTwo(n int64, most int) int {
	return 1 << min(bits.Len64(uint64(max(n, 1)))-1, bits.Len(uint(most))-1)
}
