package lineage

// A kind is a kind of input file, with its columns in the order of the contract.
type kind struct {
	name    string
	columns []string
}

// kinds are the kinds of input file. The contract is batch/intake's; a test holds this list to it.
var kinds = []kind{
	{"loans", []string{
		"loan_id", "borrower_id", "product", "currency", "principal", "disbursed_on", "first_due_on", "installments", "annual_rate", "method", "day_count", "frequency",
		"fee_per_installment", "region", "opening_score", "principal_grace", "interest_grace", "interest_free",
	}},
	{"borrowers", []string{
		"borrower_id", "as_of", "jurisdiction", "time_zone", "second_time_zone", "contact_from", "contact_until", "language", "region", "birth_date", "employment",
		"affordable_amount", "currency",
	}},
	{"schedules", []string{"loan_id", "number", "due_on", "principal", "interest", "fee", "earned"}},
	{"repayments", []string{"repayment_id", "loan_id", "value_date", "amount", "currency", "channel", "reference"}},
	{"adjustments", []string{
		"adjustment_id", "loan_id", "kind", "value_date", "amount", "component", "target_id", "until", "installments", "annual_rate", "frequency", "first_due_on", "choice",
		"reason",
	}},
	{"contacts", []string{
		"contact_id", "borrower_id", "task_key", "loan_id", "kind", "at", "channel", "outcome", "amount", "currency", "promised_on", "until", "reason", "target_id",
	}},
	{"flags", []string{"borrower_id", "loan_id", "flag", "valid_from", "valid_until"}},
}

// columnTypes are the types of columns that are no texts, by name: no name has two.
var columnTypes = map[string]string{
	"principal": "decimal", "interest": "decimal", "fee": "decimal", "amount": "decimal", "fee_per_installment": "decimal", "affordable_amount": "decimal", "annual_rate": "decimal",
	"disbursed_on": "date", "first_due_on": "date", "due_on": "date", "value_date": "date", "until": "date", "as_of": "date", "birth_date": "date", "promised_on": "date",
	"valid_from": "date", "valid_until": "date", "installments": "int", "opening_score": "int", "principal_grace": "int", "interest_grace": "int", "interest_free": "int",
	"number": "int", "at": "timestamp",
}

func (k *kind) fields() (list []field) {
	for _, name := range k.columns {
		typ := columnTypes[name]
		if typ == "" {
			typ = "string"
		}
		list = append(list, field{Name: name, Type: typ})
	}
	return list
}

// kindName is the name of all rows of a kind, as a dataset.
func kindName(kind string) string { return "inbox." + kind }

// policyName is the name of the policy, as a dataset.
const policyName = "policy"

// sections are those of the policy that columns come from.
var sections = []string{
	"accounts", "aging", "calendar", "classification", "packs", "products", "provisions", "reconciliation", "score",
}

func policyFields() (list []field) {
	for _, name := range sections {
		list = append(list, field{Name: name, Type: "struct"})
	}
	return list
}
