package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"daybook/ledger"
	"daybook/ledger/loan"
)

// glExportSection says what the lender's general ledger calls accounts and cost centres,
// and how its template is filled in.
type glExportSection struct {
	Company     string                      `yaml:"company" empty:"true" doc:"Company, company code or entity there."`
	Accounts    map[string]glAccountSection `yaml:"accounts" keys:"@role" none:"true" doc:"Accounts there by role. A role without a code has the chart's own. Memo accounts that are not here are left out."`
	CostCenters *costCentersSection         `yaml:"cost_centers" doc:"Cost centres by the product or region of a loan. Left out: none."`
	SAP         *sapSection                 `yaml:"sap" doc:"How the profile sap is filled in."`
	Oracle      *oracleSection              `yaml:"oracle" doc:"How the profile oracle is filled in."`
	Xero        *xeroSection                `yaml:"xero" doc:"How the profile xero is filled in."`
}

type glAccountSection struct {
	Code       string  `yaml:"code" empty:"true" doc:"Code of the account there. Roles of one code are one account."`
	Name       string  `yaml:"name" empty:"true" doc:"Name of the account there. Left out: the chart's."`
	CostCenter *string `yaml:"cost_center" empty:"true" doc:"Cost centre of all that is posted to the account; \"\" is none. Left out: that of the loan."`
}

type costCentersSection struct {
	By  string            `yaml:"by" enum:"product,region" required:"true" doc:"What of a loan decides."`
	Map map[string]string `yaml:"map" none:"true" doc:"Cost centre by product or region. default is that of all others, and of what belongs to no loan."`
}

type sapSection struct {
	EntryType string             `yaml:"entry_type" default:"SA" doc:"Journal entry type."`
	Columns   []sapColumnSection `yaml:"columns" none:"true" doc:"Columns of the template in their order, as SAP's release has them. Left out: those of docs/gl-export.md."`
}

type sapColumnSection struct {
	Name  string `yaml:"name" required:"true" doc:"What the template calls the column."`
	Field string `yaml:"field" enum:"company,entry_type,entry_date,posting_date,period,year,currency,header_text,reference,account,account_name,item_text,debit,credit,cost_center,assignment" doc:"What stands in it. With neither field nor text it is empty."`
	Text  string `yaml:"text" empty:"true" doc:"One text that stands in it on each line, in the place of a field."`
}

type oracleSection struct {
	LedgerID string `yaml:"ledger_id" empty:"true" doc:"Ledger ID."`
	Source   string `yaml:"source" default:"Daybook" doc:"Journal source."`
	Category string `yaml:"category" default:"Loans" doc:"Journal category."`
	Segments words  `yaml:"segments" default:"company,account,cost_center" doc:"Segments of the chart of accounts in their order: company, account, cost_center, currency, kind, or a text after =, such as =0000."`
}

type xeroSection struct {
	TaxRate  string            `yaml:"tax_rate" default:"Tax Exempt" doc:"Tax rate of all lines, as the organisation calls it."`
	Tracking map[string]string `yaml:"tracking" none:"true" enum:"cost_center,kind,company" doc:"What the option of a tracking category is, by the category's name; two at most, in the order of their names."`
}

// A GLExport is how the journal goes to a lender's general ledger.
type GLExport struct {
	Company  string
	Accounts [ledger.Roles]GLAccount
	ByRegion bool              // cost centres are by region, else by product
	Centers  map[string]string // cost centre by product or region; default is that of all others
	SAP      GLSAP
	Oracle   GLOracle
	Xero     GLXero
}

// A GLAccount is what a general ledger calls a role.
type GLAccount struct {
	Code, Name string
	Left       bool    // nothing of it is exported
	Center     *string // cost centre of all that is posted to it; nil: that of the loan
}

// A GLSAP is how SAP's template is filled in; no columns are the program's own.
type GLSAP struct {
	EntryType string
	Columns   []GLColumn
}

// A GLColumn is a column that has a field, or a text.
type GLColumn struct{ Name, Field, Text string }

// A GLOracle is how Oracle's interface is filled in.
type GLOracle struct {
	LedgerID, Source, Category string
	Segments                   []string
}

// A GLXero is how Xero's journals are filled in.
type GLXero struct {
	TaxRate  string
	Tracking [][2]string // category and field
}

// Most of what Oracle and Xero have room for.
const (
	oracleSegmentsMax = 30
	xeroTrackingMax   = 2
)

// glDefault is the key of the cost centre of what no other key names.
const glDefault = "default"

func (g *glExportSection) compile(s *source, doc *document, p *Policy) {
	x := GLExport{Company: g.Company, Accounts: g.accounts(s, *in[*accountsSection](doc))}
	if c := g.CostCenters; c != nil {
		x.ByRegion, x.Centers = c.By == "region", c.Map
		for _, key := range slices.Sorted(maps.Keys(c.Map)) {
			known := x.ByRegion || key == glDefault || slices.ContainsFunc(p.Products, func(l loan.Product) bool { return l.Name == key })
			if !known {
				s.fail("gl_export.cost_centers.map."+key, "there is no such product")
			}
		}
	}
	x.SAP = g.SAP.compile(s)
	x.Oracle = g.Oracle.compile(s)
	x.Xero = g.Xero.compile(s)
	p.GL = x
}

