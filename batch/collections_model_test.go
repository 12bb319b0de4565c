package batch

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // so that the model knows zones wherever it runs

	"github.com/goccy/go-yaml"

	"daybook/ledger/civil"
)

// The model of the collection queue is written from the contract alone
// (shared/design/collections.md), sentence by sentence, by loops over all rows and all
// days. It knows nothing of aging/treat, batch/meet, reports/queue and batch/policy.
// "§4" in a comment is the contract's section. Days are days since 1970-01-01.

const cqNoDay = -1 << 40

// cqReadings are choices where the contract can be read in more than one way; the
// verifier's report names each. Turn one to see whether a difference is only that.
var cqReadings = struct {
	optOutEndsConsent  bool // an opt_out also ends the consent that it follows (no_consent beside opted_out)
	unknownUnholdLifts bool // an unhold with an unknown reason lifts holds of unknown reason
	promisesPerDay     bool // broken_max is asked again for each day of the search of lifts_on
	secondZoneAlone    bool // a second zone alone, without a first one, is all of Z
	capsOfWithheld     bool // rules by loan look at all loans where all are withheld
	futureHoldsNow     bool // a hold or case whose local date is after E holds on E already
}{secondZoneAlone: true, futureHoldsNow: true}

var (
	cqChannels = []string{"sms", "push", "email", "in_app", "social", "call", "visit", "letter", "legal", "agency"}
	cqTimed    = cqChannels[:7]
)

// Rows as they were delivered; an empty text is null, so is cqNoDay.

type cqRecord struct {
	night                                              int
	borrower                                           string
	asOf                                               int
	jurisdiction, zone, second, from, until, languages string
	affordable                                         *int64
	currency                                           string
}

type cqContact struct {
	night                                                                                     int
	id, borrower, stated, key, loan, kind, channel, outcome, currency, reason, target, amount string
	at                                                                                        time.Time
	promisedOn, until                                                                         int
}

type cqFlag struct {
	night                int
	borrower, loan, flag string
	from, until          int
}

type cqRepayment struct {
	night    int
	id, loan string
	on       int
	amount   int64 // minor units
	currency string
}

type cqAdjustment struct {
	night                          int
	id, loan, kind, target, reason string
	amount                         int64
}

// cqNight is the files of a night, each in its order.
type cqNight struct {
	loans       map[string]string // borrower by loan that is booked
	records     []cqRecord
	contacts    []cqContact
	flags       []cqFlag
	repayments  []cqRepayment
	adjustments []cqAdjustment
}

// cqLoan is a row of the loan tape.
type cqLoan struct {
	id, borrower, product, currency, status string
	dpd, delinquent                         int
	pastDue, total                          int64
	interest, penalties, credit             int64
	score                                   int64
	nextDueOn                               int
	nextDue                                 int64
	unscheduled                             bool // interest is earned by the day
	recovered                               bool // all that was charged off
}

// cqTask is an exported task.
type cqTask struct {
	night, on              int
	key, borrower, channel string
	attempts               int
	loans                  []string // covered
}

// The policy, as its YAML says it.

type cqPolicy struct {
	Name         string
	Jurisdiction string
	TimeZone     string `yaml:"time_zone"`
	C            struct {
		Unstated  string `yaml:"time_zone_when_unstated"`
		Retention int    `yaml:"retention_days"`
		Rules     struct {
			Hours    []cqHours
			Holidays struct{ Channels, Dates []string }
			Caps     []cqCap
			Waits    []cqWait
			Consent  []string       `yaml:"consent_required"`
			CoolOff  map[string]int `yaml:"cool_off"`
			Ignored  []string       `yaml:"ignored_flags"`
		} `yaml:"contact_rules"`
		Promises struct {
			Grace     int `yaml:"grace_days"`
			Share     any `yaml:"kept_share"`
			Tolerance any
			Horizon   int `yaml:"horizon_days"`
			BrokenMax int `yaml:"broken_max"`
		}
		Hardship struct {
			Review int `yaml:"review_days"`
			Valid  int `yaml:"valid_days"`
			Step   cqStep
			Offers map[string][]string
			Kinds  map[string]map[string]any
		}
		Reminders   []cqStep
		Segments    []cqSegment
		Experiments []cqExperiment
		Capacity    map[string]int
		Cost        map[string]any
	} `yaml:"collections"`
}

