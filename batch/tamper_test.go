package batch

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/batch/book"
	"daybook/batch/policy"
	"daybook/batch/verify"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// A forger writes a book again, record by record, through the store's own build, so
// that every file of it is sound, and changes something on the way. Each hook may
// return nil to leave a record out.
type forger struct {
	loan    func(id string, rec []byte) []byte
	held    func(id, item string, rec []byte) []byte
	people  func(space store.Space, id string, rec []byte) []byte // every other space of the last close
	journal func(d civil.Date, id string, rec []byte) []byte
	small   func(d civil.Date, section byte, name string, v []byte) []byte
	night   func(r *record.Night)
	meta    func(v []byte) []byte // of the night's record and the dictionaries, as they are written
	digests bool                  // let the nights' records say what is written now
}

// faults forges a book and verifies it. The forged one stays open for the test.
func (f *forger) faults(t *testing.T, from string) (*store.Book, []string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "book")
	f.forge(t, folder, from)
	b, err := store.OpenReadOnly(folder, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	v, err := verify.Book(t.Context(), b, 2)
	if err != nil {
		t.Fatal(err)
	}
	return b, v.Faults
}

// forge writes the book from into to.
func (f *forger) forge(t *testing.T, to, from string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	old, err := store.OpenReadOnly(from, store.Options{})
	must(err)
	defer old.Close()
	b, err := store.Create(to, store.Options{})
	must(err)
	nights, err := old.Nights()
	must(err)
	for _, d := range nights {
		n, err := b.Begin(d)
		must(err)
		p, err := n.Part(0, store.Partitions)
		must(err)
		each := func(s *store.Scan, err error, add func(s *store.Scan) error) {
			t.Helper()
			must(err)
			for s.Next() {
				must(add(s))
			}
			must(s.Err())
			s.Close()
		}
		s, err := old.Scan(store.Journal, d, 0, store.Partitions)
		each(s, err, func(s *store.Scan) error {
			rec := bytes.Clone(s.Record())
			if f.journal != nil {
				rec = f.journal(d, string(s.ID()), rec)
			}
			if rec == nil {
				return nil
			}
			return p.Add(store.Journal, s.Hash(), s.ID(), nil, rec)
		})
		if d == nights[len(nights)-1] {
			s, err := old.Scan(store.Loans, civil.None, 0, store.Partitions)
			each(s, err, func(s *store.Scan) error {
				rec := bytes.Clone(s.Record())
				if f.loan != nil {
					rec = f.loan(string(s.ID()), rec)
				}
				if rec == nil {
					return nil
				}
				return p.Add(store.Loans, s.Hash(), s.ID(), nil, rec)
			})
			for space := range store.Spaces {
				if space == store.Loans || space == store.Held || space == store.Journal {
					continue
				}
				s, err := old.Scan(space, civil.None, 0, store.Partitions)
				each(s, err, func(s *store.Scan) error {
					rec := bytes.Clone(s.Record())
					if f.people != nil {
						rec = f.people(space, string(s.ID()), rec)
					}
					if rec == nil {
						return nil
					}
					return p.Add(space, s.Hash(), s.ID(), nil, rec)
				})
			}
			s, err = old.Scan(store.Held, civil.None, 0, store.Partitions)
			each(s, err, func(s *store.Scan) error {
				rec := bytes.Clone(s.Record())
				if f.held != nil {
					rec = f.held(string(s.ID()), string(s.Item()), rec)
				}
				if rec == nil {
					return nil
				}
				return p.Add(store.Held, s.Hash(), s.ID(), s.Item(), rec)
			})
		}
		digests, err := p.Finish()
		must(err)
		for _, section := range []byte{record.SectionActivity, record.SectionSummary, record.SectionFiles, record.SectionRegions, record.SectionTree} {
			must(old.EachSmall(section, d, func(name string, v []byte) error {
				v = bytes.Clone(v)
				if f.small != nil {
					v = f.small(d, section, name, v)
				}
				if section == record.SectionTree && v == nil {
					return nil
				}
				return n.PutSmall(section, name, v)
			}))
		}
		r, err := book.Night(old, d)
		must(err)
		if f.digests {
			for q, x := range digests.Partitions {
				r.Partitions[q] = book.PartitionOf(&x)
			}
		}
		if f.night != nil {
			f.night(r)
		}
		meta := f.meta
		if meta == nil {
			meta = func(v []byte) []byte { return v }
		}
		must(n.PutNight(meta(r.Encode())))
		for _, name := range []string{record.MetaNames, record.MetaPolicies} {
			v, _, err := old.Meta(name)
			must(err)
			must(n.PutMeta(name, meta(v)))
		}
		must(n.Commit())
	}
	must(b.Close())
}

