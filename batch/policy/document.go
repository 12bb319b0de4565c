package policy

import (
	"reflect"

	"daybook/ledger/civil"
)

// A document is the policy file as Go sees it: a head, and the sections. Their tags
// are the one source of the keys, of the limits that the reader checks, and of the
// JSON Schema.
//
// Reading merges: a struct keeps what the file does not state, a pointer, a
// slice and a value of another kind are replaced whole.
type document struct {
	head
	sections []section // each a pointer, in the order of the register
	files    []File    // that the sections name
}

// The head is what stands in the file beside its sections.
type head struct {
	FormatVersion int32      `yaml:"format_version" min:"1" max:"1" doc:"Version of this file's format."`
	Name          string     `yaml:"name" doc:"Name of the policy, as reports and explanations cite it."`
	Jurisdiction  string     `yaml:"jurisdiction" enum:"@jurisdiction" doc:"Whose law binds the lender: what it forbids is refused when the policy is loaded."`
	EffectiveFrom civil.Date `yaml:"effective_from" doc:"First value date that these rules hold for. Left out: from the night that brings the policy."`
	TimeZone      string     `yaml:"time_zone" doc:"IANA name of the zone in which a day is a day."`
	Currencies    []string   `yaml:"currencies" doc:"ISO 4217 codes that loans may have. Amounts are kept with the most digits among them."`
}

// A section is one key of the policy file and all that stands under it: a type with
// its keys and limits, in a file of its own. Its defaults are the built-in policy's.
type section interface {
	// compile turns the section into rules, and records what is wrong with it. The
	// head is compiled by then; of other sections it may read the document alone.
	compile(s *source, doc *document, p *Policy)
}

// A sectionRow is what there is to know of a section.
type sectionRow struct {
	key   string
	tag   reflect.StructTag
	empty func() section
	// optional leaves it out of the canonical form while it states nothing, as the
	// digests of policies are in the records of nights.
	optional bool
	// hidden leaves it out of the canonical form where another section stands in for it.
	hidden func(doc *document) bool
}

// sections is the register: they are read, compiled, written and described in its
// order. A new one is a row here. One that came after books were closed is optional.
var sections = [...]sectionRow{
	{key: "intake", tag: `doc:"How the night's files are read."`, empty: func() section { return new(intakeSection) }},
	{key: "outputs", tag: `doc:"How the night is published."`, empty: func() section { return new(outputsSection) }},
	{
		key: "products", tag: `doc:"Rules by product. What a product does not state it takes from default, and default from the built-in policy."`,
		empty: func() section { return new(productsSection) },
	},
	{
		key: "calendar", tag: `doc:"Days on which no business is done, for products whose due dates move off them."`, optional: true,
		empty: func() section { return new(calendarSection) },
	},
	{key: "aging", tag: `doc:"Days past due and delinquency buckets."`, empty: func() section { return new(agingSection) }},
	{
		key: "classification", tag: `doc:"Regulatory tiers and impairment stages, by days past due."`,
		empty:  func() section { return new(classificationSection) },
		hidden: func(doc *document) bool { return len(*in[*packsSection](doc)) > 0 },
	},
	{
		key: "packs", tag: `doc:"Laws and standards that loans are classified by: built-in ones by name (cn, ifrs9, eu, us, in), files by path. Left out: those of the jurisdiction."`, optional: true,
		empty: func() section { return new(packsSection) },
	},
	{
		key: "provisions", tag: `doc:"What is posted of the packs' provisions."`, optional: true,
		empty: func() section { return new(provisionsSection) },
	},
	{
		key: "reports", tag: `doc:"Reports that are not written every night."`, optional: true,
		empty: func() section { return new(reportsSection) },
	},
	{
		key: "score", tag: `doc:"Points that repayment behaviour adds to a credit score or takes from it."`,
		empty: func() section { return new(scoreSection) },
	},
	{
		key: "accounts", tag: `keys:"@role" doc:"The lender's own code and name for each role of account."`,
		empty: func() section { return new(accountsSection) },
	},
	{
		key: reconciliationKey, tag: `doc:"How the bank's statements are matched with the ledger's cash. Stated, {} too, it keeps the channel and the reference of money. Left out: neither is kept."`, optional: true,
		empty: func() section { return new(reconciliationSection) },
	},
	{
		key: "period", tag: `doc:"What a locked period means for what comes later, and what has to be clean before one is locked."`, optional: true,
		empty: func() section { return new(periodSection) },
	},
	{
		key: "collections", tag: `doc:"How loans past due are worked. {} is what the release has for the jurisdiction; with keys, it is whole."`,
		empty: func() section { return new(collectionsSection) },
	},
	{
		key: "gl_export", tag: `doc:"How the journal goes to the lender's general ledger: docs/gl-export.md."`, optional: true,
		empty: func() section { return new(glExportSection) },
	},
}

// newDocument returns a document that states nothing.
func newDocument() *document {
	doc := &document{head: head{EffectiveFrom: civil.None}, sections: make([]section, len(sections))}
	for i := range sections {
		doc.sections[i] = sections[i].empty()
	}
	return doc
}

// in returns a document's section by its type.
func in[T section](doc *document) T {
	for _, x := range doc.sections {
		if t, ok := x.(T); ok {
			return t
		}
	}
	var none T
	panic("policy: internal error: no section is a " + reflect.TypeOf(none).String())
}

// A field is a key of a struct of the document, and its value.
type field struct {
	key      string
	tag      reflect.StructTag
	value    reflect.Value
	optional bool // a section that is left out while it states nothing
	hidden   bool // a section that another stands in for
}

// fieldsOf returns the keys of a struct in the order of the file: of the document
// those of its head, and its sections.
func fieldsOf(v reflect.Value) []field {
	if v.Type() == reflect.TypeFor[document]() {
		doc := v.Addr().Interface().(*document)
		list := fieldsOf(reflect.ValueOf(&doc.head).Elem())
		for i := range sections {
			row := &sections[i]
			list = append(list, field{row.key, row.tag, reflect.ValueOf(doc.sections[i]).Elem(), row.optional, row.hidden != nil && row.hidden(doc)})
		}
		return list
	}
	list := make([]field, v.NumField())
	for i := range list {
		tag := v.Type().Field(i).Tag
		list[i] = field{key: tag.Get("yaml"), tag: tag, value: v.Field(i)}
	}
	return list
}

// keysOf returns the keys of fields.
func keysOf(fields []field) []string {
	list := make([]string, len(fields))
	for i := range fields {
		list[i] = fields[i].key
	}
	return list
}
