package classify

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

func TestParseRange(t *testing.T) {
	for text, want := range map[string]Range{
		"> 90": {91, math.MaxInt32}, ">= 90": {90, math.MaxInt32}, "< 5": {math.MinInt32, 4}, "<= 5": {math.MinInt32, 5}, "= 0": {0, 0}, "1..7": {1, 7},
		">= 30, < 60": {30, 59}, ">90": {91, math.MaxInt32},
	} {
		if got, err := ParseRange(text); err != nil || got != want {
			t.Errorf("%q is %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "90", "> x", "> 1, < 1", "7..1", "> 9999999", "=> 1", "> 01", "> 1,"} {
		if got, err := ParseRange(text); err == nil {
			t.Errorf("%q is taken as %v", text, got)
		}
	}
}

// "> 12" months is after the same day of the month twelve months on, clamped to its end.
func TestSpans(t *testing.T) {
	entered := civil.Of(2024, 2, 29)
	for _, x := range []struct {
		text string
		on   civil.Date
		want bool
	}{
		{"> 12", civil.Of(2025, 2, 28), false}, {"> 12", civil.Of(2025, 3, 1), true}, {">= 12", civil.Of(2025, 2, 28), true}, {">= 12", civil.Of(2025, 2, 27), false},
		{"< 12", civil.Of(2025, 2, 27), true}, {"<= 12", civil.Of(2025, 2, 28), true}, {"> 1, < 12", civil.Of(2024, 3, 29), false}, {"> 1, < 12", civil.Of(2024, 3, 30), true},
	} {
		spans, err := ParseSpans(x.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := spansHave(spans, entered, x.on); got != x.want {
			t.Errorf("%q on %s: %v", x.text, x.on, got)
		}
	}
	for _, text := range []string{"", "= 12", "12", "> -1", "> 99999"} {
		if _, err := ParseSpans(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// Whole months between two days are the most that can be added to the first.
func TestMonthsBetween(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 12))
	for range 20_000 {
		from := civil.Of(2020, 1, 1) + civil.Date(r.IntN(2000))
		to := from + civil.Date(r.IntN(1500))
		n := 0
		for from.Later(n+1) <= to {
			n++
		}
		if got := MonthsBetween(from, to); got != int32(n) {
			t.Fatalf("from %s to %s: %d, want %d", from, to, got, n)
		}
	}
}

func someDay(r *rand.Rand) civil.Date {
	if r.IntN(3) == 0 {
		return civil.None
	}
	return civil.Of(2024, 1, 1) + civil.Date(r.IntN(2000))
}

func someState(r *rand.Rand) State {
	s := free
	if r.IntN(2) == 0 {
		s.Active, s.Entered = true, civil.Of(2024, 1, 1)+civil.Date(r.IntN(900))
		s.Last = s.Entered + civil.Date(r.IntN(900))
	}
	s.Left = someDay(r)
	return s
}

// threeHolds is a set of two packs, with three holds of which one is a borrower's.
func threeHolds() *Set {
	always := &Condition{Compared: []Compared{{DaysPastDue, Range{1, math.MaxInt32}}}}
	hold := func(name string, borrower bool) Hold {
		return Hold{Name: name, OfBorrower: borrower, Enter: []*Condition{always}, Until: []Until{{}}}
	}
	classes, tables := []Class{{Name: "x"}, {Name: "y"}}, []Table{{Rows: []Row{{When: always, Class: 1, Until: civil.None}, {Until: civil.None, index: 1}}}}
	a := &Pack{Name: "a", Classes: classes, Tables: tables, Holds: []Hold{hold("one", false), hold("non_performing", false)}, NonPerforming: 1}
	a.Provision = Provision{Method: Rates, Rates: []Rated{{When: &Condition{Classes: 2}, Rate: 250_000_000}, {Rate: 15_000_000}}}
	b := &Pack{Name: "b", Classes: classes, Tables: tables, Holds: []Hold{hold("non_performing", true)}}
	return NewSet([]*Pack{a, b})
}

// What is kept of a loan, told of it and kept of a borrower is read back as it was written,
// and bytes that are cut or damaged are an error or something else, never a panic.
func TestWhatIsKeptIsReadBack(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 7))
	set := threeHolds()
	codes, slots := []uint16{4, 0, 2}, []int{1, -1, 2, -1, 0}
	base := civil.Of(2025, 6, 1)
	binder := &Binder{Set: set, Late: []int{0, 1}, On: base, Subjects: make([]Subject, 8)}
	for range 5000 {
		var s Standing
		s.Begin(set)
		s.Counters = Counters{someDay(r), someDay(r), someDay(r), someDay(r), 0}
		if s.LastLate != civil.None {
			s.Worst = r.Int32N(3000)
		}
		if s.Cures.Count = r.Int32N(3); s.Cures.Count > 0 {
			s.Cures.On, s.Cures.Bucket = base, uint8(r.IntN(64))
		}
		s.Bad = r.Uint32() >> r.IntN(33)
		for i := range s.States {
			s.States[i] = someState(r)
		}
		b := s.Append(nil, base, codes)
		var back Standing
		if err := back.Read(b, base, set, slots); err != nil || !reflect.DeepEqual(back, s) {
			t.Fatalf("%+v is read back as %+v, %v", s, back, err)
		}
		damage(r, b, func(b []byte) { back.Read(b, base, set, slots) })

		facts := Facts{On: base, DisbursedOn: base - 400, Days: r.Int32N(400), Delinquent: r.Int32N(400), Material: r.Int32N(99), Score: r.Int32N(900), UnpaidDue: r.IntN(2) == 0, Bucket: 3}
		if facts.Measures = r.Int32N(3); facts.Measures > 0 {
			facts.MeasureOn, facts.MeasureFirstDue = base-30, base
		}
		for range r.IntN(4) {
			facts.Flags = append(facts.Flags, Flag{uint8(r.IntN(64)), base - civil.Date(r.IntN(99)), someDay(r)})
		}
		asked := []Ask{{civil.None, false, true}, {someDay(r), true, false}, {someDay(r), r.IntN(2) == 0, r.IntN(2) == 0}}
		shift := r.IntN(64)
		amount := func() int64 { return (r.Int64() >> shift) * (1 - 2*r.Int64N(2)) }
		report := Report{Loan: r.Uint64(), Counts: true, OnBook: r.IntN(2) == 0, Product: 7, Currency: 2, Total: amount(), Carrying: amount(), Principal: amount(), Score: 600, Bucket: 5, Disbursed: base}
		for range 2 {
			report.Own = append(report.Own, Posted{Verdict: Verdict{uint8(r.IntN(9)), uint8(r.IntN(200))}, Since: someDay(r), Provision: amount()})
			if r.IntN(3) == 0 {
				report.Own[len(report.Own)-1].ByClass = []int64{amount(), 0, amount()}
			}
		}
		if report.Base.State = uint8(r.IntN(3)); report.Base.State == BaseOn {
			report.Base.Carrying, report.Base.Paid = amount(), amount()
			for i := range report.Own {
				report.Own[i].BaseClass, report.Own[i].BaseProvision = uint8(r.IntN(256)), amount()
			}
		}
		if report.Resting = r.IntN(2) == 0; report.Resting {
			report.Derived = true
			for i := range report.Own {
				own := &report.Own[i]
				own.Verdict, own.Since, own.Provision, own.ByClass = Verdict{0, 1}, civil.None, 0, nil
			}
			if report.OnBook { // 1.5 % of what is carried under the first pack
				report.Own[0].Provision = money.MulDiv(report.Carrying, 15, 1000)
			}
		}
		report.Told = appendTold(nil, &facts, s.States, asked)
		rec := AppendReport(nil, &report)
		got := Report{Currency: report.Currency, Bucket: report.Bucket} // which are not written
		if err := binder.ReadReport(rec, &got); err != nil || !reflect.DeepEqual(got, report) {
			t.Fatalf("%+v is read back as %+v, %v", report, got, err)
		}
		var told Told
		if err := told.Read(got.Told, set, base, Subject{}); err != nil || !reflect.DeepEqual(told.States, s.States) || !reflect.DeepEqual(told.Asked, asked) {
			t.Fatalf("%+v %+v is read back as %+v, %v", s.States, asked, told, err)
		}
		if len(facts.Flags) == 0 {
			told.Facts.Flags = nil
		}
		if !reflect.DeepEqual(told.Facts, facts) {
			t.Fatalf("%+v is read back as %+v", facts, told.Facts)
		}
		damage(r, rec, func(b []byte) {
			if binder.ReadReport(b, &got) == nil {
				told.Read(got.Told, set, base, Subject{})
			}
		})

		bond := Bond{Holds: []BorrowerHold{{2, someState(r)}}, Overrides: []Override{{r.Uint64(), 1, Verdict{2, 3}, someDay(r), r.Int64(), r.Uint64()}}}
		rec = AppendBond(nil, &bond)
		if read, err := ReadBond(rec); err != nil || !reflect.DeepEqual(read, bond) {
			t.Fatalf("%+v is read back as %+v, %v", bond, read, err)
		}
		damage(r, rec, func(b []byte) { ReadBond(b) })
	}
}

// damage calls read with bytes that are cut, and with one that is another.
func damage(r *rand.Rand, b []byte, read func([]byte)) {
	if len(b) == 0 {
		return
	}
	read(b[:r.IntN(len(b))])
	other := append([]byte(nil), b...)
	other[r.IntN(len(other))] ^= byte(1 + r.IntN(255))
	read(other)
}

func someCondition(r *rand.Rand, depth int) *Condition {
	c := &Condition{}
	for range r.IntN(3) {
		low := r.Int32N(3) - 1
		c.Compared = append(c.Compared, Compared{Number(r.IntN(int(Numbers))), Range{low, low + r.Int32N(200)}})
	}
	ask := func() Asked { return []Asked{NotAsked, NotAsked, NotAsked, Yes, No}[r.IntN(5)] }
	c.UnpaidDue, c.Measure, c.Restructured, c.MeasureInHold = ask(), ask(), ask(), ask()
	if r.IntN(4) == 0 {
		c.Flags = 1 << r.IntN(3)
	}
	if r.IntN(4) == 0 {
		c.Attributes = 1 << r.IntN(3)
	}
	if r.IntN(4) == 0 {
		c.Holds, c.AllHolds = uint32(1+r.IntN(3)), r.IntN(2) == 0
	}
	if depth > 0 && r.IntN(2) == 0 {
		c.Not = someCondition(r, depth-1)
	}
	return c
}

// What may hold for a loan at rest is never denied: a loan at rest is not looked at.
func TestNothingHoldsAtRestThatMayNot(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	held := 0
	for range 200_000 {
		c := someCondition(r, 2)
		f := Facts{
			On: civil.Of(2026, 1, 1), DisbursedOn: civil.Of(2026, 1, 1) - civil.Date(r.IntN(900)), Score: r.Int32N(800), Subject: Subject{Attributes: uint64(r.IntN(8))},
			Bucket: 0, MeasureOn: civil.None, MeasureFirstDue: civil.None,
		}
		if c.holds(&f, []State{free, free}, 0) {
			if held++; !c.mayHoldAtRest() {
				t.Fatalf("%+v holds for %+v", c, f)
			}
		}
		if c.alwaysAtRest() && !c.holds(&f, []State{free, free}, 0) {
			t.Fatalf("%+v does not hold for %+v", c, f)
		}
	}
	if held < 1000 {
		t.Errorf("only %d conditions held", held)
	}
}

// Arrears are material above both, exactly.
func TestMaterial(t *testing.T) {
	m := Materiality{Amount: 10_000, Share: 10_000_000} // 100.00 and 1 %
	for _, x := range []struct {
		pastDue, principal int64
		want               bool
	}{{10_000, 1, false}, {10_001, 1, true}, {10_001, 1_000_100, false}, {10_001, 1_000_099, true}, {10_001, 1_000_101, false}, {10_001, 0, true}} {
		if got := m.Material(amount(x.pastDue), amount(x.principal)); got != x.want {
			t.Errorf("%d of %d: %v", x.pastDue, x.principal, got)
		}
	}
}

func amount(n int64) money.Amount { return money.Amount(n) }

// A condition that asks of anything but numbers, or but holds, is looked at in full: a field that is new too.
func TestConditionKnowsWhatItAsks(t *testing.T) {
	short := map[string]asksOf{"Compared": asksNumbers, "Text": asksNumbers, "Holds": asksHolds, "AllHolds": asksNumbers, "HoldMonths": asksNumbers}
	of := reflect.TypeFor[Condition]()
	for i := range of.NumField() {
		f := of.Field(i)
		if !f.IsExported() {
			continue
		}
		var c Condition
		switch v := reflect.ValueOf(&c).Elem().Field(i); f.Type.Kind() {
		case reflect.Slice:
			v.Set(reflect.MakeSlice(f.Type, 1, 1))
		case reflect.Pointer:
			v.Set(reflect.New(f.Type.Elem()))
		case reflect.Bool:
			v.SetBool(true)
		case reflect.String:
			v.SetString("x")
		default:
			v.SetUint(1)
		}
		if c.know(); c.asksOf != short[f.Name] {
			t.Errorf("%s: %d, want %d", f.Name, c.asksOf, short[f.Name])
		}
	}
	c := Condition{Compared: []Compared{{DaysPastDue, Range{1, 9}}}, Holds: 1}
	if c.know(); c.asksOf != asksAny {
		t.Error("numbers and holds are asked as one of them")
	}
}
