package publish

import (
	"fmt"

	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
)

// A GuardError reports a run that a guard stopped. Nothing has changed.
type GuardError struct {
	Guard string // the guard's name, as the policy and the documents have it
	Saw   string // what it saw
	Hint  string // what to do, and what to type where it was meant
}

func (e *GuardError) Error() string { return e.Saw }

// overlapError reports folders that may not be what they are named as at once:
// publishing into one, or clearing it up, could touch the files of the other.
func overlapError(format string, args ...any) error {
	return &GuardError{Guard: "folders", Saw: fmt.Sprintf(format, args...), Hint: "book, inbox and output folders must lie apart"}
}

// inTheWayError reports something that is not the book's own publication where the
// night is to be published, or staged.
func inTheWayError(path, why string) error {
	return &GuardError{
		Guard: "publication", Saw: fmt.Sprintf("%s is in the way: %s", path, why), Hint: "nothing that daybook did not publish is ever replaced",
	}
}

// OutsideBooks refuses a place that lies in a book's folder, links resolved: only the
// book's own commands may change what is there.
func OutsideBooks(path string) error {
	for _, dir := range Above(path) {
		if store.IsBook(dir) {
			return &GuardError{
				Guard: "folders", Saw: fmt.Sprintf("%s lies in the book %s", path, dir), Hint: "name a place outside of it",
			}
		}
	}
	return nil
}

// OutsideNights refuses a place that lies in a published night, links resolved.
func OutsideNights(path string) error {
	for _, dir := range Above(path) {
		if IsNight(dir) {
			return &GuardError{
				Guard: "publication", Saw: fmt.Sprintf("%s lies in the published night %s", path, dir), Hint: "name a place outside of it",
			}
		}
	}
	return nil
}

// GuardReplaced stops a run that would put other files' figures in the place of what
// the book published of the night before it was put back. The claim's manifest may be nil.
func (c *Claim) GuardReplaced(digest, folder string) error {
	if c.Manifest == nil {
		return nil
	}
	var inputs []record.Input
	for _, f := range c.Manifest.Inputs {
		if f.OfAnotherCommand() {
			continue
		}
		inputs = append(inputs, record.Input{Name: f.Path, Kind: f.Kind, Rows: f.Rows, SHA256: f.SHA256})
	}
	if record.DigestOf(inputs) == digest {
		return nil
	}
	return &GuardError{
		Guard: "restored", Saw: folder + " was published of other files than those of this night",
		Hint: "close the night with the files that its manifest lists, or move that publication away",
	}
}

// OwnNights returns the manifests that are a book's, in their order.
func OwnNights(nights []*reports.Manifest, id string) (own []*reports.Manifest) {
	for _, m := range nights {
		if m.BookID == id && id != "" {
			own = append(own, m)
		}
	}
	return own
}

// RestoredError is the guard's error where out has a night that the book published
// and does not have any more.
func RestoredError(book, out string, last civil.Date, newer *reports.Manifest) error {
	return &GuardError{
		Guard: "restored", Saw: fmt.Sprintf("book %s has closed no night after %s, and %s holds its publication of %s: the book was put back from an older copy",
			book, last, out, newer.BusinessDate),
		Hint: "put the newer book back, or close the nights since, in their order and with the same files, with --restored",
	}
}
