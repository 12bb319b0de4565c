package dbt

import "daybook/reports"

// A model is a staging view: what it is, the table that its columns come from, what it calls those
// columns, and its own.
type model struct {
	name, doc string
	key       []string
	from      string
	columns   []named
}

// A named is a column of a model, and the table and column whose text it has; without a table it
// has its own text.
type named struct{ name, table, column, doc string }

// models are the staging views, in the order in which they can be made.
func models() []model {
	signed := of("journal", "business_date", "entry_id", "line", "value_date", "kind", "source_id", "loan_id", "account")
	signed = append(signed, accountColumns()...)
	signed = append(signed, of("journal", "currency", "debit", "credit")...)
	signed = append(signed, named{name: "amount", doc: "debit less credit: above 0 for a debit. All amounts of an entry and currency add up to 0."})
	signed = append(signed, of("journal", "channel", "reference")...)
	balances := append(of("trial_balance", "business_date", "account"), accountColumns()...)
	balances = append(balances, of("trial_balance", "currency", "opening", "debits", "credits", "closing")...)
	contracts := append(of("contracts", columnsBehind("contracts", "business_date")...),
		named{name: "valid_from", doc: "Business date of the night from which on these terms hold."})
	return []model{
		{"contracts_current", "One row a loan: its contract's terms as the last night that set them has them.", []string{"loan_id"}, "contracts", contracts},
		{"loans_latest", "One row a loan: the tape of the last whole night.", []string{"loan_id"}, "loans", of("loans", columnsBehind("loans", "")...)},
		{"journal_signed", "One row a posting of the whole nights, with one signed amount and what its account is; additive.", []string{"entry_id", "line"}, "journal", signed},
		{
			"balances_by_account", "One row an account, currency and whole night, with the account's role; opening and closing are never added up over nights.",
			[]string{"business_date", "account", "currency"}, "trial_balance", balances,
		},
	}
}

// of names columns of a table that a model has under their own names.
func of(table string, columns ...string) (list []named) {
	for _, c := range columns {
		list = append(list, named{c, table, c, ""})
	}
	return list
}

// accountColumns are what a model says of an account.
func accountColumns() []named {
	return []named{{"account_name", "accounts", "name", ""}, {"account_type", "accounts", "type", ""}, {"account_role", "accounts", "role", ""}}
}

// columnsBehind are the columns of a table but one, without those of packs.
func columnsBehind(table, but string) (names []string) {
	t := reports.SpecOf(table)
	for i := range t.Columns {
		if c := &t.Columns[i]; c.Name != but && !isOfPack(t, c) {
			names = append(names, c.Name)
		}
	}
	return names
}

// text is what is said of the column.
func (n *named) text() string {
	if n.table == "" {
		return n.doc
	}
	return reports.SpecOf(n.table).Column(n.column).Doc
}

// staging describes the staging models.
func staging() []byte {
	var b lines
	b.add(0, made, "version: 2", "", "models:")
	for _, m := range models() {
		b.add(1, "- name: "+m.name, "  description: "+quoted(m.doc))
		b.add(2, "data_tests:", "  - daybook_key:")
		b.add(5, "arguments: {columns: ["+join(m.key)+"]}")
		b.add(2, "columns:")
		for _, c := range m.columns {
			b.add(3, "- name: "+c.name, "  description: "+quoted(c.text()))
			if c.name == "account_role" {
				b.add(4, "data_tests: [not_null]")
			}
		}
	}
	return b.Bytes()
}
