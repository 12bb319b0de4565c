package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
)

const (
	pieceBytes = 16 << 20 // of an object that is sent or read in pieces
	partsMax   = 10_000   // of an upload, as S3 has it
	lanes      = 8        // requests at once of one call
	listedMax  = 5_000_000
)

// An S3 is a [Store] in a bucket, below a prefix. Whatever a request sends is checked there by
// its MD5, and a request that fails for want of the network or of the server is sent again, a
// few times. It has no folders: keys that end in a slash, with which some programs mark them,
// are not listed.
type S3 struct {
	client   *minio.Core
	bucket   string
	prefix   string // of keys: "" or ends in a slash
	endpoint string // for errors
	secure   bool

	partBytes int64         // of an upload in parts
	patience  time.Duration // with a request, beside what its bytes take
	pause     func(ctx context.Context, d time.Duration) error
	limit     func(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc)
}

// URL is s3://bucket/prefix/name.
func (s *S3) URL(name string) string { return "s3://" + s.bucket + "/" + s.key(name) }

func (s *S3) key(name string) string { return s.prefix + name }

// Stat returns an object that is there.
func (s *S3) Stat(ctx context.Context, name string) (Info, error) {
	if err := checkName(name); err != nil {
		return Info{}, err
	}
	info, err := s.head(ctx, name)
	return Info{Name: name, Size: info.Size}, err
}

func (s *S3) head(ctx context.Context, name string) (info minio.ObjectInfo, err error) {
	err = s.try(ctx, "look at", name, 0, func(ctx context.Context) error {
		info, err = s.client.StatObject(ctx, s.bucket, s.key(name), minio.StatObjectOptions{Checksum: true})
		return err
	})
	if err != nil {
		return minio.ObjectInfo{}, err
	}
	return info, nil
}

// List returns the objects whose names begin with a prefix.
func (s *S3) List(ctx context.Context, prefix string) ([]Info, error) {
	if err := checkPrefix(prefix); err != nil {
		return nil, err
	}
	raw, err := s.listed(ctx, prefix)
	if err != nil {
		return nil, err
	}
	var list []Info
	for _, o := range raw {
		if !strings.HasSuffix(o.Name, "/") && o.Name != "" && !hasTemporary(o.Name) {
			list = append(list, o.Info)
		}
	}
	return list, nil
}

// A listing is an object as a list has it.
type listing struct {
	Info
	etag string
}

// listed returns all that is there, under whatever key, by name.
func (s *S3) listed(ctx context.Context, prefix string) ([]listing, error) {
	var list []listing
	for {
		// One that was cut goes on after the last key that it gave.
		before := len(list)
		err := s.try(ctx, "list", prefix, 0, func(ctx context.Context) error {
			o := minio.ListObjectsOptions{Prefix: s.key(prefix), Recursive: true}
			if len(list) > 0 {
				o.StartAfter = s.key(list[len(list)-1].Name)
			}
			for info := range s.client.ListObjectsIter(ctx, s.bucket, o) {
				if info.Err != nil {
					return info.Err
				}
				name, ok := strings.CutPrefix(info.Key, s.key(prefix))
				if !ok || len(list) > 0 && prefix+name <= list[len(list)-1].Name {
					return permanent{fmt.Errorf("the store's list has the key %q, which is not next in it; use a store that lists in order", info.Key)}
				}
				if len(list) == listedMax {
					return permanent{errTooMany}
				}
				list = append(list, listing{Info{Name: prefix + name, Size: info.Size}, info.ETag})
			}
			return ctx.Err()
		})
		if err == nil {
			return list, nil
		}
		if ctx.Err() != nil || len(list) == before || errors.Is(err, errTooMany) {
			return nil, err
		}
	}
}

var errTooMany = fmt.Errorf("there are more than %d objects; name a longer prefix", listedMax)

