package reports

import "daybook/aging"

// firstTables are the tables of the first layout, with their columns in order.
// Nothing of them is ever changed.
var firstTables = map[string][]string{
	"loans": {
		"loan_id", "borrower_id", "product", "currency", "region", "booked_on", "disbursed_on", "first_due_on", "installments",
		"annual_rate", "method", "day_count", "principal", "principal_outstanding", "interest_outstanding", "interest_suspended",
		"fees_outstanding", "penalties_outstanding", "total_outstanding", "past_due_amount", "credit_balance", "principal_paid",
		"interest_paid", "fees_paid", "penalties_paid", "charged_off", "recovered", "oldest_unpaid_due_on", "days_past_due",
		"delinquent_days", "installments_missed", "bucket", "previous_bucket", "next_due_on", "next_due_amount", "last_paid_on",
		"last_paid_amount", "status", "accrual", "classification", "stage", "borrower_classification", "score", "score_delta",
		"reason_1", "reason_2", "reason_3", "reason_4", "history_24m",
	},
	"journal": {
		"entry_id", "business_date", "value_date", "kind", "source_id", "loan_id", "account", "currency", "debit", "credit",
	},
	"score_adjustments": {
		"loan_id", "borrower_id", "old_score", "new_score", "score_delta", "reason_1", "reason_2", "reason_3", "reason_4",
	},
	"rejects": {"file", "row_number", "kind", "reason_code", "reason", "values"},
	"tasks": {
		"rank", "task_key", "borrower_id", "currency", "loans", "worst_loan_id", "days_past_due", "bucket", "past_due_amount",
		"total_outstanding", "other_past_due", "channel", "tone", "template",
	},
	"suppressed": {
		"borrower_id", "currency", "loans", "worst_loan_id", "days_past_due", "past_due_amount", "reason_code", "rule", "citation",
		"facts", "earliest_at",
	},
	"below_capacity": {
		"borrower_id", "currency", "loans", "worst_loan_id", "days_past_due", "past_due_amount", "channel", "times_below",
	},
	"aging": {
		"currency", "bucket", "loans", "borrowers", "principal", "interest", "fees", "penalties", "total", "share", "past_due_amount",
	},
	"migration": {"currency", "from", "to", "loans", "balance", "balance_now", "rate_by_count", "rate_by_balance"},
	"vintage": {
		"currency", "booked_month", "months_on_book", "loans", "originated", "past_due_30", "past_due_60", "past_due_90", "charged_off",
		"recovered", "cumulative_loss_rate",
	},
	"classification": {
		"currency", "tier", "loans", "balance", "share", "non_performing", "allowance", "npl_ratio", "coverage", "provision_ratio",
	},
	"past_due": {
		"currency", "product", "loans", "balance", "loans_30_89", "past_due_30_89", "loans_90", "past_due_90", "loans_non_accrual",
		"non_accrual",
	},
	"charge_offs_and_recoveries": {
		"currency", "product", "loans", "originated", "charged_off", "recovered", "net", "net_rate",
	},
	"trial_balance": {"account", "name", "type", "currency", "opening", "debits", "credits", "closing"},
	"gl_activity":   {"account", "name", "currency", "kind", "entries", "debits", "credits"},
	"suspense":      {"currency", "age_band", "items", "amount", "oldest"},
}

// firstDictionaries are the lengths of the program's own dictionaries in the release
// of the first layout; of the book's it kept none.
var firstDictionaries = map[string]int{
	entryKindsName: 25, rolesName: 16, "methods": 6, "day_counts": 4, "statuses": 6, "accruals": 2, "reasons": 7,
}

// writtenAgain are the tables that the book does not keep as files.
var writtenAgain = []string{"loans", "journal", "score_adjustments", "tasks", "suppressed", "below_capacity",
	"task_loans", "not_due", "promises", "offers", "offer_installments", "contracts"}

// The dictionaries of the journal that only grow.
const (
	entryKindsName = "entry_kinds"
	rolesName      = "accounts"
	currenciesName = "currencies"
)

// dictionaryNames are the tape's dictionaries that only grow, by code; those of the
// policy (buckets, classes, stages) are of the night's own policy.
var dictionaryNames = [aging.Codes]string{
	aging.Product: "products", aging.Currency: currenciesName, aging.Region: "regions", aging.Method: "methods",
	aging.DayCountCode: "day_counts", aging.Status: "statuses", aging.Accrual: "accruals",
	aging.Reason1: "reasons", aging.Reason2: "reasons", aging.Reason3: "reasons", aging.Reason4: "reasons",
}
