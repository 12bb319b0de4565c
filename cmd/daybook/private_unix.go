//go:build unix

package main

import "syscall"

// keepPrivate makes every new file and folder its owner's alone, also those that the
// database makes. What is shared is opened to the group by name.
func keepPrivate() { syscall.Umask(0o077) }
