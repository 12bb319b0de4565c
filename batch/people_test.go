package batch

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook/aging/treat"
	"daybook/batch/lookup"
	"daybook/batch/meet"
	"daybook/batch/policy"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

type borrowerFile struct {
	BorrowerID string  `parquet:"borrower_id"`
	AsOf       *int32  `parquet:"as_of,optional,date"`
	Zone       *string `parquet:"time_zone,optional"`
	Language   *string `parquet:"language,optional"`
}

type flagFile struct {
	BorrowerID *string `parquet:"borrower_id,optional"`
	LoanID     *string `parquet:"loan_id,optional"`
	Flag       string  `parquet:"flag"`
	ValidFrom  int32   `parquet:"valid_from,date"`
	ValidUntil *int32  `parquet:"valid_until,optional,date"`
}

type contactFile struct {
	ContactID  string    `parquet:"contact_id"`
	BorrowerID *string   `parquet:"borrower_id,optional"`
	TaskKey    *string   `parquet:"task_key,optional"`
	LoanID     *string   `parquet:"loan_id,optional"`
	Kind       string    `parquet:"kind"`
	At         time.Time `parquet:"at,timestamp(microsecond)"`
	Channel    *string   `parquet:"channel,optional"`
	Outcome    *string   `parquet:"outcome,optional"`
	Reason     *string   `parquet:"reason,optional"`
	Amount     *int64    `parquet:"amount,optional,decimal(2:18)"`
	Currency   *string   `parquet:"currency,optional"`
	Target     *string   `parquet:"target_id,optional"`
	Promised   *int32    `parquet:"promised_on,optional,date"`
}

func (c *contactFile) contact() borrower.Contact {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	v := borrower.Contact{
		ID: c.ContactID, TaskKey: text(c.TaskKey), Loan: text(c.LoanID), Kind: c.Kind, At: c.At.UnixMicro(), Channel: text(c.Channel),
		Outcome: text(c.Outcome), PromisedOn: civil.None, Until: civil.None, Reason: text(c.Reason), Target: text(c.Target),
		Currency: text(c.Currency),
	}
	if c.Promised != nil {
		v.PromisedOn = civil.Date(*c.Promised)
	}
	switch {
	case c.Amount == nil:
	case v.Currency != "":
		v.HasAmount, v.Amount, v.Digits = true, money.Amount(*c.Amount), borrower.MinorUnits
	default: // as few digits as say it
		v.HasAmount, v.Amount, v.Digits = true, money.Amount(*c.Amount), 2
		for v.Digits > 0 && v.Amount%10 == 0 {
			v.Amount, v.Digits = v.Amount/10, v.Digits-1
		}
	}
	return v
}

// A people is what the contract makes of the rows of borrowers, flags and contacts,
// reckoned with maps over all nights: what is known of whom, who has which id, and the
// flags of loans.
type people struct {
	loans   map[string]string // borrower by loan
	known   map[string]borrower.State
	flags   map[string]borrower.State // of loans
	owner   map[string]string         // of ids of contacts
	rejects map[string]string         // tonight, by file and row
	rules   *treat.Rules
}

func newPeople() *people {
	p, err := policy.Builtin(policy.Default)
	if err != nil {
		panic(err)
	}
	return &people{map[string]string{}, map[string]borrower.State{}, map[string]borrower.State{}, map[string]string{}, nil, p.Collections}
}

type peopleNight struct {
	loans    []loanFile
	records  []borrowerFile
	flags    []flagFile
	contacts []contactFile
}

