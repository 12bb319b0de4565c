package batch

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// cqStory is a worked story of testdata/collections-stories; its README has the format.
type cqStory struct {
	Name   string
	Policy json.RawMessage
	Nights []cqStoryNight
}

type cqStoryNight struct {
	Date   string
	Files  map[string][]map[string]any
	Expect map[string][]map[string]any
}

// resolve puts the keys of tasks in the place of texts such as "task of B1 on 2026-11-07".
func (n *cqStoryNight) resolve(t *testing.T, keyOf func(borrower, on string) string) {
	for _, rows := range n.Files {
		for _, row := range rows {
			text, is := row["task_key"].(string)
			rest, is2 := strings.CutPrefix(text, "task of ")
			if !is || !is2 {
				continue
			}
			borrower, on, _ := strings.Cut(rest, " on ")
			key := keyOf(borrower, on)
			if key == "" {
				t.Fatalf("%s: there was no %s", n.Date, text)
			}
			row["task_key"] = key
		}
	}
}

// TestCollectionStories closes the nights of each story and compares its tables.
func TestCollectionStories(t *testing.T) {
	for _, story := range stories[cqStory](t, "collections-stories") {
		t.Run(story.Name, func(t *testing.T) {
			l := newLender(t)
			l.policy(string(story.Policy))
			var closed []string
			for i := range story.Nights {
				n := &story.Nights[i]
				n.resolve(t, func(borrower, on string) string {
					for _, date := range closed {
						for _, row := range l.cqQueue(date, "tasks") {
							if row["borrower_id"] == borrower && row["contact_on"] == on {
								return row["task_key"]
							}
						}
					}
					return ""
				})
				cqFilesOf(t, n.Files).write(t, l.in(n.Date))
				l.close(n.Date)
				l.o.Policy = nil
				closed = append(closed, n.Date)
				if rejects := l.rejects(n.Date); len(rejects) > 0 {
					t.Errorf("%s: rows are rejected: %v", n.Date, rejects)
				}
				for table, want := range n.Expect {
					cqExpect(t, n.Date+" "+table, l.cqQueue(n.Date, table), want, true)
				}
			}
			verifySilent(t, l)
		})
	}
}

// cqExpect compares all rows of a table with a story's, in the columns that it writes;
// all: the table has each of them.
func cqExpect(t *testing.T, what string, got []cqRow, want []map[string]any, all bool) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d rows, want %d:\ngot %v", what, len(got), len(want), got)
		return
	}
	used := make([]bool, len(got))
	for i, w := range want {
		best, wrong := -1, []string{"no row is left"}
		for k := range got {
			if k = (k + i) % len(got); used[k] {
				continue
			}
			if faults := cqFaults(got[k], w, all); best < 0 || len(faults) < len(wrong) {
				best, wrong = k, faults
			}
		}
		used[best] = true
		for _, f := range wrong {
			t.Errorf("%s: row %d: %s", what, i, f)
		}
	}
}

func cqFaults(got cqRow, want map[string]any, all bool) (faults []string) {
	for name, w := range want {
		text := cqNull
		if w != nil {
			text = fmt.Sprint(w)
		}
		have, has := got[name]
		if !has && !all {
			continue
		}
		x, err1 := time.Parse(time.RFC3339, have)
		y, err2 := time.Parse(time.RFC3339, text)
		same := have == text || err1 == nil && err2 == nil && x.Equal(y) && strings.HasSuffix(name, "_at")
		if !has || !same {
			faults = append(faults, fmt.Sprintf("%s is %q (there: %t), want %q", name, have, has, text))
		}
	}
	return faults
}

// Each story's tape of the night, by hand: status, days past due, past due, next due.
var cqStoryTapes = map[string]map[string]cqLoan{
	"cn_reminder_to_cure": {
		"2026-11-05": {nextDueOn: cqDay("2026-11-10"), nextDue: 10000}, "2026-11-06": {nextDueOn: cqDay("2026-11-10"), nextDue: 10000},
		"2026-11-10": {nextDueOn: cqDay("2026-12-10")}, "2026-11-11": {dpd: 1, pastDue: 10000}, "2026-11-12": {dpd: 2, pastDue: 10000},
		"2026-11-13": {dpd: 3, pastDue: 10000}, "2026-11-14": {dpd: 4, pastDue: 10000}, "2026-11-15": {nextDueOn: cqDay("2026-12-10")},
	},
	"cn_job_loss_to_plan": {
		"2026-11-20": {dpd: 66, pastDue: 338936, penalties: 8888, interest: 43185}, "2026-11-21": {dpd: 67, pastDue: 338936, penalties: 8888, interest: 43185},
	},
}

// TestCollectionModelTellsTheStories: the model alone, given a story's rows and a tape by
// hand, has its tasks, and why there are none.
func TestCollectionModelTellsTheStories(t *testing.T) {
	for _, story := range stories[cqStory](t, "collections-stories") {
		t.Run(story.Name, func(t *testing.T) {
			if cqStoryTapes[story.Name] == nil && story.Name != "us_seven_in_seven" {
				t.Skip("there is no tape by hand")
			}
			m := newCQModel(cqPolicyOf(t, string(story.Policy)))
			var booked cqLoansFile
			for i := range story.Nights {
				n := &story.Nights[i]
				n.resolve(t, func(borrower, on string) string {
					for _, k := range m.tasks {
						if k.borrower == borrower && cqDate(k.on) == on {
							return k.key
						}
					}
					return ""
				})
				files := cqFilesOf(t, n.Files)
				if len(files.loans) > 0 {
					booked = files.loans[0]
				}
				if rejects := m.accept(cqDay(n.Date), files.night()); len(rejects) > 0 {
					t.Errorf("%s: %v", n.Date, rejects)
				}
				x, told := cqStoryTapes[story.Name][n.Date]
				if !told { // instalments of 100.00, from 20 October on
					x = cqLoan{dpd: cqDay(n.Date) - cqDay("2026-10-20"), pastDue: 10000, nextDueOn: cqNoDay}
				}
				if x.nextDueOn == 0 {
					x.nextDueOn = cqNoDay
				}
				x.id, x.borrower, x.currency, x.product, x.status = booked.LoanID, booked.BorrowerID, booked.Currency, booked.Product, "active"
				x.delinquent, x.total, x.score = x.dpd, max(x.pastDue, 100000), 650
				r := m.night(cqDay(n.Date), []cqLoan{x})
				for k, task := range r.exported {
					task.key = fmt.Sprint("key ", n.Date, k)
					m.tasks = append(m.tasks, task)
				}
				for table, rows := range map[string][]cqRow{"tasks": r.tasks, "suppressed": r.suppressed, "not_due": r.notDue, "below_capacity": r.below} {
					cqExpect(t, n.Date+" "+table, rows, n.Expect[table], false)
				}
			}
		})
	}
}
