package reports

import (
	"fmt"
	"runtime/debug"
)

// A PanicError is a fault of the program itself, with where it happened.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("internal error, please report it: %v\n%s", e.Value, e.Stack)
}

// Guarded makes a [PanicError] of a panic, so that a fault of the program in
// whatever goroutine of a night leaves the night undone, and the folders as they
// were.
func Guarded(do func() error) func() error {
	return func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = &PanicError{p, debug.Stack()}
			}
		}()
		return do()
	}
}
