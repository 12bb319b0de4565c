package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// The codes of errors are the same closed set in the program, in the schema and in
// docs/formats.md.
func TestCodesAreClosed(t *testing.T) {
	source, err := os.ReadFile("codes.go")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for line := range strings.Lines(string(source)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "= \""); ok && strings.HasPrefix(name, "code") {
			value, _, _ = strings.Cut(value, `"`)
			codes = append(codes, value)
		}
	}
	slices.Sort(codes)
	text, err := os.ReadFile("../../docs/schemas/error.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs struct {
			Error struct {
				Properties struct {
					Code struct {
						Enum []string `json:"enum"`
					} `json:"code"`
				} `json:"properties"`
			} `json:"error"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	listed := slices.Sorted(slices.Values(schema.Defs.Error.Properties.Code.Enum))
	if len(codes) < 10 || !slices.Equal(codes, listed) {
		t.Errorf("the program has the codes %v, the schema %v", codes, listed)
	}
	page, err := os.ReadFile("../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range codes {
		if !strings.Contains(string(page), "`"+c+"`") {
			t.Errorf("docs/formats.md says nothing of the code %s", c)
		}
	}
}
