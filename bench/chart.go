package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The chart of the kept results stands between these lines of bench/README.md.
const (
	chartBegins = "<!-- chart: kept by the bench -->\n"
	chartEnds   = "<!-- end of the chart -->\n"
)

// chart draws how many times as fast as DuckDB each kept night is, and how many times as
// thrifty: a bar of ten blocks is one time.
func chart(results string) (string, error) {
	paths, err := filepath.Glob(filepath.Join(results, "*.json"))
	if err != nil {
		return "", err
	}
	slices.Sort(paths)
	var b strings.Builder
	fmt.Fprintln(&b, "```")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		var r Result
		if err := json.Unmarshal(text, &r); err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		if r.Faster > 0 {
			fmt.Fprintf(&b, "%-22s wall time       %5.2f  %s\n%22s processor time  %5.2f  %s\n", r.name(), r.Faster, bar(r.Faster), "", r.Thrift, bar(r.Thrift))
		}
	}
	fmt.Fprintln(&b, "```")
	return b.String(), nil
}

// bar is ten blocks for each whole time, with a mark where both are alike.
func bar(times float64) string {
	n := min(int(times*10+0.5), 60)
	if n <= 10 {
		return strings.Repeat("█", n)
	}
	return strings.Repeat("█", 10) + "|" + strings.Repeat("█", n-10)
}

// keepChart puts the chart into a page, in the place of the one that it has.
func keepChart(page, results string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(text), chartBegins)
	_, after, ended := strings.Cut(rest, chartEnds)
	if !ok || !ended {
		return fmt.Errorf("%s has no place for the chart", page)
	}
	drawn, err := chart(results)
	if err != nil {
		return err
	}
	return os.WriteFile(page, []byte(before+chartBegins+drawn+chartEnds+after), 0o644)
}
