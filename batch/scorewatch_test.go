package batch

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A scoreYear is what tapes say of the monitoring of scores.
type scoreYear struct {
	*tablesYear
	reference map[string][]int            // scores of each segment on the night that is the reference
	told      map[string]map[string]watch // the rows of the year that was over last, by segment
}

type watch struct {
	value        float64
	n, reference int64
}

var watchSegments = []string{"all", "default", "card", "home", "business"}

// segmentOf reports whether a loan is of a segment: "CNY card" or "CNY all".
func segmentOf(row map[string]string, segment string) bool {
	currency, product, _ := strings.Cut(segment, " ")
	return row["currency"] == currency && (product == "all" || row["product"] == product)
}

// want is what the table says of a night, by segment and measure.
func (x *scoreYear) want(date string) map[string]watch {
	want := map[string]watch{}
	night := len(x.tapes) - 1
	takes := day(x.t, date).MonthEnd() == day(x.t, date) || night > 0 && x.monthEnds(date)
	for _, currency := range tablesCurrencies {
		for _, s := range watchSegments {
			segment := currency + " " + s
			var scores []int
			each(x.tapes[night], func(row map[string]string) {
				if segmentOf(row, segment) {
					scores = append(scores, numberOf(x.t, row["score"]))
				}
			})
			slices.Sort(scores)
			if takes && len(x.reference[segment]) == 0 && !x.taken() {
				x.reference[segment] = scores
			}
		}
	}
	for _, currency := range tablesCurrencies {
		for _, s := range watchSegments {
			segment := currency + " " + s
			old := x.reference[segment]
			if len(old) == 0 {
				continue
			}
			var scores []int
			each(x.tapes[night], func(row map[string]string) {
				if segmentOf(row, segment) {
					scores = append(scores, numberOf(x.t, row["score"]))
				}
			})
			want[segment+" psi"] = watch{psiOf(scores, old), int64(len(scores)), int64(len(old))}
		}
	}
	if outcomes := x.outcomes(date); outcomes != nil {
		x.told["rows"] = outcomes
	}
	for key, w := range x.told["rows"] {
		want[key] = w
	}
	return want
}

// taken reports whether a night before this one was the reference.
func (x *scoreYear) taken() bool { return x.told["taken"] != nil }

// psiOf reckons the index as its definition has it.
func psiOf(now, reference []int) (sum float64) {
	var edges []int
	for k := 1; k < 10; k++ {
		for i, s := range reference { // ascending
			if last := i == len(reference)-1 || reference[i+1] != s; last && (i+1)*10 >= k*len(reference) {
				edges = append(edges, s)
				break
			}
		}
	}
	bins := func(list []int) (counts [10]float64) {
		for _, s := range list {
			bin := 0
			for bin < 9 && s > edges[bin] {
				bin++
			}
			counts[bin]++
		}
		return counts
	}
	a, e := bins(now), bins(reference)
	for k := range a {
		x, y := (a[k]+0.5)/(float64(len(now))+5), (e[k]+0.5)/(float64(len(reference))+5)
		sum += (x - y) * math.Log(x/y)
	}
	return sum
}

