package statement

import (
	"unicode"
	"unicode/utf8"

	"daybook/reports/pdf"
)

const pt = pdf.Point

// Measures of the page.
const (
	margin  = 44 * pt
	inner   = pdf.Width - 2*margin
	bottom  = pdf.Height - 52*pt // nothing but the foot lies below it
	padding = 3 * pt             // of a cell, on either side
	gutter  = 24 * pt            // between two narrow tables
)

var (
	ink    = pdf.Color{R: 0x1c, G: 0x1f, B: 0x23}
	soft   = pdf.Color{R: 0x5d, G: 0x63, B: 0x6a}
	rule   = pdf.Color{R: 0xcf, G: 0xcb, B: 0xc2}
	accent = pdf.Color{R: 0x2f, G: 0x5d, B: 0x8a}
	warn   = pdf.Color{R: 0x8a, G: 0x55, B: 0x00}
	tint   = pdf.Color{R: 0xf6, G: 0xf4, B: 0xef}
)

// A sheet sets a page of a statement on pages of paper, from top to bottom.
type sheet struct {
	doc  *pdf.Document
	page *pdf.Page
	y    pdf.Unit // from the top, of what comes next
}

// pdf writes the statement as a document.
func (s *Statement) pdf(fonts *pdf.Fonts) ([]byte, error) {
	p := compose(s)
	year, month, day := s.AsOf.Split()
	doc := pdf.New(fonts, pdf.Info{
		Title: p.Title + " " + p.Loan + ", " + p.Period, Language: s.Locale.Tag, Creator: creator, Mark: s.Mark(), Year: year, Month: month, Day: day,
	})
	w := &sheet{doc: doc}
	w.newPage()
	w.top(p, s)
	for i := range p.Sections {
		w.section(&p.Sections[i])
	}
	w.space(6 * pt)
	w.foot(p.Foot)
	for i, page := range doc.Pages() {
		text := p.Loan + " · " + p.Period
		number := s.Locale.say("page", i+1, len(doc.Pages()))
		style := pdf.Style{Size: 7000, Color: soft}
		page.Text(nil, margin, pdf.Height-30*pt, style, w.clip(text, style.Size, inner-doc.Width(number, style.Size)-gutter))
		page.Text(nil, pdf.Width-margin-doc.Width(number, style.Size), pdf.Height-30*pt, style, number)
	}
	return doc.Bytes()
}

func (w *sheet) newPage() {
	w.page = w.doc.Page()
	w.y = margin
}

func (w *sheet) space(height pdf.Unit) { w.y += height }

// room begins a new page where there is not so much room on this one.
func (w *sheet) room(height pdf.Unit) bool {
	if w.y+height <= bottom || w.y == margin {
		return false
	}
	w.newPage()
	return true
}

// leading is the distance of lines of a size.
func leading(size pdf.Unit) pdf.Unit { return size * 14 / 10 }

// paragraph sets a text in lines, as a part of its own or as content of one.
func (w *sheet) paragraph(kind, text string, style pdf.Style, x, width pdf.Unit, parent *pdf.Elem) {
	e := w.doc.Tag(parent, kind)
	for _, line := range w.wrap(text, style.Size, width) {
		w.room(leading(style.Size))
		w.page.Text(e, x, w.y+style.Size, style, line)
		w.y += leading(style.Size)
	}
}

// foot sets what is said last; it stays together, so that no page has its last line alone.
func (w *sheet) foot(texts []string) {
	style := pdf.Style{Size: 7500, Color: soft}
	lines := 0
	for _, text := range texts {
		lines += len(w.wrap(text, style.Size, inner))
	}
	w.room(pdf.Unit(lines) * leading(style.Size))
	for _, text := range texts {
		w.paragraph("P", text, style, margin, inner, nil)
	}
}

