package batch

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/ledger/record"
)

// commit makes the night so, and publishes it. Until then the night can be
// cancelled; from then on it is published whatever the context says.
func (n *posted) commit(ctx context.Context, s *Summary) error {
	n.at("staged")
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := n.readyToPublish(); err != nil {
		return err
	}
	if err := n.build.Commit(); err != nil {
		return err
	}
	n.committed = true
	n.lap("commit", n.record.Postings)
	n.at("committed")
	given := giveBack()
	err := n.book.Close()
	n.book = nil
	<-given
	if err != nil {
		return fmt.Errorf("%s is closed, but the book did not close cleanly: %w", n.o.Date, err)
	}
	n.at("sealed")
	err = n.place().Publish(n.staged, n.claim)
	var left *publish.LeftError
	if err != nil && !errors.As(err, &left) {
		return fmt.Errorf("%s is closed but not published, run the same close again to publish it: %w", n.o.Date, afterCommit(err))
	}
	s.Published = true
	n.lap("publish", 0)
	n.at("published")
	if err == nil {
		err = n.place().ClearBefore()
	}
	if err != nil {
		return fmt.Errorf("%s is closed and published; what a stopped close left stays: %w", n.o.Date, afterCommit(err))
	}
	s.Page.Stages = n.timings
	return nil
}

// afterCommit is an error after the commit: a guard's says that nothing has changed,
// which is no longer so.
func afterCommit(err error) error {
	var guard *publish.GuardError
	if errors.As(err, &guard) {
		return errors.New(err.Error())
	}
	return err
}

// readyToPublish looks once more at what lies in the night's place, now that the id
// of a new book is known, and opens what is staged to the group where that is asked.
func (n *posted) readyToPublish() (err error) {
	if n.claim, err = n.place().Claim(n.owner()); err != nil {
		return err
	}
	if n.claim.Vacant { // an empty folder that can't go, as one that is mounted, is found now
		if err := n.place().Clear(); err != nil {
			return err
		}
	}
	if n.o.Shared || n.policy.Shared {
		return publish.ShareNew(n.staging, n.madeOut)
	}
	return nil
}

// again deals with a night that the book has closed with the same files: the last
// one is published where it is not.
func (n *plan) again(ctx context.Context, r *record.Night) (*Summary, error) {
	s := &Summary{
		Folder: n.place().Folder(), Again: true, Loans: r.Loans, Entries: r.Entries, Postings: r.Postings,
		Replayed: r.Replayed, Above: r.Above,
	}
	n.committed = true // what undo is to leave
	s.UnreadNow = n.unreadEntries()
	s.Unread = len(s.UnreadNow)
	m, ok, err := publish.IsThere(n.book, r, n.o.Out)
	if err != nil {
		return nil, err
	}
	s.Manifest = m
	s.Lacking = !ok && r.Date != n.last.Date
	if ok || n.o.DryRun || s.Lacking {
		return s, n.undo()
	}
	if err := n.takeOut(ctx); err != nil {
		return nil, err
	}
	w, err := publish.Republish(ctx, n.book, n.reportOptions(r.Date), n.madeOut)
	if err != nil {
		return nil, err
	}
	s.Manifest, s.Published, s.Missing = w.Manifest, true, w.Missing
	return s, n.undo()
}

func (n *run) reportOptions(d civil.Date) publish.ReportOptions {
	return publish.ReportOptions{Out: n.o.Out, Date: d, Workers: n.o.Workers, Memory: n.o.Memory, Shared: n.o.Shared, Restored: n.o.Allow.Restored}
}

// giveBack gives the memory of the night back to the system, and closes what it returns when that is done. A book takes
// its time to close, nearly all of it spent waiting until the tables of the generation before are gone: what is given back beside
// that need not be when the process ends. Little memory is soon given back, and dear to take again for the next night of the same process.
func giveBack() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		if memory.HeapSys-memory.HeapReleased >= giveBackFrom {
			debug.FreeOSMemory()
		}
	}()
	return done
}

// giveBackFrom is how much memory is worth giving back before the process ends.
const giveBackFrom = 256 << 20