// accounts are the accounts there, and what is wrong with them.
func (g *glExportSection) accounts(s *source, chart map[string]accountSection) (list [ledger.Roles]GLAccount) {
	stated := map[string]string{} // name by code
	for i, a := range ledger.DefaultChart() {
		own, is := g.Accounts[a.Name]
		list[i] = GLAccount{Code: own.Code, Name: own.Name, Center: own.CostCenter, Left: a.Type == ledger.Memo && !is}
		if own.Code == "" {
			list[i].Code = chart[a.Name].Code
		}
		path := "gl_export.accounts." + a.Name
		if own.Name != "" {
			if other := stated[list[i].Code]; other != "" && other != own.Name {
				s.fail(path+".name", "the account %s is called %q by another role", list[i].Code, other)
			}
			stated[list[i].Code] = own.Name
		}
		if contra, pair := memoPairs[a.Role]; pair && is && g.Accounts[contra] == (glAccountSection{}) && !s.stated("gl_export.accounts."+contra) {
			s.fail(path, "needs the account %s too: memo accounts balance among themselves", contra)
		}
	}
	for i, a := range ledger.DefaultChart() {
		x := &list[i]
		if x.Name = stated[x.Code]; x.Name == "" {
			x.Name = chart[a.Name].Name
		}
		g.checkCode(s, list[:i], a.Name, x)
	}
	return list
}

// memoPairs are the memo accounts that balance each other.
var memoPairs = map[ledger.Role]string{
	ledger.InterestInSuspense: "interest_in_suspense_contra", ledger.InterestInSuspenseContra: "interest_in_suspense",
}

// checkCode refuses an account that comes together with another without both saying so: one
// has the code that the chart gives to the other.
func (g *glExportSection) checkCode(s *source, before []GLAccount, role string, x *GLAccount) {
	chart := ledger.DefaultChart()
	for i := range before {
		other := chart[i].Name
		if x.Left || before[i].Left || before[i].Code != x.Code || g.Accounts[role].Code != "" && g.Accounts[other].Code != "" {
			continue
		}
		at, own := role, other // who states it, and who has it from the chart
		if g.Accounts[role].Code == "" {
			at, own = other, role
		}
		s.fail("gl_export.accounts."+at+".code", "%q is the chart's code of %s: give that one a code here too", x.Code, own)
	}
}

func (x *sapSection) compile(s *source) GLSAP {
	if x == nil {
		return GLSAP{EntryType: "SA"}
	}
	out := GLSAP{EntryType: x.EntryType}
	fields := map[string]bool{}
	for i, c := range x.Columns {
		path := fmt.Sprintf("gl_export.sap.columns[%d]", i)
		switch {
		case c.Field != "" && c.Text != "":
			s.fail(path+".text", "does nothing beside a field")
		case c.Field != "" && fields[c.Field]:
			s.fail(path+".field", "%s is there twice", c.Field)
		}
		fields[c.Field] = true
		out.Columns = append(out.Columns, GLColumn(c))
	}
	for _, need := range []string{"account", "debit", "credit", "currency", "posting_date", "reference"} {
		if len(x.Columns) > 0 && !fields[need] {
			s.fail("gl_export.sap.columns", "has no column with the field %s", need)
		}
	}
	return out
}

func (x *oracleSection) compile(s *source) GLOracle {
	if x == nil {
		return GLOracle{Source: "Daybook", Category: "Loans", Segments: []string{"company", "account", "cost_center"}}
	}
	const path = "gl_export.oracle.segments"
	if len(x.Segments) > oracleSegmentsMax {
		s.fail(path, "has %d segments, at most %d are possible", len(x.Segments), oracleSegmentsMax)
	}
	fields := []string{"company", "account", "cost_center", "currency", "kind"}
	for i, segment := range x.Segments {
		if !slices.Contains(fields, segment) && !strings.HasPrefix(segment, "=") {
			s.fail(fmt.Sprintf("%s[%d]", path, i), "unknown value %q: %s, or a text after =", segment, suggest(segment, fields))
		}
	}
	if !slices.Contains(x.Segments, "account") {
		s.fail(path, "has no account")
	}
	return GLOracle{LedgerID: x.LedgerID, Source: x.Source, Category: x.Category, Segments: x.Segments}
}

func (x *xeroSection) compile(s *source) GLXero {
	if x == nil {
		return GLXero{TaxRate: "Tax Exempt"}
	}
	out := GLXero{TaxRate: x.TaxRate}
	if len(x.Tracking) > xeroTrackingMax {
		s.fail("gl_export.xero.tracking", "has %d categories, at most %d are possible", len(x.Tracking), xeroTrackingMax)
	}
	for _, name := range slices.Sorted(maps.Keys(x.Tracking)) {
		out.Tracking = append(out.Tracking, [2]string{name, x.Tracking[name]})
	}
	return out
}
