package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"daybook/batch"
	"daybook/batch/publish"
	"daybook/batch/warehouse"
	"daybook/ledger/civil"
	"daybook/reports"
)

// above is the end of a night that is closed with too many rejects.
func above(o batch.Options, s *batch.Summary) error {
	state := "is closed"
	if o.DryRun {
		state = "would close"
	}
	rows, bad := int64(0), int64(0)
	for _, t := range s.Manifest.ControlTotals.Files {
		rows += t.RowsIn
		bad += t.Rejected + t.Held
	}
	hint := "the rows and their reasons are in rejects.parquet; with --strict such a night does not close"
	switch {
	case s.Loans > 0 || bad < rows:
	case o.DryRun:
		hint = "no row was taken: see that --policy is that of these files, as of their currency; " + hint
	default:
		hint = "no row was taken, and the book has no loan: where the policy is not that of these files, as of another currency, " +
			"put book and night away and close anew with --policy; " + hint
	}
	return &failure{
		err:    fmt.Errorf("%d of %d rows were rejected or held, above the policy's threshold; %s %s", bad, rows, o.Date, state),
		status: statusAbove, code: codeAbove, result: true,
		hint: hint,
	}
}

// isAbove reports whether a close ends with [statusAbove]. One that only publishes a
// night, which a run before it closed and was stopped, does so in its place.
func isAbove(s *batch.Summary) bool { return s.Above && (!s.Again || s.Published) }

// closedJSON is what close --json prints.
type closedJSON struct {
	BusinessDate   civil.Date            `json:"business_date"`
	ExitStatus     int                   `json:"exit_status"`
	Closed         bool                  `json:"closed"`
	AlreadyClosed  bool                  `json:"already_closed"`
	Published      bool                  `json:"published"` // by this run
	Lacking        bool                  `json:"lacking"`   // an older night that is not there as it was published
	DryRun         bool                  `json:"dry_run"`
	AboveThreshold bool                  `json:"rejects_above_threshold"`
	Folder         string                `json:"folder"`
	Attention      attention             `json:"attention"`
	Loans          int64                 `json:"loans"`
	Entries        int64                 `json:"entries"`
	Postings       int64                 `json:"postings"`
	Replayed       int64                 `json:"loans_replayed"`
	NotRead        []reports.Unread      `json:"unread"` // of the inbox, and why
	ControlTotals  reports.ControlTotals `json:"control_totals"`
	Timings        []reports.Timing      `json:"timings"`
	usedJSON
	Warehouse *warehouse.Result `json:"warehouse,omitempty"` // with --warehouse
}

// A usedJSON is what a close took.
type usedJSON struct {
	WallSeconds     float64 `json:"wall_seconds"`
	CPUSeconds      float64 `json:"cpu_seconds"`
	PeakMemoryBytes int64   `json:"peak_memory_bytes"`
}

// An attention is what a person must know of a night.
type attention struct {
	Duplicates   int64 `json:"duplicates"` // rows
	Held         int64 `json:"held"`       // rows
	Rejected     int64 `json:"rejected"`   // rows
	Unread       int64 `json:"unread"`     // entries of the inbox
	NotContacted int64 `json:"not_contacted"`
}

// attentionOf adds up a night.
func attentionOf(s *batch.Summary) (n attention) {
	if s.Manifest == nil {
		n.Unread = int64(s.Unread)
		return n
	}
	n.Unread = int64(len(unreadOf(s)))
	for i := range s.Manifest.ControlTotals.Files {
		f := &s.Manifest.ControlTotals.Files[i]
		n.Duplicates += f.Duplicates
		n.Held += f.Held
		n.Rejected += f.Rejected
	}
	n.NotContacted = notContacted(s.Manifest)
	return n
}

