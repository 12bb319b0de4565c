package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A side is a program that closes a night.
type side struct {
	name      string
	program   string   // whose it is, where that has another name
	files     []string // that its books depend on, beside the program
	arguments func(b *bench, n nightOf) []string
	report    func(stdout []byte, out string) (report, error)
}

// likePeer is the policy that Daybook closes with: the built-in one, with the tiers and stages by days past
// due that the peer has in the place of packs. What packs cost is measured apart.
const likePeer = `format_version: 1
name: bench
classification:
  tiers: [{name: pass, from: 0}, {name: special_mention, from: 1}, {name: substandard, from: 91}, {name: doubtful, from: 271}, {name: loss, from: 361}]
  non_performing_from: substandard
  stages: [{name: "1", from: 0}, {name: "2", from: 31}, {name: "3", from: 90}]
`

func (b *bench) policy() string { return filepath.Join(b.data, "policy.yaml") }

// binary is the program of a side.
func (b *bench) binaryOf(s side) string { return b.binary(cmp.Or(s.program, s.name)) }

// nightOf says which night a program is to close.
type nightOf struct {
	book, in, out, date, memory string
	rewrite                     bool // of the peer: a whole new table of loans
}

// report is what a program says about its night.
type report struct {
	repayments, postings int64
	stages               []Stage
}

var daybookSide = side{
	name: "daybook",
	arguments: func(b *bench, n nightOf) []string {
		return []string{"close", "--book", n.book, "--in", n.in, "--out", n.out, "--date", n.date,
			"--workers", strconv.Itoa(b.Workers), "--memory", n.memory, "--policy", b.policy(), "--json"}
	},
	report: func(_ []byte, out string) (report, error) { return readManifest(out) },
}

var duckdbSide = side{
	name: "duckdb",
	arguments: func(b *bench, n nightOf) []string {
		args := []string{"close", "-book", n.book, "-in", n.in, "-out", filepath.Join(n.out, n.date), "-date", n.date,
			"-threads", strconv.Itoa(b.Workers), "-memory", n.memory}
		if n.rewrite {
			args = append(args, "-rewrite")
		}
		return args
	},
	report: func(stdout []byte, _ string) (r report, err error) {
		var v struct {
			Repayments, Postings int64
			Stages               []struct {
				Name    string
				Seconds float64
			}
		}
		if err := json.Unmarshal(stdout, &v); err != nil {
			return r, err
		}
		r.repayments, r.postings = v.Repayments, v.Postings
		for _, s := range v.Stages {
			r.stages = append(r.stages, Stage{s.Name, s.Seconds})
		}
		return r, nil
	},
}

// readManifest reads what Daybook did from the manifest of the contract.
func readManifest(out string) (r report, err error) {
	text, err := os.ReadFile(filepath.Join(out, "manifest.json"))
	if err != nil {
		return r, err
	}
	var m struct {
		ControlTotals struct {
			Files []struct {
				Kind    string
				Applied int64
			}
		} `json:"control_totals"`
		Outputs []struct {
			Path string
			Rows int64
		}
		Timings []struct {
			Stage   string
			Seconds float64
		}
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return r, fmt.Errorf("manifest: %w", err)
	}
	for _, f := range m.ControlTotals.Files {
		if f.Kind == "repayments" {
			r.repayments += f.Applied
		}
	}
	for _, o := range m.Outputs {
		if strings.HasPrefix(o.Path, "journal/") {
			r.postings += o.Rows
		}
	}
	for _, t := range m.Timings {
		r.stages = append(r.stages, Stage{t.Stage, t.Seconds})
	}
	return r, nil
}

// close closes the measured night once with one side, on a fresh copy of its
// book, and returns what it took and the folder it published.
func (b *bench) close(ctx context.Context, s side, base, inbox string, w way) (Run, string, error) {
	if err := b.fresh(s, base); err != nil {
		return Run{}, "", err
	}
	return b.closeNight(ctx, s, inbox, 0, w)
}

func (b *bench) book(s side) string { return filepath.Join(b.data, "book-"+s.name) }

// fresh puts a copy of a book in the place of the one that a side works on.
func (b *bench) fresh(s side, base string) error {
	for _, stale := range []string{b.book(s) + ".wal", b.book(s) + ".tmp"} {
		if err := os.RemoveAll(stale); err != nil {
			return err
		}
	}
	return copyBook(base, b.book(s))
}

// closeNight closes a night that is measured, from 0, on a side's book as it is, and returns what it took and
// the folder it published.
func (b *bench) closeNight(ctx context.Context, s side, inbox string, night int, w way) (Run, string, error) {
	out, date, memory := filepath.Join(b.data, "out-"+s.name), b.measured(night), b.Memory
	if s.name == duckdbSide.name {
		memory = fmt.Sprintf("%dMiB", w.limit>>20)
	}
	if err := os.RemoveAll(out); err != nil {
		return Run{}, "", err
	}
	settle()
	n := nightOf{book: b.book(s), in: filepath.Join(inbox, date), out: out, date: date, memory: memory, rewrite: w.rewrite}
	use, err := spawn(ctx, b.log, b.binaryOf(s), s.arguments(b, n))
	if err != nil {
		return Run{}, "", fmt.Errorf("%s: %w", s.name, err)
	}
	published := filepath.Join(out, date)
	r, err := s.report(bytes.TrimSpace(use.stdout), published)
	if err != nil {
		return Run{}, "", fmt.Errorf("%s: %w", s.name, err)
	}
	run := use.Run
	run.Repayments, run.Postings, run.Stages = r.repayments, r.postings, r.stages
	if s.name == duckdbSide.name {
		run.WroteTables, run.MemoryLimit = w.rewrite, memory
	}
	if run.BookBytes, err = sizeOf(b.book(s)); err != nil {
		return Run{}, "", err
	}
	b.say("%-8s %6.2f s wall %6.2f s CPU %6d MiB", s.name, run.WallSeconds, run.CPUSeconds, run.PeakMemoryBytes>>20)
	return run, published, nil
}
