package batch

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"daybook/aging"
	"daybook/batch/book"
	"daybook/batch/night"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/proof"
	"daybook/ledger/store"
	"daybook/reports"
)

// testShape is a night of two products and currencies and 300 files.
func testShape() shape {
	words := new(aging.Dictionaries)
	for code := range words {
		words[code] = aging.Dictionary{"a", "b"}
	}
	words[aging.Status] = aging.Dictionary{"active", "charged_off"}
	return shape{words: words, scale: 2, files: 300, currencies: 2, products: 2}
}

// drawTallies draws tallies of a night's files, of which few have rows.
func drawTallies(t *rapid.T, files int) []tally {
	tallies := make([]tally, files)
	for range rapid.IntRange(0, 8).Draw(t, "tallies") {
		x := &tallies[rapid.IntRange(0, files-1).Draw(t, "file")]
		m := x.measures()[rapid.IntRange(0, 4).Draw(t, "measure")]
		m.merge(measure{rapid.Int64Range(0, 1<<50).Draw(t, "rows"), rapid.Int64().Draw(t, "amount"), rapid.Bool().Draw(t, "over")})
	}
	return tallies
}

// drawCubes adds up loans of any codes and amounts.
func drawCubes(t *rapid.T, s shape) reports.Cubes {
	var f aging.Facts
	var b reports.Builder
	rows := rapid.IntRange(0, 5).Draw(t, "loans")
	if rows == 0 {
		return reports.Cubes{}
	}
	f.Grow(rows)
	for i := range rows {
		f.LoanID.AppendString("L")
		f.Borrower.AppendString("B")
		for code := range f.Codes {
			f.Codes[code][i] = uint16(rapid.IntRange(0, len(s.words[code])-1).Draw(t, "code"))
		}
		for a := range f.Amounts {
			f.Amounts[a][i] = rapid.Int64().Draw(t, "amount")
		}
		f.PreviousTotal[i] = rapid.Int64().Draw(t, "previous")
		f.Days[aging.BookedOn][i] = civil.Of(2026, 1, 1) + civil.Date(rapid.IntRange(0, 400).Draw(t, "booked"))
	}
	if err := b.Add(reports.Batch{Facts: &f, Words: s.words, Scale: s.scale}); err != nil {
		t.Fatal(err)
	}
	return b.Take()
}

// drawAccrued draws what untouched loans accrued, in the order of products and
// currencies.
func drawAccrued(t *rapid.T, s shape) (list []night.Accrued) {
	for product := range s.products {
		for currency := range s.currencies {
			a := night.Accrued{Product: product, Currency: currency, Region: rapid.IntRange(0, max(0, len(s.words[aging.Region])-1)).Draw(t, "region")}
			for range rapid.IntRange(0, 2).Draw(t, "accruals") {
				kind := rapid.IntRange(0, len(a.Totals)-1).Draw(t, "kind")
				role := rapid.IntRange(0, int(ledger.Roles)-1).Draw(t, "role")
				a.Totals[kind][role] = money.Amount(rapid.Int64().Draw(t, "accrued"))
			}
			if a.Totals != (night.Totals{}) {
				list = append(list, a)
			}
		}
	}
	return list
}

// drawLeft draws what a part of a night may leave behind.
func drawLeft(t *rapid.T, s shape) *left {
	count := func(name string) int64 { return rapid.Int64Range(0, 1<<60).Draw(t, name) }
	amount := func(name string) money.Amount { return money.Amount(rapid.Int64().Draw(t, name)) }
	l := &left{
		tallies: packTallies(drawTallies(t, s.files)), cubes: drawCubes(t, s), accrued: drawAccrued(t, s),
		gl: book.NewGL(s.currencies), positions: make([]book.Positions, s.currencies),
		postings: count("postings"), entries: count("entries"), replayed: count("replayed"),
	}
	for range rapid.IntRange(0, 3).Draw(t, "leaves") {
		l.leaves = append(l.leaves, proof.Hash(rapid.SliceOfN(rapid.Byte(), proof.HashSize, proof.HashSize).Draw(t, "leaf")))
	}
	for range rapid.IntRange(0, 4).Draw(t, "partitions") {
		var d store.Digest
		for space := range d {
			if rapid.Bool().Draw(t, "has some") {
				d[space].Records = rapid.IntRange(1, 1<<40).Draw(t, "records")
				copy(d[space].Sum[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "sum"))
			}
		}
		l.digest.Partitions = append(l.digest.Partitions, d)
	}
	l.digest.From = rapid.IntRange(0, store.Partitions-len(l.digest.Partitions)).Draw(t, "from")
	for i := range rapid.IntRange(0, 3).Draw(t, "outputs") {
		l.outputs = append(l.outputs, reports.Output{
			Path: fmt.Sprintf("loans/part-%04d.parquet", i), Rows: count("rows"), Bytes: count("bytes"), SHA256: "ab",
			Totals: []reports.Total{{Column: "principal", Sum: int64(amount("sum"))}},
		})
	}
	for range rapid.IntRange(0, 5).Draw(t, "entries") {
		l.gl.Add(rapid.IntRange(0, s.currencies-1).Draw(t, "currency"), &ledger.Entry{
			Kind:     ledger.EntryKind(rapid.IntRange(0, int(ledger.EntryKinds)-1).Draw(t, "kind")),
			Postings: []ledger.Posting{{Role: ledger.CashClearing, Amount: 5}, {Role: ledger.UnappliedReceipts, Amount: -5}},
		})
	}
	for c := range l.positions {
		l.positions[c] = book.Positions{Loans: count("loans"), Principal: amount("principal"), Held: amount("held"), HeldItems: count("items")}
	}
	today := civil.Of(2026, 11, 23)
	for range rapid.IntRange(0, 3).Draw(t, "held") {
		l.suspense.Add("USD", rapid.Int64().Draw(t, "held"), today-civil.Date(rapid.IntRange(0, 100).Draw(t, "age")), today)
	}
	return l
}

