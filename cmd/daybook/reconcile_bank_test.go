package main

import (
	"fmt"
	"slices"
	"strings"

	"daybook/ledger/civil"
	"daybook/ledger/match"
)

// The bank of a world: accounts, their statements day by day, and when it delivers them.

// A recAccount is an account of the lender.
type recAccount struct {
	id, currency string
	format       match.Format
	version      int // of camt.053
	running      int64
	number       int // of the next statement
	last         civil.Date
	queue        []*recLine
	days         [][]*recStatement
}

// A recDelivery is a statement that comes from a night on, in a format.
type recDelivery struct {
	*recStatement
	night   int
	version int
}

func (a *recAccount) put(l *recLine) {
	l.format = a.format
	a.queue = append(a.queue, l)
}

func (a *recAccount) drop(l *recLine) {
	a.queue = slices.DeleteFunc(a.queue, func(x *recLine) bool { return x == l })
}

// putBeside puts a line where another is.
func (a *recAccount) putBeside(l, beside *recLine) {
	if slices.Contains(a.queue, beside) {
		a.put(l)
	}
}

// close makes the account's statement of a day, or its pages.
func (a *recAccount) close(w *recWorld, n *recNight, busy bool) {
	var due, left []*recLine
	end := n.index == len(w.nights)-1
	for _, l := range a.queue {
		if l.BookingDate > n.date && !end {
			left = append(left, l)
			continue
		}
		if a.format == match.BAI2 || l.BookingDate <= a.last || l.BookingDate > n.date {
			l.BookingDate = n.date
		}
		due = append(due, l)
	}
	a.queue = left
	if len(due) == 0 && w.Intn(2) == 0 && a.last != 0 {
		return
	}
	w.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })
	pages := [][]*recLine{due}
	if len(due) > 2 && w.Intn(4) == 0 {
		pages = [][]*recLine{due[:len(due)/2], due[len(due)/2:]}
	}
	switch {
	case busy && w.Intn(15) == 0:
		a.number += 1 + w.Intn(5)
	case busy && w.Intn(25) == 0:
		a.number = 1
	}
	var day []*recStatement
	for i, lines := range pages {
		s := a.statement(w, n, lines, busy)
		s.Number = fmt.Sprintf([]string{"%d", "%05d"}[w.Intn(2)], a.number)
		if a.format == match.BAI2 {
			a.number++
		} else if len(pages) > 1 || w.Intn(2) == 0 {
			s.Page = fmt.Sprint(i + 1)
		}
		day = append(day, s)
	}
	if a.format != match.BAI2 {
		a.number++
	}
	a.last, a.days = n.date, append(a.days, day)
}

// statement makes a statement of lines, of which it may lose one, and the closing of which
// may be wrong.
func (a *recAccount) statement(w *recWorld, n *recNight, lines []*recLine, busy bool) *recStatement {
	opened := a.last
	if opened == 0 {
		opened = n.date - 1
	}
	s := &recStatement{Statement: match.Statement{Format: a.format, Account: a.id, Currency: a.currency, OpeningDate: opened,
		ClosingDate: n.date, ID: fmt.Sprintf("S%d%02d", n.index, w.Intn(100)), Pending: w.Intn(3)}}
	s.Opening = match.Optional{Amount: money64(a.running), Known: true}
	for _, l := range lines {
		a.running += int64(l.Amount)
	}
	switch {
	case busy && len(lines) > 1 && w.Intn(25) == 0:
		lines = lines[1:]
	case busy && w.Intn(25) == 0:
		a.running += int64(w.Intn(2000) - 1000)
	}
	s.Closing = match.Optional{Amount: money64(a.running), Known: true}
	if w.crowded && a.format == match.BAI2 {
		s.Opening.Known, s.Closing.Known = w.Intn(5) > 0, w.Intn(5) > 0
	}
	for _, l := range lines {
		if a.format == match.Camt053 && l.ValueDate == l.BookingDate && l.style%4 == 0 {
			l.ValueDate = civil.None
		}
	}
	s.lines = lines
	s.key = recKey(s)
	for i, l := range lines {
		l.Number, l.id, l.account, l.currency, l.key = i+1, fmt.Sprintf("%s-%d", s.key, i+1), a.id, a.currency, s.key
	}
	return s
}

// deliver decides when each statement comes, which come again, and which never do.
func (w *recWorld) deliver() {
	last := len(w.nights) - 1
	for _, a := range w.accounts {
		for i, day := range a.days {
			night := slices.IndexFunc(w.nights, func(n *recNight) bool { return n.date == day[0].ClosingDate })
			switch w.Intn(20) {
			case 0:
				if i > 0 && i < len(a.days)-1 && night < last-4 {
					continue
				}
			case 1, 2:
				night = last
			case 3, 4, 5, 6:
				night = min(night+1+w.Intn(3), last)
			}
			for _, s := range day {
				w.deliveries = append(w.deliveries, recDelivery{s.as(a.format), night, a.version})
				if w.Intn(8) == 0 {
					format := s.otherFormat(w)
					w.deliveries = append(w.deliveries, recDelivery{s.as(format), min(night+w.Intn(3), last), 8})
				}
				if a.format == match.BAI2 && w.Intn(8) == 0 {
					early := s.as(match.BAI2)
					early.State = []match.State{match.Interim, match.Deleted, match.Test}[w.Intn(3)]
					w.deliveries = append(w.deliveries, recDelivery{early, min(night+w.Intn(2), last), 0})
				}
			}
		}
	}
}

