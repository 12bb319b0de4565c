//go:build unix

package main

import "syscall"

// noCore keeps an abort from writing the process's memory, which has the book's
// loans in it, to a file. Where it can't be kept the abort is as it was.
func noCore() {
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}
