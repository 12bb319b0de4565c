package score

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// Against each pair of a good and a bad, and the shares at every score, on random loans.
func TestSeparationAgainstPairs(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		var goods, bads []int32
		var list []Tally
		for range r.IntN(60) {
			s := int32(300 + r.IntN(1+r.IntN(40)))
			if r.IntN(3) == 0 {
				bads = append(bads, s)
				list = append(list, Tally{Score: s, Bad: 1})
			} else {
				goods = append(goods, s)
				list = append(list, Tally{Score: s, Good: 1})
			}
		}
		ks, gini, pairs := Separation(Sum(list))
		higher := int64(0)
		for _, g := range goods {
			for _, b := range bads {
				if g > b {
					higher++
				} else if g < b {
					higher--
				}
			}
		}
		if gini != higher || pairs != int64(len(goods)*len(bads)) {
			t.Fatalf("goods %v, bads %v: gini %d of %d, want %d", goods, bads, gini, pairs, higher)
		}
		most := new(big.Rat)
		for s := int32(299); s < 345; s++ {
			share := func(list []int32) *big.Rat {
				n := 0
				for _, x := range list {
					if x <= s {
						n++
					}
				}
				return big.NewRat(int64(n), int64(max(len(list), 1)))
			}
			d := new(big.Rat).Sub(share(bads), share(goods))
			if d.Abs(d).Cmp(most) > 0 {
				most = d
			}
		}
		if pairs > 0 && big.NewRat(ks, pairs).Cmp(most) != 0 {
			t.Fatalf("goods %v, bads %v: ks %d/%d, want %v", goods, bads, ks, pairs, most)
		}
	}
}

func TestSeparationEdges(t *testing.T) {
	for _, x := range []struct {
		list            []Tally
		ks, gini, pairs int64
	}{
		{nil, 0, 0, 0},
		{[]Tally{{500, 10, 0}}, 0, 0, 0},
		{[]Tally{{500, 5, 5}}, 0, 0, 25},                // nothing told apart
		{[]Tally{{400, 0, 4}, {500, 6, 0}}, 24, 24, 24}, // all
		{[]Tally{{400, 6, 0}, {500, 0, 4}}, 24, -24, 24},
	} {
		if ks, gini, pairs := Separation(x.list); ks != x.ks || gini != x.gini || pairs != x.pairs {
			t.Errorf("%v: %d, %d, %d", x.list, ks, gini, pairs)
		}
	}
	const many = 1_500_000_000 // goods and bads each: no product overflows
	if ks, gini, pairs := Separation([]Tally{{400, 0, many}, {500, many, 0}}); ks != many*many || gini != many*many || pairs != many*many {
		t.Errorf("%d, %d, %d", ks, gini, pairs)
	}
}

// Against the sum in 200 bits, whose logarithm is from its series.
func TestStabilityAgainstBig(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		var counts, reference [Bins]int64
		for i := range counts {
			counts[i], reference[i] = int64(r.IntN(1+r.IntN(5000))), int64(r.IntN(1+r.IntN(5000)))
		}
		got := Stability(&counts, &reference)
		want := new(big.Float).SetPrec(200)
		n, m := total(counts), total(reference)
		for i := range counts {
			a, e := big.NewRat(2*counts[i]+1, 2*n+10), big.NewRat(2*reference[i]+1, 2*m+10)
			d := new(big.Float).SetPrec(200).SetRat(new(big.Rat).Sub(a, e))
			want.Add(want, d.Mul(d, bigLn(new(big.Rat).Quo(a, e))))
		}
		w, _ := want.Mul(want, big.NewFloat(1e6)).Float64()
		if math.Abs(w-math.RoundToEven(w)) > 0.4999 {
			continue // so near a half that float64 may fall on either side
		}
		if got != int64(math.RoundToEven(w)) {
			t.Fatalf("%v against %v: %d, want %v", counts, reference, got, w)
		}
	}
}

func total(list [Bins]int64) (sum int64) {
	for _, x := range list {
		sum += x
	}
	return sum
}

