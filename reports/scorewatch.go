package reports

import (
	"io"
	"slices"

	"daybook/aging/score"
)

// The monitoring of scores compares how tonight's loans score with a reference, and how the
// scores of a year ago told those who became bad from the others.
// Source: regulatory.md, section 6, monitoring.

// Scored is how many loans have which score, by currency and product.
type Scored struct {
	by map[scoredSegment]map[int32]*score.Tally // by score
}

type scoredSegment struct{ currency, product string }

// Add adds loans, so many of them bad.
func (s *Scored) Add(currency, product string, points int32, loans, bad int64) {
	if s.by == nil {
		s.by = map[scoredSegment]map[int32]*score.Tally{}
	}
	key := scoredSegment{currency, product}
	if s.by[key] == nil {
		s.by[key] = map[int32]*score.Tally{}
	}
	t := s.by[key][points]
	if t == nil {
		t = &score.Tally{Score: points}
		s.by[key][points] = t
	}
	t.Good += loans - bad
	t.Bad += bad
}

// Merge adds those of another.
func (s *Scored) Merge(o *Scored) {
	for key, tallies := range o.by {
		for _, t := range tallies {
			s.Add(key.currency, key.product, t.Score, t.Good+t.Bad, t.Bad)
		}
	}
}

// of returns those of a currency and a segment, by score.
func (s *Scored) of(currency, segment string) []score.Tally {
	var list []score.Tally
	for key, tallies := range s.by {
		if key.currency != currency || segment != allSegments && key.product != segment {
			continue
		}
		for _, t := range tallies {
			list = append(list, *t)
		}
	}
	return score.Sum(list)
}

// allSegments is the segment of all loans of a currency.
const allSegments = "all"

// A ScoreWatch is what the tables of the monitoring are made of.
type ScoreWatch struct {
	Currencies, Products []string // in the order of the policy
	Edges                []int32  // upper edges of the first nine bins, that the policy states; nil: it states none
	Tonight              *Scored  // of the loans on the book
	// Observed are the scores of the loans that were on the book a year before the night's base,
	// by how they went since; nil where no new year is known tonight.
	Observed *Scored
	// Takes says that the night is the first close of a month's end, whose loans are the reference
	// where there is none yet.
	Takes bool
}

// segments calls fn with each currency and segment in their order.
func (w *ScoreWatch) segments(fn func(currency, segment string)) {
	for _, c := range w.Currencies {
		fn(c, allSegments)
		for _, p := range w.Products {
			fn(c, p)
		}
	}
}

func scoreReferenceTable() *Table {
	return &Table{Name: "score_reference", Columns: []Column{
		coded("currency"), coded("segment"), {Name: "bin", Kind: Count}, optional(number("upto")), number("loans"),
	}}
}

func scoreMonitoringTable() *Table {
	return &Table{Name: "score_monitoring", Columns: []Column{
		coded("currency"), coded("segment"), coded("measure"), share("value"), number("n"), number("reference_n"), optional(coded("state")),
	}}
}

// ReadScoreReference reads a table score_reference that a night has published as CSV.
func ReadScoreReference(in io.Reader) (*Table, error) { return readCSV(in, scoreReferenceTable()) }

// ReadScoreMonitoring reads a table score_monitoring that a night has published as CSV.
func ReadScoreMonitoring(in io.Reader) (*Table, error) { return readCSV(in, scoreMonitoringTable()) }

// Reference returns the table score_reference of a night: that of the last close where it has
// rows, in the bins that the policy states if it does, and else, where the night takes it,
// tonight's loans by the deciles of each segment, or by the policy's bins.
func (w *ScoreWatch) Reference(before *Table) *Table {
	if before != nil && before.Rows() > 0 && w.fits(before) {
		return before
	}
	t := scoreReferenceTable()
	if !w.Takes {
		return t
	}
	w.segments(func(currency, segment string) {
		tallies := w.Tonight.of(currency, segment)
		edges := w.Edges
		if edges == nil {
			edges = score.Deciles(tallies)
		}
		if len(tallies) == 0 {
			return
		}
		counts := binned(tallies, edges)
		for k := range counts {
			var upto any
			if k < len(edges) {
				upto = int64(edges[k])
			}
			t.Append(currency, segment, int64(k+1), upto, counts[k])
		}
	})
	return t
}

