package policy

import (
	"fmt"
	"strings"
	"testing"
)

// A colon without a blank behind it is part of a plain word, in whatever style a
// list is written (field 12).
func TestWordsWithColons(t *testing.T) {
	const head = "format_version: 1\nname: x\njurisdiction: none\ntime_zone: UTC\ncurrencies: [USD]\nproducts:\n  default:"
	const order = "[past_due:penalty, past_due:fee, past_due:interest, past_due:principal, due:penalty, due:fee, due:interest, due:principal]"
	var want string
	for _, text := range []string{
		"\n    allocation:\n    - order: " + order,
		"\n    allocation:\n    - order:\n      - " + strings.ReplaceAll(strings.Trim(order, "[]"), ", ", "\n      - "),
		" {allocation: [{order: " + order + "}]}",
		" {allocation: [{order: " + strings.ReplaceAll(order, ", ", ",") + "}]}",
		" {allocation: [{order: " + strings.ReplaceAll(order, ", ", ",\n      ") + "}]}",
		` {allocation: [{order: ["` + strings.ReplaceAll(strings.Trim(order, "[]"), ", ", `", "`) + `"]}]}`,
	} {
		p, err := Parse([]byte(head+text+"\n"), "p.yaml")
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := fmt.Sprint(p.Products[0].Allocation)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
	for _, text := range []string{"[past_due: penalty]", `["past_due":penalty]`, "[past_due :penalty]", `[past_due:"penalty"]`} {
		_, err := Parse([]byte(head+" {allocation: [{order: "+text+"}]}\n"), "p.yaml")
		if err == nil || !strings.Contains(err.Error(), "quote") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
