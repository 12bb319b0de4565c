// Package queue makes the collection queue of a night: one task for each
// borrower who is past due with any loan, in the order in which they are to be
// worked, and the files that each channel takes. It decides who and by which
// channel from tonight's facts alone, after tonight's payments: a borrower who
// has paid is not in it.
//
// Building has no effect but its result; writing is apart from it.
package queue

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
	"unicode/utf8"

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
	// The ids of a batch share one string: a tenth of ten million loans is past
	// due, and an allocation for each id would be felt.
	var ids strings.Builder
	first := len(rows)
	var ends []int
	for i, days := range f.Counts[aging.DaysPastDue] {
		if days <= 0 || closed[f.Codes[aging.Status][i]] {
			continue
		}
		r := Row{
			Currency: d[aging.Currency][f.Codes[aging.Currency][i]], DaysPastDue: days,
			PastDue: f.Amounts[aging.PastDueAmount][i], Total: f.Amounts[aging.TotalOutstanding][i],
		}
		if c := f.Codes[aging.Bucket][i]; c != aging.NoCode {
			r.Bucket = d[aging.Bucket][c]
		}
		rows = append(rows, r)
		ids.Write(f.LoanID.Row(i))
		ends = append(ends, ids.Len())
		ids.Write(f.Borrower.Row(i))
		ends = append(ends, ids.Len())
	}
	all, from := ids.String(), 0
	for k := range rows[first:] {
		r := &rows[first+k]
		r.Loan, r.Borrower = all[from:ends[2*k]], all[ends[2*k]:ends[2*k+1]]
		if r.Borrower == "" {
			r.Borrower = r.Loan // who is not known is known by the loan
		}
		from = ends[2*k+1]
	}
	return rows, nil
}

// A Queue is the tasks of a night in the order in which they are to be worked:
// past-due amount and days past due descending, then borrower. Amounts of
// different currencies are compared as they stand. Its tasks are made when they
// are asked for: a million of them at once would take more memory than the rows.
type Queue struct {
	o      Options
	rows   []*Row  // by borrower, then loan
	places []place // in the order of the tasks
	night  []byte  // what the night's keys are made with
}

// A place is one task: the rows of a borrower.
type place struct {
	pastDue  int64
	days     int32
	from, to int32
}

// Build makes the queue of rows, which come in any order and are not copied.
func Build(parts [][]Row, o Options) *Queue {
	if o.Ladder == nil {
		o.Ladder = DefaultLadder()
	}
	mac := hmac.New(sha256.New, o.Secret)
	mac.Write(o.BusinessDate.Append(nil))
	q := &Queue{o: o, rows: byBorrower(parts), night: mac.Sum(nil)}
	q.places = make([]place, 0, len(q.rows))
	for from := 0; from < len(q.rows); {
		to := from + 1
		for to < len(q.rows) && q.rows[to].Borrower == q.rows[from].Borrower {
			to++
		}
		w := worst(q.rows[from:to])
		p := place{0, w.DaysPastDue, int32(from), int32(to)}
		for _, r := range q.rows[from:to] {
			if r.Currency == w.Currency {
				p.pastDue += r.PastDue
			}
		}
		q.places = append(q.places, p)
		from = to
	}
	q.places = sortBy(q.places, func(a, b place) int {
		switch {
		case a.pastDue != b.pastDue:
			return cmp.Compare(b.pastDue, a.pastDue)
		case a.days != b.days:
			return cmp.Compare(b.days, a.days)
		}
		return cmp.Compare(a.from, b.from)
	})
	return q
}

// byBorrower sorts rows by borrower, then loan.
func byBorrower(parts [][]Row) []*Row {
	shared, n := sharedPrefix(parts), 0
	for _, rows := range parts {
		n += len(rows)
	}
	type keyed struct {
		key uint64 // the eight bytes after what all borrowers share
		row *Row
	}
	order := make([]keyed, 0, n)
	for _, rows := range parts {
		for i := range rows {
			order = append(order, keyed{word(rows[i].Borrower[shared:]), &rows[i]})
		}
	}
	order = sortBy(order, func(a, b keyed) int {
		if a.key != b.key {
			return cmp.Compare(a.key, b.key)
		}
		return cmp.Or(strings.Compare(a.row.Borrower, b.row.Borrower), strings.Compare(a.row.Loan, b.row.Loan))
	})
	sorted := make([]*Row, n)
	for i := range order {
		sorted[i] = order[i].row
	}
	return sorted
}

