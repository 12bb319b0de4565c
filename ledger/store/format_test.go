package store

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"daybook/ledger/civil"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// oldFormat is the format of the programs before this one.
var oldFormat = fmt.Sprint(Format - 1)

// lower makes a book one of an older program.
func lower(t testing.TB, b *Book) {
	t.Helper()
	b.format = Format - 1
	if err := b.putMeta(formatName, []byte(oldFormat)); err != nil {
		t.Fatal(err)
	}
}

// An older book is raised by the first night that is committed, and by nothing else:
// until then an older program reads it.
func TestFormatIsRaisedByANight(t *testing.T) {
	fs := vfs.NewMem()
	o := Options{FS: fs}
	b, err := Create("book", o)
	if err != nil {
		t.Fatal(err)
	}
	m := newModel()
	m = m.change(testRand(), 5, 20)
	m.mustNight(t, b, 5)
	lower(t, b)
	want := Format - 1
	check := func(what string) {
		t.Helper()
		v, _, err := b.Meta(formatName)
		if err != nil || string(v) != strconv.Itoa(want) || b.Format() != want {
			t.Errorf("%s: format %q and %d, want %d: %v", what, v, b.Format(), want, err)
		}
		seal, err := readFile(fs, "book/"+sealName)
		if err != nil || !strings.HasPrefix(string(seal), fmt.Sprintf("%s%d\n", sealHead, want)) {
			t.Errorf("%s: the seal is %q, want format %d: %v", what, seal, want, err)
		}
	}
	reopen := func(open func(string, Options) (*Book, error)) {
		t.Helper()
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if b, err = open("book", o); err != nil {
			t.Fatal(err)
		}
	}
	check("made")
	reopen(OpenReadOnly)
	check("read")
	reopen(Open)
	check("opened")
	if err := b.PutMeta("policy", []byte("x")); err != nil {
		t.Fatal(err)
	}
	check("metadata put")
	if err := m.change(testRand(), 6, 20).discarded(b, 6); err != nil {
		t.Fatal(err)
	}
	check("night given up")
	recordless, err := b.Begin(6)
	if err != nil {
		t.Fatal(err)
	}
	if recordless.Commit() == nil {
		t.Error("a night without a record is committed")
	}
	check("night that failed")

	m = m.change(testRand(), 6, 20)
	m.meta["policy"] = "x"
	m.mustNight(t, b, 6)
	want = Format
	check("night committed")
	checkDump(t, mustDump(t, b), m.dump())
	reopen(Open)
	check("opened again")
	m = m.change(testRand(), 7, 20)
	m.mustNight(t, b, 7)
	check("another night")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

// discarded builds a night and gives it up.
func (m *model) discarded(b *Book, d civil.Date) error {
	n, _, err := m.build(b, d, nil)
	if err != nil {
		return err
	}
	return n.Discard()
}
