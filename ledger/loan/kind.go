package loan

// A Kind is what an event does to a loan. The numbers are stored and are the
// ranks of kinds on one value date: append within the contract's order only
// together with a new book format.
type Kind uint8

// The kinds, in the order of their rank on one value date.
const (
	KindBooking Kind = iota
	KindFee          // charge
	KindPenalty      // charge
	KindDue          // an instalment falls due; never an input
	KindCredit       // credit is applied to what is due; never an input
	KindRepayment
	KindReversal
	KindChargeback
	KindWaiver
	KindGoodwill
	KindPrepay
	KindSettle
	KindRefund
	KindPause
	KindRestructure
	KindChargeOff
	KindWriteOff
	KindRecovery
	KindRelease
	Kinds // how many there are
)

var kindNames = [Kinds]string{"booking", "fee", "penalty", "due", "credit", "repayment", "reversal", "chargeback", "waiver",
	"goodwill", "prepay", "settle", "refund", "pause", "restructure", "charge_off", "write_off", "recovery", "release"}

func (k Kind) String() string { return kindNames[k] }

// Rank orders events of one loan on one value date; the two kinds of charge
// share a rank and are ordered by id.
func (k Kind) Rank() uint8 {
	if k == KindPenalty {
		return uint8(KindFee)
	}
	return uint8(k)
}

// ParseKind reads the kind column of an adjustment.
func ParseKind(s []byte) (Kind, bool) {
	for k := KindFee; k < Kinds; k++ {
		if k != KindDue && k != KindCredit && k != KindRepayment && kindNames[k] == string(s) {
			return k, true
		}
	}
	return 0, false
}
