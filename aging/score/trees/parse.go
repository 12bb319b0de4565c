package trees

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Limits on a file, far above any model of a lender: what is read takes at most about 4
// bytes for each of the file.
const (
	FileMax    = 64 << 20 // bytes
	treesMax   = 100_000
	leavesMax  = 131_072 // of a tree, as LightGBM's own num_leaves
	nodesMax   = 1 << 21 // of all trees
	classesMax = 1024
	namesMax   = 65_536
	valueMax   = 1e100 // of a leaf or an inner node: no sum of them overflows
)

// An Error is why a file is no model that can be evaluated.
type Error struct {
	Line   int // from 1
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// again is what to do about a file that cannot be as it is.
const again = "the file is damaged: write it again with Booster.save_model"

// ends are the lines that end the trees, in files of any version.
var ends = [...]string{"end of trees", "feature importances:", "feature_importances:", "parameters:"}

// A reader is a file under way.
type reader struct {
	text  []byte
	line  int    // number of the last line taken, from 1
	key   string // of it: what stands before "="
	value []byte
	m     *Model
	trees int // that tree_sizes names, or -1
}

func (r *reader) fail(format string, args ...any) error {
	return &Error{r.line, fmt.Sprintf(format, args...)}
}

// next takes a line apart; false at the end of the file.
func (r *reader) next() bool {
	if len(r.text) == 0 {
		return false
	}
	line, rest, _ := bytes.Cut(r.text, []byte("\n"))
	r.text = rest
	r.line++
	line = bytes.TrimRight(line, "\r \t")
	key, value, found := bytes.Cut(line, []byte("="))
	if r.value = nil; found {
		r.value = value
	}
	if r.key = ""; len(key) <= 64 {
		r.key = string(key)
	} else if !found {
		r.key = string(key[:64])
	}
	return true
}

// Parse reads a model from the text of its file; the error is an [*Error].
func Parse(text []byte) (*Model, error) {
	r := &reader{text: text, m: new(Model), trees: -1}
	if len(text) > FileMax {
		r.line = 1
		return nil, r.fail("the file has %d bytes, at most %d are read: train with fewer trees or leaves", len(text), FileMax)
	}
	if !r.next() || r.key != "tree" || r.value != nil {
		r.line = 1
		return nil, r.fail(`a model in LightGBM's text format begins with the line "tree": write the model with Booster.save_model`)
	}
	if err := r.head(); err != nil {
		return nil, err
	}
	for r.key == "Tree" {
		if err := r.tree(); err != nil {
			return nil, err
		}
	}
	return r.end()
}

// end checks what can only be known at the end of the trees.
func (r *reader) end() (*Model, error) {
	m := r.m
	switch {
	case r.value != nil || !slices.Contains(ends[:], r.key):
		return nil, r.fail(`the trees are not ended by the line "end of trees": %s`, again)
	case len(m.roots) == 0:
		return nil, r.fail("there is no tree: train the model before it is written")
	case len(m.roots)%m.Classes != 0:
		return nil, r.fail("there are %d trees, which are not %d for each round: %s", len(m.roots), m.Classes, again)
	case r.trees >= 0 && r.trees != len(m.roots):
		return nil, r.fail("there are %d trees, and tree_sizes has %d: %s", len(m.roots), r.trees, again)
	}
	m.Explained = len(m.internal) == len(m.nodes) && len(m.nodes) > 0
	return m, nil
}

// head reads what stands before the first tree.
func (r *reader) head() error {
	m := r.m
	seen := map[string]int{}
	perRound, highest := 0, -1
	for r.next() && r.key != "Tree" {
		if seen[r.key] > 0 && r.key != "" {
			return r.fail("%q is there twice, first on line %d: %s", r.key, seen[r.key], again)
		}
		var err error
		switch r.key {
		case "version":
			if m.Version = string(r.value); !slices.Contains([]string{"v2", "v3", "v4"}, m.Version) {
				err = r.fail("version %q is not known, only v2, v3 and v4 are: write the model with LightGBM 2 to 4", shorten(m.Version))
			}
		case "num_class":
			m.Classes, err = r.count(1, classesMax)
		case "num_tree_per_iteration":
			perRound, err = r.count(1, classesMax)
		case "max_feature_idx":
			highest, err = r.count(0, namesMax-1)
		case "feature_names":
			err = r.names()
		case "objective":
			err = r.objective()
		case "average_output":
			if m.average = true; r.value != nil {
				err = r.fail("average_output has a value: %s", again)
			}
		case "tree_sizes":
			r.trees = len(bytes.Fields(r.value))
		case ends[0], ends[1], ends[2], ends[3]:
			return r.headEnd(seen, perRound, highest)
		default:
			if r.value == nil && r.key != "" {
				err = r.fail("%q is no line of a model's head: %s", shorten(r.key), again)
			}
		}
		if err != nil {
			return err
		}
		seen[r.key] = r.line
	}
	return r.headEnd(seen, perRound, highest)
}

// headEnd checks the head as a whole.
func (r *reader) headEnd(seen map[string]int, perRound, highest int) error {
	m := r.m
	for _, key := range []string{"version", "num_class", "num_tree_per_iteration", "max_feature_idx", "feature_names", "objective"} {
		if seen[key] == 0 {
			return r.fail("the head before the trees has no %s: %s", key, again)
		}
	}
	switch {
	case len(m.Features) != highest+1:
		return &Error{seen["feature_names"], fmt.Sprintf("there are %d names, and max_feature_idx is %d: %s", len(m.Features), highest, again)}
	case perRound != m.Classes:
		return &Error{seen["num_tree_per_iteration"], fmt.Sprintf("%d trees a round are not those of num_class, %d: %s", perRound, m.Classes, again)}
	case m.Classes > 1 && m.Objective != Classes:
		return &Error{seen["objective"], fmt.Sprintf("the objective has one class, and num_class is %d: %s", m.Classes, again)}
	}
	m.Used = make([]bool, len(m.Features))
	return nil
}

// names reads feature_names.
func (r *reader) names() error {
	fields := strings.Fields(string(r.value))
	if len(fields) > namesMax {
		return r.fail("there are %d features, at most %d are possible: train with fewer", len(fields), namesMax)
	}
	sorted := slices.Sorted(slices.Values(fields))
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] {
			return r.fail("two features have the name %q: name them apart", shorten(sorted[i]))
		}
	}
	r.m.Features = fields
	return nil
}

