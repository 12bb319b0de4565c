package policy

import (
	"fmt"
	"math"
	"strings"

	"daybook/aging/score/real"
)

// scoreNotes are comments below a policy that is shown: what a day leaves of the points of
// an event, and the line that a card's points follow.
func (doc *document) scoreNotes() string {
	var b strings.Builder
	sc := in[*scoreSection](doc)
	for i := range sc.Adjustments {
		if x := &sc.Adjustments[i]; x.HalfLife > 0 {
			fmt.Fprintf(&b, "# score.adjustments: %s keeps r = %d billionths of its points from one day to the next (half_life_days %d)\n",
				x.Event, real.Decay(x.HalfLife), x.HalfLife)
		}
	}
	for i := range sc.Cards {
		x := &sc.Cards[i]
		if x.Scale == nil {
			continue
		}
		odds, _ := x.Scale.Odds.rat().Float64()
		pdo, _ := x.Scale.PDO.rat().Float64()
		factor := pdo / math.Ln2
		fmt.Fprintf(&b, "# score.cards: %s is scaled as score = %.4f + %.4f · ln odds (%d at odds of %s, %s points double them)\n",
			x.Name, float64(x.Scale.At)-float64(factor*real.Ln(odds)), factor, x.Scale.At, x.Scale.Odds, x.Scale.PDO)
	}
	return b.String()
}
