package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// A place is where an export goes.
type place struct {
	stream bool   // it is written as it comes
	path   string // what is written to, or the file that is replaced
	info   os.FileInfo
}

// placeOf finds out what --out names. A file, there or not, is made whole beside
// it and then given its name; where the name is a link it stays one. What is no
// file is written to and stays what it is.
func placeOf(out string) (place, error) {
	if out == "" || out == "-" {
		return place{stream: true}, nil
	}
	if err := apart(out); err != nil {
		return place{}, err
	}
	info, err := os.Stat(out)
	switch {
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return place{}, err
	case err == nil && info.IsDir():
		return place{}, failed("name the file in it, or - for standard output; where the command line has no --out, DAYBOOK_OUT names it", "%s is a folder", out)
	case err == nil && (!info.Mode().IsRegular() || isSystems(out)):
		return place{stream: true, path: out, info: info}, nil
	}
	path, err := settle(out)
	return place{path: path}, err
}

// open opens a place that is written as it comes. What a writer waits for, a pipe's
// reader or the room in it, an interrupt ends.
func (p *place) open(ctx context.Context) (io.WriteCloser, error) {
	if p.info.Mode().Type() == os.ModeSocket {
		return new(net.Dialer).DialContext(ctx, "unix", p.path)
	}
	for {
		f, err := os.OpenFile(p.path, os.O_WRONLY|os.O_APPEND|nonblock, 0)
		if !errors.Is(err, syscall.ENXIO) || p.info.Mode().Type() != os.ModeNamedPipe {
			if err != nil {
				return nil, err
			}
			context.AfterFunc(ctx, func() { f.SetWriteDeadline(time.Unix(1, 0)) }) // fails where nothing ever waits
			return f, nil
		}
		select { // the pipe has no reader yet
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// deliver writes an export to its place.
func (a *app) deliver(ctx context.Context, x *exporter, p place) error {
	switch {
	case !p.stream:
		return x.replace(ctx, p.path)
	case p.path == "":
		return x.pour(ctx, &a.out)
	}
	w, err := p.open(ctx)
	if err != nil {
		return err
	}
	err = errors.Join(x.pour(ctx, w), w.Close())
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// replace makes a file whole in a folder of its own beside its place, and gives it
// its name.
func (x *exporter) replace(ctx context.Context, path string) (err error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".daybook-export-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	temporary := filepath.Join(dir, "export")
	if err := x.file(ctx, temporary); err != nil {
		return err
	}
	// A loan tape is nobody's business: who may read it is said afterwards.
	if err := os.Chmod(temporary, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// pour writes an export as it comes. A Parquet file's writer goes back to its
// beginning: it is made in a temporary file, which has no name any more while it
// is copied, so that nothing is left of it however the program ends.
func (x *exporter) pour(ctx context.Context, out io.Writer) (err error) {
	if x.format != "parquet" && x.format != "arrow-file" {
		return x.buffered(ctx, out)
	}
	dir, err := os.MkdirTemp("", ".daybook-export-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	temporary := filepath.Join(dir, "export")
	if err := x.file(ctx, temporary); err != nil {
		return err
	}
	f, err := os.Open(temporary)
	if err != nil {
		return err
	}
	os.RemoveAll(dir) // where an open file can't be removed it is at the end
	_, err = io.Copy(out, f)
	return errors.Join(err, f.Close())
}
