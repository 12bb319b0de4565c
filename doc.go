// Package daybook holds the test of the project's layout. The program is
// cmd/daybook; README.md is where to start.
package daybook
