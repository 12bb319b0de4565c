package queue

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/reports"
)

// A naive night is what the queue is told of one, in memory and in no order.
type naiveNight struct {
	candidates []Candidate
	suppressed []naiveSilent
	notDue     []naiveSilent
	promises   []naivePromise
	recalls    [][3]string // borrower, key, reason
	noCalls    [][2]string
}

type naiveSilent struct {
	Silent
	reasons []Reason
}

type naivePromise struct {
	borrower string
	Promise
}

// A naiveRow is a row as texts by column; a null is empty.
type naiveRow map[string]string

// naiveTables reckons the tables from the contract's words, borrower by borrower.
func naiveTables(n *naiveNight, o *Options) map[string][]naiveRow {
	t := map[string][]naiveRow{}
	list := slices.Clone(n.candidates)
	slices.SortFunc(list, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.Class, b.Class), -cmp.Compare(a.Value, b.Value), -cmp.Compare(a.Days, b.Days), strings.Compare(string(a.Borrower), string(b.Borrower)))
	})
	left := o.Capacity
	for i := range list {
		c := &list[i]
		chosen := -1
		for k, w := range c.Ways {
			if w.Open && left[w.Channel] != 0 {
				chosen = k
				break
			}
		}
		if chosen < 0 {
			t["below_capacity"] = append(t["below_capacity"], naiveBelow(c, o))
			continue
		}
		if left[c.Ways[chosen].Channel] > 0 {
			left[c.Ways[chosen].Channel]--
		}
		naiveTask(t, c, chosen, o)
	}
	for i := range n.suppressed {
		s := &n.suppressed[i]
		for k := range s.reasons {
			t["suppressed"] = append(t["suppressed"], naiveReason(s, k, o))
		}
	}
	for i := range n.notDue {
		s := &n.notDue[i]
		row := naiveSilentRow(&s.Silent, o)
		row["segment"], row["reason_code"], row["next_on"] = s.Segment, s.NotDue, naiveDate(s.NextOn)
		t["not_due"] = append(t["not_due"], row)
	}
	for i := range n.promises {
		p := &n.promises[i]
		t["promises"] = append(t["promises"], naiveRow{
			"promise_id": p.ID, "borrower_id": p.borrower, "loan_id": p.Loan, "currency": p.Currency, "amount": naiveAmount(p.Amount, o), "made_on": naiveDate(p.MadeOn),
			"promised_on": naiveDate(p.PromisedOn), "deadline": naiveDate(p.Deadline), "paid_amount": naiveAmount(p.Paid, o), "status": p.Status,
			"decided_on": naiveDate(p.Decided), "holds": fmt.Sprint(p.Holds),
		})
	}
	order := map[string][]string{
		"task_loans": {"borrower_id", "loan_id"}, "suppressed": {"borrower_id", "reason_number"}, "below_capacity": {"borrower_id"}, "not_due": {"borrower_id"},
		"promises": {"borrower_id", "promise_id"}, "offers": {"borrower_id", "loan_id", "offer_rank"},
	}
	for name, columns := range order {
		slices.SortStableFunc(t[name], func(a, b naiveRow) int {
			for _, c := range columns {
				x, y := a[c], b[c]
				if c == "reason_number" || c == "offer_rank" {
					x, y = fmt.Sprintf("%9s", x), fmt.Sprintf("%9s", y)
				}
				if order := strings.Compare(x, y); order != 0 {
					return order
				}
			}
			return 0
		})
	}
	for i := range t["offers"] { // the lines of each in the order of the offers
		row := t["offers"][i]
		for k := range list {
			for m := range list[k].Offers {
				if off := &list[k].Offers[m]; string(list[k].Borrower) == row["borrower_id"] && off.Loan == row["loan_id"] && fmt.Sprint(off.Rank) == row["offer_rank"] {
					for _, l := range off.Lines {
						t["offer_installments"] = append(t["offer_installments"], naiveRow{
							"offer_id": row["offer_id"], "number": fmt.Sprint(l.Number), "due_on": naiveDate(l.DueOn), "principal": naiveAmount(l.Amounts[0], o),
							"interest": naiveAmount(l.Amounts[1], o), "owed_interest": naiveAmount(l.Amounts[2], o), "owed_fee": naiveAmount(l.Amounts[3], o), "total": naiveAmount(l.Amounts[4], o),
						})
					}
				}
			}
		}
	}
	for _, rows := range t {
		for _, row := range rows {
			row["business_date"] = naiveDate(o.BusinessDate)
		}
	}
	return t
}

