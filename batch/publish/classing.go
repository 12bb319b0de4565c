package publish

import (
	"daybook/aging/classify"
	"daybook/batch/meet"
	"daybook/batch/night"
)

// Classing is how a night decides classes that are another loan's doing. again says that it
// was closed: what it decided of borrowers stands.
func Classing(rules *night.Rules, again bool) meet.Classing {
	c := meet.Classing{Classified: -1, Staged: -1, Scale: rules.Scale}
	x := rules.Classes
	if x == nil || x.Late == nil {
		return c
	}
	now := &x.Versions[len(x.Versions)-1]
	c.Binder = func() *classify.Binder {
		return &classify.Binder{
			Set: x.Set(), Late: x.LatePacks(), On: rules.Date, Codes: x.Codes, Subjects: now.Subjects, Reckon: x.Reckon, Again: again,
		}
	}
	first := func(fills string) int {
		for i, p := range x.Set().Packs {
			if p.Fills != fills {
				continue
			}
			for k, late := range x.LatePacks() {
				if late == i {
					return k
				}
			}
			return -1
		}
		return -1
	}
	c.Supervised = *x.Supervised()
	c.Classified, c.Staged = first("classification"), first("stage")
	return c
}
