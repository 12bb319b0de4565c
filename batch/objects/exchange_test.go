package objects

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const partition = "loans/business_date=2026-11-23"

func isPart(name string) bool {
	return name == "_SUCCESS" || strings.HasPrefix(name, "part-") && strings.HasSuffix(name, ".parquet")
}

// A night is what a folder is made of.
type night map[string]string

// write writes the files of a night somewhere.
func (n night) write(t *testing.T) map[string]string {
	t.Helper()
	dir, files := t.TempDir(), map[string]string{}
	for name, text := range n {
		files[name] = filepath.Join(dir, name)
		if err := os.WriteFile(files[name], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

var (
	firstNight  = night{"part-0000-aa.parquet": "first", "part-0001-bb.parquet": "the same", "part-0002-cc.parquet": "first only"}
	secondNight = night{"part-0000-dd.parquet": "second", "part-0001-bb.parquet": "the same"}
)

// TestExchange puts a night, the same again, and another.
func TestExchange(t *testing.T) {
	for _, noSwap := range []bool{false, true} {
		dir := t.TempDir()
		f := newFolder(t, dir)
		f.noSwap = noSwap
		first, second := firstNight.write(t), secondNight.write(t)
		for i, x := range []struct {
			files map[string]string
			want  string
		}{
			{first, "loans loans/D loans/D/_SUCCESS loans/D/part-0000-aa.parquet loans/D/part-0001-bb.parquet loans/D/part-0002-cc.parquet"},
			{first, "loans loans/D loans/D/_SUCCESS loans/D/part-0000-aa.parquet loans/D/part-0001-bb.parquet loans/D/part-0002-cc.parquet"},
			{second, "loans loans/D loans/D/_SUCCESS loans/D/part-0000-dd.parquet loans/D/part-0001-bb.parquet"},
			{nil, "loans loans/D loans/D/_SUCCESS"},
		} {
			var swaps int
			f.at = func(step string) error {
				if step == "exchanged" {
					swaps++
				}
				return nil
			}
			if err := f.Exchange(t.Context(), partition, x.files, []string{"_SUCCESS"}, isPart); err != nil {
				t.Fatalf("%d: %v", i, err)
			}
			if got := strings.ReplaceAll(tree(t, dir), "business_date=2026-11-23", "D"); got != x.want {
				t.Errorf("%d: got  %s\nwant %s", i, got, x.want)
			}
			if again := i == 1; (swaps == 0) != again {
				t.Errorf("%d: %d exchanges", i, swaps)
			}
			for name, file := range x.files {
				a, _ := os.Stat(file)
				b, err := os.Stat(filepath.Join(dir, partition, name))
				if err != nil || !os.SameFile(a, b) {
					t.Errorf("%d: %s is no link (%v)", i, name, err)
				}
			}
		}
	}
}

// TestExchangeKilledOrFull ends an exchange at every step: what is there is one night or the
// other, or without renames that exchange nothing, and run again it ends right with nothing left.
func TestExchangeKilledOrFull(t *testing.T) {
	first, second := firstNight.write(t), secondNight.write(t)
	mark := []string{"_SUCCESS"}
	for _, noSwap := range []bool{false, true} {
		prepare := func() (string, *Folder) {
			dir := t.TempDir()
			if err := newFolder(t, dir).Exchange(t.Context(), partition, first, mark, isPart); err != nil {
				t.Fatal(err)
			}
			f := newFolder(t, dir)
			f.noSwap = noSwap
			return dir, f
		}
		do := func(f *Folder) error { return f.Exchange(t.Context(), partition, second, mark, isPart) }
		dir, f := prepare()
		before := contents(t, f)
		n, err := steps(f, func() error { return do(f) })
		if err != nil || n < 15 {
			t.Fatalf("%d steps: %v", n, err)
		}
		after, whole := contents(t, f), tree(t, dir)
		for i := 1; i <= n; i++ {
			for how, at := range map[string]func(string) error{"killed": killedAt(i), "full": failedAt(i)} {
				dir, f := prepare()
				f.at = at
				err := run(func() error { return do(f) })
				if !errors.Is(err, errKilled) && !errors.Is(err, syscall.ENOSPC) {
					t.Errorf("%s at step %d: %v", how, i, err)
				}
				f = newFolder(t, dir)
				f.noSwap = noSwap
				got := contents(t, f)
				if gone := noSwap && how == "killed" && got == ""; got != before && got != after && !gone {
					t.Errorf("%s at step %d: got\n%s", how, i, got)
				}
				// Another folder's exchange takes nothing of it.
				if err := f.Exchange(t.Context(), "journal/business_date=2026-11-23", nil, mark, isPart); err != nil {
					t.Error(err)
				}
				if err := f.Delete(t.Context(), "journal/business_date=2026-11-23/_SUCCESS"); err != nil {
					t.Error(err)
				}
				if err := do(f); err != nil {
					t.Errorf("%s at step %d and run again: %v", how, i, err)
				}
				if got := tree(t, dir); got != whole || contents(t, f) != after {
					t.Errorf("%s at step %d and run again: got %s", how, i, got)
				}
			}
		}
	}
}

// TestExchangeRefusesWhatIsNotOurs has other things in the folder: before, and put there at
// each step of an exchange. Nothing of them is ever removed, and nothing is half.
func TestExchangeRefusesWhatIsNotOurs(t *testing.T) {
	first, second := firstNight.write(t), secondNight.write(t)
	mark := []string{"_SUCCESS"}
	put := map[string]func(at string) error{
		"file":   func(at string) error { return os.WriteFile(filepath.Join(at, "notes.txt"), []byte("theirs"), 0o600) },
		"folder": func(at string) error { return os.Mkdir(filepath.Join(at, "part-0009.parquet"), 0o700) },
		"link":   func(at string) error { return os.Symlink("elsewhere", filepath.Join(at, "part-0009.parquet")) },
	}
	for _, noSwap := range []bool{false, true} {
		for kind, put := range put {
			for i := 0; ; i++ { // 0 is before
				dir := t.TempDir()
				f := newFolder(t, dir)
				f.noSwap = noSwap
				if err := f.Exchange(t.Context(), partition, first, mark, isPart); err != nil {
					t.Fatal(err)
				}
				old := filepath.Join(dir, partition)
				n := 0
				place := func(string) error {
					if n++; n == i+1 {
						err := put(old)
						if errors.Is(err, os.ErrNotExist) { // moved aside: through a handle they would write there
							asides, _ := filepath.Glob(filepath.Join(dir, ".daybook-*"))
							for _, aside := range asides {
								if _, statErr := os.Stat(filepath.Join(aside, "part-0000-aa.parquet")); statErr == nil {
									err = put(aside)
								}
							}
						}
						return err
					}
					return nil
				}
				if i == 0 {
					n = -1 << 30
					if err := put(old); err != nil {
						t.Fatal(err)
					}
				}
				f.at = place
				err := f.Exchange(t.Context(), partition, second, mark, isPart)
				f.at = nil
				if i > 0 && n <= i {
					break // there is no such step
				}
				found := 0
				filepath.WalkDir(dir, func(path string, d os.DirEntry, _ error) error {
					if name := d.Name(); name == "notes.txt" || name == "part-0009.parquet" {
						found++
					}
					return nil
				})
				if found != 1 {
					t.Errorf("%s at step %d: theirs is there %d times: %s", kind, i, found, tree(t, dir))
				}
				// It is where they put it, not in some folder beside.
				if got := tree(t, dir); strings.Contains(got, ".daybook") {
					t.Errorf("%s at step %d (%v): got %s", kind, i, err, got)
				}
				list, _ := f.List(t.Context(), partition)
				if i == 0 && (err == nil || !strings.Contains(err.Error(), "it is none of the files that are replaced with its folder; move it away")) {
					t.Errorf("%s before: %v", kind, err)
				}
				if count := len(list); count < 3 || count > 5 {
					t.Errorf("%s at step %d (%v): got %s", kind, i, err, tree(t, dir))
				}
			}
		}
	}
}

// TestExchangeRefusesNames refuses files that the next exchange could not replace.
func TestExchangeRefusesNames(t *testing.T) {
	f := newFolder(t, t.TempDir())
	for name, want := range map[string]string{
		"notes.txt": "it is not of those that may be replaced", "sub/part-0.parquet": "it has a slash", "../part-0.parquet": `it has the segment ".."`,
	} {
		err := f.Exchange(t.Context(), partition, map[string]string{name: name}, nil, isPart)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	if err := f.Put(t.Context(), "table", nil); err != nil {
		t.Fatal(err)
	}
	if err := f.Exchange(t.Context(), "table", nil, []string{"_SUCCESS"}, isPart); err == nil || !strings.Contains(err.Error(), "it is no folder") {
		t.Errorf("%v", err)
	}
}

// TestExchangesAtOnce has two nights put into one folder by many at once, while others read:
// they see the one or the other, and it ends with one.
func TestExchangesAtOnce(t *testing.T) {
	dir := t.TempDir()
	nights := []map[string]string{firstNight.write(t), secondNight.write(t)}
	mark := []string{"_SUCCESS"}
	if err := newFolder(t, dir).Exchange(t.Context(), partition, nights[0], mark, isPart); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			// It is always there, but may be removed while it is read.
			d, err := os.Open(filepath.Join(dir, partition))
			if err != nil {
				t.Error(err)
				return
			}
			if names, err := d.Readdirnames(-1); len(names) > 4 || err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%v (%v)", names, err)
			}
			d.Close()
		}
	})
	var writers sync.WaitGroup
	for i := range 4 {
		writers.Go(func() {
			f := newFolder(t, dir)
			for range 10 {
				if err := f.Exchange(t.Context(), partition, nights[i%2], mark, isPart); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(done)
	wg.Wait()
	if err := newFolder(t, dir).Exchange(t.Context(), partition, nights[1], mark, isPart); err != nil {
		t.Error(err)
	}
	got := tree(t, dir)
	if want := fmt.Sprintf("loans %[1]s %[1]s/_SUCCESS %[1]s/part-0000-dd.parquet %[1]s/part-0001-bb.parquet", partition); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestExchangeWaits ends with its context where another run has the folder.
func TestExchangeWaits(t *testing.T) {
	f := newFolder(t, t.TempDir())
	mark := []string{"_SUCCESS"}
	f.at = func(step string) error {
		if step != "exchanged" {
			return nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		defer cancel()
		err := newFolder(t, f.path).Exchange(ctx, partition, nil, mark, isPart)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the second run: %v", err)
		}
		return nil
	}
	if err := f.Exchange(t.Context(), partition, nil, mark, isPart); err != nil {
		t.Error(err)
	}
}
