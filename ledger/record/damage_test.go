package record

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// checkDamage decodes a record cut at every byte, which is an error wherever something
// is missing, and with every byte changed: no damage makes a decoder panic, or take
// memory that the bytes are not worth.
func checkDamage(t testing.TB, rec []byte, decode func(rec []byte) error) {
	t.Helper()
	if err := decode(rec); err != nil {
		t.Fatalf("%x: %v", rec, err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	tries := uint64(0)
	page := append(slices.Clip(rec), bytes.Repeat([]byte{0xA5}, 2*groupReach)...)
	if err := decode(page[:len(rec)]); err != nil {
		t.Fatalf("%x, with others behind it: %v", rec, err)
	}
	for i := range rec {
		if decode(rec[:i:i]) == nil || decode(page[:i]) == nil {
			t.Fatalf("%x: its first %d bytes are a record", rec, i)
		}
		changed := append([]byte(nil), rec...)
		for _, flip := range [...]byte{1, 2, 0x40, 0x80, 0xff} {
			changed[i] = rec[i] ^ flip
			_ = decode(changed)
			tries++
		}
	}
	runtime.ReadMemStats(&after)
	if took, most := (after.TotalAlloc-before.TotalAlloc)/max(tries, 1), uint64(4096+256*len(rec)); took > most {
		t.Fatalf("%x: decoding takes %d bytes of memory, more than %d", rec, took, most)
	}
}

// mustPanic calls f, which breaks what the record's form has room for.
func mustPanic(t *testing.T, name, want string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if p := fmt.Sprint(recover()); !strings.HasPrefix(p, "record: internal error: ") || !strings.Contains(p, want) {
			t.Errorf("%s: %s, want a panic that says %q", name, p, want)
		}
	}()
	f()
}
