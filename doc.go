// Package daybook holds the tests of the project as a whole: who imports whom, how
// large functions and structs are, and that what docs/changing.md says can be done.
// The program is cmd/daybook; README.md is where to start.
package daybook
