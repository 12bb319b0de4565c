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
	"daybook/reports/spill"
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
	Workers      int    // who write at once, as far as the collector's budget has room for them; 0 means one
}

// A Queue is the tasks of a night in the order in which they are to be worked:
// past-due amount and days past due descending, then borrower. Amounts of
// different currencies are compared as they stand.
type Queue struct {
	o        Options
	tasks    *spill.Sorter
	budget   int64
	steps    []step
	channels []string
	date     []byte // between a key and a rank
	night    []byte // what the night's keys are made with
	atOnce   int    // tasksAtOnce but in tests
}

// Queue makes the queue of what was collected; all writers are closed.
func (c *Collector) Queue(o Options) *Queue {
	if o.Ladder == nil {
		o.Ladder = DefaultLadder()
	}
	q := &Queue{o: o, tasks: c.tasks, budget: c.budget, night: o.nightKey(), atOnce: tasksAtOnce}
	q.date = append(o.BusinessDate.Append([]byte{','}), ',')
	q.steps, q.channels = stepsOf(o.Ladder)
	return q
}

// Len returns the number of tasks.
func (q *Queue) Len() int { return int(q.tasks.Len()) }

// stepOf returns the place in the ladder of a number of days past due.
func stepOf(ladder []Step, days int32) int {
	at := 0
	for i := range ladder {
		if ladder[i].From <= days {
			at = i
		}
	}
	return at
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
type keys struct{ text []byte } // begins with the night's key

// keySize is what the narrowest dialler has room for: letters and digits.
const keySize = 20

func (k *keys) of(borrower []byte) (key [keySize]byte) {
	k.text = append(k.text[:sha256.Size], borrower...)
	sum := sha256.Sum256(k.text)
	var out [24]byte
	keyText.Encode(out[:], sum[:15])
	copy(key[:], out[:])
	return key
}

// Mask hides the middle of an id: the first three and the last two characters
// stay, of a short id one and one, of a very short one none.
func Mask(id string) string { return string(appendMask(nil, []byte(id))) }

func appendMask(b, id []byte) []byte {
	n := utf8.RuneCount(id)
	head, tail := 3, 2
	switch {
	case n < 5:
		head, tail = 0, 0
	case n < 8:
		head, tail = 1, 1
	}
	if n == len(id) { // a byte each, as most ids have it
		return appendHidden(b, id[:head], id[len(id)-tail:])
	}
	from, to := 0, len(id)
	for range head {
		_, size := utf8.DecodeRune(id[from:])
		from += size
	}
	for range tail {
		_, size := utf8.DecodeLastRune(id[:to])
		to -= size
	}
	return appendHidden(b, id[:from], id[to:])
}

func appendHidden(b, head, tail []byte) []byte {
	return append(append(append(b, head...), "****"...), tail...)
}
