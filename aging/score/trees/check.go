package trees

import (
	"fmt"
	"math"
)

// sets adds the bitsets of a tree's categories.
func (r *reader) sets(b *block) error {
	m := r.m
	if b.sets == 0 {
		return nil
	}
	bounds := make([]int32, b.sets+1)
	if err := r.numbers(b, catBoundaries, b.sets+1, 0, nodesMax, func(i int, v float64) { bounds[i] = int32(v) }); err != nil {
		return err
	}
	first := int32(len(m.words))
	for i := range b.sets {
		if bounds[0] != 0 || bounds[i+1] < bounds[i] {
			return &Error{b.columns[catBoundaries].line, fmt.Sprintf("cat_boundaries do not rise from 0: %s", again)}
		}
		m.sets = append(m.sets, set{first + bounds[i], bounds[i+1] - bounds[i]})
	}
	if len(m.words)+int(bounds[b.sets]) > nodesMax*4 {
		return &Error{b.columns[catBoundaries].line, "the bitsets of categories have more words than are read: train with fewer categories"}
	}
	return r.numbers(b, catThreshold, int(bounds[b.sets]), 0, math.MaxUint32, func(_ int, v float64) { m.words = append(m.words, uint32(v)) })
}

// splits checks the splits by category, and turns their place among the tree's sets into
// that among all.
func (r *reader) splits(b *block, nodes []node, firstSet int) error {
	for i := range nodes {
		x := &nodes[i]
		if x.kind&categorical == 0 {
			continue
		}
		if x.threshold != math.Trunc(x.threshold) || x.threshold < 0 || x.threshold >= float64(b.sets) {
			return &Error{b.columns[threshold].line, fmt.Sprintf("threshold: split %d is by category, and %v is none of the tree's %d sets: %s", i, x.threshold, b.sets, again)}
		}
		x.threshold += float64(firstSet)
	}
	return nil
}

// internal adds the values of the inner nodes, where the tree has them. One without them
// leaves fewer values than nodes, and so the whole model without reasons.
func (r *reader) internal(b *block, first, n int) error {
	m := r.m
	if b.columns[internalValue].line == 0 || len(m.internal) != first {
		return nil
	}
	return r.numbers(b, internalValue, n, -valueMax, valueMax, func(_ int, v float64) { m.internal = append(m.internal, v) })
}

// isTree checks that each node and leaf of the tree is reached from its root, and once.
func (r *reader) isTree(b *block, first, firstLeaf int) error {
	m := r.m
	nodes, leaves := make([]bool, b.leaves-1), make([]bool, b.leaves)
	under := []int32{int32(first)}
	reached := 0
	for len(under) > 0 {
		n := under[len(under)-1]
		under = under[:len(under)-1]
		seen := nodes
		i := int(n) - first
		if n < 0 {
			seen, i = leaves, int(^n)-firstLeaf
		}
		if seen[i] {
			what := "node"
			if n < 0 {
				what = "leaf"
			}
			return &Error{b.columns[leftChild].line, fmt.Sprintf("left_child, right_child: %s %d has two parents, or is within a cycle: %s", what, i, again)}
		}
		seen[i] = true
		reached++
		if n >= 0 {
			under = append(under, m.nodes[n].right, m.nodes[n].left)
		}
	}
	if reached != 2*b.leaves-1 {
		return &Error{b.columns[leftChild].line, fmt.Sprintf("left_child, right_child: %d of %d nodes and leaves are not reached from the root, as in a cycle: %s", 2*b.leaves-1-reached, 2*b.leaves-1, again)}
	}
	return nil
}
