package treat

import (
	"math"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
)

// A Conduct is how a borrower has kept his promises and answered, for who scores his loans: at the
// close of the night, by what is known tonight. It is valid until the next decision.
type Conduct struct {
	Broken        int64 // promises of the last 180 days, as segments count them
	Kept, Decided int64 // promises of the last 180 days that are kept, and that are not open any more
	Unanswered    int64 // attempts of the last 30 days that came after the last conversation
	Promises      []Decided

	talkedAt int64 // the last conversation
}

// A Decided is a promise that was kept or broken: of a loan, or of all in its currency.
type Decided struct {
	Standing       borrower.Standing
	On             civil.Date
	Loan, Currency string
}

// answerDays is how many days of attempts are looked at.
const answerDays = 30

// Conduct returns a person's.
// Source: regulatory.md, section 6, features; collections.md, section 5.
func (d *Decider) Conduct(p *Person) *Conduct {
	d.learn(p)
	c := &d.conduct
	*c = Conduct{Promises: c.Promises[:0], talkedAt: math.MinInt64}
	if len(d.k.promises) > 0 {
		c.Broken = d.k.broken
	}
	for i := range d.k.promises {
		x := &d.k.promises[i]
		standing, on := x.standing(d.night)
		if standing == borrower.Open {
			continue
		}
		if made := x.row.PromisedOn; made >= d.night-promiseDays && made <= d.night {
			c.Decided++
			if standing == borrower.Kept {
				c.Kept++
			}
		}
		if standing != borrower.PartlyKept {
			c.Promises = append(c.Promises, Decided{standing, on, x.row.Loan, x.currency})
		}
	}
	c.Unanswered = d.unanswered()
	return c
}

// unanswered counts the attempts that were reported, up to the night, since the last conversation.
func (d *Decider) unanswered() (n int64) {
	for _, row := range d.k.rows { // in the order of their instants
		counts := row.CountsAs()
		if counts == (borrower.Counts{}) {
			continue
		}
		on := d.localDate(row.At)
		switch {
		case on > d.night:
		case counts.Conversations > 0:
			n, d.conduct.talkedAt = 0, row.At
		case on > d.night-answerDays && row.At > d.conduct.talkedAt:
			n += int64(counts.Attempts)
		}
	}
	return n
}
