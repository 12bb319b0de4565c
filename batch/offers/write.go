package offers

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/reports"
)

// Options say which offers were taken.
type Options struct {
	Night  string     // the folder of the published night that made them
	IDs    []string   // of the offers
	PaidOn civil.Date // when settlements were paid; [civil.None]: nothing was said
	Today  civil.Date // the day on which offers are taken, where PaidOn says nothing
	Inbox  string     // the folder for the files
}

// A File is a file that was written.
type File struct {
	Path string
	Rows int64
}

// A Taken is what was written for offers.
type Taken struct {
	Night civil.Date // the business date that made the offers
	Files []File     // adjustments first; schedules where an offer has instalments
}

// Take writes the files that book offers, adjustments-offers-DATE.parquet and, where any
// of them has instalments, schedules-offers-DATE.parquet, DATE being the business date of
// the night that made them. Each is made whole under a hidden name and then given its
// own; a file that is there is never replaced. On an error neither is there. A
// [RefusedError] says why offers can't be taken.
func Take(o Options) (*Taken, error) {
	ids := slices.Clone(o.IDs)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 || slices.Contains(ids, "") {
		return nil, refused("name offers by their ids, with commas between them", "no offer is named")
	}
	n, err := readNight(o.Night, ids)
	if err != nil {
		return nil, err
	}
	if err := n.check(&o); err != nil {
		return nil, err
	}
	t := &Taken{Night: n.offers[0].valueDate}
	adjustments, schedules := n.book(o.PaidOn)
	tables := []*reports.Table{adjustments}
	if schedules.Rows() > 0 {
		tables = append(tables, schedules)
	}
	for _, x := range tables {
		path := filepath.Join(o.Inbox, x.Name+"-offers-"+t.Night.String()+".parquet")
		if _, err := os.Lstat(path); err == nil {
			return nil, there(path)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		t.Files = append(t.Files, File{path, int64(x.Rows())})
	}
	return t, write(o.Inbox, tables, t.Files)
}

// there says that a file is in the way.
func there(path string) error {
	return refused("offers of that night were taken before: let a close read that file first or name another inbox, or, if it was a mistake, "+
		"remove the files and take all offers at once", "%s is there already", path)
}

// write makes the files, the instalments first: adjustments without them would be refused.
func write(inbox string, tables []*reports.Table, files []File) (err error) {
	dir, err := os.MkdirTemp(inbox, ".daybook-offers-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	made := make([]string, len(tables))
	for i, t := range tables {
		made[i] = filepath.Join(dir, filepath.Base(files[i].Path))
		if _, err := reports.WriteParquet(made[i], t); err != nil {
			return err
		}
	}
	for i := len(made) - 1; i >= 0; i-- {
		if err := give(made[i], files[i].Path); err != nil {
			for _, f := range files[i+1:] {
				err = errors.Join(err, os.Remove(f.Path))
			}
			return err
		}
	}
	return publish.SyncDir(inbox)
}

// give gives a file its name, unless another has it. A name that is linked is taken by
// one program only, whoever else looked for it before.
func give(made, path string) error {
	err := os.Link(made, path)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return there(path)
	}
	if _, err := os.Lstat(path); err == nil { // a file system without links
		return there(path)
	}
	return os.Rename(made, path)
}
