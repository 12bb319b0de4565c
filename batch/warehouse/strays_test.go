package warehouse

import (
	"os"
	"strings"
	"testing"

	"daybook/batch/catalog"
	"daybook/batch/objects"
)

// What lies in a root without a manifest is found, and what to do about it is said: of a night that is being published, of
// another publication, and of somebody else.
func TestStraysSayWhatToDo(t *testing.T) {
	l := closedLender(t, 60, 2)
	first, second := l.nights[0], l.nights[1]
	l.published("root", first, first, false)
	faults := func() []string {
		t.Helper()
		v, err := Verify(t.Context(), l.path("root"), nil, catalog.Config{})
		l.must(err)
		return v.Faults
	}
	half := 0
	_, err := l.publish("root", second, second, false, func(step string) {
		if step != "tables" {
			return
		}
		for _, fault := range faults() {
			half++
			if want := ": no manifest names it: " + second.String() + " is being published, or its publication was stopped: publish the night again"; !strings.HasSuffix(fault, want) {
				t.Errorf("while the night is published: %s", fault)
			}
		}
	})
	l.must(err)
	if list := faults(); half == 0 || len(list) > 0 {
		t.Fatalf("%d faults while the night is published, and %q once it is", half, list)
	}
	for _, x := range []struct{ name, want string }{
		{"loans/business_date=" + second.String() + "/part-0000-3fd30542.parquet", "another publication of " + second.String()}, // so begins its digest
		{"loans/business_date=" + second.String() + "/part-0000-0123abcd.parquet", "none of the warehouse's: move it away"},
		{"loans/business_date=" + second.String() + "/mine.parquet", "none of the warehouse's: move it away"},
		{"loans/business_date=2026-02-30/part-0000-0123abcd.parquet", "none of the warehouse's: move it away"},
		{"loans/mine.parquet", "none of the warehouse's: move it away"},
	} {
		path := l.path("root", x.name)
		l.must(os.MkdirAll(path[:strings.LastIndex(path, "/")], 0o700))
		l.must(os.WriteFile(path, []byte("mine"), 0o600))
		if list := faults(); len(list) != 1 || !strings.HasPrefix(list[0], x.name+": no manifest names it: ") || !strings.Contains(list[0], x.want) {
			t.Errorf("%s: %q, want %q", x.name, list, x.want)
		}
		l.must(os.Remove(path))
	}
	// A folder whose mark is lost is said, and to publish the night again brings it back.
	mark := "journal/business_date=" + second.String() + "/_SUCCESS"
	l.must(os.Remove(l.path("root", mark)))
	if list := faults(); len(list) != 1 || list[0] != mark+": it is missing: publish the night again" {
		t.Errorf("without its mark: %q", list)
	}
	l.published("root", second, second, false)
	if list := faults(); len(list) > 0 {
		t.Errorf("published again: %q", list)
	}
}

// A night that is published while a root is verified is no fault of it.
func TestVerifiedWhileANightIsPublished(t *testing.T) {
	l := closedLender(t, 60, 2)
	l.published("root", l.nights[0], l.nights[1], false)
	s, err := objects.Open(t.Context(), l.path("root"))
	l.must(err)
	v := &verifier{store: s, named: map[string]bool{}}
	v.root, err = readRoot(t.Context(), s)
	l.must(err)
	l.must(v.night(t.Context(), l.nights[0]))
	l.must(v.strays(t.Context(), l.nights[:1])) // the second came when the dates had been read
	if len(v.Faults) > 0 {
		t.Errorf("faults: %q", v.Faults)
	}
}
