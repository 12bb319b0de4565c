package book

import (
	"bytes"
	"fmt"
	"slices"

	"daybook/aging"
	"daybook/batch/night"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// A Page is what one night did to a loan.
type Page struct {
	record.LoanNight
	Date civil.Date // of the night
}

// Pages appends what every night did to a loan, the newest first, following the chain
// of its journal entries. The memory of what lies behind pages is used again.
func Pages(journal *store.JournalReader, l *loan.Loan, pages []Page) ([]Page, error) {
	return PagesSince(journal, l, civil.None, pages)
}

// PagesSince is [Pages] of the nights from one on.
func PagesSince(journal *store.JournalReader, l *loan.Loan, since civil.Date, pages []Page) ([]Page, error) {
	hash := store.Hash(l.ID)
	for d := l.LastEntryOn; d != civil.None && d >= since; {
		blob, ok, err := journal.Entry(d, hash, l.ID)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("the journal of %s lacks the entry that the loan's history names: run verify", d)
		}
		if len(pages) < cap(pages) {
			pages = pages[:len(pages)+1]
		} else {
			pages = append(pages, Page{})
		}
		p := &pages[len(pages)-1]
		p.Date = d
		if err := p.Decode(bytes.Clone(blob), d); err != nil {
			return nil, fmt.Errorf("journal of %s: %w: run verify", d, err)
		}
		if p.Previous != civil.None && p.Previous >= d {
			return nil, fmt.Errorf("journal of %s: its chain does not go back in time: run verify", d)
		}
		d = p.Previous
	}
	return pages, nil
}

// History returns what every night did to a loan, the oldest first.
func (v *View) History(l *loan.Loan) ([]Page, error) {
	journal := v.Book.NewJournalReader()
	defer journal.Close()
	pages, err := Pages(journal, l, nil)
	if err != nil {
		return nil, fmt.Errorf("loan %q: %w", l.ID, err)
	}
	slices.Reverse(pages)
	return pages, nil
}

// Loan reads a loan as the last night left it, and whether there is one.
func (v *View) Loan(id []byte) (*loan.Loan, bool, error) {
	rec, ok, err := v.Book.Find(store.Loans, id)
	if err != nil || !ok {
		return nil, false, err
	}
	l := &loan.Loan{}
	if err := record.DecodeLoan(rec, l); err != nil {
		return nil, false, fmt.Errorf("loan %q: %w: run verify", id, err)
	}
	l.ID = id
	if err := checkCodes(&v.Rules, l); err != nil {
		return nil, false, fmt.Errorf("loan %q: %w: run verify", id, err)
	}
	return l, true, v.takeFinal(l)
}

// A Life is a loan run again from its booking, by the events of its first nights.
type Life struct {
	loan.Loan
	Run  loan.Run
	log  loan.Log
	past []loan.Installment // met, and left behind by a settlement or a restructuring

	events []*loan.Event
}

// Replay runs a loan's life again as the nights of the pages have left it, up to
// the close of a day; a trace, where there is one, notes each step.
func Replay(rules *night.Rules, l *loan.Loan, pages []Page, day civil.Date, trace *loan.Trace) *Life {
	v := &Life{}
	v.Replay(rules, l, pages, day, trace)
	return v
}

// Replay is [Replay] into a life whose memory is used again.
func (v *Life) Replay(rules *night.Rules, l *loan.Loan, pages []Page, day civil.Date, trace *loan.Trace) {
	charges := v.Charges[:0] // the state's own are not touched
	v.Loan, v.past = *l, v.past[:0]
	v.Charges = charges
	v.Run.Trace, v.Run.Past = trace, &v.past
	v.log.Reset()
	var plan []loan.Installment
	events := v.events[:0]
	var reversed map[string]bool
	for i := range pages {
		for k := range pages[i].Events {
			switch e := &pages[i].Events[k]; e.Kind {
			case loan.KindBooking:
				plan = e.Plan
			case loan.KindReversal:
				if reversed == nil {
					reversed = map[string]bool{}
				}
				reversed[string(e.Target)] = true
			default:
				events = append(events, e)
			}
		}
	}
	v.events = events
	slices.SortFunc(events, (*loan.Event).Compare)
	v.Run.Replay(&v.Loan, &rules.Products[l.Product], plan, &v.log)
	for _, e := range events {
		if !reversed[string(e.ID)] {
			v.Run.Again(e)
		}
	}
	v.Run.Advance(day)
}

// Items returns all instalments of the life, paid or not, those that an event
// has put in the place of others, and those still to come.
func (v *Life) Items() []loan.Installment {
	v.Run.Oldest(civil.Max) // makes those to come
	return append(append(slices.Clone(v.past), v.Run.Items()...), v.Run.ToCome()...)
}

// OnBooks is what the books carry of a loan at its last close: its receivables,
// and interest that is kept in memo.
func OnBooks(l *loan.Loan) loan.Sums {
	s := l.Receivables()
	s[loan.Interest] += l.Suspended
	return s
}

// OnBooksAt is the same at the close of a night that the life was run up to.
func (v *Life) OnBooksAt(night civil.Date) loan.Sums {
	f := v.Run.Close(night)
	v.Earned, v.Fallen, v.LateFees, v.LatePenalties, v.Suspended = f.Earned, f.Fallen, v.Late.Fees, v.Late.Penalties, 0
	if v.Off.Kind == loan.KindChargeOff {
		v.Suspended = max(f.Outstanding[loan.Interest], 0)
	}
	return OnBooks(&v.Loan)
}

// Worst returns the tier of the worst loan on the book of a borrower, as the last close
// found it, plus one; 0 where that is the tier of each of his loans.
func (v *View) Worst(borrowerID []byte) (uint8, error) {
	rec, ok, err := v.Book.Find(store.Borrowers, borrowerID)
	if err != nil || !ok {
		return 0, err
	}
	s, err := record.ReadBorrower(rec)
	if err != nil {
		return 0, fmt.Errorf("borrower %q: %w: run verify", borrowerID, err)
	}
	return s.Worst, v.checkWorst(borrowerID, s.Worst)
}

// checkWorst refuses a tier that the night's policy has not got.
func (v *View) checkWorst(borrowerID []byte, worst uint8) error {
	if int(worst) > len(v.Words[aging.BorrowerClassification]) {
		return fmt.Errorf("borrower %q: his record names tier %d, which the policy lacks: run verify", borrowerID, worst-1)
	}
	return nil
}

// EachWorst calls fn with the borrowers whose loans are of several tiers, and
// [View.Worst] of each.
func (v *View) EachWorst(fn func(borrowerID []byte, worst uint8)) error {
	s, err := v.Book.Scan(store.Borrowers, civil.None, 0, store.Partitions)
	if err != nil {
		return err
	}
	defer s.Close()
	for s.Next() {
		b, err := record.ReadBorrower(s.Record())
		if err != nil {
			return fmt.Errorf("borrower %q: %w: run verify", s.ID(), err)
		}
		if err := v.checkWorst(s.ID(), b.Worst); err != nil {
			return err
		}
		if b.Worst > 0 {
			fn(s.ID(), b.Worst)
		}
	}
	return s.Err()
}
