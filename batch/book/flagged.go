package book

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"sync"

	"daybook/aging/classify"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// Flagged are the borrowers who have flags that packs read, by the hash of their ids: what
// posting must know of a loan that its own record does not tell. Of each it has some 50
// bytes, and 12 for a flag.
type Flagged struct {
	bits  map[string]uint8
	parts [store.Partitions]flaggedPart
	any   bool
}

// A flaggedPart is those of one partition: index by hash, and of each in the arena the id,
// whether earlier days are told otherwise than they were, and the flags.
type flaggedPart struct {
	index []flaggedAt
	arena []byte
}

type flaggedAt struct {
	hash uint64
	at   uint32
}

// An EachFlag calls fn with the rows of flags of borrowers of a partition that their night
// looks at, of each in the order in which it takes them.
type EachFlag func(ctx context.Context, q int, fn func(id string, f borrower.Flag)) error

// FlaggedOf gathers the flags of a book's borrowers that packs read by some bits, and those
// that rows of tonight bring. previous is the last close.
func FlaggedOf(ctx context.Context, b *store.Book, bits map[string]uint8, workers int, previous civil.Date, each EachFlag) (*Flagged, error) {
	f := &Flagged{bits: bits}
	if len(bits) == 0 {
		return f, nil
	}
	err := EachPartition(ctx, workers, func(ctx context.Context, _, q int) error { return f.partition(ctx, b, q, previous, each) })
	if err != nil {
		return nil, err
	}
	for q := range f.parts {
		f.any = f.any || len(f.parts[q].index) > 0
	}
	return f, nil
}

func (f *Flagged) partition(ctx context.Context, b *store.Book, q int, previous civil.Date, each EachFlag) error {
	err := eachFlags(ctx, b, q, previous, each, func(id []byte, before, after []borrower.Flag, changed bool) {
		now := f.Read(nil, after)
		f.add(q, store.Hash(id), id, now, changed && Reflagged(f.Read(nil, before), now, previous))
	})
	slices.SortFunc(f.parts[q].index, func(a, b flaggedAt) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.at, b.at)) })
	return err
}

// eachFlags calls fn with the flags of each borrower of a partition whom the book or tonight's
// rows know, before and after those rows; changed says that there are some.
func eachFlags(ctx context.Context, b *store.Book, q int, previous civil.Date, each EachFlag, fn func(id []byte, before, after []borrower.Flag, changed bool)) (err error) {
	tonight := map[string]*borrower.Rows{}
	defer func() {
		if err != nil {
			err = fmt.Errorf("flags of borrowers, partition %02x: %w", q, err)
		}
	}()
	err = each(ctx, q, func(id string, flag borrower.Flag) {
		if tonight[id] == nil {
			tonight[id] = &borrower.Rows{}
		}
		tonight[id].Flags = append(tonight[id].Flags, borrower.FlagRow{Flag: flag})
	})
	if err != nil {
		return err
	}
	s, err := b.Scan(store.Borrowers, civil.None, q, q+1)
	if err != nil {
		return err
	}
	defer s.Close()
	night := &borrower.Night{Date: previous + 1}
	for s.Next() {
		rows := tonight[string(s.ID())]
		if rows == nil {
			flags, err := record.BorrowerFlags(s.Record())
			if err != nil {
				return err
			}
			fn(s.ID(), flags, flags, false)
			continue
		}
		delete(tonight, string(s.ID()))
		state, err := record.ReadBorrower(s.Record())
		if err != nil {
			return err
		}
		fn(s.ID(), state.Flags, borrower.Apply(state, rows, nil, night).Flags, true)
	}
	for _, id := range slices.Sorted(maps.Keys(tonight)) {
		fn([]byte(id), nil, borrower.Apply(borrower.State{}, tonight[id], nil, night).Flags, true)
	}
	return s.Err()
}

