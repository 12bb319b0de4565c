package batch

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"daybook/batch/lookup"
	"daybook/batch/policy"
	"daybook/batch/publish"
	"daybook/ledger/civil"
)

type scoredLoanFile struct {
	LoanID       string  `parquet:"loan_id"`
	BorrowerID   string  `parquet:"borrower_id"`
	Product      string  `parquet:"product"`
	Currency     string  `parquet:"currency"`
	Principal    int64   `parquet:"principal,decimal(2:18)"`
	DisbursedOn  int32   `parquet:"disbursed_on,date"`
	FirstDueOn   int32   `parquet:"first_due_on,date"`
	Installments int32   `parquet:"installments"`
	AnnualRate   int64   `parquet:"annual_rate,decimal(9:18)"`
	Region       *string `parquet:"region,optional"`
	OpeningScore int32   `parquet:"opening_score"`
}

// A scoredPortfolio is loans and what is paid on them, a night a week.
type scoredPortfolio struct {
	loans    []scoredLoanFile
	payments map[int32][]repaymentFile // by value date
}

func scoredLoans(n int) *scoredPortfolio {
	r := rand.New(rand.NewPCG(21, 22))
	x := &scoredPortfolio{payments: map[int32][]repaymentFile{}}
	first := int32(civil.Of(2026, 1, 5))
	for i := range n {
		f := scoredLoanFile{
			LoanID: crowded(fmt.Sprintf("L%03d", i)), BorrowerID: fmt.Sprint("B", i), Product: []string{"default", "card"}[i%2], Currency: "EUR",
			Principal: 100_000 + r.Int64N(400_000), DisbursedOn: first - int32(r.IntN(3)), Installments: 6 + int32(r.IntN(12)), AnnualRate: 90_000_000,
			OpeningScore: 500 + int32(r.IntN(200)),
		}
		if k := r.IntN(4); k > 0 {
			f.Region = ptr([]string{"north", "south", "east"}[k-1])
		}
		f.FirstDueOn = f.DisbursedOn + 14 + int32(r.IntN(20))
		x.loans = append(x.loans, f)
		for k := range 6 {
			due := int32(civil.Date(f.FirstDueOn).AddMonths(k, 5))
			if r.IntN(4) > 0 {
				on := due + int32(r.IntN(1+r.IntN(40))) - 4
				x.payments[on] = append(x.payments[on], repaymentFile{fmt.Sprint("P", i, "-", k), f.LoanID, on, f.Principal/int64(f.Installments) + 6000, "EUR"})
			}
		}
	}
	return x
}

// close closes a night with what has come since the one before.
func (x *scoredPortfolio) close(l *lender, last, night civil.Date) {
	l.t.Helper()
	dir := l.in(night.String())
	if last == civil.None {
		write(l.t, dir, "loans", x.loans)
		last = civil.Date(x.loans[0].DisbursedOn) - 10
	}
	var rows []repaymentFile
	for d := last + 1; d <= night; d++ {
		rows = append(rows, x.payments[int32(d)]...)
	}
	if len(rows) > 0 {
		write(l.t, dir, "repayments", rows)
	}
	l.close(night.String())
}

const scoredModel = `tree
version=v4
num_class=1
num_tree_per_iteration=1
max_feature_idx=3
objective=binary sigmoid:1
feature_names=worst late left ratio

Tree=0
num_leaves=3
num_cat=0
split_feature=0 1
threshold=10.5 0.5
decision_type=8 10
left_child=1 -2
right_child=-1 -3
leaf_value=1.5 -1 0.25
internal_value=0.1 -0.5

Tree=1
num_leaves=2
num_cat=0
split_feature=3
threshold=999999.5
decision_type=8
left_child=-1
right_child=-2
leaf_value=0.75 -0.125
internal_value=0.01

end of trees
`

