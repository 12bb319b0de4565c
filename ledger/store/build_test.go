package store

import (
	"bytes"
	"cmp"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"daybook/ledger/civil"
)

// begin starts a night that is discarded with the test.
func begin(t *testing.T, b *Book, d civil.Date) *Build {
	t.Helper()
	n, err := b.Begin(d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Discard(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func TestPartRefuses(t *testing.T) {
	b := memBook(t)
	id := func(s string) (uint64, []byte) { return Hash([]byte(s)), []byte(s) }
	low, lowID := id("a") // 0xd2…
	high, highID := id("zz")
	if low > high {
		low, lowID, high, highID = high, highID, low, lowID
	}
	for _, test := range []struct {
		name string
		add  func(p *Part) error
		want string
	}{
		{"empty id", func(p *Part) error { return p.Add(Loans, low, nil, nil, nil) }, "loan id of 0 bytes: must be 1 to 64"},
		{"long id", func(p *Part) error { return p.Add(Journal, low, make([]byte, 65), nil, nil) }, "loan id of 65 bytes"},
		{"large record", func(p *Part) error { return p.Add(Loans, low, lowID, nil, make([]byte, RecordMax+1)) }, "record of 16777217 bytes"},
		{"empty item id", func(p *Part) error { return p.Add(Held, low, lowID, nil, nil) }, "item id of 0 bytes"},
		{"twice", func(p *Part) error {
			return errors.Join(p.Add(Loans, low, lowID, nil, nil), p.Add(Loans, low, lowID, nil, nil))
		}, "out of order"},
		{"descending", func(p *Part) error {
			return errors.Join(p.Add(Loans, high, highID, nil, nil), p.Add(Loans, low, lowID, nil, nil))
		}, "out of order"},
		{"items descending", func(p *Part) error {
			return errors.Join(p.Add(Held, low, lowID, []byte("2"), nil), p.Add(Held, low, lowID, []byte("1"), nil))
		}, "out of order"},
		{"finished", func(p *Part) error {
			_, err := p.Finish()
			return errors.Join(err, p.Add(Loans, low, lowID, nil, nil))
		}, "finished"},
	} {
		n, err := b.Begin(1)
		if err != nil {
			t.Fatal(err)
		}
		p, err := n.Part(0, Partitions)
		if err != nil {
			t.Fatal(err)
		}
		if err := test.add(p); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		// A part that refused a record never commits without it.
		_ = n.PutNight(nil)
		_, finish := p.Finish()
		if commit := n.Commit(); test.name != "finished" && (finish == nil || commit == nil) {
			t.Errorf("%s: finished with %v, committed with %v", test.name, finish, commit)
		} else if test.name == "finished" && commit == nil {
			return // the night is in; it is the last case
		}
	}
}

func TestPartRange(t *testing.T) {
	b := memBook(t)
	n := begin(t, b, 1)
	if _, err := n.Part(0, 0); err == nil {
		t.Error("an empty range is taken")
	}
	if _, err := n.Part(200, 257); err == nil {
		t.Error("partition 256 is taken")
	}
	p, err := n.Part(10, 20)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Part(19, 30); err == nil {
		t.Error("ranges overlap")
	}
	if err := p.Add(Loans, 20<<56, []byte("x"), nil, nil); err == nil {
		t.Error("a loan of another part is taken")
	}
}

func TestBeginRefuses(t *testing.T) {
	b := memBook(t)
	newModel().change(testRand(), 100, 10).mustNight(t, b, 100)
	var closed *ClosedError
	if _, err := b.Begin(100); !errors.As(err, &closed) || !strings.Contains(err.Error(), "1970-04-11 is already closed") {
		t.Errorf("the same night again: %v", err)
	}
	if _, err := b.Begin(99); !errors.As(err, &closed) || closed.Last != 100 {
		t.Errorf("an earlier night: %v", err)
	}
	if _, err := b.Begin(civil.None); err == nil {
		t.Error("no date is taken")
	}
	n := begin(t, b, 101)
	if _, err := b.Begin(101); err == nil {
		t.Error("two builds at once")
	}
	if err := b.PutMeta("x", nil); err == nil {
		t.Error("metadata during a build")
	}
	if err := n.Commit(); err == nil || !strings.Contains(err.Error(), "the night has no record") {
		t.Errorf("commit without a record: %v", err)
	}
	if err := n.Commit(); err == nil {
		t.Error("committed twice")
	}
	n = begin(t, b, 101)
	if _, err := n.Part(0, 1); err != nil {
		t.Fatal(err)
	}
	_ = n.PutNight(nil)
	if err := n.Commit(); err == nil || !strings.Contains(err.Error(), "not finished") {
		t.Errorf("commit of an unfinished part: %v", err)
	}
}

func TestSmallLimits(t *testing.T) {
	n := begin(t, memBook(t), 1)
	for name, err := range map[string]error{
		"long name":     n.PutSmall('a', strings.Repeat("x", NameMax+1), nil),
		"large value":   n.PutSmall('a', "x", make([]byte, SmallMax+1)),
		"section 0":     n.PutSmall(0, "x", nil),
		"large night":   n.PutNight(make([]byte, SmallMax+1)),
		"unnamed meta":  n.PutMeta("", nil),
		"format":        n.PutMeta(formatName, []byte("2")),
		"long metadata": n.PutMeta("x", make([]byte, SmallMax+1)),
	} {
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// Records and pages of the largest sizes come back, and so do nights with
// nothing in them.
func TestExtremes(t *testing.T) {
	b := memBook(t)
	m := newModel()
	m.nights[1] = &modelNight{}
	m.mustNight(t, b, 1)
	checkDump(t, mustDump(t, b), m.dump())

	large := string(bytes.Repeat([]byte("r"), RecordMax))
	longID := strings.Repeat("i", IDMax)
	m = m.clone()
	m.nights[2] = &modelNight{
		journal: map[string]string{"a": large, longID: ""},
		small:   map[[2]string]string{{"x", ""}: strings.Repeat("s", 1<<20)},
	}
	for i := range 5 {
		m.loans[longID[:i]+"a"] = large
	}
	m.loans[longID] = large
	m.held[[2]string{longID, longID}] = large
	m.mustNight(t, b, 2)
	checkDump(t, mustDump(t, b), m.dump())

	m = newModel()
	m.nights[1], m.nights[2] = &modelNight{}, &modelNight{}
	m.nights[3] = &modelNight{}
	m.mustNight(t, b, 3)
	if loans, err := b.Scan(Loans, civil.None, 0, Partitions); err != nil || loans.Next() || loans.Close() != nil {
		t.Errorf("loans of an empty night: %v", err)
	}
	if held, err := b.Scan(Held, civil.None, 0, Partitions); err != nil || held.Next() || held.Close() != nil {
		t.Errorf("suspense of an empty night: %v", err)
	}
}

func TestScanPartitions(t *testing.T) {
	b := memBook(t)
	m := newModel().change(testRand(), 1, 500)
	m.mustNight(t, b, 1, 100)
	total := 0
	for p := range Partitions {
		s, err := b.Scan(Loans, civil.None, p, p+1)
		if err != nil {
			t.Fatal(err)
		}
		for s.Next() {
			total++
			if got := Partition(s.Hash()); got != p {
				t.Errorf("partition %d has a loan of %d", p, got)
			}
		}
		if err := errors.Join(s.Err(), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if total != len(m.loans) {
		t.Errorf("%d loans, want %d", total, len(m.loans))
	}
	for _, bad := range [][2]int{{-1, 2}, {3, 2}, {0, 257}} {
		if _, err := b.Scan(Loans, civil.None, bad[0], bad[1]); err == nil {
			t.Errorf("scan of %v", bad)
		}
	}
}

// A walk beside ids finds those that the book has, whichever are asked for, and ends at its end.
func TestScanReach(t *testing.T) {
	b := memBook(t)
	m := newModel().change(testRand(), 1, 500)
	m.mustNight(t, b, 1, 100)
	r := testRand()
	ids := []string{}
	for id := range m.loans {
		if r.IntN(3) > 0 {
			ids = append(ids, id)
		}
		ids = append(ids, id+"x", id+"x") // asked for twice
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(Hash([]byte(a)), Hash([]byte(b))), strings.Compare(a, b))
	})
	s, err := b.Scan(Loans, civil.None, 0, Partitions)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	found := 0
	for _, id := range ids {
		_, want := m.loans[id]
		for range 2 {
			if got := s.Reach(Hash([]byte(id)), []byte(id)); got != want {
				t.Fatalf("loan %x is there: %v, want %v", id, got, want)
			}
		}
		if want {
			found++
			if string(s.Record()) != m.loans[id] {
				t.Fatalf("loan %x has %x, want %x", id, s.Record(), m.loans[id])
			}
		}
	}
	if found == 0 || found == len(m.loans) {
		t.Errorf("%d of %d loans were asked for", found, len(m.loans))
	}
	for s.More() {
		s.Next()
	}
	if s.Reach(math.MaxUint64, nil) || s.More() || s.Err() != nil {
		t.Errorf("behind the end: %v", s.Err())
	}
	none, err := memBook(t).Scan(Loans, civil.None, 0, Partitions)
	if err != nil {
		t.Fatal(err)
	}
	defer none.Close()
	if none.More() || none.Reach(0, []byte("a")) {
		t.Error("an empty book has a loan")
	}
}

func TestPutMeta(t *testing.T) {
	b := memBook(t)
	m := newModel().change(testRand(), 1, 50)
	m.mustNight(t, b, 1)
	for _, v := range []string{"one", "two", ""} {
		if err := b.PutMeta("chart", []byte(v)); err != nil {
			t.Fatal(err)
		}
		m.meta["chart"] = v
		checkDump(t, mustDump(t, b), m.dump())
		checkBottom(t, b)
	}
	if _, ok, err := b.Meta("nothing"); ok || err != nil {
		t.Errorf("metadata that is not there: %v %v", ok, err)
	}
}

// Scanning must not allocate by the record. What Pebble keeps in pools for a partition's iterator it makes again whenever
// a pool is found empty, and under the race detector pools forget at random: so the bound is a fifth of an allocation a record.
func TestScanAllocations(t *testing.T) {
	const loans = 20_000
	b := memBook(t)
	m := newModel()
	m.nights[1] = &modelNight{}
	r := testRand()
	for range loans {
		m.loans[string(randomBytes(r, 12))] = string(randomBytes(r, 100))
	}
	m.mustNight(t, b, 1)
	if n := testing.AllocsPerRun(3, func() {
		s, err := b.Scan(Loans, civil.None, 0, Partitions)
		if err != nil {
			t.Fatal(err)
		}
		for s.Next() {
			_, _, _ = s.ID(), s.Hash(), s.Record()
		}
		_ = s.Close()
	}); n > loans/5 {
		t.Errorf("a scan of %d loans allocates %v times", loans, n)
	}
}
