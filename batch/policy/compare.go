package policy

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"daybook/aging/score"
)

// applies compiles conditions over features, in the order of their names.
func (c *scorer) applies(path string, list applies) (all score.Applies) {
	for _, name := range slices.Sorted(maps.Keys(list)) {
		at := path + "." + name
		if name == productAttribute {
			all = append(all, score.Condition{Feature: score.ProductCode, Codes: c.withAttribute(at, list[name])})
			c.g.Uses = c.g.Uses.With(score.ProductCode)
			continue
		}
		f := c.feature(at, name)
		x := score.Condition{Feature: f}
		switch {
		case f.Coded():
			x.Codes = c.codes(at, f, list[name])
		case len(list[name]) != 1:
			c.fail(at, `takes one text; join comparisons by commas, as in "> 5, <= 30"`)
		default:
			low, high, err := interval(list[name][0])
			if err != nil {
				c.fail(at, "%v", err)
			}
			x.Low, x.High = low, high
		}
		all = append(all, x)
	}
	return all
}

// productAttribute is the condition that asks for the products that have an attribute.
const productAttribute = "attribute"

// withAttribute returns the products that have one of some attributes.
func (c *scorer) withAttribute(path string, words []string) (codes []int64) {
	for i := range c.p.Products {
		list := productAttributes((*in[*productsSection](c.doc))[c.p.Products[i].Name])
		if slices.ContainsFunc(words, func(word string) bool { return slices.Contains(list, word) }) {
			codes = append(codes, int64(i))
		}
	}
	if len(codes) == 0 {
		c.fail(path, "no product has the attribute %s", strings.Join(words, " or "))
	}
	return codes
}

// interval returns the whole numbers that all of some comparisons, joined by commas, hold
// for. Each is "> 90", ">= 90", "< 5", "<= 5", "= 0" or "1..7"; that none can meet all of
// them is an error.
func interval(text string) (low, high int64, err error) {
	low, high = math.MinInt64, math.MaxInt64
	for part := range strings.SplitSeq(text, ",") {
		a, b, err := comparison(strings.TrimSpace(part))
		if err != nil {
			return 0, 0, err
		}
		low, high = max(low, a), min(high, b)
	}
	if low > high {
		return 0, 0, fmt.Errorf("no number meets %q", text)
	}
	return low, high, nil
}

// comparisonMax is how far from 0 a comparison's number may be.
const comparisonMax = 1_000_000_000_000_000

func comparison(text string) (low, high int64, err error) {
	bad := fmt.Errorf(`%q is no comparison such as "> 90", ">= 90", "< 5", "<= 5", "= 0" or "1..7"`, text)
	number := func(text string) int64 {
		v, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil || v < -comparisonMax || v > comparisonMax {
			low, high = math.MaxInt64, math.MinInt64 // no number is within
		}
		return v
	}
	low, high = math.MinInt64, math.MaxInt64
	invalid := func() bool { return low > high }
	if first, last, ok := strings.Cut(text, ".."); ok {
		a, b := number(first), number(last)
		if invalid() || a > b {
			return 0, 0, bad
		}
		return a, b, nil
	}
	n := len(text) - len(strings.TrimLeft(text, "<>="))
	v := number(text[n:])
	if invalid() {
		return 0, 0, bad
	}
	switch text[:n] {
	case ">":
		return v + 1, high, nil
	case ">=":
		return v, high, nil
	case "<":
		return low, v - 1, nil
	case "<=":
		return low, v, nil
	case "=":
		return v, v, nil
	}
	return 0, 0, bad
}
