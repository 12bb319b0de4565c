//go:build !unix

package store

import "io"

// alive reports whether a process of this machine may run.
func alive(int) bool { return true }

// lockFolder takes no lock of the folder: the file's must do.
func lockFolder(string) (io.Closer, error) { return noLock{}, nil }
