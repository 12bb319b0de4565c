package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"daybook/bench/portfolio"
)

// inbox returns the lender's folder, made once for the same settings and the
// same generator.
func (b *bench) inbox(ctx context.Context) (string, error) {
	version, err := digestOf(filepath.Join(b.root, "bench", "portfolio", "*.go"), filepath.Join(b.root, "ledger", "loan", "schedule.go"))
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("inbox-%s-%d-%d-%d-nights-", b.Profile, b.Loans, b.Seed, b.before()+b.Nights)
	dir := filepath.Join(b.data, name+version)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	// Inboxes of another generator, and the books made from them.
	for _, stale := range []string{name, "base-*-" + name} {
		if err := removeAll(filepath.Join(b.data, stale+"*")); err != nil {
			return "", err
		}
	}
	b.say("generating %s", filepath.Base(dir))
	partial := dir + ".partial"
	if err := os.RemoveAll(partial); err != nil {
		return "", err
	}
	o := portfolio.Options{Loans: b.Loans, Nights: b.before() + b.Nights, Seed: b.Seed, Profile: b.Profile}
	if err := portfolio.Generate(ctx, partial, o); err != nil {
		return "", err
	}
	return dir, os.Rename(partial, dir)
}

// before returns how many nights both books hold before the first that is measured.
// Everyone pays on the night after the loans are booked; an ordinary night follows one
// that books nothing.
func (b *bench) before() int {
	if b.Profile == portfolio.Everyone {
		return 1
	}
	return 2
}

// measured returns the date of a night that is measured, from 0.
func (b *bench) measured(n int) string { return b.night(b.before() + n) }

func (b *bench) night(n int) string {
	return portfolio.Options{}.Night(n).String()
}

// build compiles both programs.
func (b *bench) build(ctx context.Context) error {
	for _, s := range []struct{ dir, pkg, name string }{
		{b.root, "./cmd/daybook", "daybook"},
		{filepath.Join(b.root, "bench", "duckdb"), ".", "duckdb"},
	} {
		if b.only != "" && s.name != b.only {
			continue
		}
		b.say("building %s", s.name)
		cmd := exec.CommandContext(ctx, "go", "build", "-o", b.binary(s.name), s.pkg)
		cmd.Dir = s.dir
		cmd.Stderr = b.log
		if s.name == daybookSide.name {
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as the README builds it
		}
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("build %s: %w", s.name, err)
		}
	}
	return nil
}

func (b *bench) binary(name string) string { return filepath.Join(b.data, "bin", name) }

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.log, format+"\n", args...) }

// base returns the side's book after the nights before those measured, made once for
// the same inbox and program. Those of other programs are removed.
func (b *bench) base(ctx context.Context, s side, inbox string) (string, error) {
	version, err := digestOf(append([]string{b.binaryOf(s)}, s.files...)...)
	if err != nil {
		return "", err
	}
	prefix := filepath.Join(b.data, "base-"+s.name+"-"+filepath.Base(inbox)+"-")
	path := prefix + version
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := removeAll(prefix + "*"); err != nil {
		return "", err
	}
	b.say("%s: the nights before, into %s", s.name, filepath.Base(path))
	partial, out := path+".partial", filepath.Join(b.data, "out-base")
	for k := range b.before() {
		// The first night of 10 million loans with their back payments is not what is
		// measured: it may use more memory.
		n := nightOf{book: partial, in: filepath.Join(inbox, b.night(k)), out: out, date: b.night(k), memory: "8GiB", rewrite: k == 0}
		if _, err := spawn(ctx, b.log, b.binaryOf(s), s.arguments(b, n)); err != nil {
			return "", fmt.Errorf("%s, %s: %w", s.name, n.date, err)
		}
		if err := os.RemoveAll(out); err != nil {
			return "", err
		}
	}
	return path, os.Rename(partial, path)
}

// removeAll removes what matches a pattern.
func removeAll(pattern string) error {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	for _, p := range paths {
		if err := os.RemoveAll(p); err != nil {
			return err
		}
	}
	return nil
}

// digestOf returns a short digest of the files that match the patterns.
func digestOf(patterns ...string) (string, error) {
	h := sha256.New()
	for _, p := range patterns {
		paths, err := filepath.Glob(p)
		if err != nil {
			return "", err
		}
		for _, path := range paths {
			f, err := os.Open(path)
			if err != nil {
				return "", err
			}
			_, err = io.Copy(h, f)
			if err := f.Close(); err != nil {
				return "", err
			}
			if err != nil {
				return "", err
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:4]), nil
}

// copyBook copies a book, a file or a folder, in the place of another.
func copyBook(from, to string) error {
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.CopyFS(to, os.DirFS(from))
	}
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(dst, src); err != nil {
		dst.Close()
		return err
	}
	return dst.Close()
}

// sizeOf returns the bytes of a book, a file or a folder.
func sizeOf(book string) (size int64, err error) {
	err = filepath.WalkDir(book, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}
