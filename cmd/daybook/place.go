package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// outsideBooks refuses a path that lies within a book's folder, with links
// resolved: only the book's own commands may change what is there. What does not
// exist yet is looked at by the folder that it would be made in.
func outsideBooks(path string) error {
	real, err := settle(path)
	if err != nil {
		return err
	}
	for dir := filepath.Dir(real); ; dir = filepath.Dir(dir) {
		if isBook(dir) {
			return failed("name a place outside of it", "%s lies in the book %s", path, dir)
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

// isBook reports whether a folder is a book's, whole or damaged.
func isBook(dir string) bool {
	for _, mark := range []string{"seal", "creating"} {
		if exists(filepath.Join(dir, mark)) && exists(filepath.Join(dir, "db")) {
			return true
		}
	}
	return false
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
