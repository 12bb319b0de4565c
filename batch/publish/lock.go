package publish

import "fmt"

// A LockedError says that another run is publishing into the output folder.
type LockedError struct{ Out string }

func (e *LockedError) Error() string {
	return fmt.Sprintf("output folder %s is in use by another run", e.Out)
}