// onLoan changes the loan L1 of a book.
func onLoan(change func(l *loan.Loan)) *forger {
	return &forger{loan: func(id string, rec []byte) []byte {
		if id != "L1" {
			return rec
		}
		var l loan.Loan
		if err := record.DecodeLoan(rec, &l); err != nil {
			panic(err)
		}
		l.ID = []byte(id)
		change(&l)
		return record.AppendLoan(nil, &l)
	}}
}

// onNight changes what the journal of a night has of the loan L1.
func onNight(on string, change func(n *record.LoanNight)) *forger {
	return &forger{journal: func(d civil.Date, id string, rec []byte) []byte {
		if id != "L1" || d.String() != on {
			return rec
		}
		var n record.LoanNight
		if err := n.Decode(rec, d); err != nil {
			panic(err)
		}
		change(&n)
		var log loan.Log
		for _, e := range n.Entries {
			log.Begin(e.Kind, e.ValueDate, e.Source)
			for _, p := range e.Postings {
				log.Post(p.Role, p.Amount)
			}
		}
		var events []*loan.Event
		for i := range n.Events {
			events = append(events, &n.Events[i])
		}
		return record.AppendLoanNight(nil, n.Previous, n.Currency, events, &log)
	}}
}

// between moves something from the loan L3 to the loan L1, so that every total is as
// it was.
func between(change func(l *loan.Loan, sign money.Amount)) *forger {
	return &forger{loan: func(id string, rec []byte) []byte {
		sign := map[string]money.Amount{"L1": 1, "L3": -1}[id]
		if sign == 0 {
			return rec
		}
		var l loan.Loan
		if err := record.DecodeLoan(rec, &l); err != nil {
			panic(err)
		}
		l.ID = []byte(id)
		change(&l, sign)
		return record.AppendLoan(nil, &l)
	}}
}

func (f *forger) sealed() *forger { f.digests = true; return f }

// tamperLender has two nights with loans, payments, a fee, a penalty, suspended
// interest, credit and suspense.
func tamperLender(t *testing.T) *lender { return tamperLenderOf(t, nil) }

func tamperLenderOf(t *testing.T, p *policy.Policy) *lender {
	l := newLender(t)
	l.o.Policy = p
	fee, penalty := adjusts(t, "F1", "L1", "fee", "2026-02-02"), adjusts(t, "N1", "L1", "penalty", "2026-02-02")
	fee.Amount, penalty.Amount = ptr(int64(300)), ptr(int64(400))
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{
		aLoan(t, "L1", "2026-01-01", "2026-02-01"), aLoan(t, "L2", "2025-06-01", "2025-07-01"), aLoan(t, "L3", "2026-01-01", "2026-02-01"),
	})
	write(t, l.in("2026-02-03"), "repayments-a", []repaymentFile{
		pays(t, "P1", "L1", "2026-02-01", "50.00"), pays(t, "P2", "L3", "2026-02-01", "200.00"), pays(t, "P3", "nobody", "2026-02-01", "7.00"),
	})
	write(t, l.in("2026-02-03"), "adjustments-a", []adjustmentFile{fee, penalty})
	l.close("2026-02-03")
	write(t, l.in("2026-02-05"), "repayments-a", []repaymentFile{pays(t, "P4", "L1", "2026-02-05", "1.00")})
	l.close("2026-02-05")
	verifySilent(t, l)
	return l
}

