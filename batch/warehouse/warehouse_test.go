package warehouse

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook/batch"
	"daybook/batch/catalog"
	"daybook/batch/evidence"
	"daybook/batch/objects"
	"daybook/batch/policy"
	"daybook/batch/publish"
	"daybook/bench/portfolio"
	"daybook/ledger/civil"
	"daybook/ledger/proof"
	"daybook/ledger/store"
	"daybook/reports"

	"golang.org/x/mod/sumdb/note"
)

// A lender closes nights and publishes them to a root.
type lender struct {
	t      *testing.T
	dir    string
	nights []civil.Date
	signer note.Signer
	keys   proof.Trust
}

func newLender(t *testing.T, loans, nights int) *lender {
	t.Helper()
	l := &lender{t: t, dir: t.TempDir()}
	private, public, err := note.GenerateKey(rand.Reader, "lender.example/book")
	l.must(err)
	l.signer, err = note.NewSigner(private)
	l.must(err)
	v, err := note.NewVerifier(public)
	l.must(err)
	l.keys = proof.Trust{Keys: note.VerifierList(v)}
	o := portfolio.Options{Loans: loans, Nights: nights, Seed: 5}
	l.must(portfolio.Generate(t.Context(), l.path("in"), o))
	entries, err := os.ReadDir(l.path("in"))
	l.must(err)
	for _, e := range entries {
		d, err := civil.Parse(e.Name())
		l.must(err)
		l.nights = append(l.nights, d)
	}
	return l
}

// closedLender is a lender whose nights are closed.
func closedLender(t *testing.T, loans, nights int) *lender {
	t.Helper()
	l := newLender(t, loans, nights)
	for _, d := range l.nights {
		l.close(d, "")
	}
	return l
}

func (l *lender) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *lender) path(names ...string) string {
	return filepath.Join(append([]string{l.dir}, names...)...)
}

// close closes a night, with a policy where one is given.
func (l *lender) close(d civil.Date, text string) {
	l.t.Helper()
	o := batch.Options{
		Book: l.path("book"), In: l.path("in", d.String()), Out: l.path("out"), Date: d, Software: "daybook test", Signer: l.signer,
		Allow: batch.Allow{Restored: true, Duplicates: true, Unread: true},
	}
	if text != "" {
		p, err := policy.Parse([]byte(text), "p.yaml")
		l.must(err)
		o.Policy = p
	}
	_, err := batch.Close(l.t.Context(), o)
	l.must(err)
}

// publish publishes nights from one to another; at is called between steps.
func (l *lender) publish(root string, from, to civil.Date, iceberg bool, at func(string)) ([]Result, error) {
	l.t.Helper()
	b, err := store.OpenReadOnly(l.path("book"), store.Options{})
	l.must(err)
	defer func() { l.must(b.Close()) }()
	return Publish(l.t.Context(), b, Options{
		Out: l.path("out"), Root: l.path(root), From: from, To: to, Iceberg: iceberg, Software: "daybook test", Restored: true, At: at,
		Catalog: catalog.Config{Now: func() time.Time { return time.UnixMilli(1_790_000_000_000) }},
	})
}

func (l *lender) published(root string, from, to civil.Date, iceberg bool) []Result {
	l.t.Helper()
	r, err := l.publish(root, from, to, iceberg, nil)
	l.must(err)
	return r
}