func naiveTask(t map[string][]naiveRow, c *Candidate, chosen int, o *Options) {
	w, s := c.Ways[chosen], o.Steps[c.Step]
	key := naiveKey(o, string(c.Borrower))
	row := naiveRow{
		"rank": fmt.Sprint(len(t["tasks"]) + 1), "task_key": key, "borrower_id": string(c.Borrower), "currency": c.Currency, "loans": fmt.Sprint(c.Covered.Loans),
		"worst_loan_id": c.Worst, "days_past_due": fmt.Sprint(c.Days), "bucket": c.Bucket, "past_due_amount": naiveAmount(c.Covered.PastDue, o),
		"total_outstanding": naiveAmount(c.Total, o), "other_past_due": c.Other, "channel": w.Channel.String(), "tone": s.Tone, "template": s.Template,
		"contact_on": naiveDate(o.BusinessDate + 1), "jurisdiction": c.Jurisdiction, "class": fmt.Sprint(c.Class), "segment": s.Segment, "arm": s.Arm,
		"priority": naiveAmount(c.Value, o), "language": c.Language, "education": s.Education, "notices": w.Notices, "attempts": fmt.Sprint(w.Attempts),
		"withheld_loans": fmt.Sprint(c.Withheld.Loans), "withheld_past_due_amount": naiveAmount(c.Withheld.PastDue, o), "next_due_on": naiveDate(c.NextDueOn),
		"next_due_amount": naiveAmount(c.NextDue, o), "offers": fmt.Sprint(len(c.Offers)),
	}
	if c.Champion {
		row["arm"] = "champion"
	}
	if s.From >= 0 {
		row["step_from"] = fmt.Sprint(s.From)
	}
	if w.Timed {
		from, until := time.UnixMicro(w.Earliest), time.UnixMicro(w.Latest)
		at := func(x time.Time, offset int) string {
			return x.In(time.FixedZone("", offset)).Format("2006-01-02T15:04:05-07:00")
		}
		row["time_zone"], row["utc_offset"] = c.Zone, from.In(time.FixedZone("", w.EarliestOffset)).Format("-07:00")
		row["earliest_local"], row["latest_local"] = at(from, w.EarliestOffset), at(until, w.LatestOffset)
		row["earliest_at"], row["latest_at"] = from.UTC().Format("2006-01-02T15:04:05Z"), until.UTC().Format("2006-01-02T15:04:05Z")
	}
	var passed []string
	for _, p := range c.Ways[:chosen] {
		why := p.Blocked
		if p.Open {
			why = "capacity"
		}
		passed = append(passed, p.Channel.String()+"="+why)
	}
	row["passed_over"] = strings.Join(passed, "; ")
	t["tasks"] = append(t["tasks"], row)
	for _, l := range c.Loans {
		t["task_loans"] = append(t["task_loans"], naiveRow{
			"task_key": key, "borrower_id": string(c.Borrower), "loan_id": l.ID, "currency": l.Currency, "days_past_due": fmt.Sprint(l.Days),
			"past_due_amount": naiveAmount(l.PastDue, o), "covered": fmt.Sprint(l.Reason == ""), "reason_code": l.Reason,
		})
	}
	for i := range c.Offers {
		t["offers"] = append(t["offers"], naiveOffer(c, &c.Offers[i], key, o))
	}
}

