package record

import (
	"reflect"
	"testing"

	"daybook/ledger/civil"
)

// A lock comes back as it was kept, and one that can't be is refused.
func TestLock(t *testing.T) {
	day := civil.Of(2026, 11, 30)
	l := Lock{
		Number: 3, Through: day, Locked: day, When: "2026-12-02T08:00:00Z", Reason: "November", Forced: true, Last: day + 2, Root: "ab", Folder: "periods/2026-11",
		Checks: []Check{{"verified", Failed, map[string]string{"faults": "1"}, []string{"a fault"}}}, Reconciled: civil.None,
	}
	got, err := ReadLock(EncodeLock(&l))
	if err != nil || !reflect.DeepEqual(*got, l) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, spoil := range []func(l *Lock){
		func(l *Lock) { l.Number = 0 }, func(l *Lock) { l.Through = civil.None }, func(l *Lock) { l.Locked = day + 1 }, func(l *Lock) { l.Last = day - 1 },
	} {
		x := l
		spoil(&x)
		if _, err := ReadLock(EncodeLock(&x)); err == nil {
			t.Errorf("%+v is read", x)
		}
	}
}
