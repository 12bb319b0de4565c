package statement

import "daybook/reports/pdf"

// A grid is a table as it is set: its sizes of letters and the places of its columns.
type grid struct {
	*table
	size  pdf.Unit // of the letters
	small pdf.Unit // of what stands below them
	x     pdf.Unit
	width []pdf.Unit // of each column
	elem  *pdf.Elem
}

// columns is how many columns a table has.
func (t *table) columns() int {
	n := len(t.Head)
	for _, r := range t.Rows {
		n = max(n, len(r.Cells))
	}
	return n
}

// The sizes that letters of a table may have.
const (
	sizeMost  = 8 * pt
	sizeLeast = 4 * pt
)

// grid finds the largest letters in which all figures of a table have room beside words
// that may be broken; what they leave is the words' own.
func (w *sheet) grid(t *table, x, width pdf.Unit) *grid {
	g := &grid{table: t, x: x}
	n := t.columns()
	for g.size = sizeMost; ; g.size -= pt / 4 {
		g.small = g.size * 85 / 100
		g.width = make([]pdf.Unit, n)
		need, words := pdf.Unit(0), 0
		for c := range n {
			if t.flows(c) {
				words++
				continue
			}
			g.width[c] = w.natural(g, c) + 2*padding
			need += g.width[c]
		}
		least := pdf.Unit(words) * min(wordsLeast*g.size, width/2)
		if words == 0 {
			least = 0
		}
		if need+least <= width || g.size <= sizeLeast {
			w.spread(g, max(width-need, least), pdf.Unit(words))
			return g
		}
	}
}

// spread shares what the figures leave: words take what they need of it, and all columns
// the rest.
func (w *sheet) spread(g *grid, rest, words pdf.Unit) {
	for c := range g.width {
		if words > 0 && g.flows(c) {
			g.width[c] = min(w.natural(g, c)+2*padding, rest/words)
			rest -= g.width[c]
			words--
		}
	}
	for c := range g.width {
		g.width[c] += rest / pdf.Unit(len(g.width))
	}
}

// wordsLeast is how many letters' heights a column of words has at least.
const wordsLeast = 9

// flows reports whether a column's words may be broken: the first, and in the history the
// second beside the dates.
func (t *table) flows(c int) bool {
	if len(t.Head) > 2 && t.Head[0].Sub != "" {
		return c == 1
	}
	return c == 0
}

// natural is how wide the widest cell of a column is.
func (w *sheet) natural(g *grid, c int) (width pdf.Unit) {
	if c < len(g.Head) {
		width = w.widest(g.Head[c].Text, g.small)
		width = max(width, w.widest(g.Head[c].Sub, g.small))
	}
	for i := range g.Rows {
		if c < len(g.Rows[i].Cells) {
			cell := &g.Rows[i].Cells[c]
			size := g.size
			if g.Rows[i].Strong {
				size += size * 3 / 100
			}
			width = max(width, w.doc.Width(cell.Text, size))
			for _, sub := range cell.Subs {
				width = max(width, w.doc.Width(sub, g.small))
			}
		}
	}
	return width
}

// widest is the widest word of a head, which may be broken between words.
func (w *sheet) widest(text string, size pdf.Unit) (width pdf.Unit) {
	if w.doc.Width(text, size) < 36*pt {
		return w.doc.Width(text, size)
	}
	for _, word := range words(text) {
		width = max(width, w.doc.Width(trimmed(word), size))
	}
	return width
}

// A line is a line of a cell.
type line struct {
	text  string
	style pdf.Style
}

// lines are those of a cell.
func (w *sheet) lines(g *grid, r *row, c int) (list []line) {
	cell, width := &r.Cells[c], g.width[c]-2*padding
	put := func(text string, style pdf.Style) {
		if text == "" {
			return
		}
		for _, t := range w.wrap(text, style.Size, width) {
			list = append(list, line{t, style})
		}
	}
	main := pdf.Style{Size: g.size, Bold: r.Strong, Color: ink}
	if r.Undone {
		main.Color = soft
	}
	put(cell.Text, main)
	for _, sub := range cell.Subs {
		put(sub, pdf.Style{Size: g.small, Color: soft})
	}
	put(cell.Mark, pdf.Style{Size: g.small, Color: warn})
	return list
}

func tall(list []line) (height pdf.Unit) {
	for _, l := range list {
		height += leading(l.style.Size)
	}
	return height
}

