package lineage

// producer is what OpenLineage wants to tell by who wrote an event and its facets.
const producer = "urn:daybook:lineage"

// Where the schemas of OpenLineage are.
const (
	schema      = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
	facetSchema = "https://openlineage.io/spec/facets/"
)

type event struct {
	EventType string   `json:"eventType"`
	EventTime string   `json:"eventTime"`
	Run       run      `json:"run"`
	Job       job      `json:"job"`
	Inputs    []input  `json:"inputs"`
	Outputs   []output `json:"outputs"`
	Producer  string   `json:"producer"`
	SchemaURL string   `json:"schemaURL"`
}

// A facet is what each facet begins with.
type facet struct {
	Producer  string `json:"_producer"`
	SchemaURL string `json:"_schemaURL"`
}

// facetOf begins a facet of OpenLineage by its name and version.
func facetOf(name, version string) facet {
	return facet{producer, facetSchema + version + "/" + name + ".json#/$defs/" + name}
}

// ownFacet begins a facet that OpenLineage has not.
func ownFacet(name string) facet { return facet{producer, "urn:daybook:lineage:" + name + ":1"} }

type run struct {
	RunID  string    `json:"runId"`
	Facets runFacets `json:"facets"`
}

type runFacets struct {
	Nominal nominalTime `json:"nominalTime"`
	Engine  engine      `json:"processing_engine"`
	Night   nightFacet  `json:"daybook_night"`
}

type nominalTime struct {
	facet
	Start string `json:"nominalStartTime"`
	End   string `json:"nominalEndTime"`
}

type engine struct {
	facet
	Version string `json:"version"`
	Name    string `json:"name"`
}

// A nightFacet is what the manifest proves the night by.
type nightFacet struct {
	facet
	BusinessDate string `json:"business_date"`
	BookID       string `json:"book_id"`
	Root         string `json:"journal_root"`
	PreviousRoot string `json:"previous_journal_root,omitempty"`
	Policy       string `json:"policy_digest"`
	Tied         bool   `json:"tied"`
}

type job struct {
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	Facets    jobFacets `json:"facets"`
}

type jobFacets struct {
	Type          jobType       `json:"jobType"`
	Documentation documentation `json:"documentation"`
}

type jobType struct {
	facet
	Processing  string `json:"processingType"`
	Integration string `json:"integration"`
	Type        string `json:"jobType"`
}

type documentation struct {
	facet
	Description string `json:"description"`
}

// said is a dataset's documentation.
func said(text string) *documentation {
	return &documentation{facetOf("DocumentationDatasetFacet", "1-0-1"), text}
}

type input struct {
	Namespace  string      `json:"namespace"`
	Name       string      `json:"name"`
	Facets     inputFacets `json:"facets"`
	Statistics struct {
		Input *statistics `json:"inputStatistics,omitempty"`
	} `json:"inputFacets"`
}

type inputFacets struct {
	Schema        tableSchema    `json:"schema"`
	Version       *version       `json:"version,omitempty"` // of a file its digest
	Symlinks      *symlinks      `json:"symlinks,omitempty"`
	Documentation *documentation `json:"documentation,omitempty"`
}

type output struct {
	Namespace  string       `json:"namespace"`
	Name       string       `json:"name"`
	Facets     outputFacets `json:"facets"`
	Statistics struct {
		Output *statistics `json:"outputStatistics"`
	} `json:"outputFacets"`
}

type outputFacets struct {
	Schema        tableSchema    `json:"schema"`
	Version       *version       `json:"version"`
	Documentation *documentation `json:"documentation"`
	Lineage       *columnLineage `json:"columnLineage,omitempty"`
}

type tableSchema struct {
	facet
	Fields []field `json:"fields"`
}

type field struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Description string `json:"description,omitempty"`
}

func schemaOf(fields []field) tableSchema {
	return tableSchema{facetOf("SchemaDatasetFacet", "1-1-1"), fields}
}

type version struct {
	facet
	Version string `json:"datasetVersion"`
}

func versionOf(text string) *version {
	return &version{facetOf("DatasetVersionDatasetFacet", "1-0-1"), text}
}

type symlinks struct {
	facet
	Identifiers []identifier `json:"identifiers"`
}

type identifier struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Type      string `json:"type"`
}

type statistics struct {
	facet
	Rows  int64  `json:"rowCount"`
	Bytes *int64 `json:"size,omitempty"` // nil: not known
	Files int    `json:"fileCount"`
}

// The statistics, by what they are of.
const (
	inputStatistics  = "InputStatisticsInputDatasetFacet"
	outputStatistics = "OutputStatisticsOutputDatasetFacet"
)

func statisticsOf(kind string) *statistics {
	version := map[string]string{inputStatistics: "1-0-0", outputStatistics: "1-0-2"}[kind]
	return &statistics{facet: facetOf(kind, version)}
}

type columnLineage struct {
	facet
	Fields map[string]columnOrigin `json:"fields"` // written by name
}

type columnOrigin struct {
	From []inputField `json:"inputFields"`
}

type inputField struct {
	Namespace       string           `json:"namespace"`
	Name            string           `json:"name"`
	Field           string           `json:"field"`
	Transformations []transformation `json:"transformations"`
}

type transformation struct {
	Type        string `json:"type"`
	Subtype     string `json:"subtype"`
	Description string `json:"description"`
	Masking     bool   `json:"masking"`
}

// How a column comes from another: as it is, by arithmetic, or by a choice that the other makes.
var (
	copied   = transformation{"DIRECT", "IDENTITY", "as it is", false}
	computed = transformation{"DIRECT", "TRANSFORMATION", "reckoned over the life of the loan", false}
	decided  = transformation{"INDIRECT", "CONDITIONAL", "decides how it is reckoned", false}
)
