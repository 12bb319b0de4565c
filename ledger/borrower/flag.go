package borrower

import "strings"

// knownFlags are the names of flags that a rule of the contract asks for.
// Sources: collections.md, section 1 (what stops or restrains contact, and guarantor);
// regulatory.md, section 3 (what the reports and the built-in packs read).
var knownFlags = map[string]bool{
	"deceased": true, "bankrupt": true, "fraud": true, "identity_theft": true, "vulnerable": true, "military": true, "time_barred": true,
	"guarantor": true,
	"bad_debt":  true, "settled_by_assets": true, "paid_by_guarantor": true, "transferred": true,
	"credit_impaired": true, "loss_50": true, "loss_90": true, "loss_identified": true, "evasion": true, "watch": true,
	"in_difficulty": true, "diverted_funds": true, "refinanced": true, "technical_delay": true, "default": true,
	"unlikely_to_pay": true, "distressed_restructuring": true, "npa": true, "loss_determined": true, "repayment_likely": true,
}

// flagNameMax is the most bytes of a flag's name that a rule may ask for.
const flagNameMax = 32

// KnownFlag reports whether some rule of the contract asks for flags of a name. Others
// are kept all the same, and counted: what nobody knows may restrain contact.
func KnownFlag(name string) bool {
	if knownFlags[name] {
		return true
	}
	if !strings.HasPrefix(name, "m2_") || len(name) > flagNameMax {
		return false
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}
