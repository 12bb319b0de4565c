package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/match"
)

// What the model says, as rows of the tables that are published. Amounts are minor units.

// A recExpected makes the rows.
type recExpected struct {
	*recWorld
	m     *recModel
	books *recBooks
}

type recRow = map[string]string

func (e *recExpected) entry(x *recItem) string {
	if x == nil {
		return ""
	}
	return fmt.Sprint(x.entry)
}

func lineID(l *recLine) string {
	if l == nil {
		return ""
	}
	return l.id
}

func (e *recExpected) matchID(x *recMatch) string {
	if x == nil {
		return ""
	}
	return fmt.Sprintf("M%s-%06d", "20"+yymmdd(x.date), x.number)
}

func optional(x match.Optional) string {
	if !x.Known {
		return ""
	}
	return fmt.Sprint(int64(x.Amount))
}

// statements are the loaded ones in the order of their chains, each account's with what was
// not loaded after them.
func (e *recExpected) statements(states map[*recStatement]match.State) (rows []recRow) {
	row := func(s *recStatement, state match.State) recRow {
		credits, debits := int64(0), int64(0)
		for _, l := range s.lines {
			if l.Amount > 0 {
				credits += int64(l.Amount)
			} else {
				debits -= int64(l.Amount)
			}
		}
		r := recRow{"account": s.Account, "currency": s.Currency, "statement_id": s.ID, "statement_key": s.key, "number": s.Number, "page": s.Page,
			"format": s.Format.String(), "opening_date": s.OpeningDate.String(), "closing_date": s.ClosingDate.String(), "credits": fmt.Sprint(credits),
			"debits": fmt.Sprint(debits), "lines": fmt.Sprint(len(s.lines)), "pending_lines": fmt.Sprint(s.Pending), "state": state.String()}
		if state == match.Loaded {
			r["opening"], r["closing"], r["difference"], r["gap"] = fmt.Sprint(s.opening), fmt.Sprint(s.closing), fmt.Sprint(s.off), fmt.Sprint(s.gap)
			r["sequence_gap"] = fmt.Sprint(s.sequenceGap)
		}
		return r
	}
	var apart []*recStatement
	for s, state := range states {
		if state != match.Loaded {
			apart = append(apart, s)
		}
	}
	slices.SortFunc(apart, func(a, b *recStatement) int {
		return cmp.Or(cmp.Compare(a.ClosingDate, b.ClosingDate), cmp.Compare(states[a], states[b]), cmp.Compare(a.key, b.key), cmp.Compare(a.Format, b.Format))
	})
	done := map[string]bool{}
	add := func(account, currency string) {
		if done[account+currency] {
			return
		}
		done[account+currency] = true
		for _, s := range apart {
			if s.Account == account && s.Currency == currency {
				rows = append(rows, row(s, states[s]))
			}
		}
	}
	for _, chain := range e.books.chains() {
		for _, s := range chain {
			rows = append(rows, row(s, match.Loaded))
		}
		add(chain[0].Account, chain[0].Currency)
	}
	for _, s := range apart {
		add(s.Account, s.Currency)
	}
	slices.SortStableFunc(rows, func(a, b recRow) int {
		return cmp.Or(cmp.Compare(a["account"], b["account"]), cmp.Compare(a["currency"], b["currency"]))
	})
	return rows
}

// lines are those first seen on the date, and those that were open before.
func (e *recExpected) lines(matchedBefore map[*recLine]bool) (rows []recRow) {
	kinds := map[*recLine]string{}
	for _, b := range e.m.breaks() {
		if b.line != nil {
			kinds[b.line] = b.kind
		}
	}
	for _, l := range e.m.lines {
		if l.seenOn < e.m.date && matchedBefore[l] {
			continue
		}
		age := e.m.date - l.BookingDate
		rows = append(rows, recRow{"line_id": l.id, "account": l.account, "currency": l.currency, "statement_key": l.key, "line_number": fmt.Sprint(l.Number),
			"booking_date": l.BookingDate.String(), "value_date": l.ValueDate.String(), "amount": fmt.Sprint(int64(l.Amount)),
			"reversal": fmt.Sprint(l.Reversal), "transaction_code": l.Code, "return_reason": l.ReturnReason, "end_to_end_id": l.EndToEndID,
			"reference": l.Reference, "batch_id": l.BatchID, "bank_reference": l.BankReference, "original_reference": l.OriginalReference,
			"fee_amount": optional(l.Fee), "text": l.Text, "state": e.m.stateOf(l), "match_id": e.matchID(e.m.lineIn[l]), "break_kind": kinds[l],
			"first_seen_on": l.seenOn.String(), "age_days": fmt.Sprint(int(age)), "age_band": band(age)})
	}
	return rows
}

