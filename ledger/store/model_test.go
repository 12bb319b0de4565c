package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"daybook/ledger/civil"

	"github.com/cockroachdb/pebble/v2/vfs"
	"golang.org/x/sync/errgroup"
)

// A model is a naive book: maps, and a dump in order.
type model struct {
	loans  map[string]string
	held   map[[2]string]string
	nights map[civil.Date]*modelNight
	meta   map[string]string
}

type modelNight struct {
	record  string
	journal map[string]string
	small   map[[2]string]string
}

func newModel() *model {
	return &model{
		loans: map[string]string{}, held: map[[2]string]string{},
		nights: map[civil.Date]*modelNight{}, meta: map[string]string{formatName: fmt.Sprint(Format)},
	}
}

// clone copies what a night may change.
func (m *model) clone() *model {
	return &model{maps.Clone(m.loans), maps.Clone(m.held), maps.Clone(m.nights), maps.Clone(m.meta)}
}

func byHash(a, b string) int {
	return compareLoans(Hash([]byte(a)), []byte(a), Hash([]byte(b)), []byte(b))
}

func heldByHash(a, b [2]string) int {
	return cmp.Or(byHash(a[0], b[0]), cmp.Compare(a[1], b[1]))
}

// dump writes all that the model holds.
func (m *model) dump() string {
	var s strings.Builder
	for _, id := range slices.SortedFunc(maps.Keys(m.loans), byHash) {
		fmt.Fprintf(&s, "loan %q %q\n", id, m.loans[id])
	}
	for _, id := range slices.SortedFunc(maps.Keys(m.held), heldByHash) {
		fmt.Fprintf(&s, "held %q %q\n", id, m.held[id])
	}
	for _, d := range slices.Sorted(maps.Keys(m.nights)) {
		n := m.nights[d]
		fmt.Fprintf(&s, "night %s %q\n", d, n.record)
		for _, id := range slices.SortedFunc(maps.Keys(n.journal), byHash) {
			fmt.Fprintf(&s, "entry %q %q\n", id, n.journal[id])
		}
		for _, section := range testSections {
			for _, key := range slices.SortedFunc(maps.Keys(n.small), func(a, b [2]string) int { return cmp.Compare(a[1], b[1]) }) {
				if key[0] == string(section) {
					fmt.Fprintf(&s, "small %q %q\n", key, n.small[key])
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.meta)) {
		fmt.Fprintf(&s, "meta %q %q\n", name, m.meta[name])
	}
	return s.String()
}

const testSections = "agx"

// dumpBook writes all that a book holds, in the same words.
func dumpBook(b *Book) (string, error) {
	var s strings.Builder
	scan := func(sc *Scan, err error, word string) error {
		if err != nil {
			return err
		}
		for sc.Next() {
			if word == "held" {
				fmt.Fprintf(&s, "held %q %q\n", [2]string{string(sc.ID()), string(sc.Item())}, sc.Record())
			} else {
				fmt.Fprintf(&s, "%s %q %q\n", word, sc.ID(), sc.Record())
			}
			if sc.Hash() != Hash(sc.ID()) {
				return errors.New("wrong hash")
			}
		}
		return errors.Join(sc.Err(), sc.Close())
	}
	loans, err := b.Scan(Loans, civil.None, 0, Partitions)
	if err := scan(loans, err, "loan"); err != nil {
		return "", err
	}
	held, err := b.Scan(Held, civil.None, 0, Partitions)
	if err := scan(held, err, "held"); err != nil {
		return "", err
	}
	nights, err := b.Nights()
	if err != nil {
		return "", err
	}
	for _, d := range nights {
		record, ok, err := b.Night(d)
		if err != nil || !ok {
			return "", fmt.Errorf("night %s: %v %w", d, ok, err)
		}
		fmt.Fprintf(&s, "night %s %q\n", d, record)
		journal, err := b.Scan(Journal, d, 0, Partitions)
		if err := scan(journal, err, "entry"); err != nil {
			return "", err
		}
		for i := range testSections {
			if err := b.EachSmall(testSections[i], d, func(name string, v []byte) error {
				fmt.Fprintf(&s, "small %q %q\n", [2]string{testSections[i : i+1], name}, v)
				return nil
			}); err != nil {
				return "", err
			}
		}
	}
	meta, err := b.metaExcept()
	if err != nil {
		return "", err
	}
	for _, name := range slices.Sorted(maps.Keys(meta)) {
		fmt.Fprintf(&s, "meta %q %q\n", name, meta[name])
	}
	return s.String(), nil
}

// colliding returns an id of 16 bytes with the same hash as a given one of 16:
// xxhash64's steps over two words can be undone, so the second word makes up
// for any change of the first.
func colliding(id []byte, first uint64) []byte {
	const p1, p2, p4, p5 = 11400714785074694791, 14029467366897019727, 9650029242287828579, 2870177450012600261
	round := func(x uint64) uint64 { return bits.RotateLeft64(x*p2, 31) * p1 }
	inverse := func(p uint64) uint64 { // of an odd number, modulo 2^64
		x := p
		for range 6 {
			x *= 2 - p*x
		}
		return x
	}
	start := uint64(p5)
	start += 16
	step := func(w uint64) uint64 { return bits.RotateLeft64(start^round(w), 27)*p1 + p4 }
	want := step(binary.LittleEndian.Uint64(id)) ^ round(binary.LittleEndian.Uint64(id[8:]))
	unround := bits.RotateLeft64((want^step(first))*inverse(p1), -31) * inverse(p2)
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, first), unround)
}