const scoredPolicy = `
format_version: 1
name: scored
jurisdiction: none
currencies: [EUR]
products:
  default: {}
  card: {card: true}
score:
  floor: 300
  ceiling: 850
  initial: 600
  points: {installment_on_time: 0, installment_1_to_7_days_late: 0, installment_over_7_days_late: 0, cured: 0, settled: 0, charged_off: 0}
  bucket_entered: [0]
  regions: [south, north]
  models:
    - name: cards
      file: model.txt
      applies: {product: card}
      features: {worst: worst_days_past_due, late: months_since_last_late, ratio: paid_to_due}
      scale: {from: 0, to: 1, points: [850, 300]}
  cards:
    - name: behaviour
      applies: {months_on_book: ">= 1"}
      base: 480
      attributes:
        - {feature: worst_3m, bins: [{upto: 0, points: 60}, {upto: 1, points: 35}, {points: 0}], missing: 20, reason: arrears_recent}
        - {feature: utilisation, bins: [{upto: 700000, points: 40}, {upto: 900000, points: 15}, {points: 0}], missing: 0, reason: utilisation_high}
        - {feature: region, bins: [{in: [north], points: 5}, {in: [south], points: -5}, {points: 0}], missing: -9, reason: region}
        - {feature: bucket, bins: [{in: [C], points: 3}, {points: -30}], missing: 0, reason: past_due_now}
        - {feature: installments_left, bins: [{upto: 8, points: 2}, {points: 0}], missing: 0, reason: long_to_go}
`

// scoredLender writes the model beside the policy.
func scoredLender(t *testing.T, yaml string) *lender {
	t.Helper()
	l := newLender(t)
	if err := os.WriteFile(filepath.Join(l.dir, "model.txt"), []byte(scoredModel), 0o600); err != nil {
		t.Fatal(err)
	}
	l.scored(yaml)
	return l
}

func (l *lender) scored(yaml string) {
	l.t.Helper()
	p, err := policy.Parse([]byte(yaml), filepath.Join(l.dir, "p.yaml"))
	if err != nil {
		l.t.Fatal(err)
	}
	l.o.Policy = p
}

// cardOf is the score of the card, and modelOf that of the model, by the columns of the tape.
func cardOf(row map[string]string) (points int, applies bool) {
	number := func(name string) int {
		v, err := strconv.Atoi(row[name])
		if err != nil {
			panic(name + ": " + err.Error())
		}
		return v
	}
	points = 480
	switch w := number("worst_3m"); {
	case w <= 0:
		points += 60
	case w <= 1:
		points += 35
	}
	cents := func(name string) float64 {
		v, _ := strconv.ParseFloat(row[name], 64)
		return v
	}
	switch u := math.RoundToEven(1e6 * cents("principal_outstanding") / cents("principal")); {
	case u <= 700_000:
		points += 40
	case u <= 900_000:
		points += 15
	}
	points += map[string]int{"north": 5, "south": -5, "east": -9, "": -9}[row["region"]]
	if row["bucket"] == "C" {
		points += 3
	} else {
		points -= 30
	}
	return points, true
}

