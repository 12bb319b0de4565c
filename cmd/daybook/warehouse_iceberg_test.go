package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// A night that is published without --iceberg to a root that has Iceberg tables is missing there: it is said, and the same night
// with --iceberg brings it.
func TestNightThatIcebergLacks(t *testing.T) {
	dir := closed(t, "30")
	nights, err := filepath.Glob(filepath.Join(dir, "out", "2*"))
	if err != nil || len(nights) < 2 {
		t.Fatal(err, nights)
	}
	publish := func(night string, more ...string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		args := append([]string{"warehouse", "publish", "--book", filepath.Join(dir, "book"), "--out", filepath.Join(dir, "out"),
			"--root", filepath.Join(dir, "root"), "--date", filepath.Base(night)}, more...)
		if status := newApp(&stdout, &stderr).run(t.Context(), args); status != statusDone {
			t.Fatalf("exit status %d:\n%s", status, stderr.String())
		}
		return stderr.String()
	}
	const warning = "has Iceberg tables, and "
	last := nights[len(nights)-1]
	for i, x := range []struct {
		night string
		more  []string
		warns bool
	}{
		{nights[0], nil, false}, // there are no tables yet
		{nights[0], []string{"--iceberg"}, false},
		{last, nil, true},
		{last, []string{"--iceberg"}, false},
		{last, nil, false}, // it is there
	} {
		if said := publish(x.night, x.more...); strings.Contains(said, warning) != x.warns {
			t.Errorf("%d: %s %q: it says %q", i, filepath.Base(x.night), x.more, said)
		}
	}
}
