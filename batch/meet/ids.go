package meet

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"

	"daybook/batch/rows"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports/spill"
)

// Ids of contacts are one space over all borrowers. Who has which lies in the book by
// the id. Rows of a borrower that ask for an id of another are marked before their
// borrower is worked; where several ask for one that nobody has, the first row in the
// order of files that would be accepted has it, which a trial finds out.

// settleIDs marks the contacts rows whose id another borrower has, or gets tonight.
func (x *pass) settleIDs(ctx context.Context) error {
	if x.o.Build == nil {
		return nil
	}
	x.taken = x.g.sorter("taken-ids", idsShare)
	if x.g.ids.Len() == 0 {
		return nil
	}
	trials, err := x.markTaken(ctx)
	if err != nil || trials == 0 {
		return err
	}
	x.trials = x.g.sorter("trial-ids", idsShare)
	if err := x.each(ctx, (*worker).try); err != nil {
		return err
	}
	err = x.markLosers(ctx)
	x.trials = nil
	return err
}

// A marker writes marks of contacts rows.
type marker struct {
	w   *rows.Writer
	row []byte
}

func (m *marker) mark(c *claim, kind rows.Kind) error {
	hash := store.Hash(c.borrower)
	m.row = rows.AppendHead(m.row[:0], hash, c.borrower, kind, c.file, c.num)
	return m.w.Add(hash, m.row)
}

// markTaken marks rows that ask for an id of another borrower, and puts on trial those
// that ask with others for one that nobody has. It returns how many these are.
func (x *pass) markTaken(ctx context.Context) (trials int, err error) {
	wanted := x.g.sorter("wanted-ids", idsShare)
	if err := x.findWanted(ctx, wanted); err != nil {
		return 0, err
	}
	owners, err := x.o.Book.Scan(store.ContactIDs, civil.None, 0, store.Partitions)
	if err != nil {
		return 0, err
	}
	defer owners.Close()
	more, m := owners.Next(), &marker{w: x.g.rows.Writer(1)}
	several := pull(ctx, wanted)
	defer several.Close()
	err = eachClaim(ctx, x.g.ids, func(c *claim) error {
		for more && owners.Before(c.hash, c.id) {
			more = owners.Next()
		}
		several.to(c.key)
		switch {
		case more && bytes.Equal(owners.ID(), c.id):
			owner, err := record.ReadContactID(owners.Record())
			if err != nil || bytes.Equal(owner, c.borrower) {
				return err
			}
			return m.mark(c, rows.TakenRow)
		case several.is(c.key):
			trials++
			return m.mark(c, rows.TrialRow)
		}
		return nil
	})
	return trials, errors.Join(err, owners.Err(), several.Close(), m.w.Flush())
}

// findWanted finds the ids that rows of several borrowers ask for.
func (x *pass) findWanted(ctx context.Context, wanted *spill.Sorter) error {
	w := wanted.Writer(1)
	var key, first []byte
	noted := false
	err := eachClaim(ctx, x.g.ids, func(c *claim) error {
		if !bytes.Equal(c.key, key) {
			key, first, noted = append(key[:0], c.key...), append(first[:0], c.borrower...), false
			return nil
		}
		if noted || bytes.Equal(c.borrower, first) {
			return nil
		}
		noted = true
		return w.Add(key)
	})
	return errors.Join(err, w.Close())
}

// eachClaim calls fn with the claims on ids, in the order of the ids and of the rows of
// each borrower; a claim is valid until fn returns.
func eachClaim(ctx context.Context, ids *spill.Sorter, fn func(c *claim) error) error {
	return ids.Each(ctx, func(rec []byte) error {
		c, err := readClaim(rec)
		if err != nil {
			return err
		}
		return fn(&c)
	})
}

// A puller walks sorted records that begin with the key of an id, beside claims in the
// same order.
type puller struct {
	*spill.Records
	at []byte // nil: there is no more
}

func pull(ctx context.Context, s *spill.Sorter) *puller {
	p := &puller{Records: s.Records(ctx)}
	p.at, _ = p.Next()
	return p
}

// to goes on to the first record that is not before a key.
func (p *puller) to(key []byte) {
	for p.at != nil && bytes.Compare(p.at[:min(len(key), len(p.at))], key) < 0 {
		p.at, _ = p.Next()
	}
}

// is reports whether the record at hand has a key.
func (p *puller) is(key []byte) bool { return bytes.HasPrefix(p.at, key) }

// try finds out which rows on trial would be accepted. What it decides is not kept.
func (w *worker) try(ctx context.Context, from, to int) error {
	w.trying = true
	for q := from; q < to; q++ {
		if err := w.partition(ctx, q, (*worker).tryOne); err != nil {
			return err
		}
	}
	return nil
}

