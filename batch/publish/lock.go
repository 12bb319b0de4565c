package publish

import (
	"errors"
	"fmt"
	"io/fs"
)

// A LockedError says that another run is publishing into the output folder.
type LockedError struct{ Out string }

func (e *LockedError) Error() string {
	return fmt.Sprintf("output folder %s is in use by another run", e.Out)
}

var errGone = errors.New("the output folder was removed")

// Enter makes an output folder where there is none, and keeps other runs out of it.
// Made are the folders that it made, the innermost first: only who has the lock may
// remove them again.
func Enter(out string) (l *Lock, made []string, err error) {
	for {
		if made, err = MakeFolder(out); err != nil {
			return nil, made, fmt.Errorf("output folder: %w", err)
		}
		l, err = take(out)
		switch {
		case errors.Is(err, errGone), errors.Is(err, fs.ErrNotExist): // once more
		case err != nil:
			return nil, nil, err
		default:
			return l, made, nil
		}
	}
}
