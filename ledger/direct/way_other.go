//go:build !linux

package direct

// A way past the page cache is known of no system but Linux.
type way struct{ fd int }

func wayOf(uintptr) *way { return nil }

func (*way) take(bool) error { return nil }

func (*way) seek(int64) error { return nil }

func refused(error) bool { return false }
