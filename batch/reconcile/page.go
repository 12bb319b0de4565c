package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"daybook/ledger"
	"daybook/ledger/match"
	"daybook/ledger/money"
	"daybook/reports"
)

// breaksShown is how many breaks of a currency the page shows: those of most money.
const breaksShown = 60

// writePage writes the page that a controller opens first.
func (r *run) writePage(path string, t *tables) (reports.Output, error) {
	p := reports.FolioPage{
		Title: "reconciliation", Date: r.o.Date, Meta: fmt.Sprintf("account %s · %s", r.view.Policy.Chart[ledger.CashClearing].Code, r.o.Software),
		Verdict: "bank and book tie", Foot: "Amounts are credits of the bank less debits. Every difference is in reconciliation_breaks, every tie in reconciliation_matches.",
	}
	if n := t.toLookAt(); n > 0 {
		p.Verdict += fmt.Sprintf("; %s to look at", counted(n, "break"))
		p.Bad = true
	}
	for i := range t.summary {
		p.Parts = append(p.Parts, r.currencyPart(t, &t.summary[i]))
	}
	p.Parts = append(p.Parts, r.filesPart(t))
	return reports.WriteFile(path, p.WriteHTML)
}

// toLookAt is how many breaks ask somebody to look.
func (t *tables) toLookAt() (n int64) {
	for _, s := range t.sums {
		n += s.breakItems
	}
	return n
}

func counted(n int64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return reports.Grouped(fmt.Sprint(n)) + " " + noun
}

// currencyPart says how bank and book tie in a currency, and what is open.
func (r *run) currencyPart(t *tables, c *Currency) reports.FolioPart {
	s := t.sums[c.Currency]
	part := reports.FolioPart{Name: c.Currency, Cards: []reports.FolioCard{
		{Label: "Book", Value: reports.Grouped(c.GLBalance), Note: "account " + c.GLAccount},
		{Label: "Bank", Value: reports.Grouped(c.BankBalance), Note: counted(c.Statements, "statement") + ", opening " + reports.Grouped(c.BankOpening)},
		{Label: "Unmatched at the bank", Value: reports.Grouped(c.UnmatchedBank), Note: counted(c.BreakLines, "line") + " of " + reports.Grouped(fmt.Sprint(c.Lines))},
		{Label: "Outstanding in the book", Value: reports.Grouped(c.OutstandingLedger), Note: counted(c.BreakItems, "item") + " of " + reports.Grouped(fmt.Sprint(c.Items))},
		{Label: "To look at", Value: reports.Grouped(fmt.Sprint(s.breakItems)), Note: "breaks but fees and outstanding", Bad: s.breakItems > 0},
	}}
	identity := reports.FolioSection{Name: "The identity", Note: "book less what was before = bank less opening, gaps, differences and unmatched, and what is outstanding, kept and accepted", Head: reports.Heads("", "#amount")}
	line := func(what, amount string) {
		identity.Rows = append(identity.Rows, []string{what, reports.Grouped(amount)})
	}
	line("book", c.GLBalance)
	line("less: book before", c.GLBefore)
	line("bank, last closing", c.BankBalance)
	line("less: bank, first opening", c.BankOpening)
	line("less: gaps between statements", c.StatementGaps)
	line("less: differences within statements", c.StatementDifferences)
	line("less: unmatched at the bank", c.UnmatchedBank)
	line("outstanding in the book", c.OutstandingLedger)
	line("fees kept", c.Fees)
	line("differences accepted", c.Differences)
	line("explained", c.Explained)
	line("left", c.Difference)
	part.Sections = append(part.Sections, r.kindsSection(t, c.Currency), r.largestSection(t, c.Currency), identity, r.passesSection(t, c.Currency))
	return part
}

// A kindAge is how many breaks of a kind and age there are, and their money without its sign.
type kindAge struct {
	side, kind, band string
	count, amount    int64
}

// kindsSection counts the open breaks by kind and age.
func (r *run) kindsSection(t *tables, currency string) reports.FolioSection {
	x := reports.FolioSection{Name: "Open, by kind and age", Note: "days", Head: reports.Heads("side", "break", "age", "#number", "#amount without sign")}
	var list []kindAge
	for i := range t.rows {
		b := &t.rows[i]
		if b.currency != currency {
			continue
		}
		_, band := r.age(b.aged)
		at := slices.IndexFunc(list, func(k kindAge) bool { return k.side == b.side && k.kind == b.kind && k.band == band })
		if at < 0 {
			at = len(list)
			list = append(list, kindAge{side: b.side, kind: b.kind, band: band})
		}
		list[at].count++
		list[at].amount += int64(max(b.amount, -b.amount))
	}
	rank := func(band string) int { return slices.Index(match.AgeBands, band) }
	slices.SortFunc(list, func(a, b kindAge) int {
		return cmp.Or(strings.Compare(a.side, b.side), strings.Compare(a.kind, b.kind), cmp.Compare(rank(a.band), rank(b.band)))
	})
	digits, _ := money.Digits(currency)
	for _, k := range list {
		x.Rows = append(x.Rows, []string{k.side, words(k.kind), k.band, reports.Grouped(fmt.Sprint(k.count)), reports.Grouped(money.Amount(k.amount).Text(digits))})
	}
	return x
}

