package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"daybook/aging/treat"
	"daybook/ledger/civil"
)

// A lawRow is a row of law that a policy is held to.
type lawRow struct {
	kind             string // cap, wait, or of what it is
	jurisdiction, id string
	citation         string
	cap              *treat.Cap
	wait             *treat.Wait
}

// rowsOf returns the rows of a pack that have names.
func rowsOf(p *treat.Pack) (list []lawRow) {
	add := func(kind, id, citation string) *lawRow {
		list = append(list, lawRow{kind: kind, jurisdiction: p.Jurisdiction, id: id, citation: citation})
		return &list[len(list)-1]
	}
	for i := range p.Hours {
		add("row of hours", p.Hours[i].ID, p.Hours[i].Citation)
	}
	for i := range p.Caps {
		add("cap", p.Caps[i].Name, p.Caps[i].Citation).cap = &p.Caps[i]
	}
	for i := range p.Waits {
		add("wait", p.Waits[i].Name, p.Waits[i].Citation).wait = &p.Waits[i]
	}
	for i := range p.Consents {
		add("row of consent", p.Consents[i].ID, p.Consents[i].Citation)
	}
	if p.PlanMonthsMax > 0 {
		add("row of plans", p.PlanID, p.PlanCitation)
	}
	return list
}

// failRow records what a row of law forbids.
func (t *treatment) failRow(path string, row *lawRow, format string, args ...any) {
	t.fail(path, "%s (jurisdiction %s, %s: %s)", fmt.Sprintf(format, args...), row.jurisdiction, row.id, row.citation)
}

// named returns the row of law, of any jurisdiction, that a cap or wait of the policy is
// named as and held to; nil where there is none. The name of a row of another kind is
// refused: reasons would cite one and mean the other.
func (t *treatment) named(path, name, kind string) *lawRow {
	for i := range treat.Laws {
		for _, row := range rowsOf(&treat.Laws[i]) {
			switch {
			case row.id != name || t.kept:
			case row.kind != kind:
				t.failRow(path+".name", &row, "%s is a %s of the law: a %s needs another name", name, row.kind, kind)
			default:
				return &row
			}
		}
	}
	return nil
}

// withinLaw holds hours of the policy to those of its jurisdiction.
func (t *treatment) withinLaw(path string, h *treat.Hours) {
	for i := range t.law.Hours {
		law := &t.law.Hours[i]
		if law.Channels&h.Channels == 0 || t.kept || !t.reaches(law.Span) {
			continue
		}
		row := &lawRow{jurisdiction: t.p.Jurisdiction, id: law.ID, citation: law.Citation}
		if h.Open < law.Open {
			t.failRow(path+".from", row, "%s is before %s, when the hours of the law begin", clock(h.Open), clock(law.Open))
		}
		if h.Close > law.Close {
			t.failRow(path+".until", row, "%s is after %s, when the hours of the law end", clock(h.Close), clock(law.Close))
		}
	}
}

// reaches reports whether a rule of law holds on some day of the policy.
func (t *treatment) reaches(law treat.Span) bool {
	return law.Until == civil.None || t.p.EffectiveFrom < law.Until
}

// clock is a minute of the day as text.
func clock(minute int16) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// tighterCap holds a cap with the name of a row of law to be no looser.
func (t *treatment) tighterCap(path string, c *treat.Cap) {
	row := t.named(path, c.Name, "cap")
	if row == nil {
		return
	}
	law := row.cap
	t.covers(path, row, law.Channels, c.Channels)
	if c.Measure != law.Measure {
		t.failRow(path+".measure", row, "the law counts %s", law.Measure)
	}
	if c.PerLoan && !law.PerLoan {
		t.failRow(path+".per", row, "the law counts per borrower, which is tighter")
	}
	if c.Days != law.Days {
		t.failRow(path+".days", row, "%d is not %d, the days of the law: a cap of other days needs another name", c.Days, law.Days)
	}
	if c.Max > law.Max {
		t.failRow(path+".max", row, "%d is above %d, the most that the law allows", c.Max, law.Max)
	}
}

