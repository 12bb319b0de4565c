package meet

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"

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
	owners, err := x.o.Book.Scan(store.ContactIDs, civil.None, 0, store.Partitions)
	if err != nil {
		return 0, err
	}
	defer owners.Close()
	more := owners.Next()
	m := &marker{w: x.g.rows.Writer(1)}
	err = eachID(ctx, x.g.ids, func(claims []claim) error {
		first := &claims[0]
		for more && (owners.Hash() < first.hash || owners.Hash() == first.hash && bytes.Compare(owners.ID(), first.id) < 0) {
			more = owners.Next()
		}
		var owner []byte
		if more && bytes.Equal(owners.ID(), first.id) {
			if owner, err = record.ReadContactID(owners.Record()); err != nil {
				return err
			}
		}
		several := slices.ContainsFunc(claims, func(c claim) bool { return !bytes.Equal(c.borrower, first.borrower) })
		for i := range claims {
			c := &claims[i]
			switch {
			case owner != nil && !bytes.Equal(owner, c.borrower):
				err = m.mark(c, rows.TakenRow)
			case owner == nil && several:
				trials++
				err = m.mark(c, rows.TrialRow)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if err := owners.Err(); err != nil {
		return 0, err
	}
	return trials, m.w.Flush()
}

// eachID calls fn with the claims on one id after the other; they are valid until it
// returns.
func eachID(ctx context.Context, ids *spill.Sorter, fn func(claims []claim) error) error {
	var group []claim
	flush := func() error {
		if len(group) == 0 {
			return nil
		}
		err := fn(group)
		group = group[:0]
		return err
	}
	err := ids.Each(ctx, func(rec []byte) error {
		c, err := readClaim(bytes.Clone(rec))
		if err != nil {
			return err
		}
		if len(group) > 0 && !bytes.Equal(group[0].id, c.id) {
			if err := flush(); err != nil {
				return err
			}
		}
		if len(group) == claimsMax {
			return nil // as many rows of one id are all beyond what a night looks at
		}
		group = append(group, c)
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// claimsMax is the most rows of one id of a contact that are told apart.
const claimsMax = 1 << 16

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
	borrower.Apply(borrower.Join(p.state, p.waited), &p.rows, p.loans, &w.night)
	for i, h := range p.heads[contacts] {
		c := &p.rows.Contacts[i]
		if !p.onTrial[at(h)] || c.Outcome != borrower.Applied {
			continue
		}
		id := []byte(c.ID)
		rec := binary.BigEndian.AppendUint64(nil, store.Hash(id))
		rec = spill.AppendInt(spill.AppendInt(spill.AppendText(rec, id), int64(h.File)), h.Num)
		if err := w.trials.Add(spill.AppendText(rec, p.id)); err != nil {
			return err
		}
	}
	return nil
}

// markLosers marks the rows of all borrowers but the one whose row would be accepted
// first.
func (x *pass) markLosers(ctx context.Context) error {
	winners := map[string]string{}
	var ids [][]byte
	m := &marker{w: x.g.rows.Writer(1)}
	// The accepted rows come by id and then in the order of files, so that the first of
	// an id wins; both lists are in the order of the ids.
	flush := func() error {
		if len(winners) == 0 {
			return nil
		}
		err := eachID(ctx, x.g.ids, func(claims []claim) error {
			winner, ok := winners[string(claims[0].id)]
			if !ok {
				return nil
			}
			for i := range claims {
				if c := &claims[i]; string(c.borrower) != winner {
					if err := m.mark(c, rows.TakenRow); err != nil {
						return err
					}
				}
			}
			return nil
		})
		clear(winners)
		ids = ids[:0]
		return err
	}
	err := x.trials.Each(ctx, func(rec []byte) error {
		if len(rec) < 8 {
			return rows.ErrDamaged
		}
		d := spill.Record{B: rec[8:]}
		id := string(d.Text())
		d.Int()
		d.Int()
		who := string(d.Text())
		if d.Bad {
			return rows.ErrDamaged
		}
		if _, ok := winners[id]; ok {
			return nil
		}
		if len(winners) == winnersAtOnce {
			if err := flush(); err != nil {
				return err
			}
		}
		winners[id] = who
		return nil
	})
	if err != nil {
		return err
	}
	if err := flush(); err != nil {
		return err
	}
	return m.w.Flush()
}

// winnersAtOnce bounds the memory of a night in which very many ids are asked for by
// several borrowers.
const winnersAtOnce = 1 << 15

// keepIDs notes the ids of contacts that the borrower has from tonight on, and those
// that went with what is no longer kept.
func (w *worker) keepIDs(p *person, after *borrower.State) error {
	note := func(id string, has byte) error {
		b := []byte(id)
		rec := binary.BigEndian.AppendUint64(nil, store.Hash(b))
		rec = append(spill.AppendText(rec, b), has)
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
		for more && (all || owners.Hash() < hash || owners.Hash() == hash && bytes.Compare(owners.ID(), id) < 0) {
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
