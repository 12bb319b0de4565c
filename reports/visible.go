package reports

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible writes a text of others for people: what a terminal would obey and
// not show stands there escaped, as Go writes it. That is whatever is neither a
// letter, mark, figure, sign nor space: control characters, line ends, the
// marks that turn the direction of writing, and bytes that are no UTF-8. So an
// id or a file's name can't clear a screen, forge a line or hide a part of it.
func Visible(s string) string { return visible(s, "") }

// VisibleLines is [Visible] for a text of several lines: line ends and tabs stay.
func VisibleLines(s string) string { return visible(s, "\n\t") }

func visible(s, kept string) string {
	plain := func(r rune, size int) bool {
		return unicode.IsGraphic(r) && (r != utf8.RuneError || size > 1) || strings.ContainsRune(kept, r)
	}
	for i := 0; ; {
		if i == len(s) {
			return s // as nearly always
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if !plain(r, size) {
			break
		}
		i += size
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case plain(r, size):
			b.WriteString(s[i : i+size])
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	return b.String()
}