func naiveOffer(c *Candidate, f *OfferRow, key string, o *Options) naiveRow {
	row := naiveRow{
		"offer_id": naiveKey(o, string(c.Borrower), f.Loan, f.Kind), "task_key": key, "borrower_id": string(c.Borrower), "loan_id": f.Loan, "currency": f.Currency,
		"kind": f.Kind, "offer_rank": fmt.Sprint(f.Rank), "reason": f.Reason, "value_date": naiveDate(f.Days[0]), "valid_until": naiveDate(f.Days[1]),
		"first_due_on": naiveDate(f.Days[2]), "until": naiveDate(f.Days[3]), "pay_by": naiveDate(f.Days[4]),
	}
	if f.Months != reports.Null {
		row["months"] = fmt.Sprint(f.Months)
	}
	if f.Rate != reports.Null {
		row["annual_rate"] = big.NewRat(f.Rate, 1e9).FloatString(9)
	}
	for i, name := range []string{"installment_amount", "last_amount", "new_interest", "waived", "forgiven", "pay_amount", "total_to_pay", "extra_cost"} {
		row[name] = naiveAmount(f.Amounts[i], o)
	}
	return row
}

func naiveSilentRow(s *Silent, o *Options) naiveRow {
	return naiveRow{
		"borrower_id": string(s.Borrower), "currency": s.Currency, "loans": fmt.Sprint(s.Covered.Loans), "worst_loan_id": s.Worst, "days_past_due": fmt.Sprint(s.Days),
		"past_due_amount": naiveAmount(s.Covered.PastDue, o),
	}
}

func naiveReason(s *naiveSilent, k int, o *Options) naiveRow {
	r, row := &s.reasons[k], naiveSilentRow(&s.Silent, o)
	row["reason_code"], row["rule"], row["citation"], row["facts"], row["scope"], row["loan_id"], row["channel"] = r.Code, r.Rule, r.Citation, r.Facts, r.Scope, r.Loan, r.Channel
	row["lifts_on"], row["segment"], row["reason_number"], row["reasons"] = naiveDate(r.LiftsOn), s.Segment, fmt.Sprint(k+1), fmt.Sprint(len(s.reasons))
	if s.HasEarliest {
		at := time.UnixMicro(s.Earliest)
		row["earliest_at"] = at.UTC().Format("2006-01-02T15:04:05Z")
		row["earliest_local"] = at.In(time.FixedZone("", s.EarliestOffset)).Format("2006-01-02T15:04:05-07:00")
	}
	return row
}

func naiveBelow(c *Candidate, o *Options) naiveRow {
	first := borrower.Channels
	for _, w := range c.Ways {
		if w.Open {
			first = w.Channel
			break
		}
	}
	row := naiveRow{
		"borrower_id": string(c.Borrower), "currency": c.Currency, "loans": fmt.Sprint(c.Covered.Loans), "worst_loan_id": c.Worst, "days_past_due": fmt.Sprint(c.Days),
		"past_due_amount": naiveAmount(c.Covered.PastDue, o), "channel": first.String(), "times_below": fmt.Sprint(c.Below), "segment": o.Steps[c.Step].Segment,
		"priority": naiveAmount(c.Value, o),
	}
	if from := o.Steps[c.Step].From; from >= 0 {
		row["step_from"] = fmt.Sprint(from)
	}
	return row
}

func naiveDate(d civil.Date) string {
	if d == civil.None {
		return ""
	}
	return time.Unix(int64(d)*86400, 0).UTC().Format("2006-01-02")
}

func naiveAmount(v int64, o *Options) string {
	if v == reports.Null {
		return ""
	}
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(o.Scale)), nil)
	return new(big.Rat).SetFrac(big.NewInt(v), unit).FloatString(o.Scale)
}

// naiveKey is section 10: SHA-256 over the night's key, an HMAC of the date, and the ids.
func naiveKey(o *Options, ids ...string) string {
	for i := range ids {
		ids[i] = strings.ReplaceAll(ids[i], "\x00", "\x00\xff") // so that no two lists of ids are one text
	}
	mac := hmac.New(sha256.New, []byte("of the lender"))
	fmt.Fprint(mac, o.BusinessDate)
	sum := sha256.Sum256(append(mac.Sum(nil), strings.Join(ids, "\x00")...))
	return base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").EncodeToString(sum[:])[:20]
}