// agrees holds a root to the output folder, row for row, and to the Iceberg tables.
func (l *lender) agrees(root string, iceberg bool) {
	l.t.Helper()
	ctx := l.t.Context()
	s, err := objects.Open(ctx, l.path(root))
	l.must(err)
	dates, err := Dates(ctx, s)
	l.must(err)
	wanted := map[string][]string{} // files of the Iceberg tables
	for _, d := range dates {
		n, err := readNight(ctx, s, d)
		l.must(err)
		raw, err := publish.ReadManifest(l.path("out", d.String()))
		l.must(err)
		m, err := reports.ParseManifest(raw)
		l.must(err)
		have := map[string]bool{}
		for name, t := range n.Tables {
			for _, f := range t.Files {
				have[name+" "+f.SHA256] = true
				wanted[name] = append(wanted[name], s.URL(f.Path))
			}
			infos, err := s.List(ctx, folderOf(name, d)+"/")
			l.must(err)
			if len(infos) != len(t.Files)+1 {
				l.t.Errorf("%s of %s has %d files and the mark, its folder %d", name, d, len(t.Files), len(infos))
			}
		}
		outputs := 0
		for _, o := range m.Outputs {
			if table := TableOf(o.Path); table != "" {
				if outputs++; !have[table+" "+o.SHA256] {
					l.t.Errorf("%s of %s is not in the root", o.Path, d)
				}
			}
		}
		if outputs < 35 {
			l.t.Errorf("%s has %d tables' files", d, outputs)
		}
	}
	if iceberg {
		k, err := catalog.Open(ctx, catalog.Config{}, s)
		l.must(err)
		for name, want := range wanted {
			files, err := k.Files(ctx, name)
			l.must(err)
			var got []string
			for _, f := range files {
				got = append(got, f.Path)
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				l.t.Errorf("Iceberg's %s has\n%v, want\n%v", name, got, want)
			}
		}
	}
	v, err := Verify(ctx, l.path(root), nil, catalog.Config{})
	l.must(err)
	if len(v.Faults) > 0 || v.Nights != len(dates) {
		l.t.Errorf("%d nights; faults %q", v.Nights, v.Faults)
	}
}

// head reads the head of a night as a reader outside holds it.
func (l *lender) head(d civil.Date) *proof.Head {
	l.t.Helper()
	b, err := os.ReadFile(l.path("out", d.String(), "head"))
	l.must(err)
	h, err := l.keys.Open(b)
	l.must(err)
	return h
}

// snapshot lists the files of a root with their bytes, but for those of Iceberg.
func snapshot(t *testing.T, root string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if d.IsDir() {
			if rel == "iceberg" {
				return filepath.SkipDir
			}
			return nil
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %s\n", sumOf(data)[:12], rel)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Three nights, published; the last one closed anew with other files, published again; a fourth
// with columns more; a late one: after each step Hive folders, Iceberg tables and output folder agree.
func TestEachStepAgrees(t *testing.T) {
	l := newLender(t, 300, 5)
	n := l.nights
	for _, d := range n[:2] {
		l.close(d, "")
	}
	l.must(os.CopyFS(l.path("before"), os.DirFS(l.path("book"))))
	l.close(n[2], "")
	for i, r := range l.published("root", n[0], n[2], true) {
		if r.Again || r.Replaced || r.Date != n[i] || len(r.Commits) != r.Tables || r.Written != r.Files {
			t.Errorf("a night that was not there: %+v", r)
		}
	}
	l.agrees("root", true)
	for _, r := range l.published("root", n[0], n[2], true) {
		if !r.Again || r.Written != 0 || len(r.Commits) != 0 {
			t.Errorf("a night that is there: %+v", r)
		}
	}
	old := l.head(n[2])

	// The book is put back, and the night closed without one of its files.
	l.must(os.RemoveAll(l.path("book")))
	l.must(os.Rename(l.path("before"), l.path("book")))
	entries, err := os.ReadDir(l.path("in", n[2].String()))
	l.must(err)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "repayments") {
			l.must(os.Remove(l.path("in", n[2].String(), e.Name())))
			break
		}
	}
	l.must(os.RemoveAll(l.path("out", n[2].String())))
	l.close(n[2], "")
	if r := l.published("root", n[2], n[2], true)[0]; !r.Replaced || r.Again || len(r.Commits) == 0 {
		t.Errorf("a night that was closed anew: %+v", r)
	}
	l.agrees("root", true)
	var different *proof.MismatchError
	if _, err := VerifyHead(t.Context(), l.path("root"), l.keys, old); !errors.As(err, &different) {
		t.Errorf("the head of a night that is no more: %v", err)
	}

	if err := l.verifies(old); !isMismatch(err) {
		t.Errorf("a book that was written anew, against the head of before: %v", err)
	}
	if err := l.verifies(l.head(n[1]), l.head(n[2])); err != nil {
		t.Error(err)
	}

	l.close(n[3], "name: more\npacks: [cn, ifrs9, eu]\n")
	l.close(n[4], "")
	l.published("root", n[4], n[4], true)
	l.agrees("root", true)
	l.published("root", n[3], n[3], true) // late
	l.agrees("root", true)
	if _, err := VerifyHead(t.Context(), l.path("root"), l.keys, l.head(n[1]), l.head(n[4])); err != nil {
		t.Error(err)
	}
}

