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
		case status != "97" && status != "64" || row["first_delinquency_on"] != "":
			same("first delinquency", s.FirstDelinquency, dateOf(row["first_delinquency_on"]))
		}
		if status == "64" {
			same("closed", s.Closed, dateOf(row["last_paid_on"]))
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
