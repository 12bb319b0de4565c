//go:build !unix

package objects

import (
	"errors"
	"os"
)

// lock takes no lock on this system: what killed writers left stays.
func lock(*os.File) (held bool, err error) { return false, errors.ErrUnsupported }
