package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const aModel = `tree
version=v4
num_class=1
num_tree_per_iteration=1
max_feature_idx=0
objective=regression
feature_names=worst

Tree=0
num_leaves=2
num_cat=0
split_feature=0
threshold=1.5
decision_type=2
left_child=-1
right_child=-2
leaf_value=0.75 0.125

end of trees
`

const scoredByModel = `format_version: 1
name: scored
score:
  models:
    - name: risk
      file: models/risk.txt
      applies: {product: default}
      features: {worst: worst_days_past_due}
      scale: {from: 0, to: 1, points: [850, 300]}
`

// TestPolicyWithItsFiles: a policy of models comes out of its book whole, so that it can be checked, compared and used elsewhere;
// what lies in the folder is left alone.
func TestPolicyWithItsFiles(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(at(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("mine/models/risk.txt", aModel)
	write("mine/policy.yaml", scoredByModel)
	run(t, "init", "--book", at("book"), "--policy", at("mine/policy.yaml"))
	if err := os.RemoveAll(at("mine/models")); err != nil {
		t.Fatal(err)
	}
	show := []string{"policy", "show", "--book", at("book"), "--files", at("copy")}
	write("copy/policy.yaml", run(t, show...))
	if text, err := os.ReadFile(at("copy/models/risk.txt")); err != nil || string(text) != aModel {
		t.Errorf("the model came out as %q, %v", text, err)
	}
	run(t, "policy", "check", at("copy/policy.yaml"))
	run(t, show...) // the files are there
	write("mine/models/risk.txt", aModel)
	run(t, "policy", "diff", at("copy/policy.yaml"), at("mine/policy.yaml"))
	write("copy/models/risk.txt", "mine")
	if said := says(t, statusFailed, show...); !strings.Contains(said, "nothing is overwritten") {
		t.Error(said)
	}
	if text, err := os.ReadFile(at("copy/models/risk.txt")); err != nil || string(text) != "mine" {
		t.Errorf("a file of mine is %q, %v", text, err)
	}
	write("far/policy.yaml", strings.Replace(scoredByModel, "models/risk.txt", at("mine/models/risk.txt"), 1))
	run(t, "init", "--book", at("other"), "--policy", at("far/policy.yaml"))
	if said := says(t, statusDone, "policy", "show", "--book", at("other"), "--files", at("near")); !strings.Contains(said, "the policy's key is to be changed") || !exists(at("near/risk.txt")) {
		t.Error(said)
	}
	says(t, statusUsage, "policy", "show", "--files", at("copy"))
	says(t, statusUsage, "policy", "show", at("copy/policy.yaml"), "--files", at("copy"))
}
