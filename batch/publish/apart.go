package publish

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"daybook/ledger/civil"
	"daybook/reports"
)

// Apart refuses a book, an inbox and an output folder that overlap, links resolved;
// one that is "" is not there. Allowed is what keeps them apart: a book or an inbox
// may lie in the output folder under a name that no night has.
func Apart(book, in, out string) error {
	if book != "" && in != "" {
		switch {
		case Within(in, book):
			return overlapError("the inbox %s lies in the book %s: name another folder", in, book)
		case Within(book, in):
			return overlapError("the book %s lies in the inbox %s: name another folder", book, in)
		}
	}
	if out == "" {
		return nil
	}
	if in != "" && Within(out, in) {
		return overlapError("the output folder %s lies in the inbox %s: name another folder", out, in)
	}
	if book != "" && Within(out, book) {
		return overlapError("the output folder %s lies in the book %s: name another folder", out, book)
	}
	for _, x := range []struct{ what, path string }{{"book", book}, {"inbox", in}} {
		if x.path == "" {
			continue
		}
		if name, ok := childOf(out, x.path); ok && isNight(name) {
			return overlapError("the %s %s lies in %s, where nights are published: name another folder", x.what, x.path, filepath.Join(out, name))
		}
	}
	return nil
}

// Within reports whether a path is a folder or lies in it, links resolved. Neither
// need exist.
func Within(path, folder string) bool {
	_, ok := childOf(folder, path)
	return ok || same(resolve(path), resolve(folder))
}

// childOf returns the name within a folder that leads to a path in it.
func childOf(folder, path string) (name string, ok bool) {
	folder, path = resolve(folder), resolve(path)
	for at := path; ; {
		up := filepath.Dir(at)
		if up == at {
			return "", false
		}
		if same(up, folder) {
			return filepath.Base(at), true
		}
		at = up
	}
}

// Above returns a path without links and the folders that it lies in, the innermost
// first.
func Above(path string) (list []string) {
	for at := resolve(path); ; at = filepath.Dir(at) {
		list = append(list, at)
		if at == filepath.Dir(at) {
			return list
		}
	}
}

// IsNight reports whether a folder is a published night's.
func IsNight(folder string) bool {
	if _, err := civil.Parse(filepath.Base(folder)); err != nil {
		return false
	}
	raw, err := ReadManifest(folder)
	if err != nil {
		return false
	}
	_, err = reports.ParseManifest(raw)
	return err == nil
}

// same reports whether two resolved paths are one folder: by name, or, mounted
// twice or written in other cases, by what the system knows it as.
func same(a, b string) bool {
	if a == b {
		return true
	}
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// resolve returns a path without links, as far as it exists.
func resolve(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	rest := ""
	for at := abs; ; {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(real, rest)
		}
		up := filepath.Dir(at)
		if up == at {
			return abs
		}
		// A link whose target does not exist yet leads there all the same.
		if target, err := os.Readlink(at); err == nil {
			if !filepath.IsAbs(target) {
				target = filepath.Join(up, target)
			}
			return resolveOnce(filepath.Join(target, rest))
		}
		rest, at = filepath.Join(filepath.Base(at), rest), up
	}
}

// resolveOnce resolves what a dangling link names, without following a second one:
// a loop of links ends here, and opening it fails.
func resolveOnce(path string) string {
	if real, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(real, filepath.Base(path))
	}
	return filepath.Clean(path)
}

// MakeFolder makes a folder with its parents, private to its owner, and returns
// those that it made, the innermost first.
func MakeFolder(path string) (made []string, err error) {
	var missing []string
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			break
		}
		missing = append(missing, at)
	}
	for i := len(missing) - 1; i >= 0; i-- {
		switch err := os.Mkdir(missing[i], 0o700); {
		case err == nil:
			made = append([]string{missing[i]}, made...)
		case !errors.Is(err, fs.ErrExist):
			return made, err
		}
	}
	return made, os.MkdirAll(path, 0o700) // says why where it is no folder
}

// UnmakeFolders removes folders that MakeFolder made, as far as they are empty.
func UnmakeFolders(made []string) {
	for _, path := range made {
		if os.Remove(path) != nil {
			return
		}
	}
}
