package reports

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook/aging"
	"daybook/ledger"
	"daybook/ledger/civil"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares bytes with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from its golden file; look, then run with -update:\n%s", name, got)
	}
}

// A book of seven loans whose figures can be checked by head.
func smallFacts() (*aging.Facts, *aging.Dictionaries) {
	d := testDictionaries()
	type loan struct {
		id, borrower            string
		currency, product       uint16
		bucket, before          uint16
		days                    int32
		principal, total, due   int64
		previous                int64
		status, accrual, class  uint16
		chargedOff, recovered   int64
		booked                  civil.Date
		score, delta            int32
		interest, fees, penalty int64
	}
	autumn, summer := civil.Of(2026, 9, 15), civil.Of(2026, 6, 1)
	loans := []loan{
		{id: "L1", borrower: "B1", principal: 100_000, total: 80_000, previous: 80_000, booked: autumn, score: 600},
		{id: "L2", borrower: "B1", bucket: 1, days: 12, principal: 50_000, total: 50_500, due: 10_500, previous: 50_000, interest: 500,
			class: 1, booked: autumn, score: 580, delta: -20},
		{id: "L3", borrower: "B2", bucket: 2, before: 1, days: 45, principal: 70_000, total: 71_000, due: 30_000, previous: 70_500,
			interest: 700, fees: 200, penalty: 100, class: 1, product: 1, booked: summer, score: 500, delta: -30},
		{id: "L4", borrower: "B3", bucket: 4, before: 4, days: 120, principal: 30_000, total: 31_001, due: 31_001, previous: 31_000,
			interest: 1_001, class: 2, accrual: 1, product: 1, booked: summer, score: 400},
		{id: "L5", borrower: "B4", status: 1, principal: 20_000, previous: 5_000, booked: summer, score: 700, delta: 5},
		{id: "L6", borrower: "B5", status: 3, principal: 40_000, chargedOff: 25_000, recovered: 5_000, bucket: 7, before: 7, days: 400,
			class: 4, product: 2, booked: summer, score: 300},
		{id: "L7", borrower: "B6", currency: 1, before: aging.NoCode, principal: 9_999, total: 9_999, booked: civil.Of(2026, 11, 23), score: 650},
	}
	f := new(aging.Facts)
	f.Grow(len(loans))
	for i, l := range loans {
		f.LoanID.Append([]byte(l.id))
		f.Borrower.Append([]byte(l.borrower))
		for a := range f.Amounts {
			f.Amounts[a][i] = 0
		}
		for k := range f.Days {
			f.Days[k][i] = civil.None
		}
		for k := range f.Counts {
			f.Counts[k][i] = 0
		}
		for k := range f.Codes {
			f.Codes[k][i] = aging.NoCode
		}
		f.Rate[i], f.PreviousTotal[i] = 240_000_000, l.previous
		f.Amounts[aging.Principal][i], f.Amounts[aging.TotalOutstanding][i], f.Amounts[aging.PastDueAmount][i] = l.principal, l.total, l.due
		f.Amounts[aging.InterestOutstanding][i], f.Amounts[aging.FeesOutstanding][i] = l.interest, l.fees
		f.Amounts[aging.PenaltiesOutstanding][i] = l.penalty
		f.Amounts[aging.PrincipalOutstanding][i] = l.total - l.interest - l.fees - l.penalty
		f.Amounts[aging.ChargedOff][i], f.Amounts[aging.Recovered][i] = l.chargedOff, l.recovered
		f.Days[aging.BookedOn][i], f.Days[aging.DisbursedOn][i] = l.booked, l.booked
		f.Counts[aging.DaysPastDue][i], f.Counts[aging.Score][i], f.Counts[aging.ScoreDelta][i] = l.days, l.score, l.delta
		for code, v := range map[aging.Code]uint16{
			aging.Product: l.product, aging.Currency: l.currency, aging.Method: 0, aging.DayCountCode: 0, aging.Bucket: l.bucket,
			aging.PreviousBucket: l.before, aging.Status: l.status, aging.Accrual: l.accrual, aging.Classification: l.class,
		} {
			f.Codes[code][i] = v
		}
		if l.delta != 0 {
			f.Codes[aging.Reason1][i] = uint16(i)
		}
		copy(f.History24[24*i:], "NNNNNNNNNNNN////////////")
	}
	return f, d
}

func smallBuilder(t testing.TB) *Builder {
	f, d := smallFacts()
	b := new(Builder)
	if err := b.Add(batchOf(f, d, 2)); err != nil {
		t.Fatal(err)
	}
	return b
}

func smallSettings() *Settings {
	return &Settings{
		BusinessDate: civil.Of(2026, 11, 23),
		Allowance:    map[string]int64{"CNY": 46_502},
		Borrowers:    Borrowers{"CNY": {"C": 1, "M1": 1, "M2": 1, "M4": 1}},
	}
}

// regulatory returns the regulatory table of a name.
func regulatory(t testing.TB, b *Builder, name string) *Table {
	t.Helper()
	for _, x := range b.Tables(smallSettings()) {
		if x.Name == name {
			return x
		}
	}
	t.Fatalf("there is no regulatory table %q", name)
	return nil
}

