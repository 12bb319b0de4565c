package policy

// periodSection says what a locked period means for what comes later, and what has to be
// clean before one is locked.
type periodSection struct {
	Backdated string         `yaml:"backdated" enum:"post,reject" doc:"What becomes of a row whose value date is in a locked period: it is posted tonight and reported as prior period, or refused with period_locked, its money into suspense. Left out: post."`
	Limits    *limitsSection `yaml:"limits" doc:"What may be open when a period is locked. Left out: anything."`
}

type limitsSection struct {
	Suspense *limitSection `yaml:"suspense" doc:"Money in suspense."`
	Breaks   *limitSection `yaml:"breaks" doc:"Breaks of the reconciliation, but for outstanding and bank_fee."`
}

// A Period is what a locked period means.
type Period struct {
	RejectBackdated  bool
	Suspense, Breaks Limit
}

func (x *periodSection) compile(s *source, _ *document, p *Policy) {
	p.Period = Period{RejectBackdated: x.Backdated == "reject", Suspense: NoLimit(), Breaks: NoLimit()}
	if x.Limits == nil {
		return
	}
	if t := x.Limits.Suspense; t != nil {
		p.Period.Suspense = s.limit("period.limits.suspense", t.Items, t.Amount)
	}
	if t := x.Limits.Breaks; t != nil {
		p.Period.Breaks = s.limit("period.limits.breaks", t.Items, t.Amount)
	}
}
