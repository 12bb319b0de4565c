package intake

import (
	"errors"
	"fmt"
	"strings"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// The members of Parquet's logical type that matter here, by their numbers.
const (
	logicalString    = 1
	logicalEnum      = 4
	logicalDecimal   = 5
	logicalDate      = 6
	logicalTimestamp = 8
	logicalInteger   = 10
	logicalNull      = 11
	logicalJSON      = 12
)

// logicalNames are those of all members there are, for messages.
var logicalNames = map[int]string{1: "STRING", 2: "MAP", 3: "LIST", 4: "ENUM", 5: "DECIMAL", 6: "DATE", 7: "TIME", 8: "TIMESTAMP",
	10: "INTEGER", 11: "NULL", 12: "JSON", 13: "BSON", 14: "UUID", 15: "FLOAT16", 16: "VARIANT", 17: "GEOMETRY", 18: "GEOGRAPHY"}

// convertedNull is what interim releases of Arrow C++ wrote for a column of
// nulls, before there was a logical type for it.
const convertedNull = 24

// An annotation says what a leaf's physical values stand for.
type annotation uint8

const (
	none annotation = iota
	textual
	decimal
	day
	timestamp
	integer
	unsigned
	nulls   // every value is null, whatever the physical type
	foreign // one that no column of the contract can have
)

// A leaf is a column of the file that has values.
type leaf struct {
	column         int    // its place among the leaves
	name           string // its path, joined by points
	top            string // its outermost field
	nested         bool   // inside a group, or repeated
	physical       format.Type
	width          int // bytes of a FIXED_LEN_BYTE_ARRAY
	annotation     annotation
	foreignName    string
	scale          int   // of a decimal
	precision      int   // of a decimal
	perSecond      int64 // units of a timestamp
	local          bool  // a timestamp without a zone
	maxDef, maxRep int
}

const (
	depthMax    = 32
	elementsMax = 1 << 15 // of a schema
	decimalMax  = 1024    // digits after the point
)

// schemaLeaves lays the schema's tree out as its leaves.
func schemaLeaves(m *meta) ([]leaf, error) {
	if m.nSchema == 0 {
		return nil, errors.New("no schema")
	}
	if m.nSchema > elementsMax {
		return nil, fmt.Errorf("a schema of %d elements, at most %d are read", m.nSchema, elementsMax)
	}
	t := tree{input: m.schema, left: m.nSchema}
	root, err := t.next()
	if err != nil {
		return nil, err
	}
	for range root.children {
		if err := t.node(nil, 0, 0); err != nil {
			return nil, err
		}
	}
	if t.left > 0 {
		return nil, errors.New("the schema has elements outside its tree")
	}
	return t.leaves, nil
}

type tree struct {
	input  compact
	left   int
	leaves []leaf
}

func (t *tree) next() (element, error) {
	if t.left == 0 {
		return element{}, errors.New("the schema's tree does not hold together")
	}
	t.left--
	return t.input.element()
}

func (t *tree) node(path []string, def, rep int) error {
	if len(path) > depthMax {
		return fmt.Errorf("a schema of more than %d levels", depthMax)
	}
	e, err := t.next()
	if err != nil {
		return err
	}
	path = append(path[:len(path):len(path)], strings.ToValidUTF8(e.name, "\ufffd"))
	switch format.FieldRepetitionType(e.repetition) {
	case format.Optional:
		def++
	case format.Repeated:
		def, rep = def+1, rep+1
	}
	if e.children > 0 || e.physical == absent {
		for range e.children {
			if err := t.node(path, def, rep); err != nil {
				return err
			}
		}
		return nil
	}
	l := leaf{column: len(t.leaves), name: strings.Join(path, "."), top: path[0], nested: len(path) > 1 || rep > 0,
		maxDef: def, maxRep: rep}
	if e.physical < int64(format.Boolean) || e.physical > int64(format.FixedLenByteArray) {
		return fmt.Errorf("column %s has the unknown type %d", l.name, e.physical)
	}
	l.physical = format.Type(e.physical)
	if l.physical == format.FixedLenByteArray && (e.width <= 0 || e.width > 1<<20) {
		return fmt.Errorf("column %s has values of %d bytes", l.name, e.width)
	}
	l.width = int(e.width)
	if l.physical == format.Int96 {
		l.width = 12
	}
	if err := l.annotate(&e); err != nil {
		return err
	}
	t.leaves = append(t.leaves, l)
	return nil
}

// annotate reads the logical type, or the converted type of older writers.
func (l *leaf) annotate(e *element) error {
	switch e.logical {
	case 0:
		l.convert(e)
	case logicalString, logicalEnum, logicalJSON:
		l.annotation = textual
	case logicalDecimal:
		l.annotation, l.scale, l.precision = decimal, within(e.logicalScale), within(e.logicalPrecision)
	case logicalDate:
		l.annotation = day
	case logicalTimestamp:
		if e.unit < 1 || e.unit > 3 {
			return fmt.Errorf("column %s is a timestamp without a unit", l.name)
		}
		l.annotation, l.local, l.perSecond = timestamp, !e.utc, [...]int64{1e3, 1e6, 1e9}[e.unit-1]
	case logicalInteger:
		l.annotation = integer
		if !e.signed {
			l.annotation = unsigned
		}
	case logicalNull:
		l.annotation = nulls
	default:
		l.annotation, l.foreignName = foreign, logicalNames[e.logical]
		if l.foreignName == "" { // of a later format: the converted type may still say
			l.annotation, l.foreignName = none, fmt.Sprintf("logical type %d", e.logical)
			if l.convert(e); l.annotation == none {
				l.annotation = foreign
			}
		}
	}
	if l.physical == format.Int96 && l.annotation != nulls {
		l.annotation, l.perSecond = timestamp, 1e9 // old Spark, Hive and Impala: instants in UTC
	}
	if l.annotation == decimal && (l.scale < 0 || l.scale > decimalMax) {
		return fmt.Errorf("column %s is a decimal of scale %d", l.name, l.scale)
	}
	return nil
}

// within keeps a number of digits in the range of an int of any width.
func within(n int64) int { return int(min(max(n, -1<<20), 1<<20)) }

func (l *leaf) convert(e *element) {
	switch deprecated.ConvertedType(e.converted) {
	case deprecated.UTF8, deprecated.Enum, deprecated.Json:
		l.annotation = textual
	case deprecated.Decimal:
		l.annotation, l.scale, l.precision = decimal, within(e.scale), within(e.precision)
	case deprecated.Date:
		l.annotation = day
	case deprecated.TimestampMillis:
		l.annotation, l.perSecond = timestamp, 1e3
	case deprecated.TimestampMicros:
		l.annotation, l.perSecond = timestamp, 1e6
	case deprecated.Int8, deprecated.Int16, deprecated.Int32, deprecated.Int64:
		l.annotation = integer
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		l.annotation = unsigned
	case convertedNull:
		l.annotation = nulls
	default:
		if e.converted != absent {
			l.annotation, l.foreignName = foreign, fmt.Sprintf("converted type %d", e.converted)
		}
	}
}

// String names the leaf's type as people write it.
func (l *leaf) String() string {
	var s string
	switch l.annotation {
	case textual:
		s = "STRING"
	case decimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", l.precision, l.scale)
	case day:
		return "DATE"
	case timestamp:
		return fmt.Sprintf("TIMESTAMP (%v)", l.physical)
	case integer:
		s = fmt.Sprintf("integer (%v)", l.physical)
	case unsigned:
		s = fmt.Sprintf("unsigned integer (%v)", l.physical)
	case nulls:
		s = fmt.Sprintf("NULL (%v)", l.physical)
	case foreign:
		s = fmt.Sprintf("%s (%v)", l.foreignName, l.physical)
	default:
		s = l.physical.String()
	}
	return s
}

// whole reports whether the leaf has integers, floats whether it has binary
// fractions, and bytes whether its values are byte strings.
func (l *leaf) whole() bool {
	return (l.physical == format.Int32 || l.physical == format.Int64) &&
		(l.annotation == none || l.annotation == integer || l.annotation == unsigned)
}

func (l *leaf) floats() bool {
	return (l.physical == format.Float || l.physical == format.Double) && l.annotation == none
}

func (l *leaf) bytes() bool {
	return l.physical == format.ByteArray || l.physical == format.FixedLenByteArray || l.physical == format.Int96
}