func samplePage(t testing.TB) *Page {
	b := smallBuilder(t)
	s := smallSettings()
	chart := ledger.DefaultChart()
	tie := func(v int64) Tie { return TieOf(v, v, 2, "CNY") }
	return &Page{
		BusinessDate: s.BusinessDate, Software: "daybook 1.0.0", Policy: "cn", PolicyDigest: strings.Repeat("5f3a", 16),
		Folder: "out/2026-11-23", Scale: 2, Digits: 2,
		Control: ControlTotals{
			Files: []FileTotals{
				{Path: "loans-0001.parquet", Kind: "loans", RowsIn: 2, Applied: 2, AmountIn: "1199.99", AmountApplied: "1199.99",
					AmountDuplicates: "0.00", AmountRejected: "0.00", AmountHeld: "0.00", Tied: true},
				{Path: "repayments-0001.parquet", Kind: "repayments", RowsIn: 1204, Applied: 1200, Duplicates: 1, Rejected: 2, Held: 1,
					AmountIn: "240801.10", AmountApplied: "240000.00", AmountDuplicates: "100.10", AmountRejected: "501.00",
					AmountHeld: "200.00", Tied: true},
			},
			Currencies: []CurrencyTotals{
				{Currency: "CNY", Loans: 6, Debits: tie(2_434_500), Credits: tie(2_434_500), Principal: tie(230_000), Interest: tie(2_201),
					Fees: tie(200), Penalties: tie(100), Credit: tie(0), Suspense: tie(20_000)},
				{Currency: "USD", Loans: 1, Debits: tie(9_999), Credits: tie(9_999), Principal: tie(9_999), Interest: tie(0),
					Fees: tie(0), Penalties: tie(0), Credit: tie(0), Suspense: tie(0)},
			},
			Queue: sampleQueue(),
		},
		Aging: regulatory(t, b, "aging"), Classification: regulatory(t, b, "classification"),
		Balances: []Balance{
			{chart[ledger.CashClearing], "CNY", -260_000, 24_000_000, 0},
			{chart[ledger.LoanPrincipal], "CNY", 23_990_000, 0, 23_760_000},
			{chart[ledger.InterestReceivable], "CNY", 201_201, 1_000, 200_000},
			{chart[ledger.InterestIncome], "CNY", -1_000_000, 0, 1_000},
			{chart[ledger.UnappliedReceipts], "CNY", 20_000, 0, 40_000},
			{chart[ledger.LoanPrincipal], "USD", 0, 9_999, 0},
			{chart[ledger.CashClearing], "USD", 0, 0, 9_999},
		},
		Activity: []Activity{
			{chart[ledger.CashClearing], "CNY", ledger.Repayment, 1200, 24_000_000, 0},
			{chart[ledger.LoanPrincipal], "CNY", ledger.Repayment, 1180, 0, 23_760_000},
			{chart[ledger.InterestReceivable], "CNY", ledger.Repayment, 1100, 0, 200_000},
			{chart[ledger.InterestReceivable], "CNY", ledger.Accrual, 6, 1_000, 0},
		},
		Rejects: []RejectTotal{{"repayments", "wrong_currency", 1, 40_000}, {"repayments", "amount_not_positive", 1, 10_100}},
		Queue: QueueTotals{
			Tasks: 3, Loans: 3, Suppressed: 1, NotDue: 1, OffersMade: 3, OffersTaken: 1,
			Channels: []QueueChannel{{"call", "CNY", 1, 10_500}, {"letter", "CNY", 1, 30_000}, {"push", "USD", 1, 0}},
			Reasons: []QueueReason{
				{"opted_out", "opted_out", "in_app", 44}, {"cap", "all_week", "sms", 871}, {"cap", "all_week", "push", 871}, {"dispute", "dispute", "", 212},
				{"cool_off", "cool_off", "", 1_120}, {"promise_pending", "promise_pending", "", 371},
			},
			Promises: QueuePromises{Watched: 1_400, Kept: 12, PartlyKept: 3, Broken: 9},
		},
		Stages: []Timing{{"read inputs", 310 * time.Millisecond, 1204}, {"sort and join", 120 * time.Millisecond, 0},
			{"process loans", 840 * time.Millisecond, 1_000_000}, {"write reports", 1310 * time.Millisecond, 1_000_000}, {"commit", 95 * time.Millisecond, 0}},
		Outputs: make([]Output, 31),
	}
}

// sampleQueue is where the borrowers of smallFacts are: of those past due two have a task,
// one is suppressed and one is not due; and one is told of a payment to come.
func sampleQueue() []QueueControl {
	sum := func(n, pastDue int64, currency string) QueueSum { return QueueSum{n, n, Money(pastDue, 2, currency)} }
	return []QueueControl{
		{
			Currency: "CNY", Reminders: sum(0, 0, "CNY"), TapeLoans: 4, TapePastDue: Money(71_501, 2, "CNY"), Tied: true,
			Places: []QueuePlace{
				{"CNY", "task", sum(2, 40_500, "CNY")}, {"CNY", "suppressed", sum(1, 31_001, "CNY")}, {"CNY", "withheld", sum(0, 0, "CNY")},
				{"CNY", "below_capacity", sum(0, 0, "CNY")}, {"CNY", "not_due", sum(1, 0, "CNY")},
			},
		},
		{
			Currency: "USD", Reminders: sum(1, 0, "USD"), TapePastDue: Money(0, 2, "USD"), Tied: true,
			Places: []QueuePlace{{"USD", "task", sum(1, 0, "USD")}, {"USD", "suppressed", sum(0, 0, "USD")}},
		},
	}
}

func TestPage(t *testing.T) {
	p := samplePage(t)
	var html, summary bytes.Buffer
	if err := p.WriteHTML(&html); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.html", html.Bytes())
	for _, outside := range []string{"http:", "https:", "<script", "@import", "url("} {
		if strings.Contains(html.String(), outside) {
			t.Errorf("the page has %q: it must carry all it needs", outside)
		}
	}
	if strings.Contains(html.String(), "ZgotmplZ") {
		t.Error("the page has a style that html/template refused")
	}
	if err := Summary(&summary, p); err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.txt", summary.Bytes())
}
