package borrower

import (
	"strings"
	"testing"
)

func TestKnownFlag(t *testing.T) {
	for name, want := range map[string]bool{
		"watch": true, "bad_debt": true, "guarantor": true, "m2_written_down": true, "m2_": true,
		"Watch": false, "odd": false, "": false, "m2_Odd": false, "m2_" + strings.Repeat("a", 30): false, "m2_a b": false,
	} {
		if got := KnownFlag(name); got != want {
			t.Errorf("flag %q is known: %v, want %v", name, got, want)
		}
	}
}
