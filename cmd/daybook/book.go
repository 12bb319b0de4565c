package main

import (
	"errors"
	"fmt"

	"daybook/batch/lookup"
	"daybook/ledger/civil"
	"daybook/ledger/store"
)

// look opens a book for reading and hands a reader of its last night to a
// function. Another process may close a night meanwhile.
func look(dir string, do func(*lookup.Reader) error) error {
	return open(dir, func(b *store.Book) error {
		if last, err := b.LastNight(); err != nil {
			return err
		} else if last == civil.None {
			return notFound("daybook close closes the first one", fmt.Errorf("book %s has not closed a night yet", dir))
		}
		r, err := lookup.Open(b)
		if err != nil {
			return err
		}
		return do(r)
	})
}

// open opens a book for reading.
func open(dir string, do func(*store.Book) error) error {
	b, err := store.OpenReadOnly(dir, store.Options{})
	if err != nil {
		return err
	}
	return errors.Join(do(b), b.Close())
}