// rowHeight is how tall a row is.
func (w *sheet) rowHeight(g *grid, r *row) (height pdf.Unit) {
	for c := range r.Cells {
		height = max(height, tall(w.lines(g, r, c)))
	}
	return height + 3*pt
}

// height is how tall a table is on one page.
func (w *sheet) height(t *table, width pdf.Unit) pdf.Unit {
	g := w.grid(t, 0, width)
	height := w.headHeight(g)
	if t.Title != "" {
		height += leading(9 * pt)
	}
	for i := range t.Rows {
		height += w.rowHeight(g, &t.Rows[i])
	}
	return height
}

// table sets a table; one that may go on has its head on every page.
func (w *sheet) table(t *table, x, width pdf.Unit, goesOn bool) {
	g := w.grid(t, x, width)
	if t.Title != "" {
		w.paragraph("P", t.Title, pdf.Style{Size: 9 * pt, Bold: true, Color: ink}, x, width, nil)
	}
	g.elem = w.doc.Tag(nil, "Table")
	w.head(g, true)
	for i := range t.Rows {
		r := &t.Rows[i]
		if goesOn && w.room(w.rowHeight(g, r)) {
			w.head(g, false)
		}
		w.row(g, r, i == len(t.Rows)-1)
	}
}

// headLines are the lines of a column's head.
func (w *sheet) headLines(g *grid, c int) (list []line) {
	h := &g.Head[c]
	style := pdf.Style{Size: g.small, Bold: true, Color: soft}
	for _, text := range w.wrap(h.Text, style.Size, g.width[c]-2*padding) {
		list = append(list, line{text, style})
	}
	if h.Sub != "" {
		for _, text := range w.wrap(h.Sub, style.Size, g.width[c]-2*padding) {
			list = append(list, line{text, pdf.Style{Size: g.small, Color: soft}})
		}
	}
	return list
}

func (w *sheet) headHeight(g *grid) (height pdf.Unit) {
	if g.Head == nil {
		return 0
	}
	for c := range g.Head {
		height = max(height, tall(w.headLines(g, c)))
	}
	return height + 3*pt
}

// head sets a table's head: as the table's own on its first page, and on those after it
// as none of the document's content.
func (w *sheet) head(g *grid, first bool) {
	if g.Head == nil {
		return
	}
	height := w.headHeight(g)
	var tr *pdf.Elem
	if first {
		tr = w.doc.Tag(g.elem, "TR")
	}
	x := g.x
	for c := range g.Head {
		var e *pdf.Elem
		if first {
			e = w.doc.Head(tr, "Column")
		}
		list := w.headLines(g, c)
		w.cell(e, list, x, g.width[c], w.y+height-2*pt-tall(list), g.Head[c].Figure, c == 0)
		x += g.width[c]
	}
	w.y += height
	w.page.Line(g.x, w.y, x, w.y, 700, soft)
}

// cell sets the lines of a cell, figures to the right. The first column begins where the
// table does.
func (w *sheet) cell(e *pdf.Elem, list []line, x, width, y pdf.Unit, figure, first bool) {
	for _, l := range list {
		at := x + padding
		if first {
			at = x
		}
		if figure {
			at = x + width - padding - w.doc.Width(l.text, l.style.Size)
		}
		w.page.Text(e, at, y+l.style.Size*105/100, l.style, l.text)
		y += leading(l.style.Size)
	}
}

func (w *sheet) row(g *grid, r *row, last bool) {
	tr := w.doc.Tag(g.elem, "TR")
	height, x := w.rowHeight(g, r), g.x
	for c := range r.Cells {
		var e *pdf.Elem
		if g.Names(c) {
			e = w.doc.Head(tr, "Row")
		} else {
			e = w.doc.Tag(tr, "TD")
		}
		list := w.lines(g, r, c)
		w.cell(e, list, x, g.width[c], w.y+pt, g.At(c).Figure || g.Head == nil && c > 0, c == 0)
		if r.Undone && len(list) > 0 && (c == 1 || c == 2) {
			w.strike(g, c, x, &list[0])
		}
		x += g.width[c]
	}
	w.y += height
	if !last {
		w.page.Line(g.x, w.y, x, w.y, 300, rule)
	}
}

// strike draws a line through the first line of a cell.
func (w *sheet) strike(g *grid, c int, x pdf.Unit, l *line) {
	from, width := x+padding, w.doc.Width(l.text, l.style.Size)
	if g.At(c).Figure {
		from = x + g.width[c] - padding - width
	}
	y := w.y + pt + l.style.Size*75/100
	w.page.Line(from, y, from+width, y, 500, l.style.Color)
}
