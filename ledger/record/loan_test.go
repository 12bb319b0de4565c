package record

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// randomLoan is a loan with anything that a record can hold.
func randomLoan(r *rand.Rand) *loan.Loan {
	sometimes := func(a int64) money.Amount {
		if r.IntN(2) == 0 {
			return 0
		}
		return money.Amount(r.Int64N(2*a) - a)
	}
	date := func() civil.Date { return civil.Date(r.IntN(30000)) }
	l := &loan.Loan{
		ID: []byte("L1"), Borrower: []byte("B-1"), Product: uint16(r.IntN(300)), Currency: uint16(r.IntN(3)),
		Region: uint16(r.IntN(400)), BookedOn: date(), OpeningScore: int32(r.IntN(900)),
		Terms: loan.Terms{
			Principal: 1 + money.Amount(r.Int64N(1e15)), Level: sometimes(1e12), Fee: sometimes(1e4), Rate: money.Rate(r.Int64N(1e10)),
			DisbursedOn: date(), FirstDueOn: date(), Installments: 1 + int32(r.IntN(1200)), Frequency: loan.Frequency(1 + r.IntN(100)),
			Method: loan.Method(r.IntN(int(loan.Methods))), DayCount: civil.DayCount(r.IntN(int(civil.DayCounts))),
		},
	}
	if n := l.Terms.Installments; r.IntN(3) == 0 {
		l.Terms.Grace = loan.Grace{Principal: r.Int32N(n), Interest: r.Int32N(n), Free: r.Int32N(n + 1)}
		l.Terms.Rounding = loan.Rounding{Mode: loan.RoundingMode(r.IntN(int(loan.RoundingModes))), Multiple: money.Amount(r.IntN(1000))}
	}
	l.Begin(nil)
	f := &l.Life
	f.Open.No = int32(r.IntN(1200))
	f.Open.From = date()
	for c := range f.Before {
		f.Before[c] = sometimes(1e12)
		f.Met[c] = f.Before[c] + sometimes(100)
	}
	f.Open.Balance = l.Terms.Principal - f.Before[loan.Principal] + sometimes(10)
	f.Paid = loan.Sums{f.Met[0], f.Met[1], f.Met[2] + sometimes(10), sometimes(10)}
	f.Charged = loan.Sums{0, 0, sometimes(10), sometimes(10)}
	f.Credit, l.Fallen, l.Suspended = sometimes(1e6), sometimes(1e6), sometimes(1e6)
	l.Earned, l.LateFees, l.LatePenalties = sometimes(1e9), sometimes(1e3), sometimes(1e3)
	f.Last = loan.Position{Date: date(), Rank: uint8(r.IntN(20))}
	if r.IntN(2) == 0 {
		f.LastPaidOn, f.LastPaidAmount = date(), sometimes(1e9)
	}
	f.MetWhen = [3]int32{int32(r.IntN(40)), int32(r.IntN(2)), int32(r.IntN(2))}
	for range r.IntN(3) {
		f.MetDays = append(f.MetDays, loan.MetDay{DueOn: date(), On: date()})
	}
	l.LastEntryOn, l.Applied = date(), bytes.Repeat([]byte{1, 2, 3}, r.IntN(5))
	l.Bucket, l.PrevBucket, l.LastStatus = uint8(r.IntN(8)), uint8(r.IntN(8)), uint8(r.IntN(6))
	l.Score = l.OpeningScore + int32(r.IntN(20)) - 10
	l.ScoreDelta = int32(r.IntN(3)) - 1
	for i := range r.IntN(12) {
		l.History[i] = byte(r.IntN(256))
	}
	randomServicing(r, l, date, sometimes)
	return l
}

func randomServicing(r *rand.Rand, l *loan.Loan, date func() civil.Date, sometimes func(int64) money.Amount) {
	f := &l.Life
	if r.IntN(2) == 0 {
		f.Plan = []loan.Installment{} // an explicit plan that is wholly met
	}
	for range r.IntN(3) {
		f.Charges = append(f.Charges, loan.Charge{
			Component: loan.Fee, DueOn: date(), Amount: sometimes(1e5), Paid: sometimes(1e5), ID: []byte("F1"),
		})
		f.Plan = append(f.Plan, loan.Installment{No: int32(r.IntN(9)), From: date(), DueOn: date(), Due: [3]money.Amount{1, 2, sometimes(9)}, More: sometimes(9)})
		f.Pauses = append(f.Pauses, loan.Pause{From: date(), Until: date()})
		f.Later = append(f.Later, loan.Tranche{On: date(), Amount: 1 + sometimes(99)})
		f.Regulated = append(f.Regulated, loan.Pause{From: date(), Until: date()})
		f.Late.Items = append(f.Late.Items, loan.LateItem{No: int32(r.IntN(99)), FeeDone: r.IntN(2) == 0, Shared: r.IntN(2) == 0, Sum: r.Int64N(1e15), Charged: sometimes(9)})
	}
	f.Added, f.Waived = loan.Sums{sometimes(9)}, loan.Sums{0, sometimes(9)}
	if r.IntN(2) == 0 {
		f.Late.On, f.Late.Taken = date(), sometimes(99)
		f.Daily = loan.Daily{On: date(), Sum: r.Int64N(1e15), SumLeap: r.Int64N(1e15), Fallen: sometimes(99)}
		if r.IntN(2) == 0 {
			f.Daily.Run, f.Daily.Base, f.Daily.Ahead = date(), 1+money.Amount(r.IntN(999)), [loan.Interest + 1]money.Amount{sometimes(99), sometimes(99)}
		}
		f.Off = loan.Off{Kind: loan.KindChargeOff, On: date(), Amount: sometimes(99), Recovered: sometimes(9)}
		if r.IntN(3) == 0 {
			f.Off = loan.Off{Empty: true}
		}
		t := l.Terms
		t.Installments = 7
		t.Grace = loan.Grace{}
		f.Changed = &t
	}
}

