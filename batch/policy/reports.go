package policy

import "slices"

// Reporting is for whom a night is published, and what a policy asks for that is not written every
// night or for every lender.
type Reporting struct {
	Shared      bool   // what is published may be read by the folder's group
	Compression string // of Parquet files: "" for none, or zstd
	// MonthlyStatus says that a month's end brings the table monthly_status.
	MonthlyStatus bool
	// Monitors says that scores are watched.
	Monitors bool
	// Bureau says how the file of the credit bureaus is written at a month's end; nil: it is not.
	Bureau *Bureau
	// GL is how the journal goes to the lender's general ledger.
	GL GLExport
}

// reportsSection says which reports a month's end brings.
type reportsSection struct {
	Monthly words          `yaml:"monthly" enum:"pboc,metro2" doc:"What the first close on or after a month's end writes: pboc is the table monthly_status, every loan's repayment status, account state and class; metro2 the file of the credit bureaus of the United States."`
	Metro2  *metro2Section `yaml:"metro2" doc:"What the file of the bureaus says of the lender, where monthly has metro2."`
}

func (r *reportsSection) compile(s *source, doc *document, p *Policy) {
	p.MonthlyStatus = slices.Contains(r.Monthly, "pboc")
	asked := slices.Contains(r.Monthly, "metro2")
	switch {
	case r.Metro2 == nil && asked:
		s.fail("reports.monthly", "has metro2, for which reports.metro2 must say who reports")
	case r.Metro2 != nil && !asked:
		s.fail("reports.metro2", "does nothing: reports.monthly has no metro2")
	case asked && len(*in[*packsSection](doc)) == 0:
		s.fail("reports.monthly", "has metro2, which needs packs: loans that are classified by tiers of days have no day of first delinquency")
	case asked:
		p.Bureau = r.Metro2.compile(s, doc, p)
	}
}
