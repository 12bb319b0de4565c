package warehouse

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"daybook/batch/objects"
)

// Check looks, before a night is closed, whether a place can be a root: a warehouse, or nothing yet. It
// writes nothing.
func Check(ctx context.Context, location string) error {
	if !strings.Contains(location, "://") {
		info, err := os.Stat(location)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if _, err := os.Lstat(location); err == nil {
				return guard("make what it leads to, or name a folder", "%s leads to nothing", location)
			}
			return nil
		case err != nil:
			return err
		case !info.IsDir():
			return guard("name a folder", "%s is no folder", location)
		}
	}
	s, err := objects.Open(ctx, location)
	if err != nil {
		return err
	}
	r, err := readRoot(ctx, s)
	if err != nil || r != nil {
		return err
	}
	return (&publisher{store: s}).vacant(ctx)
}
