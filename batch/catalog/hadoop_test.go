package catalog

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook/reports/iceberg"
)

const loansAfter = `append 2026-11-23
append 2026-11-24
overwrite 2026-11-23
loans/business_date=2026-11-23/b.parquet
loans/business_date=2026-11-24/a.parquet
`

const metaOfLoans = "iceberg/daybook/loans/metadata/"

func TestNightsInARoot(t *testing.T) {
	m := newMemory()
	k := open(t, m, Config{})
	nights := []Night{of("loans", day, "a"), of("journal", day, "a"), of("nights", day, "a")}
	if got := commit(t, k, nights...); strings.Join(got, " ") != "loans journal nights" {
		t.Errorf("changed %q", got)
	}
	if got := commit(t, k, nights...); got != nil {
		t.Errorf("committed again: changed %q", got)
	}
	commit(t, k, of("loans", day+1, "a"), of("loans", day, "b"))
	check(t, "replaced", k, "loans", loansAfter)
	if got := string(m.files[metaOfLoans+"version-hint.text"]); got != "3" {
		t.Errorf("the hint is %q, want 3", got)
	}
	if changed, err := k.Drop(t.Context(), "loans", day+1, day+7); err != nil || !changed {
		t.Errorf("drop: %v, %v", changed, err)
	}
	if changed, err := k.Drop(t.Context(), "loans", day+1); err != nil || changed {
		t.Errorf("dropped again: %v, %v", changed, err)
	}
	if changed, err := k.Drop(t.Context(), "aging", day); err != nil || changed {
		t.Errorf("dropped from no table: %v, %v", changed, err)
	}
	check(t, "dropped", k, "loans", "append 2026-11-23\nappend 2026-11-24\noverwrite 2026-11-23\ndelete 2026-11-24\nloans/business_date=2026-11-23/b.parquet\n")
	check(t, "left alone", k, "journal", "append 2026-11-23\njournal/business_date=2026-11-23/a.parquet\n")
}

