// Package record is how what the book keeps is written: a loan with its state, what
// a night did to a loan, money in suspense, and the entries of no loan. The store
// keeps the bytes and does not look into them.
//
// It is pure. A decoder takes any bytes: it returns an error or a value whose codes
// are all within their sets, and never asks for more memory than the bytes are worth.
package record
