//go:build !linux

package objects

import (
	"errors"
	"os"
)

// linkInto makes no links on this system, where no call does it safely: files are copied.
func linkInto(*os.File, string, string) error { return errors.ErrUnsupported }

func cannotLink(err error) bool { return errors.Is(err, errors.ErrUnsupported) }

// swap is not known on this system: two renames do.
func swap(*os.File, string, *os.File, string) error { return errors.ErrUnsupported }

func renameAbsent(*os.File, string, string) error { return errors.ErrUnsupported }

func cannotSwap(err error) bool { return errors.Is(err, errors.ErrUnsupported) }
