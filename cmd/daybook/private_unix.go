//go:build unix

package main

import (
	"os"
	"syscall"
)

// keepPrivate makes every new file and folder its owner's alone, also those that the
// database makes. What is shared is opened to the group by name.
func keepPrivate() { syscall.Umask(0o077) }

// isOpenToOthers reports whether others than a file's owner may read or change it.
func isOpenToOthers(m os.FileMode) bool { return m.Perm()&0o077 != 0 }
