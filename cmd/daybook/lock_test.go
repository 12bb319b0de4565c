package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/batch/lookup"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
)

const (
	postBackdated   = "period: {backdated: post}\n"
	rejectBackdated = "period: {backdated: reject}\n"
)

// status is the book's own.
func (l *lockLender) status() (v lookup.Status) {
	l.t.Helper()
	out, _ := l.must(statusDone, "status", "--book", l.book, "--json")
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		l.t.Fatal(err)
	}
	return v
}

func (l *lockLender) unlock(status int, through, reason string) (stderr string) {
	l.t.Helper()
	_, stderr = l.must(status, "unlock", "--book", l.book, "--through", through, "--reason", reason)
	return stderr
}

// small closes four nights of a few loans.
func small(t testing.TB, more string) *lockLender {
	l := newLockLender(t, 1, more)
	l.close("2026-10-30", l.newLoansOn("2026-10-05", 6), []lockRow{{id: "P1", loan: "L001", currency: "EUR", value: lockDay("2026-10-30"), amount: 50_000}})
	l.close("2026-10-31", nil, []lockRow{{id: "P2", loan: "X9", currency: "EUR", value: lockDay("2026-10-29"), amount: 70_000}})
	l.close("2026-11-02", nil, nil)
	return l
}

func (l *lockLender) newLoansOn(day string, n int) (list []lockLoan) {
	for range n {
		x := lockLoan{"L00" + string(rune('0'+len(l.loans))), "EUR", lockDay(day)}
		l.loans, list = append(l.loans, x), append(list, x)
	}
	return list
}

