package batch

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// Rows of the files with all columns that the queue reads.

type cqLoansFile struct {
	LoanID       string  `parquet:"loan_id"`
	BorrowerID   string  `parquet:"borrower_id"`
	Product      string  `parquet:"product"`
	Currency     string  `parquet:"currency"`
	Principal    int64   `parquet:"principal,decimal(2:18)"`
	DisbursedOn  int32   `parquet:"disbursed_on,date"`
	FirstDueOn   int32   `parquet:"first_due_on,date"`
	Installments int32   `parquet:"installments"`
	AnnualRate   int64   `parquet:"annual_rate,decimal(9:18)"`
	Method       *string `parquet:"method,optional"`
	DayCount     *string `parquet:"day_count,optional"`
	Score        *int32  `parquet:"opening_score,optional"`
}

type cqBorrowersFile struct {
	BorrowerID   string  `parquet:"borrower_id"`
	AsOf         *int32  `parquet:"as_of,optional,date"`
	Jurisdiction *string `parquet:"jurisdiction,optional"`
	Zone         *string `parquet:"time_zone,optional"`
	Second       *string `parquet:"second_time_zone,optional"`
	From         *string `parquet:"contact_from,optional"`
	Until        *string `parquet:"contact_until,optional"`
	Language     *string `parquet:"language,optional"`
	Affordable   *int64  `parquet:"affordable_amount,optional,decimal(2:18)"`
	Currency     *string `parquet:"currency,optional"`
}

type cqContactsFile struct {
	ContactID  string    `parquet:"contact_id"`
	BorrowerID *string   `parquet:"borrower_id,optional"`
	TaskKey    *string   `parquet:"task_key,optional"`
	LoanID     *string   `parquet:"loan_id,optional"`
	Kind       string    `parquet:"kind"`
	At         time.Time `parquet:"at,timestamp(microsecond)"`
	Channel    *string   `parquet:"channel,optional"`
	Outcome    *string   `parquet:"outcome,optional"`
	Amount     *int64    `parquet:"amount,optional,decimal(2:18)"`
	Currency   *string   `parquet:"currency,optional"`
	PromisedOn *int32    `parquet:"promised_on,optional,date"`
	Until      *int32    `parquet:"until,optional,date"`
	Reason     *string   `parquet:"reason,optional"`
	Target     *string   `parquet:"target_id,optional"`
}

type cqAdjustmentsFile struct {
	AdjustmentID string  `parquet:"adjustment_id"`
	LoanID       string  `parquet:"loan_id"`
	Kind         string  `parquet:"kind"`
	ValueDate    int32   `parquet:"value_date,date"`
	Amount       *int64  `parquet:"amount,optional,decimal(2:18)"`
	Component    *string `parquet:"component,optional"`
	TargetID     *string `parquet:"target_id,optional"`
	Until        *int32  `parquet:"until,optional,date"`
	Installments *int32  `parquet:"installments,optional"`
	AnnualRate   *int64  `parquet:"annual_rate,optional,decimal(9:18)"`
	FirstDueOn   *int32  `parquet:"first_due_on,optional,date"`
	Frequency    *string `parquet:"frequency,optional"`
	Choice       *string `parquet:"choice,optional"`
	Reason       *string `parquet:"reason,optional"`
}

// cqFiles is the files of a night.
type cqFiles struct {
	loans       []cqLoansFile
	borrowers   []cqBorrowersFile
	contacts    []cqContactsFile
	flags       []flagFile
	repayments  []repaymentFile
	adjustments []cqAdjustmentsFile
}

func (f *cqFiles) write(t testing.TB, dir string) {
	t.Helper()
	write(t, dir, "loans-a", f.loans)
	write(t, dir, "borrowers-a", f.borrowers)
	write(t, dir, "contacts-a", f.contacts)
	write(t, dir, "flags-a", f.flags)
	write(t, dir, "repayments-a", f.repayments)
	write(t, dir, "adjustments-a", f.adjustments)
}

