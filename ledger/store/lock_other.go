//go:build !unix

package store

// alive reports whether a process of this machine may run.
func alive(int) bool { return true }
