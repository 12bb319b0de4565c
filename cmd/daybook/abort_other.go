//go:build !unix

package main

// noCore has nothing to do here.
func noCore() {}
