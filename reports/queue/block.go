package queue

import (
	"slices"

	"daybook/aging"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/reports"
	"daybook/reports/channel"
	"daybook/reports/spill"
)

// tasksAtOnce is how many candidates are made into tasks and written at a time: few enough
// to stay in the cache. The batches that tasks.parquet is written in decide its bytes: it
// is part of the layout.
const tasksAtOnce = 1 << 14

// blockBytes is about what a block of so many tasks takes.
const blockBytes = 12 << 20

// A block is candidates one after the other, made ready to be written by one worker. Its
// memory is used again for the next.
type block struct {
	q       *Queue
	batch   spill.Batch
	ways    []int32 // of each candidate its channel's place among the step's; below zero: none had room
	rank    int32   // tasks before it
	c       candidate
	f       filling
	lines   [borrower.Channels][]channel.Lines // by format
	keys    keys
	row     channel.Row
	local   [2]localTime
	sums    Places
	digits  map[string]int
	covered [][]byte
	rec     []byte
	outs
	parquet turn
	csv     turn
}

// outs are where a worker sends the rows of tables that are sorted.
type outs struct {
	taskLoans *spill.Writer
	offers    *spill.Writer
	below     *spill.Writer
	sink      Sink
}

// A localTime is the last instant that was written, and how: most tasks share it.
type localTime struct {
	at     int64
	offset int
	text   []byte
}

func (l *localTime) of(at int64, offset int) []byte {
	if at != l.at || offset != l.offset || len(l.text) == 0 {
		l.at, l.offset, l.text = at, offset, reports.AppendLocal(l.text[:0], at, offset)
	}
	return l.text
}

func (q *Queue) newBlock(workers int) *block {
	b := &block{q: q, f: filling{columns: taskColumns(q.o.Scale)}, keys: keys{text: slices.Clone(q.o.NightKey)}, digits: map[string]int{}}
	rows := min(q.atOnce, q.Len())
	for i := range b.f.columns {
		b.f.columns[i].Grow(rows)
	}
	for c := range b.lines {
		b.lines[c] = make([]channel.Lines, len(q.o.Formats[c]))
	}
	b.outs = outs{
		taskLoans: q.c.others[taskLoanStream].Writer(workers), offers: q.c.others[offerStream].Writer(workers),
		below: q.c.others[belowStream].Writer(workers),
	}
	if q.o.Sink != nil {
		b.sink = q.o.Sink()
	}
	return b
}

// clear empties the block but for its records.
func (b *block) clear() {
	for i := range b.f.columns {
		b.f.columns[i].Reset()
		b.f.columns[i].Names = nil // the file's, by now
	}
	for c := range b.lines {
		for i := range b.lines[c] {
			b.lines[c][i].Reset()
		}
	}
	b.sums = b.sums[:0]
}

// format makes of the block's candidates what they have become.
func (b *block) format() error {
	b.clear()
	rank := b.rank
	for i, rec := range b.batch.Recs {
		if err := b.c.read(rec); err != nil {
			return err
		}
		if b.c.step >= len(b.q.o.Steps) {
			return errDamaged
		}
		if b.ways[i] < 0 {
			if err := b.addBelow(); err != nil {
				return err
			}
			continue
		}
		rank++
		if err := b.addTask(rank, int(b.ways[i])); err != nil {
			return err
		}
	}
	return nil
}

func (b *block) step() *Step { return &b.q.o.Steps[b.c.step] }

// addBelow adds a borrower for whom no channel had capacity left.
func (b *block) addBelow() error {
	c := &b.c
	first := slices.IndexFunc(c.ways, func(w way) bool { return w.open })
	if first < 0 {
		return errDamaged
	}
	b.sums.addBelow(c, c.ways[first].channel)
	rec := spill.AppendText(b.rec[:0], c.borrower)
	rec = appendText(appendText(rec, c.words[wordCurrency]), c.words[wordWorst])
	rec = appendInt(appendInt(appendInt(rec, c.numbers[numberLoans]), int64(c.days)), c.numbers[numberPastDue])
	rec = appendInt(appendText(rec, c.ways[first].channel.String()), int64(c.below))
	rec = appendInt(appendText(rec, b.step().Segment), c.value)
	b.rec = appendInt(rec, stepFrom(b.step()))
	if err := b.below.Add(b.rec); err != nil || b.sink == nil || c.class == classReminder {
		return err
	}
	return b.sink.Below(c.borrower)
}