// bigLn returns ln x as 2·artanh((x-1)/(x+1)), after x is halved or doubled near 1.
func bigLn(x *big.Rat) *big.Float {
	const bits = 200
	artanh2 := func(x *big.Rat) *big.Float {
		one := big.NewRat(1, 1)
		z := new(big.Float).SetPrec(bits).SetRat(new(big.Rat).Quo(new(big.Rat).Sub(x, one), new(big.Rat).Add(x, one)))
		square, power, sum := new(big.Float).SetPrec(bits).Mul(z, z), new(big.Float).SetPrec(bits).Set(z), new(big.Float).SetPrec(bits)
		for i := int64(1); i < 400; i += 2 {
			sum.Add(sum, new(big.Float).SetPrec(bits).Quo(power, new(big.Float).SetPrec(bits).SetInt64(i)))
			power.Mul(power, square)
		}
		return sum.Mul(sum, big.NewFloat(2))
	}
	x, halvings := new(big.Rat).Set(x), int64(0)
	for x.Cmp(big.NewRat(3, 2)) > 0 {
		x.Mul(x, big.NewRat(1, 2))
		halvings++
	}
	for x.Cmp(big.NewRat(3, 4)) < 0 {
		x.Mul(x, big.NewRat(2, 1))
		halvings--
	}
	ln := artanh2(x)
	two := artanh2(big.NewRat(2, 1))
	return ln.Add(ln, two.Mul(two, new(big.Float).SetPrec(bits).SetInt64(halvings)))
}

func TestStabilityAndLights(t *testing.T) {
	same := [Bins]int64{10, 10, 10, 10, 10, 10, 10, 10, 10, 10}
	var none [Bins]int64
	if got := Stability(&same, &same); got != 0 {
		t.Errorf("equal counts: %d", got)
	}
	if got := Stability(&same, &none); got != 0 {
		t.Errorf("equal counts and stated edges: %d", got)
	}
	if got := Stability(&none, &none); got != 0 {
		t.Errorf("nothing at all: %d", got)
	}
	// All in one of ten bins: 0.99 of it (100.5/105) against 1/10, and nine of 0.5/105.
	first := [Bins]int64{100}
	a, b := 100.5/105, 0.5/105
	want := (a-0.1)*math.Log(a/0.1) + 9*(b-0.1)*math.Log(b/0.1)
	if got := Stability(&first, &none); got != int64(math.Round(want*1e6)) {
		t.Errorf("all in one bin: %d, want %v", got, want)
	}
	for millionths, want := range map[int64]string{0: "steady", 99_999: "steady", 100_000: "watch", 249_999: "watch", 250_000: "act", 9_000_000: "act"} {
		if got := LightOf(millionths).String(); got != want {
			t.Errorf("%d: %s, want %s", millionths, got, want)
		}
	}
}

// Bins by the deciles of a reference have a tenth each where scores differ; equal scores
// stay together.
func TestDeciles(t *testing.T) {
	var list []Tally
	for s := int32(1); s <= 100; s++ {
		list = append(list, Tally{Score: s, Good: 1})
	}
	edges := Deciles(list)
	if want := []int32{10, 20, 30, 40, 50, 60, 70, 80, 90}; !slices.Equal(edges, want) {
		t.Errorf("edges %v", edges)
	}
	var counts [Bins]int64
	for _, x := range list {
		counts[BinOf(edges, x.Score)]++
	}
	if counts != [Bins]int64{10, 10, 10, 10, 10, 10, 10, 10, 10, 10} {
		t.Errorf("counts %v", counts)
	}
	if got, want := Deciles([]Tally{{500, 3, 1}, {600, 0, 1}}), []int32{500, 500, 500, 500, 500, 500, 500, 500, 600}; !slices.Equal(got, want) {
		t.Errorf("edges %v, want %v", got, want)
	}
	if Deciles(nil) != nil || BinOf(nil, 5) != 0 || BinOf(edges, 0) != 0 || BinOf(edges, 11) != 1 || BinOf(edges, 1000) != 9 {
		t.Error("a bin of an edge is wrong")
	}
	if got := Sum([]Tally{{600, 1, 0}, {500, 0, 2}, {600, 3, 4}}); !slices.Equal(got, []Tally{{500, 0, 2}, {600, 4, 4}}) {
		t.Errorf("sum %v", got)
	}
}
