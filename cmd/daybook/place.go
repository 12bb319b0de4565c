package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"daybook/batch/publish"
)

// apart refuses a place within a book's folder or a published night: only what made
// them may change what is there.
func apart(path string) error {
	return errors.Join(publish.OutsideBooks(path), publish.OutsideNights(path))
}

// linksMax is how many links one path may have, as in the kernel.
const linksMax = 40

// settle returns the absolute path that a path comes to when its links are
// followed, the last one too where it leads to nothing yet.
func settle(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for range linksMax {
		real, err := filepath.EvalSymlinks(path)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return real, err
		}
		target, err := os.Readlink(path)
		switch {
		case err != nil && path == filepath.Dir(path):
			return path, nil
		case err != nil: // there is nothing: what is above it counts
			parent, err := settle(filepath.Dir(path))
			return filepath.Join(parent, filepath.Base(path)), err
		case !filepath.IsAbs(target):
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	return "", fmt.Errorf("%s: too many links", path)
}

// isSystems reports whether a path is one of the system's names for what is open,
// or for a device: it is written to and never replaced, even where a file of the
// user stands behind it.
func isSystems(path string) bool {
	for range linksMax {
		abs, err := filepath.Abs(path)
		if err != nil {
			return false
		}
		if strings.HasPrefix(abs, "/dev/") && !strings.HasPrefix(abs, "/dev/shm/") || strings.HasPrefix(abs, "/proc/") {
			return true
		}
		target, err := os.Readlink(abs)
		if err != nil {
			return false
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(abs), target)
		}
		path = target
	}
	return false
}
