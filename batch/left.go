package batch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"

	"daybook/batch/book"
	"daybook/batch/night"
	"daybook/ledger/proof"
	"daybook/ledger/store"
	"daybook/reports"
)

// A left is all that a part leaves behind for the night besides its files, its tables
// and the sorters' rows. It does not depend on the worker nor on other parts, and what
// the lefts of all parts add up to does not depend on the way there, so that parts may
// be worked apart: encode makes a file of it.
type left struct {
	digest    store.PartDigest
	outputs   []reports.Output // paths relative to the night's folder
	tallies   packedTallies
	gl        book.GL
	positions []book.Positions // by currency
	suspense  reports.Suspense
	cubes     reports.Cubes
	accrued   []night.Accrued // by untouched loans
	postings  int64
	entries   int64
	replayed  int64
	leaves    []proof.Hash // of the part's pages of the journal
}

// passLeft, where a test sets it, may put another value in the place of a part's left
// before it is merged.
var passLeft func(l *left, s shape) error

// takeLeft moves what the part gathered in its worker to its left, so that the next part
// begins with nothing.
func (p *part) takeLeft() {
	p.result.tallies = packTallies(p.tallies)
	p.result.cubes = p.builder.Take()
	p.result.accrued = p.proc.TakeSummary()
	p.result.leaves = p.leaves.Leaves
}

// addOutput adds a file that lies in the staging folder.
func (l *left) addOutput(out reports.Output, staging string) error {
	path, err := filepath.Rel(staging, out.Path)
	if err != nil {
		return err
	}
	out.Path = filepath.ToSlash(path)
	l.outputs = append(l.outputs, out)
	return nil
}

// merge adds what the next part left.
func (n *posted) merge(l *left) error {
	n.gl.Merge(&l.gl)
	for c := range l.positions {
		n.positions[c].Merge(&l.positions[c])
		n.record.Held += l.positions[c].HeldItems
	}
	n.record.Entries += l.entries
	n.record.Postings += l.postings
	n.record.Replayed += l.replayed
	n.suspense.Merge(&l.suspense)
	n.leaves = append(n.leaves, l.leaves...)
	for _, out := range l.outputs {
		out.Path = filepath.Join(n.staging, filepath.FromSlash(out.Path))
		n.outputs = append(n.outputs, out)
	}
	for k := range l.digest.Partitions {
		w := book.PartitionOf(&l.digest.Partitions[k])
		n.record.Partitions = append(n.record.Partitions, w)
		n.record.Loans += int64(w.Loans)
	}
	n.addSummary(l.accrued)
	if err := l.tallies.each(len(n.tallies), func(file int, t *tally) { n.tallies[file].merge(t) }); err != nil {
		return err
	}
	return n.builder.Merge(&l.cubes)
}

// A packedTallies is the tallies of the files that a part had rows of: a night may have
// 65,000 files and each part rows of all, in 8 bytes or a few more for each. For each
// file in their order it has the distance to the one before, which of the measures are
// not zero, and of those twice the rows, and one more where the amount is over, and the
// amount; all in varints.
type packedTallies []byte

// packTallies packs the tallies by file, and leaves them zero.
func packTallies(tallies []tally) (packed packedTallies) {
	last := -1
	for file := range tallies {
		t := &tallies[file]
		if *t == (tally{}) {
			continue
		}
		packed = binary.AppendUvarint(packed, uint64(file-last))
		last = file
		at, mask := len(packed), byte(0)
		packed = append(packed, 0)
		for i, m := range t.measures() {
			if *m == (measure{}) {
				continue
			}
			mask |= 1 << i
			over := uint64(0)
			if m.over {
				over = 1
			}
			packed = binary.AppendUvarint(packed, uint64(m.rows)<<1|over)
			packed = binary.AppendVarint(packed, m.amount)
		}
		packed[at] = mask
		*t = tally{}
	}
	return packed
}

// measures are a tally's, in the order in which they are packed.
func (t *tally) measures() [5]*measure {
	return [...]*measure{&t.in, &t.applied, &t.duplicates, &t.rejected, &t.held}
}

var errTallies = errors.New("damaged tallies")

// each calls do with the tally of each file that has one, of a number of files.
func (p packedTallies) each(files int, do func(file int, t *tally)) error {
	file := -1
	for len(p) > 0 {
		distance, n := binary.Uvarint(p)
		if n <= 0 || n == len(p) || distance == 0 || distance > uint64(files-1-file) {
			return errTallies
		}
		mask := p[n]
		p, file = p[n+1:], file+int(distance)
		var t tally
		measures := t.measures()
		if mask == 0 || mask >= 1<<len(measures) {
			return errTallies
		}
		for i, m := range measures {
			if mask&(1<<i) == 0 {
				continue
			}
			rows, n := binary.Uvarint(p)
			if n <= 0 {
				return errTallies
			}
			amount, k := binary.Varint(p[n:])
			if k <= 0 {
				return errTallies
			}
			p = p[n+k:]
			*m = measure{rows: int64(rows >> 1), amount: amount, over: rows&1 == 1}
			if *m == (measure{}) {
				return fmt.Errorf("%w: file %d", errTallies, file)
			}
		}
		do(file, &t)
	}
	return nil
}
