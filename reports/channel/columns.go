package channel

import (
	"slices"

	"daybook/ledger/borrower"
	"daybook/reports"
)

// A column has a name, and appends what a row has there. A text is handed to text, which
// is how the file writes one that comes from outside.
type column struct {
	name   string
	append func(b []byte, r *Row, text appender) []byte
}

// An appender appends a text from outside as a cell.
type appender func(b, text []byte) []byte

func outside(name string, of func(*Row) []byte) column {
	return column{name, func(b []byte, r *Row, text appender) []byte { return text(b, of(r)) }}
}

// made is a text that the program makes: no one else can have put a formula there, and an
// offset of +08:00 is to be read as it stands.
func made(name string, of func(*Row) []byte) column {
	return column{name, func(b []byte, r *Row, _ appender) []byte { return append(b, of(r)...) }}
}

func count(name string, of func(*Row) int32) column {
	return column{name, func(b []byte, r *Row, _ appender) []byte { return appendCount(b, of(r)) }}
}

func amount(name string, of func(*Row) int64) column {
	return column{name, func(b []byte, r *Row, _ appender) []byte {
		return reports.AppendDecimal(b, of(r), r.Debt.Scale, r.Debt.Digits)
	}}
}

func instant(name string, of func(*Row) int64) column {
	return column{name, func(b []byte, r *Row, _ appender) []byte { return appendInstant(b, of(r)) }}
}

// The columns, each once.
var (
	taskKey   = made("task_key", func(r *Row) []byte { return r.TaskKey })
	contactOn = column{"contact_on", func(b []byte, r *Row, _ appender) []byte { return appendDate(b, r.ContactOn) }}
	language  = outside("language", func(r *Row) []byte { return r.Language })
	tone      = outside("tone", func(r *Row) []byte { return r.Tone })
	template  = outside("template", func(r *Row) []byte { return r.Template })
	education = outside("education", func(r *Row) []byte { return r.Education })
	notices   = outside("notices", func(r *Row) []byte { return r.Notices })

	earliestLocal = made("earliest_local", func(r *Row) []byte { return r.Time.EarliestLocal })
	latestLocal   = made("latest_local", func(r *Row) []byte { return r.Time.LatestLocal })
	timeZone      = outside("time_zone", func(r *Row) []byte { return r.Time.Zone })
	utcOffset     = made("utc_offset", func(r *Row) []byte { return r.Time.UTCOffset })
	earliestAt    = instant("earliest_at", func(r *Row) int64 { return r.Time.Earliest })
	latestAt      = instant("latest_at", func(r *Row) int64 { return r.Time.Latest })
	attempts      = count("attempts", func(r *Row) int32 { return r.Time.Attempts })

	rank        = count("rank", func(r *Row) int32 { return r.Debt.Rank })
	currency    = outside("currency", func(r *Row) []byte { return r.Debt.Currency })
	loans       = count("loans", func(r *Row) int32 { return r.Debt.Loans })
	daysPastDue = count("days_past_due", func(r *Row) int32 { return r.Debt.DaysPastDue })
	bucket      = outside("bucket", func(r *Row) []byte { return r.Debt.Bucket })
	pastDue     = amount("past_due_amount", func(r *Row) int64 { return r.Debt.PastDue })
	total       = amount("total_outstanding", func(r *Row) int64 { return r.Debt.Total })
	offers      = outside("offers", func(r *Row) []byte { return r.Debt.Offers })
	nextDueOn   = column{"next_due_on", func(b []byte, r *Row, _ appender) []byte { return appendDate(b, r.Next.On) }}
	nextDue     = column{"next_due_amount", func(b []byte, r *Row, _ appender) []byte {
		if r.Next.Amount == reports.Null {
			return b
		}
		return reports.AppendDecimal(b, r.Next.Amount, r.Debt.Scale, r.Debt.Digits)
	}}

	maskedBorrower = outside("borrower", func(r *Row) []byte { return r.Masked.Borrower })
	maskedLoan     = outside("worst_loan", func(r *Row) []byte { return r.Masked.WorstLoan })
)

// What all channels carry, what the timed ones do, and what brings ids back behind all
// others.
var (
	common = []column{taskKey, contactOn, language, tone, template, education, notices}
	timed  = []column{earliestLocal, latestLocal, timeZone, utcOffset, earliestAt, latestAt, attempts}
	masked = []column{maskedBorrower, maskedLoan}
)

// What each channel carries beside these.
var (
	message = []column{currency, pastDue, nextDueOn, nextDue}
	talk    = []column{rank, currency, loans, daysPastDue, pastDue, offers}
	post    = []column{currency, loans, daysPastDue, pastDue, total}
	handed  = []column{currency, loans, daysPastDue, bucket, pastDue, total}
)

var own = [borrower.Channels]struct {
	timed bool
	more  []column
}{
	borrower.SMS: {true, message}, borrower.Push: {true, message}, borrower.Email: {true, message}, borrower.InApp: {true, message},
	borrower.Social: {true, message}, borrower.Call: {true, talk}, borrower.Visit: {true, talk},
	borrower.Letter: {false, post}, borrower.Legal: {false, handed}, borrower.Agency: {false, handed},
}

// columns has the columns of each channel, without masked ids and with them.
var columns = func() (all [borrower.Channels][2][]column) {
	for c := range own {
		list := slices.Clone(common)
		if own[c].timed {
			list = append(list, timed...)
		}
		list = append(list, own[c].more...)
		all[c] = [2][]column{list, slices.Concat(list, masked)}
	}
	return all
}()

// columnsOf returns the columns of a channel's CSV in their order.
func columnsOf(c borrower.Channel, ids bool) []column {
	if ids {
		return columns[c][1]
	}
	return columns[c][0]
}

// Columns returns the names of the columns of a channel's CSV in their order, with masked
// ids or without.
func Columns(c borrower.Channel, ids bool) []string {
	var list []string
	for _, x := range columnsOf(c, ids) {
		list = append(list, x.name)
	}
	return list
}

// Header appends the first line of a channel's CSV.
func Header(b []byte, c borrower.Channel, ids bool) []byte { return appendHeader(b, Columns(c, ids)) }

// AppendCSV appends a row as a line of its channel's CSV.
func AppendCSV(b []byte, c borrower.Channel, ids bool, r *Row) []byte {
	return appendRow(b, columnsOf(c, ids), r, AppendText)
}

func appendHeader(b []byte, names []string) []byte {
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, name...)
	}
	return append(b, '\n')
}

func appendRow(b []byte, list []column, r *Row, text appender) []byte {
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = list[i].append(b, r, text)
	}
	return append(b, '\n')
}
