package record

import (
	"fmt"
	"strings"
	"testing"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/store"
)

// formats says what a book of each format may have in its records. An older program
// that meets anything else refuses the record as damaged; of a format that it does not
// know it says so before it reads one.
var formats = map[int]string{
	3: `
versions: loan 3, journal 129, suspense 1, summary 1, borrower 1, id of a contact 1, JSON 1
events: booking fee penalty due credit repayment reversal chargeback waiver goodwill prepay settle refund pause restructure charge_off write_off recovery release disburse
entries: booking accrual fee penalty credit_applied repayment reversal chargeback waiver goodwill prepay settle refund pause restructure charge_off write_off recovery release hold correction late_charge non_accrual provision accrual_totals disburse capitalization
accounts: cash_clearing loan_principal interest_receivable fee_receivable penalty_receivable allowance borrower_credit unapplied_receipts interest_income fee_income penalty_income recovery_income impairment_expense goodwill_expense interest_in_suspense interest_in_suspense_contra
components: principal interest fee penalty
choices:  shorter_term lower_installment shift reage reamortize extend schedule principal_forgiveness return regulatory plan
methods: annuity equal_principal interest_only lump_sum flat zero capitalized
day counts: 30/360 ACT/365F ACT/360 ACT/ACT
`,
	4: `
versions: loan 3, journal 129, suspense 1, summary 1, borrower 1, id of a contact 1, JSON 1
events: booking fee penalty due credit repayment reversal chargeback waiver goodwill prepay settle refund pause restructure charge_off write_off recovery release disburse
entries: booking accrual fee penalty credit_applied repayment reversal chargeback waiver goodwill prepay settle refund pause restructure charge_off write_off recovery release hold correction late_charge non_accrual provision accrual_totals disburse capitalization
accounts: cash_clearing loan_principal interest_receivable fee_receivable penalty_receivable allowance borrower_credit unapplied_receipts interest_income fee_income penalty_income recovery_income impairment_expense goodwill_expense interest_in_suspense interest_in_suspense_contra
components: principal interest fee penalty
choices:  shorter_term lower_installment shift reage reamortize extend schedule principal_forgiveness return regulatory plan
methods: annuity equal_principal interest_only lump_sum flat zero capitalized
day counts: 30/360 ACT/365F ACT/360 ACT/ACT
`,
	5: `
versions: loan 3, journal 129 or 130, suspense 1, summary 1, borrower 1, id of a contact 1, JSON 1
events: booking fee penalty due credit repayment reversal chargeback waiver goodwill prepay settle refund pause restructure charge_off write_off recovery release disburse
entries: booking accrual fee penalty credit_applied repayment reversal chargeback waiver goodwill prepay settle refund pause restructure charge_off write_off recovery release hold correction late_charge non_accrual provision accrual_totals disburse capitalization
accounts: cash_clearing loan_principal interest_receivable fee_receivable penalty_receivable allowance borrower_credit unapplied_receipts interest_income fee_income penalty_income recovery_income impairment_expense goodwill_expense interest_in_suspense interest_in_suspense_contra
components: principal interest fee penalty
choices:  shorter_term lower_installment shift reage reamortize extend schedule principal_forgiveness return regulatory plan
methods: annuity equal_principal interest_only lump_sum flat zero capitalized
day counts: 30/360 ACT/365F ACT/360 ACT/ACT
`,
	6: `
versions: loan 3, journal 129 or 130 with 4, suspense 1, summary 1, borrower 1, id of a contact 1, JSON 1
events: booking fee penalty due credit repayment reversal chargeback waiver goodwill prepay settle refund pause restructure charge_off write_off recovery release disburse
entries: booking accrual fee penalty credit_applied repayment reversal chargeback waiver goodwill prepay settle refund pause restructure charge_off write_off recovery release hold correction late_charge non_accrual provision accrual_totals disburse capitalization
accounts: cash_clearing loan_principal interest_receivable fee_receivable penalty_receivable allowance borrower_credit unapplied_receipts interest_income fee_income penalty_income recovery_income impairment_expense goodwill_expense interest_in_suspense interest_in_suspense_contra
components: principal interest fee penalty
choices:  shorter_term lower_installment shift reage reamortize extend schedule principal_forgiveness return regulatory plan
methods: annuity equal_principal interest_only lump_sum flat zero capitalized
day counts: 30/360 ACT/365F ACT/360 ACT/ACT
`,
	// Of records 7 has what 6 has: it is raised for what is made of them.
	7: `
versions: loan 3, journal 129 or 130 with 4, suspense 1, summary 1, borrower 1, id of a contact 1, JSON 1
events: booking fee penalty due credit repayment reversal chargeback waiver goodwill prepay settle refund pause restructure charge_off write_off recovery release disburse
entries: booking accrual fee penalty credit_applied repayment reversal chargeback waiver goodwill prepay settle refund pause restructure charge_off write_off recovery release hold correction late_charge non_accrual provision accrual_totals disburse capitalization
accounts: cash_clearing loan_principal interest_receivable fee_receivable penalty_receivable allowance borrower_credit unapplied_receipts interest_income fee_income penalty_income recovery_income impairment_expense goodwill_expense interest_in_suspense interest_in_suspense_contra
components: principal interest fee penalty
choices:  shorter_term lower_installment shift reage reamortize extend schedule principal_forgiveness return regulatory plan
methods: annuity equal_principal interest_only lump_sum flat zero capitalized
day counts: 30/360 ACT/365F ACT/360 ACT/ACT
`,
}

func names[T ~uint8](what string, n T, name func(T) string) string {
	list := make([]string, n)
	for i := range n {
		list[i] = name(i)
	}
	return what + ": " + strings.Join(list, " ") + "\n"
}

// TestFormat: a kind of event, or anything else in a record that an older program
// does not know, raises the book's format.
func TestFormat(t *testing.T) {
	chart := ledger.DefaultChart()
	got := fmt.Sprintf("\nversions: loan %d, journal %d or %d with %d, suspense %d, summary %d, borrower %d, id of a contact %d, JSON %d\n", loanVersion,
		journalVersion, originVersion, redisbursed, heldVersion, summaryVersion, borrowerVersion, contactIDVersion, jsonVersion) +
		names("events", loan.Kinds, loan.Kind.String) +
		names("entries", ledger.EntryKinds, ledger.EntryKind.String) +
		names("accounts", ledger.Roles, func(r ledger.Role) string { return chart[r].Name }) +
		names("components", loan.Components, loan.Component.String) +
		names("choices", loan.Choices, loan.Choice.String) +
		names("methods", loan.Methods, loan.Method.String) +
		names("day counts", civil.DayCounts, civil.DayCount.String)
	if want := formats[store.Format]; got != want {
		t.Errorf("raise the format (store.Format), and say here what the new one has: books of format %d are read by programs that do not know this:\n%s\nformat %d has\n%s",
			store.Format, got, store.Format, want)
	}
}
