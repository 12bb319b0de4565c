package main

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"daybook/ledger/civil"
	"daybook/ledger/match"
)

// What the model knows of statements: which are known already, their chain, and the
// identity.

// A recStatement is a statement as a file brings it.
type recStatement struct {
	match.Statement
	lines []*recLine
	key   string

	seenOn                     civil.Date // the night of the run that loaded it
	opening, closing, off, gap int64      // off: the statement's difference
	sequenceGap                bool
}

// recKey is what a statement is known by.
func recKey(s *recStatement) string {
	known := func(x match.Optional) string {
		if !x.Known {
			return ""
		}
		return strconv.FormatInt(int64(x.Amount), 10)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n%s\n%s\n%s\n", s.Account, s.Currency, known(s.Opening), known(s.Closing), s.ClosingDate)
	for _, l := range s.lines {
		fmt.Fprintf(&b, "%s,%s,%d\n", l.BookingDate, l.ValueDate, l.Amount)
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(b.String())))[:16]
}

// A recBooks is what a lender's book holds of its bank: the statements that were loaded and
// the matches that were made.
type recBooks struct {
	loaded     []*recStatement
	matches    []*recMatch
	duplicates int
}

// load takes the statements of a run's files and returns them all with their states. Of
// several alike in one run the first format's is loaded.
func (b *recBooks) load(date civil.Date, came []*recStatement) (states map[*recStatement]match.State) {
	states = map[*recStatement]match.State{}
	came = slices.Clone(came)
	slices.SortStableFunc(came, func(x, y *recStatement) int { return cmp.Compare(x.Format, y.Format) })
	for _, s := range came {
		s.key = recKey(s)
		known := func(x *recStatement) bool { return x.key == s.key }
		switch states[s] = s.State; {
		case s.State != match.Loaded:
		case slices.ContainsFunc(b.loaded, known):
			states[s] = match.Duplicate
			b.duplicates++
		default:
			s.seenOn = date
			for i, l := range s.lines {
				l.Number, l.id, l.seenOn = i+1, fmt.Sprintf("%s-%d", s.key, i+1), date
				l.account, l.currency, l.key, l.format = s.Account, s.Currency, s.key, s.Format
			}
			b.loaded = append(b.loaded, s)
		}
	}
	return states
}

func (b *recBooks) lines() (all []*recLine) {
	for _, s := range b.loaded {
		all = append(all, s.lines...)
	}
	return all
}

// chains puts the loaded statements of each account and currency in order and finds their
// gaps.
func (b *recBooks) chains() [][]*recStatement {
	of := map[string][]*recStatement{}
	for _, s := range b.loaded {
		of[s.Account+"\x00"+s.Currency] = append(of[s.Account+"\x00"+s.Currency], s)
	}
	var all [][]*recStatement
	for _, key := range slices.Sorted(maps.Keys(of)) {
		all = append(all, chain(of[key]))
	}
	return all
}

func chain(left []*recStatement) (done []*recStatement) {
	left = slices.Clone(left)
	running := int64(0)
	for len(left) > 0 {
		runsOn := func(s *recStatement) bool {
			return len(done) > 0 && (!s.Opening.Known || int64(s.Opening.Amount) == running)
		}
		next := slices.MinFunc(left, func(a, b *recStatement) int {
			return cmp.Or(cmp.Compare(a.ClosingDate, b.ClosingDate), -compareBool(runsOn(a), runsOn(b)),
				compareNumbers(a.Number, b.Number), compareNumbers(a.Page, b.Page), cmp.Compare(a.key, b.key))
		})
		left = slices.DeleteFunc(left, func(s *recStatement) bool { return s == next })
		sum := int64(0)
		for _, l := range next.lines {
			sum += int64(l.Amount)
		}
		next.opening, next.gap, next.sequenceGap = running, 0, false
		if next.Opening.Known {
			next.opening = int64(next.Opening.Amount)
		}
		next.closing = next.opening + sum
		if next.Closing.Known {
			next.closing = int64(next.Closing.Amount)
		}
		next.off = next.closing - next.opening - sum
		if len(done) > 0 {
			next.gap = next.opening - running
			next.sequenceGap = next.gap == 0 && outOfSequence(done[len(done)-1], next)
		}
		running = next.closing
		done = append(done, next)
	}
	return done
}

// outOfSequence reports whether a statement's number is not the one to come: the next, or 1,
// or the same for another page.
func outOfSequence(before, s *recStatement) bool {
	was, err1 := strconv.ParseUint(before.Number, 10, 64)
	is, err2 := strconv.ParseUint(s.Number, 10, 64)
	return err1 == nil && err2 == nil && is != was+1 && is != 1 && !(is == was && before.Page != s.Page)
}

// compareNumbers compares as numbers where both are.
func compareNumbers(a, b string) int {
	x, err1 := strconv.ParseUint(a, 10, 64)
	y, err2 := strconv.ParseUint(b, 10, 64)
	if err1 == nil && err2 == nil {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(a, b)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// statementBreaks returns what does not tie in the chains.
func (b *recBooks) statementBreaks(date civil.Date) (all []*recBreak) {
	for _, chain := range b.chains() {
		for _, s := range chain {
			for kind, amount := range map[string]int64{"statement_unbalanced": s.off, "statement_gap": s.gap} {
				if amount != 0 {
					all = append(all, &recBreak{kind: kind, statement: s, amount: amount, seenOn: s.seenOn, age: date - s.ClosingDate})
				}
			}
		}
	}
	return all
}

// A recSummary is the identity of a currency, and the counts beside it.
type recSummary struct {
	glBalance, glBefore, bankOpening, bankBalance, gaps, offs  int64
	outstanding, unmatched, fees, differences                  int64
	statements, lines, matchedLines, suspenseLines, breakLines int
	items, matchedItems, breakItems                            int
}

func (s *recSummary) explained() int64 {
	return s.bankBalance - s.bankOpening - s.gaps - s.offs - s.unmatched + s.outstanding + s.fees + s.differences
}

// summary computes the identity. All items of the ledger are those of the journal up to the
// date, also those before the policy's first day.
func (b *recBooks) summary(m *recModel, ledger []*recItem) map[string]*recSummary {
	all := map[string]*recSummary{}
	at := func(currency string) *recSummary {
		if all[currency] == nil {
			all[currency] = &recSummary{}
		}
		return all[currency]
	}
	for _, x := range ledger {
		if x.business <= m.date {
			at(x.currency).glBalance += x.amount
			if m.from != civil.None && x.business < m.from {
				at(x.currency).glBefore += x.amount
			}
		}
	}
	for _, chain := range b.chains() {
		s := at(chain[0].Currency)
		s.bankOpening += chain[0].opening
		s.bankBalance += chain[len(chain)-1].closing
		s.statements += len(chain)
		for _, x := range chain {
			s.gaps, s.offs = s.gaps+x.gap, s.offs+x.off
		}
	}
	for _, l := range m.lines {
		s := at(l.currency)
		s.lines++
		switch m.stateOf(l) {
		case "matched":
			s.matchedLines++
		case "suspense":
			s.suspenseLines++
		default:
			s.breakLines++
			s.unmatched += int64(l.Amount)
		}
	}
	for _, x := range m.items {
		s := at(x.currency)
		s.items++
		if m.itemIn[x] != nil {
			s.matchedItems++
			continue
		}
		s.breakItems++
		s.outstanding += x.amount
	}
	for _, x := range m.matches {
		s := at(x.items[0].currency)
		s.fees, s.differences = s.fees+x.fee, s.differences+x.difference
	}
	return all
}
