package gl

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"daybook/batch/policy"
	"daybook/ledger"
	"daybook/reports/erp"
)

func settingsOf(t *testing.T, text string) (Settings, error) {
	t.Helper()
	p, err := policy.Parse([]byte(text), "p.yaml")
	if err != nil {
		return Settings{}, err
	}
	return SettingsOf(p), nil
}

// A policy that says nothing exports by the chart, without memo accounts.
func TestSettingsOfNothing(t *testing.T) {
	s, err := settingsOf(t, "name: x\n")
	if err != nil {
		t.Fatal(err)
	}
	want := erp.Settings{Form: erp.Form, SAP: erp.DefaultSAP(), Oracle: erp.DefaultOracle(), Xero: erp.DefaultXero()}
	for r, a := range ledger.DefaultChart() {
		want.Accounts[r] = erp.Account{Code: a.Code, Name: a.Name, Type: a.Type, Left: a.Type == ledger.Memo}
	}
	if !reflect.DeepEqual(s.Settings, want) || s.center("car") != "" {
		t.Errorf("got %+v\nwant %+v", s.Settings, want)
	}
}

// What the example states is what exports have.
func TestSettingsOfTheExample(t *testing.T) {
	text, err := os.ReadFile("../policy/testdata/examples/gl-export.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := settingsOf(t, string(text))
	if err != nil {
		t.Fatal(err)
	}
	cash, income, fees := &s.Accounts[ledger.CashClearing], &s.Accounts[ledger.InterestIncome], &s.Accounts[ledger.PenaltyIncome]
	if cash.Code != "113100" || *cash.Center != "" || *income.Center != "CC20" || income.Name != "Interest" || fees.Code != "800200" || fees.Name != "Fees" || fees.Center != nil {
		t.Errorf("accounts are %+v", s.Accounts)
	}
	if memo := &s.Accounts[ledger.InterestInSuspenseContra]; memo.Left || memo.Code != "9002" {
		t.Errorf("a mapped memo account is %+v", memo)
	}
	if s.center("car") != "CC11" || s.center("other") != "CC10" {
		t.Errorf("cost centres are %v", s.Centers)
	}
	if len(s.SAP.Columns) != 9 || s.SAP.Columns[2] != (erp.SAPColumn{Name: "Type", Text: "=X"}) || s.SAP.EntryType != "SA" {
		t.Errorf("SAP has %+v", s.SAP)
	}
	if want := []erp.XeroTracking{{Name: "Cost centre", Field: "cost_center"}, {Name: "Kind", Field: "kind"}}; !reflect.DeepEqual(s.Xero.Tracking, want) {
		t.Errorf("Xero has %+v", s.Xero)
	}
}

// What a policy may name is what the writers know, and the other way round.
func TestPolicyKnowsTheFieldsOfTheWriters(t *testing.T) {
	for form, fields := range map[string][]string{
		"gl_export: {sap: {columns: [{name: A, field: account}, {name: X, field: %s}]}}": erp.SAPFields(),
		"gl_export: {oracle: {segments: [account, %s]}}":                                 erp.OracleSegments,
		"gl_export: {xero: {tracking: {x: %s}}}":                                         erp.XeroFields,
	} {
		for _, field := range append(fields, "nothing") {
			_, err := settingsOf(t, fmt.Sprintf(form, field))
			if known := err == nil || !strings.Contains(err.Error(), "unknown value"); known != (field != "nothing") {
				t.Errorf("%s: %v", fmt.Sprintf(form, field), err)
			}
		}
		_, err := settingsOf(t, fmt.Sprintf(form, "nothing"))
		for _, field := range fields {
			if err == nil || !strings.Contains(err.Error(), field) {
				t.Errorf("the policy does not offer %s: %v", field, err)
			}
		}
	}
}

func TestFileNames(t *testing.T) {
	for _, c := range []struct {
		name   string
		number int
		want   string
	}{{"gl.csv", 0, "gl.csv"}, {"gl.csv", 1, "gl-2.csv"}, {"gl", 2, "gl-3"}} {
		if got := FileName(c.name, c.number); got != c.want {
			t.Errorf("file %d of %s is %s, want %s", c.number, c.name, got, c.want)
		}
	}
}
