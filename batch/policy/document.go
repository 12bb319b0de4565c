package policy

import "daybook/ledger/civil"

// A document is the policy file as Go sees it. Its tags are the one source of
// the keys, of the limits that the reader checks, and of the JSON Schema.
//
// Reading merges: a struct keeps what the file does not state, a pointer, a
// slice and a value of another kind are replaced whole.
type document struct {
	FormatVersion  int32                      `yaml:"format_version" min:"1" max:"1" doc:"Version of this file's format."`
	Name           string                     `yaml:"name" doc:"Name of the policy, as reports and explanations cite it."`
	Jurisdiction   string                     `yaml:"jurisdiction" enum:"@jurisdiction" doc:"Whose law binds the lender: what it forbids is refused when the policy is loaded."`
	EffectiveFrom  civil.Date                 `yaml:"effective_from" doc:"First value date that these rules hold for. Left out: from the night that brings the policy."`
	TimeZone       string                     `yaml:"time_zone" doc:"IANA name of the zone in which a day is a day."`
	Currencies     []string                   `yaml:"currencies" doc:"ISO 4217 codes that loans may have. Amounts are kept with the most digits among them."`
	Intake         intakeSection              `yaml:"intake" doc:"How the night's files are read."`
	Outputs        outputsSection             `yaml:"outputs" doc:"How the night is published."`
	Products       map[string]*productSection `yaml:"products" doc:"Rules by product. What a product does not state it takes from default, and default from the built-in policy."`
	Aging          agingSection               `yaml:"aging" doc:"Days past due and delinquency buckets."`
	Classification classificationSection      `yaml:"classification" doc:"Regulatory tiers and impairment stages, by days past due."`
	Score          scoreSection               `yaml:"score" doc:"Points that repayment behaviour adds to a credit score or takes from it."`
	Accounts       map[string]accountSection  `yaml:"accounts" keys:"@role" doc:"The lender's own code and name for each role of account."`
	Collections    struct{}                   `yaml:"collections" doc:"Collection treatment. It has no keys in this version."`
}

type intakeSection struct {
	Columns           columns          `yaml:"columns" doc:"By kind of file: a column of the contract, then the file's own name for it."`
	MoneyInMinorUnits bool             `yaml:"money_in_minor_units" doc:"Plain integers are amounts in minor units."`
	AllowFloatMoney   bool             `yaml:"allow_float_money" doc:"Amounts may be FLOAT or DOUBLE, if they are whole minor units after rounding to 1e-6."`
	RejectThreshold   thresholdSection `yaml:"reject_threshold" doc:"Rows rejected or held, or money in them, above either share make the night end with exit status 3."`
	AllowEmpty        bool             `yaml:"allow_empty" doc:"A folder without files is a night, without --allow-empty."`
	AllowUnread       bool             `yaml:"allow_unread" doc:"What lies in the folder and is not read does not stop the close, without --allow-unread."`
	GapDaysMax        int32            `yaml:"gap_days_max" min:"1" max:"36500" doc:"Most days since the last night, or between a first night and the value dates of its files, without --gap."`
	DuplicatesMax     decimal          `yaml:"duplicates_max" min:"0.01" max:"2" doc:"Share of rows that are repeats which stops the close without --allow-duplicates: the files may be those of a day before. Above 1 none does."`
	Expect            map[string]int32 `yaml:"expect" keys:"@kind" min:"0" doc:"Kinds of file that every night must have, each with its least rows, without --allow-fewer."`
	RequireMarker     string           `yaml:"require_marker" empty:"true" doc:"Name of a file that the sender writes last, such as _SUCCESS: without it nothing is read, without --allow-unmarked."`
	RequireControl    bool             `yaml:"require_control" doc:"The sender's control.json must be there, without --allow-unproved. One that is there is always proved."`
}

type outputsSection struct {
	Shared bool `yaml:"shared" doc:"The folder's group may read what is published, as with --shared; otherwise only its owner."`
}

// columns maps a kind of file, then a column of the contract, to a file's own name.
type columns map[string]map[string]string

type thresholdSection struct {
	Rows   decimal `yaml:"rows" min:"0" max:"1" doc:"Share of rows."`
	Amount decimal `yaml:"amount" min:"0" max:"1" doc:"Share of money."`
}

