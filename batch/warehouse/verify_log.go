package warehouse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"daybook/batch/evidence"
	"daybook/ledger/proof"
	"daybook/reports/lineage"
)

// log holds the log to itself and to its nights: the tiles come to the checkpoint, and so does the head of each night
// at its size. That the journals are the tree's leaves, [VerifyHead] proves by a head that is held.
func (v *verifier) log(ctx context.Context) error {
	if len(v.read) == 0 {
		return nil
	}
	if err := v.keys(ctx); err != nil {
		return err
	}
	const times = 3
	for range times {
		before, err := v.store.Read(ctx, checkpointName, proof.HeadMax)
		if errors.Is(err, fs.ErrNotExist) {
			v.fault("%s: it is missing: publish the last night again", checkpointName)
			return nil
		} else if err != nil {
			return err
		}
		faults, err := v.tree(ctx, before)
		if err != nil {
			return err
		}
		after, err := v.store.Read(ctx, checkpointName, proof.HeadMax)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if bytes.Equal(before, after) {
			for _, f := range faults {
				v.fault("%s", f)
			}
			return nil
		}
	}
	v.fault("%s: nights were published while it was read, %d times: verify again", checkpointName, times)
	return nil
}

// tree returns what is not right of the tiles under a checkpoint, and of the nights' heads.
func (v *verifier) tree(ctx context.Context, checkpoint []byte) (faults []string, err error) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	newest, err := proof.ParseHead(checkpoint)
	if err != nil {
		fault("%s: %v: it is no head: put back the file that was there", checkpointName, err)
		return faults, nil
	}
	same, err := v.store.Read(ctx, headPath(newest.BusinessDate), proof.HeadMax)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil || !bytes.Equal(same, checkpoint) {
		fault("%s: it is not the head of %s: publish the last night again", checkpointName, newest.BusinessDate)
	}
	read := func(tile string) ([]byte, error) { return v.store.Read(ctx, path.Join(logDir, tile), 1<<20) }
	err = proof.CheckTiles(newest.Size, newest.Root, read, func(tile, what string) {
		fault("%s: %s: publish the last night again after it is moved away", path.Join(logDir, tile), what)
	})
	if err != nil || len(faults) > 0 {
		return faults, err // the heads would only say so again
	}
	reader := proof.TileReader(newest.Size, read)
	for _, h := range v.heads {
		if h.Size > newest.Size {
			fault("%s: it has %d leaves, and the checkpoint %d: publish %s again", headPath(h.BusinessDate), h.Size, newest.Size, h.BusinessDate)
			continue
		}
		switch root, err := proof.RootAt(h.Size, reader); {
		case err != nil:
			return nil, err
		case root != h.Root:
			fault("%s: it is not the head of the log's tree at its %d leaves: publish %s again", headPath(h.BusinessDate), h.Size, h.BusinessDate)
		}
	}
	return faults, nil
}

// keys reads the notes by which keys follow each other.
func (v *verifier) keys(ctx context.Context) error {
	infos, err := v.store.List(ctx, keysDir+"/")
	if err != nil {
		return err
	}
	for _, info := range infos {
		b, err := v.store.Read(ctx, info.Name, proof.HeadMax)
		if err != nil {
			return err
		}
		if err := evidence.CheckNote(b); err != nil || sumOf(b)[:16] != path.Base(info.Name) {
			v.fault("%s: it is not as it was written: publish with --next again after it is moved away", info.Name)
		}
	}
	return nil
}

// lineage reads the event of a night.
func (v *verifier) lineage(ctx context.Context, n *Night) error {
	name := lineagePath(n.BusinessDate.String())
	b, err := v.store.Read(ctx, name, jsonMax)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		v.fault("%s: it is missing: publish the night again", name)
	case err != nil:
		return err
	default:
		if err := lineage.Check(b, n.BookID, n.BusinessDate, n.BookDigest); err != nil {
			v.fault("%s: %v: publish the night again after it is moved away", name, err)
		}
	}
	return nil
}