// TestScoresByCardAndModel: the tape's scores are what its own columns give, the reasons are
// those of the policy, and the book needs no file of the model any more.
func TestScoresByCardAndModel(t *testing.T) {
	l, x := scoredLender(t, scoredPolicy), scoredLoans(40)
	last, reasons, models := civil.Date(civil.None), map[string]int{}, map[string]int{}
	for night := civil.Of(2026, 1, 8); night < civil.Of(2026, 7, 1); night += 13 {
		x.close(l, last, night)
		if last == civil.None { // the book has both from now on
			l.o.Policy = nil
			if err := os.Remove(filepath.Join(l.dir, "model.txt")); err != nil {
				t.Fatal(err)
			}
		}
		last = night
		for id, row := range l.tape(night.String()) {
			score, err := strconv.Atoi(row["score"])
			if err != nil {
				t.Fatal(err)
			}
			for i := 1; i <= 4; i++ {
				reasons[row[fmt.Sprint("reason_", i)]]++
			}
			switch {
			case row["product"] == "card":
				models[row["score"]]++
				worst, _ := strconv.Atoi(row["worst_days_past_due"])
				raw := []float64{-1, 0.25, 1.5}[modelLeaf(worst, row["months_since_last_late"])]
				first, second := int(math.RoundToEven(850-550/(1+math.Exp(-(raw+0.75))))), int(math.RoundToEven(850-550/(1+math.Exp(-(raw-0.125)))))
				if score != first && score != second {
					t.Errorf("%s, %s: the model gives %d, want %d or %d of %v", night, id, score, first, second, row)
				}
				if row["oldest_unpaid_due_on"] == "" && score != second {
					t.Errorf("%s, %s: nothing due is unpaid, and the score is %d, want %d", night, id, score, second)
				}
			case night < civil.Of(2026, 2, 6): // a month on book for none or some
			default:
				want, _ := cardOf(row)
				left, _ := strconv.Atoi(row["installments"])
				if score != want && score != want+2 || left <= 8 && score != want+2 {
					t.Errorf("%s, %s: the card gives %d, want %d: %v", night, id, score, want, row)
				}
			}
		}
	}
	for _, want := range []string{"arrears_recent", "utilisation_high", "region", "past_due_now", "worst_days_past_due", "paid_to_due"} {
		if reasons[want] == 0 {
			t.Errorf("no reason is %s: %v", want, reasons)
		}
	}
	if len(models) < 4 {
		t.Errorf("the model gave only %v", models)
	}
	l.explains(t, crowded("L001"), "score: model cards, and score.adjustments, from 300 to 850", "model cards gives ")
	l.explains(t, crowded("L002"), "score: card behaviour, and score.adjustments, from 300 to 850", "card behaviour gives ")
	again := filepath.Join(t.TempDir(), "out")
	if _, err := publish.Report(t.Context(), openRead(t, l), publish.ReportOptions{Out: again, Date: last}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"loans/part-0000.parquet", "score_adjustments/part-0000.parquet"} {
		got, err := os.ReadFile(filepath.Join(again, last.String(), name))
		want, err2 := os.ReadFile(filepath.Join(l.o.Out, last.String(), name))
		if err != nil || err2 != nil || string(got) != string(want) {
			t.Errorf("%s is not published again as it was: %v, %v", name, err, err2)
		}
	}
}

// modelLeaf is the leaf of the first tree: of the left branch 0 or 1, of the right 2.
func modelLeaf(worst int, months string) int {
	switch {
	case worst > 10:
		return 2
	case months == "" || months == "0": // missing goes left, as 0 does
		return 0
	}
	return 1
}

const fadingPolicy = `
format_version: 1
name: fading
jurisdiction: none
currencies: [EUR]
products:
  default: {}
  card: {card: true}
score:
  adjustments:
    - {event: installment_on_time, points: 7, cap_month: 5, half_life_days: 45}
    - {event: installment_early, points: 2}
    - {event: installment_over_7_days_late, points: -11, half_life_days: 90}
    - {event: bucket_entered, points: [-10, -25, -40], cap_month: 45, half_life_days: 365}
`

