package queue

import (
	"slices"
	"strconv"
	"strings"

	"daybook/aging"
	"daybook/ledger/money"
	"daybook/reports"
	"daybook/reports/spill"
)

// tasksAtOnce is how many tasks are made and written at a time: few enough to stay
// in the cache. The batches that tasks.parquet is written in decide its bytes: it is part
// of the layout.
const tasksAtOnce = 1 << 15

// blockBytes is about what a block of so many tasks takes.
const blockBytes = 8 << 20

// A block is tasks one after the other, made ready to be written by one worker. Its
// memory is used again for the next.
type block struct {
	q       *Queue
	batch   spill.Batch
	first   int // tasks before it
	some    []made
	columns []reports.Column
	names   []aging.Dictionary // of each coded column, in the order in which the block has them
	codes   [][stepColumns]uint16
	lines   []lines // by channel
	loans   int64
	sums    []sum // by currency and step
	keys    keys
	text    []byte // lines of some
	mask    []byte
	warmth  byte
	// currency is that of the task before, and digits what its amounts are written with.
	currency string
	digits   int
	parquet  turn
	csv      turn
}

// A made is a task with what follows from it.
type made struct {
	task
	rank int32
	step int
	key  [keySize]byte
	end  int // of its line in the block's text
}

// someMax is of how many tasks the nearest cache has room beside all else. Rows go to
// columns, and lines to their channels, for some tasks at once: what is made digit by
// digit while such a write waits for memory waits too, and took twice as long.
const someMax = 64

// lines are the block's rows of one channel's CSV.
type lines struct {
	text []byte
	rows int
}

// append adds a line. It doubles the memory where there is no more: append alone grows by
// less, and copies more.
func (l *lines) append(line []byte) {
	if len(l.text)+len(line) > cap(l.text) {
		l.text = slices.Grow(l.text, max(len(l.text), len(line), 64<<10))
	}
	l.text = append(l.text, line...)
	l.rows++
}

type sum struct{ tasks, pastDue int64 }

// The columns of tasks that the step gives: channel, tone and template, from firstStep on.
const (
	currencyColumn = 3
	bucketColumn   = 7
	firstStep      = 11
	stepColumns    = 3
)

func (q *Queue) newBlock() *block {
	columns, rows := taskColumns(q.o.Scale), min(q.atOnce, q.Len())
	for i := range columns {
		columns[i].Grow(rows)
	}
	return &block{
		q: q, columns: columns, names: make([]aging.Dictionary, len(columns)), codes: make([][stepColumns]uint16, len(q.steps)),
		lines: make([]lines, len(q.channels)), keys: keys{text: slices.Clone(q.night)}, some: make([]made, 0, someMax),
	}
}

// clear empties the block but for its records.
func (b *block) clear() {
	for i := range b.columns {
		b.columns[i].Reset()
		b.names[i] = b.names[i][:0]
	}
	for i := range b.lines {
		b.lines[i] = lines{text: b.lines[i].text[:0]}
	}
	for i := range b.codes {
		b.codes[i] = [stepColumns]uint16{aging.NoCode, aging.NoCode, aging.NoCode}
	}
	b.loans, b.sums = 0, b.sums[:0]
}

// format makes of the block's records the rows of tasks.parquet and of the channels, and
// adds them up.
func (b *block) format() error {
	b.clear()
	rank := int32(b.first)
	for recs := range slices.Chunk(b.batch.Recs, someMax) {
		b.warm(recs)
		b.some, b.text = b.some[:0], b.text[:0]
		for _, rec := range recs {
			t, err := readTask(rec)
			if err != nil {
				return err
			}
			rank++
			if len(t.other) > 0 {
				t.other = b.written(t.other)
			}
			b.some = append(b.some, made{task: t, rank: rank, step: stepOf(b.q.o.Ladder, t.days), key: b.keys.of(t.borrower)})
			m := &b.some[len(b.some)-1]
			b.text = b.appendLine(b.text, m)
			m.end = len(b.text)
		}
		b.add()
	}
	return nil
}

// warm looks at both ends of records, which lie far apart in memory: so many are fetched
// at once, while [readTask] would wait for one after the other.
func (b *block) warm(recs [][]byte) {
	for _, rec := range recs {
		if n := len(rec); n > 0 {
			b.warmth ^= rec[0] ^ rec[n-1]
		}
	}
}

// add adds some tasks to the columns, the lines and the sums.
func (b *block) add() {
	b.appendRows(b.some)
	from := 0
	currencies := b.columns[currencyColumn].Codes
	currencies = currencies[len(currencies)-len(b.some):]
	for i := range b.some {
		m := &b.some[i]
		b.lines[b.q.steps[m.step].channel].append(b.text[from:m.end])
		from = m.end
		b.loans += int64(m.loans)
		s := b.sum(currencies[i], m.step)
		s.tasks++
		s.pastDue += m.pastDue
	}
}

