package batch

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// firstForm writes a book again with the records of format 1, which have no version:
// journal entries lack their first two bytes, suspense items their first, and pieces of
// the summary their first, and those of their entries; what is JSON begins with itself. Roots follow.
func firstForm() *forger {
	summary, root := []byte(nil), ""
	return &forger{
		digests: true,
		meta:    func(v []byte) []byte { return v[1:] },
		journal: func(_ civil.Date, _ string, rec []byte) []byte { return rec[2:] },
		held:    func(_, _ string, rec []byte) []byte { return rec[1:] },
		small: func(_ civil.Date, section byte, _ string, v []byte) []byte {
			switch section {
			case record.SectionActivity:
				return v[1:]
			case record.SectionFiles:
				return v
			case record.SectionTree: // there was none
				return nil
			}
			summary = nil
			for rest := v[min(len(v), 1):]; len(rest) > 0; {
				size, n := binary.Uvarint(rest)
				entry := rest[n+2 : n+int(size)]
				summary = append(binary.AppendUvarint(summary, uint64(len(entry))), entry...)
				rest = rest[n+int(size):]
			}
			return summary
		},
		night: func(r *record.Night) {
			r.PreviousRoot, r.Tree = root, nil
			h := r.RootHash()
			h.Write(summary)
			root = hex.EncodeToString(h.Sum(nil))
			r.Root = root
		},
	}
}

// TestOldRecordsAreRead: a book whose records have no versions is verified, read, and
// closed on: a reversal reads its journal, a payment its suspense. Its nights stay as
// they were written.
func TestOldRecordsAreRead(t *testing.T) {
	l := tamperLender(t)
	old := *l
	old.o.Book, old.o.Out = filepath.Join(l.dir, "old"), filepath.Join(l.dir, "old-out")
	firstForm().forge(t, old.o.Book, l.o.Book)
	verifySilent(t, &old)
	// All but the bytes of the summary, and the sums of loans that a forger leaves out.
	lines := func(l *lender) []string {
		all := bookLines(t, l, func(_, name string) string { return name })
		for i := range all { // but for the version of what is JSON
			all[i] = strings.NewReplacer(" activity 01", " activity ", "names 01", "names ", "policies 01", "policies ").Replace(all[i])
		}
		return slices.DeleteFunc(all, func(line string) bool {
			return strings.Contains(line, " u accruals ") || strings.Contains(line, " partition ")
		})
	}
	sameLines(t, "without versions", lines(&old), lines(l))
	journal := func() (all []byte) {
		b := openRead(t, &old)
		nights, err := b.Nights()
		if err != nil {
			t.Fatal(err)
		}
		s, err := b.Scan(store.Journal, nights[0], 0, store.Partitions)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for s.Next() {
			all = append(all, s.Record()...)
		}
		return all
	}
	before := journal()

	reversal := adjusts(t, "R1", "L1", "reversal", "2026-02-06")
	reversal.TargetID = ptr("P1")
	write(t, l.in("2026-02-06"), "adjustments-a", []adjustmentFile{reversal})
	write(t, l.in("2026-02-06"), "loans-a", []loanFile{aLoan(t, "nobody", "2026-01-01", "2026-02-01")}) // takes P3
	l.close("2026-02-06")
	old.close("2026-02-06")
	verifySilent(t, &old)
	sameLines(t, "after another night", lines(&old), lines(l))
	if !bytes.Equal(before, journal()) {
		t.Error("the journal of an earlier night has changed")
	}
}
