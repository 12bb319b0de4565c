package whatif

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"strconv"

	"daybook/ledger/civil"
	"daybook/reports"
)

// A Kind is how a value is written.
type Kind uint8

// The kinds of value. JSON has words and decimals as texts, whole numbers as numbers.
const (
	Null    Kind = iota
	Word         // text
	Decimal      // an amount or a rate, a plain decimal
	Whole        // a count
	Either       // of a column: its values are of several kinds
)

// A Value is one cell: as text, and of what kind it is.
type Value struct {
	Text string
	Kind Kind
}

// A Column is the head of a table's column.
type Column struct {
	Name string
	Kind Kind
}

// A Table is a small table whose cells are as people read them.
type Table struct {
	Name    string
	Columns []Column
	Rows    [][]Value
}

func newTable(name string, columns ...Column) *Table { return &Table{Name: name, Columns: columns} }

func word(name string) Column    { return Column{name, Word} }
func decimal(name string) Column { return Column{name, Decimal} }
func whole(name string) Column   { return Column{name, Whole} }
func either(name string) Column  { return Column{name, Either} }

func wordOf(text string) Value {
	if text == "" {
		return Value{}
	}
	return Value{text, Word}
}

func wholeOf(n int64) Value { return Value{strconv.FormatInt(n, 10), Whole} }

func decimalOf(text string) Value { return Value{text, Decimal} }

// MarshalJSON writes the rows as a list of objects, keys in the order of the columns.
func (t *Table) MarshalJSON() ([]byte, error) {
	b := []byte{'['}
	for i, row := range t.Rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		for k, v := range row {
			if k > 0 {
				b = append(b, ',')
			}
			b = append(strconv.AppendQuote(b, t.Columns[k].Name), ':')
			switch v.Kind {
			case Null:
				b = append(b, "null"...)
			case Whole:
				b = append(b, v.Text...)
			default:
				text, err := marshalText(v.Text)
				if err != nil {
					return nil, err
				}
				b = append(b, text...)
			}
		}
		b = append(b, '}')
	}
	return append(b, ']'), nil
}

// marshalText is a text in JSON, with < and > as they are.
func marshalText(text string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(text)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}

// writeCSV writes a table's rows to a new, synced file as they come, the business date
// before each.
func writeCSV(dir string, date civil.Date, t *Table, rows func(add func(row []Value) error) error) (reports.Output, error) {
	n, name := int64(0), t.Name+".csv"
	out, err := reports.WriteFile(filepath.Join(dir, name), func(w io.Writer) error {
		b := bufio.NewWriterSize(w, 1<<16)
		b.WriteString("business_date")
		for _, c := range t.Columns {
			b.WriteString("," + c.Name)
		}
		line := []byte{'\n'}
		err := rows(func(row []Value) error {
			n++
			line = date.Append(line)
			for _, v := range row {
				line = v.appendCSV(append(line, ','))
			}
			line = append(line, '\n')
			_, err := b.Write(line)
			line = line[:0]
			return err
		})
		if n == 0 {
			b.Write(line) // an error is kept
		}
		return errors.Join(err, b.Flush())
	})
	out.Path, out.Rows = name, n
	return out, err
}

// appendCSV appends a cell: figures as they are, words so that no spreadsheet runs them.
func (v Value) appendCSV(b []byte) []byte {
	if v.Kind == Word {
		return reports.AppendCell(b, []byte(v.Text))
	}
	return append(b, v.Text...)
}
