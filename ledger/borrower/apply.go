package borrower

import (
	"slices"

	"daybook/ledger/civil"
)

// Rows are what one night's files say of one borrower, each kind in the order of
// the files and their rows.
type Rows struct {
	Records  []RecordRow
	Flags    []FlagRow
	Contacts []ContactRow
}

// A RecordRow is a row of a borrowers file. [Apply] fills in the night, and an
// as-of date that is [civil.None].
type RecordRow struct {
	Record
	Outcome Outcome
}

// A FlagRow is a row of a flags file. [Apply] fills in the night.
type FlagRow struct {
	Flag
	Outcome Outcome
}

// A ContactRow is a row of a contacts file. [Apply] fills in the night.
type ContactRow struct {
	Contact
	Taken   bool // the caller knows that another borrower's row has the id
	Outcome Outcome
}

// A Night is what holds for every borrower of a night.
type Night struct {
	Date          civil.Date
	Earliest      int64 // microseconds: no contact is before
	End           int64 // microseconds: every contact is before
	HorizonDays   int   // the furthest that a promise may reach
	GraceDays     int   // that a promise has after its date
	ReviewDays    int   // that a case of hardship is open
	RetentionDays int   // that contacts are kept after the last one
	Trial         bool  // nothing is kept of it: there is room for every row

	// LocalDate returns the date of an instant at a borrower's place, by his record
	// in force, which may be nil. The zones are the caller's.
	LocalDate func(r *Record, at int64) civil.Date
}

// What a State may hold, in bytes as size counts them. Beyond the first limit only
// rows that restrain contact are still accepted, up to the second: a record in the
// book stays below the largest that it takes.
const (
	sizeMax         = 8 << 20
	restrainSizeMax = 12 << 20
)

// size is above what a row takes in the book.
func (c *Contact) size() int {
	return 64 + len(c.ID) + len(c.TaskKey) + len(c.Loan) + len(c.Kind) + len(c.Channel) + len(c.Outcome) + len(c.Currency) +
		len(c.Reason) + len(c.Target)
}

func (f *Flag) size() int { return 32 + len(f.Loan) + len(f.Name) }

func (s *State) size() (n int) {
	for i := range s.Flags {
		n += s.Flags[i].size()
	}
	for i := range s.Contacts {
		n += s.Contacts[i].size()
	}
	return n
}

// Apply returns what is known of a borrower after a night's rows, and sets the
// outcome of each. loans are the ids of the loans that the book has of him, those
// of tonight among them, in ascending order. Rows of somebody without a loan wait
// in his State; of his contacts only those that restrain.
//
// Ids of contacts are one space over all borrowers, of which a State knows its own
// part. The caller finds the ids that rows of several borrowers would take: Apply
// tells which rows would be accepted, and is asked again, of the same State, with
// the losers marked as taken.
func Apply(s State, rows *Rows, loans []string, n *Night) State {
	s.HadLoan = s.HadLoan || len(loans) > 0
	s.Record = applyRecords(s.Record, rows.Records, n.Date)
	if len(rows.Flags) == 0 && len(rows.Contacts) == 0 {
		return s
	}
	size := s.size()
	s.Flags = applyFlags(s.Flags, rows.Flags, n.Date, &size)
	s.Contacts = applyContacts(&s, rows.Contacts, loans, n, size)
	return s
}

// applyRecords returns the record in force after a night's rows: that of the
// greatest as-of date, of one date that of the later night. A row that comes too
// late to be it is applied, and changes nothing.
func applyRecords(known *Record, rows []RecordRow, date civil.Date) *Record {
	type group struct {
		first    *RecordRow
		conflict bool
	}
	groups := make(map[civil.Date]*group, len(rows))
	for i := range rows {
		r := &rows[i]
		r.Night = date
		if r.AsOf == civil.None {
			r.AsOf = date
		}
		g := groups[r.AsOf]
		switch {
		case r.HasAffordable && r.Affordable < 0:
			r.Outcome = AmountNotPositive
		case g == nil:
			groups[r.AsOf] = &group{first: r}
			if r.Outcome = Applied; known != nil && r.same(known) {
				r.Outcome = Duplicate
			}
		case !g.first.same(&r.Record):
			g.conflict, r.Outcome = true, ConflictingDuplicate
		default:
			r.Outcome = Duplicate
		}
	}
	best := known
	for i := range rows {
		r := &rows[i]
		switch g := groups[r.AsOf]; {
		case r.Outcome == AmountNotPositive:
		case g.conflict:
			r.Outcome = ConflictingDuplicate
		case r.Outcome == Applied && (best == nil || r.AsOf >= best.AsOf):
			record := r.Record
			best = &record
		}
	}
	return best
}