// otherFormat returns a format that can say the same: each has its own way to leave a value
// date out, or a balance.
func (s *recStatement) otherFormat(w *recWorld) match.Format {
	f := match.Format(w.Intn(int(match.Formats)))
	for _, l := range s.lines {
		if l.ValueDate == civil.None || f == match.BAI2 && l.BookingDate != s.ClosingDate {
			return s.Format
		}
	}
	if !s.Opening.Known || !s.Closing.Known || f == match.BAI2 && strings.Contains(s.Account, "/") {
		return s.Format
	}
	return f
}

// as returns a statement as a format tells it.
func (s *recStatement) as(f match.Format) *recStatement {
	c := *s
	c.Format, c.Statement.Lines = f, nil
	c.lines = make([]*recLine, len(s.lines))
	for i, l := range s.lines {
		c.lines[i] = l.as(f)
	}
	switch f {
	case match.BAI2:
		c.OpeningDate, c.Page, c.Pending = civil.None, "", 0
		c.ID = "9" + s.ID[1:] + "/" + s.ClosingDate.String()
	case match.MT940:
		c.Pending = min(s.Pending, 1)
	}
	return &c
}

// as returns a line as a format tells it. What a bank means by it decides its codes.
func (l *recLine) as(f match.Format) *recLine {
	c := *l
	c.format = f
	credit := map[bool]int{true: 0, false: 1}[l.Amount > 0]
	c.Reversal = l.class == recReturned
	switch f {
	case match.Camt053:
		c.asCamt(credit)
	case match.MT940:
		c.asMT940(credit)
	case match.BAI2:
		c.asBAI2(credit)
	}
	return &c
}

func (l *recLine) asCamt(credit int) {
	if l.style%11 == 0 {
		l.Fee = match.Optional{Amount: 25, Known: true}
	}
	switch l.class {
	case recPlain:
		l.Code = []string{"PMNT-RCDT-ESCT", "PMNT-ICDT-ESCT"}[credit]
		if l.style%7 == 0 {
			l.Code = "TRF"
		}
	case recFeeLine:
		l.Code = "PMNT-MDOP-" + []string{"CHRG", "FEES", "COMM", "COMT"}[l.style%4]
	case recReturned:
		l.Code = "PMNT-IDDT-UPDD"
		if l.returnInfo() {
			l.OriginalReference = l.EndToEndID
		} else {
			l.ReturnReason = ""
		}
	}
}

// returnInfo reports whether a camt line says that it is returned in RtrInf, and not by the
// entry's mark alone.
func (l *recLine) returnInfo() bool { return l.class == recReturned && l.style%3 > 0 }

// form is how an MT940 line tells its information: (a) by subfields, (b) by codes, (c) free.
func (l *recLine) form() byte {
	switch {
	case l.style%3 == 1:
		return 'b'
	case l.style%3 == 2 && l.EndToEndID == "" && l.class != recReturned:
		return 'c'
	}
	return 'a'
}

func (l *recLine) asMT940(credit int) {
	if l.style%11 == 0 {
		l.Fee = match.Optional{Amount: 25, Known: true}
	}
	if l.BatchID != "" && l.Reference == "" {
		l.Reference = l.BatchID
	}
	l.BatchID, l.Code = "", "NTRF"
	if l.form() == 'a' {
		l.GVC = []string{"166", "116"}[credit]
	}
	switch {
	case l.class == recFeeLine && l.form() == 'a' && l.style%2 == 0:
		l.Code, l.GVC = "NMSC", fmt.Sprint(805+l.style%5)
	case l.class == recFeeLine:
		l.Code = "NCHG"
	case l.class == recReturned:
		l.OriginalReference = l.EndToEndID
		if l.form() == 'a' {
			l.GVC = "109"
		}
	}
}

func (l *recLine) asBAI2(credit int) {
	if l.BatchID != "" && l.Reference == "" {
		l.Reference = l.BatchID
	}
	l.BatchID, l.Code = "", []string{"142", "451"}[credit]
	if l.EndToEndID != "" {
		l.Text += " EREF: " + l.EndToEndID
	}
	switch l.class {
	case recFeeLine:
		if credit == 1 { // a type of charges takes money
			l.Code = []string{"661", "698"}[l.style%2]
		}
	case recReturned:
		l.Code, l.OriginalReference = [2][]string{{"255", "257"}, {"555", "557"}}[credit][l.style%2], l.EndToEndID
		l.Text += " Reason: " + l.ReturnReason
	}
}
