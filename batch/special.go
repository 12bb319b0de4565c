package batch

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"slices"

	"daybook/batch/intake"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// Two kinds of adjustment reach beyond their loan's partition and are decided
// before the partitions are worked: the release of held money, which may lie
// under another id, and the reversal of a whole file or night.

// A special is such an adjustment, as the reading phase found it.
type special struct {
	kind      loan.Kind
	choice    loan.Choice
	file      int
	num       int64
	valueDate civil.Date
	loan      []byte
	id        []byte
	target    []byte
	amount    int64 // that its row names, zero where it names none
	minor     bool  // in minor units
}

// isSpecial reports whether an adjustment is decided before the partitions.
func isSpecial(kind loan.Kind, target []byte) bool {
	return kind.Early() || kind.Undoes() && isDigest(target)
}

// isDigest reports whether a target is the SHA-256 of a file or night, in hex.
func isDigest(target []byte) bool {
	if len(target) != 64 {
		return false
	}
	_, err := hex.DecodeString(string(target))
	return err == nil
}

func newSpecial(in *intake.Rows, i int, kind loan.Kind, choice loan.Choice, amount int64) special {
	col := func(c int) []byte { return bytes.Clone(in.Columns[c].Text(i)) }
	return special{
		kind: kind, choice: choice, file: in.File.Index, num: in.First + int64(i),
		amount: amount, minor: in.Columns[intake.AdjustmentsAmount].Minor,
		valueDate: dateAt(&in.Columns[intake.AdjustmentsValueDate], i),
		loan:      col(intake.AdjustmentsLoanID), id: col(intake.AdjustmentsAdjustmentID), target: col(intake.AdjustmentsTargetID),
	}
}

// specialsMax is the most of them in one night; a lender has a few. They are in
// memory together, with the held items that they name. Tests make it smaller.
var specialsMax = 1 << 15

// special takes one of a row. The night's first in the order of files and rows count;
// what is beyond is rejected, whoever reads it and when.
func (r *reader) special(s special) {
	n := r.n
	n.specialsMu.Lock()
	defer n.specialsMu.Unlock()
	n.specials = append(n.specials, s)
	if len(n.specials) > 2*specialsMax {
		n.cutSpecials(r.tallies, &r.rejects)
	}
}

// cutSpecials sorts what is there and rejects what is beyond the limit.
func (n *taken) cutSpecials(tallies []tally, rejects *rejecter) {
	slices.SortFunc(n.specials, func(a, b special) int {
		if a.file != b.file {
			return a.file - b.file
		}
		return int(a.num - b.num)
	})
	for i := min(specialsMax, len(n.specials)); i < len(n.specials); i++ {
		s := &n.specials[i]
		tallies[s.file].rejected.add(s.amount)
		rejects.add(reject{file: uint16(s.file), reason: loan.TooManyEvents, num: s.num, amount: s.amount})
		*s = special{} // its texts
	}
	n.specials = n.specials[:min(specialsMax, len(n.specials))]
}

// decideSpecials decides on them: releases, then reversals of files, each in the order of
// their ids, so that of several for one target it is not the order of rows that chooses.
func (n *taken) decideSpecials(ctx context.Context) error {
	if len(n.specials) == 0 {
		return nil
	}
	rejects := rejecter{w: n.rejects.Writer(1)}
	returns := mover{w: n.returns.Writer(1)}
	n.cutSpecials(n.tallies, &rejects)
	slices.SortStableFunc(n.specials, func(a, b special) int {
		if a.kind != b.kind {
			return cmp.Compare(b.kind, a.kind) // what an adjustment releases is no file's any more
		}
		return bytes.Compare(a.id, b.id)
	})
	if err := n.loadReversedFiles(); err != nil {
		return err
	}
	if err := n.loadHeld(ctx); err != nil {
		return err
	}
	out := n.scatter.Writer(n.o.Workers)
	for i := range n.specials {
		s := &n.specials[i]
		var reason loan.Reason
		err := ctx.Err()
		switch {
		case err != nil:
		case s.kind.Releases():
			reason, err = n.decideRelease(s, out, &returns)
		default:
			reason, err = n.decideFileReversal(s)
		}
		if err != nil {
			return err
		}
		t := &n.tallies[s.file]
		switch reason {
		case passedOn:
		case loan.OK:
			t.applied.add(s.amount)
		case loan.ExactDuplicate:
			t.duplicates.add(s.amount)
		default:
			t.rejected.add(s.amount)
			rejects.add(reject{file: uint16(s.file), reason: reason, num: s.num, amount: s.amount})
		}
	}
	return errors.Join(out.Flush(), rejects.flush(), returns.flush())
}

// passedOn says that a row's outcome is decided and counted in its partition.
const passedOn = loan.Reasons
