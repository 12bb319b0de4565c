package publish

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"daybook/ledger/civil"
	"daybook/reports"
)

// Nights returns the manifests of the nights after a date that an output folder
// holds, in the order of their dates; none where there is no folder. A folder of a
// date without a manifest is no night; one whose manifest can't be read, or is of
// another date, is unjudged.
func Nights(out string, after civil.Date) (list []*reports.Manifest, unjudged []string, err error) {
	entries, err := os.ReadDir(out)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("output folder: %w", err)
	}
	for _, e := range entries { // by name, and so by date
		d, err := civil.Parse(e.Name())
		if err != nil || d <= after {
			continue
		}
		folder := filepath.Join(out, e.Name())
		if _, err := os.Lstat(filepath.Join(folder, ManifestName)); err != nil {
			continue
		}
		raw, err := ReadManifest(folder)
		m := new(reports.Manifest)
		if err == nil {
			m, err = reports.ParseManifest(raw)
		}
		if err != nil || m.BusinessDate != d {
			unjudged = append(unjudged, folder)
			continue
		}
		list = append(list, m)
	}
	return list, unjudged, nil
}
