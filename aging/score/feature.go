package score

// A Feature is a figure of a loan or its borrower that a card, a model or a condition
// looks at. Its number is nowhere stored.
type Feature uint8

// The features, in the order of the contract. Each is a whole number; of some there may be
// none.
const (
	Worst3m               Feature = iota // greatest code among the newest 3 months of the history: 0 to 7
	Worst6m                              //
	Worst12m                             //
	Worst24m                             //
	Times30                              // months of the 24 more than 30 days late
	Times60                              //
	Times90                              //
	MonthsSinceLastLate                  // whole months; none: never late
	DaysPastDue                          //
	WorstDaysPastDue                     // of any day since disbursement
	InstallmentsMissed                   //
	MonthsOnBook                         // whole months since disbursement
	InstallmentsLeft                     // due after the business date and unpaid
	PaidToDue                            // millionths: instalment money paid ÷ fallen due; 1,000,000 where none fell due
	DaysLateMean                         // hundredths of a day, early negative; none: no instalment met in 12 months
	Utilisation                          // millionths: principal outstanding ÷ principal
	CreditBalance                        // minor units of the loan's currency
	Restructured                         // 0 or 1
	Cures                                //
	BrokenPromises180d                   // of the borrower
	PromiseKeptShare                     // of the borrower, millionths: kept ÷ kept, partly kept and broken; none: there was none
	ContactsUnanswered30d                // of the borrower
	LoansOnBook                          // of the borrower
	LastScore                            // at the last close; none: there was none
	ProductCode                          // position in the policy
	RegionCode                           // position in score.regions; none: not among them
	BucketCode                           // position in the policy
	FeatureKinds                         // how many there are
)

var features = [FeatureKinds]struct {
	name     string
	coded    bool // a text: its place in a list of the policy
	borrower bool // known only once all loans of the borrower are
}{
	{name: "worst_3m"}, {name: "worst_6m"}, {name: "worst_12m"}, {name: "worst_24m"}, {name: "times_30"}, {name: "times_60"}, {name: "times_90"},
	{name: "months_since_last_late"}, {name: "days_past_due"}, {name: "worst_days_past_due"}, {name: "installments_missed"},
	{name: "months_on_book"}, {name: "installments_left"}, {name: "paid_to_due"}, {name: "days_late_mean"}, {name: "utilisation"},
	{name: "credit_balance"}, {name: "restructured"}, {name: "cures"}, {name: "broken_promises_180d", borrower: true},
	{name: "promise_kept_share", borrower: true}, {name: "contacts_unanswered_30d", borrower: true}, {name: "loans_on_book", borrower: true},
	{name: "score"}, {name: "product", coded: true}, {name: "region", coded: true}, {name: "bucket", coded: true},
}

func (f Feature) String() string { return features[f].name }

// Coded reports whether the feature is a text, whose values are places in a list of the
// policy.
func (f Feature) Coded() bool { return features[f].coded }

// OfBorrower reports whether the feature needs all loans, promises or contacts of the
// borrower.
func (f Feature) OfBorrower() bool { return features[f].borrower }

// FeatureOf returns a feature by its name.
func FeatureOf(name string) (Feature, bool) {
	for f := range FeatureKinds {
		if features[f].name == name {
			return f, true
		}
	}
	return 0, false
}

// Features are what is known of one loan at a close. The zero value knows nothing.
type Features struct {
	values [FeatureKinds]int64
	known  uint32 // a bit for each feature that there is
}

// Set sets a feature.
func (x *Features) Set(f Feature, v int64) {
	x.values[f] = v
	x.known |= 1 << f
}

// Get returns a feature; ok is false where there is none.
func (x *Features) Get(f Feature) (v int64, ok bool) { return x.values[f], x.known>>f&1 != 0 }

// A FeatureSet is a set of features.
type FeatureSet uint32

// With returns the set with a feature.
func (s FeatureSet) With(f Feature) FeatureSet { return s | 1<<f }

// Has reports whether a feature is in the set.
func (s FeatureSet) Has(f Feature) bool { return s>>f&1 != 0 }
