package publish

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"daybook/ledger/civil"
	"daybook/reports"
)

// An Owner is whose publication may be replaced.
type Owner struct {
	BookID       string // "": not known yet, as of a book before its first night
	PreviousRoot string // journal root of the night before
	AnyHistory   bool   // the book was put back: nights that it closed otherwise are its own, too
	Kept         []byte // the night's manifest as the book keeps it; nil for a night that is not in yet
}

// A Claim is what lies where a night is to be published, and may be replaced.
type Claim struct {
	Vacant   bool
	Manifest *reports.Manifest // of the same book's publication of the same night
	Same     bool              // it is the very one that the book keeps
}

// Claim looks at what lies in the night's place. Anything but the owner's own
// publication of the same night is an [GuardError], and so is every file beside
// its outputs.
func (p Place) Claim(o Owner) (*Claim, error) {
	return claim(p.Folder(), o.Kept, func(m *reports.Manifest, raw []byte) string { return o.refuses(p.Date, m, raw) })
}

// claim looks at what lies in a folder's place; refuses says why a manifest is not of a
// publication that may be replaced.
func claim(folder string, kept []byte, refuses func(m *reports.Manifest, raw []byte) string) (*Claim, error) {
	info, err := os.Lstat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Claim{Vacant: true}, nil
	case err != nil:
		return nil, fmt.Errorf("output folder: %w", err)
	case !info.IsDir():
		return nil, inTheWayError(folder, "it is no folder; move it away, or name another --out")
	}
	if empty, err := isEmpty(folder); err != nil || empty {
		return &Claim{Vacant: empty}, err
	}
	raw, err := ReadManifest(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, inTheWayError(folder, "it has no manifest of a night, so daybook did not publish it; move it away, or name another --out")
	} else if err != nil {
		return nil, inTheWayError(folder, fmt.Sprintf("its manifest can't be read (%v); move it away, or name another --out", err))
	}
	m, err := reports.ParseManifest(raw)
	if err != nil {
		return nil, inTheWayError(folder, fmt.Sprintf("its manifest is none of a night (%v); move it away, or name another --out", err))
	}
	if why := refuses(m, raw); why != "" {
		return nil, inTheWayError(folder, why)
	}
	foreign, err := Foreign(folder, m)
	if err != nil {
		return nil, err
	}
	if len(foreign) > 0 {
		return nil, inTheWayError(foreign[0], "it lies in a published night and is none of its outputs; move it away")
	}
	c := &Claim{Manifest: m, Same: kept != nil && bytes.Equal(raw, kept)}
	if !c.Same {
		if changed, err := changed(folder, m); err != nil {
			return nil, err
		} else if changed != "" {
			return nil, inTheWayError(changed, "it is not as it was published, and another publication would replace it; move it away")
		}
	}
	return c, nil
}

// changed returns an output that is there with other bytes than the manifest says.
func changed(folder string, m *reports.Manifest) (path string, err error) {
	for _, o := range m.Outputs {
		path := filepath.Join(folder, filepath.FromSlash(o.Path))
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if ok, err := Holds(folder, o); err != nil || !ok {
			return path, err
		}
	}
	return "", nil
}

// refuses returns why a manifest is not of the owner's publication of the night.
func (o *Owner) refuses(d civil.Date, m *reports.Manifest, raw []byte) string {
	const way = "; move it away, or name another --out"
	switch {
	case o.Kept != nil && bytes.Equal(raw, o.Kept):
		return ""
	case m.BusinessDate != d:
		return fmt.Sprintf("it is the publication of %s%s", m.BusinessDate, way)
	case o.BookID == "":
		return "" // judged before the commit, once the id is known
	case m.BookID != o.BookID:
		return fmt.Sprintf("it is the publication of another book (%s; this one is %s)%s", orNone(m.BookID), o.BookID, way)
	case m.PreviousJournalRoot != o.PreviousRoot && !o.AnyHistory:
		return "it was published by this book after other nights than it has now" + way +
			", or say --restored if the book was put back on purpose"
	}
	return ""
}

func orNone(id string) string {
	if id == "" {
		return "it names no book"
	}
	return id
}

// manifestMax is the most bytes of a manifest: twice what a night of 65,534 input
// files has.
const manifestMax = 64 << 20

// ReadManifest returns the bytes of a night's manifest. Whatever else bears its name,
// a pipe or a file without end, is an error.
func ReadManifest(folder string) ([]byte, error) {
	path := filepath.Join(folder, ManifestName)
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file", path)
	case info.Size() > manifestMax:
		return nil, fmt.Errorf("%s has %d bytes, more than any manifest", path, info.Size())
	}
	return os.ReadFile(path)
}

// Foreign returns the paths of a night's folder that its manifest does not account
// for, in the order of names: files, folders without outputs, links.
func Foreign(folder string, m *reports.Manifest) ([]string, error) {
	files, folders := listed(m)
	var foreign []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case d.IsDir() && folders[rel], d.Type().IsRegular() && files[rel]:
			return nil
		case d.IsDir():
			foreign = append(foreign, path)
			return filepath.SkipDir
		}
		foreign = append(foreign, path)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("output folder: %w", err)
	}
	return foreign, nil
}

// listed returns the paths of a night's folder that its manifest accounts for.
func listed(m *reports.Manifest) (files, dirs map[string]bool) {
	files, dirs = map[string]bool{ManifestName: true, SuccessName: true, HeadName: true}, map[string]bool{".": true}
	for _, dir := range folders() {
		dirs[dir] = true
	}
	for _, o := range m.Outputs {
		path := filepath.ToSlash(filepath.Clean(filepath.FromSlash(o.Path)))
		if !filepath.IsLocal(path) {
			continue // a manifest that someone wrote by hand
		}
		files[path] = true
		for dir := parent(path); dir != "."; dir = parent(dir) {
			dirs[dir] = true
		}
	}
	return files, dirs
}

func parent(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return "."
}

// removeListed removes from a night's folder what its manifest lists, and then the
// folders that are empty. It returns what is left.
func removeListed(folder string) (left []string) {
	raw, err := ReadManifest(folder)
	if errors.Is(err, fs.ErrNotExist) && os.Remove(folder) == nil {
		return nil
	}
	if _, gone := os.Lstat(folder); errors.Is(gone, fs.ErrNotExist) {
		return nil
	}
	m, parseErr := reports.ParseManifest(raw)
	if err != nil || parseErr != nil {
		return []string{folder}
	}
	left, err = Foreign(folder, m)
	if err != nil {
		return []string{folder}
	}
	files, folders := listed(m)
	delete(files, ManifestName) // last: until then it says what may go
	for path := range files {
		os.Remove(filepath.Join(folder, filepath.FromSlash(path))) // what can't be removed is left, below
	}
	dirs := make([]string, 0, len(folders))
	for dir := range folders {
		dirs = append(dirs, dir)
	}
	slices.SortFunc(dirs, func(a, b string) int { return len(b) - len(a) })
	for _, dir := range dirs {
		if dir == "." {
			os.Remove(filepath.Join(folder, ManifestName))
		}
		os.Remove(filepath.Join(folder, filepath.FromSlash(dir)))
	}
	if _, err := os.Lstat(folder); err == nil && len(left) == 0 {
		left = []string{folder}
	}
	return left
}

func isEmpty(dir string) (bool, error) {
	f, err := os.Open(dir)
	if err != nil {
		return false, err
	}
	defer f.Close()
	names, err := f.Readdirnames(1)
	return len(names) == 0, ignoreEOF(err)
}
