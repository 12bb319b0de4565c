package book

import (
	"testing"

	"daybook/ledger/store"
)

// Loans are told apart though their hashes are the same.
func TestLoanCodesOfOneHash(t *testing.T) {
	c := &LoanCodes{}
	list := []string{"a", "twin 1", "twin 2", "twin 3", "z"}
	same := store.Hash([]byte("m"))
	for i, id := range list {
		hash := same
		switch id { // ids before and behind it
		case "a":
			hash = 0
		case "z":
			hash = 1<<64 - 1
		}
		c.add(hash, []byte(id), LoanCode{Product: uint16(i), Region: uint16(10 + i)})
	}
	for i, id := range list[1:4] {
		if got, ok := c.Of([]byte(id)); !ok || got != (LoanCode{Product: uint16(i + 1), Region: uint16(i + 11)}) {
			t.Errorf("%s is %+v, %v", id, got, ok)
		}
	}
	if got, ok := c.Of([]byte("no such loan")); ok {
		t.Errorf("a loan that is not there is %+v", got)
	}
}
