package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"daybook/batch/book"
	"daybook/batch/publish"
	"daybook/ledger/record"
	"daybook/reports"
)

// digests holds what a partition has to what the nights say that they wrote: the
// journal of each, and the loans and suspense of the last.
func (v *verifier) digests(q int) error {
	for i, r := range v.history {
		read := v.b.DatedDigests
		last := i == len(v.history)-1
		if last {
			read = v.b.Digests
		}
		digests, err := read(r.Date, q, q+1)
		if err != nil {
			return err
		}
		got, want := book.PartitionOf(&digests.Partitions[0]), &r.Partitions[q]
		if got.JournalSum != want.JournalSum {
			v.fault("journal of %s, partition %02x: it is not what the night wrote", r.Date, q)
		}
		if last && (got.Loans != want.Loans || got.LoansSum != want.LoansSum) {
			v.fault("loans, partition %02x: they are not what the night of %s wrote", q, r.Date)
		}
		if last && (got.Borrowers != want.Borrowers || got.BorrowersSum != want.BorrowersSum) {
			v.fault("borrowers, partition %02x: they are not what the night of %s wrote", q, r.Date)
		}
		if last && (got.LoanFlags != want.LoanFlags || got.LoanFlagsSum != want.LoanFlagsSum) {
			v.fault("flags of loans, partition %02x: they are not what the night of %s wrote", q, r.Date)
		}
		if last && (got.ContactIDs != want.ContactIDs || got.ContactIDsSum != want.ContactIDsSum) {
			v.fault("ids of contacts, partition %02x: they are not what the night of %s wrote", q, r.Date)
		}
		if last && (got.Treatments != want.Treatments || got.TreatmentsSum != want.TreatmentsSum) {
			v.fault("treatments, partition %02x: they are not what the night of %s wrote", q, r.Date)
		}
		if last && (got.TaskKeys != want.TaskKeys || got.TaskKeysSum != want.TaskKeysSum) {
			v.fault("keys of tasks, partition %02x: they are not what the night of %s wrote", q, r.Date)
		}
		if last && (got.Bonds != want.Bonds || got.BondsSum != want.BondsSum) {
			v.fault("bonds, partition %02x: they are not what the night of %s wrote", q, r.Date)
		}
		if last && (got.Finals != want.Finals || got.FinalsSum != want.FinalsSum) {
			v.fault("final scores, partition %02x: they are not what the night of %s wrote", q, r.Date)
		}
		if last && (got.Bases != want.Bases || got.BasesSum != want.BasesSum) {
			v.fault("month bases, partition %02x: they are not those that the night of %s had", q, r.Date)
		}
		if last && (got.Held != want.Held || got.HeldSum != want.HeldSum) {
			v.fault("suspense, partition %02x: it is not what the night of %s wrote", q, r.Date)
		}
	}
	return nil
}

// published holds the small published files that the book keeps to the night's
// manifest.
func (v *verifier) published(r *record.Night) error {
	src, err := book.File(v.b, r, "manifest.json")
	if err != nil {
		return err
	}
	var m reports.Manifest
	if err := json.Unmarshal(src, &m); err != nil {
		return fmt.Errorf("manifest.json: %w", err)
	}
	sums := map[string]string{}
	for _, o := range m.Outputs {
		sums[o.Path] = o.SHA256
	}
	for _, f := range r.Files {
		h := sha256.New()
		err := book.EachPiece(v.b, r, f.Path, func(piece []byte) error {
			h.Write(piece) // never fails
			return nil
		})
		if err != nil {
			return err
		}
		if f.Path != "manifest.json" && f.Path != publish.HeadName && hex.EncodeToString(h.Sum(nil)) != sums[f.Path] {
			v.fault("%s of %s: the book keeps other bytes than were published", f.Path, r.Date)
		}
	}
	return nil
}
