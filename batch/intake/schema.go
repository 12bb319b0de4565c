package intake

import (
	"errors"
	"fmt"
	"strings"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

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
	depthMax   = 32
	leavesMax  = 1 << 15
	decimalMax = 1024 // digits after the point
)

// schemaLeaves lays the schema's tree out as its leaves.
func schemaLeaves(elements []format.SchemaElement) ([]leaf, error) {
	if len(elements) == 0 {
		return nil, errors.New("no schema")
	}
	t := tree{rest: elements[1:]}
	root := &elements[0]
	for range root.NumChildren.V {
		if err := t.node(nil, 0, 0); err != nil {
			return nil, err
		}
	}
	if len(t.rest) > 0 {
		return nil, errors.New("the schema has elements outside its tree")
	}
	return t.leaves, nil
}

type tree struct {
	rest   []format.SchemaElement
	leaves []leaf
}

func (t *tree) node(path []string, def, rep int) error {
	if len(t.rest) == 0 || len(path) > depthMax || len(t.leaves) >= leavesMax {
		return errors.New("the schema's tree does not hold together")
	}
	e := &t.rest[0]
	t.rest = t.rest[1:]
	path = append(path[:len(path):len(path)], strings.ToValidUTF8(e.Name, "\ufffd"))
	switch e.RepetitionType.V {
	case format.Optional:
		def++
	case format.Repeated:
		def, rep = def+1, rep+1
	}
	if e.NumChildren.V > 0 || !e.Type.Valid {
		for range e.NumChildren.V {
			if err := t.node(path, def, rep); err != nil {
				return err
			}
		}
		return nil
	}
	l := leaf{column: len(t.leaves), name: strings.Join(path, "."), top: path[0], nested: len(path) > 1 || rep > 0,
		physical: e.Type.V, width: int(e.TypeLength.V), maxDef: def, maxRep: rep}
	if l.physical < format.Boolean || l.physical > format.FixedLenByteArray {
		return fmt.Errorf("column %s has the unknown type %d", l.name, l.physical)
	}
	if l.physical == format.FixedLenByteArray && (l.width <= 0 || l.width > 1<<20) {
		return fmt.Errorf("column %s has values of %d bytes", l.name, l.width)
	}
	if l.physical == format.Int96 {
		l.width = 12
	}
	if err := l.annotate(e); err != nil {
		return err
	}
	t.leaves = append(t.leaves, l)
	return nil
}

// annotate reads the logical type, or the converted type of older writers.
func (l *leaf) annotate(e *format.SchemaElement) error {
	switch v := e.LogicalType.Value.(type) {
	case nil:
		l.convert(e)
	case *format.StringType, *format.EnumType, *format.JsonType:
		l.annotation = textual
	case *format.DecimalType:
		l.annotation, l.scale, l.precision = decimal, int(v.Scale), int(v.Precision)
	case *format.DateType:
		l.annotation = day
	case *format.TimestampType:
		l.annotation, l.local = timestamp, !v.IsAdjustedToUTC
		if v.Unit.Value == nil {
			return fmt.Errorf("column %s is a timestamp without a unit", l.name)
		}
		l.perSecond = 1e9 / int64(v.Unit.Value.Duration())
	case *format.IntType:
		l.annotation = integer
		if !v.IsSigned {
			l.annotation = unsigned
		}
	case *format.NullType: // every value is null
	default:
		l.annotation, l.foreignName = foreign, e.LogicalType.String()
	}
	if l.physical == format.Int96 {
		l.annotation, l.perSecond = timestamp, 1e9 // old Spark, Hive and Impala: instants in UTC
	}
	if l.annotation == decimal && (l.scale < 0 || l.scale > decimalMax) {
		return fmt.Errorf("column %s is a decimal of scale %d", l.name, l.scale)
	}
	return nil
}

func (l *leaf) convert(e *format.SchemaElement) {
	if !e.ConvertedType.Valid {
		return
	}
	switch c := e.ConvertedType.V; c {
	case deprecated.UTF8, deprecated.Enum, deprecated.Json:
		l.annotation = textual
	case deprecated.Decimal:
		l.annotation, l.scale, l.precision = decimal, int(e.Scale.V), int(e.Precision.V)
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
	default:
		l.annotation, l.foreignName = foreign, fmt.Sprintf("converted type %d", c)
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
