package batch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/batch/book"
	"daybook/batch/intake"
	"daybook/ledger/loan"

	"github.com/parquet-go/parquet-go"
)

// A reason shows the word that was met, and the words that would do (field 12).
func TestReasonsShowTheWords(t *testing.T) {
	l := newLender(t)
	l.policy("format_version: 1\nname: words\ncurrencies: [CNY]\nproducts:\n  default: {}\n  by_day: {interest: daily}\n")
	base := loanFile{BorrowerID: "B1", Product: "default", Currency: "CNY", Principal: 120000, DisbursedOn: int32(day(t, "2026-01-15")),
		FirstDueOn: int32(day(t, "2026-02-15")), Installments: 12, AnnualRate: 0.12e9}
	var loans []loanFile
	want := map[string][]string{}
	loan := func(id string, change func(*loanFile), says ...string) {
		row := base
		row.LoanID = id
		change(&row)
		loans = append(loans, row)
		want[id] = says
	}
	loan("L1", func(*loanFile) {})
	loan("daily", func(r *loanFile) { r.Product = "by_day" })
	loan("EMI", func(r *loanFile) { r.Method = ptr("EMI") }, `"EMI"`, "use annuity if that is meant", "equal_principal", "lump_sum")
	loan("ANNUITY", func(r *loanFile) { r.Method = ptr("Annuity") }, `"Annuity"`, "use annuity if that is meant")
	loan("bullet", func(r *loanFile) { r.Method = ptr("bullet") }, `"bullet"`, "use annuity, equal_principal, interest_only, lump_sum, flat, zero")
	loan("365", func(r *loanFile) { r.DayCount = ptr("ACT/365") }, `"ACT/365"`, "use ACT/365F if that is meant", "30/360", "ACT/ACT")
	loan("360", func(r *loanFile) { r.DayCount = ptr("Actual/360") }, "use ACT/360 if that is meant")
	loan("monthly", func(r *loanFile) { r.Frequency = ptr("monthly") }, `"monthly"`, "use 1M if that is meant", "14D")
	loan("product", func(r *loanFile) { r.Product = "Default" }, `"Default" is none of the policy's`, "use default if that is meant")
	loan("currency", func(r *loanFile) { r.Currency = "XAU" }, `the currency "XAU" is none of the policy's`, "CNY")
	loan("terminal", func(r *loanFile) { r.Method = ptr("\x1b[2J\"\n") }, `"\x1b[2J\"\n"`)
	loan("long", func(r *loanFile) { r.Product = strings.Repeat("贷", 21) }, `贷`)

	adjust := func(id, kind string, change func(*adjustmentFile), says ...string) adjustmentFile {
		row := adjustmentFile{AdjustmentID: id, LoanID: "L1", Kind: kind, ValueDate: int32(day(t, "2026-01-20")), Amount: ptr(int64(100))}
		change(&row)
		want[id] = says
		return row
	}
	nothing := func(*adjustmentFile) {}
	adjustments := []adjustmentFile{
		adjust("a1", "writeoff", nothing, `the kind "writeoff" is none of the contract's`, "use write_off if that is meant", "charge_off"),
		adjust("a2", "waiver", func(r *adjustmentFile) { r.Component = ptr("capital") }, `"capital"`, "use principal if that is meant", "penalty"),
		adjust("a3", "prepay", nothing, "needs a choice; use shorter_term, lower_installment"),
		adjust("a4", "prepay", func(r *adjustmentFile) { r.Choice = ptr("shift") }, `the choice "shift" is none of its kind's`, "shorter_term, lower_installment"),
		adjust("a5", "restructure", func(r *adjustmentFile) { r.Choice = ptr("re-age") }, "use reage if that is meant", "extend"),
		adjust("a7", "waiver", nothing, "needs a component; use principal, interest, fee, penalty"),
		adjust("a8", "waiver", func(r *adjustmentFile) { r.Component = ptr("principal") }, "needs a choice; use principal_forgiveness"),
		adjust("a10", "fee", func(r *adjustmentFile) { r.Component = ptr(strings.Repeat("x", 65)) }, "the component is longer than the 64 bytes"),
		adjust("a11", "restructure", func(r *adjustmentFile) { r.LoanID, r.Choice = "daily", ptr("extend") }, "only loans whose interest is scheduled take new terms"),
		adjust("a12", "pause", func(r *adjustmentFile) {
			r.LoanID, r.Choice, r.Amount, r.Until = "daily", ptr("shift"), nil, ptr(int32(day(t, "2026-02-20")))
		}, "whose due dates cannot be shifted"),
		adjust("a6", "settle", func(r *adjustmentFile) { r.Choice = ptr("now") }, `"now"`),
	}
	write(t, l.in("2026-01-31"), "loans", loans)
	write(t, l.in("2026-01-31"), "adjustments", adjustments)
	write(t, l.in("2026-01-31"), "repayments", []repaymentFile{
		{RepaymentID: "p1", LoanID: "L1", ValueDate: int32(day(t, "2026-01-20")), Amount: 100, Currency: "RMB"}})
	want["p1"] = []string{`the currency "RMB" is none of the policy's`, "use CNY if that is meant"}
	l.close("2026-01-31")

	seen := 0
	for _, r := range l.table("2026-01-31", "rejects.parquet") {
		for id, says := range want {
			named := strings.Contains(r["values"], `"loan_id":"`+id+`"`) && r["kind"] == "loans" ||
				strings.Contains(r["values"], `_id":"`+id+`"`) && r["kind"] != "loans"
			if !named || id == "L1" || id == "daily" {
				continue
			}
			seen++
			for _, s := range says {
				if !strings.Contains(r["reason"], s) {
					t.Errorf("%s, %s: %q does not say %q", id, r["reason_code"], r["reason"], s)
				}
			}
			if strings.ContainsAny(r["reason"], "\x1b\n") {
				t.Errorf("%s: %q would reach a terminal", id, r["reason"])
			}
		}
	}
	if seen != len(want)-2 { // two loans are booked
		t.Errorf("%d rows were rejected, %d should be", seen, len(want)-2)
	}
}

