package store_test

import (
	"fmt"

	"daybook/ledger/civil"
	"daybook/ledger/store"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A night is built beside the book, in parts, and enters it in one step.
func Example() {
	book, err := store.Create("book", store.Options{FS: vfs.NewMem()})
	check(err)
	night, err := book.Begin(civil.Of(2026, 11, 23))
	check(err)
	part, err := night.Part(0, store.Partitions)
	check(err)
	id := []byte("L1")
	check(part.Add(store.Loans, store.Hash(id), id, nil, []byte("a loan's record")))
	digest, err := part.Finish()
	check(err)
	fmt.Println("loans written:", digest.Partitions[store.Partition(store.Hash(id))][store.Loans].Records)
	check(night.PutNight([]byte("the night's record")))
	check(night.Commit())

	loans, err := book.Scan(store.Loans, civil.None, 0, store.Partitions)
	check(err)
	for loans.Next() {
		fmt.Printf("%s: %s\n", loans.ID(), loans.Record())
	}
	check(loans.Err())
	check(loans.Close())
	check(book.Close())
	// Output:
	// loans written: 1
	// L1: a loan's record
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
