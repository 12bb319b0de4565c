package meet

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"daybook/aging"
	"daybook/aging/classify"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/store"
)

// A modelLoan is one of a borrower's loans, as the model knows it.
type modelLoan struct {
	row                   int64
	tier, bucket, product uint8
	currency              uint16
	status                aging.LoanStatus
	report                classify.Report
}

// modelSet is two packs with contagion, under which products at rest are of different classes.
func modelSet() *classify.Set {
	pack := func(name string, c classify.Contagion) *classify.Pack {
		p := &classify.Pack{
			Name:    name,
			Classes: []classify.Class{{Name: "good"}, {Name: "watch"}, {Name: "bad", NonPerforming: true}, {Name: "lost", NonPerforming: true}},
			Holds:   []classify.Hold{{Name: "non_performing"}}, Contagion: c,
			Tables: []classify.Table{{Rows: []classify.Row{
				{Rule: "poor", When: &classify.Condition{Attributes: 1}, Class: 1, From: civil.None, Until: civil.None},
				{Rule: "broken", When: &classify.Condition{Attributes: 2}, Class: 2, From: civil.None, Until: civil.None},
				{Rule: "rest", From: civil.None, Until: civil.None},
			}}},
			Provision: classify.Provision{Method: classify.Rates, Rates: []classify.Rated{
				{When: &classify.Condition{Classes: 1 << 2}, Rate: 250_000_000}, {When: &classify.Condition{Classes: 1 << 3}, Rate: 1_000_000_000}, {Rate: 10_000_000},
			}},
		}
		p.Compile()
		return p
	}
	return classify.NewSet([]*classify.Pack{pack("p", classify.Contagion{Spread: true}), pack("q", classify.Contagion{Over: 200_000_000, AtLeast: 3})})
}

const modelOn = civil.Date(20_500)

func modelBinder() *classify.Binder {
	return &classify.Binder{
		Set: modelSet(), Late: []int{0, 1}, On: modelOn, Codes: []uint16{0, 1},
		Subjects: []classify.Subject{{Product: 0}, {Product: 1, Attributes: 1}, {Product: 2}, {Product: 3, Attributes: 2}},
	}
}

// someLoan is one that is at rest, mostly.
func someLoan(r *rand.Rand, resting *classify.Resting, row int64) (l modelLoan) {
	l = modelLoan{row: row, tier: uint8(max(0, r.IntN(9)-6)), bucket: uint8(r.IntN(2)), product: uint8(r.IntN(40) % 17 % 4), currency: uint16(r.IntN(2)), status: aging.LoanActive}
	if r.IntN(7) == 0 {
		l.status = aging.LoanStatus(r.IntN(int(aging.LoanStatuses)))
	}
	x := &l.report
	*x = classify.Report{
		Loan: r.Uint64(), Counts: true, OnBook: l.status.OnBook(), Product: uint16(l.product), Currency: l.currency, Bucket: l.bucket,
		Principal: r.Int64N(1 << 40 >> r.IntN(30)), Score: r.Int32N(900), Disbursed: modelOn - civil.Date(r.IntN(40_000)), Resting: true, Derived: true,
	}
	x.Carrying = x.Principal + r.Int64N(1e6)
	x.Total = x.Carrying + max(0, r.Int64N(9)-6)
	if x.Resting = r.IntN(6) > 0; !x.Resting {
		x.Derived = false
	}
	d := &resting.Of(x.Product).Decided
	for k, p := range resting.Set.Packs {
		own := x.Next()
		own.Verdict, own.Since = d.Verdicts[k], civil.None
		if !x.Resting {
			own.Class, own.Rule = uint8(r.IntN(len(p.Classes))), 2
		}
		if x.OnBook {
			own.Provision = money.MulDiv(x.Carrying, p.Provision.Rates[rateRow[own.Class]].Rate, 1_000_000_000)
		}
	}
	return l
}

// rateRow is which rate of a pack is for each class.
var rateRow = [...]int{2, 2, 0, 1}

// add adds the loan to facts.
func (l *modelLoan) add(f *aging.Facts, borrower string, r *rand.Rand) {
	i := int(l.row)
	f.LoanID.Append(fmt.Appendf(nil, "L%d", i))
	f.Borrower.AppendString(borrower)
	f.Codes[aging.Status][i], f.Codes[aging.Classification][i] = uint16(l.status), uint16(l.tier)
	f.Codes[aging.Currency][i], f.Codes[aging.Bucket][i] = l.currency, uint16(l.bucket)
	if r.IntN(5) == 0 {
		f.Counts[aging.DaysPastDue][i] = 3 // so that more is told of it
	}
	x := &l.report
	if x.Derived && x.OnBook && l.status == aging.LoanActive && r.IntN(9) > 0 {
		f.Told.Data = classify.AppendDerived(f.Told.Data, x.Loan, x.Product, 0, x.Disbursed, x.Score, x.Carrying, x.Principal, x.Total)
	} else {
		f.Told.Data = classify.AppendReport(f.Told.Data, x)
	}
	f.Told.End()
}

