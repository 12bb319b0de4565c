package loan

// A Choice refines what an adjustment does.
type Choice uint8

// The choices.
const (
	NoChoice Choice = iota
	ShorterTerm
	LowerInstallment
	Shift
	Reage
	Reamortize
	Extend
	Explicit
	PrincipalForgiveness
	Return
	Regulatory
	Planned
	Choices // how many there are
)

// choices has the name of each choice and the kind that it is one of.
var choices = [Choices]struct {
	name string
	of   Kind
}{
	NoChoice:             {}, // of any kind
	ShorterTerm:          {"shorter_term", KindPrepay},
	LowerInstallment:     {"lower_installment", KindPrepay},
	Shift:                {"shift", KindPause},
	Reage:                {"reage", KindRestructure},
	Reamortize:           {"reamortize", KindRestructure},
	Extend:               {"extend", KindRestructure},
	Explicit:             {"schedule", KindRestructure},
	PrincipalForgiveness: {"principal_forgiveness", KindWaiver},
	Return:               {"return", KindRelease},
	Regulatory:           {"regulatory", KindPause},
	Planned:              {"plan", KindRestructure},
}

func (c Choice) String() string { return choices[c].name }

// Of reports whether a choice is one of a kind's own; no choice is none.
func (c Choice) Of(k Kind) bool { return c != NoChoice && choices[c].of == k }

// given reports whether the instalments of a restructuring with the choice come with it.
func (c Choice) given() bool { return c == Explicit || c == Planned }

// ParseChoice reads the choice column of an adjustment.
func ParseChoice(s string) (Choice, bool) {
	for c := range Choices {
		if choices[c].name == s {
			return c, true
		}
	}
	return 0, false
}

// Choices returns the choices that adjustments of a kind may have.
func (k Kind) Choices() []Choice {
	var list []Choice
	for c := range Choices {
		if c.Of(k) {
			list = append(list, c)
		}
	}
	return list
}
