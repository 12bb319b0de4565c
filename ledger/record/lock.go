package record

import (
	"encoding/binary"
	"fmt"

	"daybook/ledger/civil"
)

// A Lock is what the book keeps of a period's being locked, or unlocked: for ever, in order.
type Lock struct {
	Number  int64      `json:"number"`           // from 1, over both
	Unlock  bool       `json:"unlock,omitempty"` // it moved the lock back
	Through civil.Date `json:"through"`          // the day that was named
	Locked  civil.Date `json:"locked_through"`   // what has been locked since; civil.None: nothing
	When    string     `json:"when"`             // RFC 3339, UTC
	Reason  string     `json:"reason,omitempty"`
	Forced  bool       `json:"forced,omitempty"` // though something failed
	Last    civil.Date `json:"last_night"`       // the last night that was closed then
	Root    string     `json:"journal_root"`     // of that night: over all that the book had
	Folder  string     `json:"folder,omitempty"` // of the package in the output folder
	Checks  []Check    `json:"checks,omitempty"`
	// Reconciled is the date of the reconciliation in the package; civil.None: it has none.
	Reconciled civil.Date `json:"reconciled"`
}

// A Check is what was proved, or not, before a period was locked.
type Check struct {
	Name    string            `json:"name"`
	Result  string            `json:"result"`  // [Passed], [Failed] or [NotAsked]
	Figures map[string]string `json:"figures"` // what it saw, by name
	Faults  []string          `json:"faults"`  // why it failed
}

// The results of a check.
const (
	Passed   = "passed"
	Failed   = "failed"
	NotAsked = "not_asked" // by the policy
)

// LockKey is the key under which a lock is kept: keys sort as numbers do.
func LockKey(number int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(number)) }

// EncodeLock writes a lock as the book keeps it.
func EncodeLock(l *Lock) []byte { return encodeJSON(l) }

// ReadLock reads what [EncodeLock] wrote.
func ReadLock(b []byte) (*Lock, error) {
	l := &Lock{Reconciled: civil.None}
	if err := readJSON(b, l); err != nil {
		return nil, err
	}
	if l.Number < 1 || l.Through == civil.None || l.Locked > l.Through || l.Last < l.Through && !l.Unlock {
		return nil, fmt.Errorf("lock %d is damaged", l.Number)
	}
	return l, nil
}
