package verify

import (
	"bytes"
	"context"
	"errors"
	"os"

	"daybook/aging"
	"daybook/batch/meet"
	"daybook/batch/night"
	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
	"daybook/reports/spill"

	"golang.org/x/sync/errgroup"
)

// borrowersMemory bounds what the pass by borrower keeps in memory; what is above goes
// to temporary files.
const borrowersMemory = 1 << 30

// borrowers works the borrowers of the last night again: what the book keeps of the
// worst of their loans must be what the loans say, of all and of no others.
func (v *verifier) borrowers(ctx context.Context, workers int) (err error) {
	if !v.view.Night.KeepsBorrowers() {
		return nil
	}
	dir, err := os.MkdirTemp("", "daybook-verify-")
	if err != nil {
		return err
	}
	people := meet.Gather(dir, borrowersMemory, 1)
	people.Lend(borrowersMemory / 2)
	defer func() { err = errors.Join(err, people.Remove(), os.RemoveAll(dir)) }()
	g, reading := errgroup.WithContext(ctx)
	width := store.Partitions / min(workers, store.Partitions)
	for from := 0; from < store.Partitions; from += width {
		g.Go(reports.Guarded(func() error {
			w := people.Writer(workers)
			var facts aging.Facts
			err := v.view.EachFacts(reading, night.NewProcessor(&v.view.Rules), from, min(from+width, store.Partitions), &facts, func() error {
				return w.AddFacts(0, 0, &facts, nil)
			})
			return errors.Join(err, w.Close())
		}))
	}
	if err := g.Wait(); err != nil {
		return err
	}
	_, err = people.Run(ctx, meet.Options{
		Classing: publish.Classing(&v.view.Rules, true),
		Workers:  workers, Book: v.b, Treatment: publish.Untreated(v.view.Policy, v.view.Names),
		Differs: func(id []byte, worst, kept uint8) {
			v.fault("borrower %q: of his loans the book keeps that %s, they say that %s", id, v.worstText(kept), v.worstText(worst))
		},
		BondDiffers: func(id []byte) {
			v.fault("borrower %q: what his loans make of each other's classes is not what the book keeps", id)
		},
	})
	return err
}

// worstText says what a borrower's record says of his loans.
func (v *verifier) worstText(worst uint8) string {
	tiers := v.view.Words[aging.BorrowerClassification]
	switch {
	case worst == 0:
		return "all are of one tier"
	case int(worst) > len(tiers):
		return "the worst is of a tier that there is not"
	}
	return "the worst is " + tiers[worst-1]
}

// A pairing is what borrowers have by ids of its own, and the list of who has which.
type pairing struct {
	name        string
	owners, ids store.Space
	// of calls fn with the ids of a borrower's record.
	of func(rec []byte, fn func(id string) error) error
	// unlisted is what is said of a borrower and an id that the list does not have as his,
	// astray of an id and who has it by the list, and does not.
	unlisted, astray string
}

var pairings = [...]pairing{
	{
		name: "contact-ids", owners: store.Borrowers, ids: store.ContactIDs,
		of: func(rec []byte, fn func(id string) error) error {
			s, err := record.ReadBorrower(rec)
			for i := range s.Contacts {
				err = errors.Join(err, fn(s.Contacts[i].ID))
			}
			return err
		},
		unlisted: "borrower %q: he has the contact %q, the list of ids does not have it as his",
		astray:   "contact %q: the list of ids has it as that of borrower %q, who does not have it",
	},
	{
		name: "task-keys", owners: store.Treatments, ids: store.TaskKeys,
		of: func(rec []byte, fn func(id string) error) error {
			t, err := record.ReadTreatment(rec)
			for i := range t.Tasks {
				err = errors.Join(err, fn(t.Tasks[i].Key))
			}
			return err
		},
		unlisted: "borrower %q: he has the task %q, the list of keys does not have it as his",
		astray:   "task %q: the list of keys has it as that of borrower %q, who does not have it",
	},
}

// borrowersIDs holds the ids of contacts and the keys of tasks and the borrowers who have
// them to each other, both ways, and reads the flags of loans.
func (v *verifier) borrowersIDs(ctx context.Context) error {
	for i := range pairings {
		if err := v.pair(ctx, &pairings[i]); err != nil {
			return err
		}
	}
	return v.eachRecord(ctx, store.LoanFlags, func(_, rec []byte) error { _, err := record.ReadBorrower(rec); return err })
}

func (v *verifier) pair(ctx context.Context, p *pairing) (err error) {
	dir, err := os.MkdirTemp("", "daybook-verify-")
	if err != nil {
		return err
	}
	ids := spill.New(dir, p.name, borrowersMemory/8)
	defer func() { err = errors.Join(err, ids.Remove(), os.RemoveAll(dir)) }()
	w := ids.Writer(1)
	note := func(from byte, id string, owner []byte) error {
		return w.Add(append(spill.AppendText(spill.AppendText(nil, id), owner), from))
	}
	err = v.eachRecord(ctx, p.owners, func(owner, rec []byte) error {
		return p.of(rec, func(id string) error { return note(0, id, owner) })
	})
	if err != nil {
		return err
	}
	err = v.eachRecord(ctx, p.ids, func(id, rec []byte) error {
		owner, err := record.ReadContactID(rec)
		if err != nil {
			return err
		}
		return note(1, string(id), owner)
	})
	if err = errors.Join(err, w.Close()); err != nil {
		return err
	}
	return v.pairIDs(ctx, p, ids)
}

// pairIDs names the ids that only a borrower has, or only the list of ids.
func (v *verifier) pairIDs(ctx context.Context, p *pairing, ids *spill.Sorter) error {
	var before []byte // one that has not found its other yet
	alone := func() {
		if before == nil {
			return
		}
		d := spill.Record{B: before}
		id, owner := d.Text(), d.Text()
		if d.B[0] == 0 {
			v.fault(p.unlisted, owner, id)
		} else {
			v.fault(p.astray, id, owner)
		}
		before = nil
	}
	err := ids.Each(ctx, func(rec []byte) error {
		last := len(rec) - 1
		if before != nil && bytes.Equal(before[:len(before)-1], rec[:last]) && before[len(before)-1] != rec[last] {
			before = nil
			return nil
		}
		alone()
		before = bytes.Clone(rec)
		return nil
	})
	alone()
	return err
}

// eachRecord calls fn with the records of a space of the last night. A record that fn
// does not understand is a fault.
func (v *verifier) eachRecord(ctx context.Context, space store.Space, fn func(id, rec []byte) error) error {
	s, err := v.b.Scan(space, civil.None, 0, store.Partitions)
	if err != nil {
		return err
	}
	defer s.Close()
	for count := 0; s.Next(); count++ {
		if count%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := fn(s.ID(), s.Record()); err != nil {
			v.fault("%s %q: %v", space, s.ID(), err)
		}
	}
	return s.Err()
}