// TestVerifyFindsForgedRecords: a record that is wrong in a book whose files are all
// sound is found by the check of that name.
func TestVerifyFindsForgedRecords(t *testing.T) {
	t.Parallel()
	l := tamperLender(t)
	glLineOf := func(change func(*record.Line)) *forger {
		return &forger{night: func(r *record.Night) {
			if r.Previous != civil.None {
				change(&r.GL[0])
			}
		}}
	}
	second := func(n func(r *record.Night)) *forger {
		return &forger{night: func(r *record.Night) {
			if r.Previous != civil.None {
				n(r)
			}
		}}
	}
	without := func(id string) *forger {
		return &forger{loan: func(x string, rec []byte) []byte {
			if x == id {
				return nil
			}
			return rec
		}}
	}
	heldItemOf := func(change func(h *record.Held)) *forger {
		return &forger{held: func(id, item string, rec []byte) []byte {
			var h record.Held
			if err := h.Read([]byte(item), rec); err != nil {
				panic(err)
			}
			change(&h)
			return h.Append(nil)
		}}
	}
	smallOf := func(section byte, change func(name string, v []byte) []byte) *forger {
		return &forger{small: func(d civil.Date, s byte, name string, v []byte) []byte {
			if s == section {
				return change(name, v)
			}
			return v
		}}
	}
	for _, x := range []struct {
		name string
		f    *forger
		want string
	}{
		{"nothing", &forger{}, ""},
		{"digests recomputed", &forger{digests: true}, ""},
		{"an unbalanced entry", onNight("2026-02-05", func(n *record.LoanNight) { n.Entries[0].Postings[0].Amount++ }).sealed(), "is off by"},
		{"an unbalanced entry, digests as they were", onNight("2026-02-05", func(n *record.LoanNight) { n.Entries[0].Postings[0].Amount++ }), "it is not what the night wrote"},
		{"another payer's account", onNight("2026-02-05", func(n *record.LoanNight) { n.Entries[0].Postings[0].Role = ledger.FeeIncome }).sealed(), "its entries"},
		{"an event's amount", onNight("2026-02-05", func(n *record.LoanNight) { n.Events[0].Amount++ }), "it is not what the night wrote"},
		{"an event taken out", onNight("2026-02-05", func(n *record.LoanNight) { n.Events = n.Events[:0] }).sealed(), "are marked as applied"},
		{"a currency that is none", onNight("2026-02-05", func(n *record.LoanNight) { n.Currency = 9 }).sealed(), "not in the dictionaries"},
		{"a broken chain", onNight("2026-02-05", func(n *record.LoanNight) { n.Previous = civil.None }).sealed(), "its chain names"},
		{"an entry left out", &forger{journal: func(d civil.Date, id string, rec []byte) []byte {
			if id == "L3" {
				return nil
			}
			return rec
		}}, "loans have entries, the night wrote"},
		{"a loan never booked", &forger{digests: true, journal: func(d civil.Date, id string, rec []byte) []byte {
			if id == "L3" {
				return nil
			}
			return rec
		}}, "the journal never booked it"},
		{"a loan left out", without("L3").sealed(), "the book's loans do not"},
		{"a loan left out, counted", without("L3"), "the night of 2026-02-05 wrote"},
		{"principal", onLoan(func(l *loan.Loan) { l.Paid[loan.Principal]++ }).sealed(), "principal is"},
		{"interest", onLoan(func(l *loan.Loan) { l.Paid[loan.Interest]++ }).sealed(), "interest: the GL has"},
		{"a fee", onLoan(func(l *loan.Loan) { l.Charged[loan.Fee]++ }).sealed(), "fees: the GL has"},
		{"a penalty", onLoan(func(l *loan.Loan) { l.Charged[loan.Penalty]++ }).sealed(), "penalties: the GL has"},
		{"credit", onLoan(func(l *loan.Loan) { l.Credit++ }).sealed(), "credit is"},
		{"suspended interest", onLoan(func(l *loan.Loan) { l.Suspended++; l.Earned++ }).sealed(), "suspended interest: the GL has"},
		{"interest of one loan with another", between(func(l *loan.Loan, sign money.Amount) { l.Earned += sign }).sealed(), "interest is"},
		{"fees of one loan with another", between(func(l *loan.Loan, sign money.Amount) { l.Charged[loan.Fee] += sign }).sealed(), "fee is"},
		{"penalties of one loan with another", between(func(l *loan.Loan, sign money.Amount) { l.Charged[loan.Penalty] += sign }).sealed(), "penalty is"},
		{"the last night with entries", onLoan(func(l *loan.Loan) { l.LastEntryOn-- }).sealed(), "as the last night with entries"},
		{"a forgotten event", onLoan(func(l *loan.Loan) { l.Applied = l.Applied[3:] }).sealed(), "are marked as applied"},
		{"a loan's currency", onLoan(func(l *loan.Loan) { l.Currency = 9; l.Contract = nil }).sealed(), "not in the dictionaries"},
		{"a score", onLoan(func(l *loan.Loan) { l.Score += 50 }), "they are not what the night of"},
		{"a damaged loan", &forger{digests: true, loan: func(id string, rec []byte) []byte { return rec[:len(rec)-1] }}, "loans, partition"},
		{"a damaged entry", &forger{digests: true, journal: func(_ civil.Date, _ string, rec []byte) []byte { return rec[:len(rec)-1] }}, "journal of"},
		{"money in suspense", heldItemOf(func(h *record.Held) { h.Amount++ }).sealed(), "suspense: the GL has"},
		{"released, but by nobody", heldItemOf(func(h *record.Held) { h.By = []byte("me") }).sealed(), "suspense: the GL has"},
		{"held in no currency", heldItemOf(func(h *record.Held) { h.Currency = 9 }).sealed(), "not in the dictionaries"},
		{"the day something was held", heldItemOf(func(h *record.Held) { h.ValueDate-- }), "it is not what the night of"},
		{"an opening balance", glLineOf(func(g *record.Line) { g.Opening++ }), "the night before closed with"},
		{"a debit of the GL", glLineOf(func(g *record.Line) { g.Debits++ }), "debits"},
		{"both sides of the GL", glLineOf(func(g *record.Line) { g.Debits++; g.Credits++ }), "its entries"},
		{"a night that follows another", second(func(r *record.Night) { r.Previous-- }), "it does not follow"},
		{"a journal root", second(func(r *record.Night) { r.Root = r.PreviousRoot }), "journal's root"},
		{"partitions", second(func(r *record.Night) { r.Partitions = r.Partitions[:9] }), "9 partitions, not 256"},
		{"a partition's journal digest", second(func(r *record.Night) {
			for i := range r.Partitions {
				if r.Partitions[i].JournalSum != "" {
					r.Partitions[i].JournalSum = strings.Repeat("0", 64)
				}
			}
			r.Root = hex.EncodeToString(r.RootHash().Sum(nil))
		}), "it is not what the night wrote"},
		{"accruals", smallOf(record.SectionSummary, func(_ string, v []byte) []byte { return nil }), "journal's root"},
		{"activity", smallOf(record.SectionActivity, func(_ string, v []byte) []byte { return bytes.Replace(v, []byte("1"), []byte("2"), 1) }), "activity by kind"},
		{"a kept report", smallOf(record.SectionFiles, func(name string, v []byte) []byte {
			if strings.HasPrefix(name, "regulatory/aging.csv") {
				return append(v, '\n')
			}
			return v
		}), "other bytes than were published"},
		{"a hash of the tree", smallOf(record.SectionTree, func(name string, v []byte) []byte {
			if name != "sizes" {
				v[40] ^= 1
			}
			return v
		}), "evidence: the stored hashes of"},
		{"a kept head", smallOf(record.SectionFiles, func(name string, v []byte) []byte {
			if strings.HasPrefix(name, "head") {
				return bytes.Replace(v, []byte("business_date 2026"), []byte("business_date 2027"), 1)
			}
			return v
		}), "evidence: the head of"},
		{"a tree", second(func(r *record.Night) { r.Tree.Size++ }), "evidence: the tree of"},
		{"a kept manifest", smallOf(record.SectionFiles, func(name string, v []byte) []byte {
			if strings.HasPrefix(name, "manifest") {
				return v[1:]
			}
			return v
		}), "manifest.json"},
	} {
		_, faults := x.f.faults(t, l.o.Book)
		all := strings.Join(faults, "\n")
		if x.want == "" && all != "" || x.want != "" && !strings.Contains(all, x.want) {
			t.Errorf("%s: the faults are %q, want %q", x.name, faults, x.want)
		}
	}
}