// HeldFlags returns the names of the flags of borrowers that a test asks for and that hold on a
// day, by borrower, with tonight's rows.
func HeldFlags(ctx context.Context, b *store.Book, workers int, previous, on civil.Date, each EachFlag, asks func(name string) bool) (map[string][]string, error) {
	held := map[string][]string{}
	var mu sync.Mutex
	err := EachPartition(ctx, workers, func(ctx context.Context, _, q int) error {
		return eachFlags(ctx, b, q, previous, each, func(id []byte, _, after []borrower.Flag, _ bool) {
			if names := Held(nil, after, on, asks); len(names) > 0 {
				mu.Lock()
				held[string(id)] = names
				mu.Unlock()
			}
		})
	})
	return held, err
}

// Held appends the names of flags that a test asks for and that hold on a day.
func Held(to []string, flags []borrower.Flag, on civil.Date, asks func(name string) bool) []string {
	for i := range flags {
		f := &flags[i]
		if f.From <= on && (f.Until == civil.None || on < f.Until) && asks(f.Name) {
			to = append(to, f.Name)
		}
	}
	return to
}

// Read appends the flags that packs read.
func (f *Flagged) Read(to []classify.Flag, flags []borrower.Flag) []classify.Flag {
	for i := range flags {
		if bit, ok := f.bits[flags[i].Name]; ok && flags[i].From != flags[i].Until {
			to = append(to, classify.Flag{Bit: bit, From: flags[i].From, Until: flags[i].Until})
		}
	}
	return to
}

// Reflagged reports whether two lists of flags differ on a day up to one.
func Reflagged(a, b []classify.Flag, day civil.Date) bool {
	return tellsOtherwise(a, b, day) || tellsOtherwise(b, a, day)
}

func tellsOtherwise(a, b []classify.Flag, day civil.Date) bool {
	for _, x := range a {
		if x.From > day {
			continue
		}
		i := slices.IndexFunc(b, func(y classify.Flag) bool { return y.Bit == x.Bit && y.From == x.From })
		if i < 0 || endOf(x) != endOf(b[i]) && min(endOf(x), endOf(b[i])) <= day {
			return true
		}
	}
	return false
}

func endOf(f classify.Flag) civil.Date {
	if f.Until == civil.None {
		return civil.Max
	}
	return f.Until
}

func (f *Flagged) add(q int, hash uint64, id []byte, flags []classify.Flag, again bool) {
	if len(flags) == 0 && !again {
		return
	}
	p := &f.parts[q]
	p.index = append(p.index, flaggedAt{hash, uint32(len(p.arena))})
	p.arena = append(append(p.arena, byte(len(id))), id...)
	mark := byte(0)
	if again {
		mark = 1
	}
	p.arena = binary.AppendUvarint(append(p.arena, mark), uint64(len(flags)))
	for _, x := range flags {
		p.arena = binary.AppendVarint(binary.AppendVarint(append(p.arena, x.Bit), int64(x.From)), int64(x.Until))
	}
}

// Of appends the flags of a borrower that packs read. again says that of days up to the last
// close they are not what it knew.
func (f *Flagged) Of(to []classify.Flag, id []byte) (_ []classify.Flag, again bool) {
	if f == nil || !f.any || len(id) == 0 {
		return to, false
	}
	hash := store.Hash(id)
	p := &f.parts[store.Partition(hash)]
	i, _ := slices.BinarySearchFunc(p.index, hash, func(x flaggedAt, h uint64) int { return cmp.Compare(x.hash, h) })
	for ; i < len(p.index) && p.index[i].hash == hash; i++ {
		b := p.arena[p.index[i].at:]
		n := 1 + int(b[0])
		if !bytes.Equal(b[1:n], id) {
			continue
		}
		again = b[n] != 0
		b = b[n+1:]
		count, k := binary.Uvarint(b)
		for b = b[k:]; count > 0; count-- {
			x := classify.Flag{Bit: b[0]}
			from, k := binary.Varint(b[1:])
			until, m := binary.Varint(b[1+k:])
			x.From, x.Until, b = civil.Date(from), civil.Date(until), b[1+k+m:]
			to = append(to, x)
		}
		return to, again
	}
	return to, false
}

// Reflags is [Reflagged] of flags as they are kept.
func (f *Flagged) Reflags(before, after []borrower.Flag, day civil.Date) bool {
	return Reflagged(f.Read(nil, before), f.Read(nil, after), day)
}
