package reports

import (
	"strings"
	"testing"

	"daybook/aging"
	"daybook/ledger/civil"
)

// A cohort goes on from the last close's table, with the buckets of that close; after 25 months it is not kept.
func TestCuresGoOnFromTheLastClose(t *testing.T) {
	f, d := smallFacts()
	for i, c := range []struct {
		event  uint8
		on     civil.Date
		bucket uint16
	}{
		{event: 1, on: testDate, bucket: 2}, {event: 2, on: civil.Of(2026, 9, 1), bucket: 1}, {event: 3, on: civil.Of(2026, 6, 1), bucket: 1},
		{event: 4, on: civil.Of(2025, 12, 1), bucket: 1}, {event: 5, on: civil.Of(2025, 1, 1), bucket: 1}, {event: 1, on: testDate, bucket: 1}, {event: 1, on: testDate, bucket: 1},
	} {
		f.CureEvent[i], f.Days[aging.LastCuredOn][i], f.Codes[aging.LastCuredBucket][i] = c.event, c.on, c.bucket
	}
	b := new(Builder)
	if err := b.Add(batchOf(f, d, 2)); err != nil {
		t.Fatal(err)
	}
	before, err := ReadCures(strings.NewReader("business_date,currency,cured_month,bucket,cured,redefaulted_3m,redefaulted_6m,redefaulted_12m\n" +
		"2026-11-22,CNY,2024-10,M1,9,1,2,3\n2026-11-22,CNY,2024-11,M1,8,1,2,3\n2026-11-22,CNY,2026-09,OLD,7,0,0,0\n2026-11-22,CNY,2026-09,M1,6,0,1,1\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := `currency,cured_month,bucket,cured,redefaulted_3m,redefaulted_6m,redefaulted_12m
CNY,2024-11,M1,8,1,2,3
CNY,2025-12,M1,0,0,0,1
CNY,2026-06,M1,0,0,1,1
CNY,2026-09,M1,6,1,2,2
CNY,2026-09,OLD,7,0,0,0
CNY,2026-11,M1,1,0,0,0
CNY,2026-11,M2,1,0,0,0
USD,2026-11,M1,1,0,0,0
`
	if got := csvOf(t, b.Cures(before, nil, testDate)); got != want {
		t.Errorf("cures are\n%swant\n%s", got, want)
	}
}

// Of the history all earlier months stay, and tonight's month is tonight's.
func TestVintageHistoryKeepsTheLastCloseOfAMonth(t *testing.T) {
	head := "business_date,currency,booked_month,months_on_book,loans,originated,past_due_30,past_due_60,past_due_90,charged_off,recovered,cumulative_loss_rate,as_of\n"
	before, err := ReadVintageHistory(strings.NewReader(head+
		"2026-11-20,CNY,2026-09,1,3,10.50,0.00,0.00,0.00,0.00,0.00,,2026-10-31\n2026-11-20,CNY,2026-09,2,3,10.50,1.00,0.00,0.00,0.00,0.00,0.250000,2026-11-20\n"), 2)
	if err != nil {
		t.Fatal(err)
	}
	vintage := &Table{Name: "vintage", Columns: vintageHistoryTable(2).Columns[:11]}
	vintage.Append("USD", "2026-09", 2, 1, 700, 0, 0, 0, 0, 0, nil)
	vintage.Append("CNY", "2026-09", 2, 3, 1050, 100, 100, 0, 0, 0, 5)
	vintage.Append("CNY", "2026-08", 3, 1, 1, 0, 0, 0, 0, 0, nil)
	want := `currency,booked_month,months_on_book,loans,originated,past_due_30,past_due_60,past_due_90,charged_off,recovered,cumulative_loss_rate,as_of
CNY,2026-08,3,1,0.01,0.00,0.00,0.00,0.00,0.00,,2026-11-23
CNY,2026-09,1,3,10.50,0.00,0.00,0.00,0.00,0.00,,2026-10-31
CNY,2026-09,2,3,10.50,1.00,1.00,0.00,0.00,0.00,0.000005,2026-11-23
USD,2026-09,2,1,7.00,0.00,0.00,0.00,0.00,0.00,,2026-11-23
`
	if got := csvOf(t, VintageHistory(before, vintage, 2, []string{"CNY", "USD"}, testDate)); got != want {
		t.Errorf("the history is\n%swant\n%s", got, want)
	}
}

// What is not as a night published it says where.
func TestReadCSVSaysWhere(t *testing.T) {
	head := "currency,cured_month,bucket,cured,redefaulted_3m,redefaulted_6m,redefaulted_12m\n"
	for text, want := range map[string]string{
		"":                                  "cures.csv: EOF",
		"currency,cured_month\n":            "no column bucket",
		head + "CNY,2026-11,M1,1,0,0,0.5\n": "line 2, column redefaulted_12m",
		head + "CNY,2026-11,M1,1,0\n":       "wrong number of fields",
	} {
		if _, err := ReadCures(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
