package score

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/aging/score/trees"
)

// A card as in the contract: its points, and why they are not more.
func TestCard(t *testing.T) {
	const arrears, used, where, age = Reasons, Reasons + 1, Reasons + 2, Reasons + 3
	c := Card{Base: 480, Attributes: []Attribute{
		{Feature: Worst6m, Bins: []Bin{{UpTo: 0, Points: 60}, {UpTo: 1, Points: 35}, {Points: 0}}, Missing: 20, Reason: arrears},
		{Feature: Utilisation, Bins: []Bin{{UpTo: 300_000, Points: 10}, {UpTo: 900_000, Points: 40}, {Points: -25}}, Missing: 50, Reason: used},
		{Feature: RegionCode, Bins: []Bin{{Codes: []int64{0, 2}, Points: 5}, {Points: -5}}, Missing: -15, Reason: where},
		{Feature: MonthsOnBook, Bins: []Bin{{UpTo: 12, Points: -10}, {Points: 0}}, Missing: -60, Reason: age},
	}}
	for _, x := range []struct {
		name    string
		set     map[Feature]int64
		want    int32
		reasons [4]Reason
	}{
		{"nothing known", nil, 480 + 20 + 50 - 15 - 60, [4]Reason{age, arrears, where}}, // 60 and 40 and 20 lost, of use none
		{"the best of all", map[Feature]int64{Worst6m: 0, Utilisation: 300_001, RegionCode: 2, MonthsOnBook: 13}, 585, [4]Reason{}},
		{"edges of bins", map[Feature]int64{Worst6m: 1, Utilisation: 900_001, RegionCode: 1, MonthsOnBook: 12}, 480 + 35 - 25 - 5 - 10,
			[4]Reason{used, arrears, where, age}}, // 65, 25, 10 and 10 lost: equal ones in the card's order
		{"below all", map[Feature]int64{Worst6m: -3, Utilisation: -1, RegionCode: 0, MonthsOnBook: -1}, 480 + 60 + 10 + 5 - 10, [4]Reason{used, age}},
		{"beyond all", map[Feature]int64{Worst6m: 7, Utilisation: math.MaxInt64, RegionCode: 3, MonthsOnBook: 13}, 480 - 25 - 5, [4]Reason{used, arrears, where}},
	} {
		var f Features
		for feature, v := range x.set {
			f.Set(feature, v)
		}
		if got, reasons := c.Score(&f); got != x.want || reasons != x.reasons {
			t.Errorf("%s: %d %v, want %d %v", x.name, got, reasons, x.want, x.reasons)
		}
	}
}

// The four reasons that lost most are those of all losses sorted, each reason once.
func TestReasonsAreTheGreatest(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		type loss struct {
			reason Reason
			lost   int32
		}
		list := make([]loss, r.IntN(9))
		var reasons [4]Reason
		var lost [4]int32
		for i := range list {
			list[i] = loss{Reason(1 + r.IntN(6)), int32(r.IntN(8) - 2)}
			rank(&reasons, &lost, list[i].reason, list[i].lost)
		}
		sorted := slices.Clone(list)
		slices.SortStableFunc(sorted, func(a, b loss) int { return int(b.lost - a.lost) })
		var want []Reason
		for _, x := range sorted {
			if x.lost > 0 && !slices.Contains(want, x.reason) && len(want) < 4 {
				want = append(want, x.reason)
			}
		}
		if got := slices.DeleteFunc(reasons[:], func(r Reason) bool { return r == None }); !slices.Equal(got, want) {
			t.Fatalf("%v: %v, want %v", list, got, want)
		}
	}
}

func TestApplies(t *testing.T) {
	var f Features
	f.Set(DaysPastDue, 8)
	f.Set(ProductCode, 3)
	for _, x := range []struct {
		applies Applies
		want    bool
	}{
		{nil, true},
		{Applies{{Feature: DaysPastDue, Low: 8, High: 8}}, true},
		{Applies{{Feature: DaysPastDue, Low: 1, High: 7}}, false},
		{Applies{{Feature: DaysPastDue, Low: 9, High: 90}}, false},
		{Applies{{Feature: ProductCode, Codes: []int64{1, 3}}, {Feature: DaysPastDue, Low: 0, High: 90}}, true},
		{Applies{{Feature: ProductCode, Codes: []int64{1}}, {Feature: DaysPastDue, Low: 0, High: 90}}, false},
		{Applies{{Feature: LastScore, Low: math.MinInt64, High: math.MaxInt64}}, false}, // what is null meets nothing
	} {
		if got := x.applies.Hold(&f); got != x.want {
			t.Errorf("%v: %v", x.applies, got)
		}
	}
}

func TestFeatureNames(t *testing.T) {
	for f := range FeatureKinds {
		if got, ok := FeatureOf(f.String()); !ok || got != f {
			t.Errorf("%q is feature %d, want %d", f, got, f)
		}
	}
	if _, ok := FeatureOf("worst_1m"); ok {
		t.Error("worst_1m is a feature")
	}
	if ProductCode.String() != "product" || !BucketCode.Coded() || !LoansOnBook.OfBorrower() || LastScore.OfBorrower() || Cures.Coded() {
		t.Error("the last features are not in their places")
	}
}

