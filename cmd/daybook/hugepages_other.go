//go:build !linux

package main

// askHugePages is not known here.
func askHugePages(int64) {}
