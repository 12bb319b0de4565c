package batch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"daybook/batch/intake"
	"daybook/batch/policy"
	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/reports"
)

// guardBook stops a close whose book is not the one that the output folder knows.
func (n *plan) guardBook() error {
	after := civil.None
	if n.last != nil {
		after = n.last.Date
	}
	nights, unjudged, err := publish.Nights(n.o.Out, after)
	if err != nil {
		return err
	}
	if len(unjudged) > 0 && n.last != nil && !n.o.Allow.Restored {
		return &publish.GuardError{
			Guard: "restored", Saw: fmt.Sprintf("%s is of a night after the last one of book %s, and its manifest can't be read as that night's", unjudged[0], n.o.Book),
			Hint: "see whether the book has published it, and was put back from an older copy since; move that folder away, or say --restored",
		}
	}
	if n.last == nil {
		if len(nights) == 0 || n.o.Allow.Create {
			return nil
		}
		last := nights[len(nights)-1]
		state := "is not there"
		if n.book != nil {
			state = "has no night"
		}
		return &publish.GuardError{
			Guard: "create", Saw: fmt.Sprintf("book %s %s, and the output folder %s has %d nights of another, the last %s of book %s",
				n.o.Book, state, n.o.Out, len(nights), last.BusinessDate, orUnknown(last.BookID)),
			Hint: "see that --book names the right folder; --create means a new book beside those nights",
		}
	}
	newer := publish.OwnNights(nights, n.bookID)
	switch {
	case len(newer) == 0:
		return n.guardOthers()
	case !n.o.Allow.Restored:
		return publish.RestoredError(n.o.Book, n.o.Out, n.last.Date, newer[len(newer)-1])
	case n.o.Date > n.last.Date && n.o.Date != newer[0].BusinessDate:
		// Another date would leave that night out for ever.
		return &publish.GuardError{
			Guard: "restored", Saw: fmt.Sprintf("the next night that book %s published after %s is %s, not %s", n.o.Book, n.last.Date,
				newer[0].BusinessDate, n.o.Date),
			Hint: fmt.Sprintf("close %s first, with its own files; or move its publication in %s away", newer[0].BusinessDate, n.o.Out),
		}
	}
	return nil
}

// guardOthers stops a close into the output folder of another book: most likely the
// book's name is mistyped, and so is that of the folder where the last night there is
// of another history.
func (n *plan) guardOthers() error {
	raw, err := publish.ReadManifest(publish.Place{Out: n.o.Out, Date: n.last.Date}.Folder())
	if err == nil {
		if m, err := reports.ParseManifest(raw); err == nil && m.BookID == n.bookID {
			if m.JournalRoot == n.last.Root || n.o.Allow.Restored {
				return nil
			}
			return &publish.GuardError{
				Guard: "restored", Saw: fmt.Sprintf("%s holds %s as another copy of book %s closed it", n.o.Out, n.last.Date, n.o.Book),
				Hint: "close into an output folder of its own; copies of a book that went apart can't share one",
			}
		}
	}
	nights, _, err := publish.Nights(n.o.Out, civil.None)
	if err != nil || n.o.Allow.Create {
		return err
	}
	var other *reports.Manifest
	for _, m := range nights {
		switch m.BookID {
		case n.bookID:
			return nil
		case "": // of a release before books had ids: nobody's
		default:
			other = m
		}
	}
	if other == nil {
		return nil
	}
	return &publish.GuardError{
		Guard: "create", Saw: fmt.Sprintf("the output folder %s has nights of book %s and none of book %s (%s)", n.o.Out, other.BookID, n.bookID, n.o.Book),
		Hint: "see that --book and --out name the right folders; --create means this book's nights beside those",
	}
}

// guardReplaced stops a close that would put other files' figures in the place of what
// the book published of the night before it was put back.
func (n *plan) guardReplaced() error {
	return n.claim.GuardReplaced(n.record.InputsDigest, n.place().Folder())
}

func orUnknown(id string) string {
	if id == "" {
		return "(no id)"
	}
	return id
}

