package lineage

import (
	"regexp"
	"slices"
	"strings"
)

// An origin is the columns of inputs, and sections of the policy, that a column of a table comes
// from: as they are, by arithmetic, or as what decides. A column without any is the program's own.
type origin struct{ copied, computed, decided []string }

// What makes up the life of a loan: its schedule, money that came, and what was done to it.
var (
	schedule = []string{
		"loans.principal", "loans.disbursed_on", "loans.first_due_on", "loans.installments", "loans.annual_rate", "loans.method", "loans.day_count", "loans.frequency",
		"loans.fee_per_installment", "loans.principal_grace", "loans.interest_grace", "loans.interest_free", "schedules.number", "schedules.due_on", "schedules.principal",
		"schedules.interest", "schedules.fee", "schedules.earned",
	}
	money   = []string{"repayments.value_date", "repayments.amount"}
	changes = []string{
		"adjustments.kind", "adjustments.value_date", "adjustments.amount", "adjustments.component", "adjustments.target_id", "adjustments.until", "adjustments.installments",
		"adjustments.annual_rate", "adjustments.frequency", "adjustments.first_due_on", "adjustments.choice",
	}
	life     = slices.Concat(schedule, money, changes)
	flags    = []string{"flags.flag", "flags.valid_from", "flags.valid_until"}
	promises = []string{"contacts.kind", "contacts.at", "contacts.amount", "contacts.promised_on", "contacts.outcome"}
	terms    = []string{"policy.products", "policy.calendar"}
	classes  = slices.Concat(flags, terms, []string{"adjustments.reason", "policy.aging", "policy.packs", "policy.classification"})
)

func taken(names ...string) origin { return origin{copied: names} }

// lived is a column that follows from the life of the loan, as sections of the policy and others say.
func lived(by ...string) origin {
	return origin{computed: life, decided: slices.Concat(terms, by)}
}

// Columns of several tables.
var (
	none   = origin{}
	class  = origin{computed: life, decided: classes}
	scored = origin{computed: slices.Concat([]string{"loans.opening_score"}, life), decided: slices.Concat(promises, terms, []string{"policy.aging", "policy.score"})}
	lent   = origin{computed: []string{"loans.principal", "adjustments.amount"}, decided: []string{"adjustments.kind", "adjustments.target_id"}}
	posted = origin{computed: life, decided: slices.Concat(classes, []string{"policy.provisions"})}
)

// contractOrigins are the origins of the columns that tape and contracts share.
var contractOrigins = map[string]origin{
	"business_date": none,
	"loan_id":       taken("loans.loan_id"), "borrower_id": taken("loans.borrower_id"), "product": taken("loans.product"), "currency": taken("loans.currency"),
	"region": taken("loans.region"), "booked_on": {decided: []string{"loans.loan_id"}}, "disbursed_on": taken("loans.disbursed_on"), "first_due_on": taken("loans.first_due_on"),
	"installments": taken("loans.installments"), "annual_rate": taken("loans.annual_rate"),
	"method":    {copied: []string{"loans.method"}, decided: []string{"policy.products"}},
	"day_count": {copied: []string{"loans.day_count"}, decided: []string{"policy.products"}},
	"principal": lent,
}

// tapeOrigins are the origins of the tape's other columns.
var tapeOrigins = map[string]origin{
	"principal_outstanding": lived(), "interest_outstanding": lived(), "interest_suspended": class, "fees_outstanding": lived(), "penalties_outstanding": lived(),
	"total_outstanding": lived(), "past_due_amount": lived(), "credit_balance": lived(), "principal_paid": lived(), "interest_paid": lived(), "fees_paid": lived(),
	"penalties_paid": lived(), "charged_off": class, "recovered": lived(), "oldest_unpaid_due_on": lived(), "days_past_due": lived("policy.aging"),
	"delinquent_days": lived("policy.aging"), "installments_missed": lived(), "bucket": lived("policy.aging"), "previous_bucket": lived("policy.aging"), "next_due_on": lived(),
	"next_due_amount": lived(), "last_paid_on": lived(), "last_paid_amount": lived(), "status": class, "accrual": class, "classification": class, "stage": class,
	"borrower_classification": {computed: life, decided: slices.Concat(classes, []string{"loans.borrower_id"})},
	"score":                   scored, "score_delta": scored, "reason_1": scored, "reason_2": scored, "reason_3": scored, "reason_4": scored,
	"history_24m": {computed: life, decided: slices.Concat(flags, terms)}, "regulatory_pause_days": lived("policy.aging"), "material_days": lived("policy.aging"),
	"worst_days_past_due": lived("policy.aging"), "clean_since": lived("policy.aging"), "first_delinquency_on": lived("policy.aging"), "months_since_last_late": lived("policy.aging"),
	"worst_3m": lived(), "worst_6m": lived(), "worst_12m": lived(), "worst_24m": lived(), "times_30": lived(), "times_60": lived(), "times_90": lived(),
	"cures": lived("policy.aging"), "last_cured_on": lived("policy.aging"), "last_cured_bucket": lived("policy.aging"),
	"measure_on": {copied: []string{"adjustments.value_date"}, decided: []string{"adjustments.kind", "adjustments.reason", "adjustments.target_id"}},
	"measures":   {decided: []string{"adjustments.kind", "adjustments.reason", "adjustments.target_id"}},
}

// journalOrigins are the origins of the journal's columns.
var journalOrigins = map[string]origin{
	"business_date": none, "entry_id": none, "line": none,
	"value_date": taken("loans.disbursed_on", "repayments.value_date", "adjustments.value_date"),
	"kind":       {copied: []string{"adjustments.kind"}, decided: []string{"loans.loan_id", "repayments.repayment_id"}},
	"source_id":  taken("loans.loan_id", "loans.product", "repayments.repayment_id", "adjustments.adjustment_id"),
	"loan_id":    taken("loans.loan_id"), "account": taken("policy.accounts"), "currency": taken("loans.currency", "repayments.currency"),
	"debit": posted, "credit": posted,
	"channel":   {copied: []string{"repayments.channel"}, decided: []string{"policy.reconciliation"}},
	"reference": {copied: []string{"repayments.reference"}, decided: []string{"policy.reconciliation"}},
}

// ofPack is a column of the tape that a pack gives.
var ofPack = regexp.MustCompile(`_(class|rule|non_performing_since|provision)$`)

// originOf returns the origin of a column of loans, journal or contracts.
func originOf(table, column string) (from origin, ok bool) {
	switch table {
	case "journal":
		from, ok = journalOrigins[column]
	case "contracts":
		from, ok = contractOrigins[column]
	case "loans":
		if from, ok = contractOrigins[column]; ok {
			break
		}
		if from, ok = tapeOrigins[column]; ok || !ofPack.MatchString(column) {
			break
		}
		if from, ok = class, true; strings.HasSuffix(column, "_provision") {
			from = posted
		}
	}
	return from, ok
}
