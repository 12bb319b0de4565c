package charts

import (
	"fmt"
	"html"
	"math/bits"
	"strconv"
	"strings"

	"daybook/reports"
)

// A length is a tenth of a unit of an image. Images are 340 units wide, about as many pixels as the
// page gives them at a width of 360 and in each of three columns, so that texts keep their size.
type length int64

const imageWidth length = 3400

func (l length) String() string {
	if l%10 == 0 {
		return strconv.FormatInt(int64(l/10), 10)
	}
	sign := ""
	if l < 0 {
		sign, l = "-", -l
	}
	return sign + strconv.FormatInt(int64(l/10), 10) + "." + strconv.FormatInt(int64(l%10), 10)
}

// hatchMark stands for the reference to an image's own hatching until its chart has a name. No
// text has it: escape lets no such byte pass.
const (
	hatchMark = "\x00"
	hatchName = "\x01"
)

// An image is the inside of an SVG. Its zero value is empty.
type image struct {
	strings.Builder
	height length
}

// scaled returns v of max as a part of width, rounded down; 0 where max is 0.
// v is from 0 to max.
func scaled(v, max int64, width length) length {
	if v <= 0 || max <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(min(v, max)), uint64(width))
	q, _ := bits.Div64(hi, lo, uint64(max))
	return length(q)
}

// text writes a text in one line; class is of the style, empty for plain.
func (m *image) text(x, y length, class, s string) {
	fmt.Fprintf(m, `<text x="%s" y="%s"`, x, y)
	if class != "" {
		fmt.Fprintf(m, ` class="%s"`, class)
	}
	fmt.Fprintf(m, ">%s</text>\n", escape(s))
}

func (m *image) rect(x, y, width, height length, class string) {
	fmt.Fprintf(m, `<rect x="%s" y="%s" width="%s" height="%s" class="%s"/>`+"\n", x, y, width, height, class)
}

func (m *image) line(x1, y1, x2, y2 length, class string) {
	fmt.Fprintf(m, `<line x1="%s" y1="%s" x2="%s" y2="%s" class="%s"/>`+"\n", x1, y1, x2, y2, class)
}

// hatch defines the hatching of an image.
func (m *image) hatch() {
	m.WriteString(`<defs><pattern id="` + hatchName + `" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="2.2" height="5" class="stripe"/></pattern></defs>` + "\n")
}

// hatched lays the hatching over a rectangle.
func (m *image) hatched(x, y, width, height length) {
	fmt.Fprintf(m, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`+"\n", x, y, width, height, hatchMark)
}

// escape makes any text one of HTML, in an attribute too: what would turn the direction of
// writing or hide something is shown as Go writes it.
func escape(s string) string { return html.EscapeString(reports.Visible(s)) }

// words is a name with spaces.
func words(s string) string { return strings.ReplaceAll(s, "_", " ") }

// breadth is about how wide a text is at the size of an image's texts.
func breadth(s string) (w length) {
	for _, r := range s {
		switch {
		case r >= 0x1100: // scripts of East Asia
			w += 122
		case strings.ContainsRune(".,:;|'!iljtfr ()", r):
			w += 44
		case r >= 'A' && r <= 'Z', r == 'm', r == 'w', r == '%':
			w += 90
		default:
			w += 74
		}
	}
	return w
}

// fitted cuts a text to a breadth, in sight.
func fitted(s string, most length) string {
	s = reports.Visible(s)
	if breadth(s) <= most {
		return s
	}
	var b strings.Builder
	left := most - 120
	for _, r := range s {
		if left -= breadth(string(r)); left < 0 {
			break
		}
		b.WriteRune(r)
	}
	return b.String() + "…"
}
