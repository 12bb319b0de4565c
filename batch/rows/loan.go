package rows

import (
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// A NewLoan is a loans row whose words are understood.
type NewLoan struct {
	Terms        loan.Terms
	Product      int
	Currency     int
	OpeningScore int32
	Given        int // which of the columns that may be null are not
	Borrower     []byte
	Region       []byte
}

// Columns of a loans row for which, where they are null, the product or the policy
// says what holds.
const (
	GivenMethod = 1 << iota
	GivenDayCount
	GivenFrequency
	GivenScore
	GivenPrincipalGrace // and two more, in the order of [loan.Grace.Parts]
	GivenInterestGrace
	GivenInterestFree

	GivenGrace = GivenPrincipalGrace | GivenInterestGrace | GivenInterestFree
)

// Append writes the body of a loans row.
func (n *NewLoan) Append(b []byte) []byte {
	t := &n.Terms
	for _, v := range [...]int64{
		int64(t.Principal), int64(t.Fee), int64(t.Rate), int64(t.DisbursedOn), int64(t.FirstDueOn), int64(t.Installments),
		int64(t.Frequency), int64(t.Method), int64(t.DayCount), int64(n.Product), int64(n.Currency), int64(n.OpeningScore),
		int64(n.Given), int64(t.Grace.Principal), int64(t.Grace.Interest), int64(t.Grace.Free),
	} {
		b = AppendInt(b, v)
	}
	b = AppendText(b, n.Borrower)
	return AppendText(b, n.Region)
}

// ReadNewLoan reads what append wrote.
func ReadNewLoan(b []byte, n *NewLoan) error {
	d := Body{b: b}
	n.Terms = loan.Terms{
		Principal: money.Amount(d.Int()), Fee: money.Amount(d.Int()), Rate: money.Rate(d.Int()),
		DisbursedOn: civil.Date(d.Int()), FirstDueOn: civil.Date(d.Int()), Installments: int32(d.Int()),
		Frequency: loan.Frequency(d.Int()), Method: loan.Method(d.Int()), DayCount: civil.DayCount(d.Int()),
	}
	n.Product, n.Currency, n.OpeningScore, n.Given = int(d.Int()), int(d.Int()), int32(d.Int()), int(d.Int())
	n.Terms.Grace = loan.Grace{Principal: int32(d.Int()), Interest: int32(d.Int()), Free: int32(d.Int())}
	n.Borrower, n.Region = d.Text(), d.Text()
	if d.Bad {
		return ErrDamaged
	}
	return nil
}

// A PlanRow is a schedules row.
type PlanRow struct {
	loan.Installment
	Minor  bool // its amounts are minor units
	Earned loan.Earning
}

// ReadInstallment reads the body of a schedules row.
func ReadInstallment(b []byte) (p PlanRow, err error) {
	d := Body{b: b}
	p.No = int32(min(max(d.Int(), 0), loan.InstallmentsMax+1))
	p.DueOn = civil.Date(d.Int())
	p.Minor = d.Int() == 1
	p.Due[loan.Principal] = money.Amount(d.Int())
	p.Due[loan.Interest] = money.Amount(d.Int())
	p.Due[loan.Fee] = money.Amount(d.Int())
	p.Earned = loan.Earning(d.Int())
	if d.Bad || p.Earned >= loan.Earnings {
		return p, ErrDamaged
	}
	return p, nil
}
