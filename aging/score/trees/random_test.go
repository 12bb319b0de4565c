package trees

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A grown is a tree as the test grows it: a split with two branches, or a leaf. What it
// makes of a row is said a second time here, from the rules of the format alone.
type grown struct {
	left, right *grown
	feature     int
	decision    int
	threshold   float64
	categories  []int
	value       float64 // of the leaf, or of the inner node
	index       int     // in the file
}

var edges = []float64{-7, -1, -0.5, 0, 1e-36, 1e-30, 0.5, 1, 3, 31, 32, 33, 64, 1e9}

func grow(t *rapid.T, depth int) *grown {
	g := &grown{value: rapid.Float64Range(-3, 3).Draw(t, "value")}
	if depth == 0 || rapid.IntRange(0, 3).Draw(t, "leaf") == 0 {
		return g
	}
	g.feature = rapid.IntRange(0, 2).Draw(t, "feature")
	g.decision = rapid.IntRange(0, 11).Draw(t, "decision")
	if g.decision&1 != 0 {
		g.categories = rapid.SliceOfNDistinct(rapid.IntRange(0, 70), 1, 6, rapid.ID[int]).Draw(t, "categories")
	}
	g.threshold = rapid.SampledFrom(edges).Draw(t, "threshold")
	g.left, g.right = grow(t, depth-1), grow(t, depth-1)
	return g
}

// follow returns the leaf of a row, and adds what the splits changed.
func (g *grown) follow(row, changes []float64) float64 {
	if g.left == nil {
		return g.value
	}
	v, to := row[g.feature], g.right
	missing, isDefault := g.decision>>2, g.decision&2 != 0
	if g.decision&1 != 0 {
		if !math.IsNaN(v) && v >= 0 && slices.Contains(g.categories, int(math.Min(math.Trunc(v), 1e6))) {
			to = g.left
		}
	} else {
		if math.IsNaN(v) && missing != 2 {
			v = 0
		}
		isMissing := missing == 1 && math.Abs(v) <= float64(float32(1e-35)) || missing == 2 && math.IsNaN(v)
		if isMissing && isDefault || !isMissing && v <= g.threshold {
			to = g.left
		}
	}
	changes[g.feature] += to.value - g.value
	return to.follow(row, changes)
}

// text writes the tree as LightGBM does, nodes from the root on.
func (g *grown) text(b *strings.Builder) {
	var nodes []*grown
	leaves := 0
	var leafValues []string
	var number func(*grown)
	number = func(x *grown) {
		if x.left == nil {
			x.index = -leaves - 1
			leaves++
			leafValues = append(leafValues, fmt.Sprintf("%.17g", x.value))
			return
		}
		x.index = len(nodes)
		nodes = append(nodes, x)
		number(x.left)
		number(x.right)
	}
	number(g)
	columns := map[string][]string{}
	add := func(key string, v any) { columns[key] = append(columns[key], fmt.Sprint(v)) }
	bounds, words := []int{0}, []uint32{}
	for _, x := range nodes {
		threshold := x.threshold
		if x.decision&1 != 0 {
			threshold = float64(len(bounds) - 1)
			set := make([]uint32, slices.Max(x.categories)/32+1)
			for _, c := range x.categories {
				set[c/32] |= 1 << (c % 32)
			}
			words = append(words, set...)
			bounds = append(bounds, len(words))
		}
		add("split_feature", x.feature)
		add("threshold", fmt.Sprintf("%.17g", threshold))
		add("decision_type", x.decision)
		add("left_child", x.left.index)
		add("right_child", x.right.index)
		add("internal_value", fmt.Sprintf("%.17g", x.value))
	}
	fmt.Fprintf(b, "num_leaves=%d\nnum_cat=%d\nleaf_value=%s\n", leaves, len(bounds)-1, strings.Join(leafValues, " "))
	for key, list := range columns {
		fmt.Fprintf(b, "%s=%s\n", key, strings.Join(list, " "))
	}
	if len(bounds) > 1 {
		fmt.Fprintf(b, "cat_boundaries=%s\ncat_threshold=%s\n", strings.Trim(fmt.Sprint(bounds), "[]"), strings.Trim(fmt.Sprint(words), "[]"))
	}
}

// Random models over random rows, with all that may be missing, against a second reading
// of the rules: the same sums and changes, bit for bit.
func TestRandomModels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.SampledFrom([]string{"v2", "v3", "v4"}).Draw(t, "version")
		forest := make([]*grown, rapid.IntRange(1, 6).Draw(t, "trees"))
		var b strings.Builder
		fmt.Fprintf(&b, "tree\nversion=%s\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=2\nobjective=binary sigmoid:0.5\nfeature_names=a b c\n", version)
		split := false
		for i := range forest {
			forest[i] = grow(t, 4)
			split = split || forest[i].left != nil
			fmt.Fprintf(&b, "\nTree=%d\n", i)
			forest[i].text(&b)
		}
		b.WriteString("\nend of trees\n")
		m, err := Parse([]byte(b.String()))
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		if m.Explained != split {
			t.Fatalf("explained %v, a split %v", m.Explained, split)
		}
		value := rapid.SampledFrom(append([]float64{nan, math.Inf(1), math.Inf(-1), 1e300, 2.5}, edges...))
		for range 20 {
			row := []float64{value.Draw(t, "a"), value.Draw(t, "b"), value.Draw(t, "c")}
			want, wantChanges, sums, changes := 0.0, make([]float64, 3), make([]float64, 1), make([]float64, 3)
			for _, g := range forest {
				want += g.follow(row, wantChanges)
			}
			m.Raw(row, sums)
			m.Explain(0, row, changes)
			if sums[0] != want || !slices.Equal(changes, wantChanges) {
				t.Fatalf("%v: %v with changes %v, want %v with %v\n%s", row, sums[0], changes, want, wantChanges, b.String())
			}
			if got, want := m.Output(sums[0]), 1/(1+math.Exp(-0.5*want)); ulps(got, want) > 2 {
				t.Fatalf("probability %v, want %v", got, want)
			}
		}
	})
}
