package reconcile

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

func newBook(t *testing.T) *store.Book {
	t.Helper()
	b, err := store.Create(filepath.Join(t.TempDir(), "book"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// What a book keeps of its reconciliations grows with the years: it has no limit, and the book
// gives back what was stored.
func TestHeadHasNoLimit(t *testing.T) {
	b, on := newBook(t), civil.Of(2026, 11, 2)
	s, err := load(b)
	if err != nil {
		t.Fatal(err)
	}
	s.begin(on, civil.None)
	s.ItemsTo, s.Next = on, 7
	for i := range 60_000 {
		id := fmt.Sprintf("M20200101-%06d", i+1)
		s.Rows = append(s.Rows, manual{id, fmt.Sprintf("0123456789abcdef-%d", i), int64(i), strings.Repeat("because ", 40), on})
		s.Settled = append(s.Settled, settled{match.Group{Channel: "card", Currency: "EUR", By: match.ByReference, Reference: id}, id})
		s.Held = append(s.Held, heldLine{"0123456789abcdef-1", "EUR", id, id})
	}
	s.Undone = []undone{{Match: "M20200101-000001", Reason: "by mistake", On: on}}
	s.Files = []ReadFile{{Path: "statements-1.sta", Kind: kindStatements, SHA256: "ab", Bytes: 1}}
	s.of("EUR").Items = 5
	if err := s.store(b); err != nil {
		t.Fatal(err)
	}
	got, err := load(b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.head, s.head) {
		t.Errorf("the book gives back another head: %d, %d and %d entries, want %d", len(got.Rows), len(got.Settled), len(got.Held), len(s.Rows))
	}
}

// Entries are found in the values that have their matches, those that there are none of passed over.
func TestEachFound(t *testing.T) {
	b, on := newBook(t), civil.Of(2026, 11, 2)
	s, err := load(b)
	if err != nil {
		t.Fatal(err)
	}
	s.begin(on, civil.None)
	for i := range 5_000 { // in several values
		x := &match.Item{EntryID: int64(i + 1), BusinessDate: on, ValueDate: on, SourceID: strings.Repeat("x", 100), Currency: "EUR", Amount: 1}
		if i != 1_000 {
			s.matches = append(s.matches, record.BankMatch{Number: i + 1, Pass: match.Internal, Items: []*match.Item{x}})
		}
	}
	if err := s.store(b); err != nil {
		t.Fatal(err)
	}
	s.begin(on+1, civil.None)
	var found []keyEntry
	for _, n := range []uint32{1, 1, 2, 1_001, 1_002, 2_500, 4_999, 5_000, 5_001, 9_000} {
		found = append(found, keyEntry{match: n})
	}
	var got []int64
	err = s.eachFound(b, on, found, func(k keyEntry, m *record.BankMatch) {
		if m.Number != int(k.match) {
			t.Errorf("an entry of match %d is given %d", k.match, m.Number)
		}
		got = append(got, m.Items[0].EntryID)
	})
	if want := []int64{1, 1, 2, 1_002, 2_500, 4_999, 5_000}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("found %v and %v, want %v", got, err, want)
	}
}

// A book that was reconciled before the lists lay beside the head has them in it: they are read, and lie beside it from the next run on.
func TestHeadOfVersionOne(t *testing.T) {
	b, on := newBook(t), civil.Of(2026, 11, 2)
	head := `{"version":1,"date":"2026-11-02","from":"","items_to":"2026-11-02","totals":null,
		"settled":[{"Channel":"card","Currency":"EUR","By":0,"Reference":"R","match_id":"M1"}],"held":[{}],"undone":[{"match_id":"M1","reason":"by mistake","business_date":"2026-11-02"}],
		"next":7,"files":[{"path":"statements-1.sta","kind":"statements","sha256":"ab","bytes":1}],
		"manual":[{"match_id":"M2","line_id":"0-1","entry_id":5,"reason":"because","business_date":"2026-11-02"}]}`
	if err := b.PutOwn(store.Reconciliation, nowKey(letterHead, 0), []byte(head)); err != nil {
		t.Fatal(err)
	}
	s, err := load(b)
	if err != nil {
		t.Fatal(err)
	}
	if s.Date != on || s.Next != 7 || len(s.Settled) != 1 || len(s.Held) != 1 || len(s.Undone) != 1 || len(s.Files) != 1 ||
		!reflect.DeepEqual(s.Rows, []manual{{"M2", "0-1", 5, "because", on}}) {
		t.Errorf("read %+v", s.head)
	}
	if err := s.store(b); err != nil {
		t.Fatal(err)
	}
	got, err := load(b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.head, s.head) || got.Version != headVersion {
		t.Errorf("stored again it is %+v, want %+v", got.head, s.head)
	}
	if err := b.PutOwn(store.Reconciliation, nowKey(letterHead, 0), []byte(`{"version":3}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := load(b); err == nil {
		t.Error("the head of a newer version is read")
	}
}
