package main

import "testing"

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"64MiB": 64 << 20, "4GiB": 4 << 30, "4gib": 4 << 30, "1.5 GiB": 3 << 29, "100MB": 100e6, "2G": 2 << 30, "1TB": 1e12,
		"134217728": 128 << 20, "134217728B": 128 << 20,
	} {
		var f sizeFlag
		if err := f.Set(text); err != nil || int64(f) != want {
			t.Errorf("%s is %d, %v; want %d", text, f, err, want)
		}
	}
	for _, text := range []string{"", "GiB", "4XiB", "-4GiB", "63MiB", "NaN", "1e300", "4 4GiB", "0"} {
		var f sizeFlag
		if err := f.Set(text); err == nil {
			t.Errorf("%q is taken for %d bytes", text, f)
		}
	}
	for bytes, want := range map[int64]string{2 << 30: "2GiB", 3 << 29: "1.5GiB", 64 << 20: "64MiB", 500: "500B"} {
		if got := sizeText(bytes); got != want {
			t.Errorf("%d bytes are %s, want %s", bytes, got, want)
		}
	}
}