type productSection struct {
	Card                *bool               `yaml:"card" doc:"Credit card receivables, where the law sets them apart."`
	Method              *string             `yaml:"method" enum:"@method" doc:"Repayment method where a loan's row names none."`
	DayCount            *string             `yaml:"day_count" enum:"@day_count" doc:"Day count where a loan's row names none."`
	Frequency           *string             `yaml:"frequency" pattern:"^[1-9][0-9]{0,3}[DM]$" doc:"Distance of due dates where a loan's row names none: 1M, 3M, 7D, 14D and the like."`
	Interest            *string             `yaml:"interest" enum:"scheduled,daily" doc:"scheduled: each instalment's interest is fixed by the schedule. daily: interest is earned on the principal really outstanding."`
	InstallmentRounding *roundingSection    `yaml:"installment_rounding" doc:"How a level payment is rounded."`
	Allocation          []allocationSection `yaml:"allocation" doc:"Order in which money meets what is owed. The first rule whose conditions hold decides; the last has no conditions."`
	LateCharges         *lateSection        `yaml:"late_charges" doc:"What lateness costs. {} is nothing."`
	Ceiling             *ceilingSection     `yaml:"ceiling" doc:"Limit on all charges of a loan together. {} is none."`
	Settle              *settleSection      `yaml:"settle" doc:"Price of early settlement. {} is nothing."`
	NonAccrualFromDays  *int32              `yaml:"non_accrual_from_days" min:"0" max:"36500" doc:"Days past due from which interest is memo only. 0 is never."`
}

type roundingSection struct {
	Mode       string   `yaml:"mode" enum:"half_even,up,down" default:"half_even" doc:"Direction of rounding."`
	MultipleOf *decimal `yaml:"multiple_of" min:"0" doc:"Amount that a payment is a multiple of. Left out: one minor unit."`
}

type allocationSection struct {
	When      *whenSection `yaml:"when" doc:"Conditions that must all hold."`
	Order     []string     `yaml:"order" enum:"@step" required:"true" doc:"Components, first paid first: plain for what is past due or due, or with a position: past_due:fee, due:principal, in_advance:principal."`
	Mode      string       `yaml:"mode" enum:"horizontal,vertical" default:"horizontal" doc:"horizontal finishes an instalment before the next, vertical a component before the next."`
	InAdvance string       `yaml:"in_advance" enum:"@advance" default:"hold_as_credit" doc:"What becomes of money beyond what is due."`
}

type whenSection struct {
	DaysPastDue    string `yaml:"days_past_due" pattern:"^>=? *[0-9]+$" doc:"Days past due on the value date, such as \"> 90\" or \">= 91\"."`
	Kind           words  `yaml:"kind" enum:"@allocating_kind" doc:"Kinds of event."`
	Classification words  `yaml:"classification" doc:"Tiers that the days past due on the value date are in."`
}

type lateSection struct {
	PenaltyInterest *penaltySection  `yaml:"penalty_interest" doc:"Interest on overdue amounts, by the day."`
	FixedFee        *fixedFeeSection `yaml:"fixed_fee" doc:"A fee for each instalment missed."`
	Cap             *capSection      `yaml:"cap" doc:"Limits on the late charges of one loan over its life."`
}

type penaltySection struct {
	RateMultiplier *decimal `yaml:"rate_multiplier" min:"0" max:"10" doc:"Penalty rate as a multiple of the contract's rate. Either this or annual_rate."`
	AnnualRate     *decimal `yaml:"annual_rate" min:"0" max:"10" doc:"Penalty rate a year: 0.18 is 18 %."`
	On             []string `yaml:"on" enum:"principal,interest,fee" default:"principal" doc:"Overdue components that bear penalty interest."`
	DayCount       string   `yaml:"day_count" enum:"ACT/365F,ACT/360" default:"ACT/360" doc:"Day count of the penalty rate: days over 365 or over 360."`
	GraceDays      int32    `yaml:"grace_days" min:"0" max:"3660" doc:"First days past due, which are never charged."`
	WaitDays       int32    `yaml:"wait_days" min:"0" max:"3660" doc:"Days past due above which charging starts, back to the end of the grace."`
}

