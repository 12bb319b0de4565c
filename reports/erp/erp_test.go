package erp

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/ledger"
	"daybook/ledger/civil"
)

var update = flag.Bool("update", false, "write the golden files")

// settings are a lender's, whose names are hostile to CSV, XML and journals.
func settings() Settings {
	s := Settings{Form: Form, Company: `=1+"x",<&>`, SAP: DefaultSAP(), Oracle: DefaultOracle(), Xero: DefaultXero()}
	for r, a := range ledger.DefaultChart() {
		s.Accounts[r] = Account{Code: a.Code, Name: a.Name, Type: a.Type, Left: a.Type == ledger.Memo}
	}
	fixed, none := "CC20", ""
	s.Accounts[ledger.CashClearing] = Account{Code: "113100", Name: "Bank; a/c: |(x)|  \"y\"", Type: ledger.Asset, Center: &none}
	s.Accounts[ledger.InterestIncome].Center = &fixed
	s.Accounts[ledger.InterestIncome].Name = "利息 <Zins> & \x01"
	s.Oracle.LedgerID, s.Oracle.Segments = "300000001", append(s.Oracle.Segments, "=0000")
	s.Xero.Tracking = []XeroTracking{{"Cost centre", "cost_center"}, {"Kind", "kind"}}
	return s
}

// export is two days of three currencies, with a kind that posts to both sides, memo
// accounts, and an account that comes to nothing.
func export() *Export {
	x := &Export{
		Number: 7, From: civil.Of(2026, 11, 29), To: civil.Of(2026, 11, 30), Settings: settings(),
		Currencies: []string{"EUR", "JPY", "KWD"}, Centers: []string{"", "-CC10", "CC11"}, Products: []string{"", "car", "@home"},
		Balances: []Balance{{0, ledger.CashClearing, -100, -70000}, {0, ledger.LoanPrincipal, 100, 70000}, {1, ledger.LoanPrincipal, 5, 5}},
	}
	add := func(day int, currency uint16, kind ledger.EntryKind, center, product uint16, postings ...ledger.Posting) {
		for _, p := range postings {
			c := Cell{Key: Key{civil.Of(2026, 11, day), currency, kind, p.Role, center, product}, Debit: max(int64(p.Amount), 0), Credit: max(-int64(p.Amount), 0)}
			x.Cells = append(x.Cells, c)
		}
	}
	add(29, 0, ledger.Booking, 1, 1, ledger.Posting{Role: ledger.CashClearing, Amount: -100000}, ledger.Posting{Role: ledger.LoanPrincipal, Amount: 100000})
	add(29, 0, ledger.Booking, 2, 2, ledger.Posting{Role: ledger.CashClearing, Amount: -1}, ledger.Posting{Role: ledger.LoanPrincipal, Amount: 1})
	add(29, 0, ledger.Repayment, 1, 1, ledger.Posting{Role: ledger.CashClearing, Amount: 30001}, ledger.Posting{Role: ledger.LoanPrincipal, Amount: -30000},
		ledger.Posting{Role: ledger.InterestReceivable, Amount: -1}, ledger.Posting{Role: ledger.InterestInSuspense, Amount: -9}, ledger.Posting{Role: ledger.InterestInSuspenseContra, Amount: 9})
	x.Cells = append(x.Cells, Cell{Key: Key{civil.Of(2026, 11, 29), 0, ledger.Correction, ledger.CashClearing, 1, 1}, Debit: 5, Credit: 5},
		Cell{Key: Key{civil.Of(2026, 11, 29), 0, ledger.Correction, ledger.Allowance, 1, 1}})
	add(29, 1, ledger.Hold, 0, 0, ledger.Posting{Role: ledger.CashClearing, Amount: 1234567}, ledger.Posting{Role: ledger.UnappliedReceipts, Amount: -1234567})
	add(30, 0, ledger.AccrualTotals, 2, 2, ledger.Posting{Role: ledger.InterestReceivable, Amount: 12}, ledger.Posting{Role: ledger.InterestIncome, Amount: -12})
	add(30, 2, ledger.Provision, 0, 0, ledger.Posting{Role: ledger.Allowance, Amount: -1234567}, ledger.Posting{Role: ledger.ImpairmentExpense, Amount: 1234567})
	return x
}

