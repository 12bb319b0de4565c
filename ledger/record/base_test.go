package record

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"daybook/ledger/money"
)

// aBase is some base under a number of packs, that says something.
func aBase(r *rand.Rand, packs int) Base {
	amount := func() money.Amount { return money.Amount(r.Int64N(1<<r.IntN(60) + 1)) }
	x := Base{OnBook: r.IntN(4) != 0}
	if x.OnBook {
		x.Total, x.Paid = amount()-5, amount()
		plain := r.IntN(2) == 0
		if !plain {
			x.Bucket = uint8(r.IntN(256))
		}
		if r.IntN(2) == 0 {
			x.Suspended = amount()
		}
		for range packs {
			p := PackBase{Provision: amount()}
			if !plain {
				p.Class = uint8(r.IntN(3))
			}
			x.Packs = append(x.Packs, p)
		}
	}
	if !x.OnBook || r.IntN(3) == 0 {
		x.ChargedOff, x.Recovered = amount()+1, amount()
	}
	if x.HasMonths = r.IntN(3) == 0; x.HasMonths {
		for i := range x.Months {
			x.Months[i] = byte(r.IntN(256))
		}
	}
	if x.Watched.IsKept = r.IntN(3) == 0; x.Watched.IsKept {
		for i := range x.Scores {
			if x.Scores[i] = NoScore; r.IntN(3) > 0 {
				x.Scores[i] = int32(r.IntN(2000) - 1000)
			}
		}
		x.Bad = uint16(r.IntN(1 << 13))
	}
	return x
}

func TestBase(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	var got Base
	for range 2000 {
		packs := r.IntN(9)
		want := aBase(r, packs)
		rec := AppendBase([]byte("before"), &want)[len("before"):]
		if err := got.Read(rec, packs); err != nil {
			t.Fatalf("%+v: %v", want, err)
		}
		if len(got.Packs) == 0 {
			got.Packs = nil
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("read %+v, want %+v", got, want)
		}
		for n := range rec {
			if err := got.Read(rec[:n], packs); err == nil {
				t.Fatalf("%x: read without its last %d bytes", rec, len(rec)-n)
			}
		}
		if err := got.Read(append(rec, 0), packs); err == nil {
			t.Fatalf("%x: read with a byte more", rec)
		}
	}
	nothing := Base{}
	if err := got.Read(AppendBase(nil, &nothing), 0); err == nil {
		t.Error("a base that says nothing was read")
	}
}

func FuzzReadBase(f *testing.F) {
	r := rand.New(rand.NewPCG(4, 1))
	for packs := range 4 {
		x := aBase(r, packs)
		f.Add(AppendBase(nil, &x), packs)
	}
	f.Fuzz(func(t *testing.T, rec []byte, packs int) {
		var x, again Base
		packs &= 7
		if x.Read(rec, packs) != nil {
			return
		}
		if err := again.Read(AppendBase(nil, &x), packs); err != nil {
			t.Fatal(err)
		}
		if len(x.Packs) == 0 {
			x.Packs, again.Packs = nil, nil
		}
		if !reflect.DeepEqual(x, again) {
			t.Fatalf("%+v was written and read as %+v", x, again)
		}
	})
}
