package batch

import (
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// The model of the packs: written from the contract alone (regulatory.md, sections 2 to 5),
// in maps as the YAML has them, with every day of a life walked from its first and nothing
// kept. It shares no rule with the engine. What it reads of a loan is a pmLife: figures of
// each day, from the naive arithmetic (packmodel_loan_test.go) or from anyone.

// pmNone is a date that there is none of.
const pmNone = int32(-1 << 30)

// A pmDay is a loan at the close of one day.
type pmDay struct {
	dpd, delinquent                      int32
	unpaidDue                            bool // an instalment due on or before the day is not wholly met
	lateDue                              bool // the day is a due date, and its instalment is not wholly met
	met                                  bool // nothing is left to pay, now or later
	pastDue, principal, total, suspended int64
	status                               string
	dues                                 []pmDue // of the terms in force, fallen due or not
}

// A pmDue is a due date, and what of its principal, and of all of it, is unpaid.
type pmDue struct {
	on               int32
	principal, whole int64
}

// A pmMeasure is a restructuring that counts.
type pmMeasure struct{ on, firstDue int32 }

// A pmFlag holds on [from, until); until is pmNone where it is open.
type pmFlag struct {
	name        string
	from, until int32
}

func (f *pmFlag) on(t int32) bool { return f.from <= t && (f.until == pmNone || t < f.until) }

// A pmLife is all that the packs ask of a loan, as known tonight.
type pmLife struct {
	id, borrower, product, currency string
	disbursed, firstDue             int32
	rate9                           int64 // of the contract, times 10⁹
	score                           int64
	days                            []pmDay // from disbursed on
	measures                        []pmMeasure
	flags                           []pmFlag // of the loan and of its borrower
}

func (l *pmLife) day(t int32) *pmDay { return &l.days[t-l.disbursed] }

// measure returns the last measure up to a day, and whether there is one.
func (l *pmLife) measure(t int32) (last pmMeasure, is bool) {
	for _, m := range l.measures {
		if m.on <= t && (!is || m.on >= last.on) {
			last, is = m, true
		}
	}
	return last, is
}

// A pmPolicy is what of the policy the packs ask for.
type pmPolicy struct {
	packs      []*pmPack
	post, when string // when is nightly, or month_end
	share      *big.Rat
	amount     map[string]int64 // of materiality, by currency
	attributes map[string][]string
	currencies []string
}

// A pmPack is a pack's file, as it stands.
type pmPack struct {
	name    string
	file    map[string]any
	classes []string
	bad     map[string]bool // classes that are non-performing
	holds   []map[string]any
}

func pmReadPack(t testing.TB, path string) *pmPack {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p := &pmPack{bad: map[string]bool{}}
	if err := yaml.Unmarshal(data, &p.file); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	p.name = p.file["pack"].(string)
	for _, c := range pmMaps(p.file["classes"]) {
		name := fmt.Sprint(c["name"])
		p.classes = append(p.classes, name)
		p.bad[name] = c["non_performing"] == true
	}
	p.holds = pmMaps(p.file["holds"])
	return p
}

// pmPacks reads built-in packs.
func pmPacks(t testing.TB, names ...string) (list []*pmPack) {
	t.Helper()
	for _, name := range names {
		list = append(list, pmReadPack(t, filepath.Join("policy", "packs", name+".yaml")))
	}
	return list
}

func pmMap(v any) map[string]any {
	if v == nil {
		return nil
	}
	return v.(map[string]any)
}

func pmMaps(v any) (list []map[string]any) {
	if v == nil {
		return nil
	}
	for _, x := range v.([]any) {
		list = append(list, pmMap(x))
	}
	return list
}

// pmWords is a word or a list of words.
func pmWords(v any) (words []string) {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		for _, x := range v {
			words = append(words, fmt.Sprint(x))
		}
		return words
	default:
		return []string{fmt.Sprint(v)}
	}
}

// pmRat is a number of the file, exactly as it is written.
func pmRat(v any) *big.Rat {
	text := fmt.Sprint(v)
	if f, is := v.(float64); is {
		text = strconv.FormatFloat(f, 'f', -1, 64)
	}
	x, ok := new(big.Rat).SetString(text)
	if !ok {
		panic("no number: " + text)
	}
	return x
}

// pmDate reads a date of the file.
func pmDate(v any) int32 {
	var y, m, d int
	if _, err := fmt.Sscanf(fmt.Sprint(v), "%d-%d-%d", &y, &m, &d); err != nil {
		panic(fmt.Sprint("no date: ", v))
	}
	return pmYMD(y, m, d)
}

func (p *pmPack) indexOf(hold string) int {
	i := slices.IndexFunc(p.holds, func(h map[string]any) bool { return h["name"] == hold })
	if i < 0 {
		panic("no hold " + hold)
	}
	return i
}

