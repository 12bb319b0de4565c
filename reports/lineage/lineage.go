// Package lineage says where the tables of a night come from: one OpenLineage run event a night,
// as plain JSON, with its inputs, its outputs, and for the columns of loans, journal and contracts
// the columns that they are made of.
//
// The event follows from the manifest, the tables and the registry alone, without the times that the
// night took: the same night has the same bytes and the same run. Nothing is sent anywhere; whoever wants it in a catalogue
// posts it.
// Source: OpenLineage 2-0-2, https://openlineage.io/spec.
package lineage

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"daybook/ledger/civil"
	"daybook/reports"
)

// A Table is a table of the night as the warehouse has it.
type Table struct {
	Name    string
	Rows    int64
	Bytes   int64
	Files   int
	Columns []string // nil: those of the registry that every policy has
}

// Job is the name of the job whose runs are the nights.
const Job = "daybook.close"

// Event returns the run event of a night whose tables are these, in any order. Inputs that belong to another command
// are left out.
func Event(m *reports.Manifest, tables []Table) ([]byte, error) {
	n := night{m, "daybook:" + m.BookID}
	e := event{
		EventType: "COMPLETE", EventTime: closedAt(m.BusinessDate), Producer: producer, SchemaURL: schema,
		Run: run{RunID(m.BookID, m.BusinessDate).String(), n.runFacets()},
		Job: job{n.namespace, Job, jobFacets{
			Type:          jobType{facetOf("JobTypeJobFacet", "2-0-3"), "BATCH", "DAYBOOK", "JOB"},
			Documentation: documentation{facetOf("DocumentationJobFacet", "1-0-1"), "Closes the lender's day: posts the inputs to the book, and publishes tape, journal and reports."},
		}},
		Inputs: n.inputs(),
	}
	tables = slices.SortedFunc(slices.Values(tables), func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
	for i := range tables {
		out, err := n.output(&tables[i])
		if err != nil {
			return nil, err
		}
		e.Outputs = append(e.Outputs, out)
	}
	b, err := reports.EncodeJSON(e)
	if err != nil {
		return nil, fmt.Errorf("lineage of %s: %w", m.BusinessDate, err)
	}
	return b, nil
}

// runs is the name space of the ids of runs.
var runs = uuid.NewSHA1(uuid.NameSpaceURL, []byte("urn:daybook:night"))

// RunID is the id of the run that is a night of a book: UUID version 5, the same each time.
func RunID(bookID string, date civil.Date) uuid.UUID {
	return uuid.NewSHA1(runs, []byte(bookID+" "+date.String()))
}

// Check returns why an event is not that of a night of a book whose journal has a root.
func Check(b []byte, bookID string, date civil.Date, root string) error {
	var e event
	if err := json.Unmarshal(b, &e); err != nil {
		return fmt.Errorf("it is no event: %w", err)
	}
	night := &e.Run.Facets.Night
	if e.Run.RunID != RunID(bookID, date).String() || night.BookID != bookID || night.BusinessDate != date.String() || night.Root != root {
		return fmt.Errorf("it is not the event of %s", date)
	}
	return nil
}

// closedAt is when the event is said to have happened: at the end of the business date, as no clock is asked.
func closedAt(date civil.Date) string {
	return (date + 1).String() + "T00:00:00Z"
}

// A night is what an event is made of.
type night struct {
	*reports.Manifest
	namespace string // of all names: those of the book
}

func (n *night) runFacets() runFacets {
	return runFacets{
		Nominal: nominalTime{facetOf("NominalTimeRunFacet", "1-0-1"), n.BusinessDate.String() + "T00:00:00Z", closedAt(n.BusinessDate)},
		Engine:  engine{facetOf("ProcessingEngineRunFacet", "1-1-1"), n.Software, "Daybook"},
		Night:   nightFacet{ownFacet("night"), n.BusinessDate.String(), n.BookID, n.JournalRoot, n.PreviousJournalRoot, n.Policy, n.ControlTotals.Tied()},
	}
}

// inputs are the policy, the kinds of file, which columns come from, and each file.
func (n *night) inputs() (list []input) {
	list = append(list, input{Namespace: n.namespace, Name: policyName, Facets: inputFacets{
		Schema: schemaOf(policyFields()), Version: versionOf(n.Policy), Documentation: said("The lender's policy, by section."),
	}})
	for _, k := range kinds {
		x := input{Namespace: n.namespace, Name: kindName(k.name), Facets: inputFacets{
			Schema: schemaOf(k.fields()), Documentation: said("The rows of " + k.name + " that the nights read; the night's own are in its statistics."),
		}}
		s := statisticsOf(inputStatistics)
		for _, f := range n.files(k.name) {
			s.Rows, s.Files = s.Rows+f.Rows, s.Files+1
		}
		x.Statistics.Input = s
		list = append(list, x)
	}
	for _, k := range kinds {
		for _, f := range n.files(k.name) {
			x := input{Namespace: n.namespace, Name: "inbox/" + n.BusinessDate.String() + "/" + f.Path, Facets: inputFacets{
				Schema: schemaOf(k.fields()), Version: versionOf("sha256:" + f.SHA256), Symlinks: n.symlinks(k.name),
			}}
			x.Statistics.Input = statisticsOf(inputStatistics)
			x.Statistics.Input.Rows, x.Statistics.Input.Files = f.Rows, 1
			list = append(list, x)
		}
	}
	return list
}

// files are the night's files of a kind, by path.
func (n *night) files(kind string) (list []reports.Input) {
	for _, f := range n.Inputs {
		if f.Kind == kind && !f.NotRead {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b reports.Input) int { return cmp.Compare(a.Path, b.Path) })
	return list
}

// symlinks say that a file is part of the rows of its kind.
func (n *night) symlinks(kind string) *symlinks {
	return &symlinks{facetOf("SymlinksDatasetFacet", "1-0-1"), []identifier{{n.namespace, kindName(kind), "TABLE"}}}
}

// output is a table with what is said of it, where its columns come from included.
func (n *night) output(t *Table) (output, error) {
	spec := reports.SpecOf(t.Name)
	if spec == nil {
		return output{}, fmt.Errorf("lineage of %s: the registry has no table %s", n.BusinessDate, t.Name)
	}
	var fields []field
	origins := map[string]columnOrigin{}
	for _, name := range columnsOf(t, spec) {
		c := spec.ColumnSpecOf(name)
		fields = append(fields, field{c.Name, c.Type, c.Doc})
		if from, ok := originOf(t.Name, name); ok {
			origins[name] = columnOrigin{n.inputFields(from)}
		}
	}
	x := output{Namespace: n.namespace, Name: "warehouse." + t.Name, Facets: outputFacets{
		Schema: schemaOf(fields), Version: versionOf(n.BusinessDate.String()), Documentation: said(spec.Doc),
	}}
	if len(origins) > 0 {
		x.Facets.Lineage = &columnLineage{facetOf("ColumnLineageDatasetFacet", "1-2-0"), origins}
	}
	s := statisticsOf(outputStatistics)
	s.Rows, s.Bytes, s.Files = t.Rows, &t.Bytes, t.Files
	x.Statistics.Output = s
	return x, nil
}

// columnsOf are the columns of a table.
func columnsOf(t *Table, spec *reports.TableSpec) (names []string) {
	if t.Columns != nil {
		return t.Columns
	}
	for i := range spec.Columns {
		if c := &spec.Columns[i]; spec.Name != "loans" || c.ID <= packIDs {
			names = append(names, c.Name)
		}
	}
	return names
}

// packIDs is where in the tape the ids of columns begin that only some policies' packs give.
const packIDs = 200

// inputFields are the columns that one comes from, with how it does.
func (n *night) inputFields(from origin) []inputField {
	list := []inputField{} // null is not allowed where there are none
	for _, part := range []struct {
		names []string
		how   transformation
	}{{from.copied, copied}, {from.computed, computed}, {from.decided, decided}} {
		for _, name := range part.names {
			dataset, column, _ := strings.Cut(name, ".")
			if dataset != policyName {
				dataset = kindName(dataset)
			}
			list = append(list, inputField{n.namespace, dataset, column, []transformation{part.how}})
		}
	}
	return list
}