// A text of a megabyte, which the page's header has twice more as its statistics, is a fault of its row.
func TestLongTextWithStatistics(t *testing.T) {
	l := newLender(t)
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	f, err := os.Create(filepath.Join(l.in("2026-02-03"), "repayments-a.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := parquet.NewGenericWriter[repaymentFile](f, parquet.DataPageStatistics(true))
	long := pays(t, strings.Repeat("x", 1<<20), "L1", "2026-02-01", "1.00")
	if _, err := w.Write([]repaymentFile{pays(t, "P1", "L1", "2026-02-01", "30.00"), long}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	tallyIs(t, l.close("2026-02-03"), "repayments-a", 1, 0, 1, 0)
	if got := l.rejects("2026-02-03"); len(got) != 1 || got["repayments-a.parquet:1"] != "text_too_long" {
		t.Errorf("rejects are %v", got)
	}
}

// What is said of contacts names their words.
func TestReasonsOfContacts(t *testing.T) {
	type contact struct {
		ContactID  string `parquet:"contact_id"`
		BorrowerID string `parquet:"borrower_id"`
		Kind       string `parquet:"kind"`
		At         string `parquet:"at"`
		Channel    string `parquet:"channel"`
		Currency   string `parquet:"currency"`
	}
	dir := t.TempDir()
	write(t, dir, "contacts", []contact{{ContactID: "C1"}})
	in, err := intake.Inspect(t.Context(), dir, intake.Options{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	n := &plan{names: &book.Names{}}
	n.names.Currencies = []string{"CNY"}
	values := []byte(`{"channel": "In-App", "currency": "RMB"}`)
	for r, want := range map[loan.Reason]string{
		loan.UnknownChannel: `the channel "In-App" is none of the contract's; use in_app if that is meant, or another of sms, push, email, in_app, social, call, visit, letter, legal, agency`,
		loan.WrongCurrency:  `the currency "RMB" is none of the policy's; use CNY if that is meant, or another of CNY`,
		loan.UnknownLoan:    "the borrower has no loan with this id",
		loan.AtTooLate:      "the contact is later than the day after the business date",
	} {
		if got := n.reasonText(r, in.Files[0], values); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestReasonCodesAreDocumented: docs/formats.md lists every code with its meaning, and
// no other.
func TestReasonCodesAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(doc), "### Reason codes\n")
	table, _, _ := strings.Cut(rest, "\n## ")
	count := 0
	for r := loan.OK + 1; r < loan.Reasons; r++ {
		if r == loan.ExactDuplicate {
			continue // it stands in no rejects
		}
		if count++; !strings.Contains(table, "| `"+r.Code()+"` | "+r.Text()+" |\n") {
			t.Errorf("docs/formats.md does not say that %s is: %s", r.Code(), r.Text())
		}
	}
	if got := strings.Count(table, "\n| `"); got != count {
		t.Errorf("docs/formats.md lists %d reason codes, there are %d", got, count)
	}
}
