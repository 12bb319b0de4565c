package portfolio

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

func generate(t *testing.T, o Options) string {
	t.Helper()
	dir := t.TempDir()
	if err := Generate(context.Background(), dir, o); err != nil {
		t.Fatalf("%+v: %v", o, err)
	}
	return dir
}

// digest is of all names and bytes below a folder.
func digest(t *testing.T, dir string) string {
	t.Helper()
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		fmt.Fprintln(h, strings.TrimPrefix(path, dir))
		_, err = io.Copy(h, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// read decodes all files of a kind of one night.
func read[T any](t *testing.T, dir string, night civil.Date, kind string) []T {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, night.String(), kind+"-*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	var all []T
	for _, p := range paths {
		rows, err := parquet.ReadFile[T](p)
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		all = append(all, rows...)
	}
	return all
}

// The number of workers is tuning: it must never change a byte.
func TestWorkersDoNotChangeTheBytes(t *testing.T) {
	for _, p := range []Profile{Retail, Ordinary, Everyone} {
		o := Options{Loans: 3000, Nights: 3, Seed: 11, Profile: p, Workers: 1}
		want := digest(t, generate(t, o))
		for _, workers := range []int{2, 7} {
			o.Workers = workers
			if got := digest(t, generate(t, o)); got != want {
				t.Errorf("%v, %d workers: digest %s, want %s", p, workers, got, want)
			}
		}
		o.Seed++
		if digest(t, generate(t, o)) == want {
			t.Errorf("%v: seeds %d and %d give the same bytes", p, o.Seed-1, o.Seed)
		}
	}
}

// A lender of another length has the same first nights.
func TestNightsDoNotChangeEarlierNights(t *testing.T) {
	for _, p := range []Profile{Retail, Ordinary, Everyone} {
		o := Options{Loans: 500, Nights: 2, Seed: 3, Profile: p}
		short := generate(t, o)
		o.Nights = 5
		long := generate(t, o)
		for n := range 2 {
			name := o.Night(n).String()
			if got, want := digest(t, filepath.Join(long, name)), digest(t, filepath.Join(short, name)); got != want {
				t.Errorf("%v, night %s: digest %s, want %s", p, name, got, want)
			}
		}
	}
}

func TestPermutation(t *testing.T) {
	for _, n := range []int64{1, 2, 3, 100, 4097} {
		l := newLender(Options{Loans: int(n), Nights: 1, Seed: 5}.withDefaults())
		p := l.permutation(0, n)
		seen := make([]bool, n)
		for i := range n {
			if seen[p.at(i)] {
				t.Fatalf("n=%d: %d comes twice", n, p.at(i))
			}
			seen[p.at(i)] = true
		}
	}
}

// Every loan of the files is one that a night would book, and all kinds of
// terms are there.
func TestTermsAreTheContracts(t *testing.T) {
	for _, profile := range []Profile{Retail, Ordinary, Everyone} {
		o := Options{Loans: 5000, Nights: 2, Seed: 1, Profile: profile}.withDefaults()
		l := newLender(o)
		dir := generate(t, o)
		methods, dayCounts, frequencies := map[string]int{}, map[string]int{}, map[string]int{}
		for n := range o.Nights {
			for _, r := range read[loanRow](t, dir, o.Night(n), "loans") {
				methods[r.Method]++
				dayCounts[r.DayCount]++
				frequencies[r.Frequency]++
				terms := l.contract(number(r.LoanID[1:])).terms
				if reason := terms.Check(o.Night(n), 1); reason != loan.OK {
					t.Errorf("%v, loan %s: %s", profile, r.LoanID, reason.Text())
				}
				if r.Principal != int64(terms.Principal) || r.AnnualRate*1000 != int64(terms.Rate) || r.DisbursedOn != int32(terms.DisbursedOn) {
					t.Errorf("%v, loan %s: row %+v is not %+v", profile, r.LoanID, r, terms)
				}
			}
		}
		// All methods but capitalized, the last.
		if profile == Retail && (len(methods) != int(loan.Capitalized) || len(dayCounts) != int(civil.DayCounts) || len(frequencies) != 4) {
			t.Errorf("methods %v, day counts %v, frequencies %v", methods, dayCounts, frequencies)
		}
	}
}

func number(digits []byte) (v int64) {
	for _, d := range digits {
		v = v*10 + int64(d-'0')
	}
	return v
}

// What a payer pays for an instalment is what the schedule says: in one piece
// or two, with the charges that were made before.
func TestAmountsFollowTheSchedule(t *testing.T) {
	o := Options{Loans: 2000, Nights: 4, Seed: 9}.withDefaults()
	l := newLender(o)
	dir := generate(t, o)
	paid := map[string]int64{} // by loan and instalment, first and second part
	charged := map[string]int64{}
	for n := range o.Nights {
		for _, r := range read[repaymentRow](t, dir, o.Night(n), "repayments") {
			paid[string(r.RepaymentID)] = r.Amount
		}
		for _, r := range read[adjustmentRow](t, dir, o.Night(n), "adjustments") {
			if r.Kind != "reversal" {
				id := string(r.AdjustmentID)
				charged["R"+id[1:len(id)-1]] += r.Amount
			} else if _, ok := paid[string(r.TargetID)]; !ok {
				t.Errorf("reversal %s before its payment %s", r.AdjustmentID, r.TargetID)
			}
		}
	}
	var annuities loan.Annuities
	checked := 0
	for id, amount := range paid {
		if id[len(id)-1] != 'a' {
			continue
		}
		c := l.contract(number([]byte(id[1:11])))
		c.terms.Level = annuities.Level(&c.terms, loan.Rounding{})
		total := int64(c.terms.Schedule(nil)[number([]byte(id[12:15]))-1].Total())
		base := id[:len(id)-1]
		switch rest, parted := paid[base+"b"]; {
		case amount == total+charged[base], parted && amount+rest == total:
			checked++
		case amount < total && !parted: // the rest comes after the last night
		default:
			t.Errorf("%s: paid %d of %d, charges %d, rest %d", id, amount, total, charged[base], rest)
		}
	}
	if checked < 3000 {
		t.Errorf("only %d instalments were paid in full", checked)
	}
}

// A night stays far below the default policy's thresholds for rejects, and a
// small lender has none.
func TestFaultsAreFew(t *testing.T) {
	for _, o := range []Options{{Loans: 300, Seed: 4}, {Loans: 20_000, Seed: 4}, {Loans: 20_000, Seed: 5, Profile: Everyone}} {
		o = o.withDefaults()
		dir := generate(t, o)
		for n := range o.Nights {
			var rows, bad, amount, badAmount, again int64
			seen := map[string]bool{}
			for _, r := range read[repaymentRow](t, dir, o.Night(n), "repayments") {
				rows++
				amount += max(r.Amount, -r.Amount)
				if strings.HasSuffix(string(r.RepaymentID), "x") {
					bad++
					badAmount += max(r.Amount, -r.Amount)
				}
				if seen[string(r.RepaymentID)] {
					again++
				}
				seen[string(r.RepaymentID)] = true
			}
			if bad*2000 > rows || badAmount*2000 > amount || o.Loans < 1000 && bad > 0 {
				t.Errorf("%+v, night %d: %d of %d rows, %d of %d minor units have a fault", o, n, bad, rows, badAmount, amount)
			}
			if n == 0 && o.Loans > 1000 && (bad == 0 && o.Profile == Retail || again == 0) {
				t.Errorf("%+v: %d faults and %d duplicates in the first night", o, bad, again)
			}
		}
	}
}

// pastDue returns the days past due of every loan at the close of a date, from
// the payments that stand: money goes to the oldest instalment first.
func pastDue(t *testing.T, o Options, dir string, date civil.Date) []int {
	t.Helper()
	l := newLender(o)
	paid := make([]money.Amount, l.nights[len(l.nights)-1].loans)
	amounts := map[string]money.Amount{}
	for d := o.FirstNight; d <= date; d++ {
		for _, r := range read[repaymentRow](t, dir, d, "repayments") {
			id := string(r.RepaymentID)
			if _, again := amounts[id]; !again && !strings.HasSuffix(id, "x") {
				amounts[id] = money.Amount(r.Amount)
				paid[number(r.LoanID[1:])] += money.Amount(r.Amount)
			}
		}
		for _, r := range read[adjustmentRow](t, dir, d, "adjustments") {
			paid[number(r.LoanID[1:])] -= amounts[string(r.TargetID)]
		}
	}
	var annuities loan.Annuities
	days := make([]int, len(paid))
	for i := range paid {
		c := l.contract(int64(i))
		c.terms.Level = annuities.Level(&c.terms, loan.Rounding{})
		for _, s := range c.terms.Schedule(nil) {
			if paid[i] -= s.Total(); paid[i] < 0 && s.DueOn < date {
				days[i] = int(date - s.DueOn)
			}
			if paid[i] < 0 {
				break
			}
		}
	}
	return days
}

// The book looks like a real one: most loans are current, and there are loans
// in each month past due.
func TestBookHasATail(t *testing.T) {
	o := Options{Loans: 6000, Nights: 3, Seed: 2}.withDefaults()
	dir := generate(t, o)
	var buckets [9]int
	days := pastDue(t, o, dir, o.Night(2))
	for _, d := range days {
		buckets[min((d+29)/30, 8)]++
	}
	t.Logf("current, M1 to M8: %v", buckets)
	if current := buckets[0] * 100 / len(days); current < 85 || current > 97 {
		t.Errorf("%d %% of the loans are current", current)
	}
	if slices.Contains(buckets[:8], 0) {
		t.Errorf("a month past due is empty: %v", buckets)
	}
}

func TestBenchProfiles(t *testing.T) {
	for _, p := range []Profile{Ordinary, Everyone} {
		o := Options{Loans: 10_000, Nights: 2, Seed: 6, Profile: p}.withDefaults()
		dir := generate(t, o)
		payers := map[string]bool{}
		sorted := true
		last := ""
		for _, r := range read[repaymentRow](t, dir, o.Night(1), "repayments") {
			if r.LoanID[0] == 'L' && r.ValueDate == int32(o.Night(1)) {
				payers[string(r.LoanID)] = true
				sorted = sorted && last <= string(r.LoanID)
				last = string(r.LoanID)
			}
		}
		switch {
		case sorted:
			t.Errorf("%v: payments come in the order of the loans", p)
		case p == Everyone && len(payers) != o.Loans:
			t.Errorf("%d of %d loans pay", len(payers), o.Loans)
		case p == Ordinary && (len(payers) < o.Loans*4/100 || len(payers) > o.Loans*6/100):
			t.Errorf("%d of %d loans pay on an ordinary night", len(payers), o.Loans)
		}
		// At most 48, so that the bench can close 30 nights before any is past 90.
		if worst := slices.Max(pastDue(t, o, dir, o.Night(1))); worst < 30 || worst > 48 {
			t.Errorf("%v: the worst loan is %d days past due", p, worst)
		}
	}
}

// The third night brings a file of the second again.
func TestAFileIsDeliveredTwice(t *testing.T) {
	o := Options{Loans: 5000, Nights: 3, Seed: 8}
	dir := generate(t, o)
	first, err := os.ReadFile(filepath.Join(dir, o.Night(1).String(), "repayments-card-0001.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := os.ReadFile(filepath.Join(dir, o.Night(2).String(), "repayments-card-0001-again.parquet"))
	if err != nil || !slices.Equal(first, again) {
		t.Errorf("the files differ, error %v", err)
	}
}

func TestFailuresLeaveNothing(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	o := Options{Loans: 5000, Nights: 2, Workers: 1, Progress: func(done, total int) {
		if done == 5 { // the second night has begun
			cancel()
		}
	}}
	if err := Generate(ctx, dir, o); err == nil {
		t.Error("a cancelled context gives no error")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != o.Night(0).String() {
		t.Errorf("the folder has %v, want the whole first night alone", entries)
	}
	if err := Generate(context.Background(), dir, o); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("over an existing night: error %v", err)
	}
	for _, bad := range []Options{{Loans: -1}, {Nights: 5000}, {FirstNight: civil.Max}, {Profile: 9}} {
		if err := Generate(context.Background(), t.TempDir(), bad); err == nil {
			t.Errorf("%+v gives no error", bad)
		}
	}
}