// notContacted is how many borrowers of a night are suppressed or below capacity. In the table of the suppressed a
// borrower has a row for each reason, and so has the figure of nights that were closed before control totals had the queue.
func notContacted(m *reports.Manifest) (n int64) {
	for i := range m.ControlTotals.Queue {
		for _, p := range m.ControlTotals.Queue[i].Places {
			if p.Place == "suppressed" || p.Place == "below_capacity" {
				n += p.Borrowers
			}
		}
	}
	if len(m.ControlTotals.Queue) > 0 {
		return n
	}
	for _, o := range m.Outputs {
		if o.Path == "queue/suppressed.parquet" || o.Path == "queue/below_capacity.parquet" {
			n += o.Rows
		}
	}
	return n
}

// unreadOf is what a night was given and did not read: entries of the inbox that are no
// input, and files of kinds that no rule asks for.
func unreadOf(s *batch.Summary) []reports.Unread {
	list := append([]reports.Unread{}, s.Manifest.Unread...)
	if s.Again {
		list = append([]reports.Unread{}, s.UnreadNow...)
	}
	for _, f := range s.Manifest.Inputs {
		if f.NotRead && !f.OfAnotherCommand() {
			list = append(list, reports.Unread{Path: f.Path, Why: "no rule of this version asks for " + f.Kind})
		}
	}
	return list
}

func (n attention) String() string {
	return strings.Join([]string{
		plural(n.Duplicates, "duplicate"), count(n.Held) + " held", count(n.Rejected) + " rejected", count(n.Unread) + " unread",
		count(n.NotContacted) + " not contacted",
	}, ", ")
}

// closedOf is a close as programs read it.
func closedOf(o batch.Options, s *batch.Summary, took time.Duration) *closedJSON {
	cpu, peak := usedResources()
	v := &closedJSON{
		BusinessDate: o.Date, Closed: !o.DryRun || s.Again, AlreadyClosed: s.Again, Published: s.Published, Lacking: s.Lacking, DryRun: o.DryRun,
		AboveThreshold: s.Above, Folder: s.Folder, Attention: attentionOf(s), Loans: s.Loans, Entries: s.Entries, Postings: s.Postings,
		Replayed: s.Replayed, usedJSON: usedJSON{seconds(took), seconds(cpu), peak},
		NotRead: []reports.Unread{}, Timings: []reports.Timing{}, ControlTotals: reports.ControlTotals{Files: []reports.FileTotals{}, Currencies: []reports.CurrencyTotals{}},
	}
	if isAbove(s) {
		v.ExitStatus = statusAbove
	}
	if s.Manifest != nil {
		v.ControlTotals = s.Manifest.ControlTotals
		v.NotRead = unreadOf(s)
	}
	if s.Page != nil {
		v.Timings = s.Page.Stages
	}
	return v
}

func (a *app) printClosed(o batch.Options, s *batch.Summary, took time.Duration, w *warehouse.Result) {
	v := closedOf(o, s, took)
	v.Warehouse = w
	a.print(v, func() {
		switch {
		case s.Again && s.Published:
			a.printf("%s was closed before with these files; its outputs are published again: %s\n", o.Date, s.Folder)
			for _, path := range s.Missing {
				why := "the book no longer proves it"
				if path == publish.NamedAccounts {
					why = "the book keeps no names"
				}
				a.printf("%s is not: %s\n", path, why)
			}
		case s.Lacking:
			a.printf("%s is closed already with these files; it is not there as published, and daybook report writes what the book still proves: %s\n", o.Date, s.Folder)
		case s.Again:
			a.printf("%s is closed already with these files; nothing to do: %s\n", o.Date, s.Folder)
		default:
			if o.DryRun {
				s.Page.Folder = "none, this was a dry run: nothing was closed"
			}
			reports.Summary(&a.out.text, s.Page) // to memory
		}
		if s.Manifest != nil {
			for _, u := range unreadOf(s) {
				a.printf("not read: %s: %s\n", u.Path, u.Why)
			}
		}
		if w != nil {
			a.printf("in the warehouse: %s of %s\n", plural(w.Files, "file"), plural(w.Tables, "table"))
		}
		a.printf("%s: %s\n", o.Date, attentionOf(s))
	})
}

func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }
