package reconcile

import (
	"slices"

	"daybook/ledger"
	"daybook/ledger/match"
	"daybook/reports"

	"golang.org/x/sync/errgroup"
)

// The tables that may be long are written as they are made: of the lines, the members of
// matches and the breaks.

// names returns what numbered things are called.
func names[T ~uint8](n T, name func(T) string) (list []string) {
	for i := range n {
		if s := name(i); s != "" {
			list = append(list, s)
		}
	}
	return list
}

func passNames() []string  { return names(match.Passes, match.Pass.String) }
func breakNames() []string { return names(match.BreakKinds, match.BreakKind.String) }
func kindNames() []string  { return names(ledger.EntryKinds, ledger.EntryKind.String) }

// currencies are those that there is anything of.
func (t *tables) currencies() (list []string) {
	for c := range t.sums {
		list = append(list, c)
	}
	slices.Sort(list)
	return list
}

// writeLong writes the long tables, side by side.
func (r *run) writeLong(dir string, t *tables) ([]reports.Output, error) {
	list := []struct {
		table *reports.Table
		write func(w *reports.TableWriter, t *tables) error
	}{{t.lineColumns(), r.writeLines}, {t.matchColumns(), r.writeMatches}, {t.breakColumns(), r.writeBreaks}}
	outputs := make([][]reports.Output, len(list))
	var g errgroup.Group
	for i, x := range list {
		g.Go(reports.Guarded(func() error {
			w, err := reports.CreateTable(dir, r.o.Software, r.o.Date, x.table)
			if err != nil {
				return err
			}
			if err := x.write(w, t); err != nil {
				w.Abort()
				return err
			}
			outputs[i], err = w.Close()
			return err
		}))
	}
	err := g.Wait()
	return slices.Concat(outputs...), err
}

func (t *tables) lineColumns() *reports.Table {
	return table(linesTable, text("line_id"), text("account"), word("currency", t.currencies()...), text("statement_key"), number("line_number"), date("booking_date"),
		date("value_date"), t.amount("amount"), truth("reversal"), text("transaction_code"), text("return_reason"), text("end_to_end_id"), text("reference"), text("batch_id"),
		text("bank_reference"), text("original_reference"), t.amount("fee_amount"), text("text"), word("state", "matched", "suspense", "break"), text("match_id"),
		word("break_kind", breakNames()...), date("first_seen_on"), number("age_days"), word("age_band", match.AgeBands...))
}

// A listed line is one of the table: open, by its place in the run, or matched on the date.
type listedLine struct {
	line   *match.BankLine
	number int32 // of the match; 0: open
	place  int32
}

// writeLines lists the lines first seen on the date, and those that were open before it.
func (r *run) writeLines(w *reports.TableWriter, t *tables) error {
	held := map[string]bool{}
	for _, h := range r.state.Held {
		held[h.LineID] = true
	}
	list := make([]listedLine, 0, len(r.match.Lines))
	for i := range r.match.Lines {
		if r.match.LineIsOpen(i) {
			list = append(list, listedLine{&r.match.Lines[i], 0, int32(i)})
		}
	}
	for i := range r.state.matches {
		m := &r.state.matches[i]
		for k := range m.Lines {
			list = append(list, listedLine{&m.Lines[k], int32(m.Number), 0})
		}
	}
	slices.SortFunc(list, func(a, b listedLine) int { return a.line.Compare(b.line) })
	var b []byte
	for i := range list {
		e := &list[i]
		l := e.line
		currency := l.Statement.Currency
		b = l.AppendID(b[:0])
		w.Bytes(b)
		w.Text(l.Statement.Account)
		w.Word(currency)
		w.Text(l.Key)
		w.Number(int64(l.Number))
		w.Date(l.BookingDate)
		w.Date(l.ValueDate)
		w.Number(t.units(l.Amount, currency))
		w.Bool(l.Reversal)
		for _, s := range [...]string{l.Code, l.ReturnReason, l.EndToEndID, l.Reference, l.BatchID, l.BankReference, l.OriginalReference} {
			w.Text(s)
		}
		w.Number(t.optional(l.Fee, currency))
		w.Text(l.Text)
		switch {
		case e.number == 0:
			w.Word("break")
			w.Text("")
			w.Word(r.match.LineBreaks[e.place].Kind.String())
		case len(held) > 0 && held[string(b)]:
			w.Word("suspense")
			w.Text(matchID(r.o.Date, int(e.number)))
			w.Word("")
		default:
			w.Word("matched")
			w.Text(matchID(r.o.Date, int(e.number)))
			w.Word("")
		}
		days, band := r.age(l.BookingDate)
		w.Date(l.FirstSeen)
		w.Number(days)
		w.Word(band)
		if err := w.End(); err != nil {
			return err
		}
	}
	return nil
}