// top sets what comes before the sections.
func (w *sheet) top(p *page, s *Statement) {
	for _, line := range p.Addressee {
		w.paragraph("P", line, pdf.Style{Size: 9500, Color: ink}, margin, inner, nil)
	}
	if len(p.Addressee) > 0 {
		w.space(18 * pt)
	}
	w.paragraph("H1", p.Title, pdf.Style{Size: 19 * pt, Bold: true, Color: ink}, margin, inner, nil)
	w.space(2 * pt)
	w.paragraph("P", s.Locale.say("loan")+" "+p.Loan+" · "+p.Period, pdf.Style{Size: 10500, Color: ink}, margin, inner, nil)
	w.space(2 * pt)
	w.paragraph("P", p.Lead, pdf.Style{Size: 8500, Color: soft}, margin, inner, nil)
	w.space(5 * pt)
	w.page.Line(margin, w.y, margin+inner, w.y, 1200, ink)
	w.space(8 * pt)
	w.cards(p.Cards)
	for _, n := range p.Notes {
		w.note(n)
	}
}

// cards sets the figures that are seen first, beside each other.
func (w *sheet) cards(list []card) {
	const between = 6 * pt
	width := (inner - between*pdf.Unit(len(list)-1)) / pdf.Unit(len(list))
	text := width - 12*pt
	type lines struct{ label, value, note []string }
	var all []lines
	tall := pdf.Unit(0)
	size := 12 * pt
	for _, c := range list { // the largest amount decides for all
		for size > 7*pt && w.doc.Width(c.Value, size) > text {
			size -= pt / 2
		}
	}
	for _, c := range list {
		l := lines{w.wrap(c.Label, 7500, text), w.wrap(c.Value, size, text), w.wrap(c.Note, 7500, text)}
		all = append(all, l)
		tall = max(tall, leading(7500)*pdf.Unit(len(l.label)+len(l.note))+leading(size)*pdf.Unit(len(l.value))+12*pt)
	}
	for i, l := range all {
		x := margin + pdf.Unit(i)*(width+between)
		w.page.Fill(x, w.y, width, tall, tint)
		e := w.doc.Tag(nil, "P")
		y := w.y + 5*pt
		put := func(list []string, style pdf.Style) {
			for _, line := range list {
				w.page.Text(e, x+6*pt, y+style.Size, style, line)
				y += leading(style.Size)
			}
		}
		put(l.label, pdf.Style{Size: 7500, Color: soft})
		put(l.value, pdf.Style{Size: size, Bold: true, Color: ink})
		put(l.note, pdf.Style{Size: 7500, Color: soft})
	}
	w.y += tall + 8*pt
}

// note sets a sentence beside a bar.
func (w *sheet) note(n note) {
	style, bar := pdf.Style{Size: 8800, Color: ink}, accent
	if n.Grave {
		bar = warn
	}
	lines := pdf.Unit(len(w.wrap(n.Text, style.Size, inner-12*pt)))
	w.room(lines*leading(style.Size) + 6*pt)
	w.page.Fill(margin, w.y, 2500, lines*leading(style.Size)+2*pt, bar)
	w.paragraph("P", n.Text, style, margin+9*pt, inner-12*pt, nil)
	w.space(6 * pt)
}

// section sets a heading and its tables. It stays with the first lines of them.
func (w *sheet) section(s *section) {
	w.space(9 * pt)
	w.room(w.least(s))
	style := pdf.Style{Size: 11500, Bold: true, Color: ink}
	e := w.doc.Tag(nil, "H2")
	w.page.Text(e, margin, w.y+style.Size, style, s.Title)
	if s.Note != "" {
		x := margin + w.doc.Width(s.Title, style.Size) + 6*pt
		small := pdf.Style{Size: 7500, Color: soft}
		if lines := w.wrap(s.Note, small.Size, margin+inner-x); len(lines) == 1 {
			w.page.Text(e, x, w.y+style.Size, small, s.Note)
		} else {
			w.y += leading(style.Size)
			w.paragraph("P", s.Note, small, margin, inner, nil)
			w.y -= leading(style.Size)
		}
	}
	w.y += leading(style.Size) + 2*pt
	if s.Empty != "" {
		w.paragraph("P", s.Empty, pdf.Style{Size: 8500, Color: ink}, margin, inner, nil)
	}
	for i := 0; i < len(s.Tables); i++ {
		t := &s.Tables[i]
		if !t.Half {
			w.table(t, margin, inner, true)
			continue
		}
		w.room(w.pair(s.Tables[i:]))
		start := w.y
		w.table(t, margin, halfWidth, false)
		if i+1 < len(s.Tables) && s.Tables[i+1].Half {
			left := w.y
			w.y = start
			i++
			w.table(&s.Tables[i], margin+halfWidth+gutter, halfWidth, false)
			w.y = max(w.y, left)
		}
		w.space(4 * pt)
	}
}

