package store

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"daybook/ledger/civil"

	"github.com/cockroachdb/pebble/v2"
)

// Meta returns a value of the book's own metadata.
func (b *Book) Meta(name string) ([]byte, bool, error) {
	return b.get(metaKey(name), "metadata "+name)
}

// Night returns the record of a night.
func (b *Book) Night(d civil.Date) ([]byte, bool, error) {
	return b.get(smallKey(sectionRecord, d, ""), "night "+d.String())
}

// Small returns a small value of a night.
func (b *Book) Small(section byte, d civil.Date, name string) ([]byte, bool, error) {
	return b.get(smallKey(section, d, name), fmt.Sprintf("%c/%s/%s", section, d, name))
}

// get returns a copy of a value.
func (b *Book) get(key []byte, what string) ([]byte, bool, error) {
	if err := b.usable(); err != nil {
		return nil, false, err
	}
	v, closer, err := b.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read %s: %w", what, err)
	}
	v = bytes.Clone(v)
	return v, true, closer.Close()
}

// EachSmall calls f with every small value of a night's section, in the order
// of their names. The value is valid until f returns.
func (b *Book) EachSmall(section byte, d civil.Date, f func(name string, value []byte) error) error {
	prefix := smallKey(section, d, "")
	it, err := b.iter(prefix, successor(prefix))
	if err != nil {
		return fmt.Errorf("read %c/%s: %w", section, d, err)
	}
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		var v []byte
		if v, err = it.ValueAndErr(); err == nil {
			err = f(string(it.Key()[len(prefix):]), v)
		}
	}
	if err = errors.Join(err, it.Close()); err != nil {
		return fmt.Errorf("read %c/%s: %w", section, d, err)
	}
	return nil
}

// meta returns all metadata but one name.
func (b *Book) metaExcept(names ...string) (map[string][]byte, error) {
	it, err := b.iter([]byte{letterMeta}, []byte{letterMeta + 1})
	if err != nil {
		return nil, fmt.Errorf("read metadata: %w", err)
	}
	all := map[string][]byte{}
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		var v []byte
		if v, err = it.ValueAndErr(); err == nil {
			if name := string(it.Key()[1:]); !slices.Contains(names, name) {
				all[name] = bytes.Clone(v)
			}
		}
	}
	if err = errors.Join(err, it.Close()); err != nil {
		return nil, fmt.Errorf("read metadata: %w", err)
	}
	return all, nil
}

func (b *Book) iter(lower, upper []byte) (*pebble.Iterator, error) {
	if err := b.usable(); err != nil {
		return nil, err
	}
	return b.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
}

// Find returns a copy of a record of a space that each night replaces and that has one
// id, and whether there is one.
func (b *Book) Find(space Space, id []byte) (rec []byte, ok bool, err error) {
	row := &keySpaces[space]
	prefix := row.prefix(civil.None)
	it, err := b.iter(prefix, successor(prefix))
	if err != nil {
		return nil, false, fmt.Errorf("look up %s %q: %w", row.one, id, err)
	}
	if rec, ok, err = find(it, row.appendKey(nil, civil.None, Hash(id), id), Hash(id), id); ok {
		rec = bytes.Clone(rec)
	}
	if err = errors.Join(err, it.Close()); err != nil {
		return nil, false, fmt.Errorf("look up %s %q: %w", row.one, id, err)
	}
	return rec, ok, nil
}

// find returns the record of an id from the page that must hold it: the first
// one whose last record is not before it.
func find(it *pebble.Iterator, key []byte, hash uint64, id []byte) ([]byte, bool, error) {
	if !it.SeekGE(key) {
		return nil, false, it.Error()
	}
	v, err := it.ValueAndErr()
	if err != nil {
		return nil, false, err
	}
	var p page
	if err := p.open(v); err != nil {
		return nil, false, fmt.Errorf("page %x: %w", it.Key(), err)
	}
	rec, ok := p.find(hash, id)
	return rec, ok, nil
}

// find returns the record of an id, searching by halves.
func (p *page) find(hash uint64, id []byte) ([]byte, bool) {
	i, ok := p.search(hash, id)
	if !ok {
		return nil, false
	}
	return p.record(i), true
}

// search returns where an id is, or belongs.
func (p *page) search(hash uint64, id []byte) (int, bool) {
	lo, hi := 0, p.len()
	for lo < hi {
		mid := (lo + hi) / 2
		got := p.id(mid)
		c := compareLoans(Hash(got), got, hash, id)
		if c == 0 {
			return mid, true
		}
		if c < 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, false
}

// compareLoans orders loans as the book does: by hash, and where two ids have
// the same, by id.
func compareLoans(aHash uint64, a []byte, bHash uint64, b []byte) int {
	switch {
	case aHash < bHash:
		return -1
	case aHash > bHash:
		return 1
	}
	return bytes.Compare(a, b)
}
