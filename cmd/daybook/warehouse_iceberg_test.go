package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// A night that is published without --iceberg to a root that has Iceberg tables is missing there: it is said, and the same night
// with --iceberg brings it.
func TestNightThatIcebergLacks(t *testing.T) {
	dir := closed(t, "30")
	const warning, first, last = "has Iceberg tables, and ", "2026-11-23", "2026-11-24"
	for i, x := range []struct {
		night string
		more  []string
		warns bool
	}{
		{first, nil, false}, // there are no tables yet
		{first, []string{"--iceberg"}, false},
		{last, nil, true},
		{last, []string{"--iceberg"}, false},
		{last, nil, false}, // it is there
	} {
		args := append([]string{"warehouse", "publish", "--book", filepath.Join(dir, "book"), "--out", filepath.Join(dir, "out"),
			"--root", filepath.Join(dir, "root"), "--date", x.night}, x.more...)
		if said := says(t, statusDone, args...); strings.Contains(said, warning) != x.warns {
			t.Errorf("%d: %s %q: it says %q", i, x.night, x.more, said)
		}
	}
}
