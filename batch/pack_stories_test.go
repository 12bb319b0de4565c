package batch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/batch/book"
	"daybook/batch/lookup"
	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/reports"
)

// A packStory is a story of testdata/pack-stories; its README has the format.
type packStory struct {
	Name        string
	Nights      []string
	Loans       []map[string]any
	Repayments  []map[string]any
	Adjustments []map[string]any
	Flags       []map[string]any
	Expected    []map[string]any
}

// packStoryPolicy is the policy of all stories.
const packStoryPolicy = `
format_version: 1
jurisdiction: none
currencies: [CNY, USD]
aging:
  materiality: {share: 0.01}
products:
  default: {}
  card: {card: true, attributes: [open_end]}
  home: {attributes: [secured, home, home_secured]}
  business: {attributes: [non_retail]}
packs: [cn, ifrs9, eu, us, in]
provisions: {post: cn, when: nightly}
`

// stories reads the worked stories of a folder of testdata.
func stories[T any](t testing.TB, folder string) (list []T) {
	t.Helper()
	paths, err := filepath.Glob("../testdata/" + folder + "/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatal("no stories", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var s T
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		if err := d.Decode(&s); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		list = append(list, s)
	}
	return list
}

// arriving returns the rows that a night brings.
func arriving(rows []map[string]any, night string) (list []map[string]any) {
	for _, r := range rows {
		if r["arrives_on"] == night {
			one := map[string]any{}
			for k, v := range r {
				if k != "arrives_on" && k != "schedule" {
					one[k] = v
				}
			}
			list = append(list, one)
		}
	}
	return list
}

// deliver writes the inbox of a night.
func (s *packStory) deliver(t testing.TB, l *lender, night string) {
	t.Helper()
	currency := map[any]any{}
	for _, r := range s.Loans {
		currency[r["loan_id"]] = r["currency"]
	}
	repayments := arriving(s.Repayments, night)
	for _, r := range repayments {
		r["currency"] = currency[r["loan_id"]]
	}
	var lines []map[string]any
	for _, r := range s.Adjustments {
		plan, _ := r["schedule"].([]any)
		if r["arrives_on"] != night {
			continue
		}
		for i, x := range plan {
			line := x.(map[string]any)
			lines = append(lines, map[string]any{
				"loan_id": r["loan_id"], "number": json.Number(fmt.Sprint(i + 1)), "due_on": line["due_on"], "principal": line["principal"], "interest": "0.00",
			})
		}
	}
	dir := l.in(night)
	if rows := arriving(s.Loans, night); len(rows) > 0 {
		write(t, dir, "loans", cqFillAll[loanFile](t, rows))
	}
	if len(repayments) > 0 {
		write(t, dir, "repayments", cqFillAll[repaymentFile](t, repayments))
	}
	if rows := arriving(s.Adjustments, night); len(rows) > 0 {
		write(t, dir, "adjustments", cqFillAll[adjustmentFile](t, rows))
	}
	if len(lines) > 0 {
		write(t, dir, "schedules", cqFillAll[scheduleFile](t, lines))
	}
	if rows := arriving(s.Flags, night); len(rows) > 0 {
		write(t, dir, "flags", cqFillAll[flagFile](t, rows))
	}
}

// compare holds a tape to what the story expects of a night.
func (s *packStory) compare(t *testing.T, night string, tape map[string]map[string]string) {
	t.Helper()
	check := func(id, column string, want any) {
		text := ""
		if want != nil {
			text = fmt.Sprint(want)
		}
		if got, has := tape[id][column]; got != text || !has {
			t.Errorf("%s: %s of %s is %q (there: %t), want %q", night, column, id, got, has, text)
		}
	}
	for _, want := range s.Expected {
		if want["night"] != night {
			continue
		}
		id := want["loan"].(string)
		status := tape[id]["status"]
		for key, v := range want {
			of, isPack := v.(map[string]any)
			switch {
			case key == "night" || key == "loan":
			case isPack:
				for column, w := range of {
					check(id, key+"_"+column, w)
				}
			case status != "active" && key != "status" && key != "total_outstanding":
			default:
				check(id, key, v)
			}
		}
	}
}

// TestPackStories closes the nights of each story and compares the tape: every edge is closed
// the night before and on it.
func TestPackStories(t *testing.T) {
	for _, story := range stories[packStory](t, "pack-stories") {
		t.Run(story.Name, func(t *testing.T) {
			t.Parallel()
			l := newLender(t)
			l.policy(packStoryPolicy)
			for _, night := range story.Nights {
				story.deliver(t, l, night)
				l.close(night)
				l.o.Policy = nil
				if rejects := l.rejects(night); len(rejects) > 0 {
					t.Errorf("%s: rows are rejected: %v", night, rejects)
				}
				story.compare(t, night, l.tape(night))
			}
			verifySilent(t, l)
			publishedAgain(t, l, story.Nights[len(story.Nights)-1])
		})
	}
}