// Read returns a whole object.
func (s *S3) Read(ctx context.Context, name string, most int64) (b []byte, err error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	err = s.try(ctx, "read", name, min(most, 1<<30), func(ctx context.Context) error {
		body, info, _, err := s.client.GetObject(ctx, s.bucket, s.key(name), minio.GetObjectOptions{})
		if err != nil {
			return err
		}
		defer body.Close()
		if info.Size > most {
			return permanent{fmt.Errorf("it has %d bytes, at most %d are read", info.Size, most)}
		}
		b = make([]byte, info.Size)
		if _, err := io.ReadFull(body, b); err != nil {
			return fmt.Errorf("the answer was cut: %w", noEOF(err))
		}
		return checkMD5(info, b)
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Open opens an object, to read it in ranges.
func (s *S3) Open(ctx context.Context, name string) (Reader, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	info, err := s.head(ctx, name)
	if err != nil {
		return nil, err
	}
	return &s3Reader{s: s, ctx: ctx, name: name, info: info}, nil
}

const (
	blockBytes = 1 << 20 // read at least, since footers and pages are asked for in small pieces
	blocksKept = 8
)

// An s3Reader reads an object that is the same as long as its ETag is.
type s3Reader struct {
	s    *S3
	ctx  context.Context
	name string
	info minio.ObjectInfo

	mu     sync.Mutex
	blocks []block // the last used last
}

type block struct {
	at int64
	b  []byte
}

func (r *s3Reader) Size() int64  { return r.info.Size }
func (r *s3Reader) Close() error { return nil }

// ReadAt reads at a place: small reads from a block around it, which is kept for the next.
func (r *s3Reader) ReadAt(b []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, fmt.Errorf("%s: read at %d", r.s.URL(r.name), off)
	}
	for n < len(b) {
		if off >= r.info.Size {
			return n, io.EOF
		}
		if want := min(int64(len(b)-n), r.info.Size-off); want >= blockBytes {
			want = min(want, pieceBytes)
			if err := r.get(b[n:n+int(want)], off); err != nil {
				return n, err
			}
			n, off = n+int(want), off+want
			continue
		}
		k, err := r.block(off)
		if err != nil {
			return n, err
		}
		m := copy(b[n:], k.b[off-k.at:])
		n, off = n+m, off+int64(m)
	}
	return n, nil
}

// block returns the block that has a place.
func (r *s3Reader) block(off int64) (block, error) {
	at := off / blockBytes * blockBytes
	r.mu.Lock()
	if i := slices.IndexFunc(r.blocks, func(k block) bool { return k.at == at }); i >= 0 {
		k := r.blocks[i]
		r.blocks = append(slices.Delete(r.blocks, i, i+1), k)
		r.mu.Unlock()
		return k, nil
	}
	r.mu.Unlock()
	k := block{at, make([]byte, min(blockBytes, r.info.Size-at))}
	if err := r.get(k.b, at); err != nil {
		return block{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.blocks) == blocksKept {
		r.blocks = slices.Delete(r.blocks, 0, 1)
	}
	r.blocks = append(r.blocks, k)
	return k, nil
}

// get reads a range of the object as it was opened.
func (r *s3Reader) get(b []byte, off int64) error {
	return r.s.try(r.ctx, "read", r.name, int64(len(b)), func(ctx context.Context) error {
		var o minio.GetObjectOptions
		if err := o.SetRange(off, off+int64(len(b))-1); err != nil {
			return permanent{err}
		}
		if r.info.ETag != "" {
			if err := o.SetMatchETag(r.info.ETag); err != nil {
				return permanent{err}
			}
		}
		body, info, header, err := r.s.client.GetObject(ctx, r.s.bucket, r.s.key(r.name), o)
		switch {
		case is(err, http.StatusPreconditionFailed), is(err, http.StatusRequestedRangeNotSatisfiable):
			return permanent{errChanged}
		case err != nil:
			return err
		}
		defer body.Close()
		if info.ETag != r.info.ETag {
			return permanent{errChanged}
		}
		// A proxy that knows no ranges answers with the whole.
		if whole := off == 0 && info.Size == int64(len(b)); !whole && !strings.HasPrefix(header.Get("Content-Range"), "bytes "+strconv.FormatInt(off, 10)+"-") {
			return permanent{errors.New("the store answers with another range than was asked for; it can't be read in ranges")}
		}
		if _, err := io.ReadFull(body, b); err != nil {
			return fmt.Errorf("the answer was cut: %w", noEOF(err))
		}
		return nil
	})
}

var errChanged = errors.New("it changed while it was read; run again when nobody writes it")

// noEOF makes an answer without any bytes what one of too few is.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
