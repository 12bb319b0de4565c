// Command daybook closes a consumer lender's day: it reads the day's Parquet
// files, posts them to a double-entry book, ages every loan and publishes the
// reports. Each file of this package is one command.
package main

import "os"

func main() {
	abortBySignal()
	keepPrivate()
	os.Exit(newApp(os.Stdout, os.Stderr).interruptible(os.Args[1:]))
}
