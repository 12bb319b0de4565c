package batch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"daybook/ledger/civil"
	"daybook/reports"
)

// commit makes the night so, and publishes it. Until then the night can be
// cancelled; from then on it is published whatever the context says.
func (n *closing) commit(ctx context.Context, s *Summary) error {
	n.at("staged")
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := n.build.Commit(); err != nil {
		return err
	}
	n.committed = true
	n.lap("commit", n.record.Postings)
	n.at("committed")
	err := n.book.Close()
	n.book = nil
	if err != nil {
		return fmt.Errorf("%s is closed, but the book did not close cleanly: %w", n.o.Date, err)
	}
	n.at("sealed")
	if err := publish(n.staging, s.Folder); err != nil {
		return fmt.Errorf("%s is closed but not published, run the same close again to publish it: %w", n.o.Date, err)
	}
	s.Published = true
	n.lap("publish", 0)
	n.at("published")
	if err := n.clearStaging(); err != nil {
		return fmt.Errorf("%s is closed and published; what a stopped close left stays: %w", n.o.Date, err)
	}
	s.Page.Stages = n.timings
	return nil
}

// clearStaging removes what closes of earlier dates left that were stopped and never
// run again: now that a later date is closed they cannot be.
func (n *closing) clearStaging() error {
	entries, err := os.ReadDir(n.o.Out)
	if err != nil {
		return err
	}
	for _, e := range entries {
		text, ok := strings.CutPrefix(e.Name(), stagingPrefix)
		if !ok || !e.IsDir() {
			continue
		}
		if d, err := civil.Parse(text); err == nil && d < n.o.Date {
			if err := os.RemoveAll(filepath.Join(n.o.Out, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

const stagingPrefix = ".staging-"

// stagingFolder is where a night's outputs are written before they are published.
func stagingFolder(out string, date civil.Date) string {
	return filepath.Join(out, stagingPrefix+date.String())
}

// publish renames a complete staging folder to the night's. A folder that is in
// the way, from a book that was put back, is moved aside first and removed last.
func publish(staging, folder string) error {
	aside := staging + ".replaced"
	if err := os.RemoveAll(aside); err != nil {
		return err
	}
	err := os.Rename(folder, aside)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(staging, folder); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(folder)); err != nil {
		return err
	}
	return os.RemoveAll(aside)
}

// syncTree syncs a folder and those in it; their files are synced already.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return syncDir(path)
	})
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// again deals with a night that the book has closed with the same files: it is
// published where it is not.
func (n *closing) again(ctx context.Context) (*Summary, error) {
	folder := filepath.Join(n.o.Out, n.o.Date.String())
	s := &Summary{
		Folder: folder, Again: true, Loans: n.last.Loans, Entries: n.last.Entries, Postings: n.last.Postings,
		Replayed: n.last.Replayed, Above: n.last.Above,
	}
	n.committed, n.created = true, false
	if m, ok := n.publishedManifest(); ok {
		s.Manifest = m
		return s, n.undo()
	}
	if n.o.DryRun {
		return s, n.undo()
	}
	r, err := republish(ctx, n.book, ReportOptions{Out: n.o.Out, Date: n.o.Date, Workers: n.o.Workers, Memory: n.o.Memory})
	if err != nil {
		return nil, err
	}
	s.Manifest, s.Published = r.Manifest, true
	return s, n.undo()
}

// publishedManifest is the manifest of the last closed night, if that is published whole.
func (n *closing) publishedManifest() (*reports.Manifest, bool) {
	folder := filepath.Join(n.o.Out, n.last.Date.String())
	m, err := reports.ReadManifest(filepath.Join(folder, "manifest.json"))
	return m, err == nil && whole(folder, m) && n.isOurs(m)
}

// isOurs reports whether a published manifest is of the night that the book has.
func (n *closing) isOurs(m *reports.Manifest) bool {
	kept, err := keptFile(n.book, n.last, "manifest.json")
	if err != nil {
		return false
	}
	b, err := m.Bytes()
	return err == nil && string(b) == string(kept)
}

// whole reports whether a published folder has all its files, by their sizes.
func whole(folder string, m *reports.Manifest) bool {
	if _, err := os.Stat(filepath.Join(folder, successName)); err != nil {
		return false
	}
	for _, o := range m.Outputs {
		info, err := os.Stat(filepath.Join(folder, filepath.FromSlash(o.Path)))
		if err != nil || info.Size() != o.Bytes {
			return false
		}
	}
	return true
}

// digestFile returns the SHA-256 of a file, in hex.
func digestFile(path string) (string, error) {
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
