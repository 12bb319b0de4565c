package batch

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/batch/book"
	"daybook/batch/rows"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/record"
	"daybook/ledger/store"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
)

// A rewriting is another way in which the same rows may be delivered.
type rewriting struct {
	name     string
	shuffle  bool  // rows in another order
	split    int   // into so many files; 0: as it was
	rename   bool  // other names, in another order
	rowGroup int64 // rows of a row group; 0: as it was
	page     int   // bytes of a page
	version  int   // of data pages
	codec    compress.Codec
}

// rewrite writes a night's files again in another way. It returns the old name of
// each new one.
func (w rewriting) rewrite(t testing.TB, to, from string, seed uint64) (was map[string]string) {
	t.Helper()
	was = map[string]string{}
	r := rand.New(rand.NewPCG(seed, 3))
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join(from, "*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for n, path := range paths {
		schema, rows := readRows(t, path)
		if w.shuffle {
			r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		}
		kind, rest, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".parquet"), "-")
		name := kind + "-" + rest
		if w.rename {
			name = fmt.Sprintf("%s-from.another.channel-%03d-%s", kind, 100-n, rest)
		}
		files := max(w.split, 1)
		for k := range files {
			part := rows[k*len(rows)/files : (k+1)*len(rows)/files]
			if files > 1 {
				w.write(t, filepath.Join(to, fmt.Sprintf("%s-%02d.parquet", name, k)), schema, part)
				was[fmt.Sprintf("%s-%02d.parquet", name, k)] = filepath.Base(path)
				continue
			}
			w.write(t, filepath.Join(to, name+".parquet"), schema, part)
			was[name+".parquet"] = filepath.Base(path)
		}
	}
	return was
}