// tighterWait holds a wait with the name of a row of law to be no looser.
func (t *treatment) tighterWait(path string, w *treat.Wait) {
	row := t.named(path, w.Name, "wait")
	if row == nil {
		return
	}
	law := row.wait
	t.covers(path, row, law.Channels, w.Channels)
	if w.PerLoan && !law.PerLoan {
		t.failRow(path+".per", row, "the law waits per borrower, which is tighter")
	}
	if w.Days < law.Days {
		t.failRow(path+".days", row, "%d is below %d, the fewest days that the law has", w.Days, law.Days)
	}
	if w.Callback && !law.Callback {
		t.failRow(path+".callback", row, "no callback lifts the wait of the law")
	}
}

// covers holds a rule of the policy to name each channel of the row of law that it is
// named as.
func (t *treatment) covers(path string, row *lawRow, law, own treat.Channels) {
	for _, c := range channelsOf(law &^ own) {
		t.failRow(path+".channels", row, "leaves out %s, which the law has", c)
	}
}

// planMonths checks the most months of a plan that is offered. 0 is no limit of the
// policy's own.
func (t *treatment) planMonths(most int32) int {
	if law := t.law.PlanMonthsMax; law > 0 && int(most) > law && !t.kept {
		row := &lawRow{jurisdiction: t.p.Jurisdiction, id: t.law.PlanID, citation: t.law.PlanCitation}
		t.failRow("collections.hardship.plan_months_max", row, "%d is above %d, the most months of a plan", most, law)
	}
	return int(most)
}

// bound returns the rules of contact of a jurisdiction: its law, and the policy's own. One
// of these with the name of a row of the law takes its place, and binds on all days.
func bound(law *treat.Pack, own *treat.Contact) *treat.Contact {
	c := *own
	c.Law = law.Hours
	c.Caps, c.Waits = slices.Clone(law.Caps), slices.Clone(law.Waits)
	for _, x := range own.Caps {
		c.Caps = withCap(c.Caps, x)
	}
	for _, x := range own.Waits {
		c.Waits = withWait(c.Waits, x)
	}
	slices.SortStableFunc(c.Caps, func(a, b treat.Cap) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortStableFunc(c.Waits, func(a, b treat.Wait) int { return cmp.Compare(a.Name, b.Name) })
	c.Consents = slices.Concat(law.Consents, own.Consents)
	c.Citations = map[string]string{}
	maps.Copy(c.Citations, own.Citations)
	maps.Copy(c.Citations, law.Citations)
	if law.PlanMonthsMax > 0 && (own.PlanMonthsMax == 0 || own.PlanMonthsMax > law.PlanMonthsMax) {
		c.PlanMonthsMax = law.PlanMonthsMax
	}
	return &c
}

// withCap adds a cap of the policy's. It is never looser than the row whose place it
// takes, whatever a policy was that an older program accepted.
func withCap(list []treat.Cap, x treat.Cap) []treat.Cap {
	i := slices.IndexFunc(list, func(law treat.Cap) bool {
		return law.Name == x.Name && law.Measure == x.Measure && law.Days == x.Days
	})
	if i < 0 {
		return append(list, x)
	}
	law := &list[i]
	x.Channels, x.PerLoan, x.Max = x.Channels|law.Channels, x.PerLoan && law.PerLoan, min(x.Max, law.Max)
	x.Citation = law.Citation
	list[i] = x
	return list
}

// withWait does the same with a wait.
func withWait(list []treat.Wait, x treat.Wait) []treat.Wait {
	i := slices.IndexFunc(list, func(law treat.Wait) bool { return law.Name == x.Name })
	if i < 0 {
		return append(list, x)
	}
	law := &list[i]
	x.Channels, x.PerLoan, x.Days = x.Channels|law.Channels, x.PerLoan && law.PerLoan, max(x.Days, law.Days)
	x.Callback, x.Citation = x.Callback && law.Callback, law.Citation
	list[i] = x
	return list
}
