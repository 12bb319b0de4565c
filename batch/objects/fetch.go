package objects

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"
	"golang.org/x/sync/errgroup"
)

const (
	fetchedMax = 131_072 // objects at once: twice what a night may read
	fetchBytes = 4 << 20 // of a piece: lanes × fetchAtOnce of them are in memory
	// Pieces of one object that are under way at once, so that one large file is not slow.
	fetchAtOnce = 2
)

// Fetch brings all objects below a prefix, which is "" or ends in a slash, into a new folder
// of the file system: whole, or not at all. It returns the files with slashes, by name. The
// folder and what is in it are the owner's alone; who calls removes it. It may be there, if it
// is empty. What a killed call left beside it is removed by the next one into the same folder.
//
// A key that is no path of a file below the folder is an error, and so are marks of folders
// (keys that end in a slash) but for that of the prefix itself, which is skipped. What comes is checked by its size, its
// ETag, and the digest that the store has of it. After all of it the store is listed again: if
// anything came, went or changed meanwhile it is an error. Where nothing is it is
// [fs.ErrNotExist].
func Fetch(ctx context.Context, store Store, prefix, dir string) ([]Info, error) {
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		return nil, fmt.Errorf("%q is no folder's prefix: it has no slash at its end", prefix)
	}
	if err := checkPrefix(prefix); err != nil {
		return nil, err
	}
	before, err := below(ctx, store, prefix)
	if err != nil {
		return nil, err
	}
	if len(before) == 0 {
		return nil, fmt.Errorf("nothing is at %s: %w", store.URL(prefix), fs.ErrNotExist)
	}
	if err := checkKeys(store, before, prefix); err != nil {
		return nil, err
	}
	local, err := OpenFolder(filepath.Dir(dir), Options{})
	if err != nil {
		return nil, err
	}
	b := bringing{store: store, prefix: prefix, dir: filepath.Base(dir), local: local}
	list, err := b.bring(ctx, before)
	if err != nil {
		return nil, err
	}
	return list, nil
}

// below returns all that is below a prefix.
func below(ctx context.Context, store Store, prefix string) ([]listing, error) {
	var list []listing
	switch s := store.(type) {
	case *S3:
		all, err := s.listed(ctx, prefix)
		if err != nil {
			return nil, err
		}
		for _, o := range all {
			mark := o.Name == prefix && o.Size == 0 // of the folder itself, as consoles make it
			if !mark && !hasTemporary(o.Name) {
				list = append(list, o)
			}
		}
	default:
		all, err := store.List(ctx, prefix)
		if err != nil {
			return nil, err
		}
		for _, o := range all {
			list = append(list, listing{Info: o})
		}
	}
	if len(list) > fetchedMax {
		return nil, fmt.Errorf("%s has %d objects, at most %d are fetched; name a longer prefix", store.URL(prefix), len(list), fetchedMax)
	}
	return list, nil
}

// checkKeys refuses keys that are no paths of files below a folder.
func checkKeys(store Store, list []listing, prefix string) error {
	folders := map[string]bool{}
	for _, o := range list {
		name := strings.TrimPrefix(o.Name, prefix)
		if fault := nameFault(name); fault != "" {
			return fmt.Errorf("the object %q of %s can't be a file: %s; remove it, or name another prefix", name, store.URL(prefix), fault)
		}
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			folders[dir] = true
		}
	}
	for _, o := range list {
		if name := strings.TrimPrefix(o.Name, prefix); folders[name] {
			return fmt.Errorf("the object %q of %s can't be a file: others are below it; remove it, or name another prefix", name, store.URL(prefix))
		}
	}
	return nil
}

// A bringing brings objects into a folder.
type bringing struct {
	store  Store
	prefix string
	dir    string  // the folder's name
	local  *Folder // the folder above it
}

// bring brings objects into a folder beside, which then gets its name.
func (b *bringing) bring(ctx context.Context, list []listing) (out []Info, err error) {
	root, err := b.local.writing(ctx, b.dir)
	if err != nil {
		return nil, err
	}
	// The lock of the folder above is had only to see which folders beside are dead.
	if err := b.clear(ctx, root); err != nil {
		return nil, err
	}
	name, locked, err := b.beside(ctx, root)
	if err != nil {
		return nil, err
	}
	defer locked.Close()
	staged, err := root.OpenRoot(name)
	if err == nil {
		err = b.fill(ctx, staged, list)
		err = errors.Join(err, staged.Close())
	}
	if err == nil {
		err = b.place(root, name)
	}
	if err != nil {
		return nil, errors.Join(err, root.RemoveAll(name))
	}
	if err := b.local.syncFolder(root, "."); err != nil {
		return nil, err
	}
	for _, o := range list {
		out = append(out, Info{Name: strings.TrimPrefix(o.Name, b.prefix), Size: o.Size})
	}
	return out, nil
}

// beside makes the folder that is filled. Its lock says that it is no leftover.
func (b *bringing) beside(ctx context.Context, root *os.Root) (string, *os.File, error) {
	above, err := b.local.lockFolder(ctx, root, ".")
	if err != nil {
		return "", nil, err
	}
	defer above.Close()
	name := temporaryName(b.dir)
	if err := root.Mkdir(name, 0o700); err != nil {
		return "", nil, err
	}
	file, err := root.Open(name)
	if err != nil {
		return "", nil, err
	}
	_, _ = lock(file) // a file system without locks: then none is taken for dead either
	return name, file, nil
}