// change makes the next night's state: loans come and go, most stay.
func (m *model) change(r *rand.Rand, d civil.Date, loans int) *model {
	m = m.clone()
	n := &modelNight{record: fmt.Sprintf("night %d", r.Uint32()), journal: map[string]string{}, small: map[[2]string]string{}}
	m.nights[d] = n
	for len(m.loans) < loans {
		id := string(randomBytes(r, 1+r.IntN(IDMax)))
		m.loans[id] = ""
		if len(id) == 16 {
			m.loans[string(colliding([]byte(id), r.Uint64()))] = "same hash"
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(m.loans), byHash) {
		switch k := r.IntN(100); {
		case k == 0:
			delete(m.loans, id)
			continue
		case k == 1:
			m.loans[id] = string(randomBytes(r, r.IntN(100*loans))) // small books stay small
		case k < 40:
			m.loans[id] = string(randomBytes(r, r.IntN(200)))
		}
		if r.IntN(4) == 0 {
			n.journal[id] = string(randomBytes(r, r.IntN(150)))
		}
		if r.IntN(50) == 0 {
			m.held[[2]string{id, string(randomBytes(r, 1+r.IntN(3)))}] = string(randomBytes(r, 20))
		}
	}
	for i := range 10 {
		n.small[[2]string{testSections[i%3 : i%3+1], fmt.Sprint("name ", i)}] = string(randomBytes(r, 30))
	}
	if r.IntN(2) == 0 {
		m.meta[fmt.Sprint("policy ", r.IntN(5))] = string(randomBytes(r, 30))
	}
	return m
}

// build builds a night of a model and returns its digests.
func (m *model) build(b *Book, d civil.Date, cuts []int) (n *Build, digests []Digest, err error) {
	if n, err = b.Begin(d); err != nil {
		return nil, nil, err
	}
	digests = make([]Digest, Partitions)
	var g errgroup.Group
	cuts = append(append([]int{0}, cuts...), Partitions)
	for i := 1; i < len(cuts); i++ {
		g.Go(func() error {
			p, err := n.Part(cuts[i-1], cuts[i])
			if err != nil {
				return err
			}
			digest, err := m.buildPart(p, d, cuts[i-1], cuts[i])
			copy(digests[cuts[i-1]:], digest.Partitions)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return n, nil, err
	}
	err = n.PutNight([]byte(m.nights[d].record))
	for key, v := range m.nights[d].small {
		err = errors.Join(err, n.PutSmall(key[0][0], key[1], []byte(v)))
	}
	for name, v := range m.meta {
		if old, ok, _ := b.Meta(name); name != formatName && (!ok || string(old) != v) {
			err = errors.Join(err, n.PutMeta(name, []byte(v)))
		}
	}
	return n, digests, err
}

func (m *model) buildPart(p *Part, d civil.Date, from, to int) (PartDigest, error) {
	in := func(id string) bool {
		partition := Partition(Hash([]byte(id)))
		return partition >= from && partition < to
	}
	for _, id := range slices.SortedFunc(maps.Keys(m.loans), byHash) {
		if in(id) {
			if err := p.Add(Loans, Hash([]byte(id)), []byte(id), nil, []byte(m.loans[id])); err != nil {
				return PartDigest{}, err
			}
		}
		if entry, ok := m.nights[d].journal[id]; ok && in(id) {
			if err := p.Add(Journal, Hash([]byte(id)), []byte(id), nil, []byte(entry)); err != nil {
				return PartDigest{}, err
			}
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(m.held), heldByHash) {
		if in(id[0]) {
			if err := p.Add(Held, Hash([]byte(id[0])), []byte(id[0]), []byte(id[1]), []byte(m.held[id])); err != nil {
				return PartDigest{}, err
			}
		}
	}
	return p.Finish()
}

// mustNight builds and commits a night.
func (m *model) mustNight(t testing.TB, b *Book, d civil.Date, cuts ...int) []Digest {
	t.Helper()
	n, digests, err := m.build(b, d, cuts)
	if err == nil {
		err = n.Commit()
	}
	if err != nil {
		t.Fatal(err)
	}
	return digests
}

func mustDump(t testing.TB, b *Book) string {
	t.Helper()
	s, err := dumpBook(b)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func checkDump(t testing.TB, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("line %d: %.200s\nwant: %.200s", i, g[i], w[i])
		}
	}
	t.Fatalf("%d lines, want %d", len(g), len(w))
}

func checkNoFaults(t testing.TB, b *Book) {
	t.Helper()
	if err := b.CheckFiles(t.Context(), 2, func(f Fault) { t.Errorf("fault: %v", &f) }); err != nil {
		t.Errorf("check: %v", err)
	}
}

// Random nights, built by any number of parts, read back as a naive book has
// them: through the writer, through readers that stay open, and by look-ups.
func TestModel(t *testing.T) {
	for _, dir := range []string{"", t.TempDir() + "/book"} {
		t.Run(fmt.Sprintf("disk=%v", dir != ""), func(t *testing.T) {
			var o Options
			if dir == "" {
				o.FS, dir = vfs.NewMem(), "book"
			}
			testModel(t, dir, o)
		})
	}
}

func testModel(t *testing.T, dir string, o Options) {
	r := rand.New(rand.NewPCG(7, 8))
	b, err := Create(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	m := newModel()
	d := civil.Date(-3) // dates sort across 1970
	for night := range 7 {
		d += civil.Date(1 + r.IntN(3))
		before, err := OpenReadOnly(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		old := m
		m = m.change(r, d, 800)
		cuts := slices.Sorted(maps.Keys(map[int]bool{1 + r.IntN(255): true, 1 + r.IntN(255): true}))
		digests := m.mustNight(t, b, d, cuts...)
		if one := m.digestsInOnePart(t, d); !slices.Equal(digests, one) {
			t.Error("digests depend on the parts")
		}
		if again, err := b.Digests(d, 3, 200); err != nil || !slices.Equal(again.Partitions, digests[3:200]) {
			t.Errorf("digests differ when they are taken again: %v", err)
		}
		checkDump(t, mustDump(t, b), m.dump())
		checkDump(t, mustDump(t, before), old.dump())
		checkLookups(t, b, m, r)
		checkBottom(t, b)
		checkNoFaults(t, b)
		if err := before.Close(); err != nil {
			t.Fatal(err)
		}
		if night%2 == 1 {
			b = reopen(t, b, dir, o, m)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

// digestsInOnePart builds a night again, in one part and another book.
func (m *model) digestsInOnePart(t *testing.T, d civil.Date) []Digest {
	b, err := Create("other", Options{FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	return m.mustNight(t, b, d)
}

func reopen(t *testing.T, b *Book, dir string, o Options, m *model) *Book {
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	ro, err := OpenReadOnly(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	checkDump(t, mustDump(t, ro), m.dump())
	checkNoFaults(t, ro)
	checkFilesAreLive(t, ro)
	if _, err := ro.Begin(civil.Max); !errors.Is(err, errReadOnly) {
		t.Errorf("begin on a reader: %v", err)
	}
	if err := ro.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err = Open(dir, o); err != nil {
		t.Fatal(err)
	}
	return b
}

// checkBottom: a generation and a journal land in the bottom level, so that no
// compaction will ever have to move them.
func checkBottom(t *testing.T, b *Book) {
	t.Helper()
	levels, err := b.db.SSTables()
	if err != nil {
		t.Fatal(err)
	}
	for i, level := range levels[:len(levels)-1] {
		for _, table := range level {
			t.Errorf("table %d is in level %d", table.FileNum, i)
		}
	}
	for _, table := range levels[len(levels)-1] {
		if table.Virtual {
			t.Errorf("table %d was cut by an excision", table.FileNum)
		}
	}
}

// checkFilesAreLive: a closed book has no table of an older generation.
func checkFilesAreLive(t *testing.T, b *Book) {
	t.Helper()
	levels, err := b.db.SSTables()
	if err != nil {
		t.Fatal(err)
	}
	live := 0
	for _, level := range levels {
		live += len(level)
	}
	names, err := b.fs.List(b.path(dbName))
	if err != nil {
		t.Fatal(err)
	}
	tables := slices.DeleteFunc(names, func(name string) bool { return !isTable(name) })
	if len(tables) != live {
		t.Errorf("%d tables in the folder, %d in use", len(tables), live)
	}
	if built, _ := list(b.fs, b.path(buildName)); len(built) > 0 {
		t.Errorf("build folder has %v", built)
	}
}

func checkLookups(t *testing.T, b *Book, m *model, r *rand.Rand) {
	t.Helper()
	ids := slices.SortedFunc(maps.Keys(m.loans), byHash)
	jr := b.NewJournalReader()
	defer jr.Close()
	nights := slices.Sorted(maps.Keys(m.nights))
	for _, id := range ids {
		for range 2 {
			d := nights[r.IntN(len(nights))]
			got, ok, err := jr.Entry(d, Hash([]byte(id)), []byte(id))
			if want, found := m.nights[d].journal[id]; err != nil || ok != found || string(got) != want {
				t.Fatalf("entry %s %q: %q %v %v, want %q %v", d, id, got, ok, err, want, found)
			}
		}
	}
	for range 200 {
		id := ids[r.IntN(len(ids))]
		if r.IntN(4) == 0 {
			id = string(randomBytes(r, 1+r.IntN(IDMax)))
		}
		got, ok, err := b.Find(Loans, []byte(id))
		if want, found := m.loans[id]; err != nil || ok != found || string(got) != want {
			t.Fatalf("loan %q: %q %v %v, want %q %v", id, got, ok, err, want, found)
		}
		// And journal entries in no order.
		d := nights[r.IntN(len(nights))]
		entry, ok, err := jr.Entry(d, Hash([]byte(id)), []byte(id))
		if want, found := m.nights[d].journal[id]; err != nil || ok != found || string(entry) != want {
			t.Fatalf("entry %s %q: %q %v %v, want %q %v", d, id, entry, ok, err, want, found)
		}
	}
}

// A JournalReader that is asked for more nights than it keeps open still
// answers.
func TestJournalReaderManyNights(t *testing.T) {
	b := memBook(t)
	id := []byte("loan")
	const nights = journalDates + 20
	for i := range nights {
		m := newModel()
		m.nights[civil.Date(i)] = &modelNight{journal: map[string]string{"loan": fmt.Sprint("entry ", i)}}
		m.loans["loan"] = "x"
		m.mustNight(t, b, civil.Date(i))
	}
	jr := b.NewJournalReader()
	defer jr.Close()
	for range 2 {
		for i := range nights {
			got, ok, err := jr.Entry(civil.Date(i), Hash(id), id)
			if err != nil || !ok || string(got) != fmt.Sprint("entry ", i) {
				t.Fatalf("night %d: %q %v %v", i, got, ok, err)
			}
		}
	}
	if _, ok, err := jr.Entry(civil.Date(nights), Hash(id), id); ok || err != nil {
		t.Errorf("a night that is not there: %v %v", ok, err)
	}
}

func memBook(t testing.TB) *Book {
	t.Helper()
	b, err := Create("book", Options{FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestColliding(t *testing.T) {
	id := []byte("0123456789abcdef")
	other := colliding(id, 42)
	if bytes.Equal(id, other) || Hash(id) != Hash(other) {
		t.Errorf("%x and %x hash to %x and %x", id, other, Hash(id), Hash(other))
	}
}

func testRand() *rand.Rand { return rand.New(rand.NewPCG(9, 10)) }

func sorted(s []string) []string { slices.Sort(s); return s }
