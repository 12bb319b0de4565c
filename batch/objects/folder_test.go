package objects

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

var errKilled = errors.New("killed")

// killedAt has a folder's writes end at a step, as a process ends that is killed: nothing
// that would clean up after an error is run, and the kernel gives up locks.
func killedAt(n int) func(string) error {
	return func(string) error {
		if n--; n == 0 {
			panic(errKilled)
		}
		return nil
	}
}

// failedAt has a step fail, as on a full disk.
func failedAt(n int) func(string) error {
	return func(string) error {
		if n--; n == 0 {
			return syscall.ENOSPC
		}
		return nil
	}
}

// run does what may be killed.
func run(do func() error) (err error) {
	defer func() {
		if r := recover(); r == errKilled {
			err = errKilled
		} else if r != nil {
			panic(r)
		}
	}()
	return do()
}

// steps counts those of a write.
func steps(f *Folder, do func() error) (int, error) {
	n := 0
	f.at = func(string) error { n++; return nil }
	err := do()
	f.at = nil
	return n, err
}

func newFolder(t *testing.T, dir string) *Folder {
	t.Helper()
	f, err := OpenFolder(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// tree returns all names below a folder, temporary ones too.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if rel, _ := filepath.Rel(dir, path); err == nil && rel != "." {
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// writes are the folder's, onto one that has x/old.
func writes(t *testing.T) map[string]func(f *Folder) error {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("the file"), 0o600); err != nil {
		t.Fatal(err)
	}
	return map[string]func(f *Folder) error{
		"put":           func(f *Folder) error { return f.Put(t.Context(), "x/new", []byte("the file")) },
		"put over":      func(f *Folder) error { return f.Put(t.Context(), "x/old", []byte("the file")) },
		"put if absent": func(f *Folder) error { return f.PutIfAbsent(t.Context(), "x/new", []byte("the file")) },
		"put file":      func(f *Folder) error { return f.PutFile(t.Context(), "x/new", file) },
		"put file over": func(f *Folder) error { return f.PutFile(t.Context(), "x/old", file) },
		"delete":        func(f *Folder) error { return f.Delete(t.Context(), "x/old") },
	}
}

// TestKilledOrFullAtEveryStep ends each write at each step, by a kill and by a full disk: what
// is there is as before or as after, what is left is not listed, and the next writer clears it.
func TestKilledOrFullAtEveryStep(t *testing.T) {
	for _, noLinks := range []bool{false, true} {
		for what, do := range writes(t) {
			prepare := func() (string, *Folder) {
				dir := t.TempDir()
				if err := newFolder(t, dir).Put(t.Context(), "x/old", []byte("old")); err != nil {
					t.Fatal(err)
				}
				f := newFolder(t, dir)
				f.noLinks = noLinks
				return dir, f
			}
			_, f := prepare()
			before := contents(t, f)
			n, err := steps(f, func() error { return do(f) })
			if err != nil || n == 0 {
				t.Fatalf("%s: %d steps: %v", what, n, err)
			}
			after := contents(t, f)
			for i := 1; i <= n; i++ {
				for how, at := range map[string]func(string) error{"killed": killedAt(i), "full": failedAt(i)} {
					dir, f := prepare()
					f.at = at
					err := run(func() error { return do(f) })
					if !errors.Is(err, errKilled) && !errors.Is(err, syscall.ENOSPC) {
						t.Errorf("%s %s at step %d: %v", what, how, i, err)
					}
					f = newFolder(t, dir)
					if got := contents(t, f); got != before && got != after {
						t.Errorf("%s %s at step %d: got\n%s", what, how, i, got)
					}
					if left := tree(t, dir); how == "full" && strings.Contains(left, ".daybook") {
						t.Errorf("%s at step %d left %s", what, i, left)
					}
					err = do(f)
					if what == "put if absent" && errors.Is(err, fs.ErrExist) {
						err = f.Put(t.Context(), "x/other", nil) // the next writer
						err = errors.Join(err, f.Delete(t.Context(), "x/other"))
					}
					if got := contents(t, f); err != nil || got != after {
						t.Errorf("%s %s at step %d and done again: %v, got\n%s\nwant\n%s", what, how, i, err, got, after)
					}
					if err := errors.Join(f.Put(t.Context(), "x/z", nil), f.Delete(t.Context(), "x/z")); err != nil {
						t.Error(err)
					}
					if left := tree(t, dir); strings.Contains(left, ".daybook") {
						t.Errorf("%s %s at step %d and done again left %s", what, how, i, left)
					}
				}
			}
		}
	}
}

// TestLiveWriterIsNoLeftover has other stores, as of other processes, settle a folder while
// writers are at each step in it.
func TestLiveWriterIsNoLeftover(t *testing.T) {
	dir := t.TempDir()
	for what, do := range writes(t) {
		f := newFolder(t, dir)
		if err := f.Put(t.Context(), "x/old", nil); err != nil {
			t.Fatal(err)
		}
		f.at = func(step string) error { return newFolder(t, dir).Put(t.Context(), "x/other", []byte(step)) }
		if err := do(f); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if err := newFolder(t, dir).Delete(t.Context(), "x/new", "x/old", "x/other"); err != nil {
			t.Error(err)
		}
	}
	if got := tree(t, dir); got != "" {
		t.Errorf("there is %s", got)
	}
}

// TestWritersAndDeleters has many at once put into and delete from one folder, which
// comes and goes with its objects.
func TestWritersAndDeleters(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			f := newFolder(t, dir)
			for range 50 {
				name := fmt.Sprintf("x/y/%d", i)
				if err := f.Put(t.Context(), name, []byte{1}); err != nil {
					t.Errorf("put: %v", err)
				}
				if err := f.Delete(t.Context(), name); err != nil {
					t.Errorf("delete: %v", err)
				}
				if _, err := f.List(t.Context(), ""); err != nil {
					t.Errorf("list: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if got := tree(t, dir); got != "" {
		t.Errorf("there is %s", got)
	}
}

// TestPutFileLinks: a file becomes the object itself, and nobody reads what he could not.
func TestPutFileLinks(t *testing.T) {
	for _, x := range []struct {
		o       Options
		mode    fs.FileMode
		noLinks bool
		want    fs.FileMode
	}{
		{Options{}, 0o600, false, 0o600}, {Options{}, 0o644, false, 0o644}, {Options{Shared: true}, 0o600, false, 0o600},
		{Options{}, 0o644, true, 0o600}, {Options{Shared: true}, 0o644, true, 0o640}, {Options{Shared: true}, 0o600, true, 0o600},
	} {
		file := filepath.Join(t.TempDir(), "file")
		if err := errors.Join(os.WriteFile(file, []byte("abc"), 0o600), os.Chmod(file, x.mode)); err != nil {
			t.Fatal(err)
		}
		root := filepath.Join(t.TempDir(), "root")
		f, err := OpenFolder(root, x.o)
		if err != nil {
			t.Fatal(err)
		}
		f.noLinks = x.noLinks
		if err := errors.Join(f.PutFile(t.Context(), "t/a", file), f.Put(t.Context(), "t/b", nil)); err != nil {
			t.Fatal(err)
		}
		modes := map[string]fs.FileMode{"": 0o700, "t": 0o700, "t/a": x.want, "t/b": 0o600}
		if x.o.Shared {
			modes[""], modes["t"], modes["t/b"] = 0o750, 0o750, 0o640
		}
		for name, want := range modes {
			info, err := os.Stat(filepath.Join(root, name))
			if err != nil || info.Mode().Perm() != want {
				t.Errorf("%+v: %q has %v, want %v (%v)", x, name, info.Mode().Perm(), want, err)
			}
		}
		a, _ := os.Stat(file)
		b, _ := os.Stat(filepath.Join(root, "t/a"))
		if got := os.SameFile(a, b); got == x.noLinks {
			t.Errorf("%+v: linked: %v", x, got)
		}
	}
}

// TestOtherFileSystem copies where the kernel itself refuses a link.
func TestOtherFileSystem(t *testing.T) {
	const memory = "/dev/shm"
	from, err := os.MkdirTemp(memory, "daybook")
	if err != nil {
		t.Skip("there is no other file system: ", err)
	}
	t.Cleanup(func() { os.RemoveAll(from) })
	file := filepath.Join(from, "file")
	if err := os.WriteFile(file, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFolder(t, t.TempDir())
	if err := f.PutFile(t.Context(), "t/a", file); err != nil {
		t.Fatal(err)
	}
	if got, want := contents(t, f), "t/a 3 \"abc\"\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestLinksOutOfTheRoot: nothing is written, read or removed through a link that leads out.
func TestLinksOutOfTheRoot(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	file := filepath.Join(out, "file")
	if err := errors.Join(
		os.WriteFile(file, []byte("theirs"), 0o600),
		os.Symlink(out, filepath.Join(dir, "folder")), os.Symlink(file, filepath.Join(dir, "file")),
		os.Symlink("../../../../../.."+out, filepath.Join(dir, "relative")),
	); err != nil {
		t.Fatal(err)
	}
	f := newFolder(t, dir)
	ctx := t.Context()
	for _, name := range []string{"folder/file", "folder/new", "relative/file"} {
		_, readErr := f.Read(ctx, name, 100)
		for i, err := range []error{
			f.Put(ctx, name, []byte("ours")), f.PutIfAbsent(ctx, name, []byte("ours")), f.PutFile(ctx, name, file), f.Delete(ctx, name), readErr,
			f.Exchange(ctx, name, nil, []string{"_SUCCESS"}, func(string) bool { return true }),
		} {
			if err == nil {
				t.Errorf("%s, %d: no error", name, i)
			}
		}
	}
	// A link in an object's place is not the object: it is replaced, and not followed.
	if _, err := f.Read(ctx, "file", 100); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read: %v", err)
	}
	if err := f.Delete(ctx, "file"); err != nil {
		t.Error(err)
	}
	if err := f.Put(ctx, "file", []byte("ours")); err != nil {
		t.Error(err)
	}
	if got, _ := os.ReadFile(file); string(got) != "theirs" {
		t.Errorf("theirs is %q", got)
	}
	if got, want := tree(t, out), "file"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := contents(t, f), "file 4 \"ours\"\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := f.PutFile(ctx, "new", filepath.Join(dir, "folder")); err == nil {
		t.Error("a link is put")
	}
}

// TestReaderKeepsWhatItOpened: an object that is written anew is read to the end as it was.
func TestReaderKeepsWhatItOpened(t *testing.T) {
	f := newFolder(t, t.TempDir())
	old := bytes.Repeat([]byte("old"), 1000)
	if err := f.Put(t.Context(), "a", old); err != nil {
		t.Fatal(err)
	}
	r, err := f.Open(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := f.Put(t.Context(), "a", []byte("new")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(old))
	if _, err := r.ReadAt(got, 0); err != nil || !bytes.Equal(got, old) {
		t.Errorf("%.10q (%v)", got, err)
	}
}

// TestLocations says which places are opened, and how they are called.
func TestLocations(t *testing.T) {
	setEnvironment(t)
	for _, x := range []struct{ location, url, fault string }{
		{"/a/b", "file:///a/b/x%20y/z", ""},
		{"s3://lender/warehouse/", "s3://lender/warehouse/x y/z", ""},
		{"s3://lender", "s3://lender/x y/z", ""},
		{"", "", "no place is named: name a folder, or s3://bucket/prefix"},
		{"gs://lender/x", "", "objects are in a folder or at s3://bucket/prefix, not at gs://"},
		{"s3://", "", `"" can't name a bucket: Bucket name cannot be empty`},
		{"s3://key:secret@lender/x", "", "s3://bucket/prefix has only a bucket and a prefix; credentials and endpoint are in the environment"},
		{"s3://lender/../x", "", `"../x" can't be a prefix: it has the segment ".."`},
		{"s3://lender//x", "", `"/x" can't be a prefix: it begins with a slash`},
		{"s3://lender--use1-az4--x-s3/x", "", "lender--use1-az4--x-s3 is a directory bucket, which lists in no order; use a general purpose bucket"},
	} {
		s, err := Open(t.Context(), x.location)
		if x.fault != "" {
			if err == nil || err.Error() != x.fault {
				t.Errorf("%s: %v, want %s", x.location, err, x.fault)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", x.location, err)
		} else if got := s.URL("x y/z"); got != x.url {
			t.Errorf("%s: got %s, want %s", x.location, got, x.url)
		}
	}
}