// close does a night row by row.
func (m *people) close(date civil.Date, n *peopleNight) {
	m.rejects = map[string]string{}
	for _, l := range n.loans {
		m.loans[l.LoanID] = l.BorrowerID
	}
	reject := func(file string, row int, o borrower.Outcome) {
		if o != borrower.Applied && o != borrower.Duplicate {
			m.rejects[fmt.Sprintf("%s-a.parquet:%d", file, row)] = o.Code()
		}
	}
	settings := meet.NightOf(date, m.rules, meet.NewZones(time.FixedZone("", 8*3600)))
	rowsOf, at := map[string]*borrower.Rows{}, map[string][]int{}
	of := func(id string) *borrower.Rows {
		if rowsOf[id] == nil {
			rowsOf[id] = &borrower.Rows{}
		}
		return rowsOf[id]
	}
	note := func(kind, id string, row int) { at[kind+id] = append(at[kind+id], row) }
	for i, r := range n.records {
		v := borrower.Record{AsOf: civil.None, BornOn: civil.None, ContactFrom: borrower.NoTime, ContactUntil: borrower.NoTime}
		if r.AsOf != nil {
			v.AsOf = civil.Date(*r.AsOf)
		}
		if r.Zone != nil {
			v.TimeZone = *r.Zone
		}
		if r.Language != nil {
			v.Language = *r.Language
		}
		of(r.BorrowerID).Records = append(of(r.BorrowerID).Records, borrower.RecordRow{Record: v})
		note("r", r.BorrowerID, i)
	}
	waits := map[string]*borrower.Rows{}
	for i, f := range n.flags {
		v := borrower.Flag{Name: f.Flag, From: civil.Date(f.ValidFrom), Until: civil.None}
		if f.ValidUntil != nil {
			v.Until = civil.Date(*f.ValidUntil)
		}
		switch {
		case f.BorrowerID != nil:
			of(*f.BorrowerID).Flags = append(of(*f.BorrowerID).Flags, borrower.FlagRow{Flag: v})
			note("f", *f.BorrowerID, i)
		default:
			v.Loan = *f.LoanID
			if waits[v.Loan] == nil {
				waits[v.Loan] = &borrower.Rows{}
			}
			waits[v.Loan].Flags = append(waits[v.Loan].Flags, borrower.FlagRow{Flag: v})
			note("w", v.Loan, i)
		}
	}
	for i, c := range n.contacts {
		if c.BorrowerID == nil {
			m.rejects[fmt.Sprintf("contacts-a.parquet:%d", i)] = "unknown_task"
			continue
		}
		of(*c.BorrowerID).Contacts = append(of(*c.BorrowerID).Contacts, borrower.ContactRow{Contact: c.contact()})
		note("c", *c.BorrowerID, i)
	}
	for l, r := range waits {
		m.flags[l] = borrower.Apply(m.flags[l], r, nil, &settings)
		for k, row := range at["w"+l] {
			reject("flags", row, r.Flags[k].Outcome)
		}
	}
	all := map[string]bool{}
	for id := range rowsOf {
		all[id] = true
	}
	for id := range m.known {
		all[id] = true
	}
	for _, id := range m.loans {
		all[id] = true
	}
	ownLoans := func(id string) (list []string) {
		for l, b := range m.loans {
			if b == id {
				list = append(list, l)
			}
		}
		slices.Sort(list)
		return list
	}
	state := func(id string) borrower.State { return m.known[id] }
	// Who gets which id: an owner keeps it, else the first row that would be accepted.
	for id := range rowsOf {
		for k := range of(id).Contacts {
			c := &of(id).Contacts[k]
			c.Taken = m.owner[c.ID] != "" && m.owner[c.ID] != id
		}
		borrower.Apply(state(id), of(id), ownLoans(id), &settings)
	}
	winner := map[string]string{}
	for i, c := range n.contacts {
		if c.BorrowerID == nil || m.owner[c.ContactID] != "" || winner[c.ContactID] != "" {
			continue
		}
		k := slices.Index(at["c"+*c.BorrowerID], i)
		if of(*c.BorrowerID).Contacts[k].Outcome == borrower.Applied {
			winner[c.ContactID] = *c.BorrowerID
		}
	}
	for id := range all {
		for k := range of(id).Contacts {
			c := &of(id).Contacts[k]
			if w := winner[c.ID]; w != "" && w != id {
				c.Taken = true
			}
		}
		before := map[string]bool{}
		for _, c := range m.known[id].Contacts {
			before[c.ID] = true
		}
		after := borrower.Expire(borrower.Apply(state(id), of(id), ownLoans(id), &settings), len(ownLoans(id)) > 0, &borrower.Treatment{}, &settings)
		for k, row := range at["r"+id] {
			reject("borrowers", row, of(id).Records[k].Outcome)
		}
		for k, row := range at["f"+id] {
			reject("flags", row, of(id).Flags[k].Outcome)
		}
		for k, row := range at["c"+id] {
			reject("contacts", row, of(id).Contacts[k].Outcome)
		}
		for _, c := range after.Contacts {
			m.owner[c.ID] = id
			delete(before, c.ID)
		}
		for c := range before {
			delete(m.owner, c)
		}
		m.known[id] = after
	}
}