func words(s string) string { return strings.ReplaceAll(s, "_", " ") }

// largestSection lists the breaks of most money that somebody has to look at.
func (r *run) largestSection(t *tables, currency string) reports.FolioSection {
	x := reports.FolioSection{
		Name: "To look at, most money first", Head: reports.Heads("break", "what", "loan", "value date", "#days", "#amount", "#difference", "other side"),
	}
	var list []*breakRow
	for i := range t.rows {
		if b := &t.rows[i]; b.currency == currency && !b.expected {
			list = append(list, b)
		}
	}
	slices.SortStableFunc(list, func(a, b *breakRow) int { return cmp.Compare(max(b.amount, -b.amount), max(a.amount, -a.amount)) })
	if len(list) > breaksShown {
		x.More = counted(int64(len(list)-breaksShown), "more break") + " in reconciliation_breaks"
		list = list[:breaksShown]
	}
	digits, _ := money.Digits(currency)
	for _, b := range list {
		days, _ := r.age(b.aged)
		difference, other := "", b.otherLine
		if b.difference.Known {
			difference = reports.Grouped(b.difference.Amount.Text(digits))
		}
		if other == "" && b.otherEntry != 0 {
			other = fmt.Sprintf("E%d", b.otherEntry)
		}
		x.Rows = append(x.Rows, []string{b.id, b.side + ": " + words(b.kind), b.loan, dateOr(b.valueDate, ""), reports.Grouped(fmt.Sprint(days)), reports.Grouped(b.amount.Text(digits)), difference, other})
	}
	return x
}

// passesSection counts the date's matches by pass.
func (r *run) passesSection(t *tables, currency string) reports.FolioSection {
	x := reports.FolioSection{Name: "Tied on this date, by pass", Head: reports.Heads("pass", "#matches", "#lines", "#items", "#amount of items", "#fees", "#differences")}
	var sums [match.Passes]struct{ matches, lines, items, amount, fees, differences int64 }
	for i := range r.state.matches {
		m := &r.state.matches[i]
		if m.Items[0].Currency != currency {
			continue
		}
		s := &sums[m.Pass]
		s.matches++
		s.lines, s.items = s.lines+int64(len(m.Lines)), s.items+int64(len(m.Items))
		for k := range m.Items {
			s.amount += int64(m.Items[k].Amount)
		}
		s.fees, s.differences = s.fees+int64(m.Fee), s.differences+int64(m.Difference)
	}
	digits, _ := money.Digits(currency)
	n := func(v int64) string { return reports.Grouped(fmt.Sprint(v)) }
	a := func(v int64) string { return reports.Grouped(money.Amount(v).Text(digits)) }
	for pass := range sums {
		if s := &sums[pass]; s.matches > 0 {
			x.Rows = append(x.Rows, []string{words(match.Pass(pass).String()), n(s.matches), n(s.lines), n(s.items), a(s.amount), a(s.fees), a(s.differences)})
		}
	}
	return x
}

// filesPart lists the files, and statements that do not run on.
func (r *run) filesPart(t *tables) reports.FolioPart {
	files := reports.FolioSection{Name: "Files of this date", Head: reports.Heads("file", "kind", "#statements", "#lines", "SHA-256")}
	for _, f := range r.state.Files {
		files.Rows = append(files.Rows, []string{f.Path, f.Kind, reports.Grouped(fmt.Sprint(f.Statements)), reports.Grouped(fmt.Sprint(f.Lines)), f.SHA256[:12]})
	}
	last := reports.FolioSection{Name: "Statements", Note: "the last of each account, and those that do not run on", Head: reports.Heads("account", "currency", "number", "closing date", "#closing", "#difference", "#gap", "")}
	for i := range t.chain {
		c := &t.chain[i]
		if !c.IsLast && c.Gap == 0 && c.Difference == 0 && !c.SequenceGap {
			continue
		}
		note := ""
		if c.SequenceGap {
			note = "a number is missing before it"
		}
		digits, _ := money.Digits(c.Currency)
		last.Rows = append(last.Rows, []string{c.Account, c.Currency, c.Number, dateOr(c.ClosingDate, ""), reports.Grouped(c.Closes.Text(digits)), reports.Grouped(c.Difference.Text(digits)),
			reports.Grouped(c.Gap.Text(digits)), note})
	}
	return reports.FolioPart{Name: "Statements and files", Sections: []reports.FolioSection{last, files}}
}
