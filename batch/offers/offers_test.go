package offers

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/reports"
)

var on = civil.Of(2026, 11, 20)

// aNight is a published night with offers for two loans, in a currency of three digits,
// and its loan tape; and an empty inbox.
func aNight(t *testing.T) (night, inbox string) {
	t.Helper()
	dir := t.TempDir()
	night, inbox = filepath.Join(dir, "out", on.String()), filepath.Join(dir, "in")
	for _, d := range []string{filepath.Join(night, "queue"), filepath.Join(night, "loans"), inbox} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	text := func(name string) reports.Column { return reports.Column{Name: name, Kind: reports.Text} }
	date := func(name string) reports.Column {
		return reports.Column{Name: name, Kind: reports.Date, Optional: true}
	}
	amount := func(name string) reports.Column {
		return reports.Column{Name: name, Kind: reports.Amount, Digits: 3, Optional: true}
	}
	offers := &reports.Table{Name: "offers", Columns: []reports.Column{
		text("offer_id"), text("loan_id"), {Name: "kind", Kind: reports.Coded}, date("value_date"), date("valid_until"),
		{Name: "months", Kind: reports.Number, Optional: true}, date("first_due_on"), date("until"),
		{Name: "annual_rate", Kind: reports.Rate, Digits: 9, Optional: true}, amount("waived"), amount("forgiven"), amount("pay_amount"), date("pay_by"),
	}}
	valid, due := on+14, on+30
	offers.Append("plan", "L1", installmentPlan, on, valid, 2, due, nil, 180_000_000, 8_880, 0, nil, nil)
	offers.Append("free", "L1", reducedInstallment, on, valid, 1, due, nil, 0, 0, 0, nil, nil)
	offers.Append("longer", "L1", extension, on, valid, 1, due, nil, 180_000_000, 0, 0, nil, nil)
	offers.Append("pause", "L1", pause, on, valid, 2, nil, on+61, nil, 0, 0, nil, nil)
	offers.Append("penalty", "L1", penaltyWaiver, on, valid, nil, nil, nil, nil, 8_880, 0, nil, nil)
	offers.Append("interest", "L1", interestWaiver, on, valid, nil, nil, nil, nil, 5_000, 0, nil, nil)
	offers.Append("settle", "L2", settlement, on, valid, nil, nil, nil, nil, 0, 60_000, 940_000, on+10)
	offers.Append("settle1", "L1", settlement, on, valid, nil, nil, nil, nil, 0, 3_000, 107_880, on+30)
	lines := &reports.Table{Name: "offer_installments", Columns: []reports.Column{
		text("offer_id"), {Name: "number", Kind: reports.Number}, date("due_on"), amount("principal"), amount("interest"), amount("owed_interest"),
	}}
	lines.Append("plan", 2, on+61, 50_001, 1_000, 2_500)
	lines.Append("plan", 1, due, 49_999, 2_000, 2_500)
	lines.Append("free", 1, due, 100_000, 0, 5_000)
	lines.Append("longer", 1, due, 100_000, 2_000, 5_000)
	tape := &reports.Table{Name: "loans", Columns: []reports.Column{
		text("loan_id"), amount("principal_outstanding"), amount("interest_outstanding"), amount("fees_outstanding"), amount("penalties_outstanding"),
	}}
	tape.Append("L0", 1, 2, 3, 4)
	tape.Append("L1", 97_000, 5_000, 0, 8_880)
	tape.Append("L2", 970_000, 20_000, 7_000, 3_000)
	for path, table := range map[string]*reports.Table{"queue/offers.parquet": offers, "queue/offer_installments.parquet": lines, "loans/part-00000.parquet": tape} {
		if _, err := reports.WriteParquet(filepath.Join(night, path), table); err != nil {
			t.Fatal(err)
		}
	}
	return night, inbox
}