// A wanted is what the model says of all loans.
type wanted struct {
	onBook []int64
	worst  map[int64]int64
	class  [2]map[int64]int64 // by pack
	moved  int64              // loans on the book that are another class under the first
}

// model decides about a borrower's loans together, each of them looked at.
func (x *wanted) model(t *testing.T, list []modelLoan) {
	places, worst, any := map[int]bool{}, uint8(0), false
	reports := make([]classify.Report, len(list))
	for i, l := range list {
		reports[i] = l.report
		if l.status.OnBook() {
			places[int(l.currency)*2+int(l.bucket)], worst, any = true, max(worst, l.tier), true
		}
	}
	for place := range places {
		x.onBook[place]++
	}
	bound, _, err := modelBinder().Bind(reports, &classify.Bond{})
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range list {
		if any && l.tier != worst {
			x.worst[l.row] = int64(worst)
		}
		for k := range bound {
			b, own := &bound[k][i], &l.report.Own[k]
			if b.Verdict == own.Verdict && b.Provision == own.Provision {
				continue
			}
			if x.class[k][l.row] = int64(b.Class); k == 0 && l.status.OnBook() {
				x.moved++
			}
		}
	}
}

// What is decided of borrowers is what a model says that looks at each of their loans: also where the pass knows loans by
// their kinds, and where facts come from the disk in ranges.
func TestQuietLoansAreAsTheModelHasThem(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 11))
	book, err := store.Create(filepath.Join(t.TempDir(), "book"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	moved, decided := int64(0), 0
	for _, memory := range []int64{1 << 30, 1 << 16, 1 << 30, 1 << 20} {
		const loans = 6000
		want := &wanted{onBook: make([]int64, 4), worst: map[int64]int64{}, class: [2]map[int64]int64{{}, {}}}
		resting := &classify.Resting{Set: modelSet(), On: modelOn, Subjects: modelBinder().Subjects}
		var f aging.Facts
		f.Reset()
		f.Grow(loans)
		for row := int64(0); row < loans; {
			var list []modelLoan
			for range min(1+r.IntN(1+r.IntN(6)), int(loans-row)) {
				list = append(list, someLoan(r, resting, row))
				list[len(list)-1].add(&f, fmt.Sprintf("B%d", list[0].row), r)
				row++
			}
			want.model(t, list)
		}
		g := Gather(t.TempDir(), memory, 1)
		w := g.Writer(2)
		if err := w.AddFacts(0, 0, &f, nil); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := g.Run(t.Context(), Options{
			Workers: 2, Book: book, Treatment: Treatment{Names: Names{Currencies: []string{"CNY", "USD"}, Buckets: []string{"C", "M1"}}},
			Classing: Classing{Binder: modelBinder, Classified: -1, Staged: -1, Supervised: classify.Supervised{Europe: -1, EuropeAllowance: -1, Backstop: -1, BackstopAllowance: -1}, Scale: []int64{1, 1}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.OnBook, want.onBook) {
			t.Errorf("%v borrowers are on the book, want %v", got.OnBook, want.onBook)
		}
		sum := int64(0)
		for _, m := range got.Moves {
			if m.Pack == 0 {
				sum += m.Loans
			}
		}
		if sum != want.moved {
			t.Errorf("%d loans moved, want %d", sum, want.moved)
		}
		late(t, got, "borrower_classification", want.worst)
		late(t, got, "p_class", want.class[0])
		late(t, got, "q_class", want.class[1])
		moved, decided = moved+sum, decided+len(want.class[0])+len(want.class[1])
		if err := g.Remove(); err != nil {
			t.Fatal(err)
		}
	}
	if moved < 1000 || decided < 2000 {
		t.Errorf("only %d loans moved, %d classes were decided", moved, decided)
	}
}

// late holds what was decided of a column to what is wanted.
func late(t *testing.T, r *Result, column string, want map[int64]int64) {
	t.Helper()
	l, n := r.Late(t.Context(), 0, column), 0
	for {
		row, value, ok := l.Next()
		if !ok {
			break
		}
		if n++; want[row] != value {
			t.Errorf("%s of row %d is %d, want %d", column, row, value, want[row])
		}
	}
	if err := l.Close(); err != nil || n != len(want) {
		t.Errorf("%s: %d rows are decided, want %d, %v", column, n, len(want), err)
	}
}
