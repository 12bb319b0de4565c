package borrower

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/money"

	"pgregory.net/rapid"
)

// A model is the contract's text in maps: all rows that ever came, and everything
// worked out of them anew for each night. It says of each row which outcomes the
// contract allows, since it gives rejects no order.
type model struct {
	nights []modelNight
}

type modelNight struct {
	date     civil.Date
	loans    []string
	records  []Record
	flags    []Flag
	contacts []Contact
	accepted []int // contacts
}

// foreign is the id that another borrower's contact has.
const foreign = "C6"

type names map[string]bool

func set(list ...string) names {
	s := names{}
	for _, n := range list {
		s[n] = true
	}
	return s
}

// recordOf returns the record in force after the first n nights: of all that were
// not refused the greatest as-of date, and the later night.
func (m *model) recordOf(n int) *Record {
	type version struct {
		asOf, night civil.Date
	}
	standing := map[version]map[Record]bool{} // what the rows of one night and date say
	for _, night := range m.nights[:n] {
		for _, r := range night.records {
			if r.HasAffordable && r.Affordable < 0 {
				continue
			}
			v := version{r.AsOf, night.date}
			if standing[v] == nil {
				standing[v] = map[Record]bool{}
			}
			r.Night = 0
			standing[v][r] = true
		}
	}
	var best *version
	for v, contents := range standing {
		if len(contents) > 1 {
			continue
		}
		if best == nil || v.asOf > best.asOf || v.asOf == best.asOf && v.night > best.night {
			best = &v
		}
	}
	if best == nil {
		return nil
	}
	for r := range standing[*best] {
		return &r
	}
	panic("no content")
}

// flagsOf returns each flag's end after the first n nights, 1<<30 for none.
func (m *model) flagsOf(n int) map[string]int {
	ends := map[string]int{}
	for _, night := range m.nights[:n] {
		tonight := map[string]int{}
		for _, f := range night.flags {
			if end := endOf(f); end >= int(f.From) {
				k := fmt.Sprint(f.Loan, "/", f.Name, "/", f.From)
				if old, ok := tonight[k]; !ok || end > old {
					tonight[k] = end
				}
			}
		}
		maps.Copy(ends, tonight)
	}
	return ends
}

func endOf(f Flag) int {
	if f.Until == civil.None {
		return 1 << 30
	}
	return int(f.Until)
}

// contactsOf returns the contents of the accepted contacts of the first n nights.
func (m *model) contactsOf(n int) map[string]Contact {
	all := map[string]Contact{}
	for _, night := range m.nights[:n] {
		for _, i := range night.accepted {
			c := night.contacts[i]
			c.Night, c.OwnLoan = 0, false
			all[c.ID] = c
		}
	}
	return all
}

// restraining are the kinds that wait for a borrower; every word that is none of
// the contract's is a hold, and restrains too.
var restraining = set("opt_out", "hold", "complaint", "dispute", "cease", "represented", "hardship")

// others are the kinds that do not restrain.
var others = set("attempt", "inbound", "consent", "callback", "promise", "unhold", "void")

// wrong returns the codes of all that the contract holds against a row.
func (m *model) wrong(c Contact, night *modelNight, n *Night, record *Record) names {
	bad := names{}
	if others[c.Kind] {
		if len(night.loans) == 0 {
			bad["unknown_borrower"] = true
		}
		if c.Loan != "" && !slices.Contains(night.loans, c.Loan) {
			bad["unknown_loan"] = true
		}
	} else if !restraining[c.Kind] && c.Kind != "smoke_signal" {
		panic("the generator makes a kind that the model does not know: " + c.Kind)
	}
	if c.At < n.Earliest {
		bad["at_too_early"] = true
	}
	if c.At >= n.End {
		bad["at_too_late"] = true
	}
	need := func(have bool) {
		if !have {
			bad["missing_value"] = true
		}
	}
	switch c.Kind {
	case "consent":
		need(c.Channel != "")
		if !slices.Contains([]string{"", "sms", "push", "email", "in_app", "social", "call", "visit", "letter", "legal", "agency"}, c.Channel) {
			bad["unknown_channel"] = true
		}
	case "unhold":
		need(c.Reason != "")
	case "void":
		need(c.Target != "")
	case "promise":
		need(c.HasAmount)
		need(c.PromisedOn != civil.None)
		need(c.Loan != "" || c.Currency != "")
		if c.HasAmount && c.Amount <= 0 {
			bad["amount_not_positive"] = true
		}
		made := testLocalDate(record, c.At)
		if c.PromisedOn != civil.None && c.PromisedOn < made {
			bad["promised_before_made"] = true
		}
		if c.PromisedOn != civil.None && int(c.PromisedOn) > int(made)+n.HorizonDays {
			bad["promise_too_far"] = true
		}
	}
	return bad
}

