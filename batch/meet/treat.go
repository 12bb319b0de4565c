package meet

import (
	"context"
	"slices"

	"daybook/aging/treat"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/reports/queue"
)

// prepare makes the worker ready to decide.
func (w *worker) prepare(workers int) {
	o := &w.o
	w.queue, w.none = w.g.tasks.Writer(workers), borrower.NoTreatment()
	w.exports = &exports{treatments: w.r.treatments.writer(workers), keys: w.r.keys.writer(workers), night: o.Date}
	if o.Rules == nil {
		return
	}
	zones := o.Zones()
	w.night = NightOf(o.Date, o.Rules, zones)
	_, steps := Steps(o.Rules)
	w.treat = o.decider(zones)
	w.steps = steps
	if o.Ledger != nil {
		w.ledger = o.Ledger()
	}
}

// decider returns what decides for a night.
func (t *Treatment) decider(zones *Zones) treat.Decider {
	d := treat.Decider{Rules: t.Rules, Zones: zones, Planner: new(Planner), Currencies: t.Names.Currencies, Units: t.Names.Units}
	d.Begin(t.Date)
	return d
}

// treatLoans decides about a borrower of whom nothing is known but his loans.
func (w *worker) treatLoans(id []byte) error {
	if w.o.Rules == nil || len(w.loans) == 0 {
		return nil
	}
	return w.decide(id, &w.empty, &w.none)
}

// treatAgain decides about a borrower as the night did that is published again.
func (w *worker) treatAgain(p *person) error {
	if w.o.Rules == nil {
		return nil
	}
	t := p.treatment
	if err := w.decide(p.id, &p.state, &t); err != nil {
		return err
	}
	if err := w.keepPromises(p.id, &t); err != nil {
		return err
	}
	return w.sideFiles(p, &t)
}

// treatPerson decides about a borrower with tonight's rows and money, and notes what changes
// in what was done about him.
func (w *worker) treatPerson(ctx context.Context, p *person, after *borrower.State) (err error) {
	kept, dropped := p.treatment.Expire(after, after.Says() || len(p.facts) > 0, &w.night)
	t := &p.now
	*t = kept
	for _, key := range dropped {
		if err := w.exports.forgetKey(key); err != nil {
			return err
		}
	}
	if p.offered {
		t.Offered = w.o.Date
	}
	if w.g.Holds() {
		if *t, err = w.holdPromises(p, after, *t); err != nil {
			return err
		}
	}
	dropUnneeded(t, after)
	if err := w.score(ctx, p.id, p.facts, after, t); err != nil {
		return err
	}
	if err := w.decide(p.id, after, t); err != nil {
		return err
	}
	if p.offered {
		w.report(borrower.Channels, "offers_taken", 1)
	}
	if err := w.keepPromises(p.id, t); err != nil {
		return err
	}
	w.reportRows(p, after, t)
	if err := w.sideFiles(p, t); err != nil {
		return err
	}
	t.Below = t.TimesBelow(w.o.Date)
	if t.BelowOn = civil.None; !slices.ContainsFunc(w.at, func(l *treat.Loan) bool { return l.DaysPastDue > 0 }) {
		t.Below = 0
	}
	if t.Same(&p.treatment) {
		return nil
	}
	return w.exports.base(p.id, t)
}

// dropUnneeded drops what is kept of rows that are gone: the repayments that promises were held
// to, and that an offer was taken in a case of hardship.
func dropUnneeded(t *borrower.Treatment, s *borrower.State) {
	if t.Offered == civil.None && len(t.Payments) == 0 {
		return
	}
	promised, hardship := false, false
	for i := range s.Contacts {
		kind := s.Contacts[i].Meaning()
		promised, hardship = promised || kind == borrower.Promise, hardship || kind == borrower.Hardship
	}
	if !promised {
		t.Payments = nil
	}
	if !hardship {
		t.Offered = civil.None
	}
}

