package queue

import (
	"encoding/binary"
	"errors"

	"daybook/ledger/civil"
	"daybook/reports/spill"
)

// A Collector gathers what is decided of borrowers, from many workers.
type Collector struct {
	candidates *spill.Sorter          // in the order in which they are to be worked
	others     [streams]*spill.Sorter // rows of the tables that are not tasks, in their order
	budget     int64
}

// The tables whose rows are sorted: those that are known when a borrower is decided about,
// and those that follow from what the candidates become.
const (
	suppressedStream = iota
	notDueStream
	promiseStream
	belowStream
	taskLoanStream
	offerStream
	recallStream // placements with an agency that come back
	noCallStream // tasks whose borrower may not be called any more
	streams
)

// Shares of the collector's budget: of the candidates, of each table whose rows are sorted, and of what these tables take beyond
// that as they need it.
const (
	candidateShare = 2
	streamShare    = 4 * streams
	spareShare     = 4
)

// Collect returns a collector that keeps what is above a budget of bytes in files of
// a folder.
func Collect(dir string, budget int64) *Collector {
	c := &Collector{candidates: spill.New(dir, "candidates", budget/candidateShare), budget: budget}
	spare := spill.NewSpare(budget / spareShare)
	for i := range c.others {
		c.others[i] = spill.New(dir, "queue-"+[...]string{"suppressed", "not-due", "promises", "below", "task-loans", "offers", "recalls", "no-calls"}[i], budget/streamShare)
		c.others[i].Borrow(spare)
	}
	return c
}

// Remove frees the memory and removes the files.
func (c *Collector) Remove() error {
	return errors.Join(c.candidates.Remove(), spill.RemoveAll(c.others[:]))
}

// A Writer is one worker's way into a collector.
type Writer struct {
	candidates *spill.Writer
	suppressed *spill.Writer
	notDue     *spill.Writer
	promises   *spill.Writer
	recalls    *spill.Writer
	noCalls    *spill.Writer
	rec        []byte
}

// Writer returns a way in for one of a number of workers.
func (c *Collector) Writer(workers int) *Writer {
	return &Writer{
		candidates: c.candidates.Writer(workers), suppressed: c.others[suppressedStream].Writer(workers),
		notDue: c.others[notDueStream].Writer(workers), promises: c.others[promiseStream].Writer(workers),
		recalls: c.others[recallStream].Writer(workers), noCalls: c.others[noCallStream].Writer(workers),
	}
}

// Candidate adds a borrower who may be contacted.
func (w *Writer) Candidate(c *Candidate) error {
	w.rec = appendCandidate(w.rec[:0], c)
	return w.candidates.Add(w.rec)
}

// A Silent is a borrower who is not contacted.
type Silent struct {
	Borrower []byte
	Debt     // Covered is all that is past due
	Days     int32
	Segment  string
	NotDue   string     // the code, of one who is not due
	NextOn   civil.Date // likewise
	// Of a suppressed borrower: the first instant at which he may be contacted, and how far
	// his home is ahead of UTC then.
	HasEarliest    bool
	Earliest       int64
	EarliestOffset int
}

// A Reason is one that suppresses a borrower.
type Reason struct {
	Code, Rule, Citation, Facts, Scope, Loan, Channel string
	LiftsOn                                           civil.Date
}

// Suppressed adds a borrower who is not contacted for reasons: a row each.
func (w *Writer) Suppressed(s *Silent, reasons []Reason) error {
	for i := range reasons {
		r := &reasons[i]
		b := binary.BigEndian.AppendUint32(spill.AppendText(w.rec[:0], s.Borrower), uint32(i+1))
		b = appendInt(s.append(b), int64(len(reasons)))
		for _, t := range [...]string{r.Code, r.Rule, r.Citation, r.Facts, r.Scope, r.Loan, r.Channel, s.Segment} {
			b = appendText(b, t)
		}
		b = appendInt(b, int64(r.LiftsOn))
		b = binary.AppendUvarint(b, bit(s.HasEarliest))
		w.rec = appendInt(appendInt(b, s.Earliest), int64(s.EarliestOffset))
		if err := w.suppressed.Add(w.rec); err != nil {
			return err
		}
	}
	return nil
}

// NotDue adds a borrower to whom no contact is due.
func (w *Writer) NotDue(s *Silent) error {
	b := s.append(spill.AppendText(w.rec[:0], s.Borrower))
	w.rec = appendInt(appendText(appendText(b, s.Segment), s.NotDue), int64(s.NextOn))
	return w.notDue.Add(w.rec)
}

// append writes what the tables of those who are not contacted share.
func (s *Silent) append(b []byte) []byte {
	b = appendText(appendText(b, s.Currency), s.Worst)
	return appendInt(appendInt(appendInt(b, int64(s.Covered.Loans)), int64(s.Days)), s.Covered.PastDue)
}

// A Promise is a row of the promises.
type Promise struct {
	ID, Loan, Currency, Status            string
	Amount, Paid                          int64
	MadeOn, PromisedOn, Deadline, Decided civil.Date
	Holds                                 bool
}

// Promise adds a promise of a borrower.
func (w *Writer) Promise(borrower []byte, p *Promise) error {
	b := spill.AppendText(spill.AppendText(w.rec[:0], borrower), p.ID)
	for _, t := range [...]string{p.Loan, p.Currency, p.Status} {
		b = appendText(b, t)
	}
	for _, v := range [...]int64{p.Amount, p.Paid, int64(p.MadeOn), int64(p.PromisedOn), int64(p.Deadline), int64(p.Decided), int64(bit(p.Holds))} {
		b = appendInt(b, v)
	}
	w.rec = b
	return w.promises.Add(w.rec)
}

// Recall adds a placement with an agency that comes back, and why.
func (w *Writer) Recall(borrower []byte, key, reason string) error {
	w.rec = appendText(appendText(spill.AppendText(w.rec[:0], borrower), key), reason)
	return w.recalls.Add(w.rec)
}

// NoCall adds the key of a task whose borrower may not be called any more.
func (w *Writer) NoCall(borrower []byte, key string) error {
	w.rec = spill.AppendText(spill.AppendText(w.rec[:0], borrower), key)
	return w.noCalls.Add(w.rec)
}

// Close hands over what the writer has; it may be used again after it.
func (w *Writer) Close() error {
	return errors.Join(w.candidates.Close(), w.suppressed.Close(), w.notDue.Close(), w.promises.Close(), w.recalls.Close(), w.noCalls.Close())
}
