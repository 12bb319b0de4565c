package aging

// A LoanStatus is how far a loan has come; its number is stored, and is the code
// in the column [Status]. Zero is active.
type LoanStatus uint8

// The statuses.
const (
	LoanActive LoanStatus = iota
	LoanSettled
	LoanOverpaid
	LoanChargedOff
	LoanWrittenOff
	LoanQuarantined
	LoanStatuses // how many there are
)

// statuses says what there is to know of each status.
var statuses = [LoanStatuses]struct {
	name        string
	onBook      bool
	collectable bool
	paidInFull  bool
	lost        bool
}{
	LoanActive:      {name: "active", onBook: true, collectable: true},
	LoanSettled:     {name: "settled", paidInFull: true},
	LoanOverpaid:    {name: "overpaid", paidInFull: true},
	LoanChargedOff:  {name: "charged_off", collectable: true, lost: true},
	LoanWrittenOff:  {name: "written_off", lost: true},
	LoanQuarantined: {name: "quarantined", onBook: true},
}

func (s LoanStatus) String() string { return statuses[s].name }

// known reports whether the number is that of a status. One out of a damaged record
// may not be: nothing is true of it.
func (s LoanStatus) known() bool { return s < LoanStatuses }

// OnBook reports whether the reports count a loan of the status as on the book:
// neither paid nor lost.
func (s LoanStatus) OnBook() bool { return s.known() && statuses[s].onBook }

// Collectable reports whether a loan of the status that is past due is worked by
// collectors.
func (s LoanStatus) Collectable() bool { return s.known() && statuses[s].collectable }

// PaidInFull reports whether nothing is owed on a loan of the status, now or later.
func (s LoanStatus) PaidInFull() bool { return s.known() && statuses[s].paidInFull }

// Lost reports whether a loan of the status has been taken out of the books, by
// charge-off or write-off.
func (s LoanStatus) Lost() bool { return s.known() && statuses[s].lost }

// ParseLoanStatus reads a status by its name.
func ParseLoanStatus(name string) (LoanStatus, bool) {
	for s := range LoanStatuses {
		if statuses[s].name == name {
			return s, true
		}
	}
	return 0, false
}

// A LoanAccrual says what becomes of the interest that a loan earns; its number is
// the code in the column [Accrual].
type LoanAccrual uint8

// The kinds of accrual.
const (
	LoanAccruing   LoanAccrual = iota // interest is income
	LoanNonAccrual                    // interest is kept in memo only
	LoanAccruals                      // how many there are
)

var accrualNames = [LoanAccruals]string{"accruing", "non_accrual"}

func (a LoanAccrual) String() string { return accrualNames[a] }

// ParseLoanAccrual reads an accrual by its name.
func ParseLoanAccrual(name string) (LoanAccrual, bool) {
	for a := range LoanAccruals {
		if accrualNames[a] == name {
			return a, true
		}
	}
	return 0, false
}

// StatusNames are the names behind the codes of the column [Status].
func StatusNames() Dictionary { return namesOf(LoanStatuses) }

// AccrualNames are the names behind the codes of the column [Accrual].
func AccrualNames() Dictionary { return namesOf(LoanAccruals) }

func namesOf[T interface {
	~uint8
	String() string
}](n T) Dictionary {
	d := make(Dictionary, n)
	for i := range d {
		d[i] = T(i).String()
	}
	return d
}
