package reports

import (
	"fmt"
	"runtime/debug"
)

// Guarded makes an error of a panic, so that a fault of the program in whatever
// goroutine of a night leaves the night undone, and the folders as they were.
func Guarded(do func() error) func() error {
	return func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("internal error, please report it: %v\n%s", p, debug.Stack())
			}
		}()
		return do()
	}
}
