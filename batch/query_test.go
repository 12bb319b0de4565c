package batch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/batch/book"
	"daybook/batch/lookup"
	"daybook/batch/policy"
	"daybook/bench/portfolio"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/store"
	"daybook/reports"
)

// closeLender closes the first nights of a small lender and returns a reader of
// its book.
func closeLender(t *testing.T, loans, nights int) *lookup.Reader {
	t.Helper()
	dir := t.TempDir()
	p := portfolio.Options{Loans: loans, Nights: nights, Seed: 11}
	if err := portfolio.Generate(t.Context(), filepath.Join(dir, "inbox"), p); err != nil {
		t.Fatal(err)
	}
	for i := range nights {
		d := p.Night(i)
		_, err := Close(t.Context(), Options{
			Book: filepath.Join(dir, "book"), In: filepath.Join(dir, "inbox", d.String()), Out: filepath.Join(dir, "out"), Date: d,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := store.OpenReadOnly(filepath.Join(dir, "book"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	r, err := lookup.Open(b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func cents(t *testing.T, s string) int64 {
	t.Helper()
	v, err := money.ParseDecimal(s, 2)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// What show says of a loan must be what its row of the tape says, whoever adds it
// up: the schedule's payments, what is past due, and the history's last balance.
func TestLoanViewsAgreeWithTheTape(t *testing.T) {
	r := closeLender(t, 300, 4)
	seen := 0
	sheet := r.Form("test 1").Sheet("loans", r.Last())
	err := r.EachTape(t.Context(), func(columns []reports.Column) error {
		published := sheet.Columns(columns)
		for i := range columns[0].Len() {
			id := string(columns[0].Texts.Row(i))
			v, err := r.Loan(id)
			if err != nil {
				return err
			}
			checkView(t, v, published, i)
			if _, err := r.Explain(id); err != nil {
				return err
			}
			seen++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 300 {
		t.Errorf("%d loans were looked at, want 300 and more", seen)
	}
}

func checkView(t *testing.T, v *lookup.LoanView, columns []reports.Column, row int) {
	t.Helper()
	for c := range columns {
		if got, want := v.Tape[c].Text, string(columns[c].AppendValue(nil, row)); got != want {
			t.Errorf("loan %s: %s is %q, the tape has %q", v.LoanID, columns[c].Name, got, want)
		}
	}
	var principal, paid, overdue int64
	for _, s := range v.Schedule {
		principal += cents(t, s.Principal)
		paid += cents(t, s.PrincipalPaid)
		if s.State == "overdue" {
			overdue += cents(t, s.Unpaid)
		}
	}
	for _, c := range v.Charges {
		if c.DueOn < v.AsOf {
			overdue += cents(t, c.Amount) - cents(t, c.Paid)
		}
	}
	if want := cents(t, v.Tape.Get("principal")); principal != want {
		t.Errorf("loan %s: the schedule has principal %d, the contract %d", v.LoanID, principal, want)
	}
	if want := cents(t, v.Tape.Get("principal_paid")); paid != want {
		t.Errorf("loan %s: the schedule has %d of principal paid, the tape %d", v.LoanID, paid, want)
	}
	if want := cents(t, v.Tape.Get("past_due_amount")); overdue != want {
		t.Errorf("loan %s: %d is overdue by the schedule, %d by the tape", v.LoanID, overdue, want)
	}
	last := v.History[len(v.History)-1]
	if got, want := cents(t, last.Balance), cents(t, v.Tape.Get("total_outstanding")); got != want {
		t.Errorf("loan %s: the history ends with %d, the tape with %d", v.LoanID, got, want)
	}
	for _, h := range v.History[:len(v.History)-1] {
		if cents(t, h.Balance) < 0 {
			t.Errorf("loan %s: its history goes through a balance of %s", v.LoanID, h.Balance)
		}
	}
}

// Every line of the exported journal can be looked up by its entry's id.
func TestEntriesAreFound(t *testing.T) {
	r := closeLender(t, 60, 2)
	format := r.JournalFormat()
	for _, d := range nightsOf(t, r) {
		var last int64
		err := r.EachJournal(t.Context(), d, func(j *reports.Journal) error {
			columns := format.Columns(j)
			for i := range j.Rows() {
				if columns[0].Ints[i] == last {
					continue
				}
				last = columns[0].Ints[i]
				v, err := r.Entry(t.Context(), last)
				if err != nil {
					return err
				}
				p := v.Postings[0]
				got := strings.Join([]string{v.BusinessDate.String(), v.ValueDate.String(), v.Kind, v.SourceID, v.LoanID, p.Account,
					v.Currency, p.Debit, p.Credit, v.Channel, v.Reference, "0"}, " ")
				want := []string{d.String()}
				for _, c := range columns[1:] { // but for the entry's id
					want = append(want, string(c.AppendValue(nil, i)))
				}
				if got != strings.Join(want, " ") {
					t.Errorf("entry %d: got %s, want %v", last, got, want)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if last == 0 {
			t.Errorf("the journal of %s is empty", d)
		}
	}
	for _, id := range []int64{1, book.EntryID(r.Last(), 3, 1<<20), book.EntryID(r.Last(), 300, 1), book.EntryID(r.Last()+1, 3, 1)} {
		if v, err := r.Entry(t.Context(), id); err == nil {
			t.Errorf("entry %d is %+v, want an error", id, v)
		}
	}
}

func TestAccountsAddUpOverTheNights(t *testing.T) {
	r := closeLender(t, 60, 3)
	v, err := r.Account("1301")
	if err != nil {
		t.Fatal(err)
	}
	if byName, err := r.Account("Loan_Principal"); err != nil || byName.Code != v.Code {
		t.Errorf("by its name it is %+v, %v", byName, err)
	}
	closing := int64(0)
	for _, n := range v.Nights {
		if cents(t, n.Opening) != closing {
			t.Errorf("%s opens with %s, the night before closed with %d", n.Date, n.Opening, closing)
		}
		closing = cents(t, n.Closing)
	}
	var debits, credits int64
	for _, m := range v.Activity {
		debits += cents(t, m.Debits)
		credits += cents(t, m.Credits)
	}
	last := v.Nights[len(v.Nights)-1]
	if debits != cents(t, last.Debits) || credits != cents(t, last.Credits) {
		t.Errorf("the kinds of entry come to %d and %d, the night to %s and %s", debits, credits, last.Debits, last.Credits)
	}
	if _, err := r.Account("1"); err == nil {
		t.Error("account 1 was found")
	}
}

// A close goes on where making the book was interrupted, and does not take over a
// folder of something else.
func TestCloseMakesTheBookWhereMakingItWasInterrupted(t *testing.T) {
	dir := t.TempDir()
	in, book := filepath.Join(dir, "in"), filepath.Join(dir, "book")
	for _, d := range []string{in, book} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	o := Options{Book: book, In: in, Out: filepath.Join(dir, "out"), Date: civil.Of(2026, 11, 23), Allow: unguarded}
	other := filepath.Join(book, "notes.txt")
	if err := os.WriteFile(other, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Close(t.Context(), o); err == nil || !strings.Contains(err.Error(), "not empty: notes.txt") {
		t.Errorf("in a folder of something else: %v", err)
	}
	if err := os.Rename(other, filepath.Join(book, "creating")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(book, "lock"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if s, err := Close(t.Context(), o); err != nil || !s.Published {
		t.Errorf("where making the book was interrupted: %+v, %v", s, err)
	}
}

func TestInit(t *testing.T) {
	p, err := policy.Builtin(policy.Default)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "book")
	if err := Init(dir, p); err != nil {
		t.Fatal(err)
	}
	b, err := store.OpenReadOnly(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if got, err := book.Policy(b); err != nil || got.Digest != p.Digest {
		t.Errorf("the book's policy is %v, %v", got, err)
	}
	if s, err := lookup.StatusOf(b, 10); err != nil || len(s.Nights) != 0 || s.Policy != p.Name {
		t.Errorf("its status is %+v, %v", s, err)
	}
	if err := Init(dir, p); err == nil {
		t.Error("a book was made over a book")
	}
}

// TestStatementAfterNewTerms: each kind of new terms leaves the instalments that were
// met in the statement, and those after them add up to what is owed.
func TestStatementAfterNewTerms(t *testing.T) {
	for _, choice := range []string{"reage", "reamortize", "extend", "settle", "prepay"} {
		l := newLender(t)
		first := aLoan(t, "L", "2026-01-01", "2026-02-01")
		write(t, l.in("2026-03-20"), "loans-a", []loanFile{first})
		write(t, l.in("2026-03-20"), "repayments-a", []repaymentFile{
			pays(t, "P1", "L", "2026-02-01", "106.62"), pays(t, "P2", "L", "2026-03-01", "106.62"),
		})
		l.close("2026-03-20")
		a := adjusts(t, "A1", "L", "restructure", "2026-03-25")
		a.Choice = &choice
		switch choice {
		case "reage":
			a.Installments, a.FirstDueOn = ptr(int32(6)), ptr(int32(day(t, "2026-05-01")))
		case "extend":
			a.Installments = ptr(int32(3))
		case "settle":
			a.Kind, a.Choice = choice, nil
			write(t, l.in("2026-03-25"), "repayments-a", []repaymentFile{pays(t, "P3", "L", "2026-03-25", "1100.00")})
		case "prepay":
			a.Kind, a.Choice, a.Amount = choice, ptr("lower_installment"), ptr(int64(20000))
		}
		write(t, l.in("2026-03-25"), "adjustments-a", []adjustmentFile{a})
		l.close("2026-03-25")
		if got := l.rejects("2026-03-25"); len(got) > 0 {
			t.Fatalf("%s: %v", choice, got)
		}
		b := openRead(t, l)
		r, err := lookup.Open(b)
		if err != nil {
			t.Fatal(err)
		}
		v, err := r.Loan("L")
		if err != nil {
			t.Fatal(err)
		}
		principal, unpaid, at := int64(0), int64(0), civil.None
		for i, s := range v.Schedule {
			principal += cents(t, s.Principal)
			unpaid += cents(t, s.Unpaid)
			if i < 2 && (s.DueOn != day(t, []string{"2026-02-01", "2026-03-01"}[i]) || s.Total != "106.62" || s.Unpaid != "0.00") {
				t.Errorf("%s: instalment %d is %+v", choice, i+1, s)
			}
			if s.DueOn < at {
				t.Errorf("%s: instalment %d, due on %s, stands after %s", choice, i+1, s.DueOn, at)
			}
			at = s.DueOn
		}
		if principal != 120000 {
			t.Errorf("%s: the principal of the schedule is %d, want all of the loan", choice, principal)
		}
		if owed := cents(t, v.Tape.Get("principal_outstanding")); unpaid < owed || choice == "settle" && unpaid != 0 {
			t.Errorf("%s: %d is to be paid, %d is owed", choice, unpaid, owed)
		}
	}
}

// nightsOf returns the dates of all nights of a reader's book.
func nightsOf(t testing.TB, r *lookup.Reader) []civil.Date {
	t.Helper()
	nights, err := r.Book.Nights()
	if err != nil {
		t.Fatal(err)
	}
	return nights
}