// outcomes are the rows of a year that is over since the last close: how loans went that were on the book at the last
// close of a month, in the twelve months after it.
func (x *scoreYear) outcomes(date string) map[string]watch {
	night := len(x.tapes) - 1
	if night == 0 || x.nights[night-1][:7] == date[:7] {
		return nil // it is not the first close of a month
	}
	month := func(date string) int {
		y, _ := strconv.Atoi(date[:4])
		m, _ := strconv.Atoi(date[5:7])
		return 12*y + m
	}
	base := month(x.nights[night-1])
	seen := -1
	for i := range night {
		if month(x.nights[i]) == base-12 {
			seen = i
		}
	}
	if seen < 0 {
		return nil
	}
	bad := map[string]bool{}
	for i := seen + 1; i < night; i++ {
		for id, row := range x.tapes[i] {
			if row["status"] == "charged_off" || row["status"] == "written_off" || numberOf(x.t, row["days_past_due"]) >= 90 {
				bad[id] = true
			}
		}
	}
	rows := map[string]watch{}
	for _, currency := range tablesCurrencies {
		for _, s := range watchSegments {
			segment := currency + " " + s
			var goods, bads []int
			each(x.tapes[seen], func(row map[string]string) {
				if !segmentOf(row, segment) {
					return
				}
				if score := numberOf(x.t, row["score"]); bad[row["loan_id"]] {
					bads = append(bads, score)
				} else {
					goods = append(goods, score)
				}
			})
			if len(goods)+len(bads) == 0 {
				continue
			}
			ks, gini := math.NaN(), math.NaN()
			if len(goods) > 0 && len(bads) > 0 {
				ks, gini = 0, 0
				for _, at := range append(slices.Clone(goods), bads...) {
					below := func(list []int) (n int) {
						for _, s := range list {
							if s <= at {
								n++
							}
						}
						return n
					}
					ks = max(ks, math.Abs(float64(below(bads))/float64(len(bads))-float64(below(goods))/float64(len(goods))))
				}
				for _, g := range goods {
					for _, b := range bads {
						switch {
						case g > b:
							gini++
						case g < b:
							gini--
						}
					}
				}
				gini /= float64(len(goods) * len(bads))
			}
			n := int64(len(goods) + len(bads))
			rows[segment+" ks"], rows[segment+" gini"] = watch{ks, n, int64(len(bads))}, watch{gini, n, int64(len(bads))}
		}
	}
	return rows
}

// TestScoresAreWatched: score_monitoring of each night of two years is what the tapes say.
func TestScoresAreWatched(t *testing.T) {
	t.Parallel()
	x := &scoreYear{tablesYear: makeTablesYear(t, 5, 60, 52), reference: map[string][]int{}, told: map[string]map[string]watch{}}
	x.policy(strings.Replace(tablesPolicy, "reports: {monthly: [pboc, metro2]", "score: {monitoring: {}, points: {installment_on_time: 7, installment_over_7_days_late: -9}}\nreports: {monthly: [pboc, metro2]", 1))
	seen := map[string]int{}
	for _, date := range x.nights {
		x.close(date)
		x.o.Policy = nil
		x.tapes = append(x.tapes, x.tape(date))
		want := x.want(date)
		if len(x.reference) > 0 && !x.taken() {
			for _, scores := range x.reference {
				if len(scores) > 0 {
					x.told["taken"] = map[string]watch{}
				}
			}
		}
		got := x.table(date, "regulatory/score_monitoring.parquet")
		for _, row := range got {
			key := row["currency"] + " " + row["segment"] + " " + row["measure"]
			w, is := want[key]
			if !is {
				t.Fatalf("%s: %s is there", date, key)
			}
			delete(want, key)
			value, err := strconv.ParseFloat(row["value"], 64)
			if err != nil {
				value = math.NaN()
			}
			if math.IsNaN(value) != math.IsNaN(w.value) || math.Abs(value-w.value) > 6e-7 || row["n"] != fmt.Sprint(w.n) || row["reference_n"] != fmt.Sprint(w.reference) {
				t.Fatalf("%s: %s is %v, want %v", date, key, row, w)
			}
			state := ""
			if row["measure"] == "psi" {
				state = []string{"steady", "watch", "act"}[min(int(value/0.1), 1)]
				if value >= 0.25 {
					state = "act"
				}
			}
			if row["state"] != state {
				t.Errorf("%s: %s has the state %q, want %q", date, key, row["state"], state)
			}
			seen[row["measure"]+" "+row["state"]]++
		}
		for key, w := range want {
			t.Fatalf("%s: %s is not there, want %v", date, key, w)
		}
	}
	for _, what := range []string{"psi steady", "psi watch", "psi act", "ks ", "gini "} {
		if seen[what] < 20 {
			t.Errorf("%s was there %d times: the nights do not try it: %v", what, seen[what], seen)
		}
	}
}
