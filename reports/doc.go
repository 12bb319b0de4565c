// Package reports publishes a night: it adds up the night's facts and writes
// the loan tape, the journal, the rejects, the regulatory tables, the manifest
// and the report that people read.
//
// Everything that is written is the same, to the byte, for the same rows in
// the same batches: no clock, no random number and no map's order gets into an
// output. Amounts are integers of one scale from the book to the file; shares
// and rates are computed once, at the end, as exact decimals.
//
// The package knows nothing of how a night is worked or stored: rows come to
// it as Arrow record batches and plain structs.
package reports
