package meet

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"io"
	"strings"
	"sync"
	"time"

	"daybook/ledger/civil"
)

// Zones answers what day it is where, from the zone database that the program brings.
// It belongs to one goroutine.
type Zones struct {
	home  *time.Location // the policy's
	known map[string]*time.Location
	last  struct { // that was asked for: nearly all ask for the same
		name string
		zone *time.Location
	}
}

// NewZones returns zones with the policy's own.
func NewZones(home *time.Location) *Zones {
	return &Zones{home: home, known: map[string]*time.Location{}}
}

// StartOf returns the instant at which a day begins in the policy's zone, in
// microseconds since 1970.
func (z *Zones) StartOf(d civil.Date) int64 {
	y, m, day := d.Split()
	return time.Date(y, time.Month(m), day, 0, 0, 0, 0, z.home).UnixMicro()
}

// zonesMax is the most names that are remembered at once.
const zonesMax = 1 << 10

// zone returns a zone by its name in the IANA database, or nil: names have a slash and
// are spelled as there.
func (z *Zones) zone(name string) *time.Location {
	if name != z.last.name {
		z.last.name, z.last.zone = name, z.find(name)
	}
	return z.last.zone
}

func (z *Zones) find(name string) *time.Location {
	if !strings.Contains(name, "/") {
		return nil
	}
	zone, asked := z.known[name]
	if asked {
		return zone
	}
	if len(z.known) == zonesMax {
		clear(z.known)
	}
	zone = loadZone(name)
	z.known[name] = zone
	return zone
}

// The database is the program's own, whatever the machine has: the one that comes with
// Go, of which it is a copy.
//
// ZoneEdition is the edition of the database in the words of those who publish it.
const ZoneEdition = "2025c"

//go:embed zoneinfo.zip
var zoneinfo []byte

var zoneFiles = sync.OnceValue(func() map[string]*zip.File {
	r, err := zip.NewReader(bytes.NewReader(zoneinfo), int64(len(zoneinfo)))
	if err != nil {
		panic("meet: internal error: the zone database: " + err.Error())
	}
	files := make(map[string]*zip.File, len(r.File))
	for _, f := range r.File {
		files[f.Name] = f
	}
	return files
})

func loadZone(name string) *time.Location {
	f := zoneFiles()[name]
	if f == nil || strings.HasSuffix(name, "/") {
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return nil
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil
	}
	zone, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		return nil
	}
	return zone
}
