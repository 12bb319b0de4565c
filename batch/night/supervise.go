package night

import (
	"daybook/aging"
	"daybook/aging/classify"
	"daybook/ledger/loan"
)

// fillSupervised writes what the tables of supervisors need of a loan beside the tape, over what [Processor.fillRare] wrote.
func (p *Processor) fillSupervised(f *aging.Facts, row int, l *loan.Loan, scale int64) {
	fig := &p.result.Figures
	carrying := int64(fig.Outstanding.Total() - l.Suspended)
	f.Amounts[aging.Carrying][row] = carrying * scale
	f.Amounts[aging.EuropeAllowance][row], f.ByPayments[row] = 0, 0
	if p.countsPayments(l) {
		f.ByPayments[row] = 1
	}
	c := p.rules.Classes
	if c == nil {
		return
	}
	s := &c.supervised
	if s.Europe >= 0 && !p.resting {
		f.Band[row] = p.band(s)
	}
	if s.EuropeAllowance >= 0 {
		f.Amounts[aging.EuropeAllowance][row] = f.Amounts[int(aging.Provision)+s.EuropeAllowance][row]
	}
	if s.Backstop < 0 || p.resting {
		return
	}
	back := &c.Set().Packs[s.Backstop].Backstop
	years := back.Years(p.rules.Date, l.Terms.DisbursedOn, f.Days[int(aging.NonPerformingSince)+s.Backstop][row])
	if years == 0 {
		return
	}
	allowance := int64(0)
	if s.BackstopAllowance >= 0 {
		allowance = int64(p.provided[s.BackstopAllowance])
	}
	required, short := back.Require(years, carrying, allowance)
	f.BackstopYears[row] = years
	f.Amounts[aging.BackstopAllowance][row] = allowance * scale
	f.Amounts[aging.BackstopRequired][row], f.Amounts[aging.BackstopShortfall][row] = required*scale, short*scale
}

// band is the loan's place in finrep_f18 but for its class: twice its band of days past due,
// and one more where it is forborne.
func (p *Processor) band(s *classify.Supervised) uint8 {
	fig := &p.result.Figures
	at := uint8(0)
	if fig.DaysPastDue > 30 {
		at = 2 * classify.BandOf(p.rules.Date, fig.DaysPastDue, fig.Oldest)
	}
	set := p.rules.Classes.Set()
	if s.Forborne >= 0 && set.Of(set.Packs[s.Europe], p.machine.Standing.States)[s.Forborne].Active {
		at++
	}
	return at
}

// cureEvent is what became tonight of the loan's last cure: from 1 cured, its first relapse within
// 3, 6 or 12 months, and later; 0 is nothing.
func (p *Processor) cureEvent() uint8 {
	cures := &p.machine.Standing.Cures
	switch {
	case cures.Count > 0 && cures.On == p.rules.Date:
		return 1
	case !p.relapsed:
		return 0
	}
	for i, months := range [...]int{3, 6, 12} {
		if p.rules.Date <= cures.On.Later(months) {
			return uint8(2 + i)
		}
	}
	return 5
}
