package trees

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// A block is the lines of one tree, numbers not yet read but for how many leaves.
type block struct {
	leaves, sets int
	linear       bool
	columns      [columns]column
}

// A column is a line of numbers.
type column struct {
	line int // 0: it is not there
	text []byte
}

const (
	splitFeature = iota
	threshold
	decisionType
	leftChild
	rightChild
	leafValue
	internalValue
	catBoundaries
	catThreshold
	columns
)

var columnNames = [columns]string{
	"split_feature", "threshold", "decision_type", "left_child", "right_child", "leaf_value", "internal_value", "cat_boundaries", "cat_threshold",
}

// tree reads one tree: the line "Tree=" is taken; after it the line that follows the tree is.
func (r *reader) tree() error {
	m := r.m
	if string(r.value) != strconv.Itoa(len(m.roots)) {
		return r.fail("tree %q stands where tree %d should: %s", shorten(string(r.value)), len(m.roots), again)
	}
	if len(m.roots) == treesMax {
		return r.fail("there are more than %d trees: train with fewer rounds", treesMax)
	}
	begin := r.line
	b, err := r.block()
	if err != nil {
		return err
	}
	after := r.line
	r.line = begin
	switch {
	case b.leaves == 0:
		return r.fail("the tree has no num_leaves: %s", again)
	case b.linear:
		return r.fail("the tree is linear, which is not evaluated: train with linear_tree=false")
	case len(m.nodes)+b.leaves > nodesMax:
		return r.fail("the trees have more than %d splits: train with fewer trees or leaves", nodesMax)
	}
	if err := r.take(b); err != nil {
		return err
	}
	r.line = after
	return nil
}

// block takes the lines of a tree.
func (r *reader) block() (*block, error) {
	b := &block{}
	begin := r.line
	for {
		if !r.next() {
			return nil, r.fail("the file ends within the tree that begins on line %d: %s", begin, again)
		}
		if r.key == "Tree" || r.value == nil && r.key != "" {
			return b, nil
		}
		var err error
		switch r.key {
		case "num_leaves":
			b.leaves, err = r.count(1, leavesMax)
		case "num_cat":
			b.sets, err = r.count(0, leavesMax)
		case "is_linear":
			b.linear = string(r.value) != "0"
		}
		for i, name := range columnNames {
			if r.key != name {
				continue
			}
			if b.columns[i].line > 0 {
				return nil, r.fail("%s is there twice, first on line %d: %s", name, b.columns[i].line, again)
			}
			b.columns[i] = column{r.line, r.value}
		}
		if err != nil {
			return nil, err
		}
	}
}

// numbers calls set with each number of a column, which must be as many as given and
// within limits, whole ones but for those of a leaf, a threshold or an inner node.
func (r *reader) numbers(b *block, which, count int, least, most float64, set func(i int, v float64)) error {
	c := b.columns[which]
	if c.line == 0 {
		return r.fail("the tree has no %s: %s", columnNames[which], again)
	}
	whole := which != leafValue && which != threshold && which != internalValue
	i := 0
	for rest := c.text; ; i++ {
		rest = bytes.TrimLeft(rest, " ")
		if len(rest) == 0 {
			break
		}
		word, after, _ := bytes.Cut(rest, []byte(" "))
		rest = after
		v, ok := number(word)
		switch {
		case i >= count:
			return r.failCount(c.line, which, count)
		case !ok:
			return &Error{c.line, fmt.Sprintf("%s: %q is no finite number: %s", columnNames[which], shorten(string(word)), again)}
		case v < least || v > most || whole && v != math.Trunc(v):
			return &Error{c.line, fmt.Sprintf("%s: %s is out of range: %s", columnNames[which], shorten(string(word)), again)}
		}
		set(i, v)
	}
	if i < count {
		return r.failCount(c.line, which, count)
	}
	return nil
}

func (r *reader) failCount(line, which, count int) error {
	return &Error{line, fmt.Sprintf("%s has not the %d numbers that the tree's num_leaves and num_cat ask for: %s", columnNames[which], count, again)}
}

// take adds a tree to the model.
func (r *reader) take(b *block) error {
	m := r.m
	first, firstLeaf, firstSet := len(m.nodes), len(m.leaves), len(m.sets)
	n := b.leaves - 1
	m.leaves = append(m.leaves, make([]float64, b.leaves)...)
	if err := r.numbers(b, leafValue, b.leaves, -valueMax, valueMax, func(i int, v float64) { m.leaves[firstLeaf+i] = v }); err != nil {
		return err
	}
	if n == 0 {
		m.roots = append(m.roots, ^int32(firstLeaf))
		return nil
	}
	if err := r.sets(b); err != nil {
		return err
	}
	m.nodes = append(m.nodes, make([]node, n)...)
	nodes := m.nodes[first:]
	child := func(v float64) int32 {
		if v < 0 {
			return ^int32(firstLeaf - int(v) - 1)
		}
		return int32(first + int(v))
	}
	least, most := -float64(b.leaves), float64(n-1)
	for _, read := range []error{
		r.numbers(b, splitFeature, n, 0, float64(len(m.Features)-1), func(i int, v float64) { nodes[i].feature, m.Used[int(v)] = int32(v), true }),
		r.numbers(b, decisionType, n, 0, float64(categorical|defaultLeft|missingNaN), func(i int, v float64) { nodes[i].kind = kind(v) }),
		r.numbers(b, threshold, n, -math.MaxFloat64, math.MaxFloat64, func(i int, v float64) { nodes[i].threshold = v }),
		r.numbers(b, leftChild, n, least, most, func(i int, v float64) { nodes[i].left = child(v) }),
		r.numbers(b, rightChild, n, least, most, func(i int, v float64) { nodes[i].right = child(v) }),
		r.splits(b, nodes, firstSet),
		r.internal(b, first, n),
	} {
		if read != nil {
			return read
		}
	}
	m.roots = append(m.roots, int32(first))
	return r.isTree(b, first, firstLeaf)
}