// publishedAgain publishes the last night out of the book: the bytes are the same, and so is
// the tape that is exported.
func publishedAgain(t *testing.T, l *lender, night string) {
	t.Helper()
	b := openRead(t, l)
	again := filepath.Join(l.dir, "again")
	if _, err := publish.Report(t.Context(), b, publish.ReportOptions{Out: again, Date: civil.None, Workers: 2}); err != nil {
		t.Fatal(err)
	}
	if got, want := digest(t, filepath.Join(again, night)), digest(t, filepath.Join(l.o.Out, night)); got != want {
		t.Errorf("published again: %v", differing(got, want))
	}
	view, err := book.At(b, civil.None)
	if err != nil {
		t.Fatal(err)
	}
	tape := l.tape(night)
	r := &lookup.Reader{View: view}
	err = r.EachTape(t.Context(), func(columns []reports.Column) error {
		for i := range columns[0].Len() {
			row := map[string]string{}
			for c := range columns {
				row[columns[c].Name] = string(columns[c].AppendValue(nil, i))
			}
			for name, text := range row {
				if want := tape[row["loan_id"]][name]; text != want {
					t.Errorf("exported: %s of %s is %q, the tape has %q", name, row["loan_id"], text, want)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// only leaves of what a story expects the columns of some packs, and those of no pack.
func (s *packStory) only(packs ...string) *packStory {
	x := *s
	x.Expected = nil
	for _, want := range s.Expected {
		row := map[string]any{}
		for key, v := range want {
			if _, isPack := v.(map[string]any); !isPack || slices.Contains(packs, key) {
				row[key] = v
			}
		}
		x.Expected = append(x.Expected, row)
	}
	return &x
}

// TestPacksAloneAreAsTogether: a policy with one pack has the same columns of it as one with
// all.
func TestPacksAloneAreAsTogether(t *testing.T) {
	for _, story := range stories[packStory](t, "pack-stories") {
		for _, pack := range []string{"cn", "ifrs9", "eu", "us", "in"} {
			if story.Name != "us-flags" && (story.Name != "india-borrower" || pack != "in") {
				continue // these have flags, several loans of a borrower and contagion
			}
			t.Run(story.Name+"/"+pack, func(t *testing.T) {
				t.Parallel()
				alone := story.only(pack)
				l := newLender(t)
				yaml := strings.Replace(packStoryPolicy, "[cn, ifrs9, eu, us, in]", "["+pack+"]", 1)
				l.policy(strings.Replace(yaml, "provisions: {post: cn, when: nightly}\n", "", 1))
				for _, night := range story.Nights {
					alone.deliver(t, l, night)
					l.close(night)
					l.o.Policy = nil
					alone.compare(t, night, l.tape(night))
				}
			})
		}
	}
}

// TestPacksDoNotAskWhichNightsClosed: of every second night that is not closed the files come
// with the next one, and classes, holds and counters are the same. A borrower's holds look at
// closes, so that the pack in is left out.
func TestPacksDoNotAskWhichNightsClosed(t *testing.T) {
	for _, story := range stories[packStory](t, "pack-stories") {
		t.Run(story.Name, func(t *testing.T) {
			t.Parallel()
			kept := story.only("cn", "ifrs9", "eu", "us")
			for _, rows := range []*[]map[string]any{&kept.Loans, &kept.Repayments, &kept.Adjustments, &kept.Flags} {
				*rows = slices.Clone(*rows)
				for i, r := range *rows {
					r = maps.Clone(r)
					if at := slices.Index(story.Nights, r["arrives_on"].(string)); at%2 == 0 && at+1 < len(story.Nights) {
						r["arrives_on"] = story.Nights[at+1]
					}
					(*rows)[i] = r
				}
			}
			l := newLender(t)
			l.policy(packStoryPolicy)
			for i, night := range story.Nights {
				if i%2 == 0 && i+1 < len(story.Nights) {
					continue
				}
				kept.deliver(t, l, night)
				l.close(night)
				l.o.Policy = nil
				kept.compare(t, night, l.tape(night))
			}
			verifySilent(t, l)
		})
	}
}

// TestPackThatIsNewIsRightOnItsFirstNight: a book that classified by tiers gets packs in the
// middle of each story; from then on what they say is what they say of a book that had them
// from the beginning. A borrower's holds begin that night, so that the pack in is left out.
func TestPackThatIsNewIsRightOnItsFirstNight(t *testing.T) {
	tiers, _, _ := strings.Cut(packStoryPolicy, "packs: [")
	for _, story := range stories[packStory](t, "pack-stories") {
		t.Run(story.Name, func(t *testing.T) {
			t.Parallel()
			kept := story.only("cn", "ifrs9", "eu", "us")
			l := newLender(t)
			l.policy(tiers + "classification: {non_performing_from: substandard}\n")
			from := len(story.Nights) / 2
			for i, night := range story.Nights {
				if i == from {
					l.policy(packStoryPolicy)
				}
				kept.deliver(t, l, night)
				l.close(night)
				l.o.Policy = nil
				if i >= from {
					kept.compare(t, night, l.tape(night))
				}
			}
			verifySilent(t, l)
		})
	}
}