// clear removes what killed calls left: folders beside whose lock can be had.
func (b *bringing) clear(ctx context.Context, root *os.Root) error {
	above, err := b.local.lockFolder(ctx, root, ".")
	if err != nil {
		return err
	}
	defer above.Close()
	entries, err := readDir(root, ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() || !isTemporary(e.Name()) || !strings.HasSuffix(e.Name(), "-"+b.dir+temporarySuffix) {
			continue
		}
		file, err := root.Open(e.Name())
		if err != nil {
			continue
		}
		if _, err := lock(file); err == nil {
			err := errors.Join(root.RemoveAll(e.Name()), file.Close())
			if err != nil {
				return err
			}
			continue
		}
		file.Close()
	}
	return nil
}

// place gives the folder its name. An empty folder that has it gives way.
func (b *bringing) place(root *os.Root, name string) error {
	if err := b.local.reach("fetched"); err != nil {
		return err
	}
	if err := root.Remove(b.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there, and not empty; name a new folder: %w", filepath.Join(b.local.path, b.dir), fs.ErrExist)
	}
	return root.Rename(name, b.dir)
}

// fill brings the objects, checks them, and that nothing has changed.
func (b *bringing) fill(ctx context.Context, staged *os.Root, list []listing) error {
	dirs := []string{"."}
	for _, o := range list {
		dirs = append(dirs, path.Dir(strings.TrimPrefix(o.Name, b.prefix)))
	}
	slices.Sort(dirs)
	dirs = slices.Compact(dirs)
	for _, dir := range dirs {
		if err := staged.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(lanes)
	for _, o := range list {
		g.Go(func() error { return b.fetch(within, staged, o) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	after, err := below(ctx, b.store, b.prefix)
	if err != nil {
		return err
	}
	if !slices.Equal(list, after) {
		return fmt.Errorf("%s: objects came, went or changed while it was fetched; run again when nobody writes there", b.store.URL(b.prefix))
	}
	return syncAll(staged)
}

// syncAll syncs all folders of a tree, so that its names last.
func syncAll(root *os.Root) error {
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return syncDir(root.Open, name)
	})
}

// fetch brings one object.
func (b *bringing) fetch(ctx context.Context, staged *os.Root, o listing) (err error) {
	// Open refuses names that Put would: a list's are checked, but for those of writes under way.
	r, err := b.store.Open(ctx, o.Name)
	if err != nil {
		return err
	}
	defer r.Close()
	if r.Size() != o.Size {
		return fmt.Errorf("%s: %w", b.store.URL(o.Name), errChanged)
	}
	name := strings.TrimPrefix(o.Name, b.prefix)
	file, err := staged.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := copyPieces(ctx, file, r, o.Size); err != nil {
		return err
	}
	switch r := r.(type) {
	case *s3Reader:
		if o.etag != "" && o.etag != r.info.ETag {
			return fmt.Errorf("%s: %w", b.store.URL(o.Name), errChanged)
		}
		if err := r.verify(ctx, file); err != nil {
			return err
		}
	case *fileReader:
		if !r.unchanged() {
			return fmt.Errorf("%s: %w", b.store.URL(o.Name), errChanged)
		}
	}
	return file.Sync()
}

// copyPieces copies an object, of a large one several pieces at once.
func copyPieces(ctx context.Context, to io.WriterAt, from io.ReaderAt, size int64) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(fetchAtOnce)
	for off := int64(0); off < size; off += fetchBytes {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			b := make([]byte, min(fetchBytes, size-off))
			if n, err := from.ReadAt(b, off); n < len(b) {
				return noEOF(err)
			}
			_, err := to.WriteAt(b, off)
			return err
		})
	}
	return g.Wait()
}

// verify compares a copy of the whole object with the digest that the store has of it: the
// checksum of the whole, or an ETag that is its MD5. Objects put together of parts may have
// neither; of these each range came with its length and the object's ETag.
func (r *s3Reader) verify(ctx context.Context, file io.ReaderAt) error {
	h, want := digest(r.info)
	if h == nil {
		return nil
	}
	if _, err := io.Copy(h, &reading{ctx, io.NewSectionReader(file, 0, r.info.Size)}); err != nil {
		return err
	}
	if got := h.Sum(nil); !slices.Equal(got, want) {
		return fmt.Errorf("%s: %w; run again, and if it stays so have it put there again", r.s.URL(r.name), errDamaged)
	}
	return nil
}

// digest returns what the whole object's digest is made with and what it is to be, nil where
// the store has none.
func digest(info minio.ObjectInfo) (hash.Hash, []byte) {
	for _, c := range []struct {
		kind minio.ChecksumType
		sum  string
	}{
		{minio.ChecksumSHA256, info.ChecksumSHA256}, {minio.ChecksumCRC64NVME, info.ChecksumCRC64NVME},
		{minio.ChecksumCRC32C, info.ChecksumCRC32C}, {minio.ChecksumCRC32, info.ChecksumCRC32}, {minio.ChecksumSHA1, info.ChecksumSHA1},
	} {
		if c.sum == "" || strings.Contains(c.sum, "-") || info.ChecksumMode == minio.ChecksumCompositeMode.String() {
			continue // one of the parts' checksums is not one of the bytes
		}
		if want, err := base64.StdEncoding.DecodeString(c.sum); err == nil {
			return c.kind.Hasher(), want
		}
	}
	if isMD5(info) {
		want, _ := hex.DecodeString(info.ETag)
		return md5.New(), want
	}
	return nil, nil
}
