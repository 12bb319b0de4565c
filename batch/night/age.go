package night

import (
	"daybook/aging"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// ageLoan puts the loan into its bucket, keeps its history and adjusts its score.
func (p *Processor) ageLoan(in *Input) {
	l, f, rules := in.Loan, &p.result.Figures, p.rules
	p.result.WasOff = !in.Booked && !aging.LoanStatus(l.LastStatus).OnBook()
	p.result.Status = status(l, f)
	l.LastStatus = uint8(p.result.Status)
	delinquent := rules.Aging.DelinquentDays(f.DaysPastDue, f.PausedDays)
	old := l.Bucket
	if moved := rules.OldBuckets; moved != nil && int(old) < len(moved) {
		old = moved[old]
	}
	l.Bucket, l.PrevBucket = rules.Aging.Buckets.Index(delinquent), old
	p.keepHistory(l, f, in.Booked)
	l.ScoreDelta, l.Reasons = 0, [4]uint8{}
	if rules.Score.Scoring == nil && len(l.Scored) > 0 {
		l.Scored, p.reweighed = nil, true // points of a policy before
	}
	p.keepMet(l)
	switch {
	case rules.Score.Scoring != nil:
		p.weighNight(in, p.quiet)
	case in.Booked: // the opening score knows what came before the book
	case p.quiet: // nothing happened that has points: of a quiet loan nothing was late, and nothing was met
		within := rules.Score.Within(l.Score)
		l.ScoreDelta, l.Score = within-l.Score, within
	default:
		p.rescore(l, f)
	}
}

// An aged is what ageing changes in a loan.
type aged struct {
	bucket, before, status uint8
	score, delta           int32
	reasons                [4]uint8
	history                [12]byte
}

func agedOf(l *loan.Loan) aged {
	return aged{l.Bucket, l.PrevBucket, l.LastStatus, l.Score, l.ScoreDelta, l.Reasons, l.History}
}

// accrual says what becomes of a loan's interest.
func accrual(l *loan.Loan, product *loan.Product, f *loan.Figures) aging.LoanAccrual {
	if product.NonAccrual(l, f.DaysPastDue) {
		return aging.LoanNonAccrual
	}
	return aging.LoanAccruing
}

// status returns a loan's status.
func status(l *loan.Loan, f *loan.Figures) aging.LoanStatus {
	switch {
	case l.Off.Kind == loan.KindWriteOff:
		return aging.LoanWrittenOff
	case l.Off.Kind == loan.KindChargeOff:
		return aging.LoanChargedOff
	case f.Settled && l.Credit > 0:
		return aging.LoanOverpaid
	case f.Settled:
		return aging.LoanSettled
	}
	return aging.LoanActive
}

// keepHistory sets the current month's repayment status.
func (p *Processor) keepHistory(l *loan.Loan, f *loan.Figures, booked bool) {
	h := aging.History(l.History)
	if p.pushed = p.months; booked {
		p.pushed = aging.Months(l.Terms.DisbursedOn, p.rules.Date)
	}
	p.wasLate = p.pushed == 0 && h.WasLate()
	h.Push(p.pushed)
	status := byte(aging.StatusNormal)
	switch {
	case l.Off.Kind == loan.KindWriteOff:
		status = aging.StatusEnded
	case f.Settled:
		status = aging.StatusSettled
	case f.DaysPastDue > 0:
		status = aging.StatusLate(f.DaysPastDue)
	case l.Terms.FirstDueOn > p.rules.Date:
		status = aging.StatusNoneDue
	}
	p.newest = status
	h.Set(status)
	l.History = h
}

// Fill writes the loan's row of the tape: row is below f.Rows, and the text
// columns are appended to. hash is that of the loan's id, as the book has it.
func (p *Processor) Fill(f *aging.Facts, row int, l *loan.Loan, hash uint64) {
	r := &p.result
	fig := &r.Figures
	m := p.rules.Scale[l.Currency]
	f.LoanID.Append(l.ID)
	f.Borrower.Append(l.Borrower)
	f.Rate[row] = int64(l.Terms.Rate)
	f.PreviousTotal[row] = int64(r.PreviousTotal) * m
	if r.WasOff {
		f.PreviousTotal[row] = aging.WasOff
	}
	f.Amounts[aging.Principal][row] = int64(l.Disbursed()) * m
	f.Amounts[aging.PrincipalOutstanding][row] = int64(fig.Outstanding[loan.Principal]) * m
	f.Amounts[aging.InterestOutstanding][row] = int64(fig.Outstanding[loan.Interest]) * m
	f.Amounts[aging.TotalOutstanding][row] = int64(fig.Outstanding.Total()) * m
	f.Amounts[aging.PrincipalPaid][row] = int64(l.Paid[loan.Principal]) * m
	f.Amounts[aging.InterestPaid][row] = int64(l.Paid[loan.Interest]) * m
	f.Amounts[aging.FeesPaid][row] = int64(l.Paid[loan.Fee]) * m
	f.Amounts[aging.NextDueAmount][row] = amountOn(fig.NextDueOn, fig.NextDueAmount, m)
	f.Amounts[aging.LastPaidAmount][row] = amountOn(l.LastPaidOn, l.LastPaidAmount, m)
	f.Days[aging.BookedOn][row] = l.BookedOn
	f.Days[aging.DisbursedOn][row] = l.Terms.DisbursedOn
	f.Days[aging.FirstDueOn][row] = l.Terms.FirstDueOn
	f.Days[aging.NextDueOn][row] = fig.NextDueOn
	f.Days[aging.LastPaidOn][row] = l.LastPaidOn
	f.Counts[aging.Installments][row] = l.Terms.Installments
	f.Counts[aging.Score][row] = l.Score
	p.fillCodes(f, row, l)
	p.fillClasses(f, row, l, m)
	if rests := p.rests(l); !rests || f.Rests[row] == 0 {
		p.fillRare(f, row, l, m)
		if f.Rests[row] = 0; rests {
			f.Rests[row] = 1
		}
	}
	p.fillBase(f, row, m)
	p.fillSupervised(f, row, l, m)
	p.tellClasses(f, row, l, hash)
	p.fillScore(f)
	h := aging.History(l.History)
	text := h.Append(f.History24[24*row : 24*row])
	for bad, i := p.machine.Standing.Bad, 0; bad != 0 && i < len(text); bad, i = bad>>1, i+1 {
		if bad&1 != 0 {
			text[i] = aging.BadDebt
		}
	}
}

// rests reports whether all that [Processor.fillRare] would write is nothing: that of any loan that rests is the same.
func (p *Processor) rests(l *loan.Loan) bool {
	f, h := &p.result.Figures, aging.History(l.History)
	return p.resting && l.Suspended|l.Credit|l.Paid[loan.Penalty]|l.Off.Amount|l.Off.Recovered == 0 &&
		f.Outstanding[loan.Fee]|f.Outstanding[loan.Penalty]|f.PastDue == 0 && f.Oldest == civil.None &&
		f.DaysPastDue|f.PausedDays|f.RegulatedDays|f.Missed|f.Remaining|l.ScoreDelta == 0 && l.Reasons == [len(l.Reasons)]uint8{} && !h.EverLate()
}

// fillRare writes the columns in which nearly no loan has anything.
func (p *Processor) fillRare(f *aging.Facts, row int, l *loan.Loan, m int64) {
	fig := &p.result.Figures
	f.Amounts[aging.InterestSuspended][row] = int64(l.Suspended) * m
	f.Amounts[aging.FeesOutstanding][row] = int64(fig.Outstanding[loan.Fee]) * m
	f.Amounts[aging.PenaltiesOutstanding][row] = int64(fig.Outstanding[loan.Penalty]) * m
	f.Amounts[aging.PastDueAmount][row] = int64(fig.PastDue) * m
	f.Amounts[aging.CreditBalance][row] = int64(l.Credit) * m
	f.Amounts[aging.PenaltiesPaid][row] = int64(l.Paid[loan.Penalty]) * m
	f.Amounts[aging.ChargedOff][row] = int64(l.Off.Amount) * m
	f.Amounts[aging.Recovered][row] = int64(l.Off.Recovered) * m
	f.Days[aging.OldestUnpaidDueOn][row] = fig.Oldest
	f.Counts[aging.DaysPastDue][row] = fig.DaysPastDue
	f.Counts[aging.DelinquentDays][row] = p.rules.Aging.DelinquentDays(fig.DaysPastDue, fig.PausedDays)
	f.Counts[aging.InstallmentsMissed][row] = fig.Missed
	f.Counts[aging.ScoreDelta][row] = l.ScoreDelta
	f.Counts[aging.RegulatoryPauseDays][row] = fig.RegulatedDays
	f.Remaining[row] = fig.Remaining
	for i := range l.Reasons {
		code := uint16(aging.NoCode)
		if l.Reasons[i] != 0 {
			code = uint16(l.Reasons[i]) - 1
		}
		f.Codes[int(aging.Reason1)+i][row] = code
	}
	f.Band[row], f.BackstopYears[row] = 0, 0
	for a := aging.BackstopAllowance; a <= aging.BackstopShortfall; a++ {
		f.Amounts[a][row] = 0
	}
	p.fillCounters(f, row, l)
}

// amountOn is an amount that there is only where there is a date.
func amountOn(d civil.Date, a money.Amount, scale int64) int64 {
	if d == civil.None {
		return aging.NoAmount
	}
	return int64(a) * scale
}

// fillCodes writes the coded columns of a row.
func (p *Processor) fillCodes(f *aging.Facts, row int, l *loan.Loan) {
	r, rules := &p.result, &p.rules.Aging
	tier := uint16(rules.Tiers.Index(r.Figures.DaysPastDue))
	f.Codes[aging.Product][row] = l.Product
	f.Codes[aging.Currency][row] = l.Currency
	f.Codes[aging.Region][row] = l.Region
	if l.Region == 0 {
		f.Codes[aging.Region][row] = aging.NoCode
	}
	f.Codes[aging.Method][row] = uint16(l.Terms.Method)
	f.Codes[aging.DayCountCode][row] = uint16(l.Terms.DayCount)
	f.Codes[aging.Bucket][row] = uint16(l.Bucket)
	f.Codes[aging.PreviousBucket][row] = bucketCode(l.PrevBucket)
	f.Codes[aging.Status][row] = uint16(r.Status)
	f.Codes[aging.Accrual][row] = uint16(r.Accrual)
	f.Codes[aging.Classification][row] = tier
	f.Codes[aging.Stage][row] = uint16(rules.Stages.Index(r.Figures.DaysPastDue))
	f.Codes[aging.BorrowerClassification][row] = tier
}

func bucketCode(b uint8) uint16 {
	if b == loan.NoBucket {
		return aging.NoCode
	}
	return uint16(b)
}
