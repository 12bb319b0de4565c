// Package intake reads a night's Parquet files into typed column batches. It
// finds each file's kind and columns, checks the schema, decodes row groups
// column by column, and marks every row that breaks a rule of the contract
// with the reason; docs/formats.md is that contract.
//
// It refuses to guess: a missing column, money in floats or a corrupt page is
// a [FileError], and the night does not start. It never interprets rows
// (what a kind or a currency means is the caller's), and never writes.
//
// Files are not trusted. Footers and page headers are decoded by parquet-go's
// format and thrift packages after a walk has proved that their lists are no
// longer than their bytes. Pages are decoded here and not by
// parquet-go's own readers, whose memory a hostile file commands: v0.32.0 lets
// any codec expand without limit (a corrupt LZ4 page doubles its buffer for
// ever), and decodes a page's runs whole, whatever lengths they claim. Here a
// page expands to exactly the size that its header claims, the claims of one
// row group stay under [Options].Memory, and values are decoded a batch at a
// time.
package intake