// matches are a row a member.
func (e *recExpected) matches() (rows []recRow) {
	for _, x := range e.m.matches {
		if x.date != e.m.date {
			continue
		}
		first := len(rows)
		side := func(n int) string {
			if n > 1 {
				return "n"
			}
			return fmt.Sprint(n)
		}
		cardinality := side(len(x.items)) + ":" + side(len(x.lines))
		switch {
		case len(x.lines) == 0:
			cardinality = "0:2"
		case len(x.lines) > 1:
			cardinality = "1:n"
		}
		row := func(side, currency string, amount int64, value civil.Date) recRow {
			return recRow{"match_id": e.matchID(x), "pass": x.pass, "cardinality": cardinality, "side": side, "line_id": "", "entry_id": "", "source_id": "",
				"loan_id": "", "kind": "", "channel": "", "currency": currency, "amount": fmt.Sprint(amount), "value_date": value.String(),
				"days": "0", "fee": "0", "difference": "0"}
		}
		for _, l := range x.lines {
			r := row("bank", l.currency, int64(l.Amount), l.ValueDate)
			r["line_id"] = l.id
			rows = append(rows, r)
		}
		for _, item := range x.items {
			r := row("ledger", item.currency, item.amount, item.value)
			r["entry_id"], r["source_id"], r["loan_id"], r["kind"], r["channel"] = e.entry(item), item.source, item.loan, item.kind, item.channel
			rows = append(rows, r)
		}
		rows[first]["days"], rows[first]["fee"], rows[first]["difference"] = fmt.Sprint(int(x.days)), fmt.Sprint(x.fee), fmt.Sprint(x.difference)
	}
	return rows
}

func (e *recExpected) breaks() (rows []recRow) {
	for _, b := range append(e.m.breaks(), e.books.statementBreaks(e.m.date)...) {
		r := recRow{"side": b.side(), "break_kind": b.kind, "amount": fmt.Sprint(b.amount), "other_line_id": lineID(b.otherLine),
			"other_entry_id": e.entry(b.otherItem), "first_seen_on": b.seenOn.String(), "age_days": fmt.Sprint(int(b.age)), "age_band": band(b.age),
			"line_id": "", "entry_id": "", "statement_key": "", "account": "", "suggestion": b.suggestion, "suggestion_id": ""}
		if b.statement == nil {
			if r["difference"] = ""; b.kind != "currency_differs" && (b.otherItem != nil || b.line == nil && b.otherLine != nil) {
				r["difference"] = fmt.Sprint(b.difference)
			}
		}
		switch {
		case b.line != nil:
			r["break_id"], r["line_id"], r["account"], r["currency"], r["statement_key"] = b.line.id, b.line.id, b.line.account, b.line.currency, b.line.key
			r["value_date"] = b.line.ValueDate.String()
			if b.suggestion != "" {
				r["suggestion_id"], r["loan_id"] = "bank:"+b.line.id, b.suggestionLoan
			}
		case b.item != nil:
			r["break_id"], r["entry_id"], r["currency"], r["value_date"] = "E"+e.entry(b.item), e.entry(b.item), b.item.currency, b.item.value.String()
			r["source_id"], r["loan_id"] = b.item.source, b.item.loan
		default:
			s := b.statement
			r["break_id"], r["statement_key"], r["account"], r["currency"] = "S"+s.key, s.key, s.Account, s.Currency
		}
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(a, b recRow) int {
		return cmp.Or(cmp.Compare(a["currency"], b["currency"]), cmp.Compare(a["side"], b["side"]), cmp.Compare(a["break_id"], b["break_id"]),
			-cmp.Compare(a["break_kind"], b["break_kind"]))
	})
	return rows
}

func (e *recExpected) summary(ledger []*recItem) (rows []recRow) {
	all := e.books.summary(e.m, ledger)
	for _, currency := range slices.Sorted(maps.Keys(all)) {
		s := all[currency]
		r := recRow{"business_date": e.m.date.String(), "currency": currency, "gl_account": "1001", "tied": "true", "difference": "0"}
		for name, x := range map[string]int64{"gl_balance": s.glBalance, "gl_before": s.glBefore, "bank_opening": s.bankOpening, "bank_balance": s.bankBalance,
			"statement_gaps": s.gaps, "statement_differences": s.offs, "outstanding_ledger": s.outstanding, "unmatched_bank": s.unmatched, "fees": s.fees,
			"differences": s.differences, "explained": s.explained(), "statements": int64(s.statements), "lines": int64(s.lines),
			"matched_lines": int64(s.matchedLines), "suspense_lines": int64(s.suspenseLines), "break_lines": int64(s.breakLines), "items": int64(s.items),
			"matched_items": int64(s.matchedItems), "break_items": int64(s.breakItems)} {
			r[name] = fmt.Sprint(x)
		}
		rows = append(rows, r)
	}
	return rows
}

// reversals and repayments are what is suggested.
func (e *recExpected) reversals() (rows []recRow) {
	for _, b := range e.m.breaks() {
		if b.suggestion == "reversal" || b.suggestion == "release" {
			choice := map[string]string{"release": "return"}[b.suggestion]
			rows = append(rows, recRow{"adjustment_id": "bank:" + b.line.id, "loan_id": b.suggestionLoan, "kind": b.suggestion, "value_date": b.line.Date().String(),
				"target_id": b.suggestionTarget, "choice": choice})
		}
	}
	return rows
}

func (e *recExpected) repayments() (rows []recRow) {
	for _, b := range e.m.breaks() {
		if b.suggestion == "repayment" {
			rows = append(rows, recRow{"repayment_id": "bank:" + b.line.id, "loan_id": b.suggestionLoan, "value_date": b.line.Date().String(),
				"amount": fmt.Sprint(b.amount), "currency": b.line.currency, "channel": "bank"})
		}
	}
	return rows
}
