package score

import (
	"reflect"
	"testing"

	"daybook/ledger/civil"

	"pgregory.net/rapid"
)

// TestPromisePoints: by hand. Booked on 1 March; two promises broken on the 10th, one on the 20th, one kept on
// the 10th; 40 points each, 100 a month at most, from April on half of them left after a day.
func TestPromisePoints(t *testing.T) {
	booked := civil.Of(2026, 3, 1)
	march, april := &Adjustments{}, &Adjustments{}
	march[BrokenPromise], march[PromiseKept] = Adjustment{Points: -40, CapMonth: 100}, Adjustment{Points: 7}
	april[BrokenPromise] = Adjustment{Points: -40, Decay: 500_000_000}
	spans := []Span{{civil.Of(2026, 3, 31), march}, {civil.Max, april}}
	days := []PromiseDay{{On: booked, Broken: 1}, {On: booked + 9, Broken: 2, Kept: 1}, {On: booked + 19, Broken: 1}, {On: booked + 32, Broken: 1}}
	for _, x := range []struct {
		close civil.Date
		want  [2]int32
	}{
		{booked, [2]int32{}}, {booked + 8, [2]int32{}}, {booked + 9, [2]int32{-80, 7}}, {booked + 19, [2]int32{-100, 7}}, {booked + 30, [2]int32{-100, 7}},
		{booked + 31, [2]int32{-50, 7}}, // 1 April
		{booked + 32, [2]int32{-65, 7}}, // -25 and 40 more
		{booked + 33, [2]int32{-32, 7}}, // -32.5
	} {
		if got := PromisePoints(days, booked, x.close, spans); got != x.want {
			t.Errorf("%s: %v, want %v", x.close, got, x.want)
		}
	}
}

// What is told of a score, and what is made of it, come back as they were.
func TestFinalsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := func(name string) int32 { return rapid.Int32().Draw(t, name) }
		told := Told{BookedOn: civil.Date(some("on")), Opening: some("opening"), Last: some("last"), Sum: int64(some("sum")), Promised: [2]int32{some("a"), some("b")}}
		told.Moved[rapid.IntRange(0, int(Reasons)-1).Draw(t, "kind")] = some("moved")
		f := Feature(rapid.IntRange(0, int(FeatureKinds)-1).Draw(t, "feature"))
		told.Features.Set(f, int64(some("value")))
		var again Told
		b := told.Append(nil, FeatureSet(0).With(f))
		if !again.Read(b) || !reflect.DeepEqual(told, again) {
			t.Fatalf("%+v came back as %+v", told, again)
		}
		if again.Read(b[:len(b)-1]) {
			t.Fatal("what is cut off is taken")
		}
		final := Final{Score: some("score"), Delta: some("delta"), Reasons: [4]uint8{1, 2, 0, 3}, Promised: told.Promised, Conduct: Conduct{1, 2, 3, 4, int64(some("n"))}}
		var kept Final
		if b = final.Append(nil); !kept.Read(b) || kept != final {
			t.Fatalf("%+v came back as %+v", final, kept)
		}
		if kept.Read(b[:len(b)-1]) || kept.Read(append(b, 0)) {
			t.Fatal("what is damaged is taken")
		}
	})
}
