package batch

import (
	"slices"
	"time"
)

// drawContact is what a borrower says, or what is done to him outside the queue.
func (y *cqYear) drawContact(f *cqFiles, id string) {
	var loans []cqLoansFile
	for _, l := range y.loans {
		if l.BorrowerID == id {
			loans = append(loans, l)
		}
	}
	c := cqContactsFile{ContactID: y.id("K"), BorrowerID: &id, At: y.some(y.b - y.r.IntN(3))}
	if y.chance(10) {
		c.At = y.some(y.b + 1)
	}
	if len(loans) > 0 && y.chance(35) {
		c.LoanID = ptr(cqPick(y, loans...).LoanID)
	}
	add := func(c cqContactsFile) { f.contacts = append(f.contacts, c) }
	switch n := y.r.IntN(100); {
	case n < 16:
		c.Kind, c.Channel, c.Outcome = "attempt", ptr(cqPick(y, "call", "sms", "letter", "push", "visit", "fax")), ptr(cqPick(y, cqYearOutcomes...))
		add(c)
	case n < 24:
		c.Kind = "inbound"
		if y.chance(50) {
			c.Channel = ptr(cqPick(y, "call", "email", "sms", "fax"))
		}
		add(c)
	case n < 38:
		y.drawConsent(add, c)
	case n < 41:
		c.Kind, c.LoanID = "opt_out", nil
		if y.chance(85) {
			c.Channel = ptr(cqPick(y, "sms", "call", "push", "letter", "fax"))
		}
		add(c)
	case n < 47:
		c.Kind = "callback"
		if y.chance(30) {
			c.Until = ptr(int32(y.b + 1 + y.r.IntN(5)))
		}
		add(c)
		if y.chance(50) {
			add(cqContactsFile{ContactID: y.id("K"), BorrowerID: &id, Kind: "inbound", At: c.At.Add(time.Duration(y.r.IntN(2)-1) * time.Hour)})
		}
	case n < 65:
		y.drawPromise(add, c, loans)
	case n < 71:
		c.Kind, c.LoanID = "hardship", nil
		c.Reason = ptr(cqPick(y, "unemployment", "illness", "family", "disaster", "bereavement", "tired"))
		add(c)
	case n < 80:
		y.drawHold(add, c)
	case n < 92:
		y.drawUnhold(add, c)
	case n < 98:
		y.drawVoid(add, c)
	default:
		c.Kind = cqPick(y, "shouting", "complaint")
		add(c)
	}
}

// drawConsent allows a channel, now and then at the instant of a refusal.
func (y *cqYear) drawConsent(add func(cqContactsFile), c cqContactsFile) {
	c.Kind, c.LoanID, c.Channel = "consent", nil, ptr(cqPick(y, "sms", "email", "social", "in_app", "call", "visit"))
	if y.chance(30) {
		c.Until = ptr(int32(y.b + y.r.IntN(20)))
	}
	add(c)
	if y.chance(12) {
		add(cqContactsFile{ContactID: y.id("K"), BorrowerID: c.BorrowerID, Kind: "opt_out", Channel: c.Channel, At: c.At})
	}
}

// drawPromise promises money of a loan, or of a currency; some of it is paid.
func (y *cqYear) drawPromise(add func(cqContactsFile), c cqContactsFile, loans []cqLoansFile) {
	if len(loans) == 0 {
		return
	}
	l := cqPick(y, loans...)
	amount := 1000 + y.r.Int64N(20000)
	c.Kind, c.LoanID, c.Amount, c.Currency = "promise", ptr(l.LoanID), &amount, ptr(l.Currency)
	c.PromisedOn = ptr(int32(y.b - 1 + y.r.IntN(8)))
	switch y.r.IntN(12) {
	case 0, 1, 2, 3:
		c.LoanID = nil
	case 4:
		c.Currency = nil
	case 5:
		c.PromisedOn = ptr(int32(y.b + 40))
	case 6:
		c.PromisedOn = ptr(int32(y.b - 9))
	}
	add(c)
	paid := amount
	switch y.r.IntN(6) {
	case 0, 1:
		return
	case 2:
		paid = amount * 95 / 100
	case 3:
		paid = amount / 3
	case 4:
		y.pledges = append(y.pledges, cqPledge{l.LoanID, l.Currency, int(*c.PromisedOn) - 1, amount / 2})
		paid = amount - amount/2
	}
	y.pledges = append(y.pledges, cqPledge{l.LoanID, l.Currency, int(*c.PromisedOn), paid})
}

// drawHold stops contact for a reason.
func (y *cqYear) drawHold(add func(cqContactsFile), c cqContactsFile) {
	c.Kind = "hold"
	reason := cqPick(y,
		"deceased", "bankruptcy", "fraud", "identity_theft", "breathing_space", "mental_health_crisis", "represented", "cease", "vulnerable", "dispute",
		"complaint", "illness", "bereavement", "disaster", "plan", "legal", "unknown_hold", "bankrupt", "agency", "what is this", "",
	)
	if reason != "" {
		c.Reason = &reason
	}
	if y.chance(50) {
		c.Until = ptr(int32(y.b + y.r.IntN(15)))
	}
	if y.chance(15) {
		c.LoanID = ptr(cqPick(y, y.loans...).LoanID) // perhaps somebody else's
	}
	if y.chance(35) {
		c.Kind, c.Reason = cqPick(y, "complaint", "dispute", "cease", "represented"), nil
	}
	add(c)
}

// drawUnhold lifts a hold that there is, or some other.
func (y *cqYear) drawUnhold(add func(cqContactsFile), c cqContactsFile) {
	c.Kind, c.LoanID, c.Reason = "unhold", nil, ptr(cqPick(y, "complaint", "agency", "hardship", "fraud", "unknown_hold", "what is this"))
	var held []cqContactsFile
	for _, o := range y.sent {
		if cqStr(o.BorrowerID) == *c.BorrowerID && slices.Contains([]string{"hold", "dispute", "complaint", "cease", "represented", "hardship", "shouting"}, o.Kind) {
			held = append(held, o)
		}
	}
	if len(held) > 0 && y.chance(85) {
		o := cqPick(y, held...)
		c.LoanID, c.Reason = o.LoanID, o.Reason
		switch {
		case o.Kind == "shouting" || o.Kind == "hold" && o.Reason == nil:
			c.Reason = ptr("unknown_hold")
		case o.Kind != "hold":
			c.Reason = ptr(o.Kind)
		}
		if y.chance(15) {
			c.At = o.At // a tie
		}
	}
	add(c)
}

// drawVoid takes back a row of the borrower's: an attempt, a refusal, a void.
func (y *cqYear) drawVoid(add func(cqContactsFile), c cqContactsFile) {
	c.Kind, c.LoanID = "void", nil
	var his []string
	for _, o := range y.m.contacts {
		if o.borrower == *c.BorrowerID {
			his = append(his, o.id)
			if o.kind == "void" || o.kind == "attempt" {
				his = append(his, o.id, o.id)
			}
		}
	}
	c.Target = ptr("K that comes later")
	if len(his) > 0 && y.chance(90) {
		c.Target = ptr(cqPick(y, his...))
	}
	add(c)
}
