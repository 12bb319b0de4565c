package policy

import (
	"maps"
	"slices"

	"daybook/ledger/loan"
)

// metro2Section says how a lender reports to the credit bureaus of the United States.
type metro2Section struct {
	Identification string                   `yaml:"identification" required:"true" doc:"The lender's identification number with the bureaus, at most 20 letters."`
	Account        string                   `yaml:"account" enum:"loan_id,hmac" doc:"What an account is called: by its loan_id, or by a keyed digest of it, for which a close needs the queue's key. Left out: loan_id."`
	Program        programSection           `yaml:"program" doc:"The lender's identifiers with each bureau."`
	Name           Text                     `yaml:"name" most:"40" doc:"The lender's name."`
	Address        Text                     `yaml:"address" most:"96" doc:"The lender's address."`
	Telephone      Text                     `yaml:"telephone" most:"20" doc:"The lender's telephone, ten digits."`
	Products       map[string]bureauProduct `yaml:"products" doc:"Portfolio and account type by product. Left out: I and 01, of open_end R and 18, of home_secured M and 26."`
}

type programSection struct {
	Innovis    Text `yaml:"innovis" most:"10" doc:"With Innovis, at most 10 letters."`
	Equifax    Text `yaml:"equifax" most:"10" doc:"With Equifax, at most 10 letters."`
	Experian   Text `yaml:"experian" most:"5" doc:"With Experian, at most 5 letters."`
	TransUnion Text `yaml:"transunion" most:"10" doc:"With TransUnion, at most 10 letters."`
}

type bureauProduct struct {
	Portfolio   string `yaml:"portfolio" enum:"C,I,M,O,R" required:"true" doc:"Portfolio type: C line of credit, I instalment, M mortgage, O open, R revolving."`
	AccountType string `yaml:"account_type" required:"true" doc:"Account type, two letters or digits as the format has them: 01 unsecured, 26 conventional mortgage."`
}

// A Bureau is how a lender reports to the credit bureaus of the United States.
type Bureau struct {
	Identification                         string
	Secret                                 bool // accounts are called by a keyed digest of their loan_id
	Innovis, Equifax, Experian, TransUnion string
	Name, Address, Telephone               string
	Accounts                               []BureauAccount // by product of the policy
}

// A BureauAccount is what loans of a product are to the bureaus.
type BureauAccount struct {
	Portfolio byte   // C, I, M, O or R
	Type      string // two letters
}

// compile makes the rules of a section that is stated.
func (m *metro2Section) compile(s *source, doc *document, p *Policy) *Bureau {
	const path = "reports.metro2"
	if len(m.Identification) > 20 {
		s.fail(path+".identification", "has %d letters, at most 20 are possible", len(m.Identification))
	}
	x := &m.Program
	out := &Bureau{
		Identification: m.Identification, Secret: m.Account == "hmac", Innovis: string(x.Innovis), Equifax: string(x.Equifax),
		Experian: string(x.Experian), TransUnion: string(x.TransUnion), Name: string(m.Name), Address: string(m.Address), Telephone: string(m.Telephone),
	}
	for _, name := range slices.Sorted(maps.Keys(m.Products)) {
		if !slices.ContainsFunc(p.Products, func(x loan.Product) bool { return x.Name == name }) {
			s.fail(path+".products."+name, "there is no such product")
		}
		if x := m.Products[name]; len(x.AccountType) != 2 {
			s.fail(path+".products."+name+".account_type", "%q has not two letters", x.AccountType)
		}
	}
	products := *in[*productsSection](doc)
	for i := range p.Products {
		out.Accounts = append(out.Accounts, m.account(p.Products[i].Name, products))
	}
	return out
}

// account is what loans of a product are to the bureaus.
// Source: regulatory.md, section 8, Metro 2, positions 73 and 74.
func (m *metro2Section) account(product string, products productsSection) BureauAccount {
	if x, ok := m.Products[product]; ok && x.Portfolio != "" {
		return BureauAccount{x.Portfolio[0], x.AccountType}
	}
	attributes := productAttributes(products[product])
	switch {
	case slices.Contains(attributes, openEnd):
		return BureauAccount{'R', "18"}
	case slices.Contains(attributes, "home_secured"):
		return BureauAccount{'M', "26"}
	}
	return BureauAccount{'I', "01"}
}