// testLocalDate is 8 hours ahead for records with any zone, else UTC.
func testLocalDate(r *Record, at int64) civil.Date {
	if r != nil && r.TimeZone != "" {
		at += 8 * 3600e6
	}
	return civil.Date((at+1e6*dayMicros)/dayMicros - 1e6)
}

// expectRecords returns the outcome of each record of the last night.
func (m *model) expectRecords() []string {
	last := len(m.nights) - 1
	rows := m.nights[last].records
	known := m.recordOf(last)
	out := make([]string, len(rows))
	for i, r := range rows {
		r.Night = 0
		for j, o := range rows {
			o.Night = 0
			negative := o.HasAffordable && o.Affordable < 0
			switch {
			case negative || o.AsOf != r.AsOf:
			case o != r:
				out[i] = "conflicting_duplicate"
			case j < i && out[i] == "":
				out[i] = "duplicate"
			}
		}
		if known != nil && *known == r && out[i] == "" {
			out[i] = "duplicate"
		}
		if r.HasAffordable && r.Affordable < 0 {
			out[i] = "amount_not_positive"
		}
	}
	return out
}

func (m *model) expectFlags() []string {
	last := len(m.nights) - 1
	known := m.flagsOf(last)
	seen := map[string]bool{}
	var out []string
	for _, f := range m.nights[last].flags {
		k := fmt.Sprint(f.Loan, "/", f.Name, "/", f.From)
		end, ok := known[k]
		row := fmt.Sprint(k, "/", endOf(f))
		switch {
		case endOf(f) < int(f.From):
			out = append(out, "valid_until_before_valid_from")
		case ok && end == endOf(f) || seen[row]:
			out = append(out, "duplicate")
		default:
			out = append(out, "")
		}
		seen[row] = true
	}
	return out
}

// expectContacts returns the outcomes that each contact of the last night may have,
// and notes which are accepted.
func (m *model) expectContacts(n *Night) []names {
	last := len(m.nights) - 1
	night := &m.nights[last]
	record := m.recordOf(last + 1)
	kept := m.contactsOf(last)
	var out []names
	for i, c := range night.contacts {
		c.Night, c.OwnLoan = 0, false
		old, known := kept[c.ID]
		bad := m.wrong(c, night, n, record)
		switch {
		case known && old == c:
			out = append(out, set("duplicate"))
		case len(bad) > 0:
			out = append(out, bad)
		case known || c.ID == foreign:
			out = append(out, set("conflicting_duplicate"))
		default:
			out = append(out, set(""))
			kept[c.ID] = c
			night.accepted = append(night.accepted, i)
		}
	}
	return out
}

const testRetention = 3

func nightOf(date civil.Date) *Night {
	return &Night{Date: date, Earliest: int64(date-testRetention) * dayMicros, End: int64(date+2) * dayMicros, HorizonDays: 5, GraceDays: 2,
		ReviewDays: 30, RetentionDays: testRetention, LocalDate: testLocalDate}
}

func drawDate(t *rapid.T, around civil.Date, label string) civil.Date {
	if rapid.IntRange(0, 3).Draw(t, label+"?") == 0 {
		return civil.None
	}
	return around + civil.Date(rapid.IntRange(-3, 4).Draw(t, label))
}

func pick(t *rapid.T, label string, words ...string) string {
	return rapid.SampledFrom(words).Draw(t, label)
}

func drawRecord(t *rapid.T, date civil.Date) Record {
	r := Record{AsOf: drawDate(t, date, "as of"), TimeZone: pick(t, "zone", "", "Asia/Shanghai"), ContactFrom: NoTime, ContactUntil: NoTime, BornOn: civil.None}
	if rapid.Bool().Draw(t, "affordable?") {
		r.HasAffordable, r.Affordable = true, money.Amount(rapid.IntRange(-1, 1).Draw(t, "affordable"))
	}
	return r
}

