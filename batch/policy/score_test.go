package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"daybook/aging/score"
)

// scores returns the example's scoring.
func scores(t *testing.T) *Policy {
	t.Helper()
	p, err := Load("testdata/examples/scores.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if p.Score.Scoring == nil {
		t.Fatal("the example has no scoring")
	}
	return p
}

// What the example states is what is scored by.
func TestScoring(t *testing.T) {
	p := scores(t)
	g := p.Score.Scoring
	cards := g.Cards[0]
	if want := (score.Applies{
		{Feature: score.ProductCode, Codes: []int64{0}}, {Feature: score.MonthsOnBook, Low: 6, High: 1<<63 - 1},
	}); !reflect.DeepEqual(cards.Applies, want) || p.Products[0].Name != "card" {
		t.Errorf("applies %+v, want %+v", cards.Applies, want)
	}
	if want := []score.Bin{{Codes: []int64{0}, Points: 50}, {Codes: []int64{1, 2}, Points: 10}, {Points: -40}}; !reflect.DeepEqual(cards.Attributes[0].Bins, want) {
		t.Errorf("bins %+v, want %+v", cards.Attributes[0].Bins, want)
	}
	if len(g.Cards) != 2 || g.Cards[1].Applies != nil || g.Cards[1].Base != 480 || len(g.Cards[1].Attributes) != 3 {
		t.Errorf("cards %+v", g.Cards)
	}
	if want := []string{"past_due", "arrears_recent", "utilisation_high", "region"}; !reflect.DeepEqual(g.Texts, want) || g.Cards[1].Attributes[2].Reason != score.Reasons+3 {
		t.Errorf("reasons %v", g.Texts)
	}
	for f := range score.FeatureKinds {
		used := f == score.BucketCode || f == score.Worst6m || f == score.Utilisation || f == score.RegionCode || f == score.ProductCode || f == score.MonthsOnBook
		if g.Uses.Has(f) != used {
			t.Errorf("%s is used: %v", f, !used)
		}
	}
	a := p.Score.Adjustments
	for r, want := range map[score.Reason]score.Adjustment{
		score.OnTime:        {Points: 3},
		score.Early:         {Points: 1, CapMonth: 3},
		score.Late:          {Points: -6, CapMonth: 45, Decay: 992327946},
		score.BucketEntered: {PerBucket: []int32{0, -10, -25, -40, -40, -40, -40, -40}, Decay: 998102769},
		score.ChargedOff:    {Points: -100},
		score.PromiseKept:   {},
	} {
		if !reflect.DeepEqual(a[r], want) {
			t.Errorf("%s: %+v, want %+v", r, a[r], want)
		}
	}
	if len(p.Score.Edges) != 9 || p.Score.Edges[8] != 730 || len(p.Files()) != 0 {
		t.Errorf("edges %v, files %v", p.Score.Edges, p.Files())
	}
	if show := p.Show(); !strings.HasSuffix(show, strings.Join([]string{
		"# score.adjustments: installment_over_7_days_late keeps r = 992327946 billionths of its points from one day to the next (half_life_days 90)",
		"# score.adjustments: bucket_entered keeps r = 998102769 billionths of its points from one day to the next (half_life_days 365)",
		"# score.cards: behaviour is scaled as score = 487.1229 + 28.8539 · ln odds (600 at odds of 50, 20 points double them)", "",
	}, "\n")) {
		t.Errorf("shown:\n%s", show)
	}
}

// A policy that states none of it scores as ever.
func TestNoScoring(t *testing.T) {
	for _, text := range []string{"name: a\n", "score: {floor: 200}\n", "score: {points: {cured: 4}, regions: [north]}\n"} {
		p, err := Parse([]byte(text), "p.yaml")
		if err != nil || p.Score.Scoring != nil {
			t.Errorf("%q: %v, %v", text, p.Score.Scoring, err)
		}
	}
	if p, err := Parse([]byte("score: {adjustments: [{event: cured, points: 4}]}\n"), "p.yaml"); err != nil || p.Score.Scoring == nil ||
		p.Score.Adjustments[score.Cured].Points != 4 || p.Score.Adjustments[score.OnTime].Points != 3 {
		t.Errorf("one adjustment: %v", err)
	}
}

func TestIntervals(t *testing.T) {
	const least, most = -1 << 63, 1<<63 - 1
	for _, x := range []struct {
		text      string
		low, high int64
	}{
		{"> 90", 91, most}, {">= 90", 90, most}, {"< 5", least, 4}, {"<= 5", least, 5}, {"= 0", 0, 0}, {"1..7", 1, 7}, {">90", 91, most},
		{"> 5, <= 30", 6, 30}, {"-3 .. -1", -3, -1}, {"> 1, < 9, 0..5", 2, 5}, {"= -7", -7, -7},
	} {
		if low, high, err := interval(x.text); err != nil || low != x.low || high != x.high {
			t.Errorf("%q: %d to %d, %v, want %d to %d", x.text, low, high, err, x.low, x.high)
		}
	}
	for _, text := range []string{"", "5", "== 5", "=> 5", "> ", "> x", "1..", "..7", "7..1", "> 5 6", "> 1000000000000001", "> 5,", "<> 5", "1...7"} {
		if low, high, err := interval(text); err == nil {
			t.Errorf("%q: %d to %d", text, low, high)
		}
	}
}

// modelOf is a model of two columns, of which the trees use the first.
const modelOf = `tree
version=v4
num_class=1
num_tree_per_iteration=1
max_feature_idx=1
objective=binary sigmoid:1
feature_names=arrears unused

Tree=0
num_leaves=2
num_cat=0
split_feature=0
threshold=1.5
decision_type=8
left_child=-1
right_child=-2
leaf_value=-2 2
internal_value=0

end of trees
`