// throughBytes returns a left as it is after being written and read.
func throughBytes(l *left, s shape) (*left, []byte, error) {
	b := l.encode()
	read, err := readLeft(b, s)
	return read, b, err
}

func TestLeftThroughBytes(t *testing.T) {
	s := testShape()
	rapid.Check(t, func(rt *rapid.T) {
		l := drawLeft(rt, s)
		read, b, err := throughBytes(l, s)
		if err != nil {
			rt.Fatal(err)
		}
		if !reflect.DeepEqual(read, l) {
			rt.Fatalf("read\n%+v\nwrote\n%+v", read, l)
		}
		if !bytes.Equal(read.encode(), b) {
			rt.Fatal("equal values have other bytes")
		}
	})
}

// TestDamagedLeft: no byte of a left can be another, missing or one too many.
func TestDamagedLeft(t *testing.T) {
	s := testShape()
	good := rapid.Custom(func(t *rapid.T) *left { return drawLeft(t, s) }).Example(3).encode()
	if _, err := readLeft(good, s); err != nil {
		t.Fatal(err)
	}
	for i := range good {
		b := slices.Clone(good)
		b[i] ^= 1 << (i % 8)
		if _, err := readLeft(b, s); err == nil {
			t.Fatalf("byte %d of %d was another: it was read", i, len(b))
		}
		if _, err := readLeft(good[:i], s); err == nil {
			t.Fatalf("%d of %d bytes were read", i, len(good))
		}
	}
	if _, err := readLeft(append(slices.Clone(good), 0), s); err == nil {
		t.Error("a byte too many was read")
	}
}

