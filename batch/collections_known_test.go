package batch

import (
	"fmt"
	"slices"
	"time"
)

// cqModel is what nights so far have accepted, and what the model says of the next.
type cqModel struct {
	p           *cqPolicy
	loans       map[string]string // borrower by loan that was ever booked
	records     []cqRecord        // that count
	contacts    []cqContact       // accepted
	flags       []cqFlag          // by key, with the end that counts
	flagRows    []cqFlag          // all that are accepted
	repayments  []cqRepayment
	adjustments []cqAdjustment
	tasks       []cqTask

	nights   []int
	recalled map[string]int // night by key of a task of an agency
	below    map[string]int // nights below capacity since the last task
}

func newCQModel(p *cqPolicy) *cqModel {
	return &cqModel{p: p, loans: map[string]string{}, recalled: map[string]int{}, below: map[string]int{}}
}

// accept takes a night's rows and returns what is rejected, by file and row (§1).
func (m *cqModel) accept(b int, in *cqNight) map[string]string {
	rejects := map[string]string{}
	for l, borrower := range in.loans {
		m.loans[l] = borrower
	}
	m.acceptRecords(b, in.records, rejects)
	m.acceptFlags(b, in.flags, rejects)
	for i, c := range in.contacts {
		c.night = b
		if why := m.acceptContact(b, c); why != "" && why != "duplicate" {
			rejects[fmt.Sprintf("contacts-a.parquet:%d", i)] = why
		}
	}
	for _, r := range in.repayments {
		r.night = b
		m.repayments = append(m.repayments, r)
	}
	for _, a := range in.adjustments {
		a.night = b
		m.adjustments = append(m.adjustments, a)
	}
	return rejects
}

// acceptRecords: "Two different rows of one borrower and as_of in one night are both
// rejected (conflicting_duplicate), and what was known stays."
func (m *cqModel) acceptRecords(b int, rows []cqRecord, rejects map[string]string) {
	bad := make([]bool, len(rows))
	for i := range rows {
		rows[i].night = b
		if rows[i].asOf == cqNoDay {
			rows[i].asOf = b
		}
		if !cqGoodHours(rows[i].from, rows[i].until) {
			bad[i] = true
			rejects[fmt.Sprintf("borrowers-a.parquet:%d", i)] = "bad_hours"
		}
	}
	for i := range rows {
		conflict := false
		for k := range rows {
			if !bad[i] && !bad[k] && rows[i].borrower == rows[k].borrower && rows[i].asOf == rows[k].asOf && !cqSameRecord(rows[i], rows[k]) {
				conflict = true
			}
		}
		switch {
		case conflict:
			rejects[fmt.Sprintf("borrowers-a.parquet:%d", i)] = "conflicting_duplicate"
		case !bad[i]:
			m.records = append(m.records, rows[i])
		}
	}
}

func cqSameRecord(a, b cqRecord) bool {
	x, y := cqAmountText(a.affordable), cqAmountText(b.affordable)
	a.affordable, b.affordable, a.night, b.night = nil, nil, 0, 0
	return a == b && x == y
}

func cqAmountText(v *int64) string {
	if v == nil {
		return cqNull
	}
	return cqMoney(*v)
}

func cqGoodHours(from, until string) bool {
	for _, s := range []string{from, until} {
		if s == "" {
			continue
		}
		at, err := time.Parse("15:04", s)
		if err != nil || at.Format("15:04") != s {
			return false
		}
	}
	return from == "" || until == "" || from < until
}

// recordOf is the record in force: "The greatest as_of wins, then the later night."
func (m *cqModel) recordOf(borrower string) *cqRecord {
	var best *cqRecord
	for i := range m.records {
		r := &m.records[i]
		if r.borrower == borrower && (best == nil || r.asOf > best.asOf || r.asOf == best.asOf && r.night >= best.night) {
			best = r
		}
	}
	return best
}

