package aging

import (
	"fmt"
)

// A Band is a named range of days: from From up to the next band's From.
type Band struct {
	Name string
	From int32
}

// Bands are ranges of days in ascending order, without gap or overlap: the
// first starts at 0 days and each ends where the next begins.
type Bands []Band

// Check returns why bands cannot be used, or nil.
func (b Bands) Check() error {
	if len(b) == 0 {
		return fmt.Errorf("there must be at least one band")
	}
	if len(b) > 64 {
		return fmt.Errorf("there are %d bands, at most 64 are possible", len(b))
	}
	if b[0].From != 0 {
		return fmt.Errorf("the first band, %q, starts at %d days: days from 0 on would have no band", b[0].Name, b[0].From)
	}
	seen := map[string]bool{}
	for i, x := range b {
		if x.Name == "" || seen[x.Name] {
			return fmt.Errorf("band %d needs a name of its own, not %q", i+1, x.Name)
		}
		seen[x.Name] = true
		if i > 0 && x.From <= b[i-1].From {
			return fmt.Errorf("band %q starts at %d days, not after band %q at %d: they would overlap", x.Name, x.From, b[i-1].Name, b[i-1].From)
		}
	}
	return nil
}

// Index returns the index of the band that has a number of days.
func (b Bands) Index(days int32) uint8 {
	if len(b) < 2 || days < b[1].From {
		return 0 // as most are
	}
	i := len(b) - 1
	for i > 0 && days < b[i].From {
		i--
	}
	return uint8(i)
}

// Names returns the bands' names in their order.
func (b Bands) Names() []string {
	names := make([]string, len(b))
	for i := range b {
		names[i] = b[i].Name
	}
	return names
}

// Rules say how a policy ages and classifies.
type Rules struct {
	GraceDays int32
	Buckets   Bands // by delinquent days
	Tiers     Bands // classification by days past due
	// NonPerforming is the index of the first tier that is non-performing.
	NonPerforming uint8
	Stages        Bands // impairment stages by days past due
	// TiersSource and StagesSource say where the tiers and the stages come from: the
	// law or standard that they follow; empty where nothing is known of it.
	TiersSource, StagesSource string
}

// DelinquentDays returns days past due less the grace and the days paused.
func (r *Rules) DelinquentDays(daysPastDue, paused int32) int32 {
	return max(daysPastDue-r.GraceDays-paused, 0)
}