func (p *pmPack) borrowerWide(hold int) bool { return p.holds[hold]["scope"] == "borrower" }

// rank is a class's place, the best first.
func (p *pmPack) rank(class string) int { return slices.Index(p.classes, class) }

// A pmHold is what a hold is on a day.
type pmHold struct {
	active              bool
	entered, last, left int32
}

var pmFree = pmHold{entered: pmNone, last: pmNone, left: pmNone}

// A pmView is what a condition sees: a loan on a day, and the holds of a pack.
type pmView struct {
	policy    *pmPolicy
	pack      *pmPack
	life      *pmLife
	t         int32
	hold      int // whose condition it is; that of none sees all holds as of the day
	today     []pmHold
	yesterday []pmHold
	class     string
}

// state is the hold of a name as the condition sees it.
func (v *pmView) state(name string) pmHold {
	i := v.pack.indexOf(name)
	if v.hold < len(v.pack.holds) && v.pack.borrowerWide(i) && i != v.hold {
		panic("what a hold of one loan sees of a borrower's, the contract does not say")
	}
	if i >= v.hold {
		return v.yesterday[i]
	}
	return v.today[i]
}

// all reports whether all keys of a map hold.
func (v *pmView) all(c map[string]any) bool {
	for key, x := range c {
		if !v.one(c, key, x) {
			return false
		}
	}
	return true
}

// anyOf: a list of maps is "any of"; so is one map alone.
func (v *pmView) anyOf(x any) bool {
	if m, is := x.(map[string]any); is {
		return v.all(m)
	}
	return slices.ContainsFunc(pmMaps(x), v.all)
}

func (v *pmView) one(c map[string]any, key string, x any) bool {
	l, d := v.life, v.life.day(v.t)
	measure, measured := l.measure(v.t)
	switch key {
	case "days_past_due":
		return pmCompare(x, int64(d.dpd))
	case "delinquent_days":
		return pmCompare(x, int64(d.delinquent))
	case "material_days":
		return pmCompare(x, v.policy.materialDays(l, v.t))
	case "months_on_book":
		return pmCompare(x, pmWholeMonths(l.disbursed, v.t))
	case "score":
		return pmCompare(x, l.score)
	case "unpaid_due":
		return d.unpaidDue == x.(bool)
	case "measure":
		return slices.ContainsFunc(l.measures, func(m pmMeasure) bool { return m.on == v.t }) == x.(bool)
	case "restructured":
		return measured == x.(bool)
	case "measure_in_hold":
		self := v.yesterday[v.hold]
		return (self.active && measured && measure.on >= self.entered) == x.(bool)
	case "flag":
		return v.flag(pmWords(x), c["flag_days"])
	case "attribute":
		return pmAnyOf(pmWords(x), v.policy.attributes[l.product]...)
	case "product":
		return pmAnyOf(pmWords(x), l.product)
	case "bucket":
		return pmAnyOf(pmWords(x), pmBucket(d.delinquent))
	case "class":
		return pmAnyOf(pmWords(x), v.class)
	case "hold":
		return slices.ContainsFunc(pmWords(x), func(name string) bool { return v.held(name, c["hold_months"]) })
	case "holds":
		return !slices.ContainsFunc(pmWords(x), func(name string) bool { return !v.held(name, c["hold_months"]) })
	case "flag_days", "hold_months": // with flag, hold and holds
		return true
	case "not":
		return !v.all(pmMap(x))
	}
	panic("no condition " + key)
}

func pmAnyOf(words []string, of ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(of, w) })
}

// flag: any of the flags holds; with days, so long since the earliest of those that hold.
func (v *pmView) flag(names []string, days any) bool {
	first := pmNone
	for i := range v.life.flags {
		if f := &v.life.flags[i]; slices.Contains(names, f.name) && f.on(v.t) && (first == pmNone || f.from < first) {
			first = f.from
		}
	}
	return first != pmNone && (days == nil || pmCompare(days, int64(v.t-first)))
}

// held: the hold is active, with months for so long.
func (v *pmView) held(name string, months any) bool {
	h := v.state(name)
	if !h.active || months == nil {
		return h.active
	}
	op, n := pmOp(months.(string))
	on := pmAddMonths(h.entered, int(n))
	switch op {
	case ">":
		return v.t > on
	case ">=":
		return v.t >= on
	}
	panic("the contract has no hold_months " + months.(string))
}

func pmOp(text string) (op string, n int64) {
	op, number, _ := strings.Cut(text, " ")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		panic("no comparison: " + text)
	}
	return op, n
}