// halfWidth is that of a narrow table.
const halfWidth = (inner - gutter) / 2

// pair is how tall a narrow table is with the one that stands beside it.
func (w *sheet) pair(list []table) pdf.Unit {
	height := w.height(&list[0], halfWidth)
	if len(list) > 1 && list[1].Half {
		height = max(height, w.height(&list[1], halfWidth))
	}
	return height
}

// least is the room that a section begins in: that of its heading and its first tables, or
// some lines of one that may go on.
func (w *sheet) least(s *section) pdf.Unit {
	if len(s.Tables) == 0 || !s.Tables[0].Half {
		return 70 * pt
	}
	return w.pair(s.Tables) + 34*pt
}

// clip shortens a text to a width.
func (w *sheet) clip(text string, size, width pdf.Unit) string {
	for w.doc.Width(text, size) > width && text != "" {
		_, n := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-n]
	}
	return text
}

// wrap breaks a text into lines of at most a width: between words, between Chinese
// characters, and within a word that is wider than a line.
func (w *sheet) wrap(text string, size, width pdf.Unit) (lines []string) {
	line := ""
	for _, word := range words(text) {
		for {
			if w.doc.Width(trimmed(line+word), size) <= width {
				line += word
				break
			}
			if line != "" {
				lines = append(lines, trimmed(line))
				line = ""
				continue
			}
			head := w.clip(word, size, width)
			for head != "" && len(head) < len(word) && !mayBreak(head, word[len(head):]) {
				_, n := utf8.DecodeLastRuneInString(head)
				head = head[:len(head)-n]
			}
			if head == "" { // not even one letter fits
				_, n := utf8.DecodeRuneInString(word)
				head = word[:n]
			}
			lines = append(lines, head)
			if word = word[len(head):]; word == "" {
				break
			}
		}
	}
	if line != "" {
		lines = append(lines, trimmed(line))
	}
	return lines
}

func trimmed(line string) string {
	for len(line) > 0 && line[len(line)-1] == ' ' {
		line = line[:len(line)-1]
	}
	return line
}

// mayBreak reports whether a word that is too wide may be broken here: not before what
// stands above, below or around the letter before it.
func mayBreak(before, after string) bool {
	r, _ := utf8.DecodeRuneInString(after)
	last, _ := utf8.DecodeLastRuneInString(before)
	joins := func(r rune) bool { return unicode.In(r, unicode.Mn, unicode.Mc) || r == 0x200c || r == 0x200d }
	return !joins(r) && last != 0x94d && last != 0x200d
}

// words are the pieces between which a line may end, each with the spaces behind it.
func words(text string) (list []string) {
	from := 0
	letters := []rune(text)
	for i := 1; i < len(letters); i++ {
		before, after := letters[i-1], letters[i]
		if before == ' ' && after != ' ' || wide(before) && !closes(after) && after != ' ' && !opens(before) || wide(after) && !closes(after) && before != ' ' && !opens(before) && before != 0xa0 {
			list = append(list, string(letters[from:i]))
			from = i
		}
	}
	return append(list, string(letters[from:]))
}

func wide(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef
}

func closes(r rune) bool {
	switch r {
	case '，', '。', '、', '；', '：', '？', '！', '）', '》', '”', '’', '」', '】', ',', '.', ')', ':', ';':
		return true
	}
	return false
}

func opens(r rune) bool {
	switch r {
	case '（', '《', '“', '‘', '「', '【', '(':
		return true
	}
	return false
}