type fixedFeeSection struct {
	Amount    decimal  `yaml:"amount" min:"0" required:"true" doc:"The fee, in the policy's currency."`
	Component string   `yaml:"component" enum:"fee,penalty" default:"penalty" doc:"What it is owed as."`
	WaitDays  int32    `yaml:"wait_days" min:"0" max:"3660" doc:"Charged on the first day on which the instalment is more days past due than this."`
	Per       string   `yaml:"per" enum:"installment" default:"installment" doc:"What it is charged once for."`
	Max       *decimal `yaml:"max" min:"0" doc:"Most that the fixed fees of one loan may total."`
}

type capSection struct {
	Amount           *decimal `yaml:"amount" min:"0" doc:"Most that late charges may total."`
	ShareOfPrincipal *decimal `yaml:"share_of_principal" min:"0" max:"10" doc:"The same as a share of the loan's original principal."`
}

type ceilingSection struct {
	AnnualRate *decimal `yaml:"annual_rate" min:"0" max:"10" doc:"Most that interest, fees and penalties may come to a year: 0.24 is 24 %. Loans and charges above it are refused."`
}

type settleSection struct {
	FeeRate         *decimal `yaml:"fee_rate" min:"0" max:"1" doc:"Share of the principal that is paid before it is due."`
	FreeAfterMonths *int32   `yaml:"free_after_months" min:"0" max:"1200" doc:"Months since disbursement from which settlement is free."`
}

type agingSection struct {
	GraceDays    int32              `yaml:"grace_days" min:"0" max:"3660" doc:"Days that delinquent days leave out; regulatory tiers never do."`
	CountCharges bool               `yaml:"count_charges" doc:"Charges on their own count as days past due."`
	CountsAsFull decimal            `yaml:"counts_as_full" min:"0.5" max:"1" doc:"Share of an instalment whose payment counts as all of it: FFIEC allows 0.9."`
	Materiality  materialitySection `yaml:"materiality" doc:"Arrears are material on days when they exceed both (EU retail: 100 and 0.01). No rule of this version asks for it."`
	Buckets      []bandSection      `yaml:"buckets" doc:"Delinquency buckets by delinquent days, each up to the next."`
}

type materialitySection struct {
	Amount decimal `yaml:"amount" min:"0" doc:"Amount."`
	Share  decimal `yaml:"share" min:"0" max:"1" doc:"Share of the loan's exposure."`
}

type bandSection struct {
	Name string `yaml:"name" required:"true" doc:"Name in reports."`
	From int32  `yaml:"from" min:"0" max:"36500" required:"true" doc:"First day of the band; it ends where the next begins."`
}

type classificationSection struct {
	Tiers             []bandSection `yaml:"tiers" doc:"Tiers by days past due."`
	NonPerformingFrom string        `yaml:"non_performing_from" doc:"First tier that is non-performing."`
	Stages            []bandSection `yaml:"stages" doc:"Impairment stages by days past due."`
}

type scoreSection struct {
	Floor         int32         `yaml:"floor" min:"-100000" max:"100000" doc:"Lowest score."`
	Ceiling       int32         `yaml:"ceiling" min:"-100000" max:"100000" doc:"Highest score."`
	Initial       int32         `yaml:"initial" min:"-100000" max:"100000" doc:"Score of a loan that brings none."`
	Points        pointsSection `yaml:"points" doc:"Points by what happened."`
	BucketEntered []int32       `yaml:"bucket_entered" min:"-10000" max:"10000" doc:"Points for entering each bucket after the first from a better one; the last goes on for those that follow."`
}

type pointsSection struct {
	OnTime     int32 `yaml:"installment_on_time" min:"-10000" max:"10000" doc:"An instalment wholly met by its due date."`
	WeekLate   int32 `yaml:"installment_1_to_7_days_late" min:"-10000" max:"10000" doc:"Met one to seven days late."`
	Late       int32 `yaml:"installment_over_7_days_late" min:"-10000" max:"10000" doc:"Met later than that."`
	Cured      int32 `yaml:"cured" min:"-10000" max:"10000" doc:"Back in the first bucket."`
	Settled    int32 `yaml:"settled" min:"-10000" max:"10000" doc:"The loan is paid in full."`
	ChargedOff int32 `yaml:"charged_off" min:"-10000" max:"10000" doc:"The loan is charged off."`
}

type accountSection struct {
	Code string `yaml:"code" doc:"The lender's own code."`
	Name string `yaml:"name" doc:"The lender's own name."`
}
