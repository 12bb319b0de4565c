// Package verify proves a book's promises from the bytes on disk, and what was
// published from it. It changes nothing.
package verify

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"daybook/batch/book"
	"daybook/batch/evidence"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
)

// A Result is what [Book] proved, and the faults it found.
type Result struct {
	Nights   int      `json:"nights"`
	Last     string   `json:"last_night,omitempty"`
	Loans    int64    `json:"loans"`
	Held     int64    `json:"held"`
	Entries  int64    `json:"entries"`
	Postings int64    `json:"postings"`
	Faults   []string `json:"faults"`
}

// faultsMax is the most faults that are listed: a book that has more is beyond
// reading them one by one.
const faultsMax = 1000

// Book proves a book's promises from the bytes on disk: that every file is as
// it was written, and every record what its night wrote; that every entry
// balances; that the GL is the sum of the journal; that the receivables are the
// sum of the loans; that every loan's principal and credit are what its own entries
// come to, and all its balances what its life comes to. It finds every fault that it can and changes nothing.
func Book(ctx context.Context, b *store.Book, workers int) (*Result, error) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	v := &verifier{b: b}
	if err := b.CheckFiles(ctx, workers, func(f store.Fault) { v.fault("%s", f.Error()) }); err != nil {
		return nil, err
	}
	nights, err := b.Nights()
	if err != nil {
		v.fault("the list of nights: %v", err)
		return v.result(), nil
	}
	v.Nights = len(nights)
	if err := v.records(nights); err != nil {
		v.fault("%v", err)
		return v.result(), nil
	}
	if len(nights) == 0 {
		return v.result(), nil
	}
	v.Last = nights[len(nights)-1].String()
	if v.view, err = book.At(b, civil.None); err != nil {
		v.fault("%v", err)
		return v.result(), nil
	}
	if on := v.view.Night.BaseDate; on != nil {
		if v.basePacks, err = book.PacksAt(b, *on); err != nil {
			v.fault("%v", err)
			return v.result(), nil
		}
	}
	if err := v.locks(); err != nil {
		v.fault("%v", err)
	}
	if err := v.partitions(ctx, workers); err != nil {
		return nil, err
	}
	if err := v.borrowers(ctx, workers); ctx.Err() != nil {
		return nil, ctx.Err()
	} else if err != nil {
		v.fault("borrowers: %v", err)
	}
	if err := v.borrowersIDs(ctx); ctx.Err() != nil {
		return nil, ctx.Err()
	} else if err != nil {
		v.fault("ids of contacts and keys of tasks: %v", err)
	}
	v.ties()
	if err := v.evidence(ctx, workers); err != nil {
		return nil, err
	}
	return v.result(), nil
}

// evidence rebuilds the tree over the journals, and holds each night's hashes and head to it.
func (v *verifier) evidence(ctx context.Context, workers int) error {
	if len(v.Faults) > 0 {
		return nil // what is damaged can't be evidence
	}
	_, err := evidence.Book(ctx, v.b, workers)
	if err != nil && ctx.Err() == nil {
		v.fault("evidence: %v", err)
		return nil
	}
	return err
}

type verifier struct {
	b       *store.Book
	history []*record.Night
	scales  int        // currencies
	view    *book.View // what the loans of the last night are read with
	// basePacks is how many packs the month bases have figures of.
	basePacks int

	mu sync.Mutex
	Result
	nights []book.GL // of each night
	loans  []book.Positions
}

func (v *verifier) fault(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.Faults) < faultsMax {
		v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
	}
}

func (v *verifier) result() *Result {
	slices.Sort(v.Faults)
	if v.Faults == nil {
		v.Faults = []string{}
	}
	return &v.Result
}

