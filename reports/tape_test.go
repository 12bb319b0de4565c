package reports

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"daybook/aging"
	"daybook/ledger/civil"
)

// contract returns a passage of docs/formats.md between two texts.
func contract(t *testing.T, from, to string) string {
	t.Helper()
	page, err := os.ReadFile("../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), from)
	passage, _, ended := strings.Cut(rest, to)
	if !ok || !ended {
		t.Fatalf("docs/formats.md has nothing between %q and %q", from, to)
	}
	return passage
}

func TestTapeHasTheColumnsOfTheContract(t *testing.T) {
	var got []string
	for _, c := range testForm().Sheet("loans", testDate).Columns(TapeColumns(testDictionaries(), 2)) {
		if !strings.HasPrefix(c.Name, "cn_") && !strings.HasPrefix(c.Name, "in_") { // those of packs
			got = append(got, c.Name)
		}
	}
	page := regexp.MustCompile(`\([^)]*\)`).ReplaceAllString(contract(t, "\nThe tape: ", ".\n\n"), "")
	want := strings.Fields(strings.ReplaceAll(page, ",", " "))
	if i := slices.Index(want, "to"); i > 0 { // reason_1 to reason_4
		want = slices.Replace(want, i, i+2, "reason_2", "reason_3", "reason_4")
	}
	if !slices.Equal(got, want) {
		t.Errorf("the tape has %v, docs/formats.md says %v", got, want)
	}
}

func TestTapeReadsBack(t *testing.T) {
	d := testDictionaries()
	path := filepath.Join(t.TempDir(), "part-000.parquet")
	w, err := CreateTape(path, Aside{Path: path + ".late"}, testForm(), testDate, d, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := randomFacts(5, 3000)
	if err := w.Write(batchOf(want, d, 2)); err != nil {
		t.Fatal(err)
	}
	o, err := w.Close(nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadTape(path, d)
	if err != nil {
		t.Fatal(err)
	}
	got.PreviousTotal, got.Remaining, got.Band, got.BackstopYears, got.CureEvent, got.ByPayments, got.Rests = want.PreviousTotal, want.Remaining, want.Band, want.BackstopYears, want.CureEvent, want.ByPayments, want.Rests // not published
	copy(got.Amounts[aging.Carrying:aging.Provision], want.Amounts[aging.Carrying:aging.Provision])
	if !reflect.DeepEqual(got, want) {
		t.Error("the tape reads back otherwise than it was written")
	}
	var sum int64
	for _, v := range want.Amounts[aging.TotalOutstanding] {
		sum += v
	}
	if total, ok := o.Total("total_outstanding"); !ok || total != sum {
		t.Errorf("total outstanding %d, want %d", total, sum)
	}
}

func TestTapeBytesAreTheSame(t *testing.T) {
	var sums []string
	for range 2 {
		d := testDictionaries()
		path := filepath.Join(t.TempDir(), "tape.parquet")
		w, err := CreateTape(path, Aside{Path: path + ".late"}, testForm(), testDate, d, 2)
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(3) {
			if err := w.Write(batchOf(randomFacts(seed, 9000), d, 2)); err != nil {
				t.Fatal(err)
			}
		}
		o, err := w.Close(nil)
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, o.SHA256)
	}
	if sums[0] != sums[1] {
		t.Errorf("digests %s and %s", sums[0], sums[1])
	}
}

func TestTapeShowsFactsWithoutACopy(t *testing.T) {
	f, d := smallFacts()
	for _, c := range batchOf(f, d, 3).Tape() {
		switch c.Kind {
		case Amount:
			list := slots(d)
			i := slices.IndexFunc(list, func(s slot) bool { return s.name == c.Name })
			if &c.Ints[0] != &f.Amounts[list[i].index][0] || c.Digits != 3 {
				t.Errorf("%s was copied, or has %d digits", c.Name, c.Digits)
			}
		case Text:
			if len(c.Texts.Data) == 0 {
				t.Errorf("%s has no text", c.Name)
			}
		}
	}
}

func TestWriterRefusesWhatTheColumnsDoNotAllow(t *testing.T) {
	for name, c := range map[string]struct{ file, batch Column }{
		"code outside the dictionary": {
			Column{Name: "c", Kind: Coded, Names: aging.Dictionary{"a"}}, Column{Kind: Coded, Codes: []uint16{1}}},
		"null where none may be": {
			Column{Name: "c", Kind: Coded, Names: aging.Dictionary{"a"}}, Column{Kind: Coded, Codes: []uint16{aging.NoCode}}},
		"amount of 19 digits": {Column{Name: "a", Kind: Amount}, Column{Kind: Amount, Ints: []int64{1e18}}},
		"other kind":          {Column{Name: "c", Kind: Count}, Column{Kind: Date, Days: []civil.Date{1}}},
	} {
		path := filepath.Join(t.TempDir(), "x.parquet")
		w, err := CreateParquet(path, []Column{c.file})
		if err != nil {
			t.Fatal(err)
		}
		err = w.Write([]Column{c.batch})
		if err == nil {
			_, err = w.Close()
		} else {
			w.Abort()
		}
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: the file was left", name)
		}
	}
}

func TestScoresAreTheLoansThatMoved(t *testing.T) {
	f, d := smallFacts()
	path := filepath.Join(t.TempDir(), "scores.parquet")
	w, err := CreateScores(path, testForm(), testDate, d)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(f); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	table, err := ReadParquet(path)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "score_adjustments.csv", tableText(t, table))
}
