package trees

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// What cannot be evaluated to the letter is refused with the line, and what to do.
func TestRefuses(t *testing.T) {
	for _, x := range []struct {
		name, old, new string
		line           int
		want           string
	}{
		{"no model", "tree\n", "{}\n", 1, "Booster.save_model"},
		{"another version", "version=v4", "version=v5", 2, `version "v5" is not known`},
		{"no version", "version=v4", "versio=v4", 12, "no version"},
		{"another objective", "objective=regression", "objective=lambdarank", 7, `the objective "lambdarank" is not known: train for binary, regression or cross_entropy`},
		{"a root of the regression", "objective=regression", "objective=regression sqrt", 7, "regression sqrt"},
		{"binary without sigmoid", "objective=regression", "objective=binary", 7, `"binary"`},
		{"sigmoid 0", "objective=regression", "objective=binary sigmoid:0", 7, "no sigmoid above 0"},
		{"sigmoid nan", "objective=regression", "objective=binary sigmoid:nan", 7, "no sigmoid above 0"},
		{"a key twice", "label_index=0", "num_class=1", 5, "twice, first on line 3"},
		{"num_class", "num_class=1", "num_class=0", 3, "whole number from 1 to 1024"},
		{"classes of one objective", "num_class=1\nnum_tree_per_iteration=1", "num_class=2\nnum_tree_per_iteration=2", 7, "the objective has one class"},
		{"trees a round", "num_tree_per_iteration=1", "num_tree_per_iteration=2", 4, "2 trees a round"},
		{"names and index", "max_feature_idx=0", "max_feature_idx=1", 8, "there are 1 names, and max_feature_idx is 1"},
		{"one name twice", "max_feature_idx=0\nobjective=regression\nfeature_names=x", "max_feature_idx=1\nobjective=regression\nfeature_names=x x", 8, `two features have the name "x"`},
		{"a line of no head", "label_index=0", "label", 5, `"label" is no line of a model's head`},
		{"order of trees", "Tree=0", "Tree=1", 12, `tree "1" stands where tree 0 should`},
		{"no leaves", "num_leaves=2\n", "", 12, "no num_leaves"},
		{"too many leaves", "num_leaves=2", "num_leaves=131073", 13, "whole number from 1 to 131072"},
		{"leaves and values", "num_leaves=2", "num_leaves=3", 21, "leaf_value has not the 3 numbers"},
		{"more values", "leaf_value=1 2", "leaf_value=1 2 3", 21, "leaf_value has not the 2 numbers"},
		{"no thresholds", "threshold=5\n", "", 12, "no threshold"},
		{"a threshold that is no number", "threshold=5", "threshold=nan", 17, `threshold: "nan" is no finite number`},
		{"an infinite threshold", "threshold=5", "threshold=inf", 17, `threshold: "inf" is no finite number`},
		{"a threshold beyond all", "threshold=5", "threshold=1e999", 17, `threshold: "1e999" is no finite number`},
		{"a leaf that is no number", "leaf_value=1 2", "leaf_value=1 0x2", 21, `"0x2"`},
		{"a feature out of range", "split_feature=0", "split_feature=1", 15, "split_feature: 1 is out of range"},
		{"a feature below 0", "split_feature=0", "split_feature=-1", 15, "out of range"},
		{"half a feature", "split_feature=0", "split_feature=0.5", 15, "out of range"},
		{"an unknown kind of missing", "decision_type=0", "decision_type=12", 18, "decision_type: 12 is out of range"},
		{"a child out of range", "left_child=-1", "left_child=1", 19, "left_child: 1 is out of range"},
		{"a leaf out of range", "right_child=-2", "right_child=-3", 20, "right_child: -3 is out of range"},
		{"a cycle", "right_child=-2", "right_child=0", 19, "node 0 has two parents, or is within a cycle"},
		{"one leaf twice", "right_child=-2", "right_child=-1", 19, "leaf 0 has two parents"},
		{"a key of a tree twice", "split_gain=1", "split_feature=0", 16, "twice, first on line 15"},
		{"linear", "is_linear=0", "is_linear=1", 12, "linear_tree=false"},
		{"a set out of range", "threshold=5\ndecision_type=0", "threshold=2\ndecision_type=1", 17, "none of the tree's 2 sets"},
		{"half a set", "threshold=5\ndecision_type=0", "threshold=0.5\ndecision_type=1", 17, "none of the tree's 2 sets"},
		{"sets that do not rise", "cat_boundaries=0 2 5", "cat_boundaries=0 6 5", 27, "do not rise"},
		{"sets not from 0", "cat_boundaries=0 2 5", "cat_boundaries=1 2 5", 27, "do not rise"},
		{"fewer bounds", "cat_boundaries=0 2 5", "cat_boundaries=0 2", 27, "has not the 3 numbers"},
		{"fewer words", "cat_threshold=9 2 32 0 1", "cat_threshold=9 2 32 0", 28, "has not the 5 numbers"},
		{"a word too large", "cat_threshold=9", "cat_threshold=4294967296", 28, "out of range"},
		{"fewer values of inner nodes", "internal_value=0", "internal_value=", 24, "internal_value has not the 1 numbers"},
		{"no end", "end of trees\n\nfeature_importances:\n", "", 33, "the file ends within the tree that begins on line 12"},
		{"another end", "end of trees", "end of", 33, `not ended by the line "end of trees"`},
		{"sizes", "tree_sizes=300", "tree_sizes=300 200", 33, "there are 1 trees, and tree_sizes has 2"},
	} {
		text := small("0", "5")
		if strings.Count(text, x.old) == 0 {
			t.Fatalf("%s: there is no %q", x.name, x.old)
		}
		_, err := Parse([]byte(strings.Replace(text, x.old, x.new, 1)))
		var at *Error
		if !errors.As(err, &at) || at.Line != x.line || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want line %d with %q", x.name, err, x.line, x.want)
		}
	}
}