func stepFrom(s *Step) int64 {
	if s.From < 0 {
		return reports.Null
	}
	return int64(s.From)
}

// addTask adds a task through one of the step's channels.
func (b *block) addTask(rank int32, at int) error {
	c := &b.c
	if at >= len(c.ways) || !c.ways[at].open {
		return errDamaged
	}
	w, key := &c.ways[at], b.keys.of(c.borrower)
	b.sums.addTask(c, w.channel)
	r := &b.row
	b.fillRow(r, rank, key[:], w)
	b.fillTask(r, w, PassedOver(c.ways, at))
	for i, f := range b.q.o.Formats[w.channel] {
		b.lines[w.channel][i].Add(f, r, nil)
	}
	if err := b.addLoans(key[:]); err != nil {
		return err
	}
	for i := range c.offers {
		if err := b.addOffer(key[:], &c.offers[i]); err != nil {
			return err
		}
	}
	if b.sink == nil {
		return nil
	}
	return b.sink.Task(c.borrower, string(key[:]), w.channel, w.attempts, b.covered)
}

// fillRow makes the row that channels take.
func (b *block) fillRow(r *channel.Row, rank int32, key []byte, w *way) {
	c, s := &b.c, b.step()
	currency := c.words[wordCurrency]
	r.TaskKey, r.ContactOn, r.Language = key, b.q.o.BusinessDate+1, c.words[wordLanguage]
	r.Tone, r.Template, r.Education, r.Notices = appendString(r.Tone, s.Tone), appendString(r.Template, s.Template), appendString(r.Education, s.Education), w.notices
	r.Time = channel.Time{Earliest: reports.Null, Latest: reports.Null, UTCOffset: r.Time.UTCOffset[:0], Attempts: w.attempts}
	if w.timed {
		r.Time.EarliestLocal, r.Time.LatestLocal = b.local[0].of(w.earliest, w.offsets[0]), b.local[1].of(w.latest, w.offsets[1])
		r.Time.Zone, r.Time.UTCOffset = c.words[wordZone], reports.AppendOffset(r.Time.UTCOffset, w.offsets[0])
		r.Time.Earliest, r.Time.Latest = w.earliest, w.latest
	}
	digits, ok := b.digits[string(currency)]
	if !ok {
		digits = b.q.o.Form.Digits(b.q.o.Scale, string(currency))
		b.digits[string(currency)] = digits
	}
	r.Debt = channel.Debt{
		Rank: rank, Currency: currency, Loans: int32(c.numbers[numberLoans]), DaysPastDue: c.days, Bucket: c.words[wordBucket],
		PastDue: c.numbers[numberPastDue], Total: c.numbers[numberTotal], Offers: offerIDs(r.Debt.Offers[:0], b, c), Scale: b.q.o.Scale, Digits: digits,
	}
	r.Next = channel.Next{On: civil.Date(c.numbers[numberNextOn]), Amount: c.numbers[numberNext]}
	r.Masked.Borrower = channel.AppendMask(r.Masked.Borrower[:0], c.borrower)
	r.Masked.WorstLoan = channel.AppendMask(r.Masked.WorstLoan[:0], c.words[wordWorst])
}

func appendString(b []byte, s string) []byte { return append(b[:0], s...) }

// offerIDs lists the ids of a candidate's offers.
func offerIDs(dst []byte, b *block, c *candidate) []byte {
	for i := range c.offers {
		id := b.offerID(&c.offers[i])
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, id[:]...)
	}
	return dst
}

func (b *block) offerID(o *offerRow) [keySize]byte { return b.keys.of(b.c.borrower, o.loan, o.kind) }

