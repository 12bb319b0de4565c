package score

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"daybook/aging/score/real"
	"daybook/ledger/civil"
)

// naive is the rule of the contract, day by day with whole numbers of any size: for each
// day first q = sign(q) · ⌊|q| · r / 10^9⌋, then the day's events less what exceeds the cap.
func naive(x *Adjustment, from, to civil.Date, events map[civil.Date]int64) (q *big.Int) {
	q = new(big.Int)
	month, used := "", int64(0)
	for day := from + 1; day <= to; day++ {
		if x.Decay != 0 {
			size := new(big.Int).Abs(q)
			size.Mul(size, big.NewInt(x.Decay)).Quo(size, big.NewInt(1_000_000_000))
			if q.Sign() < 0 {
				size.Neg(size)
			}
			q = size
		}
		if m := day.String()[:7]; m != month {
			month, used = m, 0
		}
		add := events[day]
		if x.CapMonth != 0 {
			step := int64(1)
			if add < 0 {
				step = -1
			}
			room := int64(0) // point by point
			for room != add && used+room+step >= -int64(x.CapMonth) && used+room+step <= int64(x.CapMonth) {
				room += step
			}
			add = room
		}
		used += add
		q.Add(q, new(big.Int).Mul(big.NewInt(add), big.NewInt(1_000_000)))
	}
	return q
}

// Random lives: day by day, over quiet spans, and by the rule as it is written.
func TestAdjustmentsAreTheRule(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for seed := range 400 {
		var a Adjustments
		for k := OnTime; k < Reasons; k++ {
			a[k] = Adjustment{Points: int32(r.IntN(301) - 150)}
			if r.IntN(2) == 0 {
				a[k].CapMonth = int32(1 + r.IntN(200))
			}
			if r.IntN(3) > 0 {
				a[k].Decay = real.Decay(int32(1 + r.IntN(400)))
			}
		}
		from := civil.Of(2026, 1+r.IntN(12), 1+r.IntN(28))
		to := from + civil.Date(r.IntN(900))
		events := map[civil.Date]Counts{}
		for range r.IntN(40) {
			day := from + 1 + civil.Date(r.IntN(int(to-from)+1))
			n := events[day]
			n[OnTime+Reason(r.IntN(int(Reasons-OnTime)))] += int32(r.IntN(5) - 1)
			events[day] = n
		}
		var daily, spans Balance
		last := from
		for day := from + 1; day <= to; day++ {
			n := events[day]
			a.Pass(&daily, day-1, day)
			a.Add(&daily, &n)
			if n != (Counts{}) {
				a.Pass(&spans, last, day)
				a.Add(&spans, &n)
				written := spans.Append(nil)
				if spans = (Balance{}); !spans.Read(written) {
					t.Fatalf("seed %d: %x is not read", seed, written)
				}
				last = day
			}
		}
		a.Pass(&spans, last, to)
		for k := OnTime; k < Reasons; k++ {
			points := map[civil.Date]int64{}
			for day, n := range events {
				each := int64(a[k].Points)
				if k == BucketEntered {
					each = 1
				}
				points[day] = int64(n[k]) * each
			}
			want := naive(&a[k], from, to, points)
			if big.NewInt(daily.Q[k]).Cmp(want) != 0 || spans.Q[k] != daily.Q[k] {
				t.Fatalf("seed %d, %v %+v: by days %d, over spans %d, want %s", seed, k, a[k], daily.Q[k], spans.Q[k], want)
			}
			if daily.Used[k] != spans.Used[k] {
				t.Fatalf("seed %d, %v: %d and %d are used of the month", seed, k, daily.Used[k], spans.Used[k])
			}
		}
	}
}

// What is written in the contract: -15 a broken promise, at most 45 a month, half after 90 days.
func TestAdjustmentOfTheContract(t *testing.T) {
	var a Adjustments
	a[BrokenPromise] = Adjustment{Points: -15, CapMonth: 45, Decay: real.Decay(90)}
	var b Balance
	day := civil.Of(2026, 3, 28)
	for _, x := range []struct {
		n    int32
		want int64 // millionths
	}{
		{1, -15_000_000}, {1, -29_884_919}, {3, -44_655_640}, // the third day has room for one
		{1, -44_313_039}, // the month is full
		{1, -58_973_066}, // 1 April
	} {
		a.Pass(&b, day-1, day)
		a.Add(&b, &Counts{BrokenPromise: x.n})
		if b.Q[BrokenPromise] != x.want {
			t.Errorf("%v: %d, want %d", day, b.Q[BrokenPromise], x.want)
		}
		day++
	}
	if m := b.Moves(); m[BrokenPromise] != -58 || m.Sum() != -58 {
		t.Errorf("%v: towards 0 it is -58", m)
	}
	b = Balance{}
	a.Add(&b, &Counts{BrokenPromise: 1})
	a.Pass(&b, day, day+90)
	if q := b.Q[BrokenPromise]; q > -7_499_900 || q < -7_500_000 {
		t.Errorf("%d is left after half a life", q)
	}
	a.Pass(&b, day+90, day+36500)
	if b.Q[BrokenPromise] != 0 {
		t.Errorf("%d is left after a hundred years", b.Q[BrokenPromise])
	}
	p := Points{Floor: 300, Ceiling: 850}
	b.Q[OnTime], b.Q[Late] = 1_999_999, -1_999_999
	for base, want := range map[int32]int32{600: 600, 900: 850, 10: 300} {
		if got := p.Adjusted(base, &b); got != want {
			t.Errorf("base %d: %d, want %d", base, got, want)
		}
	}
}

func TestEntered(t *testing.T) {
	a := Adjustment{PerBucket: []int32{0, -10, -25, -40}}
	for _, x := range []struct {
		from, to uint8
		want     int32
	}{{0, 0, 0}, {0, 1, -10}, {0, 3, -75}, {1, 2, -25}, {3, 0, 0}, {2, 9, -40}} {
		if got := a.Entered(x.from, x.to); got != x.want {
			t.Errorf("from %d to %d: %d, want %d", x.from, x.to, got, x.want)
		}
	}
}

// A balance is written in few bytes, and what is damaged is not read.
func TestBalanceAsKept(t *testing.T) {
	if got := (&Balance{}).Append(nil); len(got) != 0 {
		t.Errorf("a balance of nothing is %x", got)
	}
	var b, c Balance
	b.Q[OnTime], b.Q[Late], b.Used[Late], b.Used[PromiseKept] = 36_000_000, -6_000_000, -6_000_000, 1
	kept := b.Append(nil)
	if !c.Read(kept) || c != b || len(kept) != 17 {
		t.Errorf("%d bytes, %+v, want %+v", len(kept), c, b)
	}
	for n := 1; n < len(kept); n++ {
		if c.Read(kept[:n]) && c == b {
			t.Errorf("the first %d bytes are all of it", n)
		}
	}
	for _, bad := range [][]byte{{byte(Reasons), 2}, {byte(OnTime)}, {byte(OnTime) | hasUsed, 2}, {2, 2, 1, 2}, {2, 2, 2, 2}, append([]byte{1}, make([]byte, 11)...)} {
		if len(bad) == 12 {
			for i := 1; i < 12; i++ {
				bad[i] = 0xFF
			}
		}
		if c.Read(bad) {
			t.Errorf("%x is read", bad)
		}
	}
}