type cqHours struct {
	Channels, Days []string
	From, Until    string
}

type cqCap struct {
	Name      string
	Channels  []string
	Measure   string
	Per       string
	Days, Max int
	since     int // of a row of law
}

type cqWait struct {
	Name     string
	Channels []string
	Per      string
	Days     int
	Callback bool
	since    int
}

type cqStep struct {
	From       int
	DaysBefore int `yaml:"days_before"`
	Channels   []string
	Tone       string
	Template   string
	Education  string
	Every      int
	Attempts   int
	Recover    any
}

type cqSegment struct {
	Name   string
	When   map[string]any
	Ladder []cqStep
}

type cqExperiment struct {
	Name, Segment, From, Until string
	Arms                       []struct {
		Name   string
		Share  any
		Ladder []cqStep
	}
}

func cqPolicyOf(t testing.TB, text string) *cqPolicy {
	t.Helper()
	p := &cqPolicy{}
	if err := yaml.Unmarshal([]byte(text), p); err != nil {
		t.Fatal(err)
	}
	return p
}

// cqRat is an exact decimal; what is not stated is the default.
func cqRat(v any, otherwise int64) *big.Rat {
	if v == nil {
		return big.NewRat(otherwise, 1)
	}
	r, ok := new(big.Rat).SetString(fmt.Sprint(v))
	if !ok {
		panic(fmt.Sprint("no number: ", v))
	}
	return r
}

// cqMinor is money of the policy in minor units of two digits.
func cqMinor(v any) int64 {
	r := cqRat(v, 0)
	r.Mul(r, big.NewRat(100, 1))
	return cqFloor(r)
}

func cqFloor(r *big.Rat) int64 {
	q, m := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int)) // Euclidean: the denominator is above 0
	_ = m
	return q.Int64()
}

func cqCeil(r *big.Rat) int64 { return -cqFloor(new(big.Rat).Neg(r)) }

func cqHalfEven(r *big.Rat) int64 {
	low := cqFloor(r)
	rest := new(big.Rat).Sub(r, big.NewRat(low, 1))
	switch c := rest.Cmp(big.NewRat(1, 2)); {
	case c > 0, c == 0 && low%2 != 0:
		return low + 1
	}
	return low
}

func cqDay(s string) int {
	if s == "" {
		return cqNoDay
	}
	d, err := civil.Parse(s)
	if err != nil {
		panic(err)
	}
	return int(d)
}

func cqDate(d int) string {
	if d == cqNoDay {
		return cqNull
	}
	return civil.Date(d).String()
}

// cqNull is how a null stands in a table.
const cqNull = "∅"

func cqOr(s string) string {
	if s == "" {
		return cqNull
	}
	return s
}

func cqMoney(v int64) string {
	sign := ""
	if v < 0 {
		sign, v = "-", -v
	}
	return fmt.Sprintf("%s%d.%02d", sign, v/100, v%100)
}

func cqMoneyOf(s string) int64 {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		panic("no amount: " + s)
	}
	return cqFloor(r.Mul(r, big.NewRat(100, 1)))
}

// §4, law packs, typed in from the table.

type cqPack struct {
	from, until int // hours of timed channels; 0, 0: none
	hoursSince  int
	caps        []cqCap
	waits       []cqWait
	consent     []string
	since       int // of the consent
	planMonths  int
}