// A cycle that no way from the root reaches is refused as well.
func TestRefusesACycleApart(t *testing.T) {
	text := strings.NewReplacer("num_leaves=2", "num_leaves=4", "split_feature=0", "split_feature=0 0 0", "threshold=5", "threshold=5 5 5",
		"decision_type=0", "decision_type=0 0 0", "left_child=-1", "left_child=-1 2 1", "right_child=-2", "right_child=-2 -3 -4",
		"leaf_value=1 2", "leaf_value=1 2 3 4", "internal_value=0", "internal_value=0 0 0").Replace(small("0", "5"))
	if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), "line 19: left_child, right_child: 4 of 7 nodes and leaves are not reached") {
		t.Error(err)
	}
}

func TestRefusesWhatIsTooLarge(t *testing.T) {
	if _, err := Parse(make([]byte, FileMax+1)); err == nil || !strings.Contains(err.Error(), "at most 67108864 are read") {
		t.Error(err)
	}
	var many strings.Builder
	many.WriteString(strings.Replace(small("0", "5"), "tree_sizes=300\n", "", 1))
	text := strings.TrimSuffix(many.String()[:strings.Index(many.String(), "end of trees")], "\n")
	many.Reset()
	many.WriteString(text)
	for i := 1; i <= treesMax; i++ {
		many.WriteString("Tree=")
		many.WriteString(strconv.Itoa(i))
		many.WriteString("\nnum_leaves=1\nleaf_value=0\n")
	}
	if _, err := Parse([]byte(many.String())); err == nil || !strings.Contains(err.Error(), "more than 100000 trees") {
		t.Error(err)
	}
}

// A file that is cut off anywhere before the end of its trees is refused: it is never a
// smaller model.
func TestRefusesWhatIsCutOff(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "binary.model"))
	if err != nil {
		t.Fatal(err)
	}
	end := bytes.Index(text, []byte("end of trees"))
	for n := 0; n < end+len("end of trees"); n += 7 {
		if _, err := Parse(text[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes are taken for a model", n, len(text))
		}
	}
	if _, err := Parse(text[:end+len("end of trees")]); err != nil {
		t.Error(err)
	}
}

// FuzzParse holds that no file makes the reader or the evaluation panic, and that a file
// of n bytes has no more than n numbers.
func FuzzParse(f *testing.F) {
	for _, decision := range []string{"0", "1", "6", "10"} {
		f.Add([]byte(small(decision, "0")))
	}
	if text, err := os.ReadFile(filepath.Join("testdata", "binary.model")); err == nil {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := Parse(text)
		if err != nil {
			var at *Error
			if !errors.As(err, &at) || at.Line < 1 || at.Line > bytes.Count(text, []byte("\n"))+1 {
				t.Errorf("the error %v has no line of the file", err)
			}
			return
		}
		if len(m.nodes)+len(m.leaves)+len(m.words)+len(m.Features) > len(text) {
			t.Errorf("%d bytes have %d splits, %d leaves and %d words", len(text), len(m.nodes), len(m.leaves), len(m.words))
		}
		sums, row, changes := make([]float64, m.Classes), make([]float64, len(m.Features)), make([]float64, len(m.Features))
		for _, v := range []float64{0, nan, -1, 1e300, 33} {
			for i := range row {
				row[i] = v
			}
			m.Raw(row, sums)
			for class, sum := range sums {
				if out := m.Output(sum); out != out {
					t.Errorf("class %d: %v of %v", class, out, sum)
				}
				m.Explain(class, row, changes)
			}
		}
	})
}