// verifies proves the book by heads.
func (l *lender) verifies(held ...*proof.Head) error {
	l.t.Helper()
	b, err := store.OpenReadOnly(l.path("book"), store.Options{})
	l.must(err)
	defer func() { l.must(b.Close()) }()
	_, err = evidence.Book(l.t.Context(), b, 2, held...)
	return err
}

// Without Iceberg tables a night that is replaced has, at each moment, one whole set of files in each folder.
func TestAPartitionIsExchanged(t *testing.T) {
	l := newLender(t, 100, 2)
	l.close(l.nights[0], "")
	l.must(os.CopyFS(l.path("before"), os.DirFS(l.path("book"))))
	l.close(l.nights[1], "")
	l.published("root", l.nights[0], l.nights[1], false)
	l.must(os.RemoveAll(l.path("book")))
	l.must(os.Rename(l.path("before"), l.path("book")))
	l.must(os.RemoveAll(l.path("out", l.nights[1].String())))
	l.close(l.nights[1], "name: other\naging: {grace_days: 3}\n")
	_, err := l.publish("root", l.nights[1], l.nights[1], false, func(string) {
		for _, table := range []string{"loans", "nights"} {
			names, err := filepath.Glob(l.path("root", table, "business_date="+l.nights[1].String(), "*.parquet"))
			if err != nil || len(names) != 1 {
				t.Errorf("%s has %q, %v", table, names, err)
			}
		}
	})
	l.must(err)
	l.agrees("root", false)
}

// Killed at each step and run again, a root is what it is without a kill; of Iceberg there is one snapshot
// a night and table.
func TestKilledAtEachStep(t *testing.T) {
	l := newLender(t, 60, 1)
	l.close(l.nights[0], "")
	for _, iceberg := range []bool{false, true} {
		plain := fmt.Sprintf("plain-%v", iceberg)
		l.published(plain, l.nights[0], l.nights[0], iceberg)
		want := snapshot(t, l.path(plain))
		steps := 0
		_, err := l.publish("count", l.nights[0], l.nights[0], iceberg, func(string) { steps++ })
		l.must(err)
		l.must(os.RemoveAll(l.path("count")))
		for k := 0; k < steps; k += 1 + steps/12 {
			root := fmt.Sprintf("killed-%v-%d", iceberg, k)
			killed := func() (stopped bool) {
				defer func() { stopped = recover() != nil || stopped }()
				seen := 0
				_, err := l.publish(root, l.nights[0], l.nights[0], iceberg, func(string) {
					if seen++; seen == k+1 {
						panic("killed")
					}
				})
				return err != nil
			}()
			if !killed {
				t.Errorf("step %d did not stop it", k)
			}
			l.published(root, l.nights[0], l.nights[0], iceberg)
			if got := snapshot(t, l.path(root)); got != want {
				t.Errorf("killed at step %d, then again: the root has %q", k, differing(got, want))
			}
			l.agrees(root, iceberg)
			l.must(os.RemoveAll(l.path(root)))
		}
	}
}

