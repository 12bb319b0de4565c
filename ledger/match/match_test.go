package match

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

func TestNormalise(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "abc": "", "RF-12": "RF12", "rf 12.3": "RF123", "Übergröße 77": "BERGRE77", "ſtreet": "STREET", "ıd 99": "ID99", "\u212A1234": "1234", "\xff\xfeab12": "AB12",
		"２０２６": "", "a_b/c.d": "ABCD",
	} {
		if got := string(normalise(nil, text, 4)); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	if got := string(normalise([]byte("X"), "ab", 3)); got != "X" {
		t.Errorf("what is too short leaves %q", got)
	}
}

func TestTokens(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "one": "one", " a  b ": "a b", "Ref:X-1/2_3.4,next": "Ref X-1/2_3.4 next", "né(1)": "né 1", "~~": "",
	} {
		var got []string
		eachToken(text, func(s string) { got = append(got, s) })
		if strings.Join(got, " ") != want {
			t.Errorf("%q has the tokens %q, want %q", text, got, want)
		}
	}
}

func TestAgeBands(t *testing.T) {
	for days, want := range map[civil.Date]string{-3: "0-7", 0: "0-7", 7: "0-7", 8: "8-30", 30: "8-30", 31: "31-90", 90: "31-90", 91: "over 90", 99999: "over 90"} {
		if got := AgeBand(days); got != want {
			t.Errorf("%d days are %s, want %s", days, got, want)
		}
	}
}

func TestBankFees(t *testing.T) {
	for _, x := range []struct {
		format    Format
		code, gvc string
		policy    string
		want      bool
	}{
		{Camt053, "PMNT-MCOP-CHRG", "", "", true}, {Camt053, "ACMT-MDOP-COMM", "", "", true}, {Camt053, "CHRG", "", "", true}, {Camt053, "PMNT-RCDT-ESCT", "", "", false},
		{Camt053, "NCHG", "", "", false}, {MT940, "NCHG", "", "", true}, {MT940, "NCOM", "", "", true}, {MT940, "NTRF", "805", "", true}, {MT940, "NTRF", "809", "", true},
		{MT940, "NTRF", "810", "", false}, {MT940, "NTRF", "", "", false}, {BAI2, "698", "", "", true}, {BAI2, "661", "", "", true}, {BAI2, "660", "", "", false},
		{MT940, "NTRF", "172", "172", true}, {Camt053, "PMNT-RCDT-XBCT", "", "XBCT", true}, {Camt053, "PMNT-RCDT-XBCT", "", "PMNT-RCDT-XBCT", true}, {BAI2, "195", "", "195", true},
	} {
		l := BankLine{Statement: &Statement{Format: x.format}, Line: &Line{Code: x.code, GVC: x.gvc}}
		var codes []string
		if x.policy != "" {
			codes = []string{x.policy}
		}
		if got := l.IsBankFee(codes); got != x.want {
			t.Errorf("%+v: %v", x, got)
		}
	}
}

func TestTenths(t *testing.T) {
	for _, x := range []struct {
		tenths Tenths
		digits int
		want   money.Amount
	}{{6000, 2, 60}, {50, 2, 0}, {150, 2, 2}, {151, 2, 2}, {-6000, 2, -60}, {5000, 0, 0}, {15000, 0, 2}, {1, 4, 1}, {10, 3, 1}} {
		if got := x.tenths.In(x.digits); got != x.want {
			t.Errorf("%d with %d digits is %d, want %d", x.tenths, x.digits, got, x.want)
		}
	}
	if got := feeOf(6_000_000, 1000, 12_345, 3, 2); got != 74+30 { // 0.6 % of 123.45, and 0.10 of each of three
		t.Errorf("the fee is %d", got)
	}
}

