package policy

import (
	"maps"
	"slices"
	"strings"

	"daybook/batch/intake"
)

// Guards are what a night must look like, or its close stops with nothing changed.
type Guards struct {
	AllowEmpty     bool // a folder without files is a night
	AllowUnread    bool // entries of the folder may stay unread
	GapDaysMax     int  // since the last night, or from the newest value date to the first
	DuplicatesMax  int64
	Expect         []Expected
	Marker         string // file that must be there; "" is none
	RequireControl bool   // the sender's control file must be there
}

// DuplicatesOne is the share of all rows, in the unit of [Guards].DuplicatesMax.
const DuplicatesOne = RejectOne

// An Expected is a kind of file that every night must have, with its least rows.
type Expected struct {
	Kind intake.Kind
	Rows int64
}

func (s *source) guards(in *intakeSection) Guards {
	g := Guards{
		AllowEmpty: in.AllowEmpty, AllowUnread: in.AllowUnread, GapDaysMax: int(in.GapDaysMax), RequireControl: in.RequireControl,
		DuplicatesMax: s.scaled("intake.duplicates_max", &in.DuplicatesMax, 6),
	}
	for _, name := range slices.Sorted(maps.Keys(in.Expect)) {
		if k, ok := intake.ParseKind(name); ok {
			g.Expect = append(g.Expect, Expected{k, int64(in.Expect[name])})
		}
	}
	if g.Marker = in.RequireMarker; strings.ContainsAny(g.Marker, "/\\") || g.Marker == "." || g.Marker == ".." {
		s.fail("intake.require_marker", "%q is not the name of a file", g.Marker)
	}
	return g
}
