package policy

import (
	"daybook/aging/score"
)

type scoreSection struct {
	Floor         int32             `yaml:"floor" min:"-100000" max:"100000" doc:"Lowest score."`
	Ceiling       int32             `yaml:"ceiling" min:"-100000" max:"100000" doc:"Highest score."`
	Initial       int32             `yaml:"initial" min:"-100000" max:"100000" doc:"Score of a loan that brings none."`
	Points        pointsSection     `yaml:"points" doc:"Points by what happened."`
	BucketEntered []int32           `yaml:"bucket_entered" min:"-10000" max:"10000" doc:"Points for entering each bucket after the first from a better one; the last goes on for those that follow."`
	Models        []modelSection    `yaml:"models" doc:"Models of LightGBM. They are asked before cards; the first that applies stands in a card's place."`
	Cards         []cardSection     `yaml:"cards" doc:"Scorecards; the first that applies gives the score that adjustments are added to, else the opening score does."`
	Adjustments   []adjustmentEntry `yaml:"adjustments" doc:"Points by event, with a limit a month and a half-life; each takes the place of the same event among points or of bucket_entered."`
	Regions       []string          `yaml:"regions" doc:"Regions that the feature region knows; others are null."`
	Monitoring    *monitoringEntry  `yaml:"monitoring" doc:"How scores are watched."`
}

type pointsSection struct {
	OnTime     int32 `yaml:"installment_on_time" min:"-10000" max:"10000" doc:"An instalment wholly met by its due date."`
	WeekLate   int32 `yaml:"installment_1_to_7_days_late" min:"-10000" max:"10000" doc:"Met one to seven days late."`
	Late       int32 `yaml:"installment_over_7_days_late" min:"-10000" max:"10000" doc:"Met later than that."`
	Cured      int32 `yaml:"cured" min:"-10000" max:"10000" doc:"Back in the first bucket."`
	Settled    int32 `yaml:"settled" min:"-10000" max:"10000" doc:"The loan is paid in full."`
	ChargedOff int32 `yaml:"charged_off" min:"-10000" max:"10000" doc:"The loan is charged off."`
}

type monitoringEntry struct {
	Edges []int32 `yaml:"edges" min:"-100000" max:"100000" doc:"Upper edges of the first nine of ten bins, ascending; a tenth is not looked at. Left out: the deciles of the first close of a month's end."`
}

func (sc *scoreSection) compile(s *source, doc *document, p *Policy) {
	p.Score = s.score(sc, len(in[*agingSection](doc).Buckets))
	if len(s.faults) == 0 {
		s.scoring(sc, doc, p)
	}
}

func (s *source) score(sc *scoreSection, buckets int) score.Points {
	if sc.Floor >= sc.Ceiling {
		s.fail("score.floor", "floor %d is not below ceiling %d", sc.Floor, sc.Ceiling)
	}
	if sc.Initial < sc.Floor || sc.Initial > sc.Ceiling {
		s.fail("score.initial", "%d is not within floor %d and ceiling %d", sc.Initial, sc.Floor, sc.Ceiling)
	}
	if len(sc.BucketEntered) > buckets-1 {
		if s.stated("score.bucket_entered") {
			s.fail("score.bucket_entered", "has %d entries for the %d buckets after the first", len(sc.BucketEntered), buckets-1)
		}
		sc.BucketEntered = sc.BucketEntered[:buckets-1]
	}
	p := score.Points{Floor: sc.Floor, Ceiling: sc.Ceiling, Initial: sc.Initial, PerBucket: byBucket(sc.BucketEntered, buckets)}
	p.Each[score.OnTime], p.Each[score.WeekLate], p.Each[score.Late] = sc.Points.OnTime, sc.Points.WeekLate, sc.Points.Late
	p.Each[score.Cured], p.Each[score.SettledInFull] = sc.Points.Cured, sc.Points.Settled
	p.Each[score.ChargedOff] = sc.Points.ChargedOff
	return p
}

// byBucket returns the points of entering each bucket: the last of a list goes on.
func byBucket(list []int32, buckets int) []int32 {
	points := make([]int32, buckets)
	for i := 1; i < buckets; i++ {
		points[i] = list[min(i, len(list))-1]
	}
	return points
}
