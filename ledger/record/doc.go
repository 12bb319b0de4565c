// Package record is how everything that a book keeps is written: a loan with its
// state, what a night did to a loan, money in suspense, the entries of no loan, what is
// known of a borrower, a night's own record, and the dictionaries. The store keeps the
// bytes and does not look into them. Each begins with a version.
//
// It is pure. A decoder takes any bytes: it returns an error or a value whose codes
// are all within their sets, and never asks for more memory than the bytes are worth.
package record