// pmCompare: "> 90", ">= 90", "< 5", "<= 5", "= 0", "1..7"; several joined by commas.
func pmCompare(x any, n int64) bool {
	for _, text := range strings.Split(x.(string), ",") {
		text = strings.TrimSpace(text)
		if low, high, is := strings.Cut(text, ".."); is {
			a, err1 := strconv.ParseInt(low, 10, 64)
			b, err2 := strconv.ParseInt(high, 10, 64)
			if err1 != nil || err2 != nil {
				panic("no range: " + text)
			}
			if n < a || n > b {
				return false
			}
			continue
		}
		op, m := pmOp(text)
		holds, known := map[string]bool{">": n > m, ">=": n >= m, "<": n < m, "<=": n <= m, "=": n == m}[op]
		if !known {
			panic("no comparison: " + text)
		}
		if !holds {
			return false
		}
	}
	return true
}

// A pmWalk is a pack's holds after a life, and the days on which what enters a hold of a
// borrower held for the loan.
type pmWalk struct {
	holds, yesterday []pmHold
	entered          map[int][]int32 // by hold
}

// walk runs the holds of a pack from the disbursement to a day. Those of borrowers are
// looked at on closes, and left as they are here.
func (m *pmPolicy) walk(p *pmPack, l *pmLife, until int32) *pmWalk {
	w := &pmWalk{entered: map[int][]int32{}}
	for range p.holds {
		w.holds = append(w.holds, pmFree)
	}
	for t := l.disbursed; t <= until; t++ {
		w.yesterday = slices.Clone(w.holds)
		v := &pmView{policy: m, pack: p, life: l, t: t, today: w.holds, yesterday: w.yesterday}
		for i, h := range p.holds {
			v.hold = i
			enters := v.anyOf(h["enter"])
			if p.borrowerWide(i) {
				if enters {
					w.entered[i] = append(w.entered[i], t)
				}
				continue
			}
			s := &w.holds[i]
			switch {
			case enters:
				s.last = t
				if !s.active {
					s.active, s.entered = true, t
				}
			case s.active && v.ends(h, *s):
				s.active, s.left = false, t
			}
		}
	}
	return w
}

// ends: the first alternative whose applies holds has its when true, and its time is over.
func (v *pmView) ends(h map[string]any, s pmHold) bool {
	for _, u := range pmMaps(h["until"]) {
		if !v.all(pmMap(u["applies"])) {
			continue
		}
		return v.all(pmMap(u["when"])) && v.over(u, s)
	}
	return false
}

// over: t ≥ E.
func (v *pmView) over(u map[string]any, s pmHold) bool {
	from := pmNone
	for _, word := range pmWords(u["from"]) {
		from = max(from, v.from(word, s))
	}
	if from == pmNone {
		return true
	}
	end := from
	if n := u["months"]; n != nil {
		end = max(end, pmAddMonths(from, int(pmInt(n))))
	}
	if n := u["days"]; n != nil {
		end = max(end, from+int32(pmInt(n)))
	}
	if n := u["periods"]; n != nil {
		var after []int32
		for _, d := range v.life.day(v.t).dues {
			if d.on > from {
				after = append(after, d.on)
			}
		}
		slices.Sort(after)
		after = slices.Compact(after)
		if k := min(int(pmInt(n)), len(after)); k > 0 {
			end = max(end, after[k-1])
		}
	}
	return v.t >= end
}

func pmInt(v any) int64 {
	x := pmRat(v)
	if !x.IsInt() {
		panic("no whole number: " + x.String())
	}
	return x.Num().Int64()
}

// from is a day that a hold's end counts from, or pmNone where there is none.
func (v *pmView) from(word string, s pmHold) int32 {
	l := v.life
	measure, measured := l.measure(v.t)
	if name, is := strings.CutPrefix(word, "left:"); is {
		return v.state(name).left
	}
	switch word {
	case "quiet":
		return s.last + 1
	case "clean":
		if l.day(v.t).dpd > 0 {
			return v.t + 1
		}
		return l.cleanSince(v.t)
	case "entered":
		return s.entered
	case "measure":
		if measured {
			return measure.on
		}
		return pmNone
	case "measure_first_due":
		if measured {
			return measure.firstDue
		}
		return pmNone
	case "last_late_due":
		for d := v.t - 1; d >= l.disbursed; d-- {
			if l.day(d).lateDue {
				return d
			}
		}
		return pmNone
	}
	panic("no day " + word)
}

// classify gives the loan its class and rule: the first table that applies, in it the first row
// that holds on the day.
func (v *pmView) classify() (class, rule string) {
	v.hold = len(v.pack.holds)
	for _, table := range pmMaps(v.pack.file["tables"]) {
		if !v.all(pmMap(table["applies"])) {
			continue
		}
		for _, row := range pmMaps(table["rows"]) {
			if x := row["from"]; x != nil && v.t < pmDate(x) {
				continue
			}
			if x := row["until"]; x != nil && v.t >= pmDate(x) {
				continue
			}
			if v.all(pmMap(row["when"])) {
				return fmt.Sprint(row["class"]), fmt.Sprint(row["rule"])
			}
		}
		panic("a table without a last row")
	}
	panic("no table applies")
}
