package trees

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func load(t testing.TB, name string) *Model {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	m, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// table reads numbers, a row a line.
func table(t testing.TB, name string) (rows [][]float64) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var row []float64
		for word := range strings.FieldsSeq(string(line)) {
			v, err := strconv.ParseFloat(word, 64)
			if err != nil {
				t.Fatal(err)
			}
			row = append(row, v)
		}
		rows = append(rows, row)
	}
	return rows
}

// ulps returns how many floats two floats lie apart.
func ulps(a, b float64) int64 {
	d := int64(math.Float64bits(a)) - int64(math.Float64bits(b))
	return max(d, -d)
}

// The sums of LightGBM itself, bit for bit.
func TestClassesAsLightGBM(t *testing.T) {
	m, want := load(t, "categorical.model"), table(t, "categorical.expected.txt")
	if m.Classes != 13 || m.Trees() != 130 || m.Objective != Classes || len(m.Features) != 41 {
		t.Fatalf("%d classes, %d trees, objective %d, %d features", m.Classes, m.Trees(), m.Objective, len(m.Features))
	}
	sums, compared := make([]float64, m.Classes), 0
	for i, row := range table(t, "categorical.tsv") {
		m.Raw(row, sums)
		for class, got := range sums {
			if compared++; got != want[i][class] {
				t.Errorf("row %d, class %d: %v, want %v", i, class, got, want[i][class])
			}
		}
	}
	if compared != 6552 {
		t.Errorf("%d sums were compared, want 6552", compared)
	}
}

// The probabilities of LightGBM itself, to one unit in the last place.
func TestProbabilitiesAsLightGBM(t *testing.T) {
	m, want := load(t, "binary.model"), table(t, "binary.expected.txt")
	if m.Objective != Binary || m.Sigmoid != 1 || m.Trees() != 10 || !m.Explained {
		t.Fatalf("objective %d, sigmoid %v, %d trees, explained %v", m.Objective, m.Sigmoid, m.Trees(), m.Explained)
	}
	rows, sums := table(t, "binary.tsv"), make([]float64, 1)
	if len(rows) != 57 || len(want) != 57 {
		t.Fatalf("%d rows, %d probabilities", len(rows), len(want))
	}
	exact := 0
	for i, row := range rows {
		m.Raw(row, sums)
		got := m.Output(sums[0])
		if got == want[i][0] {
			exact++
		}
		if ulps(got, want[i][0]) > 1 {
			t.Errorf("row %d: %v, want %v", i, got, want[i][0])
		}
	}
	t.Logf("%d of %d are equal bit for bit", exact, len(rows))
}

var nan = math.NaN()

// Splits of each kind on values that are missing, 0 and near it, by the rules of the format.
func TestMissing(t *testing.T) {
	left, right := 1.0, 2.0
	for _, x := range []struct {
		name      string
		decision  int
		threshold string
		values    map[float64]float64
		nan       float64
	}{
		{"none missing: NaN is 0", 0, "-0.5", map[float64]float64{0: right, -1: left, -0.5: left}, right},
		{"none missing, default left says nothing", 2, "-0.5", map[float64]float64{0: right}, right},
		{"none missing, 0 is left", 0, "0.5", map[float64]float64{0: left, 1: right}, left},
		{"zero missing, default right", 4, "5", map[float64]float64{0: right, 1e-36: right, -1e-36: right, 1e-34: left, 6: right}, right},
		{"zero missing, default left", 6, "-5", map[float64]float64{0: left, 1e-36: left, 1e-34: right, -6: left}, left},
		{"zero missing: the float 1e-35 is", 6, "-5", map[float64]float64{float64(float32(1e-35)): left, math.Nextafter(float64(float32(1e-35)), 1): right}, left},
		{"NaN missing, default right", 8, "5", map[float64]float64{0: left, 6: right, math.Inf(1): right, math.Inf(-1): left}, right},
		{"NaN missing, default left", 10, "-5", map[float64]float64{0: right, -6: left}, left},
		{"threshold itself is left", 8, "1.1000000000000001", map[float64]float64{1.1: left, math.Nextafter(1.1, 2): right}, right},
		{"categories 0, 3, 33", 1, "0", map[float64]float64{0: left, 1: right, 3: left, 3.9: left, 33: left, 34: right, 63: right, 64: right,
			96: right, -1: right, -0.5: right, 1e18: right, math.Inf(1): right, math.Inf(-1): right}, right},
		{"categories, missing says nothing", 11, "0", map[float64]float64{0: left, 2: right}, right},
		{"the second set: 5 and 64", 1, "1", map[float64]float64{5: left, 64: left, 0: right, 33: right, 69: right}, right},
	} {
		m, err := Parse([]byte(small(strconv.Itoa(x.decision), x.threshold)))
		if err != nil {
			t.Fatalf("%s: %v", x.name, err)
		}
		sums := make([]float64, 1)
		for v, want := range x.values {
			if m.Raw([]float64{v}, sums); sums[0] != want {
				t.Errorf("%s: %v leads to leaf %v, want %v", x.name, v, sums[0], want)
			}
		}
		if m.Raw([]float64{nan}, sums); sums[0] != x.nan {
			t.Errorf("%s: what is missing leads to leaf %v, want %v", x.name, sums[0], x.nan)
		}
	}
}