// fitted returns the binary model of LightGBM over the features in their order, wrapped
// around where it has more of them.
func fitted(t *testing.T) *Fitted {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("trees", "testdata", "binary.model"))
	if err != nil {
		t.Fatal(err)
	}
	model, err := trees.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	m := &Fitted{Model: model, To: 1, At: [2]int32{850, 300}}
	for i := range model.Features {
		m.Columns = append(m.Columns, Feature(i%int(FeatureKinds)))
		m.Reasons = append(m.Reasons, Reasons+Reason(i%int(FeatureKinds)))
	}
	return m
}

func TestFitted(t *testing.T) {
	m := fitted(t)
	var x Features
	for f := range FeatureKinds {
		x.Set(f, int64(f)*3)
	}
	x.Set(LoansOnBook, 200) // column 22, the first split
	var s Scratch
	row, sums, changes := make([]float64, 30), make([]float64, 1), make([]float64, 30)
	for i := range row {
		v, _ := x.Get(m.Columns[i])
		row[i] = float64(v)
	}
	m.Model.Raw(row, sums)
	p := m.Model.Output(sums[0])
	want := int32(math.RoundToEven(850 - 550*p))
	got, reasons := m.Score(&x, 300, 850, &s)
	if got != want || want == 850 || want == 300 {
		t.Errorf("score %d, want %d of probability %v", got, want, p)
	}
	m.Model.Explain(0, row, changes)
	most := 0
	for i := range changes {
		if changes[i] > changes[most] {
			most = i
		}
	}
	if reasons[0] != m.Reasons[most] || changes[most] <= 0 {
		t.Errorf("first reason %v, want %v of the changes %v", reasons[0], m.Reasons[most], changes)
	}
	// Turned round, more is better, and the most adverse are those that lowered the output.
	up := *m
	up.At = [2]int32{300, 850}
	if turned, why := up.Score(&x, 300, 850, &s); turned+got != 1150 || why[0] == reasons[0] {
		t.Errorf("turned round: %d, and before %d; reasons %v and %v", turned, got, why, reasons)
	}
	both := up
	both.From, both.To = 1, 0
	if same, why := both.Score(&x, 300, 850, &s); same != got || why != reasons {
		t.Errorf("turned round twice: %d %v, want %d %v", same, why, got, reasons)
	}
	if kept, _ := m.Score(&x, got+1, 850, &s); kept != got+1 {
		t.Errorf("%d is below the floor %d", kept, got+1)
	}
	if n := testing.AllocsPerRun(50, func() { m.Score(&x, 300, 850, &s) }); n != 0 {
		t.Errorf("%v allocations a score", n)
	}
	// A null is missing, as NaN is.
	var none Features
	for i := range row {
		row[i] = math.NaN()
	}
	m.Model.Raw(row, sums)
	if got, _ := m.Score(&none, 300, 850, &s); got != int32(math.RoundToEven(850-550*m.Model.Output(sums[0]))) {
		t.Errorf("score %d of nulls", got)
	}
}

// Halves go to the even number.
func TestLineRoundsHalfEven(t *testing.T) {
	text := "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=0\nobjective=regression\nfeature_names=x\nTree=0\nnum_leaves=1\nleaf_value=%\nend of trees\n"
	for value, want := range map[string]int32{"0.5": 650, "0.005": 600, "0.015": 602, "0.025": 602, "-0.005": 600, "0.0251": 603, "9": 850} {
		model, err := trees.Parse([]byte(strings.Replace(text, "%", value, 1)))
		if err != nil {
			t.Fatal(err)
		}
		m := Fitted{Model: model, Columns: []Feature{Worst3m}, Reasons: []Reason{Reasons}, To: 1, At: [2]int32{600, 700}}
		var x Features
		var s Scratch
		if got, _ := m.Score(&x, 300, 850, &s); got != want {
			t.Errorf("%s: %d, want %d", value, got, want)
		}
	}
}

func TestScoringAsksModelsFirst(t *testing.T) {
	p := Default()
	g := Scoring{
		Models: []Fitted{*fitted(t)},
		Cards:  []Card{{Base: 100, Applies: Applies{{Feature: Cures, Low: 5, High: 9}}, Attributes: []Attribute{{Feature: Cures, Bins: []Bin{{Points: 1}}}}}, {Base: 200}},
	}
	g.Models[0].Applies = Applies{{Feature: Restructured, Low: 1, High: 1}}
	var s Scratch
	for _, x := range []struct {
		set  map[Feature]int64
		want int32
	}{
		{map[Feature]int64{Cures: 5}, 101}, {map[Feature]int64{Cures: 4}, 200}, {nil, 200},
	} {
		var f Features
		for feature, v := range x.set {
			f.Set(feature, v)
		}
		if got, _, ok := g.Base(&f, &p, &s); !ok || got != x.want {
			t.Errorf("%v: %d, want %d", x.set, got, x.want)
		}
	}
	var f Features
	f.Set(Restructured, 1)
	if got, _, ok := g.Base(&f, &p, &s); !ok || got == 200 {
		t.Errorf("%d is not the model's", got)
	}
	if _, _, ok := (&Scoring{}).Base(&f, &p, &s); ok {
		t.Error("nothing applies, and there is a base")
	}
	if got := Then([4]Reason{Late, Cured}, [4]Reason{Cured, OnTime, Early, Late}); got != [4]Reason{Late, Cured, OnTime, Early} {
		t.Errorf("reasons %v", got)
	}
}
