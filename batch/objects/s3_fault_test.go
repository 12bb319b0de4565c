package objects

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// An operation is one that faults are put into. Before it the store has old/a, old/b and in/….
type operation struct {
	name string
	do   func(t *testing.T, ctx context.Context, s *S3) error
}

func operations() []operation {
	large := bytes.Repeat([]byte("0123456789"), 9000) // five parts
	file := func(t *testing.T, b []byte) string {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return []operation{
		{"put", func(_ *testing.T, ctx context.Context, s *S3) error { return s.Put(ctx, "new", large[:3000]) }},
		{"put over", func(_ *testing.T, ctx context.Context, s *S3) error { return s.Put(ctx, "old/a", large[:3000]) }},
		{"put if absent", func(_ *testing.T, ctx context.Context, s *S3) error { return s.PutIfAbsent(ctx, "new", large[:3000]) }},
		{"put if absent, there", func(_ *testing.T, ctx context.Context, s *S3) error {
			if err := s.PutIfAbsent(ctx, "old/a", large[:3000]); !errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("it is put: %w", err)
			}
			return nil
		}},
		{"put file", func(t *testing.T, ctx context.Context, s *S3) error {
			return s.PutFile(ctx, "new", file(t, large[:3000]))
		}},
		{"put large file", func(t *testing.T, ctx context.Context, s *S3) error { return s.PutFile(ctx, "new", file(t, large)) }},
		{"put large file over", func(t *testing.T, ctx context.Context, s *S3) error { return s.PutFile(ctx, "old/a", file(t, large)) }},
		{"read", func(_ *testing.T, ctx context.Context, s *S3) error {
			b, err := s.Read(ctx, "old/a", 1000)
			if err == nil && string(b) != "old a" {
				return fmt.Errorf("%q", b)
			}
			return err
		}},
		{"stat", func(_ *testing.T, ctx context.Context, s *S3) error {
			_, err := s.Stat(ctx, "old/a")
			return err
		}},
		{"range", func(_ *testing.T, ctx context.Context, s *S3) error {
			r, err := s.Open(ctx, "in/sub/large")
			if err != nil {
				return err
			}
			b, err := io.ReadAll(io.NewSectionReader(r, 5, 40))
			if err == nil && string(b) != strings.Repeat("L", 40) {
				return fmt.Errorf("%q", b)
			}
			return err
		}},
		{"list", func(_ *testing.T, ctx context.Context, s *S3) error {
			list, err := s.List(ctx, "")
			if err == nil && len(list) != 4 {
				return fmt.Errorf("%v", list)
			}
			return err
		}},
		{"delete", func(_ *testing.T, ctx context.Context, s *S3) error { return s.Delete(ctx, "old/a", "old/b", "none") }},
		{"probe", func(_ *testing.T, ctx context.Context, s *S3) error { return Probe(ctx, s) }},
		{"fetch", fetchInbox},
	}
}

// fetchInbox fetches in/, and looks that it is there whole or not at all.
func fetchInbox(t *testing.T, ctx context.Context, s *S3) error {
	dir := filepath.Join(t.TempDir(), "inbox")
	files, err := Fetch(ctx, s, "in/", dir)
	if err != nil {
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), "*")); len(left) > 0 {
			t.Errorf("after an error there is %v", left)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), ".*")); len(left) > 0 {
			t.Errorf("after an error there is %v", left)
		}
		return err
	}
	small, _ := os.ReadFile(filepath.Join(dir, "small"))
	large, _ := os.ReadFile(filepath.Join(dir, "sub", "large"))
	if want := []Info{{"small", 5}, {"sub/large", 60_000}}; !slices.Equal(files, want) || string(small) != "small" || string(large) != strings.Repeat("L", 60_000) {
		t.Errorf("%v, %q, %d bytes", files, small, len(large))
	}
	return nil
}

