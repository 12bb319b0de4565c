package gl

import (
	"daybook/batch/policy"
	"daybook/ledger"
	"daybook/reports/erp"
)

// Settings are all that a policy says of exports, as they are kept with each.
type Settings struct {
	erp.Settings
	ByRegion bool              `json:"by_region,omitempty"`
	Centers  map[string]string `json:"centers,omitempty"`
}

// otherwise is the key of the cost centre of what no other key names.
const otherwise = "default"

// SettingsOf returns the settings of a policy.
func SettingsOf(p *policy.Policy) Settings {
	g := &p.GL
	s := Settings{Settings: erp.Settings{Form: erp.Form, Company: g.Company}, ByRegion: g.ByRegion, Centers: g.Centers}
	types := ledger.DefaultChart()
	for r := range s.Accounts {
		a := &g.Accounts[r]
		s.Accounts[r] = erp.Account{Code: a.Code, Name: a.Name, Type: types[r].Type, Left: a.Left, Center: a.Center}
	}
	s.SAP = erp.DefaultSAP()
	s.SAP.EntryType = g.SAP.EntryType
	if len(g.SAP.Columns) > 0 {
		s.SAP.Columns = nil
		for _, c := range g.SAP.Columns {
			s.SAP.Columns = append(s.SAP.Columns, erp.SAPColumn(c))
		}
	}
	s.Oracle = erp.Oracle(g.Oracle)
	s.Xero = erp.Xero{TaxRate: g.Xero.TaxRate}
	for _, t := range g.Xero.Tracking {
		s.Xero.Tracking = append(s.Xero.Tracking, erp.XeroTracking{Name: t[0], Field: t[1]})
	}
	return s
}

// center returns the cost centre of a product or region, empty where nothing is known of it.
func (s *Settings) center(name string) string {
	if c, ok := s.Centers[name]; ok {
		return c
	}
	return s.Centers[otherwise]
}
