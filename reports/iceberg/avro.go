package iceberg

import (
	"fmt"
	"strings"
	"sync"
)

// The records of a manifest and of a manifest list. Names and ids are the format's.

type entryRecord struct {
	Status       int32      `avro:"status"`
	Snapshot     *int64     `avro:"snapshot_id"`
	Sequence     *int64     `avro:"sequence_number"`
	FileSequence *int64     `avro:"file_sequence_number"`
	File         fileRecord `avro:"data_file"`
}

type fileRecord struct {
	Content   int32           `avro:"content"`
	Path      string          `avro:"file_path"`
	Format    string          `avro:"file_format"`
	Partition partitionRecord `avro:"partition"`
	Rows      int64           `avro:"record_count"`
	Bytes     int64           `avro:"file_size_in_bytes"`
	Sizes     []idCount       `avro:"column_sizes"`
	Values    []idCount       `avro:"value_counts"`
	Nulls     []idCount       `avro:"null_value_counts"`
	NaNs      []idCount       `avro:"nan_value_counts"`
	Lower     []idBytes       `avro:"lower_bounds"`
	Upper     []idBytes       `avro:"upper_bounds"`
	Key       []byte          `avro:"key_metadata"`
	Splits    []int64         `avro:"split_offsets"`
	Equality  []int32         `avro:"equality_ids"`
	SortOrder *int32          `avro:"sort_order_id"`
}

type partitionRecord struct {
	Date *int32 `avro:"business_date"`
}

type idCount struct {
	ID    int32 `avro:"key"`
	Count int64 `avro:"value"`
}

type idBytes struct {
	ID    int32  `avro:"key"`
	Bytes []byte `avro:"value"`
}

type manifestRecord struct {
	Path          string           `avro:"manifest_path"`
	Bytes         int64            `avro:"manifest_length"`
	Spec          int32            `avro:"partition_spec_id"`
	Content       int32            `avro:"content"`
	Sequence      int64            `avro:"sequence_number"`
	MinSequence   int64            `avro:"min_sequence_number"`
	Snapshot      int64            `avro:"added_snapshot_id"`
	AddedFiles    int32            `avro:"added_files_count"`
	ExistingFiles int32            `avro:"existing_files_count"`
	DeletedFiles  int32            `avro:"deleted_files_count"`
	AddedRows     int64            `avro:"added_rows_count"`
	ExistingRows  int64            `avro:"existing_rows_count"`
	DeletedRows   int64            `avro:"deleted_rows_count"`
	Partitions    []partitionField `avro:"partitions"`
	Key           []byte           `avro:"key_metadata"`

	// The counts of files under the names that they have in lists of some writers, and 0 in others; read only.
	OldAdded    int32 `avro:"added_data_files_count"`
	OldExisting int32 `avro:"existing_data_files_count"`
	OldDeleted  int32 `avro:"deleted_data_files_count"`
}

type partitionField struct {
	ContainsNull bool   `avro:"contains_null"`
	ContainsNaN  *bool  `avro:"contains_nan"`
	Lower        []byte `avro:"lower_bound"`
	Upper        []byte `avro:"upper_bound"`
}

// field is a required field of an Avro record, optional one that may be null.
func field(name, avroType string, id int) string {
	return fmt.Sprintf(`{"name":%q,"type":%s,"field-id":%d}`, name, avroType, id)
}

func optional(name, avroType string, id int) string {
	return fmt.Sprintf(`{"name":%q,"type":["null",%s],"default":null,"field-id":%d}`, name, avroType, id)
}

func record(name string, fields ...string) string {
	return fmt.Sprintf(`{"type":"record","name":%q,"fields":[%s]}`, name, strings.Join(fields, ","))
}

func list(item string, id int) string {
	return fmt.Sprintf(`{"type":"array","items":%s,"element-id":%d}`, item, id)
}

// byID is a map by column id: Avro's own maps have only texts as keys.
func byID(value string, key, id int) string {
	pair := record(fmt.Sprintf("k%d_v%d", key, id), field("key", `"int"`, key), field("value", value, id))
	return fmt.Sprintf(`{"type":"array","items":%s,"logicalType":"map"}`, pair)
}

const (
	avroInt    = `"int"`
	avroLong   = `"long"`
	avroString = `"string"`
	avroBytes  = `"bytes"`
	avroDate   = `{"type":"int","logicalType":"date"}`
)

// entrySchema is the schema of a manifest.
var entrySchema = sync.OnceValue(func() string {
	return record("manifest_entry",
		field("status", avroInt, 0),
		optional("snapshot_id", avroLong, 1),
		optional("sequence_number", avroLong, 3),
		optional("file_sequence_number", avroLong, 4),
		field("data_file", record("r2",
			field("content", avroInt, 134),
			field("file_path", avroString, 100),
			field("file_format", avroString, 101),
			field("partition", record("r102", optional(dateName, avroDate, datePart)), 102),
			field("record_count", avroLong, 103),
			field("file_size_in_bytes", avroLong, 104),
			optional("column_sizes", byID(avroLong, 117, 118), 108),
			optional("value_counts", byID(avroLong, 119, 120), 109),
			optional("null_value_counts", byID(avroLong, 121, 122), 110),
			optional("nan_value_counts", byID(avroLong, 138, 139), 137),
			optional("lower_bounds", byID(avroBytes, 126, 127), 125),
			optional("upper_bounds", byID(avroBytes, 129, 130), 128),
			optional("key_metadata", avroBytes, 131),
			optional("split_offsets", list(avroLong, 133), 132),
			optional("equality_ids", list(avroInt, 136), 135),
			optional("sort_order_id", avroInt, 140)), 2))
})

// manifestSchema is the schema of a manifest list.
var manifestSchema = sync.OnceValue(func() string {
	return record("manifest_file",
		field("manifest_path", avroString, 500),
		field("manifest_length", avroLong, 501),
		field("partition_spec_id", avroInt, 502),
		field("content", avroInt, 517),
		field("sequence_number", avroLong, 515),
		field("min_sequence_number", avroLong, 516),
		field("added_snapshot_id", avroLong, 503),
		field("added_files_count", avroInt, 504),
		field("existing_files_count", avroInt, 505),
		field("deleted_files_count", avroInt, 506),
		field("added_rows_count", avroLong, 512),
		field("existing_rows_count", avroLong, 513),
		field("deleted_rows_count", avroLong, 514),
		optional("partitions", list(record("r508",
			field("contains_null", `"boolean"`, 509),
			optional("contains_nan", `"boolean"`, 518),
			optional("lower_bound", avroBytes, 510),
			optional("upper_bound", avroBytes, 511)), 508), 507),
		optional("key_metadata", avroBytes, 519))
})