func drawFlag(t *rapid.T, date civil.Date) Flag {
	from := date + civil.Date(rapid.IntRange(-1, 1).Draw(t, "from"))
	return Flag{Loan: pick(t, "loan", "", "L1"), Name: pick(t, "flag", "bankrupt", "watch"), From: from, Until: drawDate(t, from, "until")}
}

func drawContact(t *rapid.T, date civil.Date) Contact {
	c := Contact{ID: pick(t, "id", "C1", "C2", "C3", "C4", "C5", foreign), Loan: pick(t, "loan", "", "L1", "L2", "L9"),
		Kind: pick(t, "kind", slices.Concat(slices.Sorted(maps.Keys(restraining)), slices.Sorted(maps.Keys(others)), []string{"smoke_signal", "promise", "promise", "consent"})...),
		At:   int64(date-4)*dayMicros + rapid.Int64Range(0, 7*4).Draw(t, "at")*(dayMicros/4), Channel: pick(t, "channel", "", "call", "sms", "fax"),
		Reason: pick(t, "reason", "", "illness", "because"), Target: pick(t, "target", "", "C1", "C2"), PromisedOn: drawDate(t, date, "promised"), Until: drawDate(t, date, "until")}
	if rapid.IntRange(0, 4).Draw(t, "amount?") > 0 {
		c.HasAmount, c.Amount = true, money.Amount(rapid.IntRange(0, 3).Draw(t, "amount"))
		c.Currency = pick(t, "currency", "", "CNY")
	}
	return c
}

// Nights of any rows, repeats of earlier nights among them, come out as the model
// says, row by row, and so does what is kept.
func TestApplyAgreesWithTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m model
		var s State
		date := civil.Date(20000)
		var loans []string
		for range rapid.IntRange(1, 5).Draw(t, "nights") {
			date += civil.Date(rapid.IntRange(1, 2).Draw(t, "days"))
			if len(loans) < 2 && rapid.Bool().Draw(t, "loan") {
				loans = append(loans, fmt.Sprint("L", len(loans)+1))
			}
			night := modelNight{date: date, loans: slices.Clone(loans)}
			if len(m.nights) > 0 && rapid.IntRange(0, 2).Draw(t, "repeat") == 0 {
				old := rapid.SampledFrom(m.nights).Draw(t, "old")
				night.records, night.flags, night.contacts = slices.Clone(old.records), slices.Clone(old.flags), slices.Clone(old.contacts)
			}
			for range rapid.IntRange(0, 3).Draw(t, "records") {
				night.records = append(night.records, drawRecord(t, date))
			}
			for range rapid.IntRange(0, 4).Draw(t, "flags") {
				night.flags = append(night.flags, drawFlag(t, date))
			}
			for range rapid.IntRange(0, 6).Draw(t, "contacts") {
				night.contacts = append(night.contacts, drawContact(t, date))
			}
			rows := rowsOf(&night)
			for i := range night.records { // the contract's default
				if night.records[i].AsOf == civil.None {
					night.records[i].AsOf = date
				}
			}
			m.nights = append(m.nights, night)
			n := nightOf(date)
			before := clone(s)
			after := Apply(s, rows, loans, n)
			if !reflect.DeepEqual(s, before) {
				t.Fatal("Apply changes what it is given")
			}
			s = after
			compare(t, &m, n, rows, &s)
		}
	})
}

func rowsOf(n *modelNight) *Rows {
	rows := &Rows{}
	for _, r := range n.records {
		rows.Records = append(rows.Records, RecordRow{Record: r})
	}
	for _, f := range n.flags {
		rows.Flags = append(rows.Flags, FlagRow{Flag: f})
	}
	for _, c := range n.contacts {
		rows.Contacts = append(rows.Contacts, ContactRow{Contact: c, Taken: c.ID == foreign})
	}
	return rows
}

func clone(s State) State {
	if s.Record != nil {
		r := *s.Record
		s.Record = &r
	}
	s.Flags, s.Contacts = slices.Clone(s.Flags), slices.Clone(s.Contacts)
	return s
}

