package record

import (
	"errors"
	"slices"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
)

// A treatment's record: a version, what fell below capacity, the loans that tasks name,
// each once, and then tasks, payments and promises in their order. Numbers are
// variable-length integers, and a date counts from the one before it.
const treatmentVersion = 1

var errTreatment = errors.New("record of a borrower's treatment is damaged")

// The least bytes that a loan, a task, a payment and a promise take.
const (
	treatmentLoanLeast    = 2
	treatmentTaskLeast    = 6
	treatmentPaymentLeast = 6
	treatmentPromiseLeast = 5
)

// AppendTreatment appends the record of a treatment. Equal ones have equal bytes.
func AppendTreatment(b []byte, t *borrower.Treatment) []byte {
	e := borrowerEncoder{encoder{append(b, treatmentVersion)}}
	e.uint(uint64(t.Below))
	e.date(t.BelowOn, 0)
	e.date(t.Offered, 0)
	var room [16]string
	loans := room[:0]
	for i := range t.Tasks {
		loans = append(loans, t.Tasks[i].Loans...)
	}
	slices.Sort(loans)
	loans = slices.Compact(loans)
	e.uint(uint64(len(loans)))
	for _, id := range loans {
		e.text(id)
	}
	e.uint(uint64(len(t.Tasks)))
	before := civil.Date(0)
	for i := range t.Tasks {
		e.task(&t.Tasks[i], before, loans)
		before = t.Tasks[i].On
	}
	e.uint(uint64(len(t.Payments)))
	for i := range t.Payments {
		p := &t.Payments[i]
		e.text(p.ID)
		e.text(p.Loan)
		e.date(p.ValueDate, 0)
		e.int(int64(p.Amount))
		e.text(p.Currency)
	}
	e.uint(uint64(len(t.Promised)))
	for i := range t.Promised {
		p := &t.Promised[i]
		e.text(p.ID)
		e.uint(uint64(p.Standing))
		e.date(p.DecidedOn, 0)
		e.int(int64(p.Taken))
	}
	return e.b
}

func (e *borrowerEncoder) task(t *borrower.Task, before civil.Date, loans []string) {
	e.date(t.On, before)
	e.uint(uint64(t.Channel))
	e.uint(uint64(t.Attempts))
	e.text(t.Key)
	e.date(t.RecalledOn, t.On)
	e.uint(uint64(len(t.Loans)))
	for _, id := range t.Loans {
		at, _ := slices.BinarySearch(loans, id)
		e.uint(uint64(at))
	}
}

// ReadTreatment reads what [AppendTreatment] wrote. It keeps no part of b.
func ReadTreatment(b []byte) (borrower.Treatment, error) { return new(TreatmentReader).Read(b) }

// A TreatmentReader reads one treatment after the other into the same memory; its texts alone are
// each one's own.
type TreatmentReader struct {
	loans    []string
	covered  []string // of all tasks
	tasks    []borrower.Task
	payments []borrower.Payment
	promised []borrower.Promised
}

// Read is [ReadTreatment]. What it returned before is no longer what it was.
func (r *TreatmentReader) Read(b []byte) (borrower.Treatment, error) {
	t := borrower.NoTreatment()
	switch {
	case len(b) == 0:
		return t, errTreatment
	case b[0] != treatmentVersion:
		return t, errNewer
	}
	d := borrowerDecoder{b: string(b[1:])} // one copy, of which all texts are parts
	t.Below = int32(d.below(1<<31 - 1))
	t.BelowOn, t.Offered = d.date(0), d.date(0)
	r.loans, r.covered = r.loans[:0], r.covered[:0]
	for range d.count(treatmentLoanLeast) {
		r.loans = append(r.loans, d.must(borrowerWordMax))
	}
	before := civil.Date(0)
	r.tasks, r.payments, r.promised = r.tasks[:0], r.payments[:0], r.promised[:0]
	for range d.count(treatmentTaskLeast) {
		r.tasks = append(r.tasks, r.task(&d, before))
		before = r.tasks[len(r.tasks)-1].On
	}
	for range d.count(treatmentPaymentLeast) {
		r.payments = append(r.payments, borrower.Payment{
			ID: d.must(borrowerWordMax), Loan: d.must(borrowerWordMax), ValueDate: d.day(0), Amount: d.amount(d.int()), Currency: d.must(borrowerWordMax),
		})
	}
	for range d.count(treatmentPromiseLeast) {
		r.promised = append(r.promised, borrower.Promised{
			ID: d.must(borrowerWordMax), Standing: borrower.Standing(d.below(uint64(borrower.Standings))), DecidedOn: d.date(0), Taken: d.amount(d.int()),
		})
	}
	t.Tasks, t.Payments, t.Promised = said(r.tasks), said(r.payments), said(r.promised)
	if d.bad || len(d.b) > 0 || !t.Check() {
		return borrower.NoTreatment(), errTreatment
	}
	return t, nil
}

// below reads a number under a limit.
func (d *borrowerDecoder) below(limit uint64) uint64 {
	v := d.uint()
	if v >= limit {
		d.fail()
		return 0
	}
	return v
}

// said is nil where a treatment has none, and has no room behind the last.
func said[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return slices.Clip(list)
}

func (r *TreatmentReader) task(d *borrowerDecoder, before civil.Date) borrower.Task {
	t := borrower.Task{
		On: d.day(before), Channel: borrower.Channel(d.below(uint64(borrower.Channels))), Attempts: int(d.below(1 << 31)),
		Key: d.must(borrowerWordMax),
	}
	t.RecalledOn = d.date(t.On)
	from := len(r.covered)
	for range d.count(1) {
		if at := d.uint(); at < uint64(len(r.loans)) {
			r.covered = append(r.covered, r.loans[at])
		} else {
			d.fail()
		}
	}
	t.Loans = said(r.covered[from:])
	return t
}