// randomPeople draws a night's rows of few borrowers, loans and ids, so that they meet.
func randomPeople(t *testing.T, r *rand.Rand, date civil.Date, booked map[string]bool) *peopleNight {
	n := &peopleNight{}
	some := func(prefix string, most int) string { return fmt.Sprint(prefix, r.IntN(most)) }
	maybe := func(s string) *string {
		if r.IntN(3) == 0 {
			return nil
		}
		return &s
	}
	for range r.IntN(4) {
		l := aLoan(t, some("L", 12), "2026-01-01", "2026-02-01")
		l.BorrowerID = "B" + l.LoanID[1:2]
		if !booked[l.LoanID] {
			booked[l.LoanID] = true
			n.loans = append(n.loans, l)
		}
	}
	for range r.IntN(5) {
		b := borrowerFile{BorrowerID: some("B", 5), Zone: maybe("Asia/Shanghai"), Language: maybe(some("zh-", 2))}
		if r.IntN(2) == 0 {
			b.AsOf = ptr(int32(date) - int32(r.IntN(3)))
		}
		n.records = append(n.records, b)
	}
	for range r.IntN(6) {
		f := flagFile{Flag: []string{"watch", "deceased", "odd one"}[r.IntN(3)], ValidFrom: int32(date) - int32(r.IntN(3))}
		if r.IntN(2) == 0 {
			f.LoanID = ptr(some("L", 12))
		} else {
			f.BorrowerID = ptr(some("B", 5))
		}
		if r.IntN(2) == 0 {
			f.ValidUntil = ptr(int32(date) + int32(r.IntN(4)) - 2)
		}
		n.flags = append(n.flags, f)
	}
	for range r.IntN(8) {
		c := contactFile{
			ContactID: some("C", 9), BorrowerID: ptr(some("B", 5)), LoanID: maybe(some("L", 12)), Channel: maybe("sms"), Outcome: maybe("no_answer"),
			Amount: someAmount(r), Currency: maybe("CNY"), Kind: []string{"attempt", "opt_out", "hold", "consent", "odd"}[r.IntN(5)],
			At: time.Date(2026, 2, 1+r.IntN(4), r.IntN(24), 0, 0, 0, time.UTC),
		}
		switch r.IntN(12) {
		case 0:
			c.BorrowerID, c.TaskKey = nil, ptr("key")
		case 1:
			c.At = c.At.AddDate(0, 0, 40)
		}
		n.contacts = append(n.contacts, c)
	}
	return n
}

func someAmount(r *rand.Rand) *int64 {
	if r.IntN(2) == 0 {
		return nil
	}
	return ptr([]int64{0, 100, 150, 1050, 7}[r.IntN(5)])
}

func (n *peopleNight) write(t *testing.T, dir string) {
	t.Helper()
	write(t, dir, "loans-a", n.loans)
	write(t, dir, "borrowers-a", n.records)
	write(t, dir, "flags-a", n.flags)
	write(t, dir, "contacts-a", n.contacts)
}

