package warehouse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"daybook/batch/book"
	"daybook/ledger/proof"

	"golang.org/x/sync/errgroup"
)

// Names in the log.
const (
	checkpointName = logDir + "/checkpoint" // the head of the newest night
	headsDir       = logDir + "/head"       // of each night
	manifestsDir   = logDir + "/manifest"   // of each night, as the output folder has it
	keysDir        = logDir + "/keys"       // notes by which a key hands over to the next
	replacedDir    = logDir + "/replaced"   // checkpoints of a past that the book no longer has
)

func headPath(date string) string     { return path.Join(headsDir, date) }
func manifestPath(date string) string { return path.Join(manifestsDir, date+".json") }

// checkpoint reads the newest head of the log; nil where there is none.
func (p *publisher) checkpoint(ctx context.Context) (*proof.Head, []byte, error) {
	b, err := p.store.Read(ctx, checkpointName, proof.HeadMax)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	} else if err != nil {
		return nil, nil, err
	}
	h, err := proof.ParseHead(b)
	if err != nil {
		return nil, nil, guard("put back the file that was there", "%s: %v", p.store.URL(checkpointName), err)
	}
	return h, b, nil
}

// goesOn reports whether the book's tree goes on from a head, or began it.
func (p *publisher) goesOn(h *proof.Head) (bool, error) {
	last, err := book.Last(p.book)
	if err != nil {
		return false, err
	}
	if last.Tree == nil || h.Size > last.Tree.Size {
		return false, nil
	}
	hashes, err := book.Hashes(p.book)
	if err != nil {
		return false, err
	}
	root, err := proof.RootAt(h.Size, hashes)
	return root == h.Root, err
}

// checkLog refuses a book whose journals are not those of the log.
func (p *publisher) checkLog(ctx context.Context, s *published) error {
	h, _, err := p.checkpoint(ctx)
	if err != nil || h == nil || p.o.Restored {
		return err
	}
	switch ok, err := p.goesOn(h); {
	case err != nil:
		return err
	case !ok:
		return guard("see why; if the book was put back on purpose, and closed its nights anew, say --restored: the head that was is kept in "+replacedDir,
			"the log has the head of %s with %d leaves, and the journals of book %s do not come to it", h.BusinessDate, h.Size, p.id)
	}
	return nil
}

// writeLog brings the night's head and manifest, and where it is the newest night the tiles of the tree and the
// checkpoint.
func (p *publisher) writeLog(ctx context.Context, s *published) error {
	date := s.date.String()
	if err := errors.Join(p.put(ctx, headPath(date), s.head), p.put(ctx, manifestPath(date), s.raw)); err != nil {
		return err
	}
	for _, note := range p.o.Next {
		if err := p.put(ctx, path.Join(keysDir, sumOf(note)[:16]), note); err != nil {
			return err
		}
	}
	h, old, err := p.checkpoint(ctx)
	if err != nil {
		return err
	}
	before := int64(0)
	if h != nil {
		ok, err := p.goesOn(h)
		switch {
		case err != nil:
			return err
		case ok && h.Size >= s.record.Tree.Size: // it is not a newer night: what is missing comes again
			return p.tiles(ctx, 0, h.Size, true)
		case ok:
			before = h.Size
		default: // checkLog has let it pass
			name := path.Join(replacedDir, fmt.Sprintf("%s-%d-%s", h.BusinessDate, h.Size, sumOf(old)[:8]))
			if err := p.store.Put(ctx, name, old); err != nil {
				return err
			}
		}
	}
	if err := p.tiles(ctx, before, s.record.Tree.Size, false); err != nil {
		return err
	}
	p.at("tiles")
	if err := p.store.Put(ctx, checkpointName, s.head); err != nil {
		return err
	}
	return p.store.Delete(ctx, partial(before, s.record.Tree.Size)...)
}

// partial returns the tiles of a tree that were not full, and that a larger tree has not.
func partial(before, size int64) (names []string) {
	now := map[string]bool{}
	for _, t := range proof.Tiles(0, size) {
		now[t.Path] = true
	}
	for _, t := range proof.Tiles(0, before) {
		if !now[t.Path] {
			names = append(names, path.Join(logDir, t.Path))
		}
	}
	return names
}

// tiles brings the tiles of a tree that an earlier size of it had not; missing: those alone that are
// not there.
func (p *publisher) tiles(ctx context.Context, before, size int64, missing bool) error {
	hashes, err := book.Hashes(p.book)
	if err != nil {
		return err
	}
	have := map[string]bool{}
	infos, err := p.store.List(ctx, logDir+"/tile/")
	if err != nil {
		return err
	}
	for _, info := range infos {
		have[info.Name] = true
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(tablesAtOnce)
	for _, t := range proof.Tiles(before, size) {
		if missing && have[path.Join(logDir, t.Path)] {
			continue
		}
		b, err := t.Data(hashes)
		if err != nil {
			return errors.Join(err, g.Wait())
		}
		g.Go(func() error { return p.store.Put(ctx, path.Join(logDir, t.Path), b) })
	}
	return g.Wait()
}

// put writes an object where there is none, or another one.
func (p *publisher) put(ctx context.Context, name string, b []byte) error {
	there, err := p.store.Read(ctx, name, max(int64(len(b)), 1))
	if err == nil && bytes.Equal(there, b) {
		return nil
	}
	return p.store.Put(ctx, name, b)
}
