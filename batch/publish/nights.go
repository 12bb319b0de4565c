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
// date whose manifest is missing, or of another date, is no night.
func Nights(out string, after civil.Date) (list []*reports.Manifest, err error) {
	entries, err := os.ReadDir(out)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("output folder: %w", err)
	}
	for _, e := range entries { // by name, and so by date
		d, err := civil.Parse(e.Name())
		if err != nil || d <= after {
			continue
		}
		raw, err := ReadManifest(filepath.Join(out, e.Name()))
		if err != nil {
			continue
		}
		if m, err := Parse(raw); err == nil && m.BusinessDate == d {
			list = append(list, m)
		}
	}
	return list, nil
}
