package policy

import "daybook/ledger"

// accountsSection has the lender's accounts by role.
type accountsSection map[string]accountSection

type accountSection struct {
	Code string `yaml:"code" doc:"The lender's own code."`
	Name string `yaml:"name" doc:"The lender's own name."`
}

func (a *accountsSection) compile(s *source, _ *document, p *Policy) { p.Chart = s.chart(*a) }

// chart maps the roles to the lender's own codes, each its own.
func (s *source) chart(accounts map[string]accountSection) ledger.Chart {
	chart := ledger.DefaultChart()
	taken := map[string]string{}
	for i := range chart {
		a := &chart[i]
		role := a.Name
		path := "accounts." + role
		a.Code, a.Name = accounts[role].Code, accounts[role].Name
		if other, ok := taken[a.Code]; ok {
			if !s.stated(path) { // the fault is where the file took the code
				path, role, other = "accounts."+other, other, role
			}
			s.fail(path+".code", "code %q of %s is the code of %s too", a.Code, role, other)
		}
		taken[a.Code] = role
	}
	return chart
}
