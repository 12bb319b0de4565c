package pdf

import (
	"fmt"
	"slices"
	"unicode/utf16"
)

// Text sets a text as content of a part, or as none of the document's where there is no
// part: from a place on the left, and with its baseline so far from the top.
func (p *Page) Text(e *Elem, x, y Unit, style Style, text string) {
	runs := p.doc.shape(text)
	if e != nil && slices.ContainsFunc(runs, func(r run) bool { return r.complex }) {
		e = p.doc.Tag(e, "Span")
		e.actual = text
	}
	p.begin(e)
	for i := range runs {
		p.set(&runs[i], x, y, &style)
		x += p.doc.fonts.measure(&runs[i], style.Size)
	}
	p.end()
}

// set sets one run.
func (p *Page) set(r *run, x, y Unit, style *Style) {
	face := p.doc.fonts.faces[r.face].sfnt
	used := p.doc.used[r.face]
	if used == nil {
		used = newSubset(face)
		p.doc.used[r.face] = used
	}
	if r.complex { // what copies or reads it takes the letters, not the glyphs
		p.content = fmt.Appendf(p.content, "/Span <</ActualText <%s>>> BDC\n", hexText(r.text))
	}
	p.content = fmt.Appendf(p.content, "BT /F%d %s Tf %s rg ", r.face, style.Size, style.Color)
	if style.Bold {
		p.content = fmt.Appendf(p.content, "2 Tr %s RG %s w ", style.Color, style.Size*3/100)
	}
	p.content = fmt.Appendf(p.content, "1 0 0 1 %s %s Tm [", x, Height-y)
	milli := func(v int32) int32 { return int32(int64(v) * 1000 / int64(face.upem)) }
	rise, pending := int32(0), int32(0)
	for i := range r.glyphs {
		g := &r.glyphs[i]
		if g.y != rise {
			rise = g.y
			p.content = fmt.Appendf(p.content, "] TJ %s Ts [", Unit(int64(rise)*int64(style.Size)/int64(face.upem)))
		}
		if before := pending - milli(g.x); before != 0 {
			p.content = fmt.Appendf(p.content, "%d", before)
		}
		p.content = fmt.Appendf(p.content, "<%04X>", used.number(g.id, g.letters))
		width, _ := face.metric(g.id)
		pending = milli(int32(width)) - milli(g.advance) + milli(g.x)
	}
	p.content = append(p.content, "] TJ"...)
	if rise != 0 {
		p.content = append(p.content, " 0 Ts"...)
	}
	if style.Bold {
		p.content = append(p.content, " 0 Tr"...)
	}
	p.content = append(p.content, " ET\n"...)
	if r.complex {
		p.content = append(p.content, "EMC\n"...)
	}
}

// hexText is a text as UTF-16 in hexadecimal digits, with its mark.
func hexText(s string) string {
	b := []byte("FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		b = fmt.Appendf(b, "%04X", u)
	}
	return string(b)
}
