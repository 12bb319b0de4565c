package publish

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"daybook/ledger/civil"
	"daybook/reports"
)

// A Folio is a publication of its own within an output folder, beside the nights: a folder
// with a manifest that lists what is in it, and the mark of success. It appears in one
// rename, and replaces an older one of the same book and date as a night does. It ends
// with Close.
type Folio struct {
	out, name string // the output folder, and the folio's folder within it
	bookID    string
	lock      *Lock
	made      []string
	root      string
}

// OpenFolio begins a folio: a folder of an output folder, named with its path in it. Other
// runs are kept out of the output folder until the end.
func OpenFolio(out, name, bookID string) (f *Folio, err error) {
	f = &Folio{out: out, name: name, bookID: bookID}
	if f.lock, f.made, err = Enter(out); err != nil {
		return nil, err
	}
	root := filepath.Join(out, stagingPrefix+strings.ReplaceAll(filepath.ToSlash(name), "/", "-"))
	if err = clear(root); err == nil {
		f.root = root
		err = makeMarked(root)
	}
	if err == nil {
		err = os.Mkdir(f.Dir(), 0o700)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("staging folder: %w", err), f.Close())
	}
	return f, nil
}

// Dir is the folder that becomes the folio.
func (f *Folio) Dir() string { return filepath.Join(f.root, nightName) }

// Publish gives the folder its place, with its manifest, whose outputs have paths in it.
// bytes writes the manifest, which may say more than m does. An older folio goes when the
// new one is there; what is no folio of the same book and date is a [GuardError].
func (f *Folio) Publish(m *reports.Manifest, bytes func() ([]byte, error), shared bool) (folder string, err error) {
	for i := range m.Outputs {
		rel, err := filepath.Rel(f.Dir(), m.Outputs[i].Path)
		if err != nil {
			return "", err
		}
		m.Outputs[i].Path = filepath.ToSlash(rel)
	}
	text, err := bytes()
	if err != nil {
		return "", err
	}
	for _, x := range []struct {
		name string
		text []byte
	}{{ManifestName, text}, {SuccessName, nil}} {
		if err == nil {
			_, err = reports.WriteBytes(filepath.Join(f.Dir(), x.name), x.text)
		}
	}
	folder = filepath.Join(f.out, filepath.FromSlash(f.name))
	var above []string
	if err == nil {
		above, err = MakeFolder(filepath.Dir(folder))
	}
	if err == nil && shared {
		err = ShareNew(f.Dir(), append(above, f.made...))
	}
	if err == nil {
		err = SyncTree(f.Dir())
	}
	if err == nil {
		err = f.replace(folder, m.BusinessDate)
	}
	if err != nil {
		return "", err
	}
	f.made = nil // they have something in them
	for _, dir := range above {
		err = errors.Join(err, SyncDir(filepath.Dir(dir)))
	}
	return folder, err
}

// Ready refuses, as Publish would, what is in the folio's place, before anything is done that
// its publication follows.
func (f *Folio) Ready(date civil.Date) error {
	_, err := f.claim(date)
	return err
}

func (f *Folio) claim(date civil.Date) (*Claim, error) {
	return claim(filepath.Join(f.out, filepath.FromSlash(f.name)), nil, func(m *reports.Manifest, _ []byte) string {
		if m.BookID != f.bookID || m.BusinessDate != date {
			return fmt.Sprintf("it is of %s and the book %s; move it away, or name another --out", m.BusinessDate, orNone(m.BookID))
		}
		return ""
	})
}

// replace gives what was staged its name. What had it is moved aside first, and removed last.
func (f *Folio) replace(folder string, date civil.Date) error {
	c, err := f.claim(date)
	if err != nil {
		return err
	}
	if c.Vacant {
		if err := removeVacant(folder); err != nil {
			return err
		}
	}
	return put(f.Dir(), folder, f.root, c)
}

// Close removes the folder of work, and folders that were made for nothing.
func (f *Folio) Close() (err error) {
	if f.root != "" {
		err = clear(f.root)
	}
	UnmakeFolders(f.made)
	return errors.Join(err, f.lock.Close())
}
