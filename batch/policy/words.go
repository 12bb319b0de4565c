package policy

import (
	"daybook/aging/score"
	"daybook/aging/treat"
	"daybook/batch/intake"
	"daybook/ledger"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// words are one word or a list of them.
type words []string

// names are the word lists that tags of the document refer to as @name.
var names = map[string]func() []string{
	"jurisdiction":    jurisdictionNames,
	"method":          func() []string { return texts(loan.Methods) },
	"day_count":       func() []string { return texts(civil.DayCounts) },
	"component":       func() []string { return texts(loan.Components) },
	"step":            stepNames,
	"advance":         func() []string { return texts(loan.Advances) },
	"role":            roleNames,
	"kind":            func() []string { return texts(intake.Kinds) },
	"allocating_kind": allocatingKinds,
	"channel":         func() []string { return texts(borrower.Channels) },
	"timed_channel":   timedChannels,
	"result":          func() []string { return texts(borrower.Results) },
	"offer_kind":      func() []string { return texts(treat.OfferKinds) },
	"score_event":     score.EventNames,
	"feature":         func() []string { return texts(score.FeatureKinds) },
	"score_condition": func() []string { return append(texts(score.FeatureKinds), productAttribute) },
}

// wordsOf returns the word list of a name.
func wordsOf(name string) []string { return names[name]() }

// texts returns the names of an enumeration from 0 to below n.
func texts[T interface {
	~uint8
	String() string
}](n T) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = T(i).String()
	}
	return list
}

func allocatingKinds() (list []string) {
	for _, k := range loan.Allocating() {
		list = append(list, k.String())
	}
	return list
}

func roleNames() []string {
	chart := ledger.DefaultChart()
	list := make([]string, len(chart))
	for i := range chart {
		list[i] = chart[i].Name
	}
	return list
}

// positions of a step in an order, by their prefix.
var positions = []struct {
	prefix string
	timing loan.Timing
}{
	{"", loan.PastDue | loan.DueToday},
	{"past_due:", loan.PastDue},
	{"due:", loan.DueToday},
	{"in_advance:", loan.InAdvance},
}

func stepNames() (list []string) {
	for _, p := range positions {
		for _, c := range texts(loan.Components) {
			list = append(list, p.prefix+c)
		}
	}
	return list
}
