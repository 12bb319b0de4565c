// Package trees reads the text format in which LightGBM keeps a model, and evaluates the
// model as LightGBM does: decision trees, each of which leads a row of numbers to a leaf,
// and the sum of the leaves' values. Source: the files of LightGBM 2 to 4 (version v2, v3
// and v4), src/boosting/gbdt_model_text.cpp and include/LightGBM/tree.h.
//
// It promises the sum bit for bit, on any machine, and the probability to one unit in the
// last place. What it cannot evaluate to the letter it refuses with the line of the file.
// Nothing is allocated while rows are evaluated. It is pure.
package trees

import "daybook/aging/score/real"

// An Objective is what a model was trained for, and so what its sum means.
type Objective uint8

// The objectives. Of several classes only the sums are computed.
const (
	Binary       Objective = iota // the log odds, divided by Sigmoid
	CrossEntropy                  // the log odds
	Regression                    // the figure itself
	Classes                       // multiclass, multiclassova: a sum for each class
)

// A Model is a model as read. It is never changed, and any number of goroutines may use it.
type Model struct {
	Version   string // v2, v3 or v4
	Objective Objective
	Sigmoid   float64  // of Binary: the probability is 1/(1+e^(-Sigmoid·raw))
	Classes   int      // 1 but for Objective Classes
	Features  []string // names, in the order of the values of a row
	Used      []bool   // by feature: some tree splits on it
	// Explained says that the file has the values of inner nodes, of which
	// [Model.Explain] makes reasons.
	Explained bool

	average  bool
	roots    []int32 // by tree: a node, or ^leaf where the tree is one leaf
	nodes    []node  // of all trees
	leaves   []float64
	internal []float64 // by node
	sets     []set     // of categories
	words    []uint32  // of all sets, 32 categories each
}

// A node is a split. Of its children those below zero are leaves: ^child.
type node struct {
	threshold   float64 // of categories: the place in sets
	feature     int32
	left, right int32
	kind        kind
}

// A kind is what stands in decision_type.
type kind uint8

const (
	categorical kind = 1 << iota
	defaultLeft
	missingZero
	missingNaN
)

// A set is a bitset of categories: those words, from the first on.
type set struct{ first, words int32 }

// zero is the float 1e-35: what is not further from 0 is missing, where zero is.
const zero = float64(float32(1e-35))

// Trees returns the number of trees.
func (m *Model) Trees() int { return len(m.roots) }

// Raw writes the sum of each class's leaves for one row, its trees in the order of the
// file; with average_output divided by their number. A value that is missing is NaN. The
// row has a value for each feature, and sums room for each class.
func (m *Model) Raw(row, sums []float64) {
	clear(sums[:m.Classes])
	class := 0
	for _, root := range m.roots {
		sums[class] += m.leaves[m.leaf(root, row)]
		if class++; class == m.Classes {
			class = 0
		}
	}
	if m.average {
		n := float64(len(m.roots) / m.Classes)
		for i := range sums[:m.Classes] {
			sums[i] /= n
		}
	}
}

// Output returns what a sum means: a probability, or of a regression the sum itself.
func (m *Model) Output(raw float64) float64 {
	switch m.Objective {
	case Binary, CrossEntropy:
		return 1 / (1 + real.Exp(-m.Sigmoid*raw))
	}
	return raw
}

// leaf returns the leaf to which a tree leads a row.
func (m *Model) leaf(n int32, row []float64) int32 {
	for n >= 0 {
		n = m.next(&m.nodes[n], row)
	}
	return ^n
}

// next returns the child to which a split leads a row.
func (m *Model) next(x *node, row []float64) int32 {
	v := row[x.feature]
	left := false
	switch {
	case x.kind&categorical != 0:
		left = m.inSet(int(x.threshold), v)
	case v != v && x.kind&missingNaN != 0, x.kind&missingZero != 0 && (v != v || v >= -zero && v <= zero):
		left = x.kind&defaultLeft != 0
	case v != v: // counts as 0 where NaN is not missing
		left = 0 <= x.threshold
	default:
		left = v <= x.threshold
	}
	if left {
		return x.left
	}
	return x.right
}

// inSet reports whether a category is in a set: what is missing or below 0 is in none.
func (m *Model) inSet(i int, v float64) bool {
	s := m.sets[i]
	if !(v >= 0) || v >= float64(s.words)*32 {
		return false
	}
	c := int32(v)
	return m.words[s.first+c/32]>>(c%32)&1 != 0
}

// Explain adds to each feature what its splits changed on the way of a row (Saabas): from
// the value of a node to that of its child, for the trees of a class. It does nothing
// where the file has no values of inner nodes. Values of inner nodes are taken as they
// stand: in files of version v2 they are those before the learning rate.
func (m *Model) Explain(class int, row, changes []float64) {
	if !m.Explained {
		return
	}
	for t := class; t < len(m.roots); t += m.Classes {
		for n := m.roots[t]; n >= 0; {
			x := &m.nodes[n]
			child := m.next(x, row)
			value := 0.0
			if child >= 0 {
				value = m.internal[child]
			} else {
				value = m.leaves[^child]
			}
			changes[x.feature] += value - m.internal[n]
			n = child
		}
	}
}
