package batch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/reports/metro2"
)

// What the nights of a year tried of the bureaus' file.
type bureauSeen struct {
	paid     map[string]map[string]bool // loan and id of the repayments that were applied, by month of their value dates
	amounts  map[string]int64           // of repayments, in hundredths, by id
	statuses map[metro2.Status]int
	letters  map[byte]int
	metOn    map[string]map[string]int64 // by loan and value date: what was met of its dues
	met      int
}

func (s *bureauSeen) tried(t *testing.T) {
	for _, status := range []metro2.Status{"11", "71", "78", "80", "84", "13", "97"} {
		if s.statuses[status] == 0 {
			t.Errorf("no account had the status %s: the nights do not try it: %v", status, s.statuses)
		}
	}
	for _, letter := range []byte("0126LB") {
		if s.letters[letter] == 0 {
			t.Errorf("no profile has the letter %c", letter)
		}
	}
	if s.met < 10 {
		t.Errorf("%d accounts were met: the nights do not try it", s.met)
	}
}

// checkBureau reads the bureaus' file by position and holds it to the tapes and journals of all nights.
// Source: regulatory.md, section 8, Metro 2.
func (x *tablesYear) checkBureau(date string, tape map[string]map[string]string) {
	t, b := x.t, day(x.t, date)
	x.seePayments(date)
	file, err := os.ReadFile(filepath.Join(x.o.Out, date, "regulatory", "metro2-unnamed.dat"))
	if !x.monthEnds(date) {
		if err == nil {
			t.Errorf("%s: no month ends since the close before, and there is a file", date)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	segments, err := metro2.CheckFile(file)
	if err != nil {
		t.Fatal(date, err)
	}
	if string(file[:10]) != "0426HEADER" || string(file[79:85]) != "LENDER" || string(file[47:55]) != date[5:7]+date[8:]+date[:4] {
		t.Errorf("%s: the header is %s", date, file[:metro2.Size])
	}
	ids := sortedKeys(tape)
	if len(segments) != len(ids) {
		t.Fatalf("%s: %d accounts, and %d loans", date, len(segments), len(ids))
	}
	whole := func(text string) int64 { return max(hundredths(t, text), 0) / 100 }
	for i, id := range ids {
		row, s := tape[id], segments[i]
		what := date + ", " + id + ": "
		same := func(name string, got, want any) {
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s%s is %v, want %v", what, name, got, want)
			}
		}
		portfolio, kind := "I", "01"
		switch row["product"] {
		case "card":
			portfolio, kind = "R", "18"
		case "business":
			portfolio, kind = "O", "20"
		case "home":
			portfolio, kind = "M", "26"
		}
		same("number", s.Number, id)
		same("identification", s.Identification, "X1")
		same("portfolio", string(s.Portfolio)+s.Type, portfolio+kind)
		same("reported", s.Reported, date)
		same("opened", s.Opened, row["disbursed_on"])
		same("highest credit", s.HighestCredit, whole(row["principal"]))
		limit := int64(0)
		if portfolio == "R" {
			limit = whole(row["principal"])
		}
		same("credit limit", s.CreditLimit, limit)
		status := x.bureauStatus(row)
		same("status", s.Status, status)
		x.bureau.statuses[s.Status]++
		rating := byte(' ')
		if status == "13" {
			rating = '0'
			if n := len(x.tapes); n > 1 && x.tapes[n-2][id] != nil {
				rating = x.bureauLetter(x.tapes[n-2][id])
			}
		}
		same("rating", string(s.Rating), string(rating))
		same("profile", s.Profile, x.bureauProfile(id, b))
		for k := range s.Profile {
			x.bureau.letters[s.Profile[k]]++
		}
		same("paid", s.Paid, x.bureauPaid(id, date)/100)
		balance := max(hundredths(t, row["total_outstanding"])-hundredths(t, row["credit_balance"]), 0) / 100
		switch status {
		case "97":
			balance = max(hundredths(t, row["charged_off"])-hundredths(t, row["recovered"]), 0) / 100
		case "13", "64":
			balance = 0
		}
		same("balance", s.Balance, balance)
		switch due := whole(row["past_due_amount"]); {
		case status == "11" || status == "13":
			same("past due", s.PastDue, 0)
		case status != "97" && (s.PastDue > due || s.PastDue == 0 && due > 100 && numberOf(t, row["days_past_due"]) >= 60):
			t.Errorf("%spast due is %d, of %d in all", what, s.PastDue, due)
		}
		charged := int64(0)
		if status == "97" || status == "64" {
			charged = whole(row["charged_off"])
		}
		same("charge-off", s.ChargedOff, charged)
		dateOf := func(text string) civil.Date {
			if text == "" {
				return civil.None
			}
			return day(t, text)
		}
		same("last payment", s.LastPaid, dateOf(row["last_paid_on"]))
		switch {
		case status == "11" || status == "13" && rating == '0':
			same("first delinquency", s.FirstDelinquency, civil.None)
		case status == "13":
			same("first delinquency", s.FirstDelinquency, dateOf(x.tapes[len(x.tapes)-2][id]["first_delinquency_on"]))
		case status == "97" || status == "64": // that of the run in which it was taken off, or that of the tape
			if since := dateOf(row["first_delinquency_on"]); since != civil.None && (s.FirstDelinquency == civil.None || s.FirstDelinquency > since) {
				t.Errorf("%sfirst delinquency is %s, and %s on the tape", what, s.FirstDelinquency, since)
			}
		default:
			same("first delinquency", s.FirstDelinquency, dateOf(row["first_delinquency_on"]))
		}
		if status == "64" {
			if s.Closed < dateOf(row["disbursed_on"]) || s.Closed > b {
				t.Errorf("%sclosed is %s", what, s.Closed)
			}
			same("information", s.Information, s.Closed)
			continue
		}
		if status != "13" {
			same("closed", s.Closed, civil.None)
			same("information", s.Information, date)
			same("interest and frequency", strings.Contains("MQBWP", string(s.Frequency)), true)
			continue
		}
		x.bureau.met++
		met := ""
		for on, amount := range x.bureau.metOn[id] {
			if amount > 0 {
				met = max(met, on)
			}
		}
		same("closed", s.Closed, met)
		same("information", s.Information, s.Closed)
		same("scheduled", s.Scheduled, 0)
	}
	x.rows += len(segments)
	if t.Failed() {
		t.FailNow()
	}
}

// seePayments notes the repayments of a night's journal.
func (x *tablesYear) seePayments(date string) {
	seen := &x.bureau
	if seen.paid == nil {
		*seen = bureauSeen{paid: map[string]map[string]bool{}, amounts: map[string]int64{}, statuses: map[metro2.Status]int{}, metOn: map[string]map[string]int64{}, letters: map[byte]int{}}
	}
	for _, r := range x.sent[date] {
		seen.amounts[r.RepaymentID] = r.Amount
	}
	for _, row := range x.table(date, "journal/part-*.parquet") {
		if strings.HasPrefix(row["account"], "13") && slices.Contains([]string{"repayment", "credit_applied", "correction"}, row["kind"]) {
			if seen.metOn[row["loan_id"]] == nil {
				seen.metOn[row["loan_id"]] = map[string]int64{}
			}
			seen.metOn[row["loan_id"]][row["value_date"]] += hundredths(x.t, row["credit"]) - hundredths(x.t, row["debit"])
		}
		if row["kind"] != "repayment" {
			continue
		}
		key := row["loan_id"] + " " + row["value_date"][:7]
		if seen.paid[key] == nil {
			seen.paid[key] = map[string]bool{}
		}
		seen.paid[key][row["source_id"]] = true
	}
}

// bureauPaid is the money of a loan with a value date in the month of a night, up to it, in hundredths.
func (x *tablesYear) bureauPaid(id, date string) (sum int64) {
	for source := range x.bureau.paid[id+" "+date[:7]] {
		sum += x.bureau.amounts[source]
	}
	return sum
}

func (x *tablesYear) bureauStatus(row map[string]string) metro2.Status {
	switch row["status"] {
	case "charged_off", "written_off":
		if hundredths(x.t, row["recovered"]) >= hundredths(x.t, row["charged_off"]) {
			return "64"
		}
		return "97"
	case "settled", "overpaid":
		return "13"
	}
	return []metro2.Status{"11", "71", "78", "80", "82", "83", "84"}[min(numberOf(x.t, row["days_past_due"])/30, 6)]
}

// bureauLetter is what a close says of a loan in the profile.
func (x *tablesYear) bureauLetter(row map[string]string) byte {
	switch row["status"] {
	case "charged_off", "written_off":
		return 'L'
	case "settled", "overpaid":
		return '0'
	}
	return "0123456"[min(numberOf(x.t, row["days_past_due"])/30, 6)]
}

// bureauProfile is the 24 months before that of a night by the last closes in them.
func (x *tablesYear) bureauProfile(id string, b civil.Date) string {
	last := map[string]byte{}
	for i, date := range x.nights[:len(x.tapes)] {
		if row := x.tapes[i][id]; row != nil {
			last[date[:7]] = x.bureauLetter(row)
		}
	}
	opened := x.tapes[len(x.tapes)-1][id]["disbursed_on"][:7]
	var out strings.Builder
	y, m, _ := b.Split()
	for k := 1; k <= 24; k++ {
		month := civil.MonthDay(y, m-1-k, 1).String()[:7]
		switch letter, is := last[month]; {
		case month < opened:
			out.WriteByte('B')
		case is:
			out.WriteByte(letter)
		default:
			out.WriteByte('D')
		}
	}
	return out.String()
}

// bureauPolicy asks for the bureaus' file of a lender without products of its own.
const bureauPolicy = `
name: lender
jurisdiction: none
currencies: [USD]
reports: {monthly: metro2, metro2: {identification: ABC}}
`

// segments closes nights and reads the accounts of the last one's file by number.
func segments(t *testing.T, l *lender, nights ...string) map[string]*metro2.Segment {
	t.Helper()
	for _, date := range nights {
		l.close(date)
	}
	last := nights[len(nights)-1]
	file, err := os.ReadFile(filepath.Join(l.o.Out, last, "regulatory", "metro2-unnamed.dat"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := metro2.CheckFile(file)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]*metro2.Segment{}
	for _, s := range list {
		of[s.Number] = s
	}
	return of
}

// TestBureauCases: what is told of accounts that are recovered, drawn, paid by other kinds than repayments, charged back,
// and met late, each reckoned by hand.
func TestBureauCases(t *testing.T) {
	l := newLender(t)
	l.policy(bureauPolicy)
	loans := []loanFile{}
	for _, id := range []string{"A1", "B1", "C1", "D1", "E1", "F1", "G1", "K1"} {
		f := aLoan(t, id, "2026-10-15", "2026-11-15")
		f.Currency, f.Principal, f.Installments = "USD", 120000, 12
		if id == "A1" || id == "B1" || id == "F1" || id == "G1" {
			f.DisbursedOn, f.FirstDueOn = int32(day(t, "2026-01-15")), int32(day(t, "2026-02-15"))
		}
		loans = append(loans, f)
	}
	write(t, l.in("2026-10-31"), "loans-a", loans)
	pay := func(id, loan, on, amount string) repaymentFile {
		r := pays(t, id, loan, on, amount)
		r.Currency = "USD"
		return r
	}
	write(t, l.in("2026-10-31"), "repayments-a", []repaymentFile{pay("PE", "nobody", "2026-10-30", "100.00"), pay("PK", "K1", "2026-10-20", "40.00")})
	adjust := func(id, loan, kind, on, amount string) adjustmentFile {
		return adjustsBy(t, id, loan, kind, on, amount)
	}
	off := adjust("XB", "B1", "charge_off", "2026-06-30", "")
	write(t, l.in("2026-10-31"), "adjustments-a", []adjustmentFile{off, adjust("RB", "B1", "recovery", "2026-07-10", "700.00")})
	release := adjust("XE", "E1", "release", "2026-11-20", "")
	release.TargetID = ptr("PE")
	prepay := adjust("XC", "C1", "prepay", "2026-11-20", "500.00")
	prepay.Choice = ptr("shorter_term")
	back := adjust("XK", "K1", "chargeback", "2026-11-22", "15.00")
	back.TargetID = ptr("PK")
	write(t, l.in("2026-11-30"), "adjustments-a", []adjustmentFile{
		adjust("XA", "A1", "charge_off", "2026-11-05", ""), adjust("RA", "A1", "recovery", "2026-11-20", "2000.00"),
		prepay, adjust("XF", "F1", "settle", "2026-11-18", ""), adjust("XD", "D1", "disburse", "2026-11-20", "800.00"), release, back,
	})
	write(t, l.in("2026-11-30"), "repayments-a", []repaymentFile{pay("PF", "F1", "2026-11-18", "2000.00"), pay("PK2", "K1", "2026-11-10", "25.00")})
	of := segments(t, l, "2026-10-31", "2026-11-30")
	for _, x := range []struct{ id, want string }{
		{"A1", "64  paid 2000 balance 0 closed 2026-11-20 since 2026-03-17 scheduled 0"}, // taken off in the run of days since the first due date
		{"B1", "97  since 2026-03-17"}, // whatever was recovered since
		{"C1", "11  paid 500"},
		{"D1", "11  highest 2000"},
		{"E1", "11  paid 100"},
		{"F1", "13 6 closed 2026-11-18 since 2026-03-17 paid 2000 scheduled 0"}, // met, and at the close before it was 180 days late and more
		{"K1", "11  paid 10"}, // 25 less 15 that went back
	} {
		s := of[x.id]
		if s == nil {
			t.Errorf("%s has no account", x.id)
			continue
		}
		words := strings.Fields(x.want)
		if got := string(s.Status); got != words[0] {
			t.Errorf("%s has the status %s, want %s", x.id, got, words[0])
		}
		if len(words[1]) == 1 {
			if got := string(s.Rating); got != words[1] {
				t.Errorf("%s has the rating %s, want %s", x.id, got, words[1])
			}
			words = words[1:]
		}
		for i := 1; i+1 < len(words); i += 2 {
			got := map[string]any{
				"paid": s.Paid, "balance": s.Balance, "closed": s.Closed, "since": s.FirstDelinquency, "scheduled": s.Scheduled, "highest": s.HighestCredit,
			}[words[i]]
			if fmt.Sprint(got) != words[i+1] {
				t.Errorf("%s: %s is %v, want %s", x.id, words[i], got, words[i+1])
			}
		}
	}
	for file, reason := range l.rejects("2026-11-30") {
		t.Errorf("%s is rejected: %s", file, reason)
	}
}

// TestNamesSurviveAKill: a run that is killed behind its commit has made the file with names, and the same run again publishes it.
func TestNamesSurviveAKill(t *testing.T) {
	l := newLender(t)
	l.policy(bureauPolicy)
	f := aLoan(t, "A1", "2026-11-01", "2026-12-01")
	f.Currency = "USD"
	write(t, l.in("2026-11-29"), "loans-a", []loanFile{f})
	write(t, l.in("2026-11-30"), "repayments-a", []repaymentFile{})
	type person struct {
		BorrowerID string `parquet:"borrower_id"`
		Surname    string `parquet:"surname"`
	}
	dir := t.TempDir()
	write(t, dir, "people", []person{{"B-A1", "Roe"}})
	names := filepath.Join(dir, "people.parquet")
	for _, at := range []string{"committed", "sealed", "published"} {
		os.RemoveAll(l.o.Book)
		os.RemoveAll(l.o.Out)
		l.o.Metro2Names = ""
		l.close("2026-11-29")
		if _, err := runProcess(l.dir, "2026-11-30", "DAYBOOK_KILL_AT="+at, "DAYBOOK_METRO2_NAMES="+names); err == nil {
			t.Errorf("the close was not killed when %s", at)
		}
		l.o.Metro2Names = names
		l.close("2026-11-30")
		night := filepath.Join(l.o.Out, "2026-11-30")
		file, err := os.ReadFile(filepath.Join(night, "regulatory", "metro2.dat"))
		if err != nil || !strings.Contains(string(file), "ROE") {
			t.Errorf("killed when %s: the file with names is %d bytes, %v", at, len(file), err)
		}
		if _, err := os.Stat(filepath.Join(night, "_SUCCESS")); err != nil {
			t.Errorf("killed when %s: %v", at, err)
		}
		verifySilent(t, l)
	}
}
