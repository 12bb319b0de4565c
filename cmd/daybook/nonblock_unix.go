//go:build unix

package main

import "syscall"

// nonblock opens a pipe without waiting for its reader.
const nonblock = syscall.O_NONBLOCK
