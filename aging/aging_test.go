package aging

import (
	"strings"
	"testing"

	"daybook/ledger/civil"
)

// monthly are buckets M1 to M7 of 30 days, and tiers of over 0, 90, 270 and 360 days.
func monthly() Rules {
	return Rules{
		Buckets:       Bands{{"C", 0}, {"M1", 1}, {"M2", 31}, {"M3", 61}, {"M4", 91}, {"M5", 121}, {"M6", 151}, {"M7", 181}},
		Tiers:         Bands{{"pass", 0}, {"special_mention", 1}, {"substandard", 91}, {"doubtful", 271}, {"loss", 361}},
		NonPerforming: 2,
	}
}

func TestBucketsAndTiers(t *testing.T) {
	r := monthly()
	for _, x := range []struct {
		days         int32
		bucket, tier string
	}{
		{0, "C", "pass"}, {1, "M1", "special_mention"}, {30, "M1", "special_mention"}, {31, "M2", "special_mention"},
		{90, "M3", "special_mention"}, {91, "M4", "substandard"}, {180, "M6", "substandard"}, {181, "M7", "substandard"},
		{270, "M7", "substandard"}, {271, "M7", "doubtful"}, {360, "M7", "doubtful"}, {361, "M7", "loss"}, {5000, "M7", "loss"},
	} {
		if got := r.Buckets[r.Buckets.Index(x.days)].Name; got != x.bucket {
			t.Errorf("%d days are in bucket %s, want %s", x.days, got, x.bucket)
		}
		if got := r.Tiers[r.Tiers.Index(x.days)].Name; got != x.tier {
			t.Errorf("%d days are %s, want %s", x.days, got, x.tier)
		}
	}
	if got := r.Tiers[r.NonPerforming].Name; got != "substandard" {
		t.Errorf("non-performing begins with %s", got)
	}
}

func TestBandsAreChecked(t *testing.T) {
	for _, x := range []struct {
		bands Bands
		want  string // part of the message; empty: sound
	}{
		{monthly().Buckets, ""},
		{nil, "at least one"},
		{Bands{{"a", 1}}, "would have no band"},
		{Bands{{"a", 0}, {"b", 5}, {"c", 5}}, "overlap"},
		{Bands{{"a", 0}, {"a", 5}}, "name of its own"},
		{make(Bands, 65), "at most 64"},
	} {
		err := x.bands.Check()
		if (err == nil) != (x.want == "") || err != nil && !strings.Contains(err.Error(), x.want) {
			t.Errorf("%v: %v, want %q", x.bands, err, x.want)
		}
	}
}

func TestHistory(t *testing.T) {
	var h History
	month := civil.Of(2026, 1, 31)
	h.Set(StatusNormal)
	for _, status := range []byte{StatusLate(1), StatusLate(31), StatusNormal} {
		next := (month + 1).MonthEnd()
		h.Push(Months(month, next))
		h.Set(status)
		month = next
	}
	if got := string(h.Append(nil))[:5]; got != "N21N/" {
		t.Errorf("four months are %q, newest first, want N21N/", got)
	}
	h.Push(Months(month, civil.Of(2026, 7, 1))) // two months without a night
	h.Set(StatusSettled)
	if got := string(h.Append(nil))[:7]; got != "C##N21N" {
		t.Errorf("after a gap they are %q, want C##N21N", got)
	}
	h.Push(Months(civil.Of(2026, 7, 1), civil.Of(2126, 7, 1)))
	if got := len(h.Append(nil)); got != 24 {
		t.Errorf("a history has %d characters", got)
	}
	for days, want := range map[int32]byte{1: '1', 30: '1', 31: '2', 180: '6', 181: '7', 9999: '7'} {
		var h History
		h.Set(StatusLate(days))
		if got := h.Append(nil)[0]; got != want {
			t.Errorf("%d days late are %c, want %c", days, got, want)
		}
	}
}