func (w *worker) tryOne(context.Context, uint64) error {
	p := &w.someone
	if err := p.read(); err != nil || len(p.onTrial) == 0 {
		return err
	}
	// Without limits: what has room is not decided before it is known who loses. An id
	// whose winner has no room then is nobody's.
	trial := w.night
	trial.Trial = true
	borrower.Apply(p.state, &p.rows, p.loans, &trial)
	for i, h := range p.heads[contacts] {
		c := &p.rows.Contacts[i]
		if !p.onTrial[at(h)] || c.Outcome != borrower.Applied {
			continue
		}
		rec := appendIDKey(nil, []byte(c.ID))
		rec = spill.AppendInt(spill.AppendInt(rec, int64(h.File)), h.Num)
		if err := w.trials.Add(spill.AppendText(rec, p.id)); err != nil {
			return err
		}
	}
	return nil
}

// markLosers marks the rows of all borrowers but the one whose row would be accepted
// first: rows that would be come by id, and then in the order of files.
func (x *pass) markLosers(ctx context.Context) error {
	m := &marker{w: x.g.rows.Writer(1)}
	accepted := pull(ctx, x.trials)
	defer accepted.Close()
	var key, winner []byte // of the id at hand, if somebody has it
	err := eachClaim(ctx, x.g.ids, func(c *claim) error {
		if !bytes.Equal(c.key, key) {
			key, winner = append(key[:0], c.key...), nil
			if accepted.to(key); accepted.is(key) {
				d := spill.Record{B: accepted.at[len(key):]}
				d.Int()
				d.Int()
				if winner = d.Text(); d.Bad {
					return rows.ErrDamaged
				}
			}
		}
		if winner == nil || bytes.Equal(winner, c.borrower) {
			return nil
		}
		return m.mark(c, rows.TakenRow)
	})
	return errors.Join(err, accepted.Close(), m.w.Flush())
}

// keepIDs notes the ids of contacts that the borrower has from tonight on, and those
// that went with what is no longer kept.
func (w *worker) keepIDs(p *person, after *borrower.State) error {
	note := func(id string, has byte) error {
		rec := append(appendIDKey(nil, []byte(id)), has)
		return w.taken.Add(spill.AppendText(rec, p.id))
	}
	if len(p.state.Contacts) == 0 && len(after.Contacts) == 0 {
		return nil
	}
	had := make(map[string]bool, len(p.state.Contacts))
	for i := range p.state.Contacts {
		had[p.state.Contacts[i].ID] = true
	}
	for i := range after.Contacts {
		id := after.Contacts[i].ID
		if had[id] {
			delete(had, id)
			continue
		}
		if err := note(id, 1); err != nil {
			return err
		}
	}
	for id := range had { // in any order: they are sorted
		if err := note(id, 0); err != nil {
			return err
		}
	}
	return nil
}

// writeIDs writes who has which id of a contact: as before the night, but for what the
// night changed.
func (x *pass) writeIDs(ctx context.Context) error {
	part, err := x.o.Build.Part(0, store.Partitions, store.ContactIDs)
	if err != nil {
		return err
	}
	owners, err := x.o.Book.Scan(store.ContactIDs, civil.None, 0, store.Partitions)
	if err != nil {
		return err
	}
	defer owners.Close()
	more := owners.Next()
	copyBefore := func(hash uint64, id []byte, all bool) error {
		for more && (all || owners.Before(hash, id)) {
			if err := part.Add(store.ContactIDs, owners.Hash(), owners.ID(), nil, owners.Record()); err != nil {
				return err
			}
			more = owners.Next()
		}
		return ctx.Err()
	}
	var rec []byte
	err = x.taken.Each(ctx, func(change []byte) error {
		if len(change) < 8 {
			return rows.ErrDamaged
		}
		hash, d := binary.BigEndian.Uint64(change), spill.Record{B: change[8:]}
		id := d.Text()
		if d.Bad || len(d.B) == 0 {
			return rows.ErrDamaged
		}
		has := d.B[0] == 1
		d.B = d.B[1:]
		who := d.Text()
		if err := copyBefore(hash, id, false); err != nil {
			return err
		}
		if more && bytes.Equal(owners.ID(), id) {
			more = owners.Next()
		}
		if !has {
			return nil
		}
		rec = record.AppendContactID(rec[:0], who)
		return part.Add(store.ContactIDs, hash, id, nil, rec)
	})
	if err != nil {
		return err
	}
	if err := copyBefore(0, nil, true); err != nil {
		return err
	}
	if err := owners.Err(); err != nil {
		return err
	}
	d, err := part.Finish()
	x.r.Digests = append(x.r.Digests, d)
	return err
}