// appendRows adds tasks to the columns of the tasks table: to copies of what they have, as
// the collector of garbage wants to know of each pointer that is set elsewhere.
func (b *block) appendRows(some []made) {
	c := b.columns
	ranks, loans, days, due, total := c[0].Counts, c[4].Counts, c[6].Counts, c[8].Ints, c[9].Ints
	for i := range some {
		m := &some[i]
		ranks, loans, days = append(ranks, m.rank), append(loans, m.loans), append(days, m.days)
		due, total = append(due, m.pastDue), append(total, m.total)
	}
	c[0].Counts, c[4].Counts, c[6].Counts, c[8].Ints, c[9].Ints = ranks, loans, days, due, total
	key, borrower, worst, other := c[1].Texts, c[2].Texts, c[5].Texts, c[10].Texts
	for i := range some {
		m := &some[i]
		key.Append(m.key[:])
		borrower.Append(m.borrower)
		worst.Append(m.worst)
		other.Append(m.other)
	}
	c[1].Texts, c[2].Texts, c[5].Texts, c[10].Texts = key, borrower, worst, other
	currency, bucket := c[currencyColumn].Codes, c[bucketColumn].Codes
	channel, tone, template := c[firstStep].Codes, c[firstStep+1].Codes, c[firstStep+2].Codes
	for i := range some {
		m := &some[i]
		currency = append(currency, b.code(currencyColumn, m.currency))
		bucket = append(bucket, b.code(bucketColumn, m.bucket))
		step := b.stepCodes(m.step)
		channel, tone, template = append(channel, step[0]), append(tone, step[1]), append(template, step[2])
	}
	c[currencyColumn].Codes, c[bucketColumn].Codes = currency, bucket
	c[firstStep].Codes, c[firstStep+1].Codes, c[firstStep+2].Codes = channel, tone, template
}

// stepCodes returns the block's codes of a step's channel, tone and template.
func (b *block) stepCodes(step int) *[stepColumns]uint16 {
	codes, s := &b.codes[step], &b.q.o.Ladder[step]
	if codes[0] == aging.NoCode { // the block's first task of the step
		for i, name := range [stepColumns]string{s.Channel, s.Tone, s.Template} {
			codes[i] = b.code(firstStep+i, []byte(name))
		}
	}
	return codes
}

// code returns the block's code of a name, new to it or not; the empty name is null.
func (b *block) code(column int, name []byte) uint16 {
	if len(name) == 0 {
		return aging.NoCode
	}
	for code, known := range b.names[column] {
		if known == string(name) {
			return uint16(code)
		}
	}
	b.names[column] = append(b.names[column], string(name))
	return uint16(len(b.names[column]) - 1)
}

// sum returns the sum of a currency and step.
func (b *block) sum(currency uint16, step int) *sum {
	at := int(currency)*len(b.q.steps) + step
	for len(b.sums) <= at {
		b.sums = append(b.sums, sum{})
	}
	return &b.sums[at]
}

// appendLine appends a task as a line of its channel's file, with masked ids.
func (b *block) appendLine(l []byte, t *made) []byte {
	l = append(append(l, t.key[:]...), b.q.date...)
	l = append(strconv.AppendInt(l, int64(t.rank), 10), ',')
	l = append(b.appendMasked(l, t.borrower), ',')
	l = append(b.appendMasked(l, t.worst), ',')
	l = append(reports.AppendCell(l, t.currency), ',')
	l = append(strconv.AppendInt(l, int64(t.loans), 10), ',')
	l = append(strconv.AppendInt(l, int64(t.days), 10), ',')
	l = append(reports.AppendCell(l, t.bucket), ',')
	digits := b.digitsOf(t.currency)
	l = append(reports.AppendDecimal(l, t.pastDue, b.q.o.Scale, digits), ',')
	l = reports.AppendDecimal(l, t.total, b.q.o.Scale, digits)
	return append(l, b.q.steps[t.step].tail...)
}

// digitsOf returns the digits with which amounts of a currency are written: most often
// that of the task before.
func (b *block) digitsOf(currency []byte) int {
	if string(currency) != b.currency {
		b.currency = string(currency)
		b.digits = b.q.o.Form.Digits(b.q.o.Scale, b.currency)
	}
	return b.digits
}

// written writes what is past due in other currencies with the digits of each. Few
// borrowers have any.
func (b *block) written(other []byte) []byte {
	var list []string
	for _, x := range strings.Split(string(other), "; ") {
		currency, amount, _ := strings.Cut(x, " ")
		v, err := money.ParseDecimal(amount, b.q.o.Scale)
		if err != nil {
			panic("queue: internal error: past due in other currencies: " + err.Error())
		}
		list = append(list, currency+" "+reports.Decimal(v, b.q.o.Scale, b.q.o.Form.Digits(b.q.o.Scale, currency)))
	}
	return []byte(strings.Join(list, "; "))
}

func (b *block) appendMasked(l, id []byte) []byte {
	b.mask = appendMask(b.mask[:0], id)
	return reports.AppendCell(l, b.mask)
}