// resolve finds out of rows that name a loan of which it was not known whose it is whether it
// is the borrower's by now: since an earlier night, or since tonight, by what the night says of his loans.
func (w *worker) resolve(ctx context.Context, p *person, s *borrower.State) error {
	if w.o.OwnerOf == nil {
		return nil
	}
	cloned := false
	var named map[string]bool // his loans that facts name, those of tonight among them
	for i := range s.Contacts {
		c := &s.Contacts[i]
		if c.Loan == "" || c.OwnLoan || c.Night == w.o.Date {
			continue
		}
		owner, err := w.o.OwnerOf(c.Loan)
		if err != nil {
			return err
		}
		if owner == "" && named == nil {
			named = map[string]bool{}
			err := w.eachFact(ctx, p.id, p.facts, func(f fact) error {
				if rest := f.rest(); len(rest) > 0 {
					named[string(idOf(rest))] = true
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		if owner == string(p.id) || owner == "" && named[c.Loan] {
			if !cloned {
				s.Contacts, cloned = slices.Clone(s.Contacts), true
			}
			s.Contacts[i].OwnLoan = true
		}
	}
	return nil
}

// sideFiles tells the queue of a placement that is recalled, and of tasks whose borrower may
// not be called any more.
func (w *worker) sideFiles(p *person, t *borrower.Treatment) error {
	if len(t.Tasks) == 0 {
		return nil
	}
	if placed, code := w.treat.Recall(&w.person); placed != nil {
		key := placed.Key
		t.Tasks = slices.Clone(t.Tasks)
		at := slices.IndexFunc(t.Tasks, func(k borrower.Task) bool { return k.Key == key })
		t.Tasks[at].RecalledOn = w.o.Date
		if err := w.queue.Recall(p.id, key, code); err != nil {
			return err
		}
	}
	if !w.o.DNC {
		return nil
	}
	tasks := t.Before(w.o.Date)
	from := slices.IndexFunc(tasks, func(k borrower.Task) bool { return k.Channel == borrower.Call && int(w.o.Date+1-k.On) < dncDays })
	if from < 0 || !w.treat.NoCalls(&w.person) {
		return nil
	}
	for _, k := range tasks[from:] {
		if k.Channel != borrower.Call {
			continue
		}
		if err := w.queue.NoCall(p.id, k.Key); err != nil {
			return err
		}
	}
	return nil
}

// dncDays is for how long after it a call's key is on the list of those not to be called.
const dncDays = 92

// report counts what was reported, by a channel where there is one.
func (w *worker) report(channel borrower.Channel, what string, n int64) {
	if n == 0 {
		return
	}
	s := queue.PlaceSum{Jurisdiction: w.treat.Pack(), Place: queue.PlaceReported, Code: what, Borrowers: n}
	if channel < borrower.Channels {
		s.Channel = channel.String()
	}
	w.rules.Add(s)
}

// reportRows counts what tonight's rows report.
func (w *worker) reportRows(p *person, after *borrower.State, t *borrower.Treatment) {
	for i := range p.rows.Contacts {
		r := &p.rows.Contacts[i]
		if r.Outcome == borrower.Applied && w.treat.Happened(r.Contact.ID) {
			w.reportRow(&r.Contact)
		}
	}
	w.report(borrower.Channels, "holds_past_review", int64(w.treat.PastReview()))
	for channel, n := range w.treat.Unreported(t) {
		w.report(borrower.Channel(channel), "unreported", int64(n))
	}
}

func (w *worker) reportRow(c *borrower.Contact) {
	way, _ := w.treat.Way(&w.person, c)
	n := c.CountsAs()
	switch c.Meaning() {
	case borrower.Attempt:
		w.report(way, "attempts", int64(n.Attempts))
		w.report(way, "conversations", int64(n.Conversations))
		w.report(way, "right_party", int64(n.Conversations))
		if n.Attempts > 0 && w.treat.OutsideHours(way, c.At, w.person.State.Record) {
			w.report(way, "outside_hours", 1)
		}
		if n.Attempts > 0 && w.treat.OverCap(way, c.At) {
			w.report(way, "over_cap", 1)
		}
	case borrower.Inbound:
		w.report(way, "inbound", 1)
	case borrower.Complaint, borrower.Hold:
		if c.HoldReason() == "complaint" {
			w.report(borrower.Channels, "complaints", 1)
		}
	}
}
