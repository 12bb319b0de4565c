package store

import (
	"bytes"
	"errors"
	"fmt"
)

// Beside the nights the book keeps what commands of their own have done: they write
// it at once and durably, whenever they run, and a night never replaces it.
//
//	b · owner · key → value

// An Owner is a command that keeps records of its own.
type Owner byte

// The owners. Their letters are stored.
const (
	Reconciliation Owner = 'r' // bank lines, cash items, matches
	Undone         Owner = 'u' // matches that are to be opened again
	Periods        Owner = 'p' // locks of periods
	GLExports      Owner = 'g' // numbers of exports to a general ledger
)

// letterOwn is the letter of what commands keep. It is outside of what a night replaces.
const letterOwn = 'b'

func ownKey(o Owner, key []byte) []byte { return append([]byte{letterOwn, byte(o)}, key...) }

// Own returns a copy of a record that a command keeps, and whether there is one.
func (b *Book) Own(o Owner, key []byte) ([]byte, bool, error) {
	return b.get(ownKey(o, key), fmt.Sprintf("own record %c/%x", o, key))
}

// EachOwn calls f with every record of an owner whose key is not before from and, where
// to is not nil, before to, in the order of their keys. Key and value are valid until f
// returns.
func (b *Book) EachOwn(o Owner, from, to []byte, f func(key, value []byte) error) error {
	it, err := b.iter(ownKey(o, from), ownEnd(o, to))
	if err != nil {
		return fmt.Errorf("read own records %c: %w", o, err)
	}
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		var v []byte
		if v, err = it.ValueAndErr(); err == nil {
			err = f(it.Key()[2:], v)
		}
	}
	if err = errors.Join(err, it.Close()); err != nil {
		return fmt.Errorf("read own records %c: %w", o, err)
	}
	return nil
}

// ownEnd is the key that an owner's records before to are below; nil is the end of all.
func ownEnd(o Owner, to []byte) []byte {
	if to == nil {
		return []byte{letterOwn, byte(o) + 1}
	}
	return ownKey(o, to)
}

// ReplaceOwn replaces an owner's records from a key to another, to its last one where to
// is nil, by those that write puts in ascending order of their keys: in one atomic step,
// which is on the disk when it returns nil; when it fails nothing has changed. A record has
// SmallMax bytes at most, its key NameMax.
func (b *Book) ReplaceOwn(o Owner, from, to []byte, write func(put func(key, value []byte) error) error) error {
	err := errReadOnly
	if b.lock != nil {
		err = b.replaceOwn(o, from, to, write)
	}
	if err != nil {
		return fmt.Errorf("keep own records %c: %w", o, err)
	}
	return nil
}

// PutOwn keeps one record of an owner, in the place of the one that has its key: see
// [Book.ReplaceOwn].
func (b *Book) PutOwn(o Owner, key, value []byte) error {
	return b.ReplaceOwn(o, key, append(bytes.Clone(key), 0), func(put func(key, value []byte) error) error { return put(key, value) })
}

func (b *Book) replaceOwn(o Owner, from, to []byte, write func(put func(key, value []byte) error) error) error {
	if err := b.usable(); err != nil {
		return err
	}
	b.mu.Lock()
	building, last := b.building, b.last
	b.building = true
	b.mu.Unlock()
	if building {
		return errors.New("a build is under way")
	}
	n := &Build{b: b, fs: b.fs, dir: b.path(buildName)}
	defer n.Discard()
	if err := n.makeDir(); err != nil {
		return err
	}
	w := ownWriter{n: n, lower: ownKey(o, from), upper: ownEnd(o, to)}
	err := write(func(key, value []byte) error { return w.put(ownKey(o, key), value) })
	if err = errors.Join(err, w.close()); err != nil {
		return err
	}
	if err := b.ingestOver(n.tables, w.lower, w.upper, last); err != nil {
		return err
	}
	return b.writeSeal()
}

// An ownWriter writes records into tables of a build.
type ownWriter struct {
	n            *Build
	table        *tableWriter
	lower, upper []byte // the keys that it replaces
	last         []byte
}

func (w *ownWriter) put(key, value []byte) (err error) {
	if err := errors.Join(checkSize("key", len(key)-2, 0, NameMax), checkSize("value", len(value), 0, SmallMax)); err != nil {
		return err
	}
	if bytes.Compare(key, w.lower) < 0 || bytes.Compare(key, w.upper) >= 0 || w.last != nil && bytes.Compare(key, w.last) <= 0 {
		return fmt.Errorf("key %x is out of its order", key)
	}
	w.last = append(w.last[:0], key...)
	if w.table != nil && w.table.bytes >= tableBytes {
		if err := w.close(); err != nil {
			return err
		}
	}
	if w.table == nil {
		if w.table, err = w.n.createTable(new(keySpace)); err != nil {
			return err
		}
	}
	return w.table.set(key, value)
}

// close finishes the table that is being written.
func (w *ownWriter) close() error {
	if w.table == nil {
		return nil
	}
	t, err := w.table.finish()
	w.table = nil
	if err == nil {
		w.n.addTable(t)
	}
	return err
}
