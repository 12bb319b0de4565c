package publish

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"daybook/batch/book"
	"daybook/ledger/civil"
	"daybook/ledger/store"
	"daybook/reports"
)

// ReportOptions configures [Report].
type ReportOptions struct {
	Out         string
	Date        civil.Date // civil.None: the last closed night
	Workers     int
	Memory      int64
	Shared      bool          // what is published may be read by the folder's group
	Restored    bool          // the book was put back: what it published otherwise may be replaced
	LockTimeout time.Duration // how long to wait for another run that publishes
}

// A Reported says what was written again.
type Reported struct {
	Manifest *reports.Manifest
	Folder   string
	Missing  []string // outputs that are not there as published, and that the book no longer proves
	// Unwritten is why this release wrote only what the book keeps as files: it does not
	// write the form in which the night was published. Nil where it does.
	Unwritten error
	Whole     bool // all of it was there already: nothing was written
}

// Report brings a closed night's outputs back from an open book: all of the last
// night's, byte for byte, and of an older night those that the book still proves.
// Every file is held to its digest in the night's manifest; what is there already as
// published is left alone. What is not the book's own publication is a [GuardError].
func Report(ctx context.Context, b *store.Book, o ReportOptions) (_ *Reported, err error) {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Memory <= 0 {
		o.Memory = 2 << 30
	}
	if err := Apart(b.Dir(), "", o.Out); err != nil {
		return nil, err
	}
	if err := OutsideBooks(o.Out); err != nil {
		return nil, err
	}
	var lock *Lock
	var made []string
	err = Waiting(ctx, o.LockTimeout, func() (err error) {
		lock, made, err = Enter(o.Out)
		return err
	})
	if err != nil {
		return nil, err
	}
	r, err := Republish(ctx, b, o, made)
	if err != nil {
		UnmakeFolders(made)
	}
	return r, errors.Join(err, lock.Close())
}

// Republish is Report in an output folder that this run has for itself; made are
// the folders that it made for it.
func Republish(ctx context.Context, b *store.Book, o ReportOptions, made []string) (_ *Reported, err error) {
	view, err := book.At(b, o.Date)
	if err != nil {
		return nil, err
	}
	v := &republication{View: view, workers: o.Workers, memory: o.Memory}
	v.takeForm()
	place := Place{Out: o.Out, Date: v.Night.Date}
	claim, err := v.claim(place, o.Restored)
	if err != nil {
		return nil, err
	}
	r := &Reported{Manifest: v.manifest, Folder: place.Folder()}
	if claim.Same {
		if r.Whole, err = Whole(r.Folder, v.manifest); err != nil {
			return nil, err
		}
	}
	// What a run that was ended behind its commit has staged is made again from the book; names are not
	// in it, so that their file is taken over.
	named, err := os.Open(filepath.Join(place.staging(), nightName, filepath.FromSlash(NamedAccounts)))
	if err == nil {
		defer named.Close()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	s, err := place.Stage()
	if err != nil {
		return nil, err
	}
	if r.Whole {
		return r, errors.Join(v.shareAs(o, r.Folder, made), s.Remove())
	}
	v.staging = s.Night
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Remove())
		}
	}()
	if r.Unwritten = v.unwritten; r.Unwritten != nil && v.IsLast() {
		return nil, fmt.Errorf("%w: publish it with %s", v.unwritten, v.Night.Software)
	}
	if err := v.write(ctx); err != nil {
		return nil, err
	}
	if err := v.takeNamed(named); err != nil {
		return nil, err
	}
	if r.Missing, err = v.check(); err != nil {
		return nil, err
	}
	if v.IsLast() && !v.form.HasQueue() {
		r.Unwritten = &reports.FormError{What: "the collection queue of nights that " + v.Night.Software + " closed"}
	}
	if err := SyncTree(v.staging); err != nil {
		return nil, err
	}
	if err := v.shareAs(o, v.staging, made); err != nil {
		return nil, err
	}
	if err := v.put(place, s, claim, r); err != nil {
		return nil, err
	}
	return r, v.shareAs(o, r.Folder, nil)
}

// shareAs opens a night's folder to its group where that is asked for.
func (v *republication) shareAs(o ReportOptions, folder string, made []string) error {
	if o.Shared || v.Policy.Shared {
		return ShareNew(folder, made)
	}
	return nil
}

// claim looks at what lies in the night's place, and reads its manifest from the book.
func (v *republication) claim(place Place, anyHistory bool) (*Claim, error) {
	id, err := book.ID(v.Book)
	if err != nil {
		return nil, err
	}
	kept, err := book.File(v.Book, v.Night, ManifestName)
	if err != nil {
		return nil, err
	}
	if v.manifest, err = reports.ParseManifest(kept); err != nil {
		return nil, fmt.Errorf("manifest of %s: %w", v.Night.Date, err)
	}
	claim, err := place.Claim(Owner{BookID: id, PreviousRoot: v.Night.PreviousRoot, AnyHistory: anyHistory, Kept: kept})
	if err != nil {
		return nil, err
	}
	return claim, claim.GuardReplaced(v.Night.InputsDigest, place.Folder())
}

// put publishes what is staged: more is never replaced by less.
func (v *republication) put(place Place, s *Staging, claim *Claim, r *Reported) (err error) {
	switch {
	case claim.Same:
		r.Missing, err = place.Repair(s, v.manifest)
		return err
	case !claim.Vacant && len(r.Missing) > 0:
		return &GuardError{
			Guard: "publication", Saw: fmt.Sprintf("%s holds another publication of this night, and the book no longer proves all of its own: %s",
				r.Folder, r.Missing[0]),
			Hint: "name another --out, or move that publication away",
		}
	}
	return place.Publish(s, claim)
}