// records reads the nights' records and checks their chain.
func (v *verifier) records(nights []civil.Date) error {
	if len(nights) > 0 {
		if _, ok, err := v.b.Meta(record.MetaNames); err != nil {
			return err
		} else if !ok {
			return fmt.Errorf("the book's dictionaries are missing")
		}
	}
	names, err := book.LoadNames(v.b, nil, nil)
	if err != nil {
		return err
	}
	v.scales = len(names.Currencies)
	v.loans = make([]book.Positions, v.scales)
	root, previous := "", civil.None
	for _, d := range nights {
		r, err := book.Night(v.b, d)
		if err != nil {
			return err
		}
		same, err := book.HasRoot(v.b, r)
		if err != nil {
			return err
		}
		if r.Date != d || r.Previous != previous || r.PreviousRoot != root {
			v.fault("record of %s: it does not follow the night of %s", d, previous)
		}
		if len(r.Partitions) != store.Partitions {
			return fmt.Errorf("record of %s: it has %d partitions, not %d", d, len(r.Partitions), store.Partitions)
		}
		if !same {
			v.fault("record of %s: the journal's root is not that of its partitions", d)
		}
		v.gl(r, len(v.history))
		root, previous = r.Root, d
		v.history = append(v.history, r)
		v.nights = append(v.nights, book.NewGL(v.scales))
		err = book.EachSummaryEntry(v.b, d, func(_ int, currency uint16, e *ledger.Entry) error {
			v.entry(len(v.nights)-1, "", currency, e)
			return nil
		})
		if err != nil {
			v.fault("summary of %s: %v", d, err)
		}
		if err := v.regions(names, d); err != nil {
			v.fault("%v", err)
		}
		if err := v.published(r); err != nil {
			v.fault("published files of %s: %v", d, err)
		}
	}
	if _, err := book.Policies(v.b); err != nil {
		v.fault("%v", err)
	}
	return nil
}

// gl checks that a night opens with the balances that the one before closed with,
// and balances in each currency.
func (v *verifier) gl(r *record.Night, index int) {
	var before *record.Night
	if index > 0 {
		before = v.history[index-1]
	}
	for c := range v.scales {
		var debits, credits int64
		for role := range ledger.Roles {
			l := r.Line(c, role)
			opening := int64(0)
			if before != nil {
				b := before.Line(c, role)
				opening = b.Closing()
			}
			if l.Opening != opening {
				v.fault("GL of %s: account %d opens with %d, the night before closed with %d", r.Date, role, l.Opening, opening)
			}
			debits += l.Debits
			credits += l.Credits
		}
		if debits != credits {
			v.fault("GL of %s: debits %d, credits %d", r.Date, debits, credits)
		}
	}
}

// entry checks one entry and adds it to its night.
func (v *verifier) entry(night int, id string, currency uint16, e *ledger.Entry) {
	if int(currency) >= v.scales {
		v.fault("journal of %s, loan %q: currency %d is not in the dictionaries", v.history[night].Date, id, currency)
		return
	}
	if s := e.Sum(); s != 0 {
		v.fault("journal of %s, loan %q: a %s entry is off by %s", v.history[night].Date, id, e.Kind, s.Text(0))
	}
	v.nights[night].Add(int(currency), e)
}

// loanSums are what a loan's entries come to, and its latest night.
type loanSums struct {
	principal, credit money.Amount
	events            int
	last              civil.Date
	booked, seen      bool
}

// partitions scans every partition's journal and loans, several at once.
func (v *verifier) partitions(ctx context.Context, workers int) error {
	return book.EachPartition(ctx, workers, func(ctx context.Context, _, q int) error {
		return reports.Guarded(func() error { return v.partition(ctx, q) })()
	})
}

