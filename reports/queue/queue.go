// Package queue makes the collection queue of a night: one task for each
// borrower who is past due with any loan, in the order in which they are to be
// worked, and the files that each channel takes. It decides who and by which
// channel from tonight's facts alone, after tonight's payments: a borrower who
// has paid is not in it.
//
// Neither the loans nor the tasks are ever in memory together: both are sorted in
// runs that go to the disk past a budget, and streamed.
package queue

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"unicode/utf8"

	"daybook/ledger/civil"
	"daybook/reports"
)

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

// Options configures [Collector.Queue]. Of the zero value only the form and the scale
// are missing.
type Options struct {
	Form         *reports.Form // of the tables
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

// nightKey is what a night's keys are made with.
func (o *Options) nightKey() []byte {
	mac := hmac.New(sha256.New, o.Secret)
	mac.Write(o.BusinessDate.Append(nil))
	return mac.Sum(nil)
}

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
