// Package record says how everything that a book keeps is written: its loans, its
// journal, its suspense, the records of its nights and its dictionaries. It is pure:
// it makes bytes of values and values of bytes.
package record