// applyFlags returns the flags after a night's rows. size grows by what is new.
func applyFlags(known []Flag, rows []FlagRow, date civil.Date, size *int) []Flag {
	if len(rows) == 0 {
		return known
	}
	kept := make(map[Flag]*Flag, len(known)) // by key
	for i := range known {
		kept[known[i].key()] = &known[i]
	}
	tonight := make(map[Flag]*FlagRow, len(rows)) // by key: the row that ends last
	seen := make(map[Flag]bool, len(rows))
	for i := range rows {
		r := &rows[i]
		r.Night = date
		k := r.key()
		before, new := kept[k], tonight[k] == nil && kept[k] == nil
		switch {
		case r.Until != civil.None && r.Until < r.From:
			r.Outcome = UntilBeforeFrom
			continue
		case new && *size+r.size() > restrainSizeMax:
			r.Outcome = TooMany
			continue
		case seen[r.Flag] || before != nil && before.Until == r.Until:
			r.Outcome = Duplicate
		default:
			r.Outcome = Applied
		}
		if new {
			*size += r.size()
		}
		seen[r.Flag] = true
		if best := tonight[k]; best == nil || r.outlasts(&best.Flag) {
			tonight[k] = r
		}
	}
	flags := make([]Flag, 0, len(known)+len(tonight))
	for _, f := range known {
		if r := tonight[f.key()]; r != nil && r.Until != f.Until {
			f = r.Flag
		}
		flags = append(flags, f)
	}
	for k, r := range tonight { // in any order: keys differ, and are sorted
		if kept[k] == nil {
			flags = append(flags, r.Flag)
		}
	}
	slices.SortFunc(flags, compareFlags)
	return flags
}

// key returns the flag with nothing but its key.
func (f *Flag) key() Flag { return Flag{Loan: f.Loan, Name: f.Name, From: f.From} }

// applyContacts returns the contacts after a night's rows. size is that of the
// State so far.
func applyContacts(s *State, rows []ContactRow, loans []string, n *Night, size int) []Contact {
	if len(rows) == 0 {
		return s.Contacts
	}
	accepted := make(map[string]*Contact, len(rows)) // of tonight's ids
	for i := range rows {
		accepted[rows[i].ID] = nil
	}
	for i := range s.Contacts {
		if _, asked := accepted[s.Contacts[i].ID]; asked {
			accepted[s.Contacts[i].ID] = &s.Contacts[i]
		}
	}
	contacts, grown := s.Contacts, false
	for i := range rows {
		r := &rows[i]
		r.Night = n.Date
		_, r.OwnLoan = slices.BinarySearch(loans, r.Loan)
		r.OwnLoan = r.OwnLoan && r.Loan != ""
		before := accepted[r.ID]
		if before != nil && r.same(before) {
			r.Outcome = Duplicate
			continue
		}
		most := sizeMax
		if r.Restrains() {
			most = restrainSizeMax
		}
		switch r.Outcome = r.check(s.Record, loans, n); {
		case r.Outcome != Applied:
		case before != nil || r.Taken:
			r.Outcome = ConflictingDuplicate
		case size+r.size() > most && !n.Trial:
			r.Outcome = TooMany
		default:
			if !grown {
				contacts, grown = slices.Clone(contacts), true
			}
			size += r.size()
			contacts = append(contacts, r.Contact)
			accepted[r.ID] = &r.Contact
		}
	}
	if grown {
		slices.SortFunc(contacts, compareContacts)
	}
	return contacts
}

// check says what is wrong with a row by itself, or [Applied]. The first that is
// found counts, in the order of the code.
func (c *Contact) check(record *Record, loans []string, n *Night) Outcome {
	kind := c.Meaning()
	if !c.Restrains() {
		if len(loans) == 0 {
			return UnknownBorrower
		}
		if _, his := slices.BinarySearch(loans, c.Loan); c.Loan != "" && !his {
			return UnknownLoan
		}
	}
	switch {
	case kind == Consent && c.Channel == "",
		kind == Promise && (!c.HasAmount || c.PromisedOn == civil.None || c.Loan == "" && c.Currency == ""),
		kind == Unhold && c.Reason == "",
		kind == Void && c.Target == "":
		return MissingValue
	}
	if _, known := ParseChannel(c.Channel); kind == Consent && !known {
		return UnknownChannel
	}
	switch {
	case kind == Promise && c.Amount <= 0:
		return AmountNotPositive
	case c.At >= n.End:
		return AtTooLate
	case c.At < n.Earliest:
		return AtTooEarly
	case kind != Promise:
		return Applied
	}
	madeOn := n.LocalDate(record, c.At)
	switch {
	case c.PromisedOn < madeOn:
		return PromisedBeforeMade
	case int(c.PromisedOn-madeOn) > n.HorizonDays:
		return PromiseTooFar
	}
	return Applied
}
