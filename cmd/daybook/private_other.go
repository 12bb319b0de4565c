//go:build !unix

package main

import "os"

// keepPrivate does nothing where files have no modes.
func keepPrivate() {}

// isOpenToOthers is false where files have no modes.
func isOpenToOthers(os.FileMode) bool { return false }
