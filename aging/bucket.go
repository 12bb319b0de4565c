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
}

// DelinquentDays returns days past due less the grace and the days paused.
func (r *Rules) DelinquentDays(daysPastDue, paused int32) int32 {
	return max(daysPastDue-r.GraceDays-paused, 0)
}

// China returns the rules of the built-in policy. Tiers: 商业银行金融资产风险分类办法
// (CBIRC and PBOC order 2023 no. 1), overdue over 90, 270 and 360 days; buckets
// M1 to M7 of 30 days; stages: IFRS 9 5.5.11 and B5.5.37.
func China() Rules {
	return Rules{
		Buckets:       Bands{{"C", 0}, {"M1", 1}, {"M2", 31}, {"M3", 61}, {"M4", 91}, {"M5", 121}, {"M6", 151}, {"M7", 181}},
		Tiers:         Bands{{"pass", 0}, {"special_mention", 1}, {"substandard", 91}, {"doubtful", 271}, {"loss", 361}},
		NonPerforming: 2,
		Stages:        Bands{{"1", 0}, {"2", 31}, {"3", 90}},
	}
}
