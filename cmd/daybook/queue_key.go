package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// queueKeySize is the size of the secret that the keys of tasks are made with, in bytes.
const queueKeySize = 32

// readQueueKey reads the secret that the keys of tasks are made with. A file that others may
// read is refused: who has it can tell from a key whose task it is.
func readQueueKey(path string) ([]byte, error) {
	const hint = "make one with: head -c 32 /dev/urandom > FILE && chmod 600 FILE"
	f, err := os.Open(path)
	if err != nil {
		return nil, wrongUsage(hint, "--queue-key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("--queue-key: %w", err)
	case !info.Mode().IsRegular():
		return nil, wrongUsage(hint, "--queue-key: %s is no file", path)
	case isOpenToOthers(info.Mode()):
		return nil, wrongUsage("chmod 600 "+path, "--queue-key: %s may be read by others than its owner: mode %04o", path, info.Mode().Perm())
	case info.Size() != queueKeySize:
		return nil, wrongUsage(hint, "--queue-key: %s has %d bytes, a key has %d", path, info.Size(), queueKeySize)
	}
	key := make([]byte, queueKeySize)
	if _, err := io.ReadFull(f, key); err != nil {
		return nil, errors.Join(errors.New("--queue-key: "+path), err)
	}
	return key, nil
}
