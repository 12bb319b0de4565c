package batch

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// digest lists the files of a folder with their SHA-256, but for manifest.json and
// report.html, which tell how long the night took.
func digest(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "manifest.json" || d.Name() == "report.html" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		sum := sha256.Sum256(data)
		fmt.Fprintf(&b, "%s %s\n", hex.EncodeToString(sum[:8]), rel)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// contents is a digest of all that a book holds of loans, suspense and journal.
func contents(t testing.TB, dir string) string {
	t.Helper()
	b, err := store.OpenReadOnly(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	h := sha256.New()
	scan := func(s *store.Scan, err error) {
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for s.Next() {
			fmt.Fprintf(h, "%x %x %x\n", s.ID(), s.Item(), s.Record())
		}
		if s.Err() != nil {
			t.Fatal(s.Err())
		}
	}
	for space := range store.Spaces {
		if space != store.Journal {
			scan(b.Scan(space, civil.None, 0, store.Partitions))
		}
	}
	nights, err := b.Nights()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range nights {
		fmt.Fprintln(h, d)
		scan(b.Scan(store.Journal, d, 0, store.Partitions))
		err := b.EachSmall(record.SectionSummary, d, func(name string, v []byte) error {
			fmt.Fprintf(h, "%s %x\n", name, v)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)) + " " + fmt.Sprint(nights)
}

// differing are the lines of one digest that the other has not.
func differing(a, b string) (list []string) {
	for _, line := range strings.Split(a+b, "\n") {
		if !slices.Contains(strings.Split(a, "\n"), line) || !slices.Contains(strings.Split(b, "\n"), line) {
			list = append(list, line)
		}
	}
	return list
}

// testQueueKey is a secret that keys of tasks are made with.
var testQueueKey = []byte("the queue's secret, 32 bytes of it")[:32]
