package policy

import (
	"daybook/ledger/civil"
)

// packsSection has the packs in the order in which they are heard.
type packsSection []packSection

// A packSection is one pack: in a policy file the name of a built-in one, the path of a
// file, or the pack itself. A book keeps the pack itself.
type packSection struct {
	FormatVersion int32             `yaml:"format_version" min:"1" max:"1" required:"true" doc:"Version of the pack's format."`
	Pack          string            `yaml:"pack" required:"true" doc:"Name of the pack, the prefix of its columns: a to z and digits, at most 16."`
	Title         Text              `yaml:"title" most:"256" doc:"What the pack is."`
	Fills         string            `yaml:"fills" enum:"classification,stage" doc:"Column of the tape that the first pack of the policy with this word gives."`
	Classes       []packClass       `yaml:"classes" required:"true" doc:"The classes, best first."`
	Holds         []packHold        `yaml:"holds" required:"true" doc:"States that a loan is in from a day on until it may leave; one is non_performing."`
	Tables        []packTable       `yaml:"tables" required:"true" doc:"Rows that give a class: the first table that applies, and in it the first row that holds."`
	Contagion     *contagionSection `yaml:"contagion" doc:"What a borrower's loans do to each other: none, or how."`
	Provision     *provisionSection `yaml:"provision" doc:"How what is to be provided for is reckoned."`
	Marks         *marksSection     `yaml:"marks" doc:"What a regulator expects of the portfolio."`
	Backstop      *backstopSection  `yaml:"backstop" doc:"Least coverage by years since a loan became non-performing."`
	PastDue       *pastDueSection   `yaml:"past_due" doc:"How the table past_due counts loans."`
}

type packClass struct {
	Name          string `yaml:"name" required:"true" doc:"Name in tables."`
	Title         Text   `yaml:"title" doc:"What the law calls it."`
	NonPerforming *bool  `yaml:"non_performing" doc:"Loans of the class are non-performing."`
}

type packHold struct {
	Name  string          `yaml:"name" required:"true" doc:"Name of the hold."`
	Scope string          `yaml:"scope" enum:"loan,borrower" doc:"Whose it is; left out: the loan's. A borrower's is looked at on closes."`
	Cite  Text            `yaml:"cite" most:"256" required:"true" doc:"The law that it follows."`
	Enter []packCondition `yaml:"enter" required:"true" doc:"It is entered on a day on which any of these holds."`
	Until []packUntil     `yaml:"until" required:"true" doc:"When it is left: the first entry that applies decides."`
}

type packUntil struct {
	Applies *packCondition `yaml:"applies" doc:"Loans that the entry is for; left out: all."`
	From    words          `yaml:"from" doc:"Days that the periods count from, the latest of them: quiet, clean, entered, measure, measure_first_due, last_late_due, left:NAME."`
	Months  *int32         `yaml:"months" min:"1" max:"1200" doc:"Months after it."`
	Days    *int32         `yaml:"days" min:"1" max:"36500" doc:"Days after it."`
	Periods *int32         `yaml:"periods" min:"1" max:"12" doc:"Due dates after it, of the terms in force."`
	When    *packCondition `yaml:"when" doc:"What must hold on the day; left out: nothing."`
}

type packTable struct {
	Name    string         `yaml:"name" required:"true" doc:"Name of the table."`
	Applies *packCondition `yaml:"applies" doc:"Loans that it is for; left out: all."`
	Rows    []packRow      `yaml:"rows" required:"true" doc:"The rows; the last has no conditions."`
}

type packRow struct {
	Rule  string         `yaml:"rule" required:"true" doc:"Name of the rule, once in the pack."`
	When  *packCondition `yaml:"when" doc:"What must hold; left out: nothing."`
	Class string         `yaml:"class" required:"true" doc:"The class that it gives."`
	Cite  Text           `yaml:"cite" most:"256" required:"true" doc:"The law that it follows."`
	From  *civil.Date    `yaml:"from" doc:"First day on which it is law."`
	Until *civil.Date    `yaml:"until" doc:"First day on which it is law no more."`
}

// A packCondition holds where all holds that it states.
type packCondition struct {
	DaysPastDue    string         `yaml:"days_past_due" doc:"Comparison, such as \"> 90\", \"1..7\", or several joined by commas."`
	DelinquentDays string         `yaml:"delinquent_days" doc:"Comparison."`
	MaterialDays   string         `yaml:"material_days" doc:"Comparison of the days in material arrears."`
	MonthsOnBook   string         `yaml:"months_on_book" doc:"Comparison of the whole months since disbursement."`
	Score          string         `yaml:"score" doc:"Comparison of tonight's score; not in holds."`
	UnpaidDue      *bool          `yaml:"unpaid_due" doc:"An instalment due by the day is not wholly met."`
	Measure        *bool          `yaml:"measure" doc:"A measure has the day as its value date."`
	Restructured   *bool          `yaml:"restructured" doc:"There is a measure up to the day."`
	MeasureInHold  *bool          `yaml:"measure_in_hold" doc:"The last measure is not before the day on which this hold was entered."`
	Flag           words          `yaml:"flag" doc:"Any of these flags holds, of the loan or its borrower."`
	FlagDays       string         `yaml:"flag_days" doc:"Comparison of the days since the earliest of those flags that hold began."`
	Attribute      words          `yaml:"attribute" doc:"The product has any of these attributes."`
	Product        words          `yaml:"product" doc:"The product is any of these."`
	Bucket         words          `yaml:"bucket" doc:"The bucket is any of these."`
	Class          words          `yaml:"class" doc:"The class is any of these; of a provision."`
	Hold           words          `yaml:"hold" doc:"Any of these holds is active."`
	Holds          words          `yaml:"holds" doc:"All of these holds are active."`
	HoldMonths     string         `yaml:"hold_months" doc:"Comparison of the months since they were entered: \"> 12\"."`
	Not            *packCondition `yaml:"not" doc:"The conditions in it do not all hold."`
}

