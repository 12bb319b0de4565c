package catalog

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"path"
	"regexp"
	"strconv"

	"daybook/batch/objects"
	"daybook/reports/iceberg"
)

// hadoop is a catalogue without a server: version N of a table is its file
// vN.metadata.json, and the one who writes version N+1 first has made the commit. The file
// version-hint.text is written after it for readers that look there; it may be missing or
// late, and is never read here.
type hadoop struct {
	store  objects.Store
	root   string
	probed bool // the store is known to write only where nothing is
}

const hintName = "version-hint.text"

// versionName is what a version is called; other writers may compress it.
var versionName = regexp.MustCompile(`^v([1-9][0-9]{0,8})(\.gz)?\.metadata\.json$`)

func (h *hadoop) load(ctx context.Context, table string) (*head, error) {
	version, name, err := h.newest(ctx, table)
	if err != nil || version == 0 {
		return &head{}, err
	}
	b, err := h.store.Read(ctx, name, fileMax)
	if isAbsent(err) {
		return nil, fmt.Errorf("%s: %w", name, errAgain) // deleted since: there is a newer one
	}
	if err != nil {
		return nil, err
	}
	if path.Ext(path.Base(name[:len(name)-len(".metadata.json")])) == ".gz" {
		if b, err = unzip(b); err != nil {
			return nil, damaged(name, err)
		}
	}
	m, err := iceberg.DecodeMetadata(b)
	if err != nil {
		return nil, damaged(name, err)
	}
	return &head{m, h.root + "/" + name, version}, nil
}

// newest finds the newest version of a table by listing; 0 where there is none.
func (h *hadoop) newest(ctx context.Context, table string) (version int, name string, err error) {
	infos, err := h.store.List(ctx, metadataFolder(table)+"/v")
	if err != nil {
		return 0, "", err
	}
	for _, info := range infos {
		match := versionName.FindStringSubmatch(path.Base(info.Name))
		if match == nil || path.Dir(info.Name) != metadataFolder(table) {
			continue
		}
		if v, err := strconv.Atoi(match[1]); err == nil && v > version {
			version, name = v, info.Name
		}
	}
	return version, name, nil
}

// A damagedError is that of metadata that is there and can't be read.
type damagedError struct{ error }

func (e *damagedError) Unwrap() error { return e.error }

func damaged(name string, err error) error {
	return &damagedError{fmt.Errorf(`%s: %w; "daybook warehouse iceberg --rebuild" makes the table anew from its nights`, name, err)}
}

func unzip(b []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(r, fileMax+1))
	if err == nil && len(out) > fileMax {
		err = fmt.Errorf("more than %d bytes", fileMax)
	}
	return out, err
}

// create has nothing to write: a table is there with its first commit.
func (h *hadoop) create(_ context.Context, _ string, m *iceberg.Metadata) (*head, error) {
	return &head{metadata: m}, nil
}

func (h *hadoop) together() bool { return false }

func (h *hadoop) commit(ctx context.Context, changes []*change) error {
	if len(changes) != 1 {
		panic("catalog: internal error: a root has no transactions of many tables")
	}
	c := changes[0]
	return h.put(ctx, c.table, c.head.version+1, c.next)
}

// put writes a version that is not there, and then the hint.
func (h *hadoop) put(ctx context.Context, table string, version int, m *iceberg.Metadata) error {
	if !h.probed {
		if err := objects.Probe(ctx, h.store); err != nil {
			return err
		}
		h.probed = true
	}
	b, err := m.Encode()
	if err != nil {
		return err
	}
	err = h.store.PutIfAbsent(ctx, versionOf(table, version), b)
	if isThere(err) {
		return fmt.Errorf("version %d is there already: %w", version, errAgain)
	}
	if err != nil {
		return err
	}
	return h.hint(ctx, table, version)
}

func versionOf(table string, version int) string {
	return fmt.Sprintf("%s/v%d.metadata.json", metadataFolder(table), version)
}

// hint writes the hint, of a later version where another writer was faster: two hints may
// be written in the wrong order, and the last one to write looks again.
func (h *hadoop) hint(ctx context.Context, table string, version int) error {
	for {
		if err := h.store.Put(ctx, metadataFolder(table)+"/"+hintName, []byte(strconv.Itoa(version))); err != nil {
			return err
		}
		_, err := h.store.Stat(ctx, versionOf(table, version+1))
		if isAbsent(err) {
			return nil
		}
		if err != nil {
			return err
		}
		version++
	}
}

// settle writes the hint where it is not that of the newest version.
func (h *hadoop) settle(ctx context.Context, table string, head *head) error {
	if head.version == 0 {
		return nil
	}
	if ok, err := h.settled(ctx, table, head); err == nil && ok {
		return nil
	}
	return h.hint(ctx, table, head.version) // a hint that cannot be read is written again
}

// settled reports whether the hint is that of the version that was loaded.
func (h *hadoop) settled(ctx context.Context, table string, head *head) (bool, error) {
	b, err := h.store.Read(ctx, metadataFolder(table)+"/"+hintName, 64)
	if isAbsent(err) {
		return false, nil
	}
	return err == nil && string(bytes.TrimSpace(b)) == strconv.Itoa(head.version), err
}

// replace writes metadata as the next version, whatever the newest one is.
func (h *hadoop) replace(ctx context.Context, table string, m *iceberg.Metadata) error {
	version, _, err := h.newest(ctx, table)
	if err != nil {
		return err
	}
	return h.put(ctx, table, version+1, m)
}
