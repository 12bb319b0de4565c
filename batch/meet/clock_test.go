package meet

import (
	"os"
	"sort"
	"strings"
	"testing"
	"time"

	"daybook/aging/treat"
	"daybook/ledger/civil"
)

func init() { os.Setenv("ZONEINFO", "zoneinfo.zip") } // for time.LoadLocation: the edition that the program brings

// changesOf are the instants at which the clocks of a zone change from 2020 to 2035.
func changesOf(zone *time.Location) (list []time.Time) {
	at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	offset := func(at time.Time) int {
		_, offset := at.In(zone).Zone()
		return offset
	}
	for ; at.Year() < 2036; at = at.Add(24 * time.Hour) {
		if offset(at) == offset(at.Add(24*time.Hour)) {
			continue
		}
		s := sort.Search(86400, func(s int) bool { return offset(at.Add(time.Duration(s)*time.Second)) != offset(at) })
		list = append(list, at.Add(time.Duration(s)*time.Second))
	}
	return list
}

// naiveInstants are the first and last instant at which a clock shows a minute of a day, of all
// offsets that it has within a day and a half; where it never does, both are the change.
func naiveInstants(zone *time.Location, on civil.Date, minute int16, change time.Time) (first, last int64) {
	wall := time.Unix(int64(on)*86400+int64(minute)*60, 0).UTC()
	var list []int64
	seen := map[int]bool{}
	for h := -36; h <= 36; h += 3 {
		_, offset := wall.Add(time.Duration(h) * time.Hour).In(zone).Zone()
		if seen[offset] {
			continue
		}
		seen[offset] = true
		at := wall.Add(-time.Duration(offset) * time.Second)
		if local := at.In(zone); local.Format("2006-01-02 15:04:05") == wall.Format("2006-01-02 15:04:05") {
			list = append(list, at.UnixMicro())
		}
	}
	if len(list) == 0 {
		return change.UnixMicro(), change.UnixMicro()
	}
	sort.Slice(list, func(i, k int) bool { return list[i] < list[k] })
	return list[0], list[len(list)-1]
}

// TestClocksOfAllZones: at every change of every zone of the database, and around it, something
// opens at the last instant whose clock shows the minute, else at the end of the gap, and
// closes at the first, else where the gap begins, which is the same instant.
func TestClocksOfAllZones(t *testing.T) {
	var names []string
	for name := range zoneFiles() {
		if strings.Contains(name, "/") && !strings.HasSuffix(name, "/") {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	z, seen, changes, gaps, twice := NewZones(time.UTC), map[string]bool{}, 0, 0, 0
	for _, name := range names {
		zone, err := time.LoadLocation(name)
		if err != nil || !z.Known(name) {
			t.Errorf("%s: known %t, %v", name, z.Known(name), err)
			continue
		}
		list := changesOf(zone)
		signature := ""
		for _, change := range list {
			signature += change.In(zone).Format("2006-01-02 15:04:05 -0700;")
		}
		if seen[signature] { // another name of one that was
			continue
		}
		seen[signature] = true
		for _, change := range list {
			_, before := change.Add(-time.Second).In(zone).Zone()
			_, after := change.In(zone).Zone()
			changes++
			for _, offset := range []int{before, after} {
				wall := change.Unix() + int64(offset) // what the clock shows there
				for step := int64(-70); step <= 70; step += 10 {
					at := wall/60 + step
					on := civil.Date(at / 1440)
					minutes := []int16{int16(at % 1440)}
					if minutes[0] == 0 {
						minutes = append(minutes, treat.DayMinutes) // of the day before
					}
					for _, minute := range minutes {
						on := on
						if minute == treat.DayMinutes {
							on--
						}
						first, last := naiveInstants(zone, on, minute, change)
						if open, closed := z.Open(name, on, minute), z.Close(name, on, minute); open != last || closed != first {
							t.Fatalf("%s, %s, minute %d: open at %s and close at %s, want %s and %s", name, on, minute, micro(open), micro(closed), micro(last), micro(first))
						}
						if first != last {
							twice++
						} else if first == change.UnixMicro() && at != change.Unix()/60+int64(after)/60 {
							gaps++
						}
					}
				}
			}
			for _, at := range []time.Time{change.Add(-time.Microsecond), change} {
				_, offset := at.In(zone).Zone()
				y, m, d := at.In(zone).Date()
				if z.Offset(name, at.UnixMicro()) != offset || z.Date(name, at.UnixMicro()) != civil.Of(y, int(m), d) {
					t.Fatalf("%s at %s: ahead by %d on %s, want %d", name, at, z.Offset(name, at.UnixMicro()), z.Date(name, at.UnixMicro()), offset)
				}
			}
		}
	}
	if changes < 1000 || gaps < 1000 || twice < 1000 {
		t.Errorf("%d changes, %d minutes that never were and %d that were twice: too few to see anything", changes, gaps, twice)
	}
	t.Logf("%d zones, %d changes, %d minutes that never were, %d that were twice", len(seen), changes, gaps, twice)
}

func micro(at int64) time.Time { return time.UnixMicro(at).UTC() }
