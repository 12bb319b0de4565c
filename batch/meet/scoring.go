package meet

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"daybook/aging"
	"daybook/aging/score"
	"daybook/aging/treat"
	"daybook/batch/rows"
	"daybook/ledger/borrower"
	"daybook/ledger/store"
	"daybook/reports/spill"
)

// A Scoring is how scores are finished borrower by borrower; nil where they are not.
type Scoring struct {
	Points *score.Points
	Codes  []uint8      // the book's of each reason
	Spans  []score.Span // what promises have done, the oldest first
}

// scored is a worker's memory for scores.
type scored struct {
	conduct  score.Conduct
	promises []treat.Decided // of the borrower at hand, by day
	days     []score.PromiseDay
	told     score.Told
	scratch  score.Scratch
	points   map[string]int32 // by loan that something is to be decided of
	finals   dividedWriter
	finalRec []byte
	counts   func(f fact) error
	finishes func(f fact) error
}

// prepareScoring makes the worker ready to finish scores.
func (w *worker) prepareScoring(workers int) {
	if w.o.Scoring != nil {
		w.finals = w.r.finals.writer(workers)
		w.counts, w.finishes = w.countLoan, w.finish
	}
}

// score finishes the scores of a borrower's loans; s and t are what is known of him, with tonight's
// rows and money. What is decided about him comes after it.
func (w *worker) score(ctx context.Context, id []byte, keys []rows.Key, s *borrower.State, t *borrower.Treatment) error {
	if w.o.Scoring == nil {
		return nil
	}
	w.conduct, w.promises = score.Conduct{}, w.promises[:0]
	if len(s.Contacts) > 0 && w.o.Rules != nil {
		c := w.treat.Conduct(&treat.Person{ID: id, State: s, Treatment: t})
		w.conduct = score.Conduct{Broken: c.Broken, Kept: c.Kept, Decided: c.Decided, Unanswered: c.Unanswered}
		w.promises = append(w.promises, c.Promises...)
		slices.SortStableFunc(w.promises, func(a, b treat.Decided) int { return cmp.Compare(a.On, b.On) })
	}
	if err := w.eachFact(ctx, id, keys, w.counts); err != nil {
		return err
	}
	w.awaitPoints()
	err := w.eachFact(ctx, id, keys, w.finishes)
	w.takePoints()
	return err
}

// awaitPoints notes of which loans something is to be decided.
func (w *worker) awaitPoints() {
	if w.points = nil; len(w.loans) > 0 {
		w.points = make(map[string]int32, len(w.loans))
	}
	for i := range w.loans {
		w.points[w.loans[i].ID] = 0
	}
}

// takePoints gives them their scores.
func (w *worker) takePoints() {
	for i := range w.loans {
		w.loans[i].Score = w.points[w.loans[i].ID]
	}
}

// scoreSingle finishes the score of a borrower's only loan, of whom nothing else is known.
func (w *worker) scoreSingle(f fact) error {
	if w.o.Scoring == nil {
		return nil
	}
	w.conduct, w.promises = score.Conduct{}, w.promises[:0]
	w.awaitPoints()
	err := errors.Join(w.countLoan(f), w.finish(f))
	w.takePoints()
	return err
}

// countLoan counts the loans on the book.
func (w *worker) countLoan(f fact) error {
	if f.onBook() {
		w.conduct.Loans++
	}
	return nil
}

// finish finishes the score of one loan.
func (w *worker) finish(f fact) error {
	id, told, ok := f.scored()
	part := f.part()
	if !ok || !w.told.Read(told) || part >= len(w.late) || int(f[factCurrency]) >= len(w.o.Names.Currencies) {
		return rows.ErrDamaged
	}
	o := w.o.Scoring
	promised := [2]int32{}
	if len(w.promises) > 0 {
		w.promisesOf(string(id), w.o.Names.Currencies[f[factCurrency]])
		promised = score.PromisePoints(w.days, w.told.BookedOn, w.o.Date, o.Spans)
	}
	final := o.Points.Finish(&w.told, &w.conduct, promised, o.Codes, &w.scratch)
	if _, awaited := w.points[string(id)]; awaited {
		w.points[string(id)] = final.Score
	}
	w.finalRec = append(spill.AppendText(binary.BigEndian.AppendUint64(w.finalRec[:0], store.Hash(id)), id), 0)
	w.finalRec = final.Append(w.finalRec)
	if err := w.finals.add(w.finalRec); err != nil {
		return err
	}
	return w.late[part].Add(appendFinal(w.decision[:0], f.row(), &final))
}

// promisesOf gathers the promises of a loan that were kept or broken, by day.
func (w *worker) promisesOf(id, currency string) {
	w.days = w.days[:0]
	for i := range w.promises {
		p := &w.promises[i]
		if p.Loan != "" && p.Loan != id || p.Loan == "" && p.Currency != currency {
			continue
		}
		n := len(w.days) - 1
		if n < 0 || w.days[n].On != p.On {
			w.days = append(w.days, score.PromiseDay{On: p.On})
			n++
		}
		if p.Standing == borrower.Kept {
			w.days[n].Kept++
		} else {
			w.days[n].Broken++
		}
	}
}

// isFinal is in the place of [decided.differs] in what is decided of a score.
const isFinal = 2

// appendFinal writes what is decided of a score: row of the part, isFinal, and the numbers.
func appendFinal(b []byte, row int64, f *score.Final) []byte {
	b = append(binary.BigEndian.AppendUint64(b, uint64(row)), isFinal)
	b = binary.AppendVarint(binary.AppendVarint(b, int64(f.Score)), int64(f.Delta))
	return append(b, f.Reasons[:]...)
}

// readFinal reads what appendFinal wrote, behind isFinal.
func (d *decided) readFinal(b []byte) bool {
	r := rows.BodyOf(b)
	d.final.Score, d.final.Delta = int32(r.Int()), int32(r.Int())
	for i := range d.final.Reasons {
		d.final.Reasons[i] = r.Byte()
	}
	return r.Done()
}

// finalColumns are the late columns of scores.
func finalColumns(columns map[string]lateColumn) {
	columns["score"] = lateColumn{of: func(d *decided) (int64, bool) { return int64(d.final.Score), d.isFinal }}
	columns["score_delta"] = lateColumn{of: func(d *decided) (int64, bool) { return int64(d.final.Delta), d.isFinal }}
	for i, name := range [...]string{"reason_1", "reason_2", "reason_3", "reason_4"} {
		columns[name] = lateColumn{of: func(d *decided) (int64, bool) {
			if d.final.Reasons[i] == 0 {
				return aging.NoCode, d.isFinal
			}
			return int64(d.final.Reasons[i]) - 1, d.isFinal
		}}
	}
}

// writeFinals writes what was made of the scores of a share's loans.
func (r *Result) writeFinals(ctx context.Context, o *Options, share int) (digest store.PartDigest, err error) {
	from, to := partitionsOf(share)
	part, err := o.Build.Part(from, to, store.Finals)
	if err != nil {
		return digest, err
	}
	err = r.finals[share].Each(ctx, func(rec []byte) error {
		hash, id, rest, err := splitKey(rec)
		if err != nil {
			return err
		}
		return part.Add(store.Finals, hash, id, nil, rest[1:])
	})
	if err != nil {
		return digest, err
	}
	return part.Finish()
}