// sealed makes a left's bytes of a body, with the sum that belongs to it.
func sealed(body []byte) []byte {
	b := append([]byte{leftVersion}, body...)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// TestForgedLeft: a body that encode does not write is refused although its sum is
// right, and none makes readLeft panic.
func TestForgedLeft(t *testing.T) {
	s := testShape()
	rapid.Check(t, func(rt *rapid.T) {
		good := drawLeft(rt, s).encode()
		body := slices.Clone(good[1 : len(good)-sha256.Size])
		for range rapid.IntRange(1, 3).Draw(rt, "faults") {
			body[rapid.IntRange(0, len(body)-1).Draw(rt, "at")] = rapid.SampledFrom([]byte(`019-"{}[],:aA= n`)).Draw(rt, "byte")
		}
		b := sealed(body)
		if l, err := readLeft(b, s); err == nil && !bytes.Equal(l.encode(), b) {
			rt.Fatalf("read %+v from %s", l, body)
		}
	})
	empty := &left{gl: book.NewGL(s.currencies), positions: make([]book.Positions, s.currencies)}
	good := empty.encode()
	body := string(good[1 : len(good)-sha256.Size])
	if _, err := readLeft(sealed([]byte(body)), s); err != nil {
		t.Fatal(err)
	}
	sum := `"sum":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="`
	for _, c := range [][2]string{
		{`"from":0`, `"from":257`}, {`"from":0`, `"from":-1`}, {`"entries":0`, `"entries":-1`}, {`"suspense":[]`, `"suspense":null`},
		{`"from":0,"partitions":null`, `"from":256,"partitions":[null]`},
		{`"partitions":null`, `"partitions":[[{"space":250,"records":1,` + sum + `}]]`},
		{`"partitions":null`, `"partitions":[[{"space":1,"records":1,"sum":"AA=="}]]`},
		{`"partitions":null`, `"partitions":[[{"space":1,"records":1,` + sum + `},{"space":1,"records":1,` + sum + `}]]`},
		{`"outputs":null`, `"outputs":[{"path":"../x","rows":0,"bytes":0,"sha256":"","totals":null}]`},
		{`"accrued":null`, `"accrued":[{"product":2,"currency":0,"kind":0,"role":1,"amount":1}]`},
		{`"accrued":null`, `"accrued":[{"product":0,"currency":2,"kind":0,"role":1,"amount":1}]`},
		{`"accrued":null`, `"accrued":[{"product":0,"currency":0,"kind":3,"role":1,"amount":1}]`},
		{`"accrued":null`, `"accrued":[{"product":0,"currency":0,"kind":0,"role":1,"amount":0}]`},
		{`"entries":0`, `"entries":0,"more":0`}, {`"tallies":null`, `"tallies":""`},
		{`"tallies":null`, `"tallies":"gQABBAI="`}, // the distance 1 in two bytes
	} {
		forged := bytes.Replace([]byte(body), []byte(c[0]), []byte(c[1]), 1)
		if bytes.Equal(forged, []byte(body)) {
			t.Fatalf("%s has no %s", body, c[0])
		}
		if _, err := readLeft(sealed(forged), s); err == nil {
			t.Errorf("%s was read", c[1])
		}
	}
	other := s
	other.currencies++
	if _, err := readLeft(good, other); err == nil {
		t.Error("a left of two currencies was read on a night of three")
	}
	newer := append([]byte{leftVersion + 1}, body...)
	digest := sha256.Sum256(newer)
	if _, err := readLeft(append(newer, digest[:]...), s); err == nil {
		t.Error("a left of another version was read")
	}
}

// TestPackedTallies: tallies come out of their packing as they went in, and whatever the
// bytes, what comes out is of a file that there is.
func TestPackedTallies(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		files := rapid.IntRange(1, 300).Draw(rt, "files")
		tallies := drawTallies(rt, files)
		want := slices.Clone(tallies)
		packed := packTallies(tallies)
		if !slices.Equal(tallies, make([]tally, files)) {
			rt.Fatal("packed tallies are not cleared")
		}
		got := make([]tally, files)
		if err := packed.each(files, func(file int, t *tally) { got[file].merge(t) }); err != nil {
			rt.Fatal(err)
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("got %v, want %v", got, want)
		}
		damaged := packedTallies(rapid.SliceOfN(rapid.Byte(), 0, 30).Draw(rt, "bytes"))
		last := -1
		_ = damaged.each(files, func(file int, _ *tally) {
			if file <= last || file >= files {
				rt.Fatalf("file %d of %d after %d", file, files, last)
			}
			last = file
		})
	})
}

// TestManyFilesArePacked: 65,000 files with rows in every part stay small.
func TestManyFilesArePacked(t *testing.T) {
	tallies := make([]tally, 65_000)
	for file := range tallies {
		x := measure{rows: 20, amount: 123_456}
		tallies[file] = tally{in: measure{amount: 99}, applied: x}
	}
	if n := len(packTallies(tallies)); n > 10*len(tallies) {
		t.Errorf("tallies of %d files take %d bytes", len(tallies), n)
	}
}

// A closedNight is all that a night came to.
type closedNight struct{ out, book, manifest string }

// closeAll closes nights with a number of workers, in folders of their own.
func closeAll(t *testing.T, l *lender, dates []string, workers int) (nights []closedNight) {
	t.Helper()
	x := *l
	x.o.Book, x.o.Out, x.o.Workers = filepath.Join(l.dir, "b"), filepath.Join(l.dir, "o"), workers
	for _, d := range dates {
		m := *x.close(d).Manifest
		m.Timings = nil
		m.Outputs = slices.DeleteFunc(slices.Clone(m.Outputs), func(o reports.Output) bool { return o.Path == "report.html" })
		text, err := json.Marshal(&m)
		if err != nil {
			t.Fatal(err)
		}
		nights = append(nights, closedNight{digest(t, x.o.Out), contents(t, x.o.Book), string(text)})
	}
	os.RemoveAll(x.o.Book)
	os.RemoveAll(x.o.Out)
	return nights
}

// TestNightThroughBytes: what the parts leave behind does not depend on the workers,
// and the night is the same to the byte where all of it was written and read again.
func TestNightThroughBytes(t *testing.T) {
	manyParts(t)
	l, dates := portfolioLender(t, 3000, 2)
	want := closeAll(t, l, dates, 2)
	t.Cleanup(func() { passLeft = nil })
	var first [][]byte
	for _, workers := range []int{1, 4} {
		var all [][]byte
		passLeft = func(l *left, s shape) error {
			read, b, err := throughBytes(l, s)
			if err != nil {
				return err
			}
			all = append(all, b)
			*l = *read
			return nil
		}
		if got := closeAll(t, l, dates, workers); !slices.Equal(got, want) {
			t.Errorf("%d workers: through bytes the nights are\n%v\nwant\n%v", workers, got, want)
		}
		if len(all) < 4*len(dates) {
			t.Fatalf("the nights had %d parts", len(all))
		}
		if first == nil {
			first = all
		}
		if !slices.EqualFunc(all, first, bytes.Equal) {
			t.Errorf("with %d workers the parts leave other things behind than with one", workers)
		}
	}
}