// objective reads what the model was trained for.
func (r *reader) objective() error {
	m := r.m
	words := strings.Fields(string(r.value))
	name := ""
	if len(words) > 0 {
		name = words[0]
	}
	switch {
	case name == "binary" && len(words) == 2 && strings.HasPrefix(words[1], "sigmoid:"):
		s, ok := number([]byte(words[1][len("sigmoid:"):]))
		if !ok || s <= 0 || s > valueMax {
			return r.fail("%q has no sigmoid above 0: %s", shorten(string(r.value)), again)
		}
		m.Objective, m.Sigmoid = Binary, s
	case name == "regression" && len(words) == 1:
		m.Objective = Regression
	case name == "cross_entropy" && len(words) == 1:
		m.Objective, m.Sigmoid = CrossEntropy, 1
	case name == "multiclass" || name == "multiclassova":
		m.Objective = Classes
	default:
		return r.fail("the objective %q is not known: train for binary, regression or cross_entropy", shorten(string(r.value)))
	}
	return nil
}

// count reads a whole number within limits.
func (r *reader) count(least, most int) (int, error) {
	n, err := strconv.Atoi(string(r.value))
	if err != nil || n < least || n > most {
		return 0, r.fail("%s is %q, and must be a whole number from %d to %d: %s", r.key, shorten(string(r.value)), least, most, again)
	}
	return n, nil
}

// shorten returns a text as a message shows it.
func shorten(text string) string {
	if len(text) > 60 {
		return text[:60] + "…"
	}
	return text
}

// number parses a finite decimal as the nearest float.
func number(text []byte) (float64, bool) {
	for _, c := range text {
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return 0, false // neither nan, inf nor a hexadecimal number
		}
	}
	v, err := strconv.ParseFloat(string(text), 64)
	return v, err == nil && !math.IsInf(v, 0)
}