// TestRecordsComeBack: what is decoded is what was encoded, also when one loan is
// decoded over another, again when it is encoded from its decoded form, and whether or not it lies in a page.
func TestRecordsComeBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	got := new(loan.Loan)
	for i := range 5000 {
		want := randomLoan(r)
		rec := AppendLoan(nil, want)
		if i%2 == 1 { // others lie behind it
			rec = append(rec, make([]byte, groupReach+r.IntN(9))...)[:len(rec)]
			for k := range rec[len(rec):cap(rec)] {
				rec[:cap(rec)][len(rec)+k] = byte(r.Uint32())
			}
		}
		if err := DecodeLoan(rec, got); err != nil {
			t.Fatalf("loan %d: %v", i, err)
		}
		again := AppendLoan(nil, got)
		if !bytes.Equal(again, rec) {
			t.Fatalf("loan %d is encoded as\n%x, and after decoding as\n%x", i, rec, again)
		}
		check := *got
		check.ID, check.Contract = want.ID, nil
		normal(&check)
		normal(want)
		if !reflect.DeepEqual(&check, want) {
			t.Fatalf("loan %d came back as\n%+v, want\n%+v", i, check, *want)
		}
	}
}

// normal makes empty slices nil, which a record does not tell apart.
func normal(l *loan.Loan) {
	if len(l.Applied) == 0 {
		l.Applied = nil
	}
	if len(l.Charges) == 0 {
		l.Charges = nil
	}
	if len(l.Regulated) == 0 {
		l.Regulated = nil
	}
	if len(l.Later) == 0 {
		l.Later = nil
	}
	if len(l.Pauses) == 0 {
		l.Pauses = nil
	}
	if len(l.Late.Items) == 0 {
		l.Late.Items = nil
	}
}

// TestPassedLoans: of a loan of which only time has passed, the short way makes the same
// record.
func TestPassedLoans(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for i := range 5000 {
		rec := AppendLoan(nil, randomLoan(r))
		var l loan.Loan
		if err := DecodeLoan(rec, &l); err != nil {
			t.Fatal(err)
		}
		l.Earned += money.Amount(r.Int64N(1 << r.IntN(40)))
		if r.IntN(2) == 0 {
			l.Late.On = civil.Date(r.IntN(30000))
		}
		if got, ok := AppendPassed([]byte("x"), rec, &l); !ok || !bytes.Equal(got[1:], AppendLoan(nil, &l)) {
			t.Fatalf("loan %d of\n%x\nis passed as\n%x, %v, want\n%x", i, rec, got[1:], ok, AppendLoan(nil, &l))
		}
	}
	if _, ok := AppendPassed(nil, []byte{2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, new(loan.Loan)); ok {
		t.Error("a record of an older version is passed on")
	}
}

// TestTermsThatNoLoanHas: what a decoder would refuse is not written.
func TestTermsThatNoLoanHas(t *testing.T) {
	valid := loan.Terms{Installments: 1, Frequency: 1}
	for name, change := range map[string]func(*loan.Terms){
		"method": func(x *loan.Terms) { x.Method = loan.Methods }, "day count": func(x *loan.Terms) { x.DayCount = civil.DayCounts },
		"instalments": func(x *loan.Terms) { x.Installments = loan.InstallmentsMax + 1 }, "frequency": func(x *loan.Terms) { x.Frequency = 0 },
		"rate": func(x *loan.Terms) { x.Rate = -1 }, "grace": func(x *loan.Terms) { x.Grace.Principal = 1 },
		"rounding": func(x *loan.Terms) { x.Rounding.Mode = loan.RoundingModes },
	} {
		l := &loan.Loan{Terms: valid}
		change(&l.Terms)
		mustPanic(t, name, "terms that no loan can have", func() { AppendLoan(nil, l) })
	}
	mustPanic(t, "charge", "a charge of no component", func() {
		l := &loan.Loan{Terms: valid}
		l.Charges = []loan.Charge{{Component: loan.Components}}
		AppendLoan(nil, l)
	})
}

// TestDamagedLoans: see checkDamage.
func TestDamagedLoans(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		checkDamage(t, AppendLoan(nil, randomLoan(r)), func(rec []byte) error { return DecodeLoan(rec, new(loan.Loan)) })
	}
}

// FuzzDecodeLoan: no bytes make the decoder panic or take more memory than they
// are worth, and whatever decodes encodes and decodes to the same.
func FuzzDecodeLoan(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		f.Add(AppendLoan(nil, randomLoan(r)))
	}
	f.Fuzz(func(t *testing.T, rec []byte) {
		var l, again loan.Loan
		if DecodeLoan(rec, &l) != nil {
			return
		}
		b := AppendLoan(nil, &l)
		if err := DecodeLoan(b, &again); err != nil {
			t.Fatalf("%x decodes, its encoding %x does not: %v", rec, b, err)
		}
	})
}
