package objects

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// stores are one of each kind, empty.
func stores(t *testing.T) map[string]Store {
	t.Helper()
	setEnvironment(t)
	folder, err := Open(t.Context(), filepath.Join(t.TempDir(), "new", "root"))
	if err != nil {
		t.Fatal(err)
	}
	shared, err := Options{Shared: true}.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	plain, err := OpenFolder(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	plain.noLinks, plain.noSwap = true, true
	s := newServer(t)
	return map[string]Store{"folder": folder, "shared folder": shared, "folder without links": plain,
		"s3": s.open(t, "a/b/"), "s3 without prefix": newServer(t).open(t, "")}
}

// TestConformance does the same with each kind of store.
func TestConformance(t *testing.T) {
	for kind, s := range stores(t) {
		t.Run(kind, func(t *testing.T) {
			var out strings.Builder
			say := func(what string, err error) {
				switch {
				case err == nil:
					fmt.Fprintf(&out, "%s: ok\n", what)
				case errors.Is(err, fs.ErrNotExist):
					fmt.Fprintf(&out, "%s: is not there\n", what)
				case errors.Is(err, fs.ErrExist):
					fmt.Fprintf(&out, "%s: is there\n", what)
				case errors.Is(err, context.Canceled):
					fmt.Fprintf(&out, "%s: canceled\n", what)
				default:
					fmt.Fprintf(&out, "%s: error\n", what)
				}
			}
			conform(t, s, say, &out)
			if got := out.String(); got != conformed {
				t.Errorf("got:\n%s\nwant:\n%s", got, conformed)
			}
		})
	}
}

func conform(t *testing.T, s Store, say func(string, error), out io.Writer) {
	ctx := t.Context()
	list := func(prefix string) {
		infos, err := s.List(ctx, prefix)
		say(fmt.Sprintf("list %q %v", prefix, infos), err)
	}
	list("")
	_, err := s.Stat(ctx, "x/y")
	say("stat nothing", err)
	_, err = s.Open(ctx, "x/y")
	say("open nothing", err)
	_, err = s.Read(ctx, "x/y", 10)
	say("read nothing", err)
	say("delete nothing", s.Delete(ctx, "x/y", "z"))

	say("put", s.Put(ctx, "x/y", []byte("one")))
	say("put over", s.Put(ctx, "x/y", []byte("three")))
	say("put if absent", s.PutIfAbsent(ctx, "x/y", []byte("four")))
	say("put if absent", s.PutIfAbsent(ctx, "x-y", []byte("new")))
	say("put nothing", s.Put(ctx, "x/empty=ä b+c%", nil))
	b, err := s.Read(ctx, "x/y", 5)
	say(fmt.Sprintf("read %q", b), err)
	_, err = s.Read(ctx, "x/y", 4)
	say("read too much", err)
	b, err = s.Read(ctx, "x/empty=ä b+c%", 0)
	say(fmt.Sprintf("read %q", b), err)
	info, err := s.Stat(ctx, "x/y")
	say(fmt.Sprintf("stat %v", info), err)
	_, err = s.Stat(ctx, "x")
	say("stat a folder", err)
	_, err = s.Open(ctx, "x/y/z")
	say("open below a file", err)

	r, err := s.Open(ctx, "x/y")
	say("open", err)
	if err != nil {
		return
	}
	at := make([]byte, 3)
	n, err := r.ReadAt(at, 1)
	say(fmt.Sprintf("read at 1 %d %q of %d", n, at, r.Size()), err)
	n, err = r.ReadAt(at, 3)
	fmt.Fprintf(out, "read at 3 %d %q %v\n", n, at[:n], err)
	n, err = r.ReadAt(at, 9)
	fmt.Fprintf(out, "read at 9 %d %v\n", n, err)
	say("close", r.Close())

	for _, size := range []int{0, 5, 100_000} {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, bytes.Repeat([]byte{'f'}, size), 0o600); err != nil {
			t.Fatal(err)
		}
		say(fmt.Sprintf("put file of %d", size), s.PutFile(ctx, "f/file", file))
		say("again", s.PutFile(ctx, "f/file", file))
		info, err := s.Stat(ctx, "f/file")
		say(fmt.Sprintf("stat %v", info), err)
	}
	say("put no file", s.PutFile(ctx, "f/none", filepath.Join(t.TempDir(), "none")))
	say("put a folder", s.PutFile(ctx, "f/none", t.TempDir()))
	for _, prefix := range []string{"", "x", "x/", "x/y", "f/fi", "none/", "none"} {
		list(prefix)
	}
	for _, name := range []string{"", "/x", "x/", "x//y", "../x", "x/../y", ".", "./x", "x\x00y", `x\y`, "x/\xff", strings.Repeat("n", 256), ".daybook-1.tmp"} {
		if err := s.Put(ctx, name, nil); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", name, err)
		}
		if _, err := s.Read(ctx, name, 1); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", name, err)
		}
		if err := s.Delete(ctx, name); err == nil {
			t.Errorf("%q is deleted", name)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	say("put too late", s.Put(ended, "late", nil))
	_, err = s.List(ended, "")
	say("list too late", err)
	say("probe", Probe(ctx, s))
	say("delete", s.Delete(ctx, "x/y", "x/none", "f/file"))
	list("")
}

