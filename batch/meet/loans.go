package meet

import (
	"cmp"
	"encoding/binary"
	"slices"

	"daybook/aging"
	"daybook/aging/treat"
	"daybook/batch/rows"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// What treatment is told of a loan: bits, the id, the codes of product, currency, bucket and
// day count, the numbers of the tape, and the flags that may forbid a contact.

// Bits of a loan.
const (
	loanDue       = 1 << iota // past due, and to be collected
	loanActive                // not charged off
	loanNamed                 // of it nothing follows but its id
	loanRecovered             // all that was charged off of it is recovered
)

// flagsMax is how many flags of a loan are told at most: those that hold now, and of those
// the last to end.
const flagsMax = 64

func appendLoan(b []byte, f *aging.Facts, i int, due bool, flags []borrower.Flag) []byte {
	bits := byte(0)
	if due {
		bits |= loanDue
	}
	switch aging.LoanStatus(f.Codes[aging.Status][i]) {
	case aging.LoanActive:
		bits |= loanActive
	case aging.LoanChargedOff:
		if f.Amounts[aging.Recovered][i] >= f.Amounts[aging.ChargedOff][i] {
			bits |= loanRecovered
		}
	}
	b = append(b, bits)
	b = rows.AppendText(b, f.LoanID.Row(i))
	for _, v := range [...]int64{
		int64(f.Codes[aging.Product][i]), int64(f.Codes[aging.Currency][i]), int64(f.Codes[aging.Bucket][i]), int64(f.Codes[aging.DayCountCode][i]),
		int64(f.Counts[aging.DaysPastDue][i]), int64(f.Counts[aging.DelinquentDays][i]), int64(f.Counts[aging.Score][i]), int64(f.Remaining[i]),
		f.Amounts[aging.PastDueAmount][i], f.Amounts[aging.TotalOutstanding][i], f.Amounts[aging.PrincipalOutstanding][i],
		f.Amounts[aging.InterestOutstanding][i], f.Amounts[aging.FeesOutstanding][i], f.Amounts[aging.PenaltiesOutstanding][i],
		f.Amounts[aging.CreditBalance][i], int64(f.Days[aging.NextDueOn][i]), f.Amounts[aging.NextDueAmount][i], f.Rate[i],
	} {
		b = binary.AppendVarint(b, v)
	}
	b = binary.AppendUvarint(b, uint64(len(flags)))
	for k := range flags {
		b = binary.AppendVarint(binary.AppendVarint(b, int64(flags[k].From)), int64(flags[k].Until))
		b = rows.AppendText(b, []byte(flags[k].Name))
	}
	return b
}

// appendName names a loan of which nothing is to be decided.
func appendName(b []byte, f *aging.Facts, i int) []byte {
	return rows.AppendText(append(b, loanNamed), f.LoanID.Row(i))
}

// isNamed returns the id of a loan of which nothing is to be decided.
func isNamed(rest []byte) (id []byte, ok bool) {
	if len(rest) == 0 || rest[0]&loanNamed == 0 {
		return nil, false
	}
	d := rows.BodyOf(rest[1:])
	return d.Text(), true
}

// idOf returns the id of a loan of which treatment is told anything.
func idOf(rest []byte) []byte {
	d := rows.BodyOf(rest[1:])
	return d.Text()
}

// telling returns the flags of a loan that may forbid a contact on a day or later.
func telling(flags []borrower.Flag, on civil.Date) (list []borrower.Flag) {
	for i := range flags {
		f := &flags[i]
		if (f.Until == civil.None || f.Until > on && f.Until > f.From) && treat.Forbids(f.Name) {
			list = append(list, *f)
		}
	}
	if len(list) <= flagsMax {
		return list
	}
	end := func(f *borrower.Flag) civil.Date {
		if f.Until == civil.None {
			return civil.Max
		}
		return f.Until
	}
	now := func(f *borrower.Flag) int {
		if f.From <= on {
			return 0
		}
		return 1
	}
	slices.SortFunc(list, func(a, b borrower.Flag) int {
		return cmp.Or(cmp.Compare(now(&a), now(&b)), -cmp.Compare(end(&a), end(&b)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.From, b.From))
	})
	return list[:flagsMax]
}

// readLoan reads what appendLoan wrote into a loan; its flags are the loan's own memory.
func (n *Names) readLoan(rest []byte, l *treat.Loan) error {
	d := rows.BodyOf(rest)
	bits := d.Byte()
	id := d.Text()
	var v [18]int64
	for i := range v {
		v[i] = d.Int()
	}
	product, currency, bucket := int(v[0]), int(v[1]), int(v[2])
	if d.Bad || product >= len(n.Products) || currency >= len(n.Currencies) || product < 0 || currency < 0 {
		return rows.ErrDamaged
	}
	flags := l.Flags[:0]
	*l = treat.Loan{
		ID: string(id), Product: n.Products[product], Currency: n.Currencies[currency], Active: bits&loanActive != 0, Recovered: bits&loanRecovered != 0,
		DaysPastDue: int32(v[4]), DelinquentDays: int32(v[5]), Score: int32(v[6]), PastDue: v[8], Total: v[9], NextDueOn: civil.Date(v[15]), NextDue: v[16],
		Owed: treat.Owed{
			Principal: v[10], Interest: v[11], Fees: v[12], Penalties: v[13], Credit: v[14], Rate: money.Rate(v[17]), DayCount: civil.DayCount(v[3]),
			Remaining: int32(v[7]), Scheduled: n.Scheduled[product], Unit: n.Units[currency],
		},
	}
	if bucket >= 0 && bucket < len(n.Buckets) {
		l.Bucket = n.Buckets[bucket]
	}
	for range d.Uint() {
		flags = append(flags, borrower.Flag{Loan: l.ID, From: civil.Date(d.Int()), Until: civil.Date(d.Int()), Name: string(d.Text())})
		if d.Bad {
			return rows.ErrDamaged
		}
	}
	if l.Flags = flags; !d.Done() {
		return rows.ErrDamaged
	}
	if bits&loanDue == 0 {
		l.DaysPastDue, l.DelinquentDays = 0, 0 // of a loan that nobody collects
	}
	return nil
}

// Names are the names behind the codes of facts, and what follows from the codes.
type Names struct {
	Products   []string
	Scheduled  []bool // of each product: its interest is the schedule's
	Currencies []string
	Units      []int64 // of each currency its minor unit, in units of the amounts
	Buckets    []string
}
