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

// Sort puts rows in the order that [Build] wants: by borrower, then loan.
func Sort(rows []Row) {
	shared := sharedPrefix(rows)
	type keyed struct {
		key uint64 // the eight bytes after what all borrowers share
		at  int32
	}
	order := make([]keyed, len(rows))
	for i := range rows {
		order[i] = keyed{word(rows[i].Borrower[shared:]), int32(i)}
	}
	slices.SortFunc(order, func(a, b keyed) int {
		if a.key != b.key {
			return cmp.Compare(a.key, b.key)
		}
		x, y := &rows[a.at], &rows[b.at]
		return cmp.Or(strings.Compare(x.Borrower, y.Borrower), strings.Compare(x.Loan, y.Loan))
	})
	sorted := make([]Row, len(rows))
	for i, k := range order {
		sorted[i] = rows[k.at]
	}
	copy(rows, sorted)
}

func sharedPrefix(rows []Row) int {
	if len(rows) == 0 {
		return 0
	}
	first := rows[0].Borrower
	n := len(first)
	for i := range rows {
		b := rows[i].Borrower
		n = min(n, len(b))
		for b[:n] != first[:n] {
			n--
		}
	}
	return n
}

// word returns the first eight bytes, in an order that is the text's.
func word(s string) (w uint64) {
	for i := range min(len(s), 8) {
		w |= uint64(s[i]) << (56 - 8*i)
	}
	return w
}

// Build makes the tasks from rows sorted by borrower, in the order in which
// they are to be worked: past-due amount and days past due descending, then
// borrower. Amounts of different currencies are compared as they stand.
func Build(rows []Row, o Options) []Task {
	if o.Ladder == nil {
		o.Ladder = DefaultLadder()
	}
	type place struct {
		pastDue  int64
		days     int32
		from, to int32 // rows of one borrower; in order of borrowers
	}
	var order []place
	for from := 0; from < len(rows); {
		to := from + 1
		for to < len(rows) && rows[to].Borrower == rows[from].Borrower {
			to++
		}
		w := &rows[from+worst(rows[from:to])]
		p := place{0, w.DaysPastDue, int32(from), int32(to)}
		for i := from; i < to; i++ {
			if rows[i].Currency == w.Currency {
				p.pastDue += rows[i].PastDue
			}
		}
		order = append(order, p)
		from = to
	}
	slices.SortFunc(order, func(a, b place) int {
		switch {
		case a.pastDue != b.pastDue:
			return cmp.Compare(b.pastDue, a.pastDue)
		case a.days != b.days:
			return cmp.Compare(b.days, a.days)
		}
		return cmp.Compare(a.from, b.from)
	})
	mac := hmac.New(sha256.New, o.Secret)
	mac.Write(o.BusinessDate.Append(nil))
	k := keys{text: mac.Sum(nil)}
	tasks := make([]Task, len(order))
	for i, p := range order {
		tasks[i].fill(rows[p.from:p.to], &o)
		tasks[i].Rank = int32(i + 1)
		tasks[i].Key = k.of(tasks[i].Borrower)
	}
	return tasks
}

// worst returns the place of the loan that decides: most days past due, then
// most past due, then the first id.
func worst(rows []Row) int {
	at := 0
	for i := range rows {
		a, b := &rows[i], &rows[at]
		if a.DaysPastDue != b.DaysPastDue {
			if a.DaysPastDue > b.DaysPastDue {
				at = i
			}
		} else if a.PastDue > b.PastDue || a.PastDue == b.PastDue && a.Loan < b.Loan {
			at = i
		}
	}
	return at
}

// fill brings the loans of one borrower together.
func (t *Task) fill(rows []Row, o *Options) {
	w := &rows[worst(rows)]
	t.Borrower, t.Currency, t.Loans, t.Worst = w.Borrower, w.Currency, int32(len(rows)), w.Loan
	t.DaysPastDue, t.Bucket, t.Step = w.DaysPastDue, w.Bucket, stepOf(o.Ladder, w.DaysPastDue)
	var other map[string]int64 // most borrowers owe in one currency
	for i := range rows {
		r := &rows[i]
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
