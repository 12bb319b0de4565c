package borrower

import (
	"fmt"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// Every outcome is one of the reasons that rejects have.
func TestOutcomesAreReasons(t *testing.T) {
	codes := map[string]bool{}
	for r := range loan.Reasons {
		codes[r.Code()] = true
	}
	for o := range Outcomes {
		if !codes[o.Code()] || o != Applied && o.Code() == "" {
			t.Errorf("outcome %d: %q is no reason code", o, o.Code())
		}
	}
}

// A row's outcome by itself: 2026-11-23 is the business date, contacts of ten days
// are kept, promises reach five days.
func TestContactRows(t *testing.T) {
	const date = civil.Date(20780)
	n := &Night{Date: date, Earliest: int64(date-10) * dayMicros, End: int64(date+2) * dayMicros, HorizonDays: 5, LocalDate: testLocalDate}
	at := func(micros int64) func(*Contact) { return func(c *Contact) { c.At = micros } }
	promise := func(days civil.Date, change func(*Contact)) func(*Contact) {
		return func(c *Contact) {
			c.HasAmount, c.Amount, c.Currency, c.PromisedOn = true, 100, "CNY", date+days
			if change != nil {
				change(c)
			}
		}
	}
	for _, x := range []struct {
		kind   string
		change func(*Contact)
		none   string // without a loan
		want   string // with the loan L1
	}{
		{"attempt", nil, "unknown_borrower", ""},
		{"attempt", func(c *Contact) { c.Channel, c.Outcome = "fax", "?" }, "unknown_borrower", ""},
		{"attempt", func(c *Contact) { c.Loan = "L1" }, "unknown_borrower", ""},
		{"attempt", func(c *Contact) { c.Loan = "L2" }, "unknown_borrower", "unknown_loan"},
		{"attempt", at(n.End - 1), "unknown_borrower", ""},
		{"attempt", at(n.End), "unknown_borrower", "at_too_late"},
		{"attempt", at(n.Earliest), "unknown_borrower", ""},
		{"attempt", at(n.Earliest - 1), "unknown_borrower", "at_too_early"},
		{"inbound", nil, "unknown_borrower", ""},
		{"callback", nil, "unknown_borrower", ""},
		{"consent", nil, "unknown_borrower", "missing_value"},
		{"consent", func(c *Contact) { c.Channel = "fax" }, "unknown_borrower", "unknown_channel"},
		{"consent", func(c *Contact) { c.Channel = "agency" }, "unknown_borrower", ""},
		{"unhold", nil, "unknown_borrower", "missing_value"},
		{"unhold", func(c *Contact) { c.Reason = "?" }, "unknown_borrower", ""},
		{"void", nil, "unknown_borrower", "missing_value"},
		{"void", func(c *Contact) { c.Target = "C0" }, "unknown_borrower", ""},
		{"promise", nil, "unknown_borrower", "missing_value"},
		{"promise", promise(0, nil), "unknown_borrower", ""},
		{"promise", promise(5, nil), "unknown_borrower", ""},
		{"promise", promise(6, nil), "unknown_borrower", "promise_too_far"},
		{"promise", promise(-1, nil), "unknown_borrower", "promised_before_made"},
		{"promise", promise(0, func(c *Contact) { c.At = int64(date)*dayMicros + 15*3600e6 }), "unknown_borrower", ""},
		{"promise", promise(0, func(c *Contact) { c.At = int64(date)*dayMicros + 16*3600e6 }), "unknown_borrower", "promised_before_made"}, // tomorrow in Shanghai
		{"promise", promise(6, func(c *Contact) { c.At = int64(date)*dayMicros + 16*3600e6 }), "unknown_borrower", ""},
		{"promise", promise(0, func(c *Contact) { c.Amount = 0 }), "unknown_borrower", "amount_not_positive"},
		{"promise", promise(0, func(c *Contact) { c.HasAmount, c.Amount = false, 0 }), "unknown_borrower", "missing_value"},
		{"promise", promise(0, func(c *Contact) { c.Currency = "" }), "unknown_borrower", "missing_value"},
		{"promise", promise(0, func(c *Contact) { c.Currency, c.Loan = "", "L1" }), "unknown_borrower", ""},
		{"promise", promise(0, func(c *Contact) { c.PromisedOn = civil.None }), "unknown_borrower", "missing_value"},
		{"opt_out", nil, "", ""},
		{"opt_out", func(c *Contact) { c.Channel, c.Loan = "fax", "L2" }, "", ""},
		{"opt_out", at(n.End), "at_too_late", "at_too_late"},
		{"hold", func(c *Contact) { c.Loan = "L2" }, "", ""},
		{"complaint", nil, "", ""}, {"dispute", nil, "", ""}, {"cease", nil, "", ""}, {"represented", nil, "", ""},
		{"hardship", nil, "", ""}, {"hardship", func(c *Contact) { c.Reason = "illness" }, "", ""},
		{"Opt-Out", func(c *Contact) { c.Loan = "L2" }, "", ""},
	} {
		for want, loans := range map[string][]string{"none:" + x.none: nil, "loan:" + x.want: {"L1"}} {
			c := contactOf(x.kind, date, x.change)
			rows := &Rows{Records: []RecordRow{{Record: Record{TimeZone: "Asia/Shanghai"}}}, Contacts: []ContactRow{{Contact: c}}}
			s := Apply(State{}, rows, loans, n)
			if got := rows.Contacts[0].Outcome.Code(); got != want[5:] || (got == "") != (len(s.Contacts) == 1) || s.HadLoan != (len(loans) > 0) {
				t.Errorf("%+v with loans %q: %q, want %q; %d kept", c, loans, got, want[5:], len(s.Contacts))
			}
		}
	}
}

// One borrower may have so much and no more; what restrains contact has room of its
// own beyond that.
func TestLimits(t *testing.T) {
	n := nightOf(20000)
	long := strings.Repeat("r", 1000)
	row := func(kind string, i int) ContactRow {
		return ContactRow{Contact: contactOf(kind, 20000, func(c *Contact) { c.ID, c.Reason = fmt.Sprint(kind, i), long })}
	}
	rows := &Rows{}
	for i := range 9000 {
		rows.Contacts = append(rows.Contacts, row("inbound", i))
	}
	for i := range 9000 {
		rows.Contacts = append(rows.Contacts, row("cease", i))
	}
	rows.Contacts = append(rows.Contacts, rows.Contacts[0]) // a repeat
	count := map[string]int{}
	s := Apply(State{}, rows, []string{"L1"}, n)
	for i := range rows.Contacts {
		count[rows.Contacts[i].Kind+" "+rows.Contacts[i].Outcome.Code()]++
	}
	if got := s.size(); got > restrainSizeMax || got < restrainSizeMax-1200 {
		t.Errorf("%d bytes are kept, at most %d", got, restrainSizeMax)
	}
	if count["inbound "] < 7000 || count["inbound too_many_events"] < 1000 || count["cease "] < 3000 || count["cease too_many_events"] < 1000 || count["inbound duplicate"] != 1 {
		t.Errorf("got %v", count)
	}
	flags := &Rows{Flags: []FlagRow{{Flag: Flag{Name: "watch", From: 1, Until: civil.None}}}}
	for i := range 200 {
		flags.Flags = append(flags.Flags, FlagRow{Flag: Flag{Name: fmt.Sprint("f", i), From: 1, Until: civil.None}})
	}
	s.Flags = []Flag{{Name: "watch", From: 1, Until: 5, Night: 1}}
	if s = Apply(s, flags, nil, n); flags.Flags[0].Outcome != Applied || flags.Flags[200].Outcome != TooMany || s.Flags[len(s.Flags)-1].Until != civil.None {
		t.Errorf("flags beyond the limit: %v, and one that is known: %v", flags.Flags[200].Outcome, flags.Flags[0].Outcome)
	}
}

func TestWords(t *testing.T) {
	if k, ok := ParseKind("opt_out"); k != OptOut || !ok {
		t.Error("opt_out")
	}
	if c, ok := ParseChannel("agency"); c != Agency || !ok {
		t.Error("agency")
	}
	if r, ok := ParseResult("not_attempted"); r != NotAttempted || !ok {
		t.Error("not_attempted")
	}
	for _, word := range []string{"", "Call", "call "} {
		if _, ok := ParseChannel(word); ok {
			t.Errorf("%q is a channel", word)
		}
	}
	if c := (Contact{Kind: "OPT_OUT"}); c.Meaning() != Hold || !c.Restrains() || c.HoldReason() != "unknown_hold" {
		t.Error("a kind that is not known is no hold")
	}
}
