package meet

import (
	"fmt"
	"testing"
	"time"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
)

// A borrower's day is that of the first of his zones that the database has, spelled as
// there; of none, the policy's.
func TestLocalDate(t *testing.T) {
	z := NewZones(time.FixedZone("", 8*3600))
	at := time.Date(2026, 11, 23, 15, 30, 0, 0, time.UTC).UnixMicro() // 23:30 at home
	for _, x := range []struct {
		zone, second string
		want         civil.Date
	}{
		{"Asia/Tokyo", "", civil.Of(2026, 11, 24)}, {"America/Los_Angeles", "Asia/Tokyo", civil.Of(2026, 11, 23)},
		{"", "", civil.Of(2026, 11, 23)}, {"Asia/Nowhere", "Asia/Tokyo", civil.Of(2026, 11, 24)}, {"asia/tokyo", "", civil.Of(2026, 11, 23)},
		{"posix/Asia/Tokyo", "", civil.Of(2026, 11, 23)}, {"Asia/", "", civil.Of(2026, 11, 23)}, {"../Asia/Tokyo", "", civil.Of(2026, 11, 23)},
		{"Tokyo", "Pacific/Kiritimati", civil.Of(2026, 11, 24)},
	} {
		if got := z.LocalDate(&borrower.Record{TimeZone: x.zone, SecondTimeZone: x.second}, at); got != x.want {
			t.Errorf("zones %q and %q: %s, want %s", x.zone, x.second, got, x.want)
		}
	}
	if got := z.LocalDate(nil, at); got != civil.Of(2026, 11, 23) {
		t.Errorf("without a record: %s", got)
	}
	if got, want := z.StartOf(civil.Of(2026, 11, 23)), time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC).UnixMicro(); got != want {
		t.Errorf("the day begins at %d, want %d", got, want)
	}
	for i := range 3 * zonesMax { // whatever borrowers are said to live in
		z.LocalDate(&borrower.Record{TimeZone: fmt.Sprint("Asia/", i)}, at)
	}
	if len(z.known) > zonesMax {
		t.Errorf("%d names are remembered, at most %d", len(z.known), zonesMax)
	}
}