// keptPeople reads what a book knows of borrowers, the flags of loans, and who has which id.
func keptPeople(t *testing.T, l *lender) (known, waiting map[string]borrower.State, owner map[string]string) {
	t.Helper()
	b := openRead(t, l)
	known, waiting, owner = map[string]borrower.State{}, map[string]borrower.State{}, map[string]string{}
	for space, into := range map[store.Space]map[string]borrower.State{store.Borrowers: known, store.LoanFlags: waiting} {
		s, err := b.Scan(space, civil.None, 0, store.Partitions)
		if err != nil {
			t.Fatal(err)
		}
		for s.Next() {
			x, err := record.ReadBorrower(s.Record())
			if err != nil {
				t.Fatal(err)
			}
			x.Worst = 0
			into[string(s.ID())] = x
		}
		if err := s.Err(); err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	s, err := b.Scan(store.ContactIDs, civil.None, 0, store.Partitions)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for s.Next() {
		id, err := record.ReadContactID(s.Record())
		if err != nil {
			t.Fatal(err)
		}
		owner[string(s.ID())] = string(id)
	}
	return known, waiting, owner
}

// What a book keeps of borrowers, and what becomes of their rows, is what the contract
// makes of them night by night, on any number of workers and in little memory.
func TestPeopleAgreeWithTheModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 7))
		l, m := newLender(t), newPeople()
		l.o.Workers, l.o.Memory = 1+int(seed%3), 1<<20
		booked := map[string]bool{}
		var dates []string
		for k := range 5 {
			date := civil.Of(2026, 2, 3+k)
			dates = append(dates, date.String())
			n := randomPeople(t, r, date, booked)
			n.write(t, l.in(date.String()))
			s := l.close(date.String())
			m.close(date, n)
			unknown := int64(0)
			for _, f := range n.flags {
				if f.Flag == "odd one" {
					unknown++
				}
			}
			for _, in := range s.Manifest.Inputs {
				if want := map[bool]int64{true: unknown}[in.Kind == "flags"]; in.UnknownFlags != want {
					t.Errorf("seed %d, %s: %s has %d unknown flags, want %d", seed, date, in.Path, in.UnknownFlags, want)
				}
			}
			samePeople(t, fmt.Sprintf("seed %d, %s", seed, date), l, m, date.String())
		}
		verifySilent(t, l)
		if seed < 2 {
			settings(t, l, dates, []int{1, 4}, 0, 1<<20)
		}
	}
}

func samePeople(t *testing.T, name string, l *lender, m *people, date string) {
	t.Helper()
	known, waiting, owner := keptPeople(t, l)
	bytesOf := func(of map[string]borrower.State) map[string]string {
		list := map[string]string{}
		for id, s := range of {
			if s.Says() {
				s.HadLoan = false // it follows from the loans where nothing else is known
				list[id] = string(record.AppendBorrower(nil, &s))
			}
		}
		return list
	}
	for what, x := range map[string][2]map[string]string{
		"known": {bytesOf(known), bytesOf(m.known)}, "flags of loans": {bytesOf(waiting), bytesOf(m.flags)}, "ids": {owner, m.owner},
		"rejects": {l.rejects(date), m.rejects},
	} {
		got, want := x[0], x[1]
		for id := range want {
			if got[id] != want[id] {
				t.Errorf("%s: %s: %s is %q, want %q", name, what, id, got[id], want[id])
			}
		}
		for id := range got {
			if _, ok := want[id]; !ok {
				t.Errorf("%s: %s: %s is there: %q", name, what, id, got[id])
			}
		}
	}
}

