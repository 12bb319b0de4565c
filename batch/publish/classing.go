package publish

import (
	"slices"

	"daybook/aging/classify"
	"daybook/batch/meet"
	"daybook/batch/night"
)

// Classing is how a night decides classes that are another loan's doing. again says that it
// was closed: what it decided of borrowers stands.
func Classing(rules *night.Rules, again bool) meet.Classing {
	c := meet.Classing{Classified: -1, Staged: -1, Scale: rules.Scale}
	x := rules.Classes
	if x.Late == nil {
		return c
	}
	now := &x.Versions[len(x.Versions)-1]
	c.Binder = func() *classify.Binder {
		return &classify.Binder{
			Set: x.Set(), Late: x.LatePacks(), Settled: x.Settled, On: rules.Date, Codes: x.Codes, Subjects: now.Subjects, Again: again, Keeps: x.Keeps,
		}
	}
	late := func(column string) int { return slices.Index(x.LatePacks(), classify.Filling(x.Set().Packs, column)) }
	c.Supervised = *x.Supervised()
	c.Classified, c.Staged = late(classify.FillsClassification), late(classify.FillsStage)
	return c
}