// rowsOf are the rows of a file as text.
func rowsOf(t *testing.T, path string) (list []string) {
	t.Helper()
	table, err := reports.ReadParquet(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range table.Rows() {
		list = append(list, strings.Join(reports.Row(table.Columns, i), " "))
	}
	return list
}

// TestRows: what books each kind of offer.
func TestRows(t *testing.T) {
	for _, x := range []struct {
		ids                    string
		paidOn                 civil.Date
		adjustments, schedules []string
	}{
		{"plan", civil.None, []string{
			"plan-1 L1 waiver 2026-11-20 8.880 penalty       offer:plan",
			"plan-2 L1 restructure 2026-11-20    2 0.180000000 1M 2026-12-20 plan offer:plan",
		}, []string{"L1 1 2026-12-20 49.999 2.000 line", "L1 2 2027-01-20 50.001 1.000 line"}},
		{"free", on + 1, []string{"free-1 L1 restructure 2026-11-20    1 0.000000000 1M 2026-12-20 plan offer:free"}, []string{"L1 1 2026-12-20 100.000 0.000 line"}},
		{"pause,penalty,interest", civil.None, []string{
			"pause-1 L1 pause 2026-11-20   2027-01-20     shift offer:pause",
			"penalty-1 L1 waiver 2026-11-20 8.880 penalty       offer:penalty",
			"interest-1 L1 waiver 2026-11-20 5.000 interest       offer:interest",
		}, nil},
		{"settle", on + 10, []string{
			"settle-1 L2 waiver 2026-11-20 3.000 penalty       offer:settle",
			"settle-2 L2 waiver 2026-11-20 7.000 fee       offer:settle",
			"settle-3 L2 waiver 2026-11-20 20.000 interest       offer:settle",
			"settle-4 L2 waiver 2026-11-20 30.000 principal      principal_forgiveness offer:settle",
			"settle-5 L2 restructure 2026-11-20    1  1M 2026-11-30 plan offer:settle",
		}, []string{"L2 1 2026-11-30 940.000 0.000 line"}},
		{"settle1", on + 1, []string{
			"settle1-1 L1 waiver 2026-11-20 3.000 penalty       offer:settle1",
			"settle1-2 L1 restructure 2026-11-20    1  1M 2026-11-21 plan offer:settle1",
		}, []string{"L1 1 2026-11-21 97.000 0.000 line"}},
		{"settle,plan,plan", on + 1, []string{ // of two loans, in the order of the night's file
			"plan-1 L1 waiver 2026-11-20 8.880 penalty       offer:plan",
			"plan-2 L1 restructure 2026-11-20    2 0.180000000 1M 2026-12-20 plan offer:plan",
			"settle-1 L2 waiver 2026-11-20 3.000 penalty       offer:settle",
			"settle-2 L2 waiver 2026-11-20 7.000 fee       offer:settle",
			"settle-3 L2 waiver 2026-11-20 20.000 interest       offer:settle",
			"settle-4 L2 waiver 2026-11-20 30.000 principal      principal_forgiveness offer:settle",
			"settle-5 L2 restructure 2026-11-20    1  1M 2026-11-21 plan offer:settle",
		}, []string{"L1 1 2026-12-20 49.999 2.000 line", "L1 2 2027-01-20 50.001 1.000 line", "L2 1 2026-11-21 940.000 0.000 line"}},
	} {
		night, inbox := aNight(t)
		taken, err := Take(Options{Night: night, IDs: strings.Split(x.ids, ","), PaidOn: x.paidOn, Today: on + 14, Inbox: inbox})
		if err != nil {
			t.Errorf("%s: %v", x.ids, err)
			continue
		}
		want := []File{{filepath.Join(inbox, "adjustments-offers-2026-11-20.parquet"), int64(len(x.adjustments))}}
		if x.schedules != nil {
			want = append(want, File{filepath.Join(inbox, "schedules-offers-2026-11-20.parquet"), int64(len(x.schedules))})
		}
		if fmt.Sprint(taken.Files) != fmt.Sprint(want) || taken.Night != on {
			t.Errorf("%s: %+v, want %+v", x.ids, taken, want)
		}
		if entries, err := os.ReadDir(inbox); err != nil || len(entries) != len(want) {
			t.Errorf("%s: the inbox has %v: %v", x.ids, entries, err)
		}
		for i, rows := range [][]string{x.adjustments, x.schedules} {
			if rows == nil {
				continue
			}
			if got := rowsOf(t, want[i].Path); strings.Join(got, "\n") != strings.Join(rows, "\n") {
				t.Errorf("%s:\n%s\nwant\n%s", x.ids, strings.Join(got, "\n"), strings.Join(rows, "\n"))
			}
		}
	}
}

// TestRefused: offers that can't be taken leave nothing behind.
func TestRefused(t *testing.T) {
	for _, x := range []struct {
		ids           string
		paidOn, today civil.Date
		want          string
	}{
		{"", civil.None, on + 1, "no offer is named"},
		{"plan,,pause", civil.None, on + 1, "no offer is named"},
		{"plan,nobody,other", civil.None, on + 1, "has no offer nobody, other"},
		{"plan", civil.None, on + 15, "offer plan was valid until 2026-12-04, and it is 2026-12-05"},
		{"plan", on + 15, on + 1, "offer plan was valid until 2026-12-04, and it is 2026-12-05"},
		{"plan", on - 1, on + 1, "offer plan was made on 2026-11-20, and taken on 2026-11-19"},
		{"settle", civil.None, on + 1, "offer settle is a settlement, which is booked when it is paid"},
		{"settle", on + 11, on + 1, "offer settle was to be paid by 2026-11-30, and was paid on 2026-12-01"},
		{"settle", on, on + 1, "offer settle counts from 2026-11-20 on, and was paid on 2026-11-20"},
		{"plan,free", civil.None, on + 1, "exclude each other: each gives the loan new instalments"},
		{"longer,plan", civil.None, on + 1, "exclude each other: each gives the loan new instalments"},
		{"pause,plan", civil.None, on + 1, "exclude each other: each moves what is to come"},
		{"interest,free", civil.None, on + 1, "exclude each other: the plan spreads the interest"},
		{"plan,penalty", civil.None, on + 1, "exclude each other: both waive penalties"},
		{"settle1,penalty", on + 1, on + 1, "exclude each other: a settlement is of all that is owed"},
	} {
		night, inbox := aNight(t)
		_, err := Take(Options{Night: night, IDs: strings.Split(x.ids, ","), PaidOn: x.paidOn, Today: x.today, Inbox: inbox})
		var refused *RefusedError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%q: %v, want %s", x.ids, err, x.want)
		}
		if entries, err := os.ReadDir(inbox); err != nil || len(entries) > 0 {
			t.Errorf("%q: the inbox has %v: %v", x.ids, entries, err)
		}
	}
	// A plan that waives nothing goes with a waiver of penalties, and both on the last day.
	night, inbox := aNight(t)
	if _, err := Take(Options{Night: night, IDs: []string{"free", "penalty"}, PaidOn: civil.None, Today: on + 14, Inbox: inbox}); err != nil {
		t.Error(err)
	}
}