// A loan's borrower_classification is the worst of his loans on the book: in the tape,
// in what is published again, in exports, and where one loan is looked up.
func TestWorstOfTheBorrowersLoans(t *testing.T) {
	old := partRows
	partRows = 1
	t.Cleanup(func() { partRows = old })
	l := newLender(t)
	var loans []loanFile
	var paid []repaymentFile
	for i := range 60 {
		x := aLoan(t, crowded(fmt.Sprintf("L%02d", i)), "2026-01-01", "2026-02-01")
		x.BorrowerID = fmt.Sprintf("B%d", i%25)
		loans = append(loans, x)
		if i%3 == 0 {
			paid = append(paid, pays(t, fmt.Sprint("P", i), x.LoanID, "2026-02-01", "1300.00"))
		}
	}
	write(t, l.in("2026-02-01"), "loans-a", loans)
	write(t, l.in("2026-02-01"), "repayments-a", paid)
	l.close("2026-02-01")
	write(t, l.in("2026-06-15"), "repayments-a", []repaymentFile{pays(t, "Q", "L01", "2026-06-01", "400.00")})
	l.close("2026-06-15")
	tape := l.tape("2026-06-15")
	order := []string{"pass", "special_mention", "substandard", "doubtful", "loss"}
	reader, err := lookup.Open(openRead(t, l))
	if err != nil {
		t.Fatal(err)
	}
	worst := map[string]int{}
	for _, x := range tape {
		if x["status"] == "active" {
			worst[x["borrower_id"]] = max(worst[x["borrower_id"]], slices.Index(order, x["classification"])+1)
		}
	}
	differ := 0
	for id, x := range tape {
		want := x["classification"]
		if w := worst[x["borrower_id"]]; w > 0 {
			want = order[w-1]
		}
		if x["borrower_classification"] != want {
			t.Errorf("loan %s: borrower_classification is %s, want %s", id, x["borrower_classification"], want)
		}
		if want != x["classification"] {
			differ++
		}
		v, err := reader.Loan(id)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.Tape.Get("borrower_classification"); got != want {
			t.Errorf("loan %s: looked up, borrower_classification is %s, want %s", id, got, want)
		}
	}
	if differ < 5 {
		t.Errorf("%d loans have a better tier than their borrower: too few to see anything", differ)
	}
	settings(t, l, []string{"2026-02-01", "2026-06-15"}, []int{1, 4}, 0, 1<<20)
	verifySilent(t, l)
}

// All loans of one borrower, more than there is room for, come out as those of many do.
func TestBorrowerOfVeryManyLoans(t *testing.T) {
	smallLimits(t, 20, eventsMax, eventsLifeMax, heldMax, specialsMax)
	l := newLender(t)
	var loans []loanFile
	for i := range 120 {
		x := aLoan(t, fmt.Sprintf("L%03d", i), "2026-01-01", "2026-02-01")
		x.BorrowerID = "everybody"
		if i%2 == 0 {
			x.FirstDueOn = int32(day(t, "2026-05-01"))
		}
		loans = append(loans, x)
	}
	write(t, l.in("2026-04-15"), "loans-a", loans)
	l.close("2026-04-15")
	classes := map[string]bool{}
	for _, x := range l.tape("2026-04-15") {
		classes[x["borrower_classification"]] = true
	}
	if len(classes) != 1 || classes["pass"] {
		t.Errorf("the loans of one borrower are classed with %v", classes)
	}
	if tasks := l.table("2026-04-15", "queue/tasks.parquet"); len(tasks) != 1 || tasks[0]["loans"] != "60" {
		t.Errorf("his tasks are %v", tasks)
	}
}

// Each outcome has the reason whose code it names.
func TestOutcomesHaveReasons(t *testing.T) {
	for o := range borrower.Outcomes {
		if r := reasonOf(o); r.Code() != o.Code() || o > borrower.Duplicate && r == loan.OK {
			t.Errorf("outcome %q has the reason %q", o.Code(), r.Code())
		}
	}
}

// somePeople adds files of borrowers, flags and contacts to a night of other rows: of
// borrowers and loans that it has, and of others.
func somePeople(t *testing.T, l *lender, date string, seed uint64) {
	t.Helper()
	n := randomPeople(t, rand.New(rand.NewPCG(seed, 3)), day(t, date), map[string]bool{})
	for i := range 40 {
		id := fmt.Sprintf("B%010d", i)
		n.records = append(n.records, borrowerFile{BorrowerID: id, Language: ptr("zh")})
		n.contacts = append(n.contacts, contactFile{
			ContactID: fmt.Sprintf("%s-%d", date, i), BorrowerID: &id, Kind: "opt_out", At: time.Unix(86400*int64(day(t, date)), 0).UTC(),
		})
		n.flags = append(n.flags, flagFile{LoanID: ptr(fmt.Sprintf("L%010d", i)), Flag: "watch", ValidFrom: int32(day(t, date))})
	}
	write(t, l.in(date), "borrowers-a", n.records)
	write(t, l.in(date), "flags-a", n.flags)
	write(t, l.in(date), "contacts-a", n.contacts)
}