// acceptFlags: "Key: subject, flag, valid_from; a later night replaces valid_until, in one
// night the latest end wins (null: none, the latest of all)".
func (m *cqModel) acceptFlags(b int, rows []cqFlag, rejects map[string]string) {
	end := func(f cqFlag) int {
		if f.until == cqNoDay {
			return 1 << 40
		}
		return f.until
	}
	for i, f := range rows {
		f.night = b
		if f.until != cqNoDay && f.until < f.from {
			rejects[fmt.Sprintf("flags-a.parquet:%d", i)] = "valid_until_before_valid_from"
			continue
		}
		m.flagRows = append(m.flagRows, f)
		k := slices.IndexFunc(m.flags, func(o cqFlag) bool {
			return o.borrower == f.borrower && o.loan == f.loan && o.flag == f.flag && o.from == f.from
		})
		switch {
		case k < 0:
			m.flags = append(m.flags, f)
		case m.flags[k].night < b || end(f) > end(m.flags[k]):
			m.flags[k] = f
		}
	}
}

var cqRestraining = []string{"opt_out", "hold", "complaint", "dispute", "cease", "represented", "hardship"}

var cqKinds = append([]string{"attempt", "inbound", "consent", "callback", "promise", "unhold", "void"}, cqRestraining...)

// restrains: what restrains contact waits for its borrower; an unknown kind is a hold.
func (c *cqContact) restrains() bool {
	return slices.Contains(cqRestraining, c.kind) || !slices.Contains(cqKinds, c.kind)
}

// taskOf is a kept task by its key.
func (m *cqModel) taskOf(key string) *cqTask {
	for i := range m.tasks {
		if key != "" && m.tasks[i].key == key {
			return &m.tasks[i]
		}
	}
	return nil
}

// acceptContact keeps a row, and returns why not. The order in which several reasons
// stand is that of docs/formats.md.
func (m *cqModel) acceptContact(b int, c cqContact) string {
	c.stated = c.borrower // as the row itself says
	var taken *cqContact
	for i := range m.contacts {
		if m.contacts[i].id == c.id {
			taken = &m.contacts[i]
		}
	}
	task := m.taskOf(c.key)
	if c.borrower == "" && task == nil {
		return "unknown_task"
	}
	if c.borrower == "" {
		c.borrower = task.borrower
	}
	if taken != nil {
		same := *taken
		same.night, same.borrower = c.night, c.borrower
		if same.at.Equal(c.at) {
			same.at = c.at
		}
		if c == same {
			return "duplicate"
		}
	}
	if why := m.faultOf(b, &c); why != "" {
		return why
	}
	if taken != nil {
		return "conflicting_duplicate"
	}
	m.contacts = append(m.contacts, c)
	return ""
}

func (m *cqModel) faultOf(b int, c *cqContact) string {
	if !c.restrains() {
		known := false
		for _, borrower := range m.loans {
			known = known || borrower == c.borrower
		}
		if !known {
			return "unknown_borrower"
		}
		if c.loan != "" && m.loans[c.loan] != c.borrower {
			return "unknown_loan"
		}
	}
	switch {
	case c.kind == "consent" && c.channel == "", c.kind == "unhold" && c.reason == "", c.kind == "void" && c.target == "",
		c.kind == "promise" && (c.amount == "" || c.promisedOn == cqNoDay || c.loan == "" && c.currency == ""):
		return "missing_value"
	case c.kind == "consent" && !slices.Contains(cqChannels, c.channel):
		return "unknown_channel"
	case c.kind == "promise" && cqMoneyOf(c.amount) <= 0:
		return "amount_not_positive"
	}
	zone, err := time.LoadLocation(m.p.TimeZone)
	if err != nil {
		panic(err)
	}
	start := func(d int) time.Time {
		y, mo, dd := time.Unix(int64(d)*86400, 0).UTC().Date()
		return time.Date(y, mo, dd, 0, 0, 0, 0, zone)
	}
	switch {
	case !c.at.Before(start(b + 2)):
		return "at_too_late"
	case c.at.Before(start(b - m.p.C.Retention)):
		return "at_too_early"
	case c.kind != "promise":
		return ""
	}
	s := &cqSubject{p: m.p, record: m.recordOf(c.borrower)}
	s.setZones()
	switch made := cqDayIn(c.at, s.home); {
	case c.promisedOn < made:
		return "promised_before_made"
	case c.promisedOn-made > m.p.C.Promises.Horizon:
		return "promise_too_far"
	}
	return ""
}

// standing are the borrower's rows that happened: those that no void names which happened
// itself. What voids each other in a ring happened (nothing is known of it).
func (m *cqModel) standing(borrower string) (rows []cqContact) {
	var his []cqContact
	for _, c := range m.contacts {
		if c.borrower == borrower {
			his = append(his, c)
		}
	}
	for _, c := range his {
		if !cqVoided(c, his, nil) {
			rows = append(rows, c)
		}
	}
	return rows
}

