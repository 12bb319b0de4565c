// Package publish puts a night's outputs where people and tools find them: in a
// folder that is named for the business date, below the output folder. It makes
// them appear in one rename, tells its own publications from everything else
// that may lie there, and removes nothing but what a manifest of its own lists.
//
// It knows files and manifests, and neither the book nor how a night is worked.
package publish

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"daybook/ledger/civil"
)

// Names within a night's folder that the manifest does not list.
const (
	SuccessName  = "_SUCCESS"      // written last: the night's folder is whole
	ManifestName = "manifest.json" // what the folder holds
	HeadName     = "head"          // of the tree over the journals, which names the manifest
)

// A Place is where one night is published.
type Place struct {
	Out  string // the output folder
	Date civil.Date
}

// Folder is the night's folder.
func (p Place) Folder() string { return filepath.Join(p.Out, p.Date.String()) }

const (
	stagingPrefix = ".staging-"
	markName      = "daybook-staging" // in a staging folder that this program made
	nightName     = "night"           // what is to be published
	replacedName  = "replaced"        // the older publication, once it is out of the way
)

// staging is the folder that the night is written in before it is published.
func (p Place) staging() string { return filepath.Join(p.Out, stagingPrefix+p.Date.String()) }

// Staged reports whether a run of the night was stopped before its publication.
func (p Place) Staged() bool { return isOurs(p.staging()) }

// markText is what the mark of a staging folder says: a file of its name that says
// anything else is someone else's.
const markText = "what daybook close is about to publish\n"

// isOurs reports whether a staging folder has this program's mark.
func isOurs(root string) bool {
	path := filepath.Join(root, markName)
	mark, err := os.Lstat(path)
	if err != nil || !mark.Mode().IsRegular() || mark.Size() != int64(len(markText)) {
		return false
	}
	text, err := os.ReadFile(path)
	return err == nil && string(text) == markText
}

// isBegun reports whether a staging folder has nothing but a mark that says nothing yet:
// a run was stopped as it wrote it.
func isBegun(root string) bool {
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) != 1 || entries[0].Name() != markName || !entries[0].Type().IsRegular() {
		return false
	}
	info, err := entries[0].Info()
	return err == nil && info.Size() == 0
}

// Clear removes an empty folder in the night's place.
func (p Place) Clear() error { return removeVacant(p.Folder()) }

// removeVacant removes an empty folder, if there is one.
func removeVacant(folder string) error {
	err := os.Remove(folder)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return inTheWayError(folder, fmt.Sprintf("it can't be replaced (%v); see whether something is mounted there", errors.Unwrap(err)))
}

// A Staging is the folder that a night is written in.
type Staging struct {
	root string
	// Night is the folder that is going to be the night's, with the folders of its outputs in it.
	Night string
}

// Stage makes the night's staging folder, and first clears away what a stopped run
// left of it.
func (p Place) Stage() (*Staging, error) {
	if err := clear(p.staging()); err != nil {
		return nil, err
	}
	s := &Staging{root: p.staging(), Night: filepath.Join(p.staging(), nightName)}
	err := makeMarked(s.root)
	for _, dir := range folders() {
		if err == nil {
			err = os.MkdirAll(filepath.Join(s.Night, dir), 0o700)
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("staging folder: %w", err), clear(s.root))
	}
	return s, nil
}

// makeMarked makes a folder of work with this program's mark.
func makeMarked(root string) error {
	if err := os.Mkdir(root, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, markName), []byte(markText), 0o600)
}

// Remove removes the staging folder with all that was staged.
func (s *Staging) Remove() error { return clear(s.root) }

// clear removes a staging folder: the staged night, which is this program's alone,
// and of an older publication in it what its manifest lists. A folder without the
// mark is someone else's.
func clear(root string) error {
	info, err := os.Lstat(root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("staging folder: %w", err)
	case !info.IsDir():
		return inTheWayError(root, "it is no folder; move it away")
	}
	if !isOurs(root) {
		if isBegun(root) {
			os.Remove(filepath.Join(root, markName))
		}
		if os.Remove(root) == nil { // empty: a run was stopped as it made it
			return nil
		}
		return inTheWayError(root, "daybook did not make it; move it away")
	}
	if err := os.RemoveAll(filepath.Join(root, nightName)); err != nil {
		return fmt.Errorf("staging folder: %w", err)
	}
	if left := removeListed(filepath.Join(root, replacedName)); len(left) > 0 {
		return inTheWayError(left[0], "daybook did not write it; move it away")
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return fmt.Errorf("staging folder: %w", err)
	}
	for _, e := range entries {
		if e.Name() != markName {
			return inTheWayError(filepath.Join(root, e.Name()), "daybook did not write it; move it away")
		}
	}
	if err := errors.Join(os.Remove(filepath.Join(root, markName)), os.Remove(root)); err != nil {
		return fmt.Errorf("staging folder: %w", err)
	}
	return nil
}

// ClearBefore removes the staging folders of stopped runs of earlier dates: once a
// later date is closed they can't be run again.
func (p Place) ClearBefore() error {
	entries, err := os.ReadDir(p.Out)
	if err != nil {
		return err
	}
	for _, e := range entries {
		text, ok := strings.CutPrefix(e.Name(), stagingPrefix)
		if !ok {
			continue
		}
		d, err := civil.Parse(text)
		if err != nil || d >= p.Date || !(Place{p.Out, d}).Staged() {
			continue
		}
		if err := clear(filepath.Join(p.Out, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// isNight reports whether a name within an output folder is one that nights are
// published or staged under.
func isNight(name string) bool {
	_, err := civil.Parse(strings.TrimPrefix(name, stagingPrefix))
	return err == nil
}
