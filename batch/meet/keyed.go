package meet

import (
	"bytes"
	"context"

	"daybook/batch/rows"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports/spill"
)

// settleKeys finds whose the contacts are that name a task alone: by the key of the task,
// as the book keeps it. Those whose key nobody has are counted.
func (x *pass) settleKeys(ctx context.Context) error {
	if x.o.Build == nil || x.g.keyed.Len() == 0 {
		return nil
	}
	known, err := x.o.Book.Scan(store.TaskKeys, civil.None, 0, store.Partitions)
	if err != nil {
		return err
	}
	defer known.Close()
	w := x.g.Writer(1)
	err = x.g.keyed.Each(ctx, func(rec []byte) error {
		hash, key, rest, err := splitKey(rec)
		if err != nil {
			return err
		}
		d := spill.Record{B: rest}
		file, num := int(d.Int()), d.Int()
		c, err := rows.ReadContact(d.B)
		if err != nil || d.Bad {
			return rows.ErrDamaged
		}
		if !known.Reach(hash, key) {
			x.o.Outcome(0, rows.ContactRow, file, num, borrower.UnknownTask)
			return nil
		}
		if c.Borrower, err = record.ReadContactID(known.Record()); err != nil {
			return err
		}
		c.Borrower = bytes.Clone(c.Borrower)
		return w.AddContact(file, num, &c)
	})
	if err == nil {
		err = known.Err()
	}
	if err != nil {
		return err
	}
	return w.Close()
}