func (v *verifier) partition(ctx context.Context, q int) error {
	sums := map[string]*loanSums{}
	local := &verifier{b: v.b, history: v.history, scales: v.scales, view: v.view, basePacks: v.basePacks, loans: make([]book.Positions, v.scales)}
	for range v.history {
		local.nights = append(local.nights, book.NewGL(v.scales))
	}
	for i, r := range v.history {
		if err := local.journal(i, r.Date, q, sums); err != nil {
			local.fault("journal of %s, partition %02x: %v", r.Date, q, err)
		}
	}
	if err := local.states(q, sums); err != nil {
		local.fault("loans, partition %02x: %v", q, err)
	}
	if err := local.held(q); err != nil {
		local.fault("suspense, partition %02x: %v", q, err)
	}
	if err := local.finals(q); err != nil {
		local.fault("final scores, partition %02x: %v", q, err)
	}
	if err := local.bases(q); err != nil {
		local.fault("month bases, partition %02x: %v", q, err)
	}
	if err := local.digests(q); err != nil {
		local.fault("partition %02x: %v", q, err)
	}
	if err := local.lives(ctx, q); ctx.Err() != nil {
		return ctx.Err()
	} else if err != nil {
		local.fault("lives, partition %02x: %v", q, err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.Faults = append(v.Faults, local.Faults[:min(len(local.Faults), max(faultsMax-len(v.Faults), 0))]...)
	v.Loans += local.Loans
	v.Held += local.Held
	v.Entries += local.Entries
	v.Postings += local.Postings
	for i := range v.nights {
		v.nights[i].Merge(&local.nights[i])
	}
	for i := range v.loans {
		v.loans[i].Merge(&local.loans[i])
	}
	return nil
}

// journal adds up one night's entries in one partition, by loan.
func (v *verifier) journal(night int, d civil.Date, q int, sums map[string]*loanSums) error {
	s, err := v.b.Scan(store.Journal, d, q, q+1)
	if err != nil {
		return err
	}
	defer s.Close()
	var n record.LoanNight
	entries := 0
	for s.Next() {
		entries++
		if err := n.Decode(s.Record(), d); err != nil {
			return fmt.Errorf("loan %q: %w", s.ID(), err)
		}
		x := sums[string(s.ID())]
		if x == nil {
			x = &loanSums{last: civil.None}
			sums[string(s.ID())] = x
		}
		if len(n.Events) > 0 || isCredit(n.Entries) {
			if n.Previous != x.last {
				v.fault("journal of %s, loan %q: its chain names %s before it, not %s", d, s.ID(), n.Previous, x.last)
			}
			x.last = d
		}
		for i := range n.Events {
			if n.Events[i].Kind == loan.KindBooking {
				x.booked = true
			} else {
				x.events++
			}
		}
		for i := range n.Entries {
			e := &n.Entries[i]
			v.entry(night, string(s.ID()), n.Currency, e)
			v.Entries++
			v.Postings += int64(len(e.Postings))
			for _, p := range e.Postings {
				switch p.Role {
				case ledger.LoanPrincipal:
					x.principal += p.Amount
				case ledger.BorrowerCredit:
					x.credit -= p.Amount
				}
			}
		}
	}
	if want := v.history[night].Partitions[q].Entries; entries != want && s.Err() == nil {
		v.fault("journal of %s, partition %02x: %d loans have entries, the night wrote %d", d, q, entries, want)
	}
	return s.Err()
}

// isCredit reports whether entries are of a loan that only its credit touched.
func isCredit(entries []ledger.Entry) bool {
	return len(entries) > 0 && entries[0].Kind != ledger.Hold
}

// states compares every loan of a partition with its entries, both ways.
func (v *verifier) states(q int, sums map[string]*loanSums) error {
	s, err := v.b.Scan(store.Loans, civil.None, q, q+1)
	if err != nil {
		return err
	}
	defer s.Close()
	last := v.history[len(v.history)-1]
	var l loan.Loan
	for s.Next() {
		v.Loans++
		if err := record.DecodeLoan(s.Record(), &l); err != nil {
			return fmt.Errorf("loan %q: %w", s.ID(), err)
		}
		if int(l.Currency) >= v.scales {
			return fmt.Errorf("loan %q: currency %d is not in the dictionaries", s.ID(), l.Currency)
		}
		v.state(s.ID(), &l, sums[string(s.ID())])
	}
	if err := s.Err(); err != nil {
		return err
	}
	for id, x := range sums {
		if x.booked && !x.seen {
			v.fault("loan %q: the journal has it, the book's loans do not", id)
		}
	}
	if want := int64(last.Partitions[q].Loans); v.Loans != want {
		v.fault("loans, partition %02x: %d, the night of %s wrote %d", q, v.Loans, last.Date, want)
	}
	return nil
}

func (v *verifier) state(id []byte, l *loan.Loan, x *loanSums) {
	v.loans[l.Currency].Add(l, l.Receivables())
	if x == nil || !x.booked {
		v.fault("loan %q: the book has it, the journal never booked it", id)
		return
	}
	x.seen = true
	differ := func(what string, state, journal money.Amount) {
		if state != journal {
			v.fault("loan %q: %s is %s in its state and %s by its entries", id, what, state.Text(0), journal.Text(0))
		}
	}
	in := l.Receivables()
	differ("principal", in[loan.Principal], x.principal)
	differ("credit", l.Credit, x.credit)
	if x.last != l.LastEntryOn {
		v.fault("loan %q: its state names %s as the last night with entries, the journal %s", id, l.LastEntryOn, x.last)
	}
	if n := len(l.Applied) / len(loan.Fingerprint{}); n != x.events {
		v.fault("loan %q: %d events are marked as applied, the journal has %d", id, n, x.events)
	}
}

// held adds up the suspense of a partition.
func (v *verifier) held(q int) error {
	s, err := v.b.Scan(store.Held, civil.None, q, q+1)
	if err != nil {
		return err
	}
	defer s.Close()
	for s.Next() {
		var h record.Held
		if err := h.Read(s.Item(), s.Record()); err != nil {
			return fmt.Errorf("loan %q, item %q: %w", s.ID(), s.Item(), err)
		}
		if int(h.Currency) >= v.scales {
			return fmt.Errorf("loan %q, item %q: currency %d is not in the dictionaries", s.ID(), s.Item(), h.Currency)
		}
		if h.By == nil {
			v.Held++
			v.loans[h.Currency].Held += h.Amount
		}
	}
	return s.Err()
}

// ties compares the journal with the GL night by night, and the loans with the
// GL at the last close.
func (v *verifier) ties() {
	for i, r := range v.history {
		if stored, err := book.Activity(v.b, r.Date); err != nil || !slices.Equal(stored, v.nights[i].Cells()) {
			v.fault("GL of %s: its activity by kind is not that of its entries", r.Date)
		}
		for c := range v.scales {
			for role := range ledger.Roles {
				l, t := r.Line(c, role), v.nights[i].Role(c, role)
				if l.Debits != t.Debits || l.Credits != t.Credits {
					v.fault("GL of %s: account %d has debits %d and credits %d, its entries %d and %d",
						r.Date, role, l.Debits, l.Credits, t.Debits, t.Credits)
				}
			}
		}
	}
	last := v.history[len(v.history)-1]
	for c := range v.scales {
		p := &v.loans[c]
		for _, t := range []struct {
			what  string
			role  ledger.Role
			loans money.Amount
		}{
			{"principal", ledger.LoanPrincipal, p.Principal}, {"interest", ledger.InterestReceivable, p.Interest},
			{"fees", ledger.FeeReceivable, p.Fees}, {"penalties", ledger.PenaltyReceivable, p.Penalties},
			{"credit", ledger.BorrowerCredit, -p.Credit}, {"suspense", ledger.UnappliedReceipts, -p.Held},
			{"suspended interest", ledger.InterestInSuspense, p.Suspended},
		} {
			l := last.Line(c, t.role)
			if l.Closing() != int64(t.loans) {
				v.fault("%s: the GL has %d, the loans %d", t.what, l.Closing(), int64(t.loans))
			}
		}
	}
}
