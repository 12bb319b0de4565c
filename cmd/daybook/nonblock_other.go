//go:build !unix

package main

// nonblock is nothing where there are no named pipes.
const nonblock = 0
