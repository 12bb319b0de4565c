package reports

import (
	"fmt"

	"daybook/aging"
)

// A Reject is a row of the input that was not applied, with all it said.
type Reject struct {
	File       string
	Row        int64 // from 0 in the file
	Kind       string
	ReasonCode string
	Reason     string // for people; one sentence
	Values     string // the row's own values, a JSON object
}

// rejectColumns are those of rejects.parquet.
func rejectColumns() []Column {
	return []Column{
		coded("file"), number("row_number"), coded("kind"), coded("reason_code"),
		{Name: "reason", Kind: Text}, {Name: "values", Kind: Text},
	}
}

// Rejects is the table of rejected rows, in the order given: sort by file and
// row before.
func Rejects(rows []Reject) *Table {
	t := &Table{Name: "rejects", Columns: rejectColumns()}
	codes := [3]map[string]uint16{{}, {}, {}}
	for i := range rows {
		r := &rows[i]
		for k, c := range []struct {
			column int
			name   string
		}{{0, r.File}, {2, r.Kind}, {3, r.ReasonCode}} {
			column := &t.Columns[c.column]
			code, ok := codes[k][c.name]
			if !ok {
				code = column.code(c.name)
				codes[k][c.name] = code
			}
			column.Codes = append(column.Codes, code)
		}
		t.Columns[1].Ints = append(t.Columns[1].Ints, r.Row)
		t.Columns[4].Texts.Append([]byte(r.Reason))
		t.Columns[5].Texts.Append([]byte(r.Values))
	}
	return t
}

// Scores writes one part of the score adjustments: the loans whose score
// moved tonight. It belongs to one worker.
type Scores struct {
	w       *ParquetWriter
	columns []Column
}

func scoreColumns(d *aging.Dictionaries) []Column {
	columns := []Column{
		{Name: "loan_id", Kind: Text}, {Name: "borrower_id", Kind: Text, Optional: true},
		{Name: "old_score", Kind: Count}, {Name: "new_score", Kind: Count}, {Name: "score_delta", Kind: Count},
	}
	for c := aging.Reason1; c <= aging.Reason4; c++ {
		columns = append(columns, Column{
			Name: fmt.Sprintf("reason_%d", 1+c-aging.Reason1), Kind: Coded, Names: d[c], Optional: true,
		})
	}
	return columns
}

// CreateScores starts a part file.
func CreateScores(path string, d *aging.Dictionaries) (*Scores, error) {
	columns := scoreColumns(d)
	w, err := CreateParquet(path, columns)
	if err != nil {
		return nil, err
	}
	return &Scores{w, columns}, nil
}

// Write adds the loans of a batch that [Record] made whose score moved.
func (s *Scores) Write(rec Batch) error {
	f, _, _, err := Facts(rec)
	if err != nil {
		return fmt.Errorf("score adjustments: %w", err)
	}
	for i := range s.columns {
		s.columns[i].reset()
	}
	c := s.columns
	for i, delta := range f.Counts[aging.ScoreDelta] {
		if delta == 0 {
			continue
		}
		score := f.Counts[aging.Score][i]
		c[0].Texts.Append(f.LoanID.Row(i))
		c[1].Texts.Append(f.Borrower.Row(i))
		c[2].Counts = append(c[2].Counts, score-delta)
		c[3].Counts = append(c[3].Counts, score)
		c[4].Counts = append(c[4].Counts, delta)
		for k := range 4 {
			c[5+k].Codes = append(c[5+k].Codes, f.Codes[aging.Reason1+aging.Code(k)][i])
		}
	}
	return s.w.Write(c)
}

// Close syncs the file and says what it holds.
func (s *Scores) Close() (Output, error) { return s.w.Close() }

// Abort removes the file.
func (s *Scores) Abort() { s.w.Abort() }