// TestIndexAgreesWithLists: what is free ahead, behind and nearest, as places are taken in
// any order, is what a walk over a list finds.
func TestIndexAgreesWithLists(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for range 300 {
		n := 1 + r.IntN(40)
		run := &Run{Items: make([]*Item, n), itemMatch: slices.Repeat([]int32{free}, n)}
		for i := range run.Items {
			run.Items[i] = &Item{EntryID: int64(i), ValueDate: civil.Date(r.IntN(12))}
		}
		slices.SortFunc(run.Items, (*Item).compare)
		keys := make([]ref, n)
		x := run.itemIndex(func(item int, do func(k ref)) {
			keys[item] = ref(r.IntN(3))
			do(keys[item])
		})
		for range n {
			k, date, window := ref(r.IntN(4)), civil.Date(r.IntN(14)-1), civil.Date(r.IntN(8))
			best, days := int32(-1), window+1
			var all []int32
			for i, o := range run.Items {
				if keys[i] != k || run.itemMatch[i] != free {
					continue
				}
				all = append(all, int32(i))
				if d := distance(o.ValueDate, date); d < days {
					best, days = int32(i), d
				}
			}
			got, gotDays := run.nearest(&x, k, date, window)
			if got != best || best >= 0 && gotDays != days {
				t.Fatalf("nearest to %d within %d is %d, %d days; want %d, %d", date, window, got, gotDays, best, days)
			}
			var list []int32
			x.eachFree(k, func(place int32) bool {
				list = append(list, place)
				return true
			})
			if !slices.Equal(list, all) || x.hasFree(k) != (len(all) > 0) {
				t.Fatalf("free are %d, want %d", list, all)
			}
			if taken := r.IntN(n); run.itemMatch[taken] == free {
				run.itemMatch[taken] = 0
			}
		}
	}
}

// TestChainDoesNotDependOnOrder: statements in any order make one chain, which runs on
// where it can.
func TestChainDoesNotDependOnOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 1))
	for range 200 {
		var list []Chained
		balance := money.Amount(r.IntN(1000))
		for day := range civil.Date(3) {
			for k := range 1 + r.IntN(4)*int(min(day, 1)) { // of the first date nothing says which comes first
				s := Statement{Account: "A", Currency: "EUR", ClosingDate: day, Number: fmt.Sprint(r.IntN(3)), Opening: Optional{balance, true}}
				balance += money.Amount(1 + r.IntN(5))
				s.Closing = Optional{balance, true}
				list = append(list, s.Chain(fmt.Sprintf("%d-%d", day, k), "", 0))
			}
		}
		want := slices.Clone(list)
		Chain(want)
		for i := range want {
			if want[i].Gap != 0 {
				t.Fatalf("statement %d of %d has a gap of %d", i, len(want), want[i].Gap)
			}
		}
		got := slices.Clone(list)
		r.Shuffle(len(got), func(i, k int) { got[i], got[k] = got[k], got[i] })
		if Chain(got); !reflect.DeepEqual(got, want) {
			t.Fatalf("the chain depends on the order:\n%+v\n%+v", got, want)
		}
	}
}

func TestChain(t *testing.T) {
	statement := func(day civil.Date, number, page string, opening, closing, sum int64) Chained {
		s := Statement{Account: "A", Currency: "EUR", ClosingDate: day, Number: number, Page: page, Lines: []Line{{Amount: money.Amount(sum)}}}
		if opening >= 0 {
			s.Opening = Optional{money.Amount(opening), true}
		}
		if closing >= 0 {
			s.Closing = Optional{money.Amount(closing), true}
		}
		return s.Chain(number+page, "", 0)
	}
	list := []Chained{
		statement(1, "7", "1", 100, 150, 50), statement(1, "7", "2", 150, 170, 20), // two pages
		statement(2, "9", "1", 170, 180, 10),    // 8 is missing, and nothing else
		statement(3, "10", "1", 200, 230, 25),   // 20 lie between, and 5 within
		statement(4, "1", "1", 230, 231, 1),     // a new year
		statement(5, "x", "", -1, -1, 4),        // no balance
		statement(6, "2", "", 235, -1, -35),     // no closing
		statement(7, "b", "", 200, 200, 0),      // no number
		statement(8, "000012", "", 200, 200, 0), // after what is none
	}
	Chain(list)
	var got []string
	for i := range list {
		c := &list[i]
		got = append(got, fmt.Sprintf("%s%s %d..%d gap %d off %d %v", c.Number, c.Page, c.Opens, c.Closes, c.Gap, c.Difference, c.SequenceGap))
	}
	want := []string{
		"71 100..150 gap 0 off 0 false", "72 150..170 gap 0 off 0 false", "91 170..180 gap 0 off 0 true", "101 200..230 gap 20 off 5 false", "11 230..231 gap 0 off 0 false",
		"x 231..235 gap 0 off 0 false", "2 235..200 gap 0 off 0 false", "b 200..200 gap 0 off 0 false", "000012 200..200 gap 0 off 0 false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the chain is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