// TestScoresByAdjustments: every night, once a month, and with all files of a month late: the
// scores are the same. And a book that scored by points alone until a night has from that
// night on those of a book that never did.
func TestScoresByAdjustments(t *testing.T) {
	t.Parallel()
	const plain = "format_version: 1\nname: plain\njurisdiction: none\ncurrencies: [EUR]\nproducts:\n  default: {}\n  card: {card: true}\n"
	x := scoredLoans(30)
	first, end := civil.Of(2026, 1, 8), civil.Of(2026, 6, 20)
	scoresOf := func(l *lender) string {
		var list []string
		for id, row := range l.tape(end.String()) {
			list = append(list, id+" "+row["score"])
		}
		slices.Sort(list)
		return strings.Join(list, "\n")
	}
	want := ""
	for _, how := range []struct {
		name    string
		every   civil.Date
		changed civil.Date // first night of the policy
	}{
		{"every third night", 3, 0}, {"every month", 31, 0}, {"at the end", end - first, 0}, {"a policy that comes later", 7, civil.Of(2026, 4, 1)},
		{"a policy that comes last", 17, end},
	} {
		l := newLender(t)
		l.policy(fadingPolicy)
		if how.changed > 0 {
			l.policy(plain)
		}
		x.close(l, civil.None, first)
		l.o.Policy = nil
		changed := how.changed == 0
		for last := first; last < end; {
			night := min(last+how.every, end)
			if !changed && night >= how.changed {
				l.policy(strings.Replace(fadingPolicy, "name: fading", "name: fading\neffective_from: "+night.String(), 1))
				changed = true
			} else {
				l.o.Policy = nil
			}
			x.close(l, last, night)
			last = night
		}
		got := scoresOf(l)
		l.explains(t, crowded("L004"), "score.adjustments on the opening score, from 300 to 850", "; its events have ")
		switch {
		case want == "":
			want = got
		case how.changed == 0 && got != want:
			t.Errorf("%s: the scores are\n%s\nwant\n%s", how.name, got, want)
		case how.changed > 0 && got == want:
			t.Errorf("%s: the days before it are not those of points alone", how.name)
		}
	}
}

// explains holds what is explained of a loan's score: its rule, and part of why.
func (l *lender) explains(t *testing.T, id, rule, because string) {
	t.Helper()
	r, err := lookup.Open(openRead(t, l))
	if err != nil {
		t.Fatal(err)
	}
	e, err := r.Explain(id)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(e.Rules, func(f lookup.Fired) bool { return f.Decides == "score" })
	if i < 0 || e.Rules[i].Rule != rule || !strings.Contains(e.Rules[i].Because, because) {
		t.Errorf("%s is explained by %+v, want %q with %q", id, e.Rules, rule, because)
	}
}

// An opening score lies within the policy's bounds, as each score does, so that nothing that
// happens on time takes points and nothing late gives any; a row that comes again is the same.
func TestOpeningScoreIsWithinBounds(t *testing.T) {
	l := newLender(t)
	l.policy("format_version: 1\nname: bounds\njurisdiction: none\ncurrencies: [EUR]\nproducts: {default: {}}\nscore: {floor: 300, ceiling: 850}\n")
	var rows []scoredLoanFile
	for _, score := range []int32{-7, 299, 300, 600, 850, 851, 99999} {
		rows = append(rows, scoredLoanFile{
			LoanID: fmt.Sprint("L", score), BorrowerID: fmt.Sprint("B", score), Product: "default", Currency: "EUR", Principal: 120000, Installments: 12,
			AnnualRate: 120_000_000, DisbursedOn: int32(day(t, "2026-01-01")), FirstDueOn: int32(day(t, "2026-02-01")), OpeningScore: score,
		})
	}
	write(t, l.in("2026-01-01"), "loans-a", rows)
	l.close("2026-01-01")
	for _, row := range rows {
		if got, want := l.tape("2026-01-01")[row.LoanID]["score"], fmt.Sprint(min(max(row.OpeningScore, 300), 850)); got != want {
			t.Errorf("%s begins with %s, want %s", row.LoanID, got, want)
		}
	}
	write(t, l.in("2026-03-01"), "loans-again", rows)
	tallyIs(t, l.close("2026-03-01"), "loans-again", 0, 7, 0, 0)
	for id, row := range l.tape("2026-03-01") {
		if was := l.tape("2026-01-01")[id]["score"]; row["score"] > was { // both of three digits
			t.Errorf("%s is late and its score went from %s to %s", id, was, row["score"])
		}
	}
	verifySilent(t, l)
}
