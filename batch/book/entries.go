package book

import (
	"context"
	"encoding/hex"
	"fmt"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// EntryID numbers the entries of a night: business date, partition
// ([SummaryPartition] for entries of no loan) and a number within it, in 53 bits,
// so that every tool can hold it.
func EntryID(d civil.Date, partition, number int) int64 {
	return int64(d)<<37 | int64(partition)<<28 | int64(number)
}

// SplitEntryID is the other way of [EntryID].
func SplitEntryID(id int64) (d civil.Date, partition, number int) {
	return civil.Date(id >> 37), int(id >> 28 & (1<<9 - 1)), int(id & (EntriesMax - 1))
}

const (
	// EntriesMax is how many numbers an entry id has for the entries of one partition.
	EntriesMax = 1 << 28
	// SummaryPartition stands in the ids of entries of no loan where others have their
	// partition.
	SummaryPartition = store.Partitions
)

// EachEntry calls fn with the journal entries of a night in partitions
// [from, to), in their order; last says that the loan has no further one.
func EachEntry(ctx context.Context, b *store.Book, d civil.Date, from, to int,
	fn func(id int64, loanID []byte, currency uint16, e *ledger.Entry, last bool) error) error {
	return EachLoanNight(ctx, b, d, from, to, func(id int64, loanID []byte, n *record.LoanNight) error {
		for i := range n.Entries {
			if err := fn(id+int64(i), loanID, n.Currency, &n.Entries[i], i == len(n.Entries)-1); err != nil {
				return err
			}
		}
		return nil
	})
}

// EachLoanNight calls fn with what a night did to each loan in partitions [from, to), in
// their order; id is that of its first entry.
func EachLoanNight(ctx context.Context, b *store.Book, d civil.Date, from, to int,
	fn func(id int64, loanID []byte, n *record.LoanNight) error) error {
	var n record.LoanNight
	for q := from; q < to; q++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		s, err := b.Scan(store.Journal, d, q, q+1)
		if err != nil {
			return err
		}
		id := EntryID(d, q, 0)
		for s.Next() {
			if err := n.Decode(s.Record(), d); err != nil {
				s.Close()
				return fmt.Errorf("journal of %s, loan %q: %w", d, s.ID(), err)
			}
			if err := fn(id+1, s.ID(), &n); err != nil {
				s.Close()
				return err
			}
			id += int64(len(n.Entries))
		}
		err = s.Err()
		s.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// SummaryPiece is the name of a piece of a night's summary; most nights have one.
func SummaryPiece(piece int) string {
	if piece == 0 {
		return "accruals"
	}
	return PieceName("accruals", piece)
}

// eachSummaryPiece calls fn with the pieces of a night's summary.
func eachSummaryPiece(b *store.Book, d civil.Date, fn func(piece []byte) error) error {
	for i := 0; ; i++ {
		v, ok, err := b.Small(record.SectionSummary, d, SummaryPiece(i))
		if err != nil || !ok {
			return err
		}
		if err := fn(v); err != nil {
			return err
		}
	}
}

// EachSummaryEntry calls fn with the entries of a night that belong to no loan, and
// their numbers in the night.
func EachSummaryEntry(b *store.Book, d civil.Date, fn func(number int, currency uint16, e *ledger.Entry) error) error {
	number := 0
	var n record.LoanNight
	return eachSummaryPiece(b, d, func(piece []byte) error {
		return record.ReadSummary(piece, d, &n, func() error {
			for i := range n.Entries {
				number++
				if err := fn(number, n.Currency, &n.Entries[i]); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// RegionPiece is the name of a piece of what untouched loans accrued by region.
func RegionPiece(piece int) string { return PieceName("accruals", piece) }

// EachRegion calls fn with what untouched loans accrued by region on a night, and says
// whether the night kept it: where it did, it adds up to the entries of the summary.
func EachRegion(b *store.Book, d civil.Date, fn func(k record.RegionKey, amount money.Amount) error) (kept bool, err error) {
	for i := 0; ; i++ {
		v, ok, err := b.Small(record.SectionRegions, d, RegionPiece(i))
		if err == nil && ok {
			err = record.ReadRegions(v, fn)
		}
		if err != nil {
			return false, fmt.Errorf("accruals by region of %s: %w", d, err)
		}
		if !ok {
			return i > 0, nil
		}
	}
}

// HasRoot reports whether a night's root is that of its partitions and summary.
func HasRoot(b *store.Book, n *record.Night) (bool, error) {
	h := n.RootHash()
	err := eachSummaryPiece(b, n.Date, func(piece []byte) error {
		h.Write(piece) // never fails
		return nil
	})
	return err == nil && hex.EncodeToString(h.Sum(nil)) == n.Root, err
}
