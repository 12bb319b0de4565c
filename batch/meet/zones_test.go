package meet

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook/aging/treat"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
)

// A borrower's day is that of his address, where the database has his zones, spelled as
// there; else the policy's.
func TestLocalDate(t *testing.T) {
	z := NewZones(time.FixedZone("", 8*3600))
	rules := &treat.Rules{Jurisdiction: "none", HomeZone: "home"}
	at := time.Date(2026, 11, 23, 15, 30, 0, 0, time.UTC).UnixMicro() // 23:30 at home
	for _, x := range []struct {
		zone, second string
		want         civil.Date
	}{
		{"Asia/Tokyo", "", civil.Of(2026, 11, 24)}, {"America/Los_Angeles", "Asia/Tokyo", civil.Of(2026, 11, 23)},
		{"", "", civil.Of(2026, 11, 23)}, {"Asia/Nowhere", "Asia/Tokyo", civil.Of(2026, 11, 23)}, {"asia/tokyo", "", civil.Of(2026, 11, 23)},
		{"posix/Asia/Tokyo", "", civil.Of(2026, 11, 23)}, {"Asia/", "", civil.Of(2026, 11, 23)}, {"../Asia/Tokyo", "", civil.Of(2026, 11, 23)},
		{"Tokyo", "Pacific/Kiritimati", civil.Of(2026, 11, 23)}, {"Pacific/Kiritimati", "Tokyo", civil.Of(2026, 11, 23)},
		{"", "Pacific/Kiritimati", civil.Of(2026, 11, 24)},
	} {
		if got := rules.LocalDate(&borrower.Record{TimeZone: x.zone, SecondTimeZone: x.second}, z, at); got != x.want {
			t.Errorf("zones %q and %q: %s, want %s", x.zone, x.second, got, x.want)
		}
	}
	if got := rules.LocalDate(nil, z, at); got != civil.Of(2026, 11, 23) {
		t.Errorf("without a record: %s", got)
	}
	if got, want := z.StartOf(civil.Of(2026, 11, 23)), time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC).UnixMicro(); got != want {
		t.Errorf("the day begins at %d, want %d", got, want)
	}
	for i := range 3 * zonesMax { // whatever borrowers are said to live in
		z.Known(fmt.Sprint("Asia/", i))
	}
	if len(z.known) > zonesMax {
		t.Errorf("%d names are remembered, at most %d", len(z.known), zonesMax)
	}
}

// The edition that manifests name is that of the database, which is the one of the Go that
// this is built with.
func TestZoneEdition(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("there is no Go here: ", err)
	}
	lib := filepath.Join(strings.TrimSpace(string(root)), "lib", "time")
	same, err := os.ReadFile(filepath.Join(lib, "zoneinfo.zip"))
	if err != nil {
		t.Skip("there is no source of Go here: ", err)
	}
	if !bytes.Equal(same, zoneinfo) {
		t.Skip("this Go has another database")
	}
	script, err := os.ReadFile(filepath.Join(lib, "update.bash"))
	if err != nil {
		t.Skip(err)
	}
	if !bytes.Contains(script, []byte("DATA="+ZoneEdition+"\n")) {
		t.Errorf("the database is not of edition %s", ZoneEdition)
	}
}
