package batch

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/batch/lookup"
	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
)

// A night whose record names what this release does not write is not published
// otherwise: the last one not at all, of an older one what the book keeps as files.
func TestReportOfAFormThatIsNotWritten(t *testing.T) {
	l := tamperLender(t)
	for want, change := range map[string]func(f *reports.Form){
		"was published with layout 9 by test 1: this release does not write layout 9": func(f *reports.Form) { f.Layout = 9 },
		"with layout 7 by test 1: this release does not write column mood of the table journal": func(f *reports.Form) {
			f.Tables["journal"] = append(f.Tables["journal"], "mood")
		},
		"with layout 7 by test 1: this release does not write 99 currencies, of which it has 1": func(f *reports.Form) {
			f.Dictionaries["currencies"] = 99
		},
	} {
		folder := filepath.Join(t.TempDir(), "book")
		f := forger{night: func(r *record.Night) {
			r.Software = "test 1"
			change((*reports.Form)(r.Form))
		}}
		f.forge(t, folder, l.o.Book)
		b, err := store.OpenReadOnly(folder, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		nights, err := b.Nights()
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "out")
		var form *reports.FormError
		_, err = publish.Report(t.Context(), b, publish.ReportOptions{Out: out, Date: civil.None})
		if err == nil || !errors.As(err, &form) || !strings.Contains(err.Error(), want) || !strings.HasSuffix(err.Error(), "publish it with test 1") {
			t.Errorf("the last night: %v, want %s", err, want)
		}
		if _, err := os.Stat(filepath.Join(out, nights[len(nights)-1].String())); err == nil {
			t.Error("something of the last night was published")
		}
		reportsWhatIsKept(t, b, out, nights[0], want)
		if _, err := lookup.Open(b); err != nil {
			t.Errorf("looking into the book: %v", err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// reportsWhatIsKept reports an older night of a form that this release does not write.
func reportsWhatIsKept(t *testing.T, b *store.Book, out string, night civil.Date, want string) {
	t.Helper()
	r, err := publish.Report(t.Context(), b, publish.ReportOptions{Out: out, Date: night})
	if err != nil {
		t.Fatal(err)
	}
	if r.Unwritten == nil || !strings.Contains(r.Unwritten.Error(), want) {
		t.Errorf("an older night: %v, want %s", r.Unwritten, want)
	}
	for _, o := range r.Manifest.Outputs {
		kept := o.Path == "report.html" || o.Path == publish.AccountsName || o.Path == "rejects.parquet" || o.Path == publish.WorkbookName || strings.HasPrefix(o.Path, "regulatory/")
		_, err := os.Stat(filepath.Join(r.Folder, filepath.FromSlash(o.Path)))
		if kept != (err == nil) || kept == slices.Contains(r.Missing, o.Path) {
			t.Errorf("%s: %v, missing %v", o.Path, err, r.Missing)
		}
	}
}