// Len returns the number of tasks.
func (q *Queue) Len() int { return len(q.places) }

// Tasks fills dst with the tasks from index from on.
func (q *Queue) Tasks(from int, dst []Task) {
	eachRange(len(dst), func(a, b int) {
		k := keys{text: slices.Clone(q.night)}
		for i := a; i < b; i++ {
			p := &q.places[from+i]
			dst[i].fill(q.rows[p.from:p.to], &q.o)
			dst[i].Rank = int32(from + i + 1)
			dst[i].Key = k.of(dst[i].Borrower)
		}
	})
}

func sharedPrefix(parts [][]Row) int {
	first, n := "", -1
	for _, rows := range parts {
		for i := range rows {
			b := rows[i].Borrower
			if n < 0 {
				first, n = b, len(b)
			}
			n = min(n, len(b))
			for b[:n] != first[:n] {
				n--
			}
		}
	}
	return max(n, 0)
}

// word returns the first eight bytes, in an order that is the text's.
func word(s string) (w uint64) {
	for i := range min(len(s), 8) {
		w |= uint64(s[i]) << (56 - 8*i)
	}
	return w
}

// worst returns the loan that decides: most days past due, then most past due,
// then the first id.
func worst(rows []*Row) *Row {
	w := rows[0]
	for _, r := range rows[1:] {
		if r.DaysPastDue != w.DaysPastDue {
			if r.DaysPastDue > w.DaysPastDue {
				w = r
			}
		} else if r.PastDue > w.PastDue || r.PastDue == w.PastDue && r.Loan < w.Loan {
			w = r
		}
	}
	return w
}

// fill brings the loans of one borrower together.
func (t *Task) fill(rows []*Row, o *Options) {
	w := worst(rows)
	*t = Task{
		Borrower: w.Borrower, Currency: w.Currency, Loans: int32(len(rows)), Worst: w.Loan,
		DaysPastDue: w.DaysPastDue, Bucket: w.Bucket, Step: stepOf(o.Ladder, w.DaysPastDue),
	}
	var other map[string]int64 // most borrowers owe in one currency
	for _, r := range rows {
		if r.Currency != t.Currency {
			if other == nil {
				other = map[string]int64{}
			}
			other[r.Currency] += r.PastDue
			continue
		}
		t.PastDue += r.PastDue
		t.Total += r.Total
	}
	if other != nil {
		t.Other = amounts(other, o.Scale)
	}
}

// amounts lists amounts by currency: "EUR 3.10; USD 12.00".
func amounts(by map[string]int64, scale int) string {
	currencies := make([]string, 0, len(by))
	for c := range by {
		currencies = append(currencies, c)
	}
	slices.Sort(currencies)
	for i, c := range currencies {
		currencies[i] += " " + money.Amount(by[c]).Text(scale)
	}
	return strings.Join(currencies, "; ")
}

func stepOf(ladder []Step, days int32) Step {
	at := 0
	for i := range ladder {
		if ladder[i].From <= days {
			at = i
		}
	}
	return ladder[at]
}

var keyText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// keys makes the keys of a night: SHA-256 over the night's own key, which only
// the secret's owner can make, and the borrower, cut to 100 bits.
type keys struct{ text []byte }

// of returns 20 letters and digits: what the narrowest dialler has room for.
func (k *keys) of(borrower string) string {
	k.text = append(k.text[:sha256.Size], borrower...)
	sum := sha256.Sum256(k.text)
	var out [24]byte
	keyText.Encode(out[:], sum[:15])
	return string(out[:20])
}

// Mask hides the middle of an id: the first three and the last two characters
// stay, of a short id one and one, of a very short one none.
func Mask(id string) string { return string(appendMask(nil, id)) }

func appendMask(b []byte, id string) []byte {
	n := utf8.RuneCountInString(id)
	head, tail := 3, 2
	switch {
	case n < 5:
		head, tail = 0, 0
	case n < 8:
		head, tail = 1, 1
	}
	from, to := 0, len(id)
	for range head {
		_, size := utf8.DecodeRuneInString(id[from:])
		from += size
	}
	for range tail {
		_, size := utf8.DecodeLastRuneInString(id[:to])
		to -= size
	}
	if n < 5 {
		to = len(id)
	}
	return append(append(append(b, id[:from]...), "****"...), id[to:]...)
}