func readRows(t testing.TB, path string) (*parquet.Schema, []parquet.Row) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	p, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	var all []parquet.Row
	buffer := make([]parquet.Row, 256)
	for _, g := range p.RowGroups() {
		in := g.Rows()
		for {
			n, err := in.ReadRows(buffer)
			for _, row := range buffer[:n] {
				all = append(all, row.Clone())
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		in.Close()
	}
	return p.Schema(), all
}

func (w rewriting) write(t testing.TB, path string, schema *parquet.Schema, rows []parquet.Row) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	options := []parquet.WriterOption{schema}
	if w.page > 0 {
		options = append(options, parquet.PageBufferSize(w.page))
	}
	if w.version > 0 {
		options = append(options, parquet.DataPageVersion(w.version))
	}
	if w.codec != nil {
		options = append(options, parquet.Compression(w.codec))
	}
	out := parquet.NewWriter(f, options...)
	for i, row := range rows {
		if _, err := out.WriteRows([]parquet.Row{row}); err != nil {
			t.Fatal(err)
		}
		if w.rowGroup > 0 && int64(i+1)%w.rowGroup == 0 {
			if err := out.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestDeliveryDoesNotChangeTheNight: the order of rows in a file, how they are cut
// into files and row groups, and how the files are named and encoded are the
// channel's business; they must never change a cent of the book or a byte of what is
// published. Only the rejects say where a row stood, and the head what files there were.
func TestDeliveryDoesNotChangeTheNight(t *testing.T) {
	manyParts(t)
	l, dates := portfolioLender(t, 2500, 3)
	// Money that stays held, goes back, and is taken by its loan.
	write(t, l.in(dates[0]), "repayments-lost", []repaymentFile{pays(t, "X1", "nobody", dates[0], "1.00"), pays(t, "X2", "later", dates[0], "2.00"), pays(t, "X3", "typo", dates[0], "3.00")})
	back := releases(t, "XR", "typo", "X3", dates[1])
	back.Choice = ptr("return")
	write(t, l.in(dates[1]), "adjustments-back", []adjustmentFile{back})
	write(t, l.in(dates[1]), "repayments-lost", []repaymentFile{pays(t, "X4", "nobody", dates[1], "4.00"), pays(t, "X1", "nobody", dates[0], "1.00")})
	write(t, l.in(dates[2]), "loans-later", []loanFile{aLoan(t, "later", "2026-01-01", "2026-02-01")})
	for _, d := range dates {
		l.close(d)
	}
	held := slices.DeleteFunc(bookLines(t, l, fileItself), func(s string) bool { return !strings.HasPrefix(s, "held ") })
	if len(held) < 2 {
		t.Errorf("held are %q", held)
	}
	deliveredAgain(t, l, dates,
		rewriting{name: "rows in another order", shuffle: true},
		rewriting{name: "small row groups and pages", rowGroup: 97, page: 400, version: 1, codec: &parquet.Snappy},
		rewriting{name: "split", split: 3, codec: &parquet.Zstd},
		rewriting{name: "renamed", rename: true, version: 2, codec: &parquet.Gzip},
		rewriting{name: "all of it", shuffle: true, split: 5, rename: true, rowGroup: 50, page: 1000},
	)
}

// TestDeliveryOfEveryKind: the same of lives with every kind of event, and of rows
// with anything in them. Where rows contradict each other the first one counts, so
// that those keep their order.
func TestDeliveryOfEveryKind(t *testing.T) {
	t.Parallel()
	cases, seeds := readCases(t), 2
	if testing.Short() {
		cases, seeds = cases[:3], 1
	}
	for _, c := range cases {
		l := newLender(t)
		l.policy(policyOf(&c))
		nights := deliver(t, l, &c)
		for _, d := range nights {
			l.close(d)
		}
		deliveredAgain(t, l, nights, rewriting{name: c.ID, shuffle: true, split: 2, rename: true, rowGroup: 1})
	}
	for seed := range seeds {
		c := &chaos{r: rand.New(rand.NewPCG(uint64(seed), 6)), business: int32(day(t, "2026-01-31"))}
		l := newLender(t)
		l.policy(chaosPolicy)
		var nights []string
		for range 4 {
			d := civil.Date(c.business).String()
			c.night(t, l.in(d))
			l.close(d)
			nights = append(nights, d)
			c.business += 1 + int32(c.r.IntN(40))
		}
		deliveredAgain(t, l, nights,
			rewriting{name: fmt.Sprint("chaos ", seed, ", small row groups"), rowGroup: 3, page: 100, codec: &parquet.Zstd},
			rewriting{name: fmt.Sprint("chaos ", seed, ", split"), split: 4},
		)
	}
}

// fileItself is a file's name as it is.
func fileItself(_, name string) string { return name }

// kindOfFile is the kind of rows in a file.
func kindOfFile(_, name string) string {
	kind, _, _ := strings.Cut(name, "-")
	return kind
}

// deliveredAgain closes the nights that a lender has closed with files written in
// other ways, and compares what is published and the book.
func deliveredAgain(t *testing.T, l *lender, dates []string, ways ...rewriting) {
	t.Helper()
	published := func(x *lender) string {
		var lines []string
		for line := range strings.Lines(digest(t, x.o.Out)) {
			if !strings.HasSuffix(line, "rejects.parquet\n") && !strings.HasSuffix(line, "/head\n") { // it covers the files as they came
				lines = append(lines, line)
			}
		}
		for _, d := range dates {
			lines = append(lines, rejectedRows(x, d))
		}
		return strings.Join(lines, "")
	}
	want, wantBook := published(l), contents(t, l.o.Book)
	wantLines, wantKinds := bookLines(t, l, fileItself), bookLines(t, l, kindOfFile)
	for i, w := range ways {
		x := &lender{t: t, dir: filepath.Join(l.dir, fmt.Sprint(i)), o: l.o}
		x.o.Book, x.o.Out = filepath.Join(x.dir, "book"), filepath.Join(x.dir, "out")
		was := map[string]string{}
		for n, d := range dates {
			for name, old := range w.rewrite(t, x.in(d), l.in(d), uint64(n)) {
				was[d+" "+name] = old
			}
			x.close(d)
		}
		if got := published(x); got != want {
			t.Errorf("%s: other outputs:\n%s\nwant\n%s", w.name, got, want)
		}
		// The book remembers of each event the number of its file.
		if w.split == 0 && !w.rename && contents(t, x.o.Book) != wantBook {
			t.Errorf("%s: another book", w.name)
		}
		if w.rename { // a row that two files bring counts where it comes first, by the files' names
			sameLines(t, w.name, bookLines(t, x, kindOfFile), wantKinds)
		} else {
			old := func(date, name string) string { return was[date+" "+name] }
			sameLines(t, w.name, bookLines(t, x, old), wantLines)
		}
		verifySilent(t, x)
	}
}

// bookLines tells all that a book holds: its loans, suspense and journal record by
// record, and each night's counts, GL and accruals. Instead of a file's number it has
// what nameOf makes of the file's date and name. Left out is what follows from the
// files' bytes, names and numbers: their digests, and those of the journal and of
// suspense.
func bookLines(t testing.TB, l *lender, nameOf func(date, name string) string) (lines []string) {
	t.Helper()
	b, err := store.OpenReadOnly(l.o.Book, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	each := func(s *store.Scan, err error, f func(s *store.Scan)) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for s.Next() {
			f(s)
		}
		if s.Err() != nil {
			t.Fatal(s.Err())
		}
	}
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	nights, err := b.Nights()
	if err != nil {
		t.Fatal(err)
	}
	records := map[civil.Date]*record.Night{}
	fileOf := func(d civil.Date, number int) string {
		if number == rows.NoFile {
			return "no file"
		}
		return nameOf(d.String(), records[d].Inputs[number].Name)
	}
	for _, d := range nights {
		r, err := book.Night(b, d)
		if err != nil {
			t.Fatal(err)
		}
		records[d] = r
		lines = append(lines, nightLines(t, b, r)...)
		s, err := b.Scan(store.Journal, d, 0, store.Partitions)
		each(s, err, func(s *store.Scan) {
			var n record.LoanNight
			if err := n.Decode(s.Record(), d); err != nil {
				t.Fatal(err)
			}
			for _, e := range n.Events {
				file := "a file" // of a booking the book does not keep which
				if e.Kind != loan.KindBooking {
					file = fileOf(d, int(e.File))
				}
				e.File = 0
				add("%s %q from %s: event %+v", d, s.ID(), file, e)
			}
			add("%s %q after %s in currency %d: entries %+v", d, s.ID(), n.Previous, n.Currency, n.Entries)
		})
	}
	s, err := b.Scan(store.Loans, civil.None, 0, store.Partitions)
	each(s, err, func(s *store.Scan) { add("loan %q %x", s.ID(), s.Record()) })
	s, err = b.Scan(store.Held, civil.None, 0, store.Partitions)
	each(s, err, func(s *store.Scan) {
		var h record.Held
		if err := h.Read(s.Item(), s.Record()); err != nil {
			t.Fatal(err)
		}
		add("held %q %q from %s: currency %d, %d of %s, arrived on %s, released by %q", s.ID(), s.Item(), fileOf(h.ArrivedOn, h.File), h.Currency, h.Amount, h.ValueDate, h.ArrivedOn, h.By)
	})
	for _, name := range []string{record.MetaNames, record.MetaPolicies} {
		v, _, err := b.Meta(name)
		if err != nil {
			t.Fatal(err)
		}
		add("%s %x", name, v)
	}
	return lines
}

// nightLines tells a night's counts, GL and accruals.
func nightLines(t testing.TB, b *store.Book, r *record.Night) (lines []string) {
	t.Helper()
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	d := r.Date
	add("%s after %s: policy %s, %d loans, %d held, %d entries, %d postings, %d replayed, above %v", d, r.Previous, r.PolicyDigest, r.Loans, r.Held, r.Entries, r.Postings, r.Replayed, r.Above)
	for _, g := range r.GL {
		add("%s GL %+v", d, g)
	}
	for i, p := range r.Partitions {
		add("%s partition %d: %d loans, %d held, %d entries, loans %x", d, i, p.Loans, p.Held, p.Entries, p.LoansSum)
	}
	for _, section := range []byte{record.SectionActivity, record.SectionSummary} {
		err := b.EachSmall(section, d, func(name string, v []byte) error {
			add("%s %c %s %x", d, section, name, v)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return lines
}

// sameLines compares two books line by line and shows the first that differ.
func sameLines(t *testing.T, what string, got, want []string) {
	t.Helper()
	shown := 0
	for i := range max(len(got), len(want)) {
		a, b := "nothing", "nothing"
		if i < len(got) {
			a = got[i]
		}
		if i < len(want) {
			b = want[i]
		}
		if a != b {
			t.Errorf("%s: the book has %s\nwant %s", what, a, b)
			if shown++; shown == 3 {
				return
			}
		}
	}
}

// rejectedRows lists the rejects of a night without their places.
func rejectedRows(l *lender, date string) string {
	count := map[string]int{}
	for _, r := range l.table(date, "rejects.parquet") {
		count[r["kind"]+" "+r["reason_code"]+" "+r["values"]]++
	}
	return fmt.Sprint(date, " rejects ", count, "\n") // maps print in the order of their keys
}
