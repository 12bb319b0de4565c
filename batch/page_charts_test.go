package batch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The page of a night draws its tables, and the trend has the nights before it as they were published.
func TestPageDrawsTheNight(t *testing.T) {
	l := tamperLender(t)
	nights, err := filepath.Glob(filepath.Join(l.o.Out, "2026-*"))
	if err != nil || len(nights) < 2 {
		t.Fatalf("%d nights, error %v", len(nights), err)
	}
	for i, folder := range nights {
		raw, err := os.ReadFile(filepath.Join(folder, "report.html"))
		if err != nil {
			t.Fatal(err)
		}
		page := string(raw)
		if !strings.Contains(page, `id="classes-1-t">Classes</title>`) || !strings.Contains(page, `id="rules-1-t"`) {
			t.Errorf("%s: the page has not the charts of its tables", folder)
		}
		if got := strings.Contains(page, `id="trend-1-t"`); got != (i > 0) {
			t.Errorf("%s: a trend: %v", folder, got)
		}
		_, trend, _ := strings.Cut(page, `id="trend-1-t"`)
		for k, other := range nights {
			row := `data-head="Night">` + filepath.Base(other) + "<"
			if got, want := strings.Contains(trend, row), i > 0 && k <= i; got != want {
				t.Errorf("%s: the trend has %s: %v, want %v", folder, other, got, want)
			}
		}
	}
}
