package charts

import (
	"fmt"
	"slices"
	"strings"
)

// A point of a line.
type point struct{ x, y int64 }

// A series is a line: its points by x, and its name at its end.
type series struct {
	name   string
	points []point
}

// A plot is the place and the scales of lines in an image.
type plot struct {
	left, right, top, bottom length
	xLeast, xMost            int64
	yLeast, yMost            int64
}

func (p *plot) x(v int64) length {
	return p.left + scaled(v-p.xLeast, p.xMost-p.xLeast, p.right-p.left)
}

func (p *plot) y(v int64) length {
	return p.bottom - scaled(half(v)-half(p.yLeast), half(p.yMost)-half(p.yLeast), p.bottom-p.top)
}

// line draws a series; its number gives its dashes, its marks and its colour.
func (m *image) series(p *plot, s *series, number int) {
	var d strings.Builder
	for i, v := range s.points {
		letter := "L"
		if i == 0 {
			letter = "M"
		}
		fmt.Fprintf(&d, "%s%s %s", letter, p.x(v.x), p.y(v.y))
	}
	fmt.Fprintf(m, `<path d="%s" class="line line%d"/>`+"\n", d.String(), number)
	every := max(1, len(s.points)/8)
	for i, v := range s.points {
		if i == len(s.points)-1 || i%every == 0 {
			m.dot(p.x(v.x), p.y(v.y), number)
		}
	}
}

// dot draws the mark of a series: a disc, square, triangle, diamond, or cross.
func (m *image) dot(x, y length, number int) {
	const r length = 28
	switch number {
	case 1:
		fmt.Fprintf(m, `<circle cx="%s" cy="%s" r="%s" class="dot1"/>`+"\n", x, y, r)
	case 2:
		m.rect(x-r, y-r, 2*r, 2*r, "dot2")
	case 3:
		fmt.Fprintf(m, `<path d="M%s %sl%s %sh-%sz" class="dot3"/>`+"\n", x, y-r-5, r+5, 2*r+5, 2*(r+5))
	case 4:
		fmt.Fprintf(m, `<path d="M%s %sl%s %sl-%s %sl-%s -%sz" class="dot4"/>`+"\n", x, y-r-8, r+8, r+8, r+8, r+8, r+8, r+8)
	default:
		fmt.Fprintf(m, `<path d="M%s %sl%s %sm0 -%sl-%s %s" class="line line5 solid"/>`+"\n", x-r, y-r, 2*r, 2*r, 2*r, 2*r, 2*r)
	}
}

// ends writes the names of series at their ends, apart from each other.
func (m *image) ends(p *plot, list []series) {
	type end struct {
		y      length
		number int
		name   string
	}
	var all []end
	for i, s := range list {
		all = append(all, end{p.y(s.points[len(s.points)-1].y) + 38, i + 1, s.name})
	}
	slices.SortStableFunc(all, func(a, b end) int { return compare(int64(a.y), int64(b.y)) })
	const pitch length = 130
	for i := range all {
		if i > 0 {
			all[i].y = max(all[i].y, all[i-1].y+pitch)
		}
	}
	lowest := p.bottom + 38
	for i := len(all) - 1; i >= 0; i-- {
		all[i].y = min(all[i].y, lowest)
		lowest = all[i].y - pitch
	}
	for _, e := range all {
		m.dot(p.right+90, e.y-38, e.number)
		m.text(p.right+150, e.y, "", fitted(e.name, imageWidth-p.right-150))
	}
}

// nice is the least of 1, 2 and 5 times a power of ten that is not less than v.
func nice(v int64) int64 {
	for unit := int64(1); unit <= 1_000_000_000_000_000; unit *= 10 {
		for _, n := range []int64{1, 2, 5} {
			if n*unit >= v {
				return n * unit
			}
		}
	}
	return v
}