// A byte of a published journal, head, manifest, tile or of the checkpoint is found with the public key and the root alone.
func TestEveryByteOfTheEvidence(t *testing.T) {
	l := closedLender(t, 40, 2)
	l.published("root", l.nights[0], l.nights[1], false)
	held := l.head(l.nights[1])
	if _, err := VerifyHead(t.Context(), l.path("root"), l.keys, held); err != nil {
		t.Fatal(err)
	}
	flips := 0
	for _, pattern := range []string{"journal/*/*.parquet", "log/head/*", "log/manifest/*", "log/tile/8/*/*", "log/tile/8/*/*/*", "log/checkpoint"} {
		paths, err := filepath.Glob(l.path("root", filepath.FromSlash(pattern)))
		l.must(err)
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				continue // a folder
			}
			l.must(os.Remove(path)) // it is the output folder's file, too
			for k := range min(len(data), 23) {
				at := k * len(data) / min(len(data), 23)
				wrong := bytes.Clone(data)
				wrong[at] ^= 1 << (k % 8)
				l.must(os.WriteFile(path, wrong, 0o600))
				flips++
				var different *proof.MismatchError
				if _, err := VerifyHead(t.Context(), l.path("root"), l.keys, held); !errors.As(err, &different) {
					t.Errorf("%s, byte %d: %v", path, at, err)
				}
			}
			l.must(os.WriteFile(path, data, 0o600))
		}
	}
	if flips < 150 {
		t.Errorf("only %d bytes were changed", flips)
	}
	if _, err := VerifyHead(t.Context(), l.path("root"), l.keys, held); err != nil {
		t.Error(err)
	}
}