// inFolder writes a model and a policy that names it; edits are of the policy.
func inFolder(t *testing.T, model string, edits ...string) (*Policy, error) {
	t.Helper()
	dir := t.TempDir()
	text := `score:
  models:
    - name: risk
      file: models/risk.txt
      features: {arrears: worst_6m}
      scale: {from: 0, to: 1, points: [850, 300]}
`
	err := errors.Join(os.Mkdir(filepath.Join(dir, "models"), 0o700), os.WriteFile(filepath.Join(dir, "models", "risk.txt"), []byte(model), 0o600),
		os.WriteFile(filepath.Join(dir, "p.yaml"), []byte(strings.NewReplacer(edits...).Replace(text)), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	return Load(filepath.Join(dir, "p.yaml"))
}

// The file of a model is read from the policy's folder, its digest is part of the
// policy's, and the book that keeps both needs no folder.
func TestModelOfAPolicy(t *testing.T) {
	p, err := inFolder(t, modelOf)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(modelOf))
	if files := p.Files(); len(files) != 1 || files[0].Name != "models/risk.txt" || files[0].Digest != sum || string(files[0].Text) != modelOf {
		t.Errorf("files %v", files)
	}
	if !strings.Contains(p.Show(), "sha256: \""+hex.EncodeToString(sum[:])+"\"") && !strings.Contains(p.Show(), "sha256: "+hex.EncodeToString(sum[:])) {
		t.Errorf("shown without the file's digest:\n%s", p.Show())
	}
	q, err := ParseKept(p.Canonical, "the book's policy", func(digest [sha256.Size]byte) ([]byte, error) {
		if digest != sum {
			t.Errorf("asked for %x", digest)
		}
		return []byte(modelOf), nil
	})
	if err != nil || q.Digest != p.Digest || len(q.Files()) != 1 {
		t.Fatalf("kept: %v", err)
	}
	var x score.Features
	var s score.Scratch
	x.Set(score.Worst6m, 2)
	got, reasons, ok := q.Score.Scoring.Base(&x, &q.Score, &s)
	if want := [4]score.Reason{score.Reasons}; !ok || got != 366 || reasons != want || q.Score.Scoring.Texts[0] != "worst_6m" {
		t.Errorf("score %d, reasons %v of %v", got, reasons, q.Score.Scoring.Texts)
	}
	other, err := inFolder(t, strings.Replace(modelOf, "-2 2", "-2 3", 1))
	if err != nil || other.Digest == p.Digest {
		t.Errorf("another file, and the same digest of the policy; %v", err)
	}
	same, err := inFolder(t, modelOf, "models/risk.txt", "models/risk.txt\n      sha256: "+hex.EncodeToString(sum[:]))
	if err != nil || same.Digest != p.Digest {
		t.Errorf("the digest stated, and another policy; %v", err)
	}
}

func TestBadModels(t *testing.T) {
	for _, x := range []struct {
		name, model string
		edits       []string
		want        string
	}{
		{"no file", modelOf, []string{"risk.txt", "other.txt"}, "p.yaml:4: score.models[0].file: the file \"models/other.txt\" cannot be read"},
		{"a folder", modelOf, []string{"models/risk.txt", "models"}, "it is no regular file; its path is taken from the policy's folder"},
		{"damaged", strings.Replace(modelOf, "=1.5", "=nan", 1), nil, "p.yaml:4: score.models[0].file: models/risk.txt:13: threshold: \"nan\" is no finite number"},
		{"another digest", modelOf, []string{"models/risk.txt", "models/risk.txt\n      sha256: " + strings.Repeat("ab", 32)}, "and not the one that the policy states: abab"},
		{"a column unknown", modelOf, []string{"arrears: worst_6m", "arrears: worst_6m, arears: cures"}, "the model has no column \"arears\": did you mean \"arrears\"?"},
		{"a column unmapped", modelOf, []string{"arrears: worst_6m", "unused: worst_6m"}, "p.yaml:5: score.models[0].features: the model uses the column \"arrears\", which has no feature"},
		{"one feature twice", modelOf, []string{"arrears: worst_6m", "arrears: worst_6m, unused: worst_6m"}, "score.models[0].features.unused: worst_6m stands for the column arrears already"},
		{"no feature", modelOf, []string{"worst_6m", "worst_5m"}, "unknown value \"worst_5m\""},
		{"classes", strings.NewReplacer("num_class=1", "num_class=2", "iteration=1", "iteration=2", "binary sigmoid:1", "multiclass num_class:2",
			"end of trees", "Tree=1\nnum_leaves=1\nleaf_value=0\nend of trees").Replace(modelOf), nil, "has 2 classes, and a score is made of one"},
	} {
		_, err := inFolder(t, x.model, x.edits...)
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want %q", x.name, err, x.want)
		}
	}
	if _, err := inFolder(t, modelOf+strings.Repeat("#", namedMax)); err == nil || !strings.Contains(err.Error(), "is too large: one may have 8388608 bytes, all together 16777216") {
		t.Errorf("too large: %v", err)
	}
	p, err := inFolder(t, modelOf)
	if err != nil {
		t.Fatal(err)
	}
	_, err = ParseKept(p.Canonical, "the book's policy", func([sha256.Size]byte) ([]byte, error) { return nil, errors.New("lost") })
	if err == nil || !strings.Contains(err.Error(), "cannot be read: lost") {
		t.Errorf("a book without the file: %v", err)
	}
	if _, err = ParseKept(p.Canonical, "the book's policy", func([sha256.Size]byte) ([]byte, error) { return []byte(modelOf + "\n"), nil }); err == nil {
		t.Error("a book with another file is read")
	}
}
