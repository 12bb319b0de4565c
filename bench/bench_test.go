package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A child's time, memory and bytes are measured before it is gone.
func TestSpawnMeasures(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	u, err := spawn(context.Background(), os.Stderr, "/bin/sh", []string{"-c", "head -c 3000000 /dev/zero > " + path + "; cat " + path + " > /dev/null; echo done"})
	if err != nil {
		t.Fatal(err)
	}
	if string(u.stdout) != "done\n" || u.WallSeconds <= 0 || u.PeakMemoryBytes < 1<<18 {
		t.Errorf("measured %+v", u)
	}
	if _, err := spawn(context.Background(), &bytes.Buffer{}, "/bin/sh", []string{"-c", "exit 3"}); err == nil {
		t.Error("a child that fails gives no error")
	}
}

func TestReadManifest(t *testing.T) {
	dir := t.TempDir()
	text := `{"control_totals": {"files": [{"path": "loans-1.parquet", "kind": "loans", "applied": 9},
		{"kind": "repayments", "applied": 5}, {"kind": "repayments", "applied": 6}]},
		"outputs": [{"path": "journal/part-00.parquet", "rows": 40}, {"path": "loans/part-00.parquet", "rows": 9}, {"path": "journal/part-01.parquet", "rows": 2}],
		"timings": [{"stage": "read", "seconds": 1.5}]}`
	if err := os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := readManifest(dir)
	if err != nil || r.repayments != 11 || r.postings != 42 || len(r.stages) != 1 || r.stages[0] != (Stage{"read", 1.5}) {
		t.Errorf("read %+v, %v", r, err)
	}
}

func TestResultIsKept(t *testing.T) {
	m := Machine{Processor: "test", WriteBytesPerSecond: 1e9, ReadBytesPerSecond: 2e9}
	runs := []Run{{WallSeconds: 3}, {WallSeconds: 1}, {WallSeconds: 2, Repayments: 100, Postings: 400, ReadBytes: 1e9, WrittenBytes: 5e8, Stages: []Stage{{"read", 1}}}}
	s := m.sideOf("daybook", runs)
	if s.Median.WallSeconds != 2 || s.PostingsPerSecond != 200 || s.FloorSeconds != 1 || s.TimesFloor != 2 {
		t.Errorf("side %+v", s)
	}
	r := &Result{Commit: "abc", Machine: m, Settings: Settings{Loans: 10_000_000, Night: "ordinary"}, Sides: []Side{s}}
	dir := t.TempDir()
	if err := r.keep(dir); err != nil {
		t.Fatal(err)
	}
	j, err := os.ReadFile(filepath.Join(dir, "10M-ordinary.json"))
	if err != nil || !json.Valid(j) {
		t.Errorf("JSON %s, error %v", j, err)
	}
	md, err := os.ReadFile(filepath.Join(dir, "10M-ordinary.md"))
	if err != nil || !strings.Contains(string(md), "| wall, s             |           2.00 |") {
		t.Errorf("table:\n%s\nerror %v", md, err)
	}
}

// Nights in a row are kept apart from the one night, and printed one by one.
func TestNightsInARow(t *testing.T) {
	m := Machine{}
	runs := []Run{{WallSeconds: 1, BookBytes: 7e6}, {WallSeconds: 2.5, BookBytes: 8e6}}
	r := &Result{Settings: Settings{Loans: 1000, Night: "ordinary", Nights: 2}, Sides: []Side{m.sideOf("daybook", runs)}}
	if sum := r.Sides[0].sum(); sum.WallSeconds != 3.5 {
		t.Errorf("the nights took %v s", sum.WallSeconds)
	}
	var w bytes.Buffer
	if err := r.writeTable(&w); err != nil || r.name() != "1k-ordinary-2-nights" || !strings.Contains(w.String(), "| 2     |            2.50 |   0.00 |           0 |        8 |") {
		t.Errorf("%s: error %v\n%s", r.name(), err, &w)
	}
}

func TestCopyAndSize(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	if err := os.MkdirAll(filepath.Join(from, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"x", "sub/y"} {
		if err := os.WriteFile(filepath.Join(from, name), make([]byte, 1000), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := copyBook(from, to); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int64{to: 2000, filepath.Join(to, "x"): 1000} {
		if size, err := sizeOf(path); err != nil || size != want {
			t.Errorf("%s: %d bytes, want %d, error %v", path, size, want, err)
		}
	}
}

func TestWrongUsage(t *testing.T) {
	for _, args := range [][]string{{"-profile", "retail"}, {"-profile", "x"}, {"-reps", "0"}, {"-only", "x"}, {"-loans"}, {"-nights", "0"}, {"-nights", "31"},
		{"-nights", "2", "-only", "duckdb"}, {"-packs", "-only", "tiers"}, {"-packs", "-only", "daybook"}, {"-peer-memory", "3 GB"}} {
		if err := run(context.Background(), &bytes.Buffer{}, &bytes.Buffer{}, args); err == nil {
			t.Errorf("%v gives no error", args)
		}
	}
}

// A run within the budget is better than any beyond it, and a faster one than another on the same side.
func TestBetterRun(t *testing.T) {
	const budget = 100
	in, inFaster, out, outFaster := &Run{WallSeconds: 2, PeakMemoryBytes: budget}, &Run{WallSeconds: 1, PeakMemoryBytes: 1},
		&Run{WallSeconds: 2, PeakMemoryBytes: budget + 1}, &Run{WallSeconds: 1, PeakMemoryBytes: 2 * budget}
	for i, better := range []*Run{inFaster, in, outFaster, out} {
		for k, than := range []*Run{inFaster, in, outFaster, out} {
			if got := better.better(than, budget); got != (i < k) {
				t.Errorf("%+v for %+v: %v", better, than, got)
			}
		}
	}
}

func TestBytesOf(t *testing.T) {
	for size, want := range map[string]int64{"512MiB": 512 << 20, "1.5GiB": 3 << 29, "3GB": 0, "GiB": 0, "3": 0, "-": 0} {
		if got, err := bytesOf(size); got != want || (err == nil) != (want > 0) {
			t.Errorf("%s: %d, %v", size, got, err)
		}
	}
}

// TestChartIsOfTheKeptResults: the page shows what results/ has.
func TestChartIsOfTheKeptResults(t *testing.T) {
	drawn, err := chart("results")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), chartBegins+drawn+chartEnds) || !strings.Contains(drawn, "10M-ordinary") {
		t.Errorf("README.md has another chart than that of the kept results:\n%s", drawn)
	}
	if got := bar(1.24) + " " + bar(0.5); got != "██████████|██ █████" {
		t.Errorf("bars are %q", got)
	}
}