func cqStr(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func cqInt(d *int32) int {
	if d == nil {
		return cqNoDay
	}
	return int(*d)
}

// night is the files as the model has them.
func (f *cqFiles) night() *cqNight {
	n := &cqNight{loans: map[string]string{}}
	for _, l := range f.loans {
		n.loans[l.LoanID] = l.BorrowerID
	}
	for _, b := range f.borrowers {
		n.records = append(n.records, cqRecord{
			borrower: b.BorrowerID, asOf: cqInt(b.AsOf), jurisdiction: cqStr(b.Jurisdiction), zone: cqStr(b.Zone), second: cqStr(b.Second),
			from: cqStr(b.From), until: cqStr(b.Until), languages: cqStr(b.Language), affordable: b.Affordable, currency: cqStr(b.Currency),
		})
	}
	for _, c := range f.contacts {
		x := cqContact{
			id: c.ContactID, borrower: cqStr(c.BorrowerID), key: cqStr(c.TaskKey), loan: cqStr(c.LoanID), kind: c.Kind, channel: cqStr(c.Channel),
			outcome: cqStr(c.Outcome), currency: cqStr(c.Currency), reason: cqStr(c.Reason), target: cqStr(c.Target), at: c.At.UTC(),
			promisedOn: cqInt(c.PromisedOn), until: cqInt(c.Until),
		}
		if c.Amount != nil {
			x.amount = cqMoney(*c.Amount)
		}
		n.contacts = append(n.contacts, x)
	}
	for _, g := range f.flags {
		n.flags = append(n.flags, cqFlag{borrower: cqStr(g.BorrowerID), loan: cqStr(g.LoanID), flag: g.Flag, from: int(g.ValidFrom), until: cqInt(g.ValidUntil)})
	}
	for _, r := range f.repayments {
		n.repayments = append(n.repayments, cqRepayment{id: r.RepaymentID, loan: r.LoanID, on: int(r.ValueDate), amount: r.Amount, currency: r.Currency})
	}
	for _, a := range f.adjustments {
		x := cqAdjustment{id: a.AdjustmentID, loan: a.LoanID, kind: a.Kind, target: cqStr(a.TargetID), reason: cqStr(a.Reason)}
		if a.Amount != nil {
			x.amount = *a.Amount
		}
		n.adjustments = append(n.adjustments, x)
	}
	return n
}

// cqFill makes the row of a file from a story's object; a column that the file's rows do
// not have here is an error.
func cqFill[T any](t testing.TB, from map[string]any) (row T) {
	t.Helper()
	v := reflect.ValueOf(&row).Elem()
	known := map[string]bool{}
	for i := range v.NumField() {
		name, form, _ := strings.Cut(v.Type().Field(i).Tag.Get("parquet"), ",")
		known[name] = true
		x, has := from[name]
		if !has || x == nil {
			continue
		}
		field := v.Field(i)
		if field.Kind() == reflect.Pointer {
			field.Set(reflect.New(field.Type().Elem()))
			field = field.Elem()
		}
		text := fmt.Sprint(x)
		switch {
		case strings.Contains(form, "date"):
			field.SetInt(int64(cqDay(text)))
		case strings.Contains(form, "timestamp"):
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				t.Fatal(err)
			}
			field.Set(reflect.ValueOf(at))
		case strings.Contains(form, "decimal(2"):
			field.SetInt(cqMoneyOf(text))
		case strings.Contains(form, "decimal(9"):
			field.SetInt(cqMoneyOf(text) * 10_000_000)
		case field.Kind() == reflect.String:
			field.SetString(text)
		default:
			var n int64
			if _, err := fmt.Sscan(text, &n); err != nil {
				t.Fatal(err)
			}
			field.SetInt(n)
		}
	}
	for name := range from {
		if !known[name] {
			t.Fatalf("the story has a column %s, which the test does not write", name)
		}
	}
	return row
}

func cqFillAll[T any](t testing.TB, rows []map[string]any) (list []T) {
	t.Helper()
	for _, r := range rows {
		list = append(list, cqFill[T](t, r))
	}
	return list
}

// cqFilesOf are the files of a story's night.
func cqFilesOf(t testing.TB, files map[string][]map[string]any) *cqFiles {
	t.Helper()
	for kind := range files {
		switch kind {
		case "loans", "borrowers", "contacts", "flags", "repayments", "adjustments":
		default:
			t.Fatalf("the story has files of %s, which the test does not write", kind)
		}
	}
	return &cqFiles{
		loans: cqFillAll[cqLoansFile](t, files["loans"]), borrowers: cqFillAll[cqBorrowersFile](t, files["borrowers"]),
		contacts: cqFillAll[cqContactsFile](t, files["contacts"]), flags: cqFillAll[flagFile](t, files["flags"]),
		repayments: cqFillAll[repaymentFile](t, files["repayments"]), adjustments: cqFillAll[cqAdjustmentsFile](t, files["adjustments"]),
	}
}
