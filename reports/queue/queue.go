// Package queue makes the collection queue of a night: one task for each
// borrower who is past due with any loan, in the order in which they are to be
// worked, and the files that each channel takes. It decides who and by which
// channel from tonight's facts alone, after tonight's payments: a borrower who
// has paid is not in it.
//
// Building is pure; writing is apart from it.
package queue

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"hash"
	"slices"
	"strings"

	"daybook/aging"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/reports"
)

// A Row is one loan past due.
type Row struct {
	Borrower    string
	Loan        string
	Currency    string
	Bucket      string
	DaysPastDue int32
	PastDue     int64
	Total       int64 // total outstanding
}

// A Step is what is done from a number of days past due on.
type Step struct {
	From     int32 // days past due of the worst loan
	Channel  string
	Tone     string
	Template string
}

// DefaultLadder is the steps of a lender who has named none: friendlier and
// cheaper first. No tone threatens.
func DefaultLadder() []Step {
	return []Step{
		{1, "push", "informative", "gentle_reminder"},
		{4, "sms", "informative", "reminder"},
		{8, "call", "helpful", "find_a_way"},
		{31, "letter", "helpful", "offer"},
		{61, "call", "firm", "specialist"},
		{91, "agency", "firm", "handover"},
	}
}

// Options configures [Build]. Of the zero value only the scale is missing.
type Options struct {
	BusinessDate civil.Date
	Scale        int    // digits of the amounts
	Ladder       []Step // by From; nil means DefaultLadder
	Secret       []byte // makes task keys that no one can guess an id from
}

// A Task is one borrower to be contacted.
type Task struct {
	Rank        int32
	Key         string // stable for the night and borrower; a channel's results come back with it
	Borrower    string
	Currency    string // of the worst loan
	Loans       int32  // past due, in all currencies
	Worst       string // loan with most days past due
	DaysPastDue int32
	Bucket      string
	PastDue     int64  // of the loans in the task's currency
	Total       int64  // likewise
	Other       string // past due in other currencies: "USD 12.00; EUR 3.10"
	Step        Step
}

// AppendRows adds the loans past due of a batch of facts.
func AppendRows(rows []Row, rec reports.Batch) ([]Row, error) {
	f, d, _, err := reports.Facts(rec)
	if err != nil {
		return rows, err
	}
	closed := make([]bool, len(d[aging.Status]))
	for i, s := range d[aging.Status] {
		closed[i] = s == "settled" || s == "overpaid" || s == "written_off" || s == "quarantined"
	}
	for i, days := range f.Counts[aging.DaysPastDue] {
		if days <= 0 || closed[f.Codes[aging.Status][i]] {
			continue
		}
		r := Row{
			Borrower: string(f.Borrower.Row(i)), Loan: string(f.LoanID.Row(i)), Currency: d[aging.Currency][f.Codes[aging.Currency][i]],
			DaysPastDue: days, PastDue: f.Amounts[aging.PastDueAmount][i], Total: f.Amounts[aging.TotalOutstanding][i],
		}
		if c := f.Codes[aging.Bucket][i]; c != aging.NoCode {
			r.Bucket = d[aging.Bucket][c]
		}
		if r.Borrower == "" {
			r.Borrower = r.Loan // who is not known is known by the loan
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// Sort puts rows in the order that [Build] wants.
func Sort(rows []Row) {
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(strings.Compare(a.Borrower, b.Borrower), strings.Compare(a.Loan, b.Loan))
	})
}

// Build makes the tasks from rows sorted by borrower, in the order in which
// they are to be worked: past-due amount and days past due descending, then
// borrower. Amounts of different currencies are compared as they stand.
func Build(rows []Row, o Options) []Task {
	if o.Ladder == nil {
		o.Ladder = DefaultLadder()
	}
	var tasks []Task
	for from := 0; from < len(rows); {
		to := from + 1
		for to < len(rows) && rows[to].Borrower == rows[from].Borrower {
			to++
		}
		tasks = append(tasks, task(rows[from:to], &o))
		from = to
	}
	slices.SortFunc(tasks, func(a, b Task) int {
		return cmp.Or(cmp.Compare(b.PastDue, a.PastDue), cmp.Compare(b.DaysPastDue, a.DaysPastDue), strings.Compare(a.Borrower, b.Borrower))
	})
	mac := hmac.New(sha256.New, o.Secret)
	for i := range tasks {
		tasks[i].Rank = int32(i + 1)
		tasks[i].Key = key(mac, o.BusinessDate, tasks[i].Borrower)
	}
	return tasks
}

// task brings the loans of one borrower together.
func task(rows []Row, o *Options) Task {
	worst := slices.MinFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.DaysPastDue, a.DaysPastDue), cmp.Compare(b.PastDue, a.PastDue), strings.Compare(a.Loan, b.Loan))
	})
	t := Task{
		Borrower: worst.Borrower, Currency: worst.Currency, Loans: int32(len(rows)), Worst: worst.Loan,
		DaysPastDue: worst.DaysPastDue, Bucket: worst.Bucket, Step: stepOf(o.Ladder, worst.DaysPastDue),
	}
	other := map[string]int64{}
	for _, r := range rows {
		if r.Currency != t.Currency {
			other[r.Currency] += r.PastDue
			continue
		}
		t.PastDue += r.PastDue
		t.Total += r.Total
	}
	currencies := make([]string, 0, len(other))
	for c := range other {
		currencies = append(currencies, c)
	}
	slices.Sort(currencies)
	for i, c := range currencies {
		currencies[i] += " " + money.Amount(other[c]).Text(o.Scale)
	}
	t.Other = strings.Join(currencies, "; ")
	return t
}

func stepOf(ladder []Step, days int32) Step {
	step := ladder[0]
	for _, s := range ladder {
		if s.From <= days {
			step = s
		}
	}
	return step
}

var keyText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// key returns 20 letters and digits: what the narrowest dialler has room for.
func key(mac hash.Hash, date civil.Date, borrower string) string {
	mac.Reset()
	mac.Write(date.Append(nil))
	mac.Write([]byte{0})
	mac.Write([]byte(borrower))
	return keyText.EncodeToString(mac.Sum(nil))[:20]
}

// Mask hides the middle of an id: the first three and the last two characters
// stay, of a short id one and one, of a very short one none.
func Mask(id string) string {
	r := []rune(id)
	switch n := len(r); {
	case n >= 8:
		return string(r[:3]) + "****" + string(r[n-2:])
	case n >= 5:
		return string(r[:1]) + "****" + string(r[n-1:])
	}
	return "****"
}