// fits reports whether a reference is in the bins that the policy states, or that states none.
func (w *ScoreWatch) fits(before *Table) bool {
	if w.Edges == nil {
		return true
	}
	for _, b := range binsOf(before) {
		if !slices.Equal(b.edges, w.Edges) {
			return false
		}
	}
	return true
}

func binned(tallies []score.Tally, edges []int32) (counts [score.Bins]int64) {
	for _, x := range tallies {
		counts[score.BinOf(edges, x.Score)] += x.Good + x.Bad
	}
	return counts
}

// A scoreBins is the reference of a segment.
type scoreBins struct {
	edges  []int32
	counts [score.Bins]int64
	all    int64
}

// binsOf reads a table of references.
func binsOf(t *Table) map[[2]string]*scoreBins {
	list := map[[2]string]*scoreBins{}
	c := t.Columns
	for i := range t.Rows() {
		key := [2]string{c[0].text(i), c[1].text(i)}
		if list[key] == nil {
			list[key] = &scoreBins{}
		}
		b, bin := list[key], int(c[2].Counts[i])-1
		if bin < 0 || bin >= score.Bins {
			continue
		}
		if !c[3].Null(i) {
			b.edges = append(b.edges, int32(c[3].Ints[i]))
		}
		b.counts[bin] = c[4].Ints[i]
		b.all += b.counts[bin]
	}
	return list
}

// Monitoring returns the table score_monitoring of a night. before is that of the last close:
// what it says of a year that is over stands until the next one is.
func (w *ScoreWatch) Monitoring(reference, before *Table) *Table {
	t, bins := scoreMonitoringTable(), binsOf(reference)
	w.segments(func(currency, segment string) {
		tallies := w.Tonight.of(currency, segment)
		w.stability(t, currency, segment, tallies, bins[[2]string{currency, segment}])
		if w.Observed != nil {
			w.separation(t, currency, segment, w.Observed.of(currency, segment))
			return
		}
		kept(t, before, currency, segment)
	})
	return t
}

// stability adds the index of a segment, where there is a reference: by bins that the policy
// states a tenth in each, until one is taken.
func (w *ScoreWatch) stability(t *Table, currency, segment string, tallies []score.Tally, b *scoreBins) {
	if b == nil {
		if len(tallies) == 0 || w.Edges == nil {
			return
		}
		b = &scoreBins{edges: w.Edges}
	}
	counts := binned(tallies, b.edges)
	n := int64(0)
	for _, x := range counts {
		n += x
	}
	index := score.Stability(&counts, &b.counts)
	t.Append(currency, segment, "psi", index, n, b.all, score.LightOf(index).String())
}

// separation adds how well the scores of a segment told the goods from the bads.
func (w *ScoreWatch) separation(t *Table, currency, segment string, tallies []score.Tally) {
	loans, bads := int64(0), int64(0)
	for _, x := range tallies {
		loans += x.Good + x.Bad
		bads += x.Bad
	}
	if loans == 0 {
		return
	}
	ks, gini, pairs := score.Separation(tallies)
	t.Append(currency, segment, "ks", ratio(ks, pairs), loans, bads, nil)
	t.Append(currency, segment, "gini", ratio(gini, pairs), loans, bads, nil)
}

// kept adds what the last close said of a year.
func kept(t, before *Table, currency, segment string) {
	if before == nil {
		return
	}
	c := before.Columns
	for i := range before.Rows() {
		if c[0].text(i) == currency && c[1].text(i) == segment && slices.Contains([]string{"ks", "gini"}, c[2].text(i)) {
			t.Append(currency, segment, c[2].text(i), c[3].Ints[i], c[4].Ints[i], c[5].Ints[i], nil)
		}
	}
}
