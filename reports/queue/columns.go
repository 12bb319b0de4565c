package queue

import (
	"daybook/aging"
	"daybook/ledger/civil"
	"daybook/reports"
)

func text(name string) reports.Column          { return reports.Column{Name: name, Kind: reports.Text} }
func code(name string) reports.Column          { return reports.Column{Name: name, Kind: reports.Coded} }
func count(name string) reports.Column         { return reports.Column{Name: name, Kind: reports.Count} }
func truth(name string) reports.Column         { return reports.Column{Name: name, Kind: reports.Bool} }
func date(name string) reports.Column          { return reports.Column{Name: name, Kind: reports.Date} }
func number(name string) reports.Column        { return reports.Column{Name: name, Kind: reports.Number} }
func instant(name string) reports.Column       { return reports.Column{Name: name, Kind: reports.Instant} }
func optional(c reports.Column) reports.Column { c.Optional = true; return c }
func amount(name string, scale int) reports.Column {
	return reports.Column{Name: name, Kind: reports.Amount, Digits: scale}
}

func taskColumns(scale int) []reports.Column {
	return []reports.Column{
		count("rank"), text("task_key"), text("borrower_id"), code("currency"), count("loans"), text("worst_loan_id"),
		count("days_past_due"), optional(code("bucket")), amount("past_due_amount", scale), amount("total_outstanding", scale),
		optional(text("other_past_due")), code("channel"), code("tone"), code("template"),
		date("contact_on"), code("jurisdiction"), count("class"), code("segment"), optional(code("arm")), optional(number("step_from")),
		amount("priority", scale), optional(text("language")), optional(code("education")), optional(code("notices")),
		optional(text("time_zone")), optional(text("utc_offset")), optional(text("earliest_local")), optional(text("latest_local")),
		optional(instant("earliest_at")), optional(instant("latest_at")), count("attempts"), count("withheld_loans"),
		amount("withheld_past_due_amount", scale), optional(date("next_due_on")), optional(amount("next_due_amount", scale)),
		count("offers"), optional(text("passed_over")),
	}
}

func taskLoanColumns(scale int) []reports.Column {
	return []reports.Column{
		text("task_key"), text("borrower_id"), text("loan_id"), code("currency"), count("days_past_due"),
		amount("past_due_amount", scale), truth("covered"), optional(code("reason_code")),
	}
}

func suppressedColumns(scale int) []reports.Column {
	return []reports.Column{
		text("borrower_id"), code("currency"), count("loans"), text("worst_loan_id"), count("days_past_due"),
		amount("past_due_amount", scale), code("reason_code"), text("rule"), text("citation"), optional(text("facts")),
		optional(instant("earliest_at")),
		code("scope"), optional(text("loan_id")), optional(code("channel")), optional(date("lifts_on")), optional(text("earliest_local")),
		optional(code("segment")), count("reason_number"), count("reasons"),
	}
}

func belowColumns(scale int) []reports.Column {
	return []reports.Column{
		text("borrower_id"), code("currency"), count("loans"), text("worst_loan_id"), count("days_past_due"),
		amount("past_due_amount", scale), code("channel"), count("times_below"),
		code("segment"), amount("priority", scale), optional(number("step_from")),
	}
}

func notDueColumns(scale int) []reports.Column {
	return []reports.Column{
		text("borrower_id"), code("currency"), count("loans"), text("worst_loan_id"), count("days_past_due"),
		amount("past_due_amount", scale), optional(code("segment")), code("reason_code"), optional(date("next_on")),
	}
}

func promiseColumns(scale int) []reports.Column {
	return []reports.Column{
		text("promise_id"), text("borrower_id"), optional(text("loan_id")), code("currency"), amount("amount", scale), date("made_on"),
		date("promised_on"), date("deadline"), amount("paid_amount", scale), code("status"), optional(date("decided_on")), truth("holds"),
	}
}

func offerColumns(scale int) []reports.Column {
	money := func(name string) reports.Column { return optional(amount(name, scale)) }
	return []reports.Column{
		text("offer_id"), text("task_key"), text("borrower_id"), text("loan_id"), code("currency"), code("kind"), count("offer_rank"),
		code("reason"), date("value_date"), date("valid_until"), optional(number("months")), optional(date("first_due_on")),
		optional(date("until")), optional(reports.Column{Name: "annual_rate", Kind: reports.Rate, Digits: 9}),
		money("installment_amount"), money("last_amount"), money("new_interest"), money("waived"), money("forgiven"), money("pay_amount"),
		optional(date("pay_by")), money("total_to_pay"), money("extra_cost"),
	}
}

func offerLineColumns(scale int) []reports.Column {
	return []reports.Column{
		text("offer_id"), count("number"), date("due_on"), amount("principal", scale), amount("interest", scale),
		amount("owed_interest", scale), amount("owed_fee", scale), amount("total", scale),
	}
}

// Tables are the tables of the queue, without rows: what the form of a night has.
func Tables() []*reports.Table {
	return []*reports.Table{
		{Name: "tasks", Columns: taskColumns(0)}, {Name: "task_loans", Columns: taskLoanColumns(0)},
		{Name: "suppressed", Columns: suppressedColumns(0)}, {Name: "below_capacity", Columns: belowColumns(0)},
		{Name: "not_due", Columns: notDueColumns(0)}, {Name: "promises", Columns: promiseColumns(0)},
		{Name: "offers", Columns: offerColumns(0)}, {Name: "offer_installments", Columns: offerLineColumns(0)},
	}
}

// A filling fills rows, value by value in the order of the columns.
type filling struct {
	columns []reports.Column
	at      int
}

func (f *filling) next() *reports.Column {
	c := &f.columns[f.at]
	if f.at++; f.at == len(f.columns) {
		f.at = 0
	}
	return c
}

func (f *filling) text(s []byte)     { f.next().Texts.Append(s) }
func (f *filling) count(n int32)     { c := f.next(); c.Counts = append(c.Counts, n) }
func (f *filling) int(v int64)       { c := f.next(); c.Ints = append(c.Ints, v) }
func (f *filling) date(d civil.Date) { c := f.next(); c.Days = append(c.Days, d) }

// name appends a name, new to the column's dictionary or not; the empty one is null.
func (f *filling) name(s []byte) {
	c := f.next()
	if len(s) == 0 {
		c.Codes = append(c.Codes, aging.NoCode)
		return
	}
	if n := len(c.Codes); n > 0 && c.Codes[n-1] != aging.NoCode && c.Names[c.Codes[n-1]] == string(s) {
		c.Codes = append(c.Codes, c.Codes[n-1]) // most often as the row before
		return
	}
	c.Codes = append(c.Codes, codeOf(c, s))
}

func codeOf(c *reports.Column, s []byte) uint16 {
	for i, name := range c.Names {
		if name == string(s) {
			return uint16(i)
		}
	}
	c.Names = append(c.Names, string(s))
	return uint16(len(c.Names) - 1)
}

func (f *filling) bool(is bool) { f.count(int32(bit(is))) }
