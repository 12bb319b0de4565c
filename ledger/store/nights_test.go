package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"daybook/ledger/civil"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// nightsBook closes nights, some days apart, in a book and returns their dates.
func nightsBook(t *testing.T, b *Book, first civil.Date, count int) (nights []civil.Date) {
	r := rand.New(rand.NewPCG(1, uint64(count)))
	for d := first; len(nights) < count; d += 1 + civil.Date(r.IntN(3)) {
		n := begin(t, b, d)
		if err := errors.Join(n.PutSmall('g', "v", []byte("value")), n.PutNight([]byte("night")), n.Commit()); err != nil {
			t.Fatal(err)
		}
		nights = append(nights, d)
	}
	return nights
}

// TestNightsAreFound: each way to ask for nights answers as a list of them does, for each day
// from before the first to after the last, of before 1970 too.
func TestNightsAreFound(t *testing.T) {
	for _, count := range []int{0, 1, 2, 40} {
		b := memBook(t)
		nights := nightsBook(t, b, -20, count)
		of := func(list []civil.Date, last bool) civil.Date {
			switch {
			case len(list) == 0:
				return civil.None
			case last:
				return list[len(list)-1]
			}
			return list[0]
		}
		is := func(what string, want, got any, err error) {
			if err != nil || fmt.Sprint(want) != fmt.Sprint(got) {
				t.Errorf("%d nights: %s is %v, %v, want %v", count, what, got, err, want)
			}
		}
		all, err := b.Nights()
		is("the list", nights, all, err)
		first, err := b.FirstNight()
		is("the first night", of(nights, false), first, err)
		last, err := b.LastNight()
		is("the last night", of(nights, true), last, err)
		for k := range count + 2 {
			some, err := b.LastNights(k)
			is(fmt.Sprintf("the last %d", k), nights[max(0, count-k):], some, err)
		}
		for d := civil.Date(-25); d < 65; d++ {
			has, err := b.HasNight(d)
			is(fmt.Sprint(d, " is there"), slices.Contains(nights, d), has, err)
			at, _ := slices.BinarySearch(nights, d)
			after, _ := slices.BinarySearch(nights, d+1)
			from, err := b.NightFrom(d)
			is(fmt.Sprint("from ", d), of(nights[at:], false), from, err)
			through, err := b.NightThrough(d)
			is(fmt.Sprint("through ", d), of(nights[:after], true), through, err)
			for e := d - 2; e < 65; e += 7 {
				end, _ := slices.BinarySearch(nights, e+1)
				in, err := b.NightsIn(d, e)
				is(fmt.Sprintf("in %s to %s", d, e), nights[at:max(at, end)], in, err)
			}
		}
		for _, d := range []civil.Date{firstDay, lastDay} {
			if has, err := b.HasNight(d); has || err != nil {
				t.Errorf("the book has a night %d: %v", d, err)
			}
		}
	}
}

// TestOneNightIsFoundInFewTables: what asks for one night opens as many tables in a book of
// many nights as in one of few.
func TestOneNightIsFoundInFewTables(t *testing.T) {
	const few = 3
	for _, count := range []int{4, 120} {
		disk := vfs.NewMem()
		b, err := Create("book", Options{FS: disk})
		if err != nil {
			t.Fatal(err)
		}
		nights := nightsBook(t, b, 100, count)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		last := nights[count-1]
		for what, ask := range map[string]func(b *Book) (civil.Date, error){
			"the first":     (*Book).FirstNight,
			"the last":      (*Book).LastNight,
			"a night":       func(b *Book) (civil.Date, error) { is, err := b.HasNight(nights[1]); return truth(is), err },
			"none":          func(b *Book) (civil.Date, error) { is, err := b.HasNight(last + 1); return truth(!is), err },
			"from a day":    func(b *Book) (civil.Date, error) { return b.NightFrom(nights[1] + 1) },
			"through a day": func(b *Book) (civil.Date, error) { return b.NightThrough(nights[2] - 1) },
			"the last two":  func(b *Book) (civil.Date, error) { list, err := b.LastNights(2); return truth(len(list) == 2), err },
			"those of a day": func(b *Book) (civil.Date, error) {
				list, err := b.NightsIn(last, last)
				return truth(len(list) == 1), err
			},
			"its record": func(b *Book) (civil.Date, error) { _, is, err := b.Night(nights[2]); return truth(is), err },
		} {
			var opened atomic.Int64
			counted := errorfs.InjectorFunc(func(op errorfs.Op) error {
				if op.Kind == errorfs.OpOpen && strings.HasSuffix(op.Path, ".sst") {
					opened.Add(1)
				}
				return nil
			})
			b, err := OpenReadOnly("book", Options{FS: errorfs.Wrap(disk, counted)})
			if err != nil {
				t.Fatal(err)
			}
			before := opened.Load()
			found, err := ask(b)
			if err = errors.Join(err, b.Close()); err != nil || found == civil.None {
				t.Errorf("%d nights: %s: %v, %v", count, what, found, err)
			}
			if n := opened.Load() - before; n > few {
				t.Errorf("%d nights: %s opened %d tables, more than %d", count, what, n, few)
			}
			if before > few {
				t.Errorf("%d nights: to open the book opened %d tables, more than %d", count, before, few)
			}
		}
	}
}

// truth is a date where something holds, and none where it doesn't.
func truth(is bool) civil.Date {
	if is {
		return 1
	}
	return civil.None
}
