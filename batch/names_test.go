package batch

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"daybook/reports"
)

// TestNamesThatAreNoUTF8: a file, a folder of part files, what is not read and what another command reads may have names in
// another encoding: the night says them with the bytes escaped, is proved, and is known again. Two that would read alike are refused.
func TestNamesThatAreNoUTF8(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("names are any bytes on Linux alone")
	}
	const date = "2026-02-03"
	l := newLender(t)
	in := l.in(date)
	write(t, in, "loans-caf\xe9", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	write(t, filepath.Join(in, "repayments-\xd0\xc5"), "part-0", []repaymentFile{pays(t, "P1", "L1", "2026-02-01", "10.00"), pays(t, "P2", "nobody", "2026-02-01", "10.00")})
	for _, name := range []string{"x\xe9.csv", "statements-\xe9.sta"} {
		if err := os.WriteFile(filepath.Join(in, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l.o.Allow.Unread = true
	l.close(date)
	verifySilent(t, l)
	raw, err := os.ReadFile(filepath.Join(l.o.Out, date, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m reports.Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range m.Inputs {
		names = append(names, f.Path)
	}
	if want := []string{`loans-caf\xe9.parquet`, `repayments-\xd0\xc5/part-0.parquet`, `statements-\xe9.sta`}; !slices.Equal(names, want) || len(m.Unread) != 1 || m.Unread[0].Path != `x\xe9.csv` {
		t.Errorf("inputs are %q, unread %+v, want %q", names, m.Unread, want)
	}
	if got := l.rejects(date); len(got) != 1 || !strings.HasPrefix(strings.Join(slices.Collect(maps.Keys(got)), ""), `repayments-\xd0\xc5/part-0.parquet`) {
		t.Errorf("rejects are %v", got)
	}
	if s := l.close(date); !s.Again || s.Published {
		t.Errorf("closed again: %+v", s)
	}
	if err := os.Remove(filepath.Join(l.o.Out, date, "manifest.json")); err != nil {
		t.Fatal(err)
	}
	l.o.Out = filepath.Join(l.dir, "elsewhere")
	if s := l.close(date); !s.Published {
		t.Errorf("published elsewhere: %+v", s)
	}
	if again, err := os.ReadFile(filepath.Join(l.o.Out, date, "manifest.json")); err != nil || withoutTimings(t, again) != withoutTimings(t, raw) {
		t.Errorf("published again the manifest is another one: %v", err)
	}
	write(t, l.in("2026-02-04"), "repayments-\xe9", []repaymentFile{})
	write(t, l.in("2026-02-04"), `repayments-\xe9`, []repaymentFile{})
	if _, err := l.try("2026-02-04"); err == nil || !strings.Contains(err.Error(), `repayments-\xe9.parquet`) {
		t.Errorf("two names that read alike: %v", err)
	}
}

func withoutTimings(t *testing.T, raw []byte) string {
	t.Helper()
	m, err := reports.ParseManifest(raw)
	if err != nil {
		t.Fatal(err)
	}
	d, err := m.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return d
}
