package policy

import "slices"

// reportsSection says which reports a month's end brings.
type reportsSection struct {
	Monthly words `yaml:"monthly" enum:"pboc" doc:"What the first close on or after a month's end writes: pboc is the table monthly_status, every loan's repayment status, account state and class."`
}

func (r *reportsSection) compile(_ *source, _ *document, p *Policy) {
	p.MonthlyStatus = slices.Contains(r.Monthly, "pboc")
}
