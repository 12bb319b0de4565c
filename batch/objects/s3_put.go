package objects

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"os"
	"time"

	"github.com/minio/minio-go/v7"
	"golang.org/x/sync/errgroup"
)

// writerKey is metadata of an object that says which call wrote it. Where the answer to a
// request is lost, it tells a call's own object from that of another.
const writerKey = "Daybook-Writer"

// Put writes an object by one request.
func (s *S3) Put(ctx context.Context, name string, b []byte) error {
	if err := checkName(name); err != nil {
		return err
	}
	return s.put(ctx, name, b, minio.PutObjectOptions{})
}

// PutIfAbsent writes an object by one request with If-None-Match. Where its answer is lost the
// next attempt finds an object, and looks whether it is this call's.
func (s *S3) PutIfAbsent(ctx context.Context, name string, b []byte) error {
	if err := checkName(name); err != nil {
		return err
	}
	return s.putIfAbsent(ctx, name, b)
}

func (s *S3) putIfAbsent(ctx context.Context, name string, b []byte) error {
	writer := nonce()
	o := minio.PutObjectOptions{UserMetadata: map[string]string{writerKey: writer}}
	o.SetMatchETagExcept("*")
	err := s.put(ctx, name, b, o)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if ours, err := s.wrote(ctx, name, writer, int64(len(b))); ours || err != nil {
		return err
	}
	return err
}