// optional is an amount at the scale of the tables, or null.
func (t *tables) optional(o match.Optional, currency string) int64 {
	if !o.Known {
		return reports.Null
	}
	return t.units(o.Amount, currency)
}

func (t *tables) matchColumns() *reports.Table {
	return table(matchesTable, text("match_id"), word("pass", passNames()...), word("cardinality", "1:1", "n:1", "1:n", "0:2"), word("side", "bank", "ledger"), text("line_id"),
		number("entry_id"), text("source_id"), text("loan_id"), word("kind", kindNames()...), text("channel"), word("currency", t.currencies()...), t.amount("amount"), date("value_date"),
		number("days"), t.amount("fee"), t.amount("difference"), text("reason"))
}

// writeMatches lists the members of the date's matches.
func (r *run) writeMatches(w *reports.TableWriter, t *tables) error {
	var b []byte
	for i := range r.state.matches {
		m := &r.state.matches[i]
		id, how, first := matchID(r.o.Date, m.Number), cardinality(len(m.Lines), len(m.Items)), true
		begin := func(side string) {
			w.Text(id)
			w.Word(m.Pass.String())
			w.Word(how)
			w.Word(side)
		}
		end := func(currency string) error { // what is said once stands in the first row
			days, fee, difference := int64(m.Days), t.units(m.Fee, currency), t.units(m.Difference, currency)
			if !first {
				days, fee, difference = 0, 0, 0
			}
			first = false
			w.Number(days)
			w.Number(fee)
			w.Number(difference)
			w.Text(m.Reason)
			return w.End()
		}
		for k := range m.Lines {
			l := &m.Lines[k]
			begin("bank")
			b = l.AppendID(b[:0])
			w.Bytes(b)
			w.Number(reports.Null)
			w.Text("")
			w.Text("")
			w.Word("")
			w.Text("")
			w.Word(l.Statement.Currency)
			w.Number(t.units(l.Amount, l.Statement.Currency))
			w.Date(l.ValueDate)
			if err := end(l.Statement.Currency); err != nil {
				return err
			}
		}
		for _, o := range m.Items {
			begin("ledger")
			w.Text("")
			w.Number(o.EntryID)
			w.Text(o.SourceID)
			w.Text(o.LoanID)
			w.Word(o.Kind.String())
			w.Text(o.Channel)
			w.Word(o.Currency)
			w.Number(t.units(o.Amount, o.Currency))
			w.Date(o.ValueDate)
			if err := end(o.Currency); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tables) breakColumns() *reports.Table {
	return table(breaksTable, text("break_id"), word("side", "bank", "ledger", "statement"), word("break_kind", breakNames()...), word("currency", t.currencies()...),
		text("account"), text("line_id"), number("entry_id"), text("statement_key"), text("source_id"), text("loan_id"), t.amount("amount"), date("value_date"), text("other_line_id"),
		number("other_entry_id"), t.amount("difference"), date("first_seen_on"), number("age_days"), word("age_band", match.AgeBands...), word("suggestion", "reversal", "repayment", "release"),
		text("suggestion_id"))
}

// writeBreaks lists all that is open.
func (r *run) writeBreaks(w *reports.TableWriter, t *tables) error {
	entry := func(id int64) int64 {
		if id == 0 {
			return reports.Null
		}
		return id
	}
	for i := range t.rows {
		b := &t.rows[i]
		w.Text(b.id)
		w.Word(b.side)
		w.Word(b.kind)
		w.Word(b.currency)
		w.Text(b.account)
		w.Text(b.line)
		w.Number(entry(b.entry))
		w.Text(b.key)
		w.Text(b.source)
		w.Text(b.loan)
		w.Number(t.units(b.amount, b.currency))
		w.Date(b.valueDate)
		w.Text(b.otherLine)
		w.Number(entry(b.otherEntry))
		w.Number(t.optional(b.difference, b.currency))
		days, band := r.age(b.aged)
		w.Date(b.firstSeen)
		w.Number(days)
		w.Word(band)
		w.Word(b.suggestion)
		w.Text(b.suggestionID)
		if err := w.End(); err != nil {
			return err
		}
	}
	return nil
}
