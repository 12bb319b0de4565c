package store

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Pebble answers a wrong checksum by trying every bit that may have flipped, for
// seconds a block: a damaged block must never come so far, wherever the byte is.
func TestDamagedBlockFailsBeforePebbleSearchesIt(t *testing.T) {
	fs := vfs.NewMem()
	b, err := Create("book", Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	n := begin(t, b, 1)
	if err := n.PutSmall('f', "large", make([]byte, 300<<10)); err != nil {
		t.Fatal(err)
	}
	if err := n.PutNight([]byte("night")); err != nil {
		t.Fatal(err)
	}
	if err := n.Commit(); err != nil {
		t.Fatal(err)
	}
	options := b.popts.MakeReaderOptions()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	names, err := fs.List("book/db")
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for _, name := range names {
		if !isTable(name) {
			continue
		}
		path := fs.PathJoin("book/db", name)
		sound, err := readFile(fs, path)
		if err != nil {
			t.Fatal(err)
		}
		for k := range 40 {
			at := (len(sound) - 1) * k / 39
			damaged := append([]byte(nil), sound...)
			damaged[at] ^= 0x10
			if err := writeFile(fs, "book/db", name, damaged); err != nil {
				t.Fatal(err)
			}
			err := checkBlocks(context.Background(), bookFS{fs}, path, options)
			if err == nil {
				t.Errorf("%s: a bit flipped in byte %d of %d: no error", name, at, len(sound))
			}
			if text := fmt.Sprintf("%+v", err); strings.Contains(text, "checksum mismatch") && !strings.Contains(text, "footer") {
				t.Errorf("%s: a bit flipped in byte %d of %d: Pebble has searched the block: %v", name, at, len(sound), err)
			} else if strings.Contains(text, "its checksum is not that of its bytes") {
				blocks++
			}
		}
		if err := writeFile(fs, "book/db", name, sound); err != nil {
			t.Fatal(err)
		}
		if err := checkBlocks(context.Background(), bookFS{fs}, path, options); err != nil {
			t.Errorf("%s is sound: %v", name, err)
		}
	}
	if blocks < 40 {
		t.Errorf("%d flips were found in blocks, want most of 40 in the table with the large value", blocks)
	}
}