// wrote reports whether what is there is of a call.
func (s *S3) wrote(ctx context.Context, name, writer string, size int64) (bool, error) {
	info, err := s.head(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && info.UserMetadata[writerKey] == writer && info.Size == size, err
}

func (s *S3) put(ctx context.Context, name string, b []byte, o minio.PutObjectOptions) error {
	o.DisableContentSha256 = true // as a stream: it is sent below
	sums, err := s.sums(bytes.NewReader(b))
	if err != nil {
		return err
	}
	err = s.try(ctx, "write", name, int64(len(b)), func(ctx context.Context) error {
		_, err := s.client.PutObject(ctx, s.bucket, s.key(name), bytes.NewReader(b), int64(len(b)), sums.md5, sums.sha256, o)
		return err
	})
	return s.noPlace(name, err)
}

// sums are digests that the store checks what it gets by.
type sums struct {
	md5    string // base64
	sha256 string // hex; "" where TLS keeps the body as it was signed
}

func (s *S3) sums(r io.Reader) (sums, error) {
	m, h := md5.New(), hash.Hash(nil)
	w := io.Writer(m)
	if !s.secure {
		h = sha256.New()
		w = io.MultiWriter(m, h)
	}
	if _, err := io.Copy(w, r); err != nil {
		return sums{}, err
	}
	out := sums{md5: base64.StdEncoding.EncodeToString(m.Sum(nil))}
	if h != nil {
		out.sha256 = hex.EncodeToString(h.Sum(nil))
	}
	return out, nil
}

// PutFile brings a file, a large one in parts of which several are under way at once.
func (s *S3) PutFile(ctx context.Context, name, file string) error {
	if err := checkName(name); err != nil {
		return err
	}
	f, info, err := openFile(file)
	if err != nil {
		return err
	}
	defer f.Close()
	there, err := s.head(ctx, name)
	switch {
	case err == nil && there.Size == info.Size():
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if info.Size() > s.partBytes {
		return s.upload(ctx, name, f, info)
	}
	b := make([]byte, info.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err := unchanged(f, info); err != nil {
		return err
	}
	return s.put(ctx, name, b, minio.PutObjectOptions{})
}

// unchanged refuses a file that is not as it was when it was opened.
func unchanged(f *os.File, info fs.FileInfo) error {
	now, err := f.Stat()
	if err == nil && (now.Size() != info.Size() || !now.ModTime().Equal(info.ModTime())) {
		err = fmt.Errorf("%s: %w", f.Name(), errChanged)
	}
	return err
}

// upload brings a file in parts. The object is there when they are put together.
func (s *S3) upload(ctx context.Context, name string, f *os.File, info fs.FileInfo) error {
	writer := nonce()
	var id string
	err := s.try(ctx, "begin to upload", name, 0, func(ctx context.Context) (err error) {
		o := minio.PutObjectOptions{UserMetadata: map[string]string{writerKey: writer}}
		id, err = s.client.NewMultipartUpload(ctx, s.bucket, s.key(name), o)
		return err
	})
	if err != nil {
		return s.noPlace(name, err)
	}
	parts, err := s.uploadParts(ctx, name, id, f, info.Size())
	err = s.noPlace(name, err)
	if err == nil {
		err = unchanged(f, info)
	}
	if err == nil {
		err = s.complete(ctx, name, id, writer, info.Size(), parts)
	}
	if err != nil {
		// The parts would be paid for; also when the context has ended.
		const patience = 30 * time.Second
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		_ = s.try(ctx, "give up", name, 0, func(ctx context.Context) error {
			err := s.client.AbortMultipartUpload(ctx, s.bucket, s.key(name), id)
			if is(err, http.StatusNotFound) {
				return nil
			}
			return err
		})
	}
	return err
}

func (s *S3) uploadParts(ctx context.Context, name, id string, f io.ReaderAt, size int64) ([]minio.CompletePart, error) {
	each := partBytes(size, s.partBytes)
	parts := make([]minio.CompletePart, (size+each-1)/each) // parts[i] is one goroutine's
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(lanes)
	for i := range parts {
		g.Go(func() error {
			from := int64(i) * each
			length := min(each, size-from)
			sums, err := s.sums(io.NewSectionReader(f, from, length))
			if err != nil {
				return err
			}
			o := minio.PutObjectPartOptions{Md5Base64: sums.md5, Sha256Hex: sums.sha256, DisableContentSha256: true}
			return s.try(ctx, "upload a part of", name, length, func(ctx context.Context) error {
				body := io.NewSectionReader(f, from, length)
				part, err := s.client.PutObjectPart(ctx, s.bucket, s.key(name), id, i+1, body, length, o)
				if err == nil && part.ETag == "" {
					err = errors.New("the answer has no ETag")
				}
				parts[i] = minio.CompletePart{PartNumber: i + 1, ETag: part.ETag}
				return err
			})
		})
	}
	return parts, g.Wait()
}

// partBytes is how long the parts of a file are, so that there are not too many.
func partBytes(size, least int64) int64 {
	const step = 1 << 20
	if size <= least*partsMax {
		return least
	}
	return ((size+partsMax-1)/partsMax + step - 1) / step * step
}

// complete puts the parts together. Where its answer is lost the next attempt finds no
// upload, but the object.
func (s *S3) complete(ctx context.Context, name, id, writer string, size int64, parts []minio.CompletePart) error {
	err := s.try(ctx, "upload", name, 0, func(ctx context.Context) error {
		_, err := s.client.CompleteMultipartUpload(ctx, s.bucket, s.key(name), id, parts, minio.PutObjectOptions{})
		return err
	})
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return err
	}
	if ours, headErr := s.wrote(ctx, name, writer, size); headErr == nil && ours {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) { // that is the upload
		return fmt.Errorf("upload %s: the store has forgotten its parts; run again", s.URL(name))
	}
	return err
}

// Delete removes objects, one by a request: not every store knows the request for many.
func (s *S3) Delete(ctx context.Context, names ...string) error {
	for _, name := range names {
		if err := checkName(name); err != nil {
			return err
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(lanes)
	for _, name := range names {
		g.Go(func() error { return s.remove(ctx, name) })
	}
	return g.Wait()
}

func (s *S3) remove(ctx context.Context, name string) error {
	err := s.try(ctx, "remove", name, 0, func(ctx context.Context) error {
		return s.client.RemoveObject(ctx, s.bucket, s.key(name), minio.RemoveObjectOptions{})
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// ErrOverwrites is of a store that writes over an object where it was told not to.
var ErrOverwrites = errors.New("the store ignores If-None-Match and writes over what is there; use one that heeds it, or a catalogue that needs no such promise")

// Probe finds out whether a store keeps the promise of PutIfAbsent: an [ErrOverwrites] says
// that it does not. It writes one object of a name that no other has, and removes it. A folder
// keeps the promise.
func Probe(ctx context.Context, store Store) error {
	s, ok := store.(*S3)
	if !ok {
		return ctx.Err()
	}
	name := temporaryName("probe")
	err := s.putIfAbsent(ctx, name, []byte("first\n"))
	if err == nil {
		switch err = s.putIfAbsent(ctx, name, []byte("second\n")); {
		case err == nil:
			err = fmt.Errorf("%s: %w", s.URL(""), ErrOverwrites)
		case errors.Is(err, fs.ErrExist):
			err = nil
		}
	}
	return errors.Join(err, s.remove(context.WithoutCancel(ctx), name))
}
