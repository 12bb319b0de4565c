package dbt

import "slices"

// Words that several columns have.
var (
	accountTypes   = []string{"asset", "liability", "income", "expense", "memo"}
	ageBands       = []string{"0-7", "8-30", "31-90", "over 90"}
	channels       = []string{"sms", "push", "email", "in_app", "social", "call", "visit", "letter", "legal", "agency"}
	terms          = []string{"annuity", "equal_principal", "interest_only", "lump_sum", "flat", "zero", "capitalized"}
	dayCounts      = []string{"30/360", "ACT/365F", "ACT/360", "ACT/ACT"}
	lineBreakKinds = []string{
		"bank_fee", "returned", "swapped_reference", "sign_differs", "currency_differs", "date_differs", "amount_differs", "duplicate_on_bank", "ambiguous", "unknown_on_bank",
	}
	entryKinds = []string{
		"booking", "accrual", "fee", "penalty", "credit_applied", "repayment", "reversal", "chargeback", "waiver", "goodwill", "prepay", "settle", "refund", "pause",
		"restructure", "charge_off", "write_off", "recovery", "release", "hold", "correction", "late_charge", "non_accrual", "provision", "accrual_totals", "disburse",
		"capitalization",
	}
)

// columnWords are the columns whose words are the program's own, by table and column. Words of a policy,
// such as buckets, products and classes, are not here: a lender may have others.
var columnWords = map[string][]string{
	"loans.status":     {"active", "settled", "overpaid", "charged_off", "written_off", "quarantined"},
	"loans.accrual":    {"accruing", "non_accrual"},
	"loans.method":     terms,
	"loans.day_count":  dayCounts,
	"contracts.method": terms, "contracts.day_count": dayCounts,
	"journal.kind": entryKinds, "gl_activity.kind": entryKinds, "reconciliation_matches.kind": entryKinds,
	"accounts.type": accountTypes, "trial_balance.type": accountTypes,
	"accounts.role": {
		"cash_clearing", "loan_principal", "interest_receivable", "fee_receivable", "penalty_receivable", "allowance", "borrower_credit", "unapplied_receipts", "interest_income",
		"fee_income", "penalty_income", "recovery_income", "impairment_expense", "goodwill_expense", "interest_in_suspense", "interest_in_suspense_contra",
	},
	"rejects.kind":             {"loans", "borrowers", "schedules", "repayments", "adjustments", "contacts", "flags"},
	"suspense.age_band":        ageBands,
	"score_monitoring.measure": {"psi", "ks", "gini"}, "score_monitoring.state": {"steady", "watch", "act"},
	"stage_movement.flow": {
		"opening", "new", "returned", "transfer_in", "transfer_out", "repaid", "other", "remeasured", "settled", "charged_off", "closing",
	},
	"finrep_f18.status": {"performing", "non_performing"},
	"finrep_f18.band":   {"0_30", "31_90", "unlikely_to_pay", "91_180", "181d_1y", "1_2y", "2_5y", "5_7y", "over_7y"},
	"tasks.channel":     channels, "suppressed.channel": channels, "below_capacity.channel": channels, "collections_compliance.channel": channels,
	"tasks.tone":                   {"informative", "helpful", "firm"},
	"tasks.jurisdiction":           {"none", "cn", "us", "uk", "in", "eu"},
	"tasks.class":                  {"0", "1", "2"},
	"suppressed.scope":             {"borrower", "loan", "channel"},
	"not_due.reason_code":          {"no_step", "cadence", "uneconomic"},
	"promises.status":              {"open", "kept", "partly_kept", "broken"},
	"offers.kind":                  {"installment_plan", "reduced_installment", "extension", "pause", "penalty_waiver", "interest_waiver", "settlement"},
	"collections_compliance.place": {"task", "suppressed", "withheld", "below_capacity", "not_due", "reported"},
	"re_age_exceptions.reason":     {"young", "within_12_months", "third_in_5_years", "fewer_than_3_payments"},
	"monthly_status.account_state": {"1", "2", "3", "4"}, "monthly_status.class": {"1", "2", "3", "4", "5", "9"},

	"reconciliation_breaks.side": {"bank", "ledger", "statement"}, "reconciliation_breaks.age_band": ageBands,
	"reconciliation_breaks.suggestion": {"reversal", "repayment", "release"},
	"reconciliation_breaks.break_kind": slices.Concat(lineBreakKinds,
		[]string{"duplicate_in_ledger", "missing_in_batch", "outstanding", "missing_on_bank", "statement_unbalanced", "statement_gap"}),
	"reconciliation_lines.state": {"matched", "suspense", "break"}, "reconciliation_lines.age_band": ageBands,
	"reconciliation_lines.break_kind":    lineBreakKinds,
	"reconciliation_matches.pass":        {"manual", "reference", "net_of_fee", "reference_sum", "split", "internal", "loan", "settlement", "amount_date"},
	"reconciliation_matches.cardinality": {"1:1", "n:1", "1:n", "0:2"}, "reconciliation_matches.side": {"bank", "ledger"},
	"reconciliation_statements.format": {"camt.053", "MT940", "BAI2"},
	"reconciliation_statements.state":  {"loaded", "duplicate", "interim", "deleted", "test"},
}

// Words returns the words that a column of a table may have, of columns whose words are the
// program's own, or nil.
func Words(table, column string) []string { return columnWords[table+"."+column] }
