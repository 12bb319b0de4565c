package bank

import (
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/money"
)

// sumMax is what the absolute amounts of a statement, or those that a control total is
// made of, may sum to.
const sumMax money.Amount = 1e18

// A file is what reading one has given so far: its faults, and the statement in work.
type file struct {
	emit     func(*match.Statement) error
	linesMax int
	source   *source // nil in tests of a reader alone
	err      error   // emit's
	faults   faults
	st       *match.Statement // nil between statements
	faulty   bool             // the statement in work has a fault
	total    money.Amount     // of its lines, without signs
}

func (f *file) fault(line int, code, format string, args ...any) {
	f.faulty = true
	f.faults.add(line, code, format, args...)
}

// begin begins a statement.
func (f *file) begin(format match.Format) {
	f.st = &match.Statement{Format: format, OpeningDate: civil.None, ClosingDate: civil.None}
	f.faulty, f.total = false, 0
}

// add returns the statement's next line to fill in, of an amount; nil if there can be none.
func (f *file) add(at int, amount money.Amount) *match.Line {
	lines := len(f.st.Lines)
	f.total += max(amount, -amount)
	switch {
	case lines == f.linesMax:
		f.fault(at, codeLarge, "the statement has more than %d lines", f.linesMax)
	case f.total > sumMax:
		f.fault(at, codeLarge, "the statement's amounts sum to more than %d minor units", sumMax)
	default:
		if lines == cap(f.st.Lines) {
			f.st.Lines = slices.Grow(f.st.Lines, f.room(lines))
		}
		f.st.Lines = append(f.st.Lines, match.Line{Number: lines + 1, Amount: amount, ValueDate: civil.None})
		return &f.st.Lines[lines]
	}
	f.total = min(f.total, sumMax) // what comes is still read for its faults
	return nil
}

// room returns how many more lines to make room for: of a large statement so many as its
// file has, if it goes on like this.
func (f *file) room(lines int) int {
	const large, spare = 1 << 14, 1.0 / 16
	if s := f.source; lines >= large && s != nil && s.size > s.read {
		used := s.read - int64(s.to-s.from)
		more := float64(lines) * float64(s.size-used) / float64(used)
		return 1 + int(min(more*(1+spare), float64(f.linesMax-lines)))
	}
	return 1 // append's own growth
}

// end ends the statement in work: emit gets it if it has no fault.
func (f *file) end() {
	if !f.faulty {
		f.err = f.emit(f.st)
	}
	f.st = nil
}

// account checks an account, as it is to be kept.
func (f *file) account(at int, account []byte) string {
	switch {
	case len(account) == 0:
		f.fault(at, codeAccount, "the statement names no account")
	case len(account) > accountMax:
		f.fault(at, codeAccount, "the account %s has more than %d bytes", said(account), accountMax)
		return ""
	}
	return string(account)
}
