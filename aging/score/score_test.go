package score

import "testing"

func TestAdjust(t *testing.T) {
	p := Default()
	for _, x := range []struct {
		name    string
		old     int32
		e       Events
		want    int32
		reasons [4]Reason
	}{
		{"nothing happened", 600, Events{}, 600, [4]Reason{}},
		{"paid on time", 600, Events{OnTime: 1}, 603, [4]Reason{OnTime}},
		{"a payment on time is reversed", 603, Events{OnTime: -1}, 600, [4]Reason{OnTime}},
		{"enters two buckets", 600, Events{From: 0, To: 2}, 565, [4]Reason{BucketEntered}},
		{"cured late", 600, Events{From: 2, Late: 2}, 596, [4]Reason{Late, Cured}},
		{"settled on time", 600, Events{OnTime: 1, Settled: 1}, 618, [4]Reason{SettledInFull, OnTime}},
		{"at the ceiling", 850, Events{OnTime: 1}, 850, [4]Reason{}},
		{"to the floor", 320, Events{ChargedOff: 1}, 300, [4]Reason{ChargedOff}},
	} {
		var moves Moves
		got := p.Add(x.old, x.e, &moves)
		reasons := moves.Reasons()
		if got == x.old {
			reasons = [4]Reason{}
		}
		if got != x.want || reasons != x.reasons {
			t.Errorf("%s: %d %v, want %d %v", x.name, got, reasons, x.want, x.reasons)
		}
	}
}
