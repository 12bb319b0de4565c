package lookup

import (
	"encoding/hex"

	"daybook/batch/book"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// A Status is what a book says of itself.
type Status struct {
	Format       int           `json:"format_version"`
	Policy       string        `json:"policy"`
	PolicyDigest string        `json:"policy_digest"`
	Nights       []NightStatus `json:"nights"` // in order, the last of Closed
	Closed       int           `json:"-"`      // how many nights the book has
	Loans        int64         `json:"loans"`  // at the last close
	Held         int64         `json:"held"`   // payments in suspense at the last close
	Locked       *civil.Date   `json:"locked_through"`
	Locks        []LockStatus  `json:"locks"` // and what moved them back, in order
}

// A LockStatus is a period's being locked, or unlocked.
type LockStatus struct {
	Number  int64       `json:"number"`
	Action  string      `json:"action"` // lock, unlock
	Through civil.Date  `json:"through"`
	Locked  *civil.Date `json:"locked_through"` // since then; nil: nothing
	When    string      `json:"when"`
	Reason  string      `json:"reason"`
	Forced  bool        `json:"forced"`
	Last    civil.Date  `json:"last_night"`
	Root    string      `json:"journal_root"` // of that night
}

// A NightStatus is a closed night.
type NightStatus struct {
	Date         civil.Date `json:"business_date"`
	Files        int        `json:"files"`
	Rows         int64      `json:"rows"`
	Loans        int64      `json:"loans"`
	Held         int64      `json:"held"`
	Entries      int64      `json:"entries"`
	Postings     int64      `json:"postings"`
	Replayed     int64      `json:"loans_replayed"`
	Above        bool       `json:"rejects_above_threshold"`
	Software     string     `json:"software"`
	Policy       string     `json:"policy"`
	PolicyDigest string     `json:"policy_digest"`
	InputsDigest string     `json:"inputs_digest"`
	JournalRoot  string     `json:"journal_root"` // over this and all earlier nights' journals
}

// StatusOf returns the status of a book, which may have no night yet, with so many of its
// last nights: to read the record of one takes longer than to find that it is there.
func StatusOf(b *store.Book, recent int) (*Status, error) {
	p, err := book.Policy(b)
	if err != nil {
		return nil, err
	}
	s := &Status{Format: b.Format(), Policy: p.Name, PolicyDigest: hex.EncodeToString(p.Digest[:]), Nights: []NightStatus{}}
	nights, err := b.Nights()
	if err != nil {
		return nil, err
	}
	s.Closed = len(nights)
	for _, d := range nights[max(0, len(nights)-recent):] {
		r, err := book.Night(b, d)
		if err != nil {
			return nil, err
		}
		s.Nights = append(s.Nights, nightStatus(r))
		s.Loans, s.Held = r.Loans, r.Held
	}
	locks, err := book.LoadLocks(b)
	if err != nil {
		return nil, err
	}
	s.Locked, s.Locks = dateOf(locks.Through()), []LockStatus{}
	for i := range locks {
		s.Locks = append(s.Locks, StatusOfLock(&locks[i]))
	}
	return s, nil
}

// StatusOfLock is a lock as it is shown.
func StatusOfLock(l *record.Lock) LockStatus {
	action := "lock"
	if l.Unlock {
		action = "unlock"
	}
	return LockStatus{
		Number: l.Number, Action: action, Through: l.Through, Locked: dateOf(l.Locked), When: l.When, Reason: l.Reason, Forced: l.Forced, Last: l.Last, Root: l.Root,
	}
}

// dateOf is a date, or nil where there is none.
func dateOf(d civil.Date) *civil.Date {
	if d == civil.None {
		return nil
	}
	return &d
}

func nightStatus(r *record.Night) NightStatus {
	n := NightStatus{
		Date: r.Date, Files: len(r.Inputs), Loans: r.Loans, Held: r.Held, Entries: r.Entries, Postings: r.Postings,
		Replayed: r.Replayed, Above: r.Above, Software: r.Software, Policy: r.PolicyName, PolicyDigest: r.PolicyDigest,
		InputsDigest: r.InputsDigest, JournalRoot: r.Root,
	}
	for _, f := range r.Inputs {
		n.Rows += f.Rows
	}
	return n
}
