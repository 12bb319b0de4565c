package batch

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

// rewrite writes a night's files again in another way.
func (w rewriting) rewrite(t testing.TB, to, from string, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 3))
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join(from, "*.parquet"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files in %s: %v", from, err)
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
				continue
			}
			w.write(t, filepath.Join(to, name+".parquet"), schema, part)
		}
	}
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
// published. Only the rejects say where a row stood.
func TestDeliveryDoesNotChangeTheNight(t *testing.T) {
	manyParts(t)
	l, dates := portfolioLender(t, 2500, 3)
	for _, d := range dates {
		l.close(d)
	}
	published := func(x *lender) string {
		var lines []string
		for line := range strings.Lines(digest(t, x.o.Out)) {
			if !strings.HasSuffix(line, "rejects.parquet\n") {
				lines = append(lines, line)
			}
		}
		for _, d := range dates {
			lines = append(lines, rejectedRows(x, d))
		}
		return strings.Join(lines, "")
	}
	want, wantBook := published(l), contents(t, l.o.Book)
	for i, w := range []rewriting{
		{name: "rows in another order", shuffle: true},
		{name: "small row groups and pages", rowGroup: 97, page: 400, version: 1, codec: &parquet.Snappy},
		{name: "split", split: 3, codec: &parquet.Zstd},
		{name: "renamed", rename: true, version: 2, codec: &parquet.Gzip},
		{name: "all of it", shuffle: true, split: 5, rename: true, rowGroup: 50, page: 1000},
	} {
		x := &lender{t: t, dir: filepath.Join(l.dir, fmt.Sprint(i)), o: l.o}
		x.o.Book, x.o.Out = filepath.Join(x.dir, "book"), filepath.Join(x.dir, "out")
		for n, d := range dates {
			w.rewrite(t, x.in(d), l.in(d), uint64(n))
			x.close(d)
		}
		if got := published(x); got != want {
			t.Errorf("%s: other outputs:\n%s\nwant\n%s", w.name, got, want)
		}
		// The book remembers of each event the number of its file.
		if w.split == 0 && !w.rename && contents(t, x.o.Book) != wantBook {
			t.Errorf("%s: another book", w.name)
		}
		verifySilent(t, x)
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