type contagionSection struct {
	Spread  string         `yaml:"spread" enum:"worst" doc:"worst: each loan takes the worst class among the borrower's."`
	Over    *decimal       `yaml:"over" min:"0" max:"1" doc:"Share of the borrower's loans in non-performing classes above which the others are touched."`
	AtLeast string         `yaml:"at_least" doc:"Class that those are given then, if theirs is better."`
	Applies *packCondition `yaml:"applies" doc:"Loans that may be touched; left out: all."`
	Cite    Text           `yaml:"cite" most:"256" required:"true" doc:"The law that it follows."`
}

type provisionSection struct {
	Method       string            `yaml:"method" enum:"none,rates,ecl" required:"true" doc:"rates: a share of the base by rows. ecl: expected credit loss."`
	Base         string            `yaml:"base" enum:"carrying,principal" doc:"What it is reckoned on: the carrying amount, or the principal outstanding. Left out: carrying."`
	Illustrative *bool             `yaml:"illustrative" doc:"The numbers are illustrations: reports say so, and nothing is posted by them."`
	Rates        []ratedSection    `yaml:"rates" doc:"Shares of the base: the first row that holds."`
	Horizon      map[string]string `yaml:"horizon" none:"true" enum:"12_months,lifetime,impaired" doc:"How far expected loss looks, by class."`
	Rate         planRate          `yaml:"rate" doc:"Rate to discount with: contract, or a number. Left out: contract."`
	PD           []annualSection   `yaml:"pd" doc:"Conditional probabilities of default by year: the first row that holds."`
	LGD          []ratedSection    `yaml:"lgd" doc:"Loss given default: the first row that holds."`
	Scenarios    []scenarioSection `yaml:"scenarios" doc:"Courses of things; their weights add up to 1."`
}

type ratedSection struct {
	When *packCondition `yaml:"when" doc:"What must hold; left out: nothing."`
	Rate decimal        `yaml:"rate" min:"0" max:"1" required:"true" doc:"The share: 0.25 is 25 %."`
	Cite Text           `yaml:"cite" most:"256" required:"true" doc:"Where it comes from."`
}

type annualSection struct {
	When   *packCondition `yaml:"when" doc:"What must hold; left out: nothing."`
	Annual []decimal      `yaml:"annual" min:"0" max:"1" required:"true" doc:"Probabilities by year; the last goes on."`
	Cite   Text           `yaml:"cite" most:"256" required:"true" doc:"Where they come from."`
}

type scenarioSection struct {
	Name   string  `yaml:"name" required:"true" doc:"Name of the scenario."`
	Weight decimal `yaml:"weight" min:"0" max:"1" required:"true" doc:"Its weight."`
	PD     decimal `yaml:"pd" min:"0" max:"100" required:"true" doc:"Factor of the probabilities of default."`
	LGD    decimal `yaml:"lgd" min:"0" max:"100" required:"true" doc:"Factor of the loss given default."`
}

type marksSection struct {
	Coverage       *decimal `yaml:"coverage" min:"0" max:"100" doc:"Allowance by non-performing loans."`
	ProvisionRatio *decimal `yaml:"provision_ratio" min:"0" max:"1" doc:"Allowance by all loans."`
	Cite           Text     `yaml:"cite" most:"256" required:"true" doc:"The law that it follows."`
}

type backstopSection struct {
	From    civil.Date      `yaml:"from" required:"true" doc:"Loans disbursed on or after it."`
	Factors []factorSection `yaml:"factors" required:"true" doc:"Least coverage by years."`
	Cite    Text            `yaml:"cite" most:"256" required:"true" doc:"The law that it follows."`
}

type factorSection struct {
	Years  string  `yaml:"years" required:"true" doc:"\"> 2\": more than two years since the loan became non-performing."`
	Factor decimal `yaml:"factor" min:"0" max:"1" required:"true" doc:"Share of the carrying amount."`
}

type pastDueSection struct {
	Rule string `yaml:"rule" enum:"30_days,two_payments" required:"true" doc:"What makes a loan past due."`
	Cite Text   `yaml:"cite" most:"256" required:"true" doc:"The law that it follows."`
}

// provisionsSection says which pack's provisions are posted, and when.
type provisionsSection struct {
	Post string `yaml:"post" doc:"Pack whose provisions the GL carries as allowance. Left out: none."`
	When string `yaml:"when" enum:"nightly,month_end" doc:"When provisions are reckoned: each night, or on the first close on or after a month's end, and kept until the next. Left out: nightly."`
}