const conformed = `list "" []: ok
stat nothing: is not there
open nothing: is not there
read nothing: is not there
delete nothing: ok
put: ok
put over: ok
put if absent: is there
put if absent: ok
put nothing: ok
read "three": ok
read too much: error
read "": ok
stat {x/y 5}: ok
stat a folder: is not there
open below a file: is not there
open: ok
read at 1 3 "hre" of 5: ok
read at 3 2 "ee" EOF
read at 9 0 EOF
close: ok
put file of 0: ok
again: ok
stat {f/file 0}: ok
put file of 5: ok
again: ok
stat {f/file 5}: ok
put file of 100000: ok
again: ok
stat {f/file 100000}: ok
put no file: is not there
put a folder: error
list "" [{f/file 100000} {x-y 3} {x/empty=ä b+c% 0} {x/y 5}]: ok
list "x" [{x-y 3} {x/empty=ä b+c% 0} {x/y 5}]: ok
list "x/" [{x/empty=ä b+c% 0} {x/y 5}]: ok
list "x/y" [{x/y 5}]: ok
list "f/fi" [{f/file 100000}]: ok
list "none/" []: ok
list "none" []: ok
put too late: canceled
list too late: canceled
probe: ok
delete: ok
list "" [{x-y 3} {x/empty=ä b+c% 0}]: ok
`

// TestOneWins has 16 writers at once, of whom one wins, in every kind of store.
func TestOneWins(t *testing.T) {
	for kind, s := range stores(t) {
		t.Run(kind, func(t *testing.T) {
			for round := range 5 {
				const writers = 16
				name := fmt.Sprintf("table/v%d.metadata.json", round)
				var wg sync.WaitGroup
				errs := make([]error, writers)
				for i := range writers {
					wg.Go(func() {
						errs[i] = s.PutIfAbsent(t.Context(), name, bytes.Repeat([]byte{byte('a' + i)}, 5000+i))
					})
				}
				wg.Wait()
				var won []int
				for i, err := range errs {
					if err == nil {
						won = append(won, i)
					} else if !errors.Is(err, fs.ErrExist) {
						t.Errorf("writer %d: %v", i, err)
					}
				}
				if len(won) != 1 {
					t.Fatalf("round %d: %v won", round, won)
				}
				got, err := s.Read(t.Context(), name, 1<<20)
				if want := bytes.Repeat([]byte{byte('a' + won[0])}, 5000+won[0]); err != nil || !bytes.Equal(got, want) {
					t.Errorf("round %d: %.10q of %d bytes (%v), %d won", round, got, len(got), err, won[0])
				}
			}
		})
	}
}