// TestVerifyFindsForgedPeople: what is kept of borrowers, of flags of loans and of ids of
// contacts is held to the night's digests and, where these were forged as well, to
// itself and to the loans.
func TestVerifyFindsForgedPeople(t *testing.T) {
	l := newLender(t)
	twice := []loanFile{aLoan(t, "L1", "2025-06-01", "2025-07-01"), aLoan(t, "L2", "2026-01-01", "2026-03-01")}
	twice[0].BorrowerID, twice[1].BorrowerID = "B", "B"
	write(t, l.in("2026-02-03"), "loans-a", twice)
	write(t, l.in("2026-02-03"), "borrowers-a", []borrowerFile{{BorrowerID: "B", Language: ptr("zh")}})
	write(t, l.in("2026-02-03"), "flags-a", []flagFile{{LoanID: ptr("L1"), Flag: "watch", ValidFrom: int32(day(t, "2026-02-01"))}})
	write(t, l.in("2026-02-03"), "contacts-a", []contactFile{{
		ContactID: "C1", BorrowerID: ptr("B"), Kind: "opt_out", At: time.Date(2026, 2, 2, 3, 0, 0, 0, time.UTC),
	}})
	l.close("2026-02-03")
	verifySilent(t, l)
	state := func(change func(s *borrower.State)) func(rec []byte) []byte {
		return func(rec []byte) []byte {
			s, err := record.ReadBorrower(rec)
			if err != nil {
				t.Fatal(err)
			}
			change(&s)
			return record.AppendBorrower(nil, &s)
		}
	}
	gone := func([]byte) []byte { return nil }
	short := func(rec []byte) []byte { return rec[:len(rec)-1] }
	for _, x := range []struct {
		name   string
		space  store.Space
		change func(rec []byte) []byte
		sealed bool
		want   string
	}{
		{"another language", store.Borrowers, state(func(s *borrower.State) { s.Record.Language = "en" }), false, "borrowers, partition"},
		{"another flag", store.LoanFlags, state(func(s *borrower.State) { s.Flags[0].Name = "fraud" }), false, "flags of loans, partition"},
		{"flags that are gone", store.LoanFlags, gone, false, "flags of loans, partition"},
		{"an id that is gone", store.ContactIDs, gone, false, "ids of contacts, partition"},
		{"a borrower who is gone", store.Borrowers, gone, true, "the list of ids has it as that of borrower"},
		{"a contact that is gone", store.Borrowers, state(func(s *borrower.State) { s.Contacts = nil }), true, "who does not have it"},
		{"an id that is gone, sealed", store.ContactIDs, gone, true, "the list of ids does not have it"},
		{"an id of another", store.ContactIDs, func([]byte) []byte { return record.AppendContactID(nil, []byte("X")) }, true, "the list of ids has it as that of borrower"},
		{"a damaged id", store.ContactIDs, func(rec []byte) []byte { return rec[:1] }, true, "is damaged"},
		{"damaged flags", store.LoanFlags, short, true, "is damaged"},
		{"a damaged borrower", store.Borrowers, short, true, "is damaged"},
		{"another worst tier", store.Borrowers, state(func(s *borrower.State) { s.Worst-- }), true, "they say that the worst is substandard"},
		{"a tier that there is not", store.Borrowers, state(func(s *borrower.State) { s.Worst = 200 }), true, "a tier that there is not"},
		{"no worst tier", store.Borrowers, state(func(s *borrower.State) { s.Worst = 0 }), true, "keeps that all are of one tier"},
	} {
		f := &forger{digests: x.sealed, people: func(space store.Space, _ string, rec []byte) []byte {
			if space == x.space {
				return x.change(rec)
			}
			return rec
		}}
		b, faults := f.faults(t, l.o.Book)
		if all := strings.Join(faults, "\n"); !strings.Contains(all, x.want) {
			t.Errorf("%s: want %q, got\n%s", x.name, x.want, all)
		}
		if r, err := lookup.Open(b); x.name == "a tier that there is not" && err == nil {
			if _, err := r.Loan("L1"); err == nil || !strings.Contains(err.Error(), "run verify") {
				t.Errorf("a loan of a tier that there is not: %v", err)
			}
		}
	}
}

