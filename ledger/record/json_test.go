package record

import (
	"bytes"
	"slices"
	"testing"

	"daybook/ledger/civil"
)

// What is kept as JSON begins with its version, is read with and without one, and is
// refused where it is of a newer one.
func TestJSONRecordsHaveVersions(t *testing.T) {
	night := (&Night{Date: civil.Of(2026, 11, 23), Counts: Counts{Loans: 7}}).Encode()
	names := (&Names{Products: []string{"default"}, Regions: []string{""}}).Encode()
	for name, x := range map[string]struct {
		rec  []byte
		read func(b []byte) error
	}{
		"night": {night, func(b []byte) error {
			n, err := ParseNight(b)
			if err == nil && (n.Date != civil.Of(2026, 11, 23) || n.Loans != 7) {
				t.Errorf("the night is read as %+v", n)
			}
			return err
		}},
		"names": {names, func(b []byte) error {
			n, err := ParseNames(b)
			if err == nil && (len(n.Products) != 1 || n.Products[0] != "default") {
				t.Errorf("the names are read as %+v", n)
			}
			return err
		}},
		"policies": {EncodePolicies([]string{"a: b"}), func(b []byte) error { _, err := ParsePolicies(b); return err }},
		"activity": {EncodeActivity([]Cell{{Debits: 3}}), func(b []byte) error { _, err := ParseActivity(b); return err }},
		"reversed": {EncodeReversed([]Reversed{{ID: "R"}}), func(b []byte) error { _, err := ReadReversed(b); return err }},
	} {
		if x.rec[0] != jsonVersion {
			t.Errorf("%s begins with %d, want its version", name, x.rec[0])
		}
		if err := x.read(x.rec); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := x.read(x.rec[1:]); err != nil {
			t.Errorf("%s of format 1: %v", name, err)
		}
		newer := append([]byte{jsonVersion + 1}, x.rec[1:]...)
		if err := x.read(newer); err != errNewer {
			t.Errorf("%s of a newer version: %v", name, err)
		}
		for _, bad := range [][]byte{nil, {jsonVersion}, x.rec[:len(x.rec)-1]} {
			if name == "names" && bad == nil {
				continue // none yet
			}
			if x.read(bad) == nil {
				t.Errorf("%s: %q is read", name, bad)
			}
		}
	}
}

// The list of files alone is that of the whole record, whatever stands in its texts.
func TestFilesOfARecordAlone(t *testing.T) {
	files := []KeptFile{{"manifest.json", 2}, {`a","files":[{"path":"b`, 1}}
	for name, n := range map[string]*Night{
		"none":   {},
		"plain":  {Files: files},
		"texts":  {Software: `,"files":[`, Inputs: []Input{{Name: `x,"files":[{"path":"y"}]`}}, Files: files},
		"tables": {Files: files, Form: &Form{Tables: map[string][]string{"a": nil, "files": {"path"}}}},
	} {
		for _, rec := range [][]byte{n.Encode(), n.Encode()[1:]} {
			if got, err := ParseFiles(rec); err != nil || !slices.Equal(got, n.Files) {
				t.Errorf("%s: %v, %v, want %v", name, got, err, n.Files)
			}
		}
	}
	rec := (&Night{Files: files}).Encode()
	newer := append([]byte{jsonVersion + 1}, rec[1:]...)
	if _, err := ParseFiles(newer); err != errNewer {
		t.Errorf("of a newer version: %v", err)
	}
	for _, bad := range [][]byte{nil, {jsonVersion}, rec[:bytes.Index(rec, []byte(`"chunks"`))]} {
		if got, err := ParseFiles(bad); err == nil {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
}
