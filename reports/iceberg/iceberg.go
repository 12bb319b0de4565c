// Package iceberg plans what a night does to an Iceberg table, format version 2, and gives
// the table's metadata, manifests and manifest lists as bytes. It is pure: it reads no
// file, clock, network or randomness; times, ids and what is there already are arguments,
// and the same arguments give the same bytes.
//
// Every table is partitioned by its business date, column 1, and a night is one partition:
// the files that it had are replaced by those that it has, in one snapshot. Data files are
// named, never opened; what is known of their columns comes from the caller, who read their
// footers.
//
// Other writers may work on the same table. What they put into the metadata is kept, also
// where this package does not know what it means: other fields, schemas, snapshots, branches
// and tags, delete files, manifests of many nights. What it refuses is a table with another
// format version or another partition spec, and a schema that changes otherwise than
// [Evolve] allows.
package iceberg

// Namespace is the namespace of all tables.
const Namespace = "daybook"

// Names of properties of tables and of summaries of snapshots.
const (
	// DateProperty, of a snapshot, is the night that it is of.
	DateProperty = "daybook.business-date"
	// RootProperty, of a table, is the root that its files are below, so that a root that was
	// moved is known.
	RootProperty = "daybook.root"

	nameMapping = "schema.name-mapping.default"
)

// Limits on what is planned.
const (
	columnsMax = 1000      // columns of a table
	filesMax   = 100_000   // files of a night in one table
	freeIDMax  = 1<<53 - 1 // of snapshots: readers in JavaScript round what is above
)

// Ids that the format gives to the one partition field.
const (
	dateColumn  = 1    // of the schema
	datePart    = 1000 // of the partition spec
	dateName    = "business_date"
	unsorted    = 0 // sort order id of a table in no order
	formatKnown = 2
)
