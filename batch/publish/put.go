package publish

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"daybook/ledger/proof"
	"daybook/reports"
)

// A LeftError reports files that were put into a publication while it was replaced:
// they are kept, and the night is published.
type LeftError struct{ Paths []string }

func (e *LeftError) Error() string {
	return fmt.Sprintf("the night is published; %s was in the older publication and is none of its outputs: it is kept there", e.Paths[0])
}

// Publish gives the staged night its name. An older publication of it is moved aside
// first, and removed last.
func (p Place) Publish(s *Staging, c *Claim) error {
	if err := put(s.Night, p.Folder(), s.root, c); err != nil {
		return err
	}
	return clear(s.root)
}

// put gives a staged folder its name, durably. What a claim has found there is moved aside, into
// the folder of work, and removed when the new one is there.
func put(from, to, work string, c *Claim) error {
	aside := filepath.Join(work, replacedName)
	if err := exchange(from, to, aside, c.Vacant); err != nil {
		return err
	}
	if err := SyncDir(filepath.Dir(to)); err != nil {
		return err
	}
	if left := removeListed(aside); len(left) > 0 {
		return &LeftError{left}
	}
	return nil
}

// exchange gives a folder a name. What has the name, unless it is vacant, is moved aside first,
// and back where the folder can't have it.
func exchange(from, to, aside string, vacant bool) error {
	if !vacant {
		if err := os.Rename(to, aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	err := os.Rename(from, to)
	if err != nil && !vacant {
		err = errors.Join(err, os.Rename(aside, to))
	}
	return err
}

// Repair brings the staged files into a publication with the same manifest: those
// that are missing there, or have other bytes than it says. Files that are right are
// left alone. It returns the outputs that are then still not there as published,
// which the staging has not got.
func (p Place) Repair(s *Staging, m *reports.Manifest) (missing []string, err error) {
	var mend []string
	for _, o := range m.Outputs {
		switch ok, err := Holds(p.Folder(), o); {
		case err != nil:
			return nil, err
		case ok:
			continue
		}
		if ok, err := Holds(s.Night, o); err != nil {
			return nil, err
		} else if ok {
			mend = append(mend, o.Path)
		} else {
			missing = append(missing, o.Path)
		}
	}
	if !hasHead(p.Folder(), m) && hasHead(s.Night, m) {
		mend = append(mend, HeadName)
	}
	// The mark is not there while files are exchanged. After it is there where it was,
	// and where the night is whole.
	success := filepath.Join(p.Folder(), SuccessName)
	marked := false
	if len(mend) > 0 || !IsMarked(p.Folder()) {
		err := os.Remove(success)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		marked = err == nil
	}
	for _, path := range mend {
		to := filepath.Join(p.Folder(), filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return nil, err
		}
		if err := os.Rename(filepath.Join(s.Night, filepath.FromSlash(path)), to); err != nil {
			return nil, err
		}
	}
	if len(missing) == 0 || marked {
		if _, err := reports.WriteBytes(success, nil); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	return missing, errors.Join(SyncTree(p.Folder()), clear(s.root))
}

// Whole reports whether a folder has every output that its manifest lists, byte for
// byte, and the mark of success.
func Whole(folder string, m *reports.Manifest) (bool, error) {
	if !IsMarked(folder) {
		return false, nil
	}
	for _, o := range m.Outputs {
		if ok, err := Holds(folder, o); err != nil || !ok {
			return false, err
		}
	}
	return hasHead(folder, m), nil
}

// hasHead reports whether a folder has the head that belongs to its manifest, where nights
// of its release have one.
func hasHead(folder string, m *reports.Manifest) bool {
	if !slices.ContainsFunc(m.Outputs, func(o reports.Output) bool { return o.Path == AccountsName }) {
		return true
	}
	path := filepath.Join(folder, HeadName)
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > proof.HeadMax {
		return false
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	h, err := proof.ParseHead(b)
	manifest, unread := m.Digest()
	return err == nil && unread == nil && h.BusinessDate == m.BusinessDate.String() && h.Book == m.JournalRoot && h.Manifest == manifest
}

// IsMarked reports whether a folder, and no link to one, has the mark of success: an
// empty file.
func IsMarked(folder string) bool {
	dir, err := os.Lstat(folder)
	if err != nil || !dir.IsDir() {
		return false
	}
	mark, err := os.Lstat(filepath.Join(folder, SuccessName))
	return err == nil && mark.Mode().IsRegular() && mark.Size() == 0
}

// Holds reports whether a folder has an output as the manifest says: a file of its
// own with that size and digest.
func Holds(folder string, o reports.Output) (bool, error) {
	path := filepath.Join(folder, filepath.FromSlash(o.Path))
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case !info.Mode().IsRegular() || info.Size() != o.Bytes:
		return false, nil
	}
	sum, err := Digest(path)
	return sum == o.SHA256, err
}

// Digest returns the SHA-256 of a file, in hex.
func Digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Share opens a night's folder to the group of its files, but for what has names of people.
func Share(folder string) error {
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Chmod(path, 0o750)
		}
		if path == filepath.Join(folder, filepath.FromSlash(NamedAccounts)) {
			return nil
		}
		return os.Chmod(path, 0o640)
	})
}

// SyncTree syncs a folder and those in it; their files are synced already.
func SyncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return SyncDir(path)
	})
}

// SyncDir syncs the names in a folder.
func SyncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