// fillTask fills the task's row of tasks.parquet.
func (b *block) fillTask(r *channel.Row, w *way, passedOver []byte) {
	c, s, f := &b.c, b.step(), &b.f
	f.count(r.Debt.Rank)
	f.text(r.TaskKey)
	f.text(c.borrower)
	f.name(c.words[wordCurrency])
	f.count(r.Debt.Loans)
	f.text(c.words[wordWorst])
	f.count(c.days)
	f.name(c.words[wordBucket])
	f.int(r.Debt.PastDue)
	f.int(r.Debt.Total)
	f.text(c.words[wordOther])
	f.name([]byte(w.channel.String()))
	f.name(r.Tone)
	f.name(r.Template)
	f.date(r.ContactOn)
	f.name(c.words[wordJurisdiction])
	f.count(int32(c.class))
	f.name([]byte(s.Segment))
	switch {
	case c.champion:
		f.name([]byte("champion"))
	default:
		f.name([]byte(s.Arm))
	}
	f.int(stepFrom(s))
	f.int(c.value)
	f.text(r.Language)
	f.name(r.Education)
	f.name(r.Notices)
	f.text(r.Time.Zone)
	f.text(r.Time.UTCOffset)
	f.text(r.Time.EarliestLocal)
	f.text(r.Time.LatestLocal)
	f.int(r.Time.Earliest)
	f.int(r.Time.Latest)
	f.count(w.attempts)
	f.count(int32(c.numbers[numberWithheld]))
	f.int(c.numbers[numberWithheldPastDue])
	f.date(r.Next.On)
	f.int(r.Next.Amount)
	f.count(int32(len(c.offers)))
	f.text(passedOver)
}

// PassedOver says why the channels before the chosen one were not used:
// "sms=cap:all_week+opted_out; push=capacity".
func PassedOver(ways []way, chosen int) (b []byte) {
	for i := range ways[:chosen] {
		if i > 0 {
			b = append(b, "; "...)
		}
		b = append(append(b, ways[i].channel.String()...), '=')
		if ways[i].open {
			b = append(b, "capacity"...)
		} else {
			b = append(b, ways[i].blocked...)
		}
	}
	return b
}

// addLoans adds the loans of a task to task_loans.
func (b *block) addLoans(key []byte) error {
	b.covered = b.covered[:0]
	for i := range b.c.loans {
		l := &b.c.loans[i]
		if len(l.reason) == 0 {
			b.covered = append(b.covered, l.id)
		}
		rec := spill.AppendText(spill.AppendText(b.rec[:0], b.c.borrower), l.id)
		rec = appendText(appendText(rec, key), l.currency)
		b.rec = appendText(appendInt(appendInt(rec, int64(l.days)), l.pastDue), l.reason)
		if err := b.taskLoans.Add(b.rec); err != nil {
			return err
		}
	}
	return nil
}

func (b *block) addOffer(key []byte, o *offerRow) error {
	id := b.offerID(o)
	rec := spill.AppendInt(spill.AppendText(spill.AppendText(b.rec[:0], b.c.borrower), o.loan), int64(o.rank))
	rec = appendText(appendText(rec, id[:]), key)
	b.rec = appendOffer(rec, &OfferRow{
		Loan: string(o.loan), Currency: string(o.currency), Kind: string(o.kind), Reason: string(o.reason), Rank: o.rank,
		Days: o.days, Amounts: o.amounts, Months: o.months, Rate: o.rate, Lines: o.lines,
	})
	return b.offers.Add(b.rec)
}

func (o *outs) close() error {
	for _, w := range [...]*spill.Writer{o.taskLoans, o.offers, o.below} {
		if err := w.Close(); err != nil {
			return err
		}
	}
	if o.sink == nil {
		return nil
	}
	return o.sink.Close()
}

// rename gives a coded column the file's codes for the block's own. A name that is new
// comes behind those of earlier blocks.
func (b *block) rename(column int, names *aging.Dictionary) {
	c := &b.f.columns[column]
	codes, same := make([]uint16, len(c.Names)), true
	for code, name := range c.Names {
		at := slices.Index(*names, name)
		if at < 0 {
			at = len(*names)
			*names = append(*names, name)
		}
		codes[code] = uint16(at)
		same = same && at == code
	}
	c.Names = *names
	if same {
		return
	}
	for i, code := range c.Codes {
		if code != aging.NoCode {
			c.Codes[i] = codes[code]
		}
	}
}

// Amounts lists amounts by currency: "EUR 3.10; USD 12.00".
func Amounts(form *reports.Form, scale int, sums map[string]int64) string {
	list := make([]string, 0, len(sums))
	for currency, v := range sums { // in any order: they are sorted
		list = append(list, currency+" "+reports.Decimal(v, scale, form.Digits(scale, currency)))
	}
	slices.Sort(list)
	s := ""
	for i, x := range list {
		if i > 0 {
			s += "; "
		}
		s += x
	}
	return s
}
