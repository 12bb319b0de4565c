package charts

// A bar is a row of bars: above a label and its figure, below them the bar.
type bar struct {
	label    string
	value    string
	from, to int64  // on the scale of all bars; from is 0 unless the bar floats
	look     string // of the style: fill, total, up, down
	hatched  bool   // the mark of what is not colour alone
	heading  bool   // a text alone
}

// The measures of bars.
const (
	barPitch  length = 300
	barLabel  length = 110 // baseline
	barTop    length = 160
	barHeight length = 80
	headPitch length = 240
	headLabel length = 170
	barLeast  length = 20 // so that it is seen
)

// bars draws rows of bars on one scale; where they float below 0, the line of 0 is shown.
func bars(list []bar) (m image) {
	m.hatch()
	var least, most int64
	for _, b := range list {
		least, most = min(least, b.from, b.to), max(most, b.from, b.to)
	}
	place := func(v int64) length { return scaled(half(v)-half(least), half(most)-half(least), imageWidth) }
	var y length
	for _, b := range list {
		if b.heading {
			m.text(0, y+headLabel, "b", fitted(b.label, imageWidth-breadth(b.value)-80))
			m.text(imageWidth, y+headLabel, "end soft", b.value)
			y += headPitch
			continue
		}
		m.text(0, y+barLabel, "", fitted(b.label, imageWidth-breadth(b.value)-80))
		m.text(imageWidth, y+barLabel, "end", b.value)
		m.rect(0, y+barTop, imageWidth, barHeight, "track")
		left, right := place(min(b.from, b.to)), place(max(b.from, b.to))
		if b.from != b.to {
			left = min(left, imageWidth-barLeast)
			width := max(right-left, barLeast)
			m.rect(left, y+barTop, width, barHeight, b.look)
			if b.hatched {
				m.hatched(left, y+barTop, width, barHeight)
			}
		}
		if least < 0 {
			m.line(place(0), y+barTop-20, place(0), y+barTop+barHeight+20, "axis")
		}
		y += barPitch
	}
	m.height = y
	return m
}

// half is half of a number, so that the difference of two has room.
func half(v int64) int64 { return v / 2 }

// A step is a flow of a bridge.
type step struct {
	name   string
	loans  int64
	amount int64
}

// bridge returns the bars of an opening, the steps, and a closing: each step floats from where
// the one before it ended.
func (n *Night) bridge(currency string, opening int64, steps []step, closing int64) []bar {
	list := []bar{{label: "opening", value: n.money(currency, opening), to: opening, look: "total"}}
	at := opening
	for _, s := range steps {
		b := bar{label: s.name, value: n.signed(currency, s.amount), from: at, to: at + s.amount, look: "up"}
		if s.loans > 0 {
			b.label += " · " + loans(s.loans)
		}
		if s.amount < 0 {
			b.look, b.hatched = "down", true
		}
		at += s.amount
		list = append(list, b)
	}
	return append(list, bar{label: "closing", value: n.money(currency, closing), to: closing, look: "total"})
}
