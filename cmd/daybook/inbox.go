package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"daybook/batch/objects"
)

// inbox returns a folder with the files of --in: the one that it names or, where it is
// s3://bucket/prefix, one that all that lies there was brought to. What it brought is removed
// by done.
func inbox(ctx context.Context, in string) (dir string, done func() error, err error) {
	if !strings.HasPrefix(in, "s3://") {
		return in, func() error { return nil }, nil
	}
	bucket, prefix, _ := strings.Cut(strings.TrimPrefix(in, "s3://"), "/")
	store, err := objects.Open(ctx, "s3://"+bucket)
	if err != nil {
		return "", nil, err
	}
	if prefix = strings.Trim(prefix, "/"); prefix != "" {
		prefix += "/"
	}
	root, err := os.MkdirTemp("", "daybook-inbox-")
	if err != nil {
		return "", nil, err
	}
	done = func() error { return os.RemoveAll(root) }
	dir = filepath.Join(root, "in")
	if _, err := objects.Fetch(ctx, store, prefix, dir); err != nil {
		return "", nil, errors.Join(err, done())
	}
	return dir, done, nil
}