// written returns the files of an export in a profile.
func written(t *testing.T, x *Export, profile string) (all [][]byte) {
	t.Helper()
	files, err := x.Files(ProfileOf(profile))
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		var b, again bytes.Buffer
		if err := files[i].Write(&b); err != nil {
			t.Fatal(err)
		}
		if err := files[i].Write(&again); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Errorf("%s: written again it is another: %v", profile, err)
		}
		all = append(all, b.Bytes())
	}
	return all
}

func TestGolden(t *testing.T) {
	for _, p := range profiles {
		for i, got := range written(t, export(), p.Name) {
			path := filepath.Join("testdata", fmt.Sprintf("%s-%d.%s", p.Name, i+1, p.Ext))
			if *update {
				if err := os.WriteFile(path, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: got\n%s\nwant\n%s%v", path, got, want, err)
			}
		}
	}
}

// The sums of each profile's files, read back, are those of the cells.
func TestFilesHaveTheSumsOfTheCells(t *testing.T) {
	for _, monthly := range []bool{false, true} {
		x := export()
		if x.Monthly = monthly; monthly {
			for i := range x.Cells {
				x.Cells[i].Date = x.To
			}
			sortCells(x)
		}
		want := map[readKey]int64{}
		for _, c := range x.Cells {
			a := x.Settings.Accounts[c.Role]
			if a.Left {
				continue
			}
			addTo(want, readKey{c.Date.String(), x.Currencies[c.Currency], a.Code, false}, c.Debit)
			addTo(want, readKey{c.Date.String(), x.Currencies[c.Currency], a.Code, true}, c.Credit)
		}
		for _, p := range profiles {
			got := map[readKey]int64{}
			for _, file := range written(t, x, p.Name) {
				read(t, x, p.Name, file, got)
			}
			for k := range want {
				if got[k] != want[k] {
					t.Errorf("%s, monthly %t: %+v is %d, want %d", p.Name, monthly, k, got[k], want[k])
				}
			}
			if len(got) != len(want) {
				t.Errorf("%s: %d sums, want %d: %v", p.Name, len(got), len(want), got)
			}
		}
	}
}

// What the contract has as columns.
func TestColumnsOfTheContract(t *testing.T) {
	for profile, want := range map[string]string{
		"generic":    "entry,posting_date,period,company,account,account_name,cost_center,currency,debit,credit,kind,product,description,reference",
		"sap":        "Company Code,Journal Entry Type,Journal Entry Date,Posting Date,Fiscal Period,Transaction Currency,Document Header Text,Reference Document,G/L Account,Item Text,Debit,Credit,Cost Center,Assignment",
		"xero":       "*Narration,*Date,Description,*AccountCode,*TaxRate,*Amount,TrackingName1,TrackingOption1,TrackingName2,TrackingOption2",
		"quickbooks": "JournalNo,JournalDate,AccountName,Debits,Credits,Description,Name,Currency,Location,Class",
	} {
		got, _, _ := strings.Cut(string(written(t, export(), profile)[0]), "\n")
		if got != want {
			t.Errorf("%s has the columns\n%s\nwant\n%s", profile, got, want)
		}
	}
}

// many is one day of so many cost centres, each with a booking and a fee.
func many(centers int) *Export {
	x := export()
	x.Cells, x.Centers, x.Products = nil, []string{""}, []string{""}
	for i := range centers {
		x.Centers = append(x.Centers, fmt.Sprintf("C%04d", i))
	}
	for _, kind := range []ledger.EntryKind{ledger.Booking, ledger.Fee} {
		for i := range centers {
			for _, p := range []struct {
				role          ledger.Role
				debit, credit int64
			}{{ledger.LoanPrincipal, 3, 1}, {ledger.FeeIncome, 1, 3}} {
				x.Cells = append(x.Cells, Cell{Key: Key{x.From, 0, kind, p.role, uint16(1 + i), 0}, Debit: p.debit, Credit: p.credit})
			}
		}
	}
	sortCells(x)
	return x
}

func sortCells(x *Export) {
	slices.SortStableFunc(x.Cells, func(a, b Cell) int {
		return slices.Compare([]int{int(a.Date), int(a.Currency), int(a.Kind), int(a.Center), int(a.Product), int(a.Role)},
			[]int{int(b.Date), int(b.Currency), int(b.Kind), int(b.Center), int(b.Product), int(b.Role)})
	})
}

// Entries of SAP have 999 lines at most, files of Xero 300; each piece balances, and none
// of the lines is lost.
func TestEntriesAreSplit(t *testing.T) {
	for _, c := range []struct {
		profile               string
		centers, files, lines int
		entries               []int64
	}{
		{"sap", 124, 1, 992, []int64{1}},
		{"sap", 125, 1, 1000, []int64{2}},
		{"sap", 400, 1, 3200, []int64{4}}, // of 996 lines and what is left
		{"xero", 37, 1, 296, []int64{1}},
		{"xero", 38, 2, 304, []int64{1, 1}},
		{"xero", 200, 6, 1600, []int64{1, 1, 1, 1, 1, 1}},
		{"generic", 400, 1, 3200, []int64{1}},
	} {
		x := many(c.centers)
		p := ProfileOf(c.profile)
		files, err := x.Files(p)
		if err != nil {
			t.Fatal(err)
		}
		lines := int64(0)
		var entries []int64
		for i := range files {
			lines += files[i].Totals[0].Lines
			entries = append(entries, files[i].Totals[0].Entries)
			if p.fileLinesMax > 0 && files[i].Totals[0].Lines > int64(p.fileLinesMax) {
				t.Errorf("%s: a file has %d lines", c.profile, files[i].Totals[0].Lines)
			}
			for _, e := range files[i].entries {
				sum := int64(0)
				for k := range e.lines {
					sum += e.lines[k].signed()
				}
				if sum != 0 || p.entryLinesMax > 0 && len(e.lines) > p.entryLinesMax {
					t.Errorf("%s: entry %s has %d lines and is off by %d", c.profile, e.id, len(e.lines), sum)
				}
			}
		}
		if len(files) != c.files || lines != int64(c.lines) || !slices.Equal(entries, c.entries) {
			t.Errorf("%s, %d cost centres: %d files, %d lines, entries %v; want %d, %d, %v", c.profile, c.centers, len(files), lines, entries, c.files, c.lines, c.entries)
		}
	}
}

// Accounts of one code are one account: their amounts are one line.
func TestRolesOfOneCodeAreOneAccount(t *testing.T) {
	x := many(1)
	x.Settings.Accounts[ledger.FeeIncome] = x.Settings.Accounts[ledger.LoanPrincipal]
	files, err := x.Files(ProfileOf("sap"))
	if err != nil {
		t.Fatal(err)
	}
	if got := files[0].Totals[0]; got.Lines != 4 || got.Debits != 8 || got.Credits != 8 {
		t.Errorf("got %+v, want 4 lines of 8", got)
	}
}

// A mapped memo account is written, by itself.
func TestMappedMemoAccounts(t *testing.T) {
	x := export()
	for _, r := range []ledger.Role{ledger.InterestInSuspense, ledger.InterestInSuspenseContra} {
		x.Settings.Accounts[r].Left = false
		x.Settings.Accounts[r].Code = "9" + x.Settings.Accounts[r].Code
	}
	got := string(written(t, x, "generic")[0])
	if !strings.Contains(got, ",99001,interest_in_suspense,'-CC10,EUR,,0.09,repayment,") || !strings.Contains(got, ",99002,interest_in_suspense_contra,'-CC10,EUR,0.09,,") {
		t.Errorf("the memo accounts are not there:\n%s", got)
	}
}

// What does not balance is refused, and so is nothing at all.
func TestRefused(t *testing.T) {
	x := export()
	x.Cells[0].Credit++
	if _, err := x.Files(ProfileOf("sap")); err == nil || !strings.Contains(err.Error(), "booking of 2026-11-29 in EUR is off by -1 minor units") {
		t.Errorf("unbalanced cells: %v", err)
	}
	x = export()
	x.Settings.Accounts[ledger.InterestInSuspense].Left = false
	if _, err := x.Files(ProfileOf("sap")); err == nil {
		t.Error("one memo account alone is exported")
	}
	x.Cells = nil
	if _, err := x.Files(ProfileOf("sap")); err != ErrNothing {
		t.Errorf("nothing: %v", err)
	}
}