// guardInbox stops a close whose folder is not what a night looks like. All that is
// wrong with it is said at once.
func (n *plan) guardInbox() error {
	g, allow := &n.policy.Guards, &n.o.Allow
	errs := []error{n.guardUnread()}
	stop := func(guard, hint, format string, args ...any) {
		errs = append(errs, &publish.GuardError{Guard: guard, Saw: fmt.Sprintf(format, args...), Hint: hint})
	}
	if !slices.ContainsFunc(n.inbox.Files, func(f *intake.File) bool { return posts(f.Kind) }) && !g.AllowEmpty && !allow.Empty {
		stop("empty", "see that --in names the night's folder; --allow-empty closes a night without files", "%s has no files of loans, schedules, repayments or adjustments", n.o.In)
	}
	if g.Marker != "" && !allow.Unmarked {
		if _, err := os.Stat(filepath.Join(n.o.In, g.Marker)); err != nil {
			stop("marker", "wait until the sender has written it, or say --allow-unmarked", "%s lacks %s, which says that all files are there", n.o.In, g.Marker)
		}
	}
	for _, want := range g.Expect {
		files, rows := n.delivered(want.Kind)
		switch {
		case allow.Fewer:
		case files == 0:
			stop("expect", "wait for the file, or say --allow-fewer", "%s has no %s, which every night has", n.o.In, want.Kind)
		case rows < want.Rows:
			stop("expect", "see that the files are whole, or say --allow-fewer", "%s has %d rows of %s; every night has at least %d",
				n.o.In, rows, want.Kind, want.Rows)
		}
	}
	if n.last != nil {
		if err := n.guardGap(int(n.o.Date-n.last.Date), "%s is %d days after the last closed night, %s", n.o.Date, n.last.Date); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// unreadMax is how many unread entries are said one by one.
const unreadMax = 100

// guardUnread stops a close where something in the folder is not read.
func (n *plan) guardUnread() error {
	if n.unread = n.unreadEntries(); n.policy.Guards.AllowUnread || n.o.Allow.Unread {
		return nil
	}
	var errs []error
	for i, u := range n.unread {
		saw := fmt.Sprintf("%s in %s is not read: %s", u.Path, n.o.In, u.Why)
		if i == unreadMax {
			saw = fmt.Sprintf("%d more entries of %s are not read", len(n.unread)-i, n.o.In)
		}
		errs = append(errs, &publish.GuardError{
			Guard: "unread", Saw: saw, Hint: "move what is no input of this night elsewhere, or say --allow-unread to close without it",
		})
		if i == unreadMax {
			break
		}
	}
	return errors.Join(errs...)
}

// guardGap stops a close of a date that is too many days from another.
func (n *plan) guardGap(days int, format string, date, other civil.Date) error {
	most := max(n.policy.Guards.GapDaysMax, n.o.Allow.Gap)
	if days <= most {
		return nil
	}
	return &publish.GuardError{
		Guard: "gap", Saw: fmt.Sprintf(format+"; more than %d are not closed over unasked", date, days, other, most),
		Hint: fmt.Sprintf("see that --date is right: once %s is closed no earlier night can be; --gap %d means it", date, days),
	}
}

// guardFirst stops the first night of a book where its rows are of quite another time:
// a mistyped year would shut the book for all nights until then.
func (n *plan) guardFirst(newest, soonest civil.Date) error {
	switch {
	case n.last != nil:
	case newest != civil.None:
		return n.guardGap(int(n.o.Date-newest), "%s is %d days after the newest value date of its files, %s", n.o.Date, newest)
	case soonest != civil.None:
		return n.guardGap(int(soonest-n.o.Date), "%s is %d days before the first value date of its files, %s", n.o.Date, soonest)
	}
	return nil
}

// guardDuplicates stops a night that repeats what earlier ones brought.
func (n *taken) guardDuplicates() error {
	var rows, again int64
	for i := range n.tallies {
		if posts(n.inbox.Files[i].Kind) { // what is known of borrowers may come whole every day
			rows += n.tallies[i].in.rows
			again += n.tallies[i].duplicates.rows
		}
	}
	if again == 0 || n.o.Allow.Duplicates || again*policy.DuplicatesOne < rows*n.policy.Guards.DuplicatesMax {
		return nil
	}
	return &publish.GuardError{
		Guard: "duplicates", Saw: fmt.Sprintf("%d of %d rows were applied before: these may be the files of a night that is closed", again, rows),
		Hint: "see that --in names tonight's folder; --allow-duplicates closes the night all the same",
	}
}

// delivered returns how many files of a kind there are, and their rows.
func (n *plan) delivered(k intake.Kind) (files int, rows int64) {
	for _, f := range n.inbox.Files {
		if f.Kind == k {
			files++
			rows += f.Rows
		}
	}
	return files, rows
}

// unreadEntries are the entries of the inbox that are neither read nor known to be
// no input: the marker and the sender's control file.
func (n *plan) unreadEntries() (list []reports.Unread) {
	for _, u := range n.inbox.Unread {
		if u.Path != controlName && u.Path != n.policy.Guards.Marker {
			list = append(list, reports.Unread{Path: u.Path, Why: u.Why})
		}
	}
	return list
}

// posts reports whether the rows of a kind of file are posted to the ledger: those of
// the others say something of borrowers, and have no money in the control totals.
func posts(k intake.Kind) bool {
	return k == intake.Loans || k == intake.Schedules || k == intake.Repayments || k == intake.Adjustments
}