// A journal that no manifest names is found wherever it lies among those of the nights: readers of the table take it for one.
func TestJournalsThatNobodyNames(t *testing.T) {
	l := closedLender(t, 40, 3)
	l.published("root", l.nights[0], l.nights[1], false)
	held := l.head(l.nights[1])
	paths, err := filepath.Glob(l.path("root", "journal", "*", "*.parquet"))
	l.must(err)
	data, err := os.ReadFile(paths[0])
	l.must(err)
	check := func(found bool, what string) {
		t.Helper()
		_, err := VerifyHead(t.Context(), l.path("root"), l.keys, held)
		var different *proof.MismatchError
		if found != errors.As(err, &different) || !found && err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	check(false, "the root")
	before := l.nights[0] - 1
	for _, x := range []struct {
		name  string
		found bool
	}{
		{"journal/x.parquet", true}, {"journal/extra/x.parquet", true}, {"journal/business_date=" + before.String() + "/x.parquet", true},
		{"journal/business_date=" + l.nights[1].String() + "/x.parquet", true}, {"journal/business_date=of old/x.parquet", true},
		{"journal/business_date=" + l.nights[2].String() + "/x.parquet", false}, // it is being published
	} {
		at := l.path("root", filepath.FromSlash(x.name))
		l.must(os.MkdirAll(filepath.Dir(at), 0o700))
		l.must(os.WriteFile(at, data, 0o600))
		check(x.found, x.name)
		l.must(os.Remove(at))
	}
	// A night that the root says nothing of any more, and whose journal is another one's.
	l.must(os.Remove(l.path("root", nightPath(l.nights[0]))))
	check(true, "a night whose journal is there, and whose manifest is not")
	for _, path := range paths {
		if strings.Contains(path, l.nights[0].String()) {
			l.must(os.Remove(path))
		}
	}
	check(false, "a night that is not there")
}

// What is not a warehouse's, and what a warehouse can't take, is refused, and nothing is changed.
func TestWhatARootDoesNotTake(t *testing.T) {
	l := newLender(t, 40, 2)
	l.close(l.nights[0], "")
	refused := func(name, want string) {
		t.Helper()
		_, err := l.publish(name, l.nights[0], l.nights[0], true, nil)
		var g *GuardError
		if !errors.As(err, &g) || !strings.Contains(err.Error(), want) || g.Hint == "" {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	l.must(os.MkdirAll(l.path("mine"), 0o700))
	l.must(os.WriteFile(l.path("mine", "thesis.txt"), []byte("x"), 0o600))
	refused("mine", "thesis.txt")

	l.published("root", l.nights[0], l.nights[0], true)
	refused("root/loans/in", "would lie in another one")
	mine := l.path("root", "loans", "business_date="+l.nights[0].String(), "mine.parquet")
	l.must(os.WriteFile(mine, []byte("x"), 0o600))
	refused("root", "is none of its files")
	l.must(os.Remove(mine))
	for _, change := range [][2]string{{`"scale": 2`, `"scale": 3`}, {`"book_id": "`, `"book_id": "0`}, {`"format_version": 1`, `"format_version": 2`}} {
		path := l.path("root", rootName)
		was, err := os.ReadFile(path)
		l.must(err)
		l.must(os.WriteFile(path, bytes.Replace(was, []byte(change[0]), []byte(change[1]), 1), 0o600))
		refused("root", "")
		l.must(os.WriteFile(path, was, 0o600))
	}
	l.must(os.Remove(l.path("out", l.nights[0].String(), "accounts.parquet")))
	refused("other", "is not there as the book published it")
}

// Retention drops nights of tables and keeps the last of each month; what is left is whole, and run again it does nothing.
func TestRetention(t *testing.T) {
	l := closedLender(t, 40, 4)
	l.published("root", l.nights[0], l.nights[3], true)
	l.must(os.CopyFS(l.path("plain"), os.DirFS(l.path("root"))))
	keep, err := ParseKeep("daily=2d")
	l.must(err)
	steps := 0
	retain := func(root string, dry bool, at func(string)) (*Retained, error) {
		return Retain(t.Context(), l.path(root), objects.Options{}, Retention{Keep: keep, DryRun: dry, At: at, Now: func() time.Time { return time.UnixMilli(1_790_000_000_000) }})
	}
	want := snapshot(t, l.path("root"))
	r, err := retain("root", true, nil)
	l.must(err)
	if len(r.Nights) != 2 || snapshot(t, l.path("root")) != want {
		t.Errorf("it would drop %+v", r)
	}
	_, err = retain("root", false, func(string) { steps++ })
	l.must(err)
	want = snapshot(t, l.path("root"))
	for _, kept := range []string{"journal", "trial_balance", "nights"} {
		if _, err := os.Stat(l.path("root", kept, "business_date="+l.nights[0].String())); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(l.path("root", "loans", "business_date="+l.nights[1].String())); err == nil {
		t.Error("the loans of an old night are there")
	}
	v, err := Verify(t.Context(), l.path("root"), nil, catalog.Config{})
	l.must(err)
	if len(v.Faults) > 0 {
		t.Errorf("what is left: %q", v.Faults)
	}
	if _, err := VerifyHead(t.Context(), l.path("root"), l.keys, l.head(l.nights[3])); err != nil {
		t.Error(err)
	}
	if r, err := retain("root", false, nil); err != nil || len(r.Nights) != 0 {
		t.Errorf("again it drops %+v, %v", r, err)
	}
	if r := l.published("root", l.nights[0], l.nights[0], true)[0]; !r.Again || snapshot(t, l.path("root")) != want {
		t.Errorf("a night that is thinned out comes back: %+v", r)
	}
	for k := 0; k < steps; k += 1 + steps/6 {
		root := fmt.Sprint("killed", k)
		l.must(os.CopyFS(l.path(root), os.DirFS(l.path("plain"))))
		_, err := Rebuild(t.Context(), l.path(root), objects.Options{}, catalog.Config{}) // it was moved
		l.must(err)
		func() {
			defer func() { _ = recover() }()
			seen := 0
			_, _ = retain(root, false, func(string) {
				if seen++; seen == k+1 {
					panic("killed")
				}
			})
		}()
		_, err = retain(root, false, nil)
		l.must(err)
		if got := snapshot(t, l.path(root)); got != want {
			t.Errorf("killed at step %d, then again: the root has %q", k, differing(got, want))
		}
	}
}

// The nights that are kept are counted from the newest, and a month's last night is its last that is there.
func TestKeep(t *testing.T) {
	dates := func(list ...string) (all []civil.Date) {
		for _, text := range list {
			d, err := civil.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, d)
		}
		return all
	}
	for _, x := range []struct {
		keep   string
		nights []civil.Date
		want   []civil.Date
	}{
		{"daily=1d", dates("2026-11-23", "2026-11-24"), dates("2026-11-23")},
		{"daily=2d,monthly=1m", dates("2026-10-30", "2026-10-31", "2026-11-28", "2026-11-29", "2026-11-30"), dates("2026-10-30", "2026-11-28")},
		{"daily=2d,monthly=2m", dates("2026-10-30", "2026-10-31", "2026-11-28", "2026-11-29", "2026-11-30"), dates("2026-10-30", "2026-11-28")},
		{"daily=1d,monthly=10y", dates("2016-02-29", "2016-11-30", "2024-02-28", "2024-02-29", "2026-11-29"), dates("2016-02-29", "2024-02-28")},
		{"daily=400d", dates("2025-10-25", "2025-10-26", "2026-11-29"), dates("2025-10-25")},
		{"daily=9d", nil, nil},
	} {
		k, err := ParseKeep(x.keep)
		if err != nil {
			t.Fatal(err)
		}
		if got := k.drops(x.nights); !slices.Equal(got, x.want) {
			t.Errorf("%s drops %v, want %v", x.keep, got, x.want)
		}
	}
	for _, wrong := range []string{"", "daily", "daily=0d", "monthly=3y", "daily=4w", "daily=-1d", "weekly=3d", "daily=999999d"} {
		if k, err := ParseKeep(wrong); err == nil {
			t.Errorf("%q keeps %+v", wrong, k)
		}
	}
}

// closeAnew puts the book back to a copy and closes its last night under another policy.
func (l *lender) closeAnew(copy string, d civil.Date, text string) {
	l.t.Helper()
	for _, gone := range []string{l.path("book"), l.path("out", d.String())} {
		l.must(os.RemoveAll(gone))
	}
	l.must(os.CopyFS(l.path("book"), os.DirFS(l.path(copy))))
	l.close(d, text)
}

// Whatever is published again, over whatever was cut off: a user's file stays, what is left of another publication goes,
// and a damaged file is brought again.
func TestPublishedOverLeftovers(t *testing.T) {
	l := newLender(t, 60, 2)
	l.close(l.nights[0], "")
	l.must(os.CopyFS(l.path("before"), os.DirFS(l.path("book"))))
	l.close(l.nights[1], "")
	l.must(os.CopyFS(l.path("after"), os.DirFS(l.path("book"))))
	l.must(os.CopyFS(l.path("published"), os.DirFS(l.path("out", l.nights[1].String()))))
	l.published("root", l.nights[0], l.nights[1], true)
	want := snapshot(t, l.path("root"))
	d := l.nights[1]

	// Another publication is cut off in the middle, and the first one comes back.
	l.closeAnew("before", d, "name: other\naging: {grace_days: 3}\n")
	func() {
		defer func() { _ = recover() }()
		_, _ = l.publish("root", d, d, true, func(step string) {
			if step == "table loans" {
				panic("killed")
			}
		})
	}()
	for _, x := range [][2]string{{"after", "book"}, {"published", filepath.Join("out", d.String())}} {
		l.must(os.RemoveAll(l.path(x[1])))
		l.must(os.CopyFS(l.path(x[1]), os.DirFS(l.path(x[0]))))
	}
	l.published("root", d, d, true)
	if got := snapshot(t, l.path("root")); got != want {
		t.Errorf("after a publication that was cut off the root has %q", differing(got, want))
	}

	mine := l.path("root", "loans", "business_date="+d.String(), "backup-20261126.parquet")
	part := l.path("root", "loans", "business_date="+d.String(), "part-0000-20261126.parquet")
	l.closeAnew("before", d, "name: other\naging: {grace_days: 3}\n")
	for _, path := range []string{mine, part} { // as ours are called, but not by its digest
		l.must(os.WriteFile(path, []byte("mine"), 0o600))
		was := snapshot(t, l.path("root"))
		var g *GuardError
		if _, err := l.publish("root", d, d, true, nil); !errors.As(err, &g) || snapshot(t, l.path("root")) != was {
			t.Errorf("%s: %v, or something has changed", path, err)
		}
		l.must(os.Remove(path))
	}
	var g *GuardError
	if _, err := l.publish("root", d, d, false, nil); !errors.As(err, &g) || !strings.Contains(err.Error(), "Iceberg") {
		t.Errorf("files that Iceberg names are replaced without it: %v", err)
	}
	l.published("root", d, d, true)
	l.agrees("root", true)

	want = snapshot(t, l.path("root"))
	paths, err := filepath.Glob(l.path("root", "loans", "*", "*.parquet"))
	l.must(err)
	data, err := os.ReadFile(paths[1])
	l.must(err)
	l.must(os.Remove(paths[1])) // the link, and not the output folder's file
	data[len(data)/2] ^= 1
	l.must(os.WriteFile(paths[1], data, 0o600))
	l.must(os.RemoveAll(l.path("root", "log", "tile")))
	l.must(os.RemoveAll(l.path("root", "_lineage", d.String()+".json")))
	l.published("root", d, d, true)
	if got := snapshot(t, l.path("root")); got != want {
		t.Errorf("what was damaged, and what was removed, is not brought again: %q", differing(got, want))
	}
}

// Nothing but files of a night's tables can be named by a manifest, and dropped by it.
func TestAManifestThatNamesOthers(t *testing.T) {
	l := closedLender(t, 40, 3)
	l.published("root", l.nights[0], l.nights[2], false)
	l.must(os.WriteFile(l.path("root", "notes.txt"), []byte("mine"), 0o600))
	path := l.path("root", nightPath(l.nights[0]))
	was, err := os.ReadFile(path)
	l.must(err)
	for _, name := range []string{"notes.txt", "log/checkpoint", "../out/x.parquet", "loans/business_date=2026-11-24/part-0000-0123abcd.parquet"} {
		i := bytes.Index(was, []byte(`"path": "loans/`))
		end := i + 9 + bytes.IndexByte(was[i+9:], '"')
		l.must(os.WriteFile(path, slices.Concat(was[:i+9], []byte(name), was[end:]), 0o600))
		keep, err := ParseKeep("daily=1d")
		l.must(err)
		var g *GuardError
		if _, err := Retain(t.Context(), l.path("root"), objects.Options{}, Retention{Keep: keep}); !errors.As(err, &g) {
			t.Errorf("%s: %v", name, err)
		}
		v, err := Verify(t.Context(), l.path("root"), nil, catalog.Config{})
		if err != nil || len(v.Faults) == 0 {
			t.Errorf("%s: verify finds %+v, %v", name, v, err)
		}
	}
	if _, err := os.Stat(l.path("root", "notes.txt")); err != nil {
		t.Error(err)
	}
}

// The table nights comes after all others, and heads of nights that the root never had are proved by the log.
func TestNightsThatAreNotThere(t *testing.T) {
	l := closedLender(t, 40, 4)
	tables := 0
	_, err := l.publish("root", l.nights[3], l.nights[3], false, func(step string) {
		if strings.HasPrefix(step, "table ") {
			tables++
			if names, _ := filepath.Glob(l.path("root", "nights", "*", "*.parquet")); len(names) > 0 {
				t.Errorf("%s comes after the table nights", step)
			}
		}
	})
	l.must(err)
	if tables < 40 {
		t.Errorf("only %d tables", tables)
	}
	for _, d := range l.nights {
		v, err := VerifyHead(t.Context(), l.path("root"), l.keys, l.head(d))
		if err != nil || v.Nights != 1 || v.Unseen == 0 {
			t.Errorf("the head of %s: %+v, %v", d, v, err)
		}
	}
	other := newLender(t, 30, 1)
	other.close(other.nights[0], "")
	h := other.head(other.nights[0])
	if _, err := VerifyHead(t.Context(), l.path("root"), l.keys, h); !isMismatch(err) {
		t.Errorf("another lender's head: %v", err)
	}
}

// differing are the lines that only one of two snapshots has.
func differing(got, want string) (lines []string) {
	for line := range strings.Lines(got) {
		if !strings.Contains(want, line) {
			lines = append(lines, "+"+line)
		}
	}
	for line := range strings.Lines(want) {
		if !strings.Contains(got, line) {
			lines = append(lines, "-"+line)
		}
	}
	return lines
}