// Manifests come before their list, and that before the metadata, which makes the commit;
// the hint is last.
func TestTheOrderOfWrites(t *testing.T) {
	m := newMemory()
	commit(t, open(t, m, Config{}), of("loans", day, "a"))
	var got []string
	for _, what := range m.log {
		name := strings.TrimPrefix(what, "put "+metaOfLoans)
		switch {
		case strings.HasPrefix(name, "snap-"):
			name = "list"
		case strings.HasSuffix(name, ".avro"):
			name = "manifest"
		}
		got = append(got, name)
	}
	if want := "manifest list v1.metadata.json version-hint.text"; strings.Join(got, " ") != want {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

// A publisher that is killed at any call, before or after what the call does, and run again
// leaves what one that was never killed leaves.
func TestKilledAtEachCall(t *testing.T) {
	steps := func(k *Catalog) error {
		_, err := k.Commit(t.Context(), []Night{of("loans", day, "a"), of("nights", day, "a"), of("loans", day+1, "a"), of("loans", day, "b"), of("nights", day, "b")})
		return err
	}
	want := newMemory()
	if err := steps(open(t, want, Config{})); err != nil {
		t.Fatal(err)
	}
	calls := want.calls
	for _, after := range []bool{false, true} {
		for at := 1; at <= calls; at++ {
			m := newMemory()
			m.fail = func(n int) (bool, bool) { return n == at, after }
			k := open(t, m, Config{})
			// A hint that cannot be read is written again: that failure is none.
			if err := steps(k); err != nil && !errors.Is(err, errCut) {
				t.Fatalf("call %d: %v, want the failure", at, err)
			}
			m.fail = nil
			k = open(t, m, Config{})
			if err := steps(k); err != nil {
				t.Fatalf("call %d, again: %v", at, err)
			}
			// Run again from the start, the first night is put back and replaced once more; the
			// last state is what counts, and no snapshot but those may be there.
			files, err := k.Files(t.Context(), "loans")
			if err != nil || len(files) != 2 || !strings.HasSuffix(files[0].Path, "2026-11-23/b.parquet") || !strings.HasSuffix(files[1].Path, "2026-11-24/a.parquet") {
				t.Errorf("killed at call %d (after %v): files %v, %v", at, after, files, err)
			}
			if got := string(m.files[metaOfLoans+"version-hint.text"]); got != newestOf(m) {
				t.Errorf("killed at call %d (after %v): the hint is %q, want %s", at, after, got, newestOf(m))
			}
		}
	}
}

func newestOf(m *memory) string {
	n := 0
	for m.files[fmt.Sprintf("%sv%d.metadata.json", metaOfLoans, n+1)] != nil {
		n++
	}
	return fmt.Sprint(n)
}

// One night, killed anywhere and run again: exactly one snapshot, and the same files as if
// it had not been killed.
func TestKilledInOneNight(t *testing.T) {
	whole := newMemory()
	commit(t, open(t, whole, Config{}), of("loans", day, "a"))
	commit(t, open(t, whole, Config{}), of("loans", day, "b"))
	for _, after := range []bool{false, true} {
		for at := 1; at <= 40; at++ {
			m := newMemory()
			commit(t, open(t, m, Config{}), of("loans", day, "a"))
			m.calls, m.fail = 0, func(n int) (bool, bool) { return n == at, after }
			_, err := open(t, m, Config{}).Commit(t.Context(), []Night{of("loans", day, "b")})
			if err == nil && m.calls < at {
				break
			}
			m.fail = nil
			k := open(t, m, Config{})
			commit(t, k, of("loans", day, "b"))
			check(t, fmt.Sprintf("killed at call %d (after %v)", at, after), k, "loans",
				"append 2026-11-23\noverwrite 2026-11-23\nloans/business_date=2026-11-23/b.parquet\n")
			if got, want := len(m.names()), len(whole.names()); got != want {
				t.Errorf("killed at call %d (after %v): %d files, want %d: %q", at, after, got, want, m.names())
			}
		}
	}
}

// Publishers of the same and of other nights at once: nothing is lost, and a night has the
// files of one of them.
func TestPublishersAtOnce(t *testing.T) {
	m := newMemory()
	var wg sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		k := open(t, m, Config{})
		wg.Go(func() {
			_, errs[i] = k.Commit(context.Background(), []Night{of("loans", day, fmt.Sprint("x", i%2), fmt.Sprint("y", i%2)), of("loans", day+1, "same"), of("nights", day, "same")})
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	k := open(t, m, Config{})
	check(t, "nights", k, "nights", "append 2026-11-23\nnights/business_date=2026-11-23/same.parquet\n")
	files, err := k.Files(t.Context(), "loans")
	if err != nil || len(files) != 3 {
		t.Fatalf("files %v, %v", files, err)
	}
	x, y := files[0].Path, files[1].Path
	if strings.TrimSuffix(x, ".parquet")[len(x)-9:] != strings.TrimSuffix(y, ".parquet")[len(y)-9:] {
		t.Errorf("the night has files of two publishers: %s and %s", x, y)
	}
}

func TestTheHint(t *testing.T) {
	m := newMemory()
	k := open(t, m, Config{})
	commit(t, k, of("loans", day, "a"), of("loans", day+1, "a"))
	hint := metaOfLoans + "version-hint.text"
	for _, was := range []string{"1", "77", "no number", ""} {
		m.files[hint] = []byte(was)
		if was == "" {
			delete(m.files, hint)
		}
		if got := commit(t, k, of("loans", day, "a")); got != nil {
			t.Errorf("hint %q: changed %q", was, got)
		}
		if got := string(m.files[hint]); got != "2" {
			t.Errorf("hint %q became %q, want 2", was, got)
		}
	}
}

func TestCompressedMetadataOfAnotherWriter(t *testing.T) {
	m := newMemory()
	k := open(t, m, Config{})
	commit(t, k, of("loans", day, "a"))
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(m.files[metaOfLoans+"v1.metadata.json"])
	_ = w.Close()
	m.files[metaOfLoans+"v2.gz.metadata.json"] = b.Bytes()
	commit(t, k, of("loans", day+1, "a"))
	if m.files[metaOfLoans+"v3.metadata.json"] == nil {
		t.Errorf("no version 3: %q", m.names())
	}
}

func TestExpire(t *testing.T) {
	m := newMemory()
	k := open(t, m, Config{})
	commit(t, k, of("loans", day, "a"), of("loans", day+1, "a"), of("loans", day, "b"), of("loans", day, "c"))
	before := len(m.names())
	if n, err := k.Expire(t.Context(), "loans", noon); err != nil || n != 0 || len(m.names()) != before {
		t.Errorf("nothing is old: %d, %v", n, err)
	}
	if n, err := k.Expire(t.Context(), "loans", noon.Add(time.Hour)); err != nil || n != 2 {
		t.Errorf("expired %d, %v, want 2", n, err)
	}
	check(t, "expired", k, "loans", "append 2026-11-24\noverwrite 2026-11-23\nloans/business_date=2026-11-23/c.parquet\nloans/business_date=2026-11-24/a.parquet\n")
	if got := referred(t, k, m); strings.Join(got, "\n") != strings.Join(m.names(), "\n") {
		t.Errorf("files are\n%s\nand referred to are\n%s", strings.Join(m.names(), "\n"), strings.Join(got, "\n"))
	}
	if n, err := k.Expire(t.Context(), "loans", noon.Add(time.Hour)); err != nil || n != 0 {
		t.Errorf("expired again %d, %v", n, err)
	}
	if n, err := k.Expire(t.Context(), "aging", noon); err != nil || n != 0 {
		t.Errorf("of no table %d, %v", n, err)
	}
	commit(t, k, of("loans", day+2, "a"))
}

func TestRebuild(t *testing.T) {
	m := newMemory()
	commit(t, open(t, m, Config{}), of("loans", day, "a"), of("loans", day+1, "a"))
	m.root = "s3://lender/moved/"
	k := open(t, m, Config{})
	moved := []Night{of("loans", day, "a"), of("loans", day+1, "a")}
	for i := range moved {
		moved[i].Files[0].Path = strings.Replace(moved[i].Files[0].Path, "/warehouse/", "/moved/", 1)
	}
	_, err := k.Commit(t.Context(), moved)
	if err == nil || !strings.Contains(err.Error(), "--rebuild") {
		t.Errorf("a moved root: %v", err)
	}
	for _, want := range []string{"loans", ""} {
		changed, err := k.Rebuild(t.Context(), moved)
		if err != nil || strings.Join(changed, " ") != want {
			t.Errorf("rebuilt %q, %v, want %q", changed, err, want)
		}
	}
	files, err := k.Files(t.Context(), "loans")
	if err != nil || len(files) != 2 || !strings.HasPrefix(files[0].Path, "s3://lender/moved/loans/") {
		t.Errorf("files %v, %v", files, err)
	}
	if got := string(m.files[metaOfLoans+"version-hint.text"]); got != "3" {
		t.Errorf("the hint is %q, want 3", got)
	}
	if got := commit(t, k, moved...); got != nil {
		t.Errorf("committed after: changed %q", got)
	}
	m.files[metaOfLoans+"v3.metadata.json"] = []byte("{")
	if changed, err := k.Rebuild(t.Context(), moved); err != nil || strings.Join(changed, " ") != "loans" {
		t.Errorf("broken metadata: rebuilt %q, %v", changed, err)
	}
}

func TestRefused(t *testing.T) {
	k := open(t, newMemory(), Config{})
	for _, x := range []struct {
		night Night
		says  string
	}{
		{of("../loans", day, "a"), "no name of a table"},
		{of("", day, "a"), "no name of a table"},
		{of("loans", day, "a", "a"), "named twice"},
		{Night{Table: "loans", Date: day, Files: of("loans", day, "a").Files}, "business_date"},
	} {
		if _, err := k.Commit(t.Context(), []Night{x.night}); err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%q: %v, want %q", x.night.Table, err, x.says)
		}
	}
	if _, err := Open(t.Context(), Config{Kind: "glue"}, newMemory()); err == nil {
		t.Error("a catalogue of the kind glue was opened")
	}
}

// referred are the files that a table refers to, and the hint, by name.
func referred(t *testing.T, k *Catalog, m *memory) []string {
	t.Helper()
	h, err := k.tables.load(t.Context(), "loans")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{metaOfLoans + "version-hint.text": true, strings.TrimPrefix(h.file, m.root): true}
	for _, e := range h.metadata.MetadataLog {
		seen[strings.TrimPrefix(e.File, m.root)] = true
	}
	for _, s := range h.metadata.Snapshots {
		name := strings.TrimPrefix(s.ManifestList, m.root)
		seen[name] = true
		manifests, err := iceberg.DecodeManifestList(m.files[name])
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range manifests {
			seen[strings.TrimPrefix(x.Path, m.root)] = true
		}
	}
	var names []string
	for _, name := range m.names() {
		if seen[name] {
			names = append(names, name)
			delete(seen, name)
		}
	}
	for name := range seen {
		names = append(names, name+" is missing")
	}
	return names
}