// TestVerifyFindsFlippedBytes: a byte of any file of the book; the store's own test
// is dense, this one takes a sample from one end to the other.
func TestVerifyFindsFlippedBytes(t *testing.T) {
	t.Parallel()
	l := tamperLender(t)
	flips := 0
	err := filepath.WalkDir(l.o.Book, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "lock" || d.Name() == "LOCK" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for k := range 4 {
			if len(data) == 0 {
				break
			}
			at := (len(data) - 1) * k / 3
			flipped := bytes.Clone(data)
			flipped[at] ^= 1 << (k + 1)
			if err := os.WriteFile(path, flipped, 0o644); err != nil {
				return err
			}
			flips++
			b, err := store.OpenReadOnly(l.o.Book, store.Options{})
			if err != nil {
				continue // found at once
			}
			v, err := verify.Book(t.Context(), b, 2)
			b.Close()
			if err == nil && len(v.Faults) == 0 {
				t.Errorf("%s: a flipped bit of byte %d of %d is not found", path, at, len(data))
			}
		}
		return os.WriteFile(path, data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	if flips < 20 {
		t.Errorf("only %d bits were flipped", flips)
	}
	verifySilent(t, l)
}

// TestUntiedNightStops: the checks before the commit are real: a night whose loans
// do not tie to its GL stops, named, and stores nothing.
func TestUntiedNightStops(t *testing.T) {
	l := tamperLender(t)
	to := filepath.Join(l.dir, "forged")
	onLoan(func(l *loan.Loan) { l.Credit += money.Amount(100) }).sealed().forge(t, to, l.o.Book)
	l.o.Book = to
	before, out := contents(t, to), digest(t, l.o.Out)
	_, err := l.try("2026-02-06")
	if err == nil || !strings.Contains(err.Error(), "do not tie, nothing was closed: CNY credit") {
		t.Errorf("a night on a book that does not tie: %v", err)
	}
	if contents(t, to) != before || digest(t, l.o.Out) != out {
		t.Error("something changed")
	}
	var m map[string]any
	if data, err := os.ReadFile(filepath.Join(l.o.Out, "2026-02-05", "manifest.json")); err != nil || json.Unmarshal(data, &m) != nil {
		t.Errorf("the night before is no longer published: %v", err)
	}
}
