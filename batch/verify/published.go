package verify

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"daybook/batch/book"
	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"

	"golang.org/x/sync/errgroup"
)

// A PublishedResult is what [Published] proved of an output folder.
type PublishedResult struct {
	Out    string   `json:"out"`
	Nights int      `json:"nights"` // of the book, found there
	Absent int      `json:"absent"` // of the book, before the first that is there
	Files  int      `json:"files"`  // outputs held to their digests
	Faults []string `json:"faults"`
}

// Published proves the nights in an output folder against the book that
// published them: the manifest is the one that the book keeps, and every output has
// its digest. It names what differs, what is missing and what lies there besides, and
// nights that the book has not got any more. Nights before the first one that is there
// may lie elsewhere; those of other books are not looked at.
func Published(ctx context.Context, b *store.Book, out string, workers int) (*PublishedResult, error) {
	return PublishedTo(ctx, b, out, civil.Max, workers)
}

// PublishedTo is [Published] of the nights up to a date.
func PublishedTo(ctx context.Context, b *store.Book, out string, through civil.Date, workers int) (*PublishedResult, error) {
	v := &publishedVerifier{b: b, PublishedResult: PublishedResult{Out: out, Faults: []string{}}}
	var err error
	if v.id, err = book.ID(b); err != nil {
		return nil, err
	}
	if v.nights, err = b.Nights(); err != nil {
		return nil, err
	}
	manifests, _, err := publish.Nights(out, civil.None)
	if err != nil {
		return nil, err
	}
	if err := v.others(manifests); err != nil {
		return nil, err
	}
	for _, d := range v.nights {
		if d > through {
			break
		}
		if err := v.night(ctx, d, workers); err != nil {
			return nil, err
		}
	}
	if v.Nights == 0 {
		v.fault("no night of this book is published in %s", out)
	}
	return &v.PublishedResult, nil
}

type publishedVerifier struct {
	b      *store.Book
	id     string
	nights []civil.Date
	PublishedResult
}

func (v *publishedVerifier) fault(format string, args ...any) {
	if len(v.Faults) < faultsMax {
		v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
	}
}

// others names publications of this book that it has not closed.
func (v *publishedVerifier) others(manifests []*reports.Manifest) error {
	for _, m := range manifests {
		if m.BookID == v.id && v.id != "" && !slices.Contains(v.nights, m.BusinessDate) {
			v.fault("%s: this book published it and has not closed it: the book was put back from an older copy",
				filepath.Join(v.Out, m.BusinessDate.String()))
		}
	}
	return nil
}

// night proves one closed night.
func (v *publishedVerifier) night(ctx context.Context, d civil.Date, workers int) error {
	folder := publish.Place{Out: v.Out, Date: d}.Folder()
	r, err := book.Night(v.b, d)
	if err != nil {
		return err
	}
	kept, err := book.File(v.b, r, publish.ManifestName)
	if err != nil {
		return err
	}
	m, err := reports.ParseManifest(kept)
	if err != nil {
		return fmt.Errorf("manifest of %s: %w", d, err)
	}
	switch info, err := os.Lstat(folder); {
	case err != nil && v.Nights > 0:
		v.fault("%s: it is closed and not there", folder)
		return nil
	case err != nil:
		v.Absent++
		return nil
	case !info.IsDir():
		v.fault("%s: it is no folder", folder)
		return nil
	}
	raw, err := publish.ReadManifest(folder)
	switch {
	case err != nil:
		v.fault("manifest of %s: %v", d, err)
	case !bytes.Equal(raw, kept):
		if other, err := reports.ParseManifest(raw); err == nil && other.BookID != m.BookID {
			v.fault("%s: it is the publication of another book", folder)
			return nil
		}
		v.fault("%s: it is not the manifest that the book keeps", filepath.Join(folder, publish.ManifestName))
	}
	v.Nights++
	if err := v.head(r, folder); err != nil {
		return err
	}
	return v.outputs(ctx, folder, m, workers)
}

// head holds a published head to the one that the book keeps.
func (v *publishedVerifier) head(r *record.Night, folder string) error {
	if r.Tree == nil {
		return nil
	}
	kept, err := book.File(v.b, r, publish.HeadName)
	if err != nil {
		return err
	}
	path := filepath.Join(folder, publish.HeadName)
	if there, err := os.ReadFile(path); err != nil || !bytes.Equal(there, kept) {
		v.fault("%s: it is not the head that the book keeps", path)
	}
	return nil
}

// outputs holds a published folder to a manifest.
func (v *publishedVerifier) outputs(ctx context.Context, folder string, m *reports.Manifest, workers int) error {
	found := make([]string, len(m.Outputs))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(workers, 1))
	for i, o := range m.Outputs {
		g.Go(reports.Guarded(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			found[i] = outputFault(folder, o)
			return nil
		}))
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, why := range found {
		if why != "" {
			v.fault("%s: %s", filepath.Join(folder, filepath.FromSlash(m.Outputs[i].Path)), why)
		}
	}
	v.Files += len(m.Outputs)
	if !publish.IsMarked(folder) {
		v.fault("%s: it is not there as it was written", filepath.Join(folder, publish.SuccessName))
	}
	foreign, err := publish.Foreign(folder, m)
	if err != nil {
		return err
	}
	for _, path := range foreign {
		v.fault("%s: it is none of the night's outputs", path)
	}
	return nil
}

// outputFault returns how an output differs from the manifest, or "".
func outputFault(folder string, o reports.Output) string {
	ok, err := publish.Holds(folder, o)
	if err != nil {
		return err.Error()
	}
	if ok {
		return ""
	}
	info, err := os.Lstat(filepath.Join(folder, filepath.FromSlash(o.Path)))
	switch {
	case err != nil:
		return "it is not there"
	case !info.Mode().IsRegular():
		return "it is no file"
	case info.Size() != o.Bytes:
		return fmt.Sprintf("it has %d bytes; %d were published", info.Size(), o.Bytes)
	}
	return "its bytes are not those that were published"
}