// prepared is a store that has what the operations need.
func prepared(t *testing.T) (*server, *S3) {
	t.Helper()
	server := newServer(t)
	s := server.open(t, "root")
	for name, b := range map[string]string{"old/a": "old a", "old/b": "old b", "in/small": "small", "in/sub/large": strings.Repeat("L", 60_000)} {
		if err := s.Put(t.Context(), name, []byte(b)); err != nil {
			t.Fatal(err)
		}
	}
	return server, s
}

// TestFaultsAtEveryCall has each call of each operation fail once, in each way: the operation
// does what it does without. And it has all calls from each on fail: the operation fails, and
// what is there is as before or as after, never half.
func TestFaultsAtEveryCall(t *testing.T) {
	setEnvironment(t)
	for _, op := range operations() {
		server, s := prepared(t)
		before := contents(t, s)
		server.begin(nil)
		if err := op.do(t, t.Context(), s); err != nil {
			t.Fatalf("%s: %v", op.name, err)
		}
		calls := server.end()
		after := contents(t, s)
		for f := range faults {
			if f == none {
				continue
			}
			t.Run(fmt.Sprintf("%s, %v", op.name, f), func(t *testing.T) {
				t.Parallel()
				var wg sync.WaitGroup // most of it is waiting
				for n := 1; n <= calls; n++ {
					wg.Go(func() { failOnce(t, op, f, n, after) })
					wg.Go(func() { failFrom(t, op, f, n, before, after) })
				}
				wg.Wait()
			})
		}
	}
}

func failOnce(t *testing.T, op operation, f fault, n int, after string) {
	server, s := prepared(t)
	server.begin(func(call int) fault {
		if call == n {
			return f
		}
		return none
	})
	err := op.do(t, t.Context(), s)
	server.end()
	if err != nil {
		t.Errorf("call %d: %v", n, err)
	}
	if got := contents(t, s); got != after {
		t.Errorf("call %d: got\n%s\nwant\n%s", n, got, after)
	}
	if f == busy && !slices.Contains(server.waited, 7*time.Second) {
		t.Errorf("call %d: waited %v, the server asked for 7s", n, server.waited)
	}
}

func failFrom(t *testing.T, op operation, f fault, n int, before, after string) {
	server, s := prepared(t)
	server.begin(func(call int) fault {
		if call >= n {
			return f
		}
		return none
	})
	err := op.do(t, t.Context(), s)
	server.end()
	if err == nil && f != cutAnswer && f != lostAnswer {
		t.Errorf("from call %d on: no error", n)
	}
	if err != nil {
		for _, secret := range []string{"s3cr3t", "AKIDEXAMPLE", "Signature"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("from call %d on: %v", n, err)
			}
		}
		if !strings.Contains(err.Error(), "s3://lender/root/") {
			t.Errorf("from call %d on, no object is named: %v", n, err)
		}
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) {
			t.Errorf("from call %d on: %v", n, err)
		}
	}
	lines := map[string]bool{}
	for line := range strings.Lines(before + after) {
		lines[line] = true
	}
	for line := range strings.Lines(contents(t, s)) {
		if !lines[line] {
			t.Errorf("from call %d on (%v): there is %q, neither of before nor of after: %v", n, err, line, slices.Sorted(maps.Keys(lines)))
		}
	}
	if got, most := len(server.waited), (attemptsMax-1)*40; got > most {
		t.Errorf("from call %d on: %d retries", n, got)
	}
}

// TestEndedContext ends a context in the middle of each operation: it ends at once.
func TestEndedContext(t *testing.T) {
	setEnvironment(t)
	for _, op := range operations() {
		server, s := prepared(t)
		s.limit = context.WithTimeout
		ctx, cancel := context.WithCancelCause(t.Context())
		server.begin(func(call int) fault {
			if call == 1 {
				time.AfterFunc(5*time.Millisecond, func() { cancel(errors.New("the user had enough")) })
				return slow
			}
			return none
		})
		err := op.do(t, ctx, s)
		server.end()
		if err == nil || !strings.Contains(err.Error(), "the user had enough") {
			t.Errorf("%s: %v", op.name, err)
		}
		if len(server.waited) > 0 {
			t.Errorf("%s: waited %v", op.name, server.waited)
		}
	}
}
