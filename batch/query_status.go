package batch

import (
	"daybook/ledger/civil"
	"daybook/ledger/store"
)

// A Status is what a book says of itself.
type Status struct {
	Format       int           `json:"format_version"`
	Policy       string        `json:"policy"`
	PolicyDigest string        `json:"policy_digest"`
	Nights       []NightStatus `json:"nights"` // in order
	Loans        int64         `json:"loans"`  // at the last close
	Held         int64         `json:"held"`   // payments in suspense at the last close
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

// BookStatus returns the status of a book, which may have no night yet.
func BookStatus(b *store.Book) (*Status, error) {
	p, err := bookPolicy(b)
	if err != nil {
		return nil, err
	}
	s := &Status{Format: b.Format(), Policy: p.Name, PolicyDigest: hexOf(p.Digest), Nights: []NightStatus{}}
	nights, err := b.Nights()
	if err != nil {
		return nil, err
	}
	for _, d := range nights {
		r, err := readRecord(b, d)
		if err != nil {
			return nil, err
		}
		s.Nights = append(s.Nights, r.status())
		s.Loans, s.Held = r.Loans, r.Held
	}
	return s, nil
}

func (r *record) status() NightStatus {
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
