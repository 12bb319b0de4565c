package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/ledger/store"
	"daybook/reports"
)

// commit makes the night so, and publishes it. Until then the night can be
// cancelled; from then on it is published whatever the context says.
func (n *closing) commit(ctx context.Context, s *Summary) error {
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
	err := n.book.Close()
	n.book = nil
	if err != nil {
		return fmt.Errorf("%s is closed, but the book did not close cleanly: %w", n.o.Date, err)
	}
	n.at("sealed")
	err = n.place().Publish(n.staged, n.claim)
	var left *publish.LeftError
	if err != nil && !errors.As(err, &left) {
		return fmt.Errorf("%s is closed but not published, run the same close again to publish it: %w", n.o.Date, err)
	}
	s.Published = true
	n.lap("publish", 0)
	n.at("published")
	if err == nil {
		err = n.place().ClearBefore()
	}
	if err != nil {
		return fmt.Errorf("%s is closed and published; what a stopped close left stays: %w", n.o.Date, err)
	}
	s.Page.Stages = n.timings
	return nil
}

// readyToPublish looks once more at what lies in the night's place, now that the id
// of a new book is known, and opens what is staged to the group where that is asked.
func (n *closing) readyToPublish() (err error) {
	if n.claim, err = n.place().Claim(n.owner()); err != nil {
		return guarded(err)
	}
	if n.claim.Vacant { // an empty folder that can't go, as one that is mounted, is found now
		if err := n.place().Clear(); err != nil {
			return guarded(err)
		}
	}
	if n.o.Shared || n.policy.Shared {
		return share(n.staging, n.madeOut)
	}
	return nil
}

// share opens a night's folder, and those that were made for it, to their group.
func share(folder string, made []string) error {
	for _, dir := range made {
		if err := os.Chmod(dir, 0o750); err != nil {
			return err
		}
	}
	return publish.Share(folder)
}

// again deals with a night that the book has closed with the same files: the last
// one is published where it is not.
func (n *closing) again(ctx context.Context, r *record) (*Summary, error) {
	s := &Summary{
		Folder: n.place().Folder(), Again: true, Loans: r.Loans, Entries: r.Entries, Postings: r.Postings,
		Replayed: r.Replayed, Above: r.Above,
	}
	n.committed = true // what undo is to leave
	s.UnreadNow = n.unreadEntries()
	s.Unread = len(s.UnreadNow)
	m, ok, err := publishedNight(n.book, r, n.o.Out)
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
	w, err := republish(ctx, n.book, n.reportOptions(r.Date), n.madeOut)
	if err != nil {
		return nil, err
	}
	s.Manifest, s.Published = w.Manifest, true
	return s, n.undo()
}

func (n *closing) reportOptions(d civil.Date) ReportOptions {
	return ReportOptions{Out: n.o.Out, Date: d, Workers: n.o.Workers, Memory: n.o.Memory, Shared: n.o.Shared, Restored: n.o.Allow.Restored}
}

// publishedNight returns the manifest of a closed night as the book keeps it, and whether
// the output folder has that night whole, byte for byte.
func publishedNight(b *store.Book, r *record, out string) (*reports.Manifest, bool, error) {
	kept, err := keptFile(b, r, publish.ManifestName)
	if err != nil {
		return nil, false, err
	}
	m, err := reports.ParseManifest(kept)
	if err != nil {
		return nil, false, fmt.Errorf("manifest of %s: %w", r.Date, err)
	}
	folder := publish.Place{Out: out, Date: r.Date}.Folder()
	if raw, err := publish.ReadManifest(folder); err != nil || !bytes.Equal(raw, kept) {
		return m, false, nil
	}
	whole, err := publish.Whole(folder, m)
	return m, whole, err
}

// Published reports whether the last night's folder of out is whole and is what
// the book's last night published, byte for byte. An error is a [GuardError] where
// out has nights that the book published and does not have any more.
func Published(b *store.Book, out string) (bool, error) {
	last, err := lastRecord(b)
	if err != nil || last == nil {
		return false, err
	}
	id, err := bookID(b)
	if err != nil {
		return false, err
	}
	nights, _, err := publish.Nights(out, last.Date)
	if err != nil {
		return false, err
	}
	if newer := ownNights(nights, id); len(newer) > 0 {
		return false, restoredError(b.Dir(), out, last.Date, newer[len(newer)-1])
	}
	_, whole, err := publishedNight(b, last, out)
	return whole, err
}