func compare(t *rapid.T, m *model, n *Night, rows *Rows, s *State) {
	for i, want := range m.expectRecords() {
		if got := rows.Records[i].Outcome.Code(); got != want {
			t.Fatalf("record %d: %q, want %q", i, got, want)
		}
	}
	for i, want := range m.expectFlags() {
		if got := rows.Flags[i].Outcome.Code(); got != want {
			t.Fatalf("flag %d: %q, want %q", i, got, want)
		}
	}
	for i, want := range m.expectContacts(n) {
		if got := rows.Contacts[i].Outcome.Code(); !want[got] {
			t.Fatalf("contact %d, %+v: %q, want one of %v", i, rows.Contacts[i].Contact, got, want)
		}
	}
	all := len(m.nights)
	want := m.recordOf(all)
	if (s.Record == nil) != (want == nil) || want != nil && !s.Record.same(want) {
		t.Fatalf("record %+v, want %+v", s.Record, want)
	}
	ends := map[string]int{}
	for _, f := range s.Flags {
		ends[fmt.Sprint(f.Loan, "/", f.Name, "/", f.From)] = endOf(f)
	}
	if want := m.flagsOf(all); !maps.Equal(ends, want) {
		t.Fatalf("flags %v, want %v", ends, want)
	}
	kept := map[string]Contact{}
	for _, c := range s.Contacts {
		c.Night, c.OwnLoan = 0, false
		kept[c.ID] = c
	}
	if want := m.contactsOf(all); !maps.Equal(kept, want) || len(kept) != len(s.Contacts) {
		t.Fatalf("contacts %v, want %v", kept, want)
	}
	if !s.Check() {
		t.Fatalf("out of order: %+v", s)
	}
}

// Rows of distinct ids come to the same State in any order, and, where each night
// takes them, over any nights but for the night that each carries.
func TestOrderAndSplitsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loans := []string{"L1", "L2"}
		const date = civil.Date(20000)
		var night modelNight
		for i := range rapid.IntRange(0, 8).Draw(t, "contacts") {
			c := drawContact(t, date-1) // so that the next two nights take it if this one does
			c.ID = fmt.Sprint("D", i)
			c.At = min(max(c.At, int64(date+2-testRetention)*dayMicros), int64(date+2)*dayMicros-1)
			night.contacts = append(night.contacts, c)
		}
		for range rapid.IntRange(0, 6).Draw(t, "flags") {
			night.flags = append(night.flags, drawFlag(t, date))
		}
		for range rapid.IntRange(0, 4).Draw(t, "records") {
			night.records = append(night.records, drawRecord(t, date))
		}
		want := Apply(State{}, rowsOf(&night), loans, nightOf(date))
		mixed := modelNight{records: rapid.Permutation(night.records).Draw(t, "mixed"), flags: rapid.Permutation(night.flags).Draw(t, "mixed"),
			contacts: rapid.Permutation(night.contacts).Draw(t, "mixed")}
		if got := Apply(State{}, rowsOf(&mixed), loans, nightOf(date)); !reflect.DeepEqual(got, want) {
			t.Fatalf("in another order:\ngot  %+v\nwant %+v", got, want)
		}
		split := State{Record: want.Record, Flags: want.Flags}
		cut := rapid.IntRange(0, len(mixed.contacts)).Draw(t, "cut")
		for i, part := range [][]Contact{mixed.contacts[:cut], mixed.contacts[cut:]} {
			split = Apply(split, rowsOf(&modelNight{contacts: part}), loans, nightOf(date+civil.Date(i)))
		}
		for i := range split.Contacts {
			split.Contacts[i].Night = date
		}
		if !reflect.DeepEqual(split.Contacts, want.Contacts) {
			t.Fatalf("over two nights:\ngot  %+v\nwant %+v", split.Contacts, want.Contacts)
		}
	})
}

// What was accepted and comes again is a duplicate, whatever else has changed.
func TestRepeatsAreDuplicates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const date = civil.Date(20000)
		var night modelNight
		for i := range rapid.IntRange(1, 8).Draw(t, "contacts") {
			c := drawContact(t, date)
			c.ID = fmt.Sprint("D", i)
			night.contacts = append(night.contacts, c)
		}
		rows := rowsOf(&night)
		s := Apply(State{}, rows, []string{"L1"}, nightOf(date))
		again := rowsOf(&night)
		later := Apply(s, again, nil, nightOf(date+300))
		if !reflect.DeepEqual(later, s) {
			t.Fatalf("got  %+v\nwant %+v", later, s)
		}
		for i := range again.Contacts {
			if accepted := rows.Contacts[i].Outcome == Applied; accepted != (again.Contacts[i].Outcome == Duplicate) {
				t.Fatalf("%+v: %q, and then %q", night.contacts[i], rows.Contacts[i].Outcome.Code(), again.Contacts[i].Outcome.Code())
			}
		}
	})
}