// A lock moves forward, over nights that are closed; unlock moves it back; and all of it is
// kept, in order, with when and why, and the journal as it was.
func TestLocksMove(t *testing.T) {
	l := small(t, "")
	refused := func(want string, status int, args ...string) {
		t.Helper()
		if _, stderr := l.must(status, append([]string{args[0], "--book", l.book}, args[1:]...)...); !strings.Contains(stderr, want) {
			t.Errorf("%v says %q, want %q", args, stderr, want)
		}
	}
	refused("is not closed yet", statusFailed, "lock", "--through", "2026-11-03", "--out", l.out)
	refused("has not closed 2026-11-01", statusFailed, "lock", "--through", "2026-11-01", "--out", l.out)
	refused("no day is locked", statusFailed, "unlock", "--through", "2026-10-30", "--reason", "why")
	refused("--force needs --reason", statusUsage, "lock", "--through", "2026-10-31", "--out", l.out, "--force")
	refused("--reason", statusUsage, "unlock", "--through", "2026-10-30", "--reason", " ")
	l.lock(statusDone, "2026-10-30", "--reason", "before the month's end")
	l.lock(statusDone, "2026-10-31", "--reason", "October")
	refused("moves forward only", statusFailed, "lock", "--through", "2026-10-30", "--out", l.out)
	refused("to a day before it", statusFailed, "unlock", "--through", "2026-10-31", "--reason", "why")
	l.close("2026-11-03", nil, nil)
	l.unlock(statusDone, "2026-10-30", "one more entry")
	l.lock(statusDone, "2026-11-02", "--reason", "again")
	l.unlock(statusDone, "2026-10-01", "all of it")
	refused("no day is locked", statusFailed, "unlock", "--through", "2026-09-30", "--reason", "why")
	l.lock(statusDone, "2026-10-31", "--reason", "October again")
	v := l.status()
	if v.Locked == nil || v.Locked.String() != "2026-10-31" {
		t.Errorf("locked through %v", v.Locked)
	}
	want := []string{
		"1 lock 2026-10-30 2026-10-30 2026-11-02 before the month's end", "2 lock 2026-10-31 2026-10-31 2026-11-02 October", "3 unlock 2026-10-30 2026-10-30 2026-11-03 one more entry",
		"4 lock 2026-11-02 2026-11-02 2026-11-03 again", "5 unlock 2026-10-01 - 2026-11-03 all of it", "6 lock 2026-10-31 2026-10-31 2026-11-03 October again",
	}
	var got []string
	for _, x := range v.Locks {
		locked := "-"
		if x.Locked != nil {
			locked = x.Locked.String()
		}
		got = append(got, strings.Join([]string{string(rune('0' + x.Number)), x.Action, x.Through.String(), locked, x.Last.String(), x.Reason}, " "))
		at := slices.IndexFunc(v.Nights, func(n lookup.NightStatus) bool { return n.Date == x.Last })
		if x.Root != v.Nights[at].JournalRoot || !strings.HasSuffix(x.When, "Z") || x.Forced {
			t.Errorf("lock %d: %+v", x.Number, x)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("locks are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	folders, err := filepath.Glob(filepath.Join(l.out, "periods", "*"))
	for i := range folders {
		folders[i] = filepath.Base(folders[i])
	}
	if err != nil || !slices.Equal(folders, []string{"2026-10", "to-2026-10-30", "to-2026-11-02"}) {
		t.Errorf("packages are %v, %v", folders, err)
	}
	out, _ := l.must(statusDone, "status", "--book", l.book)
	if !strings.Contains(out, "days up to 2026-10-31") || !strings.Contains(out, "October again") {
		t.Error(out)
	}
	l.must(statusDone, "verify", "--book", l.book, "--out", l.out)
}

// A package of a month that has no night on its last day is one of the month once another
// month's night is closed: until then it may have another.
func TestLockKnowsAMonth(t *testing.T) {
	l := newLockLender(t, 1, "")
	l.close("2026-10-29", l.newLoansOn("2026-10-05", 3), nil)
	early := l.copy()
	early.lock(statusDone, "2026-10-29")
	l.close("2026-11-02", nil, nil)
	l.lock(statusDone, "2026-10-29")
	for folder, x := range map[string]*lockLender{"to-2026-10-29": early, "2026-10": l} {
		if _, err := os.Stat(filepath.Join(x.out, "periods", folder, "_SUCCESS")); err != nil {
			t.Error(err)
		}
	}
}

// rejects are the night's, as loan or payment and reason.
func (l *lockLender) rejects(night string) map[string]string {
	l.t.Helper()
	t, err := reports.ReadParquet(filepath.Join(l.out, night, "rejects.parquet"))
	if err != nil {
		l.t.Fatal(err)
	}
	list := map[string]string{}
	for i := range t.Rows() {
		row := map[string]string{}
		for c := range t.Columns {
			row[t.Columns[c].Name] = string(t.Columns[c].AppendValue(nil, i))
		}
		var values map[string]string
		if err := json.Unmarshal([]byte(row["values"]), &values); err != nil {
			l.t.Fatal(err)
		}
		id := values["repayment_id"] + values["adjustment_id"]
		if id == "" {
			id = values["loan_id"]
		}
		list[id] = row["reason_code"]
	}
	return list
}

// backdated are the rows of a night after October is locked, and why they are rejected where
// backdated rows are refused.
var backdated = []struct {
	row    lockRow
	reason string
}{
	{lockRow{id: "P10", loan: "L000", currency: "EUR", value: lockDay("2026-10-31"), amount: 30_000}, "period_locked"},
	{lockRow{id: "P11", loan: "L000", currency: "EUR", value: lockDay("2026-11-01"), amount: 31_000}, ""},
	{lockRow{id: "P12", loan: "X9", currency: "EUR", value: lockDay("2026-10-20"), amount: 32_000}, "unknown_loan"},
	{lockRow{id: "P1", loan: "L001", currency: "EUR", value: lockDay("2026-10-30"), amount: 50_000}, ""}, // known: a duplicate
	{lockRow{id: "A1", loan: "L002", kind: "fee", value: lockDay("2026-10-30"), amount: 5_000}, "period_locked"},
	{lockRow{id: "A2", loan: "L002", kind: "fee", value: lockDay("2026-11-01"), amount: 6_000}, ""},
	{lockRow{id: "A3", loan: "L003", kind: "prepay", value: lockDay("2026-10-28"), amount: 33_000, choice: "shorter_term"}, "period_locked"},
	{lockRow{id: "A4", loan: "L004", kind: "charge_off", value: lockDay("2026-10-28")}, "period_locked"},
	{lockRow{id: "A5", loan: "L005", kind: "release", value: lockDay("2026-10-31"), target: "P2"}, "period_locked"},
	{lockRow{id: "A6", loan: "L005", kind: "reversal", value: lockDay("2026-10-31"), target: strings.Repeat("ab", 32)}, "period_locked"},
	{lockRow{id: "A7", loan: "L001", kind: "reversal", value: lockDay("2026-11-03"), target: "P1"}, ""}, // decided now
}

// Backdated rows are posted and reported as prior period, or refused, as the policy says: money
// that is refused waits in suspense, and its loan has it once the period is open again.
func TestBackdatedRows(t *testing.T) {
	var rows []lockRow
	for _, x := range backdated {
		rows = append(rows, x.row)
	}
	for _, policy := range []string{postBackdated, rejectBackdated} {
		l := small(t, policy)
		l.lock(statusDone, "2026-10-31")
		loans := append(l.newLoansOn("2026-10-31", 1), l.newLoansOn("2026-11-02", 1)...)
		l.close("2026-11-03", loans, rows)
		want, held := map[string]string{"P12": "unknown_loan", "A6": "unknown_target"}, []string{"X9 P12"} // P2 was released
		if policy == rejectBackdated {
			want, held = map[string]string{loans[0].id: "period_locked"}, []string{"L000 P10", "L003 A3", "X9 P12", "X9 P2"}
			for _, x := range backdated {
				if x.reason != "" {
					want[x.row.id] = x.reason
				}
			}
		}
		if got := l.rejects("2026-11-03"); !maps.Equal(got, want) {
			t.Errorf("%s: rejected are %v, want %v", policy, got, want)
		}
		if got := l.heldIDs(); !slices.Equal(got, held) {
			t.Errorf("%s: in suspense are %v, want %v", policy, got, held)
		}
		l.must(statusDone, "verify", "--book", l.book, "--out", l.out)
		l.checkAgain("2026-11-03")
		l.close("2026-11-30", nil, nil)
		l.lock(statusDone, "2026-11-30")
		r := l.reckon("2026-11-01", "2026-11-30", func(night string) string {
			if night > "2026-11-02" {
				return "2026-10-31"
			}
			return ""
		})
		l.checkPrior("2026-11", r)
		l.checkRoll("2026-11", "2026-11-30", r)
		fee := r.prior["2026-10 1303 EUR"]
		if fee[0] > 0 != (policy == postBackdated) || r.prior["2026-10 1001 EUR"][0] == 0 {
			t.Errorf("%s: prior period is %v", policy, r.prior)
		}
		if policy == postBackdated {
			continue
		}
		l.unlock(statusDone, "2026-10-01", "the auditor's")
		l.close("2026-12-01", nil, nil)
		if got, want := l.heldIDs(), []string{"X9 P12", "X9 P2"}; !slices.Equal(got, want) {
			t.Errorf("after unlock there are in suspense %v, want %v", got, want)
		}
		l.must(statusDone, "verify", "--book", l.book, "--out", l.out)
	}
}

// heldIDs are what is in suspense, sorted.
func (l *lockLender) heldIDs() (list []string) {
	for _, text := range l.suspenseNow() {
		words := strings.Fields(text)
		list = append(list, words[0]+" "+words[1])
	}
	slices.Sort(list)
	return list
}

// checkAgain closes the last night again, reports it again, and holds what is there to what was.
func (l *lockLender) checkAgain(night string) {
	l.t.Helper()
	read := func(out string) map[string]string {
		all := map[string]string{}
		m, err := reports.ReadManifest(filepath.Join(out, night, "manifest.json"))
		if err != nil {
			l.t.Fatal(err)
		}
		for _, o := range m.Outputs {
			all[o.Path] = o.SHA256
		}
		return all
	}
	want := read(l.out)
	l.must(statusDone, "close", "--book", l.book, "--in", filepath.Join(l.dir, "in", night), "--out", l.out, "--date", night, "-q")
	if got := read(l.out); !maps.Equal(got, want) {
		l.t.Errorf("%s is another night when it is closed again", night)
	}
	out := filepath.Join(l.dir, "again")
	l.must(statusDone, "report", "--book", l.book, "--out", out, "-q")
	if got := read(out); !maps.Equal(got, want) {
		l.t.Errorf("%s is another night when it is reported again", night)
	}
}

// A night depends on the lock as on its inputs: dry or not, on any number of workers, and
// compared with the other policy it differs by what is refused.
func TestLockedNightIsDeterministic(t *testing.T) {
	var rows []lockRow
	for _, x := range backdated {
		rows = append(rows, x.row)
	}
	l := small(t, rejectBackdated)
	l.lock(statusDone, "2026-10-31")
	in := l.inbox("2026-11-03", nil, rows)
	other := filepath.Join(l.dir, "other.yaml")
	if err := os.WriteFile(other, []byte(lockPolicy+postBackdated), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"close", "--book", l.book, "--in", in, "--out", l.out, "--date", "2026-11-03", "-q"}
	l.must(statusDone, append(args, "--dry-run")...)
	if v := l.status(); len(v.Nights) != 3 {
		t.Errorf("a dry run closed a night: %+v", v.Nights)
	}
	compare := func(policy string) map[string]any {
		out, _ := l.must(statusDone, append(args, "--dry-run", "--compare", "--json", "--policy", policy)...)
		var v map[string]any
		if err := json.Unmarshal([]byte(out), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	if same, changed := fmt.Sprint(compare(l.policy)["loans"]), fmt.Sprint(compare(other)["loans"]); same == changed {
		t.Errorf("posting what is backdated changes nothing: %s", changed)
	}
	twin := l.copy()
	l.must(statusDone, append(args, "--workers", "1")...)
	twinArgs := slices.Clone(args)
	twinArgs[2], twinArgs[6] = twin.book, twin.out
	twin.must(statusDone, append(twinArgs, "--workers", "3")...)
	a, b := l.status(), twin.status()
	if a.Nights[3].JournalRoot != b.Nights[3].JournalRoot || !maps.Equal(l.rejects("2026-11-03"), twin.rejects("2026-11-03")) {
		t.Error("two books with one lock close two nights")
	}
}

// A policy can't take effect in a locked period; one that the book has is no new one.
func TestPolicyInALockedPeriod(t *testing.T) {
	l := small(t, "effective_from: 2026-10-01\n")
	l.lock(statusDone, "2026-10-31")
	in := l.inbox("2026-11-03", nil, nil)
	other := filepath.Join(l.dir, "other.yaml")
	for from, status := range map[string]int{"2026-10-31": statusGuarded, "2026-10-05": statusGuarded, "2026-11-03": statusDone, "2026-12-01": statusDone} {
		text := strings.Replace(lockPolicy, "name: periods", "name: other", 1) + "effective_from: " + from + "\n"
		if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, stderr := l.must(status, "close", "--book", l.book, "--in", in, "--out", l.out, "--date", "2026-11-03", "--policy", other, "--dry-run")
		if said := strings.Contains(stderr, "days up to 2026-10-31 are locked"); said != (status == statusGuarded) {
			t.Errorf("a policy from %s: %s", from, stderr)
		}
	}
	l.must(statusDone, "close", "--book", l.book, "--in", in, "--out", l.out, "--date", "2026-11-03", "--policy", l.policy)
	l.unlock(statusDone, "2026-10-30", "why")
	if err := os.WriteFile(other, []byte(strings.Replace(lockPolicy, "name: periods", "name: other", 1)+"effective_from: 2026-10-31\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stderr := l.must(statusFailed, "close", "--book", l.book, "--in", l.inbox("2026-11-04", nil, nil), "--out", l.out, "--date", "2026-11-04", "--policy", other)
	if !strings.Contains(stderr, "the rules of closed nights do not change") {
		t.Error(stderr)
	}
}

// lockedResult is what lock --json prints of a lock that is refused, or is not.
func (l *lockLender) lockedResult(status int, through string, more ...string) (v lockedJSON) {
	l.t.Helper()
	out, _ := l.lock(status, through, append(more, "--json")...)
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		l.t.Fatalf("%v: %s", err, out)
	}
	return v
}

// What fails is named, and nothing is locked, unless it is forced, for a reason; the package says so.
func TestLockRefusesWhatFails(t *testing.T) {
	tape := filepath.Join("2026-10-31", "loans", "part-0000.parquet")
	for name, x := range map[string]struct {
		policy string
		spoil  func(l *lockLender)
		failed []string
	}{
		"damaged": {"", func(l *lockLender) { flipByte(l.t, filepath.Join(l.book, "db")) }, []string{"verified"}},
		"changed": {"", func(l *lockLender) {
			if err := os.WriteFile(filepath.Join(l.out, tape), []byte("x"), 0o600); err != nil {
				l.t.Fatal(err)
			}
		}, []string{"published"}},
		"gone":              {"", func(l *lockLender) { os.RemoveAll(filepath.Join(l.out, "2026-10-30")) }, []string{"published"}},
		"items":             {"period: {limits: {suspense: {items: 0}}}\n", func(*lockLender) {}, []string{"suspense"}},
		"amount":            {"period: {limits: {suspense: {amount: 69.99}}}\n", func(*lockLender) {}, []string{"suspense"}},
		"below":             {"period: {limits: {suspense: {items: 1, amount: 70.00}}}\n", func(*lockLender) {}, nil},
		"never reconciled":  {"reconciliation: {}\nperiod: {limits: {breaks: {items: 0}}}\n", func(*lockLender) {}, []string{"reconciled", "breaks"}},
		"reconciled before": {"reconciliation: {}\n", func(l *lockLender) { l.reconcile("2026-10-30") }, []string{"reconciled"}},
		"reconciled after":  {"reconciliation: {}\n", func(l *lockLender) { l.reconcile("2026-11-02") }, []string{"reconciled"}},
		"breaks":            {"reconciliation: {outstanding_days: 0}\nperiod: {limits: {breaks: {items: 1}}}\n", func(l *lockLender) { l.reconcile("2026-10-31") }, []string{"breaks"}},
		"reconciled": {"reconciliation: {outstanding_days: 0}\nperiod: {limits: {breaks: {items: 8, amount: 7320.00}}}\n", func(l *lockLender) {
			l.reconcile("2026-10-31")
			l.reconcile("2026-11-02")
		}, nil},
		"reconciliation gone": {"reconciliation: {}\n", func(l *lockLender) {
			l.reconcile("2026-10-31")
			os.RemoveAll(filepath.Join(l.out, "reconciliation"))
		}, []string{"reconciled"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := small(t, x.policy)
			x.spoil(l)
			if len(x.failed) == 0 {
				if v := l.lockedResult(statusDone, "2026-10-31"); len(v.Failed) > 0 || v.Forced {
					t.Errorf("%+v", v)
				}
				_, err := os.Stat(filepath.Join(l.out, "periods", "2026-10", "reconciliation_summary.parquet"))
				if wants := strings.Contains(x.policy, "reconciliation"); wants != (err == nil) {
					t.Errorf("the reconciliation is in the package: %v", err)
				}
				checkPackageBook(t, filepath.Join(l.out, "periods", "2026-10"))
				return
			}
			v := l.lockedResult(statusGuarded, "2026-10-31")
			if !slices.Equal(v.Failed, x.failed) || v.Stored || v.Folder != "" {
				t.Errorf("failed are %v, want %v: %+v", v.Failed, x.failed, v)
			}
			l.lockedResult(statusGuarded, "2026-10-31", "--dry-run")
			if name == "damaged" {
				return // nothing can be made of it, forced or not
			}
			if v := l.status(); len(v.Locks) > 0 {
				t.Errorf("it is locked: %+v", v.Locks)
			}
			if _, err := os.Stat(filepath.Join(l.out, "periods")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("something was published: %v", err)
			}
			v = l.lockedResult(statusDone, "2026-10-31", "--force", "--reason", "the bank is late")
			if !v.Forced || !v.Stored || !slices.Equal(v.Failed, x.failed) || l.status().Locked.String() != "2026-10-31" {
				t.Errorf("forced: %+v", v)
			}
			var list struct {
				Forced bool
				Checks []struct{ Name, Result string }
			}
			if err := json.Unmarshal([]byte(l.tables("2026-10")["checklist.json"]), &list); err != nil {
				t.Fatal(err)
			}
			var failed []string
			for _, c := range list.Checks {
				if c.Result == "failed" {
					failed = append(failed, c.Name)
				}
			}
			if !list.Forced || !slices.Equal(failed, x.failed) {
				t.Errorf("the checklist has %+v", list)
			}
			l.lock(statusDone, "2026-10-31") // again
		})
	}
}

// reconcile ties what there is without a statement: all cash is open.
func (l *lockLender) reconcile(date string) {
	l.t.Helper()
	l.must(statusDone, "reconcile", "--book", l.book, "--in", l.t.TempDir(), "--out", l.out, "--date", date)
}

// flipByte changes a byte in the largest table of a book.
func flipByte(t testing.TB, dir string) {
	t.Helper()
	entries, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(entries) == 0 {
		t.Fatal(entries, err)
	}
	raw, err := os.ReadFile(entries[0])
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/3] ^= 1
	if err := os.WriteFile(entries[0], raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Stopped at any boundary, a lock is there whole or not at all, and the same command ends it.
func TestLockStopped(t *testing.T) {
	base := small(t, "")
	for _, boundary := range []string{"staged", "stored", "published"} {
		l := base.copy()
		child := haltAt(t, boundary, "lock", "--book", l.book, "--through", "2026-10-31", "--out", l.out, "--reason", "October")
		if err := child.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		child.end(t)
		locked := l.status().Locked != nil
		_, err := os.Stat(filepath.Join(l.out, "periods", "2026-10", "_SUCCESS"))
		if published := err == nil; locked != (boundary != "staged") || published != (boundary == "published") {
			t.Errorf("killed at %s: locked %v, published %v", boundary, locked, published)
		}
		v := l.lockedResult(statusDone, "2026-10-31", "--reason", "October")
		if v.Again != (boundary != "staged") || v.Folder == "" || len(l.status().Locks) != 1 {
			t.Errorf("after %s: %+v", boundary, v)
		}
		l.must(statusDone, "verify", "--book", l.book, "--out", l.out)
		left, err := filepath.Glob(filepath.Join(l.out, ".daybook*"))
		if err != nil || len(left) > 0 && slices.ContainsFunc(left, func(p string) bool { return strings.Contains(p, "periods") }) {
			t.Errorf("after %s there are left %v", boundary, left)
		}
	}
}

// haltAt starts the program and waits until it is halted at a boundary, for ever.
func haltAt(t *testing.T, boundary string, args ...string) *child {
	t.Helper()
	c := &child{cmd: exec.CommandContext(t.Context(), program(t, "daybook-halting"), args...)}
	c.cmd.Env = append(os.Environ(), "HALT_AT="+boundary, "HALT=always")
	pipe, err := c.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.stderr = bufio.NewReader(pipe)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.until(t, "halted at "+boundary)
	return c
}

// Verify holds locks to the journal: a lock of another one, or one that is gone, is a fault.
func TestVerifyFindsForgedLocks(t *testing.T) {
	for name, forge := range map[string]func(l *record.Lock){
		"the journal up to":           func(l *record.Lock) { l.Root = strings.Repeat("0", 64) },
		"has not closed":              func(l *record.Lock) { l.Last++ },
		"stands where":                func(l *record.Lock) { l.Number = 2 },
		"locks of periods: lock 1 is": func(l *record.Lock) { l.Locked = l.Through + 1 },
	} {
		l := small(t, "")
		l.lock(statusDone, "2026-10-31")
		b, err := store.Open(l.book, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		raw, _, err := b.Own(store.Periods, record.LockKey(1))
		if err != nil {
			t.Fatal(err)
		}
		x, err := record.ReadLock(raw)
		if err != nil {
			t.Fatal(err)
		}
		forge(x)
		err = b.ReplaceOwn(store.Periods, nil, nil, func(put func(key, value []byte) error) error { return put(record.LockKey(1), record.EncodeLock(x)) })
		if err := errors.Join(err, b.Close()); err != nil {
			t.Fatal(err)
		}
		if out, _ := l.must(statusFault, "verify", "--book", l.book); !strings.Contains(out, name) {
			t.Errorf("a forged lock: %s, want %s", out, name)
		}
	}
}

// What is in the package's place and is none of it stops the lock before it is kept.
func TestLockReplacesNothingElse(t *testing.T) {
	l := small(t, "")
	dir := filepath.Join(l.out, "periods", "2026-10")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "mine.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, stderr := l.lock(statusGuarded, "2026-10-31")
	if !strings.Contains(stderr, "in the way") || len(l.status().Locks) > 0 {
		t.Errorf("%s: %+v", stderr, l.status().Locks)
	}
}