var cqPacks = func() map[string]cqPack {
	call := []string{"call"}
	cn1, cn2, us := cqDay("2025-02-28"), cqDay("2026-01-30"), cqDay("2021-11-30")
	uk, in, eu := cqDay("2014-04-01"), cqDay("2022-08-12"), cqDay("2024-01-01")
	return map[string]cqPack{
		"cn": {
			from: 8 * 60, until: 22 * 60, hoursSince: cn1, consent: []string{"social"}, since: cn2, planMonths: 60,
			caps: []cqCap{
				{"cn_talks_day", call, "conversations", "borrower", 1, 3, cn1},
				{"cn_dials_day", call, "attempts", "borrower", 1, 6, cn2},
			},
		},
		"us": {
			from: 8 * 60, until: 21 * 60, hoursSince: us, consent: []string{"sms", "email", "social"}, since: us,
			caps:  []cqCap{{"us_7_in_7", call, "connected", "loan", 7, 7, us}},
			waits: []cqWait{{"us_wait_7", call, "loan", 7, true, us}},
		},
		"uk": {
			from: 8 * 60, until: 21 * 60, hoursSince: uk, consent: []string{"social"}, since: uk,
			caps: []cqCap{
				{"uk_calls_day", call, "attempts", "borrower", 1, 3, uk},
				{"uk_contacts_week", cqTimed, "attempts", "borrower", 7, 7, uk},
			},
		},
		"in": {
			from: 8 * 60, until: 19 * 60, hoursSince: in, consent: []string{"social"}, since: in,
			caps: []cqCap{{"in_calls_day", call, "attempts", "borrower", 1, 3, in}},
		},
		"eu":   {caps: []cqCap{{"eu_contacts_week", cqTimed, "attempts", "borrower", 7, 7, eu}}},
		"none": {},
	}
}()

// capsOf are the caps that bind a borrower on a day: the pack's whose row holds, in the
// place of which the policy's stands where it has the name, and the policy's own.
func (s *cqSubject) capsOn(e int) (list []cqCap) {
	for _, c := range cqPacks[s.jurisdiction].caps {
		named := slices.ContainsFunc(s.p.C.Rules.Caps, func(o cqCap) bool { return o.Name == c.Name })
		if !named && c.since <= e {
			list = append(list, c)
		}
	}
	return append(list, s.p.C.Rules.Caps...)
}

func (s *cqSubject) waitsOn(e int) (list []cqWait) {
	for _, w := range cqPacks[s.jurisdiction].waits {
		named := slices.ContainsFunc(s.p.C.Rules.Waits, func(o cqWait) bool { return o.Name == w.Name })
		if !named && w.since <= e {
			list = append(list, w)
		}
	}
	return append(list, s.p.C.Rules.Waits...)
}

// asksConsent reports whether a channel needs consent on a day.
func (s *cqSubject) asksConsent(channel string, e int) bool {
	pack := cqPacks[s.jurisdiction]
	return pack.since <= e && slices.Contains(pack.consent, channel) || slices.Contains(s.p.C.Rules.Consent, channel)
}

// §2: hours.

func cqMinutes(clock string) int {
	hours, minutes, _ := strings.Cut(clock, ":")
	h, err1 := strconv.Atoi(hours)
	m, err2 := strconv.Atoi(minutes)
	if err1 != nil || err2 != nil {
		panic("no time of day: " + clock)
	}
	return h*60 + m
}

var cqWeekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func cqWeekday(d int) string { return cqWeekdays[((d+4)%7+7)%7] }

// hoursOn is the window of a timed channel on a day in minutes of the local day: pack,
// policy and the borrower's own hours; empty where from is not before until.
func (s *cqSubject) hoursOn(channel string, e int) (from, until int) {
	pack := cqPacks[s.jurisdiction]
	from, until = 0, 24*60
	law := pack.until > 0 && pack.hoursSince <= e
	if law {
		from, until = pack.from, pack.until
	}
	named, open := false, false
	for _, h := range s.p.C.Rules.Hours {
		if !slices.Contains(h.Channels, channel) {
			continue
		}
		named = true
		if len(h.Days) == 0 || slices.Contains(h.Days, cqWeekday(e)) {
			open, from, until = true, max(from, cqMinutes(h.From)), min(until, cqMinutes(h.Until))
		}
	}
	holidays := s.p.C.Rules.Holidays
	if named && !open || !named && !law || slices.Contains(holidays.Channels, channel) && slices.Contains(holidays.Dates, cqDate(e)) {
		return 0, 0
	}
	if s.record != nil && s.record.from != "" {
		from = max(from, cqMinutes(s.record.from))
	}
	if s.record != nil && s.record.until != "" {
		until = min(until, cqMinutes(s.record.until))
	}
	return from, until
}

