package portfolio

// The rows of the inbox, as the contract names their columns. Money is
// DECIMAL(18,2) and rates DECIMAL(18,6).

type loanRow struct {
	LoanID       []byte `parquet:"loan_id,string"`
	BorrowerID   []byte `parquet:"borrower_id,string"`
	Product      string `parquet:"product,dict"`
	Currency     string `parquet:"currency,dict"`
	Principal    int64  `parquet:"principal,decimal(2:18)"`
	DisbursedOn  int32  `parquet:"disbursed_on,date"`
	FirstDueOn   int32  `parquet:"first_due_on,date"`
	Installments int32  `parquet:"installments"`
	AnnualRate   int64  `parquet:"annual_rate,decimal(6:18)"`
	Method       string `parquet:"method,dict"`
	DayCount     string `parquet:"day_count,dict"`
	Frequency    string `parquet:"frequency,dict"`
	Fee          int64  `parquet:"fee_per_installment,decimal(2:18)"`
	Region       string `parquet:"region,dict"`
	OpeningScore int32  `parquet:"opening_score"`
}

type repaymentRow struct {
	RepaymentID []byte `parquet:"repayment_id,string"`
	LoanID      []byte `parquet:"loan_id,string"`
	ValueDate   int32  `parquet:"value_date,date"`
	Amount      int64  `parquet:"amount,decimal(2:18)"`
	Currency    string `parquet:"currency,dict"`
	Channel     string `parquet:"channel,dict"`
}

type adjustmentRow struct {
	AdjustmentID []byte `parquet:"adjustment_id,string"`
	LoanID       []byte `parquet:"loan_id,string"`
	Kind         string `parquet:"kind,dict"`
	ValueDate    int32  `parquet:"value_date,date"`
	Amount       int64  `parquet:"amount,optional,decimal(2:18)"`
	TargetID     []byte `parquet:"target_id,optional,string"`
	Reason       string `parquet:"reason,dict"`
}

// appendLoanID appends L and ten digits.
func appendLoanID(b []byte, i int64) []byte { return appendDigits(append(b, 'L'), i, 10) }

// appendBorrowerID appends B and nine digits.
func appendBorrowerID(b []byte, i int64) []byte { return appendDigits(append(b, 'B'), i, 9) }

// appendEventID appends an id that no other event has: what it is, the loan,
// the instalment and the part of it.
func appendEventID(b []byte, prefix byte, i int64, k int32, part uint8) []byte {
	b = appendDigits(append(b, prefix), i, 10)
	b = appendDigits(append(b, '-'), int64(k), 3)
	return append(b, 'a'+part)
}

func appendDigits(b []byte, v int64, width int) []byte {
	n := len(b)
	for range width {
		b = append(b, '0')
	}
	for i := n + width - 1; v > 0; i-- {
		if i < n {
			panic("portfolio: internal error: a number has too many digits for its id")
		}
		b[i] = byte('0' + v%10)
		v /= 10
	}
	return b
}