// cqVoided reports whether a void that happened names the row. A void on the way that has
// been asked already is of a ring and takes nothing back.
func cqVoided(c cqContact, all []cqContact, asked []string) bool {
	for _, v := range all {
		if v.kind == "void" && v.target == c.id && !slices.Contains(asked, v.id) {
			if !cqVoided(v, all, append(slices.Clone(asked), v.id)) {
				return true
			}
		}
	}
	return false
}

// standingOf is what is left of a repayment tonight: nothing where it is reversed, else
// less its chargebacks (§5).
func (m *cqModel) standingOf(r *cqRepayment) int64 {
	left := r.amount
	for _, a := range m.adjustments {
		switch {
		case a.target != r.id:
		case a.kind == "reversal":
			return 0
		case a.kind == "chargeback":
			left -= a.amount
		}
	}
	return max(left, 0)
}

// cqPromise is a promise with what has become of it.
type cqPromise struct {
	row                     cqContact
	currency                string
	amount, paid, need      int64
	made, deadline, decided int
	status                  string
}

// promises are a borrower's promises that stand, with their status at the close of b (§5).
func (s *cqSubject) promisesAt(b int) (list []cqPromise) {
	p := s.p.C.Promises
	for _, c := range s.rows {
		if c.kind != "promise" {
			continue
		}
		x := cqPromise{row: c, currency: c.currency, amount: cqMoneyOf(c.amount), made: cqDayIn(c.at, s.home), deadline: c.promisedOn + p.Grace}
		if c.loan != "" {
			x.currency = s.currencyOf(c.loan, c.currency)
		}
		share := cqRat(p.Share, 1)
		x.need = max(1, cqCeil(share.Mul(share, cqRat(x.amount, 0)))-cqMinor(p.Tolerance))
		list = append(list, x)
	}
	slices.SortFunc(list, func(a, b cqPromise) int { // "(promised_on, made_on, contact_id)"
		return cqOrder(a.row.promisedOn-b.row.promisedOn, a.made-b.made, cqText(a.row.id, b.row.id))
	})
	repayments := slices.Clone(s.m.repayments)
	slices.SortFunc(repayments, func(a, b cqRepayment) int { return cqOrder(a.on-b.on, cqText(a.id, b.id)) })
	left := map[string]int64{}
	for i := range repayments {
		left[repayments[i].id] = s.m.standingOf(&repayments[i])
	}
	for i := range list {
		x := &list[i]
		x.decided = cqNoDay
		for _, r := range repayments {
			of := x.row.loan == r.loan || x.row.loan == "" && s.m.loans[r.loan] == s.id && r.currency == x.currency
			if !of || r.on < x.made || r.on > x.deadline {
				continue
			}
			take := min(left[r.id], x.amount-x.paid)
			left[r.id] -= take
			x.paid += take
			if x.paid >= x.need && x.decided == cqNoDay {
				x.decided = r.on
			}
		}
		switch {
		case x.paid >= x.need:
			x.status = "kept"
		case b < x.deadline:
			x.status = "open"
		case x.paid > 0:
			x.status, x.decided = "partly_kept", x.deadline
		default:
			x.status, x.decided = "broken", x.deadline
		}
	}
	return list
}

// brokenAt counts the promises with promised_on in [b − 180, b] that are broken.
func (s *cqSubject) brokenAt(b int) (n int) {
	for _, x := range s.promisesAt(b) {
		if x.status == "broken" && x.row.promisedOn >= b-180 && x.row.promisedOn <= b {
			n++
		}
	}
	return n
}

// holdsOn reports whether an open promise holds on day e: one that is open at the close of
// the day before, with tonight's knowledge; unless too many are broken.
func (s *cqSubject) promiseHolds(x *cqPromise, e int) bool {
	broken := s.broken
	if cqReadings.promisesPerDay {
		broken = s.brokenAt(e - 1)
	}
	return x.status != "kept" && e <= x.deadline && broken < s.p.C.Promises.BrokenMax
}

func cqOrder(list ...int) int {
	for _, v := range list {
		if v != 0 {
			return v
		}
	}
	return 0
}

func cqText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