// small returns a model of one split: leaf 1 on its left, leaf 2 on its right.
func small(decision, threshold string) string {
	return strings.Join([]string{
		"tree", "version=v4", "num_class=1", "num_tree_per_iteration=1", "label_index=0", "max_feature_idx=0", "objective=regression",
		"feature_names=x", "feature_infos=[0:1]", "tree_sizes=300", "", "Tree=0", "num_leaves=2", "num_cat=2", "split_feature=0", "split_gain=1",
		"threshold=" + threshold, "decision_type=" + decision, "left_child=-1", "right_child=-2", "leaf_value=1 2", "leaf_weight=1 1",
		"leaf_count=1 1", "internal_value=0", "internal_weight=0", "internal_count=2", "cat_boundaries=0 2 5", "cat_threshold=9 2 32 0 1",
		"is_linear=0", "shrinkage=1", "", "", "end of trees", "", "feature_importances:", "x=1", "",
	}, "\n")
}

// Of forests the sum is divided; a tree of one leaf is its value; CRLF ends lines as well.
func TestAverageAndOneLeaf(t *testing.T) {
	text := small("0", "5")
	text = strings.Replace(text, "tree_sizes=300", "average_output\ntree_sizes=300 20 20", 1)
	text = strings.Replace(text, "end of trees", "Tree=1\nnum_leaves=1\nnum_cat=0\nsplit_feature=\nleaf_value=0.5\n\nTree=2\nnum_leaves=1\nleaf_value=-3\nend of trees", 1)
	for _, text := range []string{text, strings.ReplaceAll(text, "\n", "\r\n")} {
		m, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		sums := make([]float64, 1)
		if m.Raw([]float64{9}, sums); sums[0] != (2+0.5-3)/3 {
			t.Errorf("average %v", sums[0])
		}
		if !m.Explained || m.Output(sums[0]) != sums[0] {
			t.Errorf("explained %v, output of a regression %v", m.Explained, m.Output(sums[0]))
		}
	}
}

// Saabas: what a row's splits changed, by feature, adds up to the leaf less the root.
func TestExplain(t *testing.T) {
	m := load(t, "binary.model")
	sums, changes := make([]float64, 1), make([]float64, len(m.Features))
	for i, row := range table(t, "binary.tsv") {
		clear(changes)
		m.Raw(row, sums)
		m.Explain(0, row, changes)
		total := 0.0
		for _, c := range changes {
			total += c
		}
		if math.Abs(total-sums[0]) > 1e-9 { // the roots of this model are 0
			t.Errorf("row %d: the changes add up to %v, the sum is %v", i, total, sums[0])
		}
	}
	// A split of the root on feature 1, then of its right child on feature 0.
	text := strings.NewReplacer("max_feature_idx=0", "max_feature_idx=1", "feature_names=x", "feature_names=x y", "num_leaves=2", "num_leaves=3",
		"split_feature=0", "split_feature=1 0", "threshold=5", "threshold=5 7", "decision_type=0", "decision_type=0 0", "left_child=-1", "left_child=-1 -2",
		"right_child=-2", "right_child=1 -3", "leaf_value=1 2", "leaf_value=1 2 8", "internal_value=0", "internal_value=3 4.5").Replace(small("0", "5"))
	m, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ row, want [2]float64 }{
		{[2]float64{9, 9}, [2]float64{3.5, 1.5}}, {[2]float64{0, 9}, [2]float64{-2.5, 1.5}}, {[2]float64{9, 0}, [2]float64{0, -2}},
	} {
		var got [2]float64
		if m.Explain(0, x.row[:], got[:]); got != x.want {
			t.Errorf("%v: %v, want %v", x.row, got, x.want)
		}
	}
	text = strings.Replace(text, "internal_value=3 4.5\n", "", 1)
	if m, err = Parse([]byte(text)); err != nil || m.Explained {
		t.Errorf("a file without values of inner nodes: explained %v, %v", m != nil && m.Explained, err)
	}
	var none [2]float64
	if m.Explain(0, []float64{9, 9}, none[:]); none != [2]float64{} {
		t.Errorf("changes %v without values of inner nodes", none)
	}
}

func TestEvaluationAllocatesNothing(t *testing.T) {
	m, row := load(t, "binary.model"), table(t, "binary.tsv")[0]
	sums, changes := make([]float64, 1), make([]float64, len(m.Features))
	if n := testing.AllocsPerRun(100, func() { m.Raw(row, sums); m.Explain(0, row, changes); sums[0] = m.Output(sums[0]) }); n != 0 {
		t.Errorf("%v allocations a row", n)
	}
}

func BenchmarkRaw(b *testing.B) {
	m, rows := load(b, "binary.model"), table(b, "binary.tsv")
	sums := make([]float64, 1)
	for i := 0; b.Loop(); i++ {
		m.Raw(rows[i%len(rows)], sums)
	}
}
