package reports

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestVisible(t *testing.T) {
	for _, x := range []struct{ text, want, lines string }{
		{"L0000000001", "L0000000001", "L0000000001"},
		{"李四 №1 é e\u0301 a\u00a0b", "李四 №1 é e\u0301 a\u00a0b", "李四 №1 é e\u0301 a\u00a0b"},
		{"\x1b[2J\a", `\x1b[2J\x07`, `\x1b[2J\x07`},
		{"a\nb\tc\rd", `a\nb\tc\rd`, "a\nb\tc" + `\rd`},
		{"\x7f\u0085\u009b31m", `\x7f\x85\x9b31m`, `\x7f\x85\x9b31m`},
		{"\u2028\u2029\u202e\u2066\u200f\ufeff", `\u2028\u2029\u202e\u2066\u200f\ufeff`, `\u2028\u2029\u202e\u2066\u200f\ufeff`},
		{"\U000e0041", `\U000e0041`, `\U000e0041`},
		{"bad \xff\xc0 and \ufffd", `bad \xff\xc0 and ` + "\ufffd", `bad \xff\xc0 and ` + "\ufffd"},
	} {
		if got := Visible(x.text); got != x.want {
			t.Errorf("%q is shown as %q, want %q", x.text, got, x.want)
		}
		if got := VisibleLines(x.text); got != x.lines {
			t.Errorf("%q is shown as the lines %q, want %q", x.text, got, x.lines)
		}
	}
}

// Whatever the bytes are, nothing that a terminal obeys is left, and what is
// shown is shown as it is.
func TestVisibleIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "text"))
		got := Visible(text)
		if !utf8.ValidString(got) || Visible(got) != got || VisibleLines(got) != got {
			t.Errorf("%q is shown as %q", text, got)
		}
		for _, r := range got {
			if r < 0x20 || r >= 0x7f && r < 0xa0 {
				t.Errorf("%q is shown with %U", text, r)
			}
		}
	})
}