// cqInstant is the instant at a minute of a day's local clock: in a gap the end of the
// gap, in a repeated hour the second occurrence or the first.
func cqInstant(zone *time.Location, day, minute int, second bool) time.Time {
	wall := int64(day)*86400 + int64(minute)*60 // the clock's reading, as if it were UTC
	reading := func(at int64) int64 {
		_, offset := time.Unix(at, 0).In(zone).Zone()
		return at + int64(offset)
	}
	var found []int64
	for _, about := range []int64{-30 * 3600, 0, 30 * 3600} {
		at := wall - (reading(wall+about) - wall - about) // as if that offset held
		if reading(at) == wall && !slices.Contains(found, at) {
			found = append(found, at)
		}
	}
	slices.Sort(found)
	if len(found) > 0 && second {
		return time.Unix(found[len(found)-1], 0)
	}
	if len(found) > 0 {
		return time.Unix(found[0], 0)
	}
	at := wall - 16*3600
	for reading(at) <= wall { // a gap: the first instant whose clock is past it
		at += 60
	}
	return time.Unix(at, 0)
}

// windowOn is the window of a channel on a day in UTC, and why there is none; the
// reasons of table row 21 are those of timed channels alone.
func (s *cqSubject) windowOn(channel string, e int) (from, until time.Time, closed []string) {
	if !slices.Contains(cqTimed, channel) {
		holidays := s.p.C.Rules.Holidays
		if slices.Contains(holidays.Channels, channel) && slices.Contains(holidays.Dates, cqDate(e)) {
			closed = append(closed, "closed_day") // "the channels listed there are closed"
		}
		return cqInstant(s.home, e, 0, true).UTC(), time.Time{}, closed
	}
	open, end := s.hoursOn(channel, e)
	if !s.zoneKnown {
		closed = append(closed, "time_zone_unknown")
	}
	if open >= end {
		return from, until, append(closed, "closed_day")
	}
	if !s.zoneKnown {
		return from, until, closed
	}
	for i, z := range s.zones {
		f, u := cqInstant(z, e, open, true), cqInstant(z, e, end, false)
		if i == 0 || f.After(from) {
			from = f
		}
		if i == 0 || u.Before(until) {
			until = u
		}
	}
	if !from.Before(until) {
		closed = append(closed, "no_common_hours")
	}
	return from.UTC(), until.UTC(), closed
}

// cqZone is a zone of the IANA database, or nil.
func cqZone(name string) *time.Location {
	if !strings.Contains(name, "/") {
		return nil
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return z
}

// cqLocal is RFC 3339 "with its offset", of a place at UTC too.
const cqLocal = "2006-01-02T15:04:05-07:00"

// setZones finds Z, whether it is known, and the home zone (§2).
func (s *cqSubject) setZones() {
	policys, err := time.LoadLocation(s.p.TimeZone)
	if err != nil {
		panic(err)
	}
	s.home = policys
	unstated := s.p.C.Unstated
	if s.jurisdiction != s.p.Jurisdiction {
		unstated = "" // "one legal time": it is that of the policy's own jurisdiction
	}
	var names []string
	if s.record != nil {
		if s.record.zone != "" || s.record.second != "" && !cqReadings.secondZoneAlone {
			names = append(names, cqFirst(s.record.zone, unstated))
		}
		if s.record.second != "" {
			names = append(names, s.record.second)
		}
	}
	if len(names) == 0 {
		names = []string{unstated}
	}
	for _, n := range names {
		z := cqZone(n)
		if z == nil {
			s.zones = []*time.Location{policys}
			return
		}
		s.zones = append(s.zones, z)
	}
	s.zoneKnown, s.home = true, s.zones[0]
}

func cqFirst(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func cqDayIn(at time.Time, zone *time.Location) int {
	y, m, d := at.In(zone).Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}
