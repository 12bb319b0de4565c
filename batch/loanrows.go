package batch

import (
	"bytes"
	"slices"

	"daybook/batch/book"
	"daybook/batch/rows"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// takeLoanRows deals with the loans and schedules rows of one id: it books the
// loan, or says why not. It returns the rows that are left, which are events.
func (p *part) takeLoanRows(key loanKey, refs []rows.Ref, inBook bool) (booked bool, rest []rows.Ref, err error) {
	var head rows.Head // of the row that books
	p.plan = p.plan[:0]
	n := 0
	for ; n < len(refs); n++ {
		h := rows.ParseHead(refs[n].Row)
		if h.Kind > rows.ScheduleRow {
			break
		}
		if h.Kind == rows.ScheduleRow {
			p.planRows = append(p.planRows, h)
			continue
		}
		var nl rows.NewLoan
		if err := rows.ReadNewLoan(h.Body, &nl); err != nil {
			return false, nil, err
		}
		amount := int64(nl.Terms.Principal) * p.n.rules.Scale[nl.Currency]
		nl.Terms.RoundedBy(&p.annuities, p.n.rules.Products[nl.Product].Rounding)
		switch {
		case inBook && p.sameContract(&p.loan, &nl), booked && sameLoan(&p.booked, &nl):
			p.tallies[h.File].duplicates.add(amount)
		case inBook || booked:
			p.reject(h, loan.DuplicateLoan, amount)
		case p.n.rules.IsLocked(nl.Terms.DisbursedOn):
			p.reject(h, loan.PeriodLocked, amount)
		default:
			booked, head, p.booked = true, h, nl
		}
	}
	if !booked {
		if inBook && len(p.planRows) > 0 && p.restructures(refs[n:]) {
			return false, refs[n:], p.takeGivenPlan()
		}
		return false, refs[n:], p.idlePlan(key, inBook)
	}
	reason, err := p.takePlan()
	if err != nil {
		return false, nil, err
	}
	amount := int64(p.booked.Terms.Principal) * p.n.rules.Scale[p.booked.Currency]
	if reason != loan.OK {
		p.reject(head, reason, amount)
		return false, refs[n:], nil
	}
	p.tallies[head.File].applied.add(amount)
	p.makeLoan(key)
	return true, refs[n:], nil
}

// sameContract reports whether a row is that of the loan in the book. What the row
// leaves to the policy is as it was when the loan was booked.
func (p *part) sameContract(l *loan.Loan, n *rows.NewLoan) bool {
	t := n.Terms
	t.Level, t.Rounding = l.Terms.Level, l.Terms.Rounding
	if n.Given&rows.GivenMethod == 0 {
		t.Method = l.Terms.Method
	}
	if n.Given&rows.GivenDayCount == 0 {
		t.DayCount = l.Terms.DayCount
	}
	if n.Given&rows.GivenFrequency == 0 {
		t.Frequency = l.Terms.Frequency
	}
	booked := l.Terms.Grace.Parts()
	for k, part := range t.Grace.Parts() {
		if n.Given&(rows.GivenPrincipalGrace<<k) == 0 {
			*part = *booked[k]
		}
	}
	return l.Terms == t && int(l.Product) == n.Product && int(l.Currency) == n.Currency &&
		(n.Given&rows.GivenScore == 0 || p.n.rules.Score.Within(l.OpeningScore) == n.OpeningScore) && bytes.Equal(l.Borrower, n.Borrower) && p.n.names.Region(n.Region) == int(l.Region)
}

func sameLoan(a, b *rows.NewLoan) bool {
	return a.Terms == b.Terms && a.Product == b.Product && a.Currency == b.Currency && a.OpeningScore == b.OpeningScore &&
		bytes.Equal(a.Borrower, b.Borrower) && bytes.Equal(a.Region, b.Region)
}

// makeLoan makes the loan of the row that books it.
func (p *part) makeLoan(key loanKey) {
	n := &p.booked
	l := &p.loan
	l.ID, l.Borrower, l.Terms = key.id, n.Borrower, n.Terms
	l.Product, l.Currency, l.Region = uint16(n.Product), uint16(n.Currency), uint16(p.n.names.Region(n.Region))
	l.BookedOn, l.OpeningScore = p.n.o.Date, n.OpeningScore
	if len(p.plan) == 0 {
		p.plan = p.n.rules.Products[n.Product].Plan(&n.Terms)
	}
	l.Begin(p.plan)
}

// takePlan reads the explicit instalments of a loan that is booked tonight; the
// same row twice is a duplicate. They must add up to the loan.
func (p *part) takePlan() (loan.Reason, error) {
	if len(p.planRows) == 0 {
		return loan.OK, nil
	}
	if p.n.rules.Products[p.booked.Product].DailyInterest {
		return p.rejectPlan(loan.NotAllowedByPolicy), nil // its interest is none that a line could state
	}
	lines := make([]planLine, 0, len(p.planRows))
	for _, h := range p.planRows {
		i, err := rows.ReadInstallment(h.Body)
		if err != nil {
			return loan.OK, err
		}
		if reason := p.toMinor(&i, p.n.rules.Scale[p.booked.Currency]); reason != loan.OK {
			return p.rejectPlan(reason), nil
		}
		lines = append(lines, planLine{i, h})
	}
	slices.SortStableFunc(lines, func(a, b planLine) int { return int(a.No - b.No) })
	if !oneEarning(lines) {
		return p.rejectPlan(loan.UnknownEarned), nil
	}
	var applied, twice []rows.Head
	from, principal, others := p.booked.Terms.DisbursedOn, money.Amount(0), money.Amount(0)
	for _, x := range lines {
		if n := len(p.plan); n > 0 && p.plan[n-1].No == x.No {
			if p.plan[n-1].DueOn != x.DueOn || p.plan[n-1].Due != x.Due {
				return p.rejectPlan(loan.ScheduleDoesNotSum), nil
			}
			twice = append(twice, x.head)
			continue
		}
		// A down payment may fall due on the day of the disbursement.
		early := x.DueOn < from || x.DueOn == from && len(p.plan) > 0
		if int(x.No) != len(p.plan)+1 || early || x.Due[loan.Principal] < 0 || x.Due[loan.Interest] < 0 || x.Due[loan.Fee] < 0 {
			return p.rejectPlan(loan.ScheduleDoesNotSum), nil
		}
		x.From, from = from, x.DueOn
		principal += x.Due[loan.Principal]
		if others += x.Due[loan.Interest] + x.Due[loan.Fee]; others > loan.SumMax/money.Amount(p.n.rules.Scale[p.booked.Currency]) {
			return p.rejectPlan(loan.AmountOverflow), nil
		}
		p.plan = append(p.plan, x.Installment)
		applied = append(applied, x.head)
	}
	t := &p.booked.Terms
	first := p.plan[0].DueOn
	if first == t.DisbursedOn && len(p.plan) > 1 {
		first = p.plan[1].DueOn
	}
	if principal != t.Principal || len(p.plan) != int(t.Installments) || first != t.FirstDueOn {
		return p.rejectPlan(loan.ScheduleDoesNotSum), nil
	}
	switch {
	case p.booked.Given&rows.GivenGrace != 0 && t.Grace != (loan.Grace{}):
		return p.rejectPlan(loan.GraceOutOfRange), nil
	case t.Method == loan.Capitalized:
		return p.rejectPlan(loan.NotAllowedByPolicy), nil
	}
	t.Grace, t.Rounding = loan.Grace{}, loan.Rounding{} // the plan states its own
	for _, h := range applied {
		p.tallies[h.File].applied.add(0)
	}
	for _, h := range twice {
		p.tallies[h.File].duplicates.add(0)
	}
	p.plan = slices.Clone(p.plan) // the loan keeps it past this call
	lines[0].Earned.Earn(p.plan, t.DisbursedOn)
	return loan.OK, nil
}

type planLine struct {
	rows.PlanRow
	head rows.Head
}

// oneEarning reports whether the lines of a plan say the same of how it is earned.
func oneEarning(lines []planLine) bool {
	return !slices.ContainsFunc(lines, func(x planLine) bool { return x.Earned != lines[0].Earned })
}

// toMinor brings an instalment's amounts to minor units.
func (p *part) toMinor(i *rows.PlanRow, scale int64) loan.Reason {
	for c := range i.Due {
		units, misfit := money.Stated{Value: int64(i.Due[c]), Minor: i.Minor}.Units(scale)
		if misfit != money.Fits {
			return loan.AmountReason(misfit)
		}
		i.Due[c] = units
	}
	return loan.OK
}

// rejectPlan rejects all schedules rows of the id.
func (p *part) rejectPlan(reason loan.Reason) loan.Reason {
	for _, h := range p.planRows {
		p.reject(h, reason, 0)
	}
	p.plan = p.plan[:0]
	return reason
}

// restructures reports whether rows bring a restructuring with instalments of
// its own.
func (p *part) restructures(refs []rows.Ref) bool {
	for _, ref := range refs {
		var e loan.Event
		if _, _, err := rows.ReadEvent(rows.ParseHead(ref.Row).Body, p.n.o.Date, &e); err != nil {
			return false
		}
		if e.BringsPlan() {
			return true
		}
	}
	return false
}

// takeGivenPlan reads the explicit instalments of tonight's restructuring. Their
// rows share its outcome.
func (p *part) takeGivenPlan() error {
	lines := make([]planLine, 0, len(p.planRows))
	for _, h := range p.planRows {
		i, err := rows.ReadInstallment(h.Body)
		if err != nil {
			return err
		}
		if p.toMinor(&i, p.n.rules.Scale[p.loan.Currency]) != loan.OK {
			i.No = 0 // out of order: the plan is refused
		}
		lines = append(lines, planLine{i, h})
	}
	slices.SortStableFunc(lines, func(a, b planLine) int { return int(a.No - b.No) })
	sound := oneEarning(lines)
	p.earned = lines[0].Earned
	var twice []rows.Head
	for _, x := range lines {
		if n := len(p.plan); n > 0 && p.plan[n-1].No == x.No && p.plan[n-1].DueOn == x.DueOn && p.plan[n-1].Due == x.Due {
			twice = append(twice, x.head)
			continue
		}
		p.givenRows = append(p.givenRows, x.head)
		sound = sound && int(x.No) == len(p.plan)+1 && x.Due[loan.Principal] >= 0 && x.Due[loan.Interest] >= 0 && x.Due[loan.Fee] >= 0
		p.plan = append(p.plan, x.Installment)
	}
	if !sound {
		p.plan = p.plan[:0]
	}
	p.plan = slices.Clone(p.plan)
	p.givenOnce = len(p.givenRows)
	p.givenRows = append(p.givenRows, twice...)
	return nil
}

// givePlan gives tonight's instalments to the restructuring that they are of: of several
// the first by id of those that are not applied yet.
func (p *part) givePlan() {
	known := false
	for i := range p.events {
		e := &p.events[i]
		if !e.BringsPlan() {
			continue
		}
		isKnown := p.loan.HasApplied(loan.FingerprintOf(e.ID))
		if p.givenTo < 0 || known && !isKnown || known == isKnown && bytes.Compare(e.ID, p.events[p.givenTo].ID) < 0 {
			p.givenTo, known = i, isKnown
		}
	}
	if p.givenTo >= 0 {
		e := &p.events[p.givenTo]
		if e.Plan = p.plan; len(e.Plan) > 0 && loan.InOrder(e.Plan, e.ValueDate) { // else it is refused
			p.earned.Earn(e.Plan, e.ValueDate)
		}
	}
}

// settleGivenPlan gives the rows of a restructuring's instalments its outcome.
func (p *part) settleGivenPlan(reason loan.Reason) {
	for i, h := range p.givenRows {
		switch {
		case reason == loan.ExactDuplicate, reason == loan.OK && i >= p.givenOnce:
			p.tallies[h.File].duplicates.add(0)
		case reason == loan.OK:
			p.tallies[h.File].applied.add(0)
		default:
			p.reject(h, reason, 0)
		}
	}
	p.givenRows = p.givenRows[:0]
}

// idlePlan deals with schedules rows whose loan is not booked tonight: of a loan
// of the book they are duplicates when they are what it was booked with.
func (p *part) idlePlan(key loanKey, inBook bool) error {
	if len(p.planRows) == 0 {
		return nil
	}
	if !inBook {
		p.rejectPlan(loan.UnknownLoan)
		return nil
	}
	if err := p.readHistory(); err != nil {
		return err
	}
	for _, h := range p.planRows {
		i, err := rows.ReadInstallment(h.Body)
		if err != nil {
			return err
		}
		reason := p.toMinor(&i, p.n.rules.Scale[p.loan.Currency])
		if reason == loan.OK && p.past.HasInstallment(&i.Installment) {
			p.tallies[h.File].duplicates.add(0)
			continue
		}
		p.reject(h, loan.DuplicateLoan, 0)
	}
	return nil
}

// reject puts a row among the rejects.
func (p *part) reject(h rows.Head, reason loan.Reason, amount int64) {
	p.tallies[h.File].rejected.add(amount)
	p.rejects.add(reject{file: h.File, reason: reason, num: h.Num, amount: amount})
}

// readHistory gathers what earlier nights did to the loan.
func (p *part) readHistory() (err error) {
	p.past.Reset()
	if p.pages, err = book.Pages(p.history, &p.loan, p.pages[:0]); err != nil {
		return err
	}
	for k := range p.pages {
		page := &p.pages[k]
		for i := range page.Events {
			if page.Events[i].Kind == loan.KindBooking {
				p.past.Booking = page.Events[i]
				continue
			}
			p.past.Events = append(p.past.Events, page.Events[i])
		}
		for _, e := range page.Entries {
			p.past.Post(e)
		}
	}
	return nil
}