// TestNothingIsReplaced: a file that is there stays as it is, and neither is written.
func TestNothingIsReplaced(t *testing.T) {
	for _, name := range []string{"adjustments-offers-2026-11-20.parquet", "schedules-offers-2026-11-20.parquet"} {
		night, inbox := aNight(t)
		path := filepath.Join(inbox, name)
		if err := os.Symlink("nowhere", path); err != nil { // a link that leads nowhere is there, too
			t.Fatal(err)
		}
		o := Options{Night: night, IDs: []string{"plan"}, PaidOn: civil.None, Today: on + 1, Inbox: inbox}
		_, err := Take(o)
		var refused *RefusedError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "is there already") || refused.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
		// As if another run had given its file the name after this one had looked.
		made := filepath.Join(t.TempDir(), "made")
		if err := os.WriteFile(made, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := give(made, path); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
		if to, err := os.Readlink(path); to != "nowhere" {
			t.Errorf("%s leads to %s: %v", name, to, err)
		}
		if entries, err := os.ReadDir(inbox); err != nil || len(entries) != 1 {
			t.Errorf("%s: the inbox has %v: %v", name, entries, err)
		}
	}
	// What is not needed is not in the way; and the schedules go where the adjustments can't.
	night, inbox := aNight(t)
	if err := os.WriteFile(filepath.Join(inbox, "schedules-offers-2026-11-20.parquet"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Take(Options{Night: night, IDs: []string{"pause"}, PaidOn: civil.None, Today: on + 1, Inbox: inbox}); err != nil {
		t.Error(err)
	}
	n, err := readNight(night, []string{"plan"})
	if err != nil {
		t.Fatal(err)
	}
	adjustments, schedules := n.book(civil.None)
	files := []File{{Path: filepath.Join(inbox, "adjustments-offers-2026-11-20.parquet")}, {Path: filepath.Join(inbox, "schedules-x.parquet")}}
	if err := write(inbox, []*reports.Table{adjustments, schedules}, files); err == nil {
		t.Error("adjustments that are there are replaced")
	}
	if entries, err := os.ReadDir(inbox); err != nil || len(entries) != 2 {
		t.Errorf("the inbox has %v: %v", entries, err)
	}
}

// TestDamagedNights: what is not there, or is not as the night wrote it, is said.
func TestDamagedNights(t *testing.T) {
	for _, x := range []struct {
		id, path string
		columns  []reports.Column
		want     string
	}{
		{"plan", "queue/offers.parquet", nil, "has no queue/offers.parquet"},
		{"plan", "queue/offer_installments.parquet", nil, "no such file"},
		{"settle", "loans/part-00000.parquet", nil, "has no loan L2"},
		{"plan", "queue/offers.parquet", []reports.Column{{Name: "offer_id", Kind: reports.Text}}, "has no column loan_id"},
		{"plan", "queue/offer_installments.parquet", []reports.Column{
			{Name: "offer_id", Kind: reports.Text}, {Name: "number", Kind: reports.Text}, {Name: "due_on", Kind: reports.Date},
			{Name: "principal", Kind: reports.Amount}, {Name: "interest", Kind: reports.Amount},
		}, "column number is of another type"},
		{"plan", "queue/offer_installments.parquet", []reports.Column{
			{Name: "offer_id", Kind: reports.Text}, {Name: "number", Kind: reports.Number}, {Name: "due_on", Kind: reports.Date},
			{Name: "principal", Kind: reports.Amount}, {Name: "interest", Kind: reports.Amount},
		}, "has 0 instalments of offer plan, which has 2"},
	} {
		night, inbox := aNight(t)
		path := filepath.Join(night, x.path)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if x.columns != nil {
			if _, err := reports.WriteParquet(path, &reports.Table{Columns: x.columns}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := Take(Options{Night: night, IDs: []string{x.id}, PaidOn: on + 1, Today: on + 1, Inbox: inbox})
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want %s", x.path, err, x.want)
		}
	}
	night, inbox := aNight(t)
	tape := &reports.Table{Columns: []reports.Column{{Name: "loan_id", Kind: reports.Text}}}
	values := []any{"L2"}
	for _, name := range owedColumns {
		tape.Columns = append(tape.Columns, reports.Column{Name: name, Kind: reports.Amount, Digits: 3})
		values = append(values, 1)
	}
	tape.Append(values...)
	path := filepath.Join(night, "loans", "part-00000.parquet")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := reports.WriteParquet(path, tape); err != nil {
		t.Fatal(err)
	}
	if _, err := Take(Options{Night: night, IDs: []string{"settle"}, PaidOn: on + 1, Today: on + 1, Inbox: inbox}); err == nil || !strings.Contains(err.Error(), "is not of what loan L2 owes") {
		t.Error(err)
	}
	if _, err := Take(Options{Night: night, IDs: []string{"pause"}, PaidOn: on + 1, Inbox: filepath.Join(inbox, "none")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an inbox that is not there: %v", err)
	}
}
