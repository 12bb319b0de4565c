package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each piece of a policy that the documents show is one that policy check takes, with a name before it.
func TestDocumentedPolicies(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(err, "no page")
	}
	dir := t.TempDir()
	writeText(t, dir, "own.yaml", strings.Replace(run(t, "packs", "show", "ifrs9"), "pack: ifrs9", "pack: own", 1))
	writeText(t, dir, "models/risk.txt", smallModel)
	blocks := 0
	for _, page := range pages {
		all, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for i, rest := range strings.Split(string(all), "```yaml\n")[1:] {
			text, _, _ := strings.Cut(rest, "```")
			if strings.HasPrefix(text, " ") { // a part of a section
				text = "score:\n" + text
			}
			if !strings.Contains("\n"+text, "\nname:") {
				text = "name: documented\n" + text
			}
			path := writeText(t, dir, "policy.yaml", text)
			var stdout, stderr strings.Builder
			if status := newApp(&stdout, &stderr).run(t.Context(), []string{"policy", "check", path}); status != statusDone {
				t.Errorf("%s, piece %d: exit status %d\n%s%s", page, i+1, status, stdout.String(), stderr.String())
			}
			blocks++
		}
	}
	if blocks < 8 {
		t.Errorf("only %d pieces were found", blocks)
	}
}

// smallModel is a model in LightGBM's format: one tree that splits on two columns.
const smallModel = `tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=1
objective=binary sigmoid:1
feature_names=Column_0 Column_1
feature_infos=[0:9] [0:1]

Tree=0
num_leaves=3
num_cat=0
split_feature=0 1
split_gain=2 1
threshold=1.5 0.5
decision_type=2 2
left_child=1 -1
right_child=-2 -3
leaf_value=0.1 -0.1 0.2
leaf_weight=1 1 1
leaf_count=1 1 1
internal_value=0 0.1
internal_weight=3 2
internal_count=3 2
is_linear=0
shrinkage=0.1


end of trees
`
