// Package intake reads a night's Parquet files into typed column batches. It
// finds each file's kind and columns, checks the schema, decodes row groups
// column by column, and marks every row that breaks a rule of the contract
// with the reason; docs/formats.md is that contract.
//
// It refuses to guess: a missing column, money in floats or a corrupt page is
// a [FileError], and the night does not start. It never interprets rows
// (what a kind or a currency means is the caller's), and never writes.
//
// Files are not trusted. A footer and page headers are read by a reader of
// Thrift that takes what it needs, skips the rest, and allocates nothing by what
// the bytes claim. Pages are decoded here and not by parquet-go's own readers,
// whose memory a hostile file commands: v0.32.0 lets any codec expand without
// limit (a corrupt LZ4 page doubles its buffer for ever), decodes a page's runs
// whole, whatever lengths they claim, and refuses footers without fields that
// Parquet says are optional. Here a page expands to exactly the size that its
// header claims, pages and row groups have limits, all readers share one memory
// budget, and values are decoded a batch at a time. Nor are files trusted to
// stay: each block is proved to be the one that was inspected.
package intake