// One id of a contact that very many borrowers ask for is had by the first of them.
func TestOneIDOfVeryManyBorrowers(t *testing.T) {
	l := newLender(t)
	const n = 70_000
	rows := make([]contactFile, n)
	for i := range rows {
		rows[i] = contactFile{ContactID: "N/A", BorrowerID: ptr(fmt.Sprint("B", i)), Kind: "opt_out", At: time.Date(2026, 2, 2, 3, 0, 0, 0, time.UTC)}
	}
	write(t, l.in("2026-02-03"), "contacts-a", rows)
	s := l.close("2026-02-03")
	tallyIs(t, s, "contacts-a", 1, 0, n-1, 0)
	known, _, owner := keptPeople(t, l)
	if len(known) != 1 || owner["N/A"] != "B0" {
		t.Errorf("%d borrowers are known, the id is that of %q", len(known), owner["N/A"])
	}
	rows[0].BorrowerID = ptr("B1")
	write(t, l.in("2026-02-04"), "contacts-a", rows)
	tallyIs(t, l.close("2026-02-04"), "contacts-a", 0, 0, n, 0)
	verifySilent(t, l)
}

// A row that comes again is a duplicate, whatever became known since: its loan and the
// currency of that, or another currency of the policy.
func TestContactsAgainAreDuplicates(t *testing.T) {
	l := newLender(t)
	policy := "format_version: 1\nname: two\ncurrencies: [%s]\n"
	l.policy(fmt.Sprintf(policy, "JPY"))
	rows := []contactFile{
		{ContactID: "C1", BorrowerID: ptr("B"), LoanID: ptr("L"), Kind: "hold", Amount: ptr(int64(10000)), Reason: ptr("illness")},
		{ContactID: "C2", BorrowerID: ptr("B"), Kind: "opt_out", Amount: ptr(int64(10050))},
		{ContactID: "C3", BorrowerID: ptr("B"), Kind: "opt_out", Currency: ptr("USD"), Amount: ptr(int64(100))},
	}
	for i := range rows {
		rows[i].At = time.Date(2026, 2, 2, 3, 0, 0, 0, time.UTC)
	}
	write(t, l.in("2026-02-03"), "contacts-a", rows)
	tallyIs(t, l.close("2026-02-03"), "contacts-a", 3, 0, 0, 0)
	l.policy(fmt.Sprintf(policy, "JPY, CNY"))
	booked := aLoan(t, "L", "2026-01-01", "2026-02-01")
	booked.BorrowerID, booked.Currency = "B", "JPY"
	write(t, l.in("2026-02-04"), "loans-a", []loanFile{booked})
	write(t, l.in("2026-02-04"), "contacts-a", rows)
	tallyIs(t, l.close("2026-02-04"), "contacts-a", 0, 3, 0, 0)
}

// Flags of very many loans of one borrower are kept with the loans, so that nobody's
// record grows beyond what the book takes.
func TestFlagsOfVeryManyLoans(t *testing.T) {
	l := newLender(t)
	var flags []flagFile
	var loans []loanFile
	for i := range 600 {
		x := aLoan(t, fmt.Sprintf("L%03d", i), "2026-01-01", "2026-02-01")
		x.BorrowerID = "everybody"
		loans = append(loans, x)
		for k := range 20 {
			flags = append(flags, flagFile{LoanID: &loans[i].LoanID, Flag: fmt.Sprint(strings.Repeat("f", 60), k), ValidFrom: int32(day(t, "2026-02-01"))})
		}
	}
	write(t, l.in("2026-02-03"), "flags-a", flags)
	tallyIs(t, l.close("2026-02-03"), "flags-a", int64(len(flags)), 0, 0, 0)
	write(t, l.in("2026-02-04"), "loans-a", loans)
	write(t, l.in("2026-02-04"), "flags-a", flags)
	tallyIs(t, l.close("2026-02-04"), "flags-a", 0, int64(len(flags)), 0, 0)
	verifySilent(t, l)
}
