package score

import (
	"math"

	"daybook/aging/score/trees"
)

// A Fitted is a model of LightGBM in a card's place: what its columns are, and the line
// that maps its output to points.
type Fitted struct {
	Name    string
	Applies Applies
	Model   *trees.Model // of one class
	Columns []Feature    // by feature of the model, none twice; what no tree uses may be anything
	Reasons []Reason     // by feature of the model
	// The output From has the points At[0], To has At[1]; between and beyond them lies a line.
	From, To float64
	At       [2]int32
}

// A Scratch is the room that models are evaluated in; the zero value is ready. It belongs
// to one goroutine.
type Scratch struct {
	row, changes []float64
	sums         [1]float64
}

// Score returns At[0] + (output - From) · (At[1] - At[0]) / (To - From), in float64, rounded
// half-even to a whole number and kept from floor to ceiling; and why it is not higher:
// the features whose splits, on the row's way through the trees, took most from it (Saabas,
// see [trees.Model.Explain]), at most four, equal ones in the order of the model's columns.
func (m *Fitted) Score(x *Features, floor, ceiling int32, s *Scratch) (score int32, reasons [4]Reason) {
	s.fit(m, x)
	m.Model.Raw(s.row, s.sums[:])
	points := m.points(m.Model.Output(s.sums[0]))
	score = int32(min(max(math.RoundToEven(points), float64(floor)), float64(ceiling)))
	if !m.Model.Explained {
		return score, reasons
	}
	m.Model.Explain(0, s.row, s.changes)
	worse := 1.0 // where more output means fewer points
	if (m.At[1] > m.At[0]) == (m.To > m.From) {
		worse = -1
	}
	var lost [4]float64
	for i, c := range s.changes {
		rank(&reasons, &lost, m.Reasons[i], c*worse)
	}
	return score, reasons
}

// points is the line. Each product is converted before it is added, so that no machine
// rounds once where others round twice.
func (m *Fitted) points(output float64) float64 {
	rise := float64(m.At[1]) - float64(m.At[0])
	return float64(m.At[0]) + float64(float64(output-m.From)*rise)/float64(m.To-m.From)
}

// fit makes the row of a model: a feature that is null is missing, and so NaN.
func (s *Scratch) fit(m *Fitted, x *Features) {
	if n := len(m.Columns); cap(s.row) < n {
		s.row, s.changes = make([]float64, n), make([]float64, n)
	}
	s.row, s.changes = s.row[:len(m.Columns)], s.changes[:len(m.Columns)]
	clear(s.changes)
	for i, f := range m.Columns {
		s.row[i] = math.NaN()
		if v, ok := x.Get(f); ok && m.Model.Used[i] {
			s.row[i] = float64(v)
		}
	}
}
