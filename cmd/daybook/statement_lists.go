package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// The most that a list of loans may have, and the lines above a statement.
const (
	loansMax      = 1_000_000
	nameLinesMax  = 8
	nameLineBytes = 300
)

// A listError is a fault of a line of a file that is named on the command line.
type listError struct {
	file string
	line int
	what string
}

func (e *listError) Error() string { return fmt.Sprintf("%s:%d: %s", e.file, e.line, e.what) }

// readRows calls fn with the records of a CSV file and their lines.
func readRows(path string, fn func(line int, record []string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1
	for first := true; ; first = false {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			return &listError{path, wrong.Line, "it is no CSV: " + wrong.Err.Error()}
		}
		if err != nil {
			return err
		}
		if first {
			record[0] = string(bytes.TrimPrefix([]byte(record[0]), []byte("\ufeff")))
		}
		line, _ := r.FieldPos(0)
		if err := fn(line, record); err != nil {
			return err
		}
	}
}

// loanList reads ids of loans: one a line, or the column loan_id of a CSV.
func loanList(path string) (ids []string, err error) {
	at, seen := 0, map[string]int{}
	err = readRows(path, func(line int, record []string) error {
		if len(ids) == 0 && len(seen) == 0 {
			for i, name := range record {
				if strings.TrimSpace(name) == "loan_id" {
					at, seen[""] = i, 0
					return nil
				}
			}
			if len(record) > 1 {
				return &listError{path, line, "it is the head of a CSV without the column loan_id, or no id a line"}
			}
		}
		if at >= len(record) {
			return &listError{path, line, "it has no loan_id"}
		}
		id := strings.TrimSpace(record[at])
		switch first, is := seen[id]; {
		case id == "":
			return &listError{path, line, "its loan_id is empty"}
		case is:
			return &listError{path, line, fmt.Sprintf("loan %q is in line %d already", id, first)}
		case len(ids) == loansMax:
			return &listError{path, line, fmt.Sprintf("there are more than %d loans: take them in several runs", loansMax)}
		}
		seen[id] = line
		ids = append(ids, id)
		return nil
	})
	if err == nil && len(ids) == 0 {
		err = failed("it has an id a line, or is a CSV with the column loan_id", "%s names no loan", path)
	}
	return ids, err
}

// readNames reads what stands above the statements of some loans: the columns behind
// loan_id, and the lines within each.
func readNames(path string, ids []string) (map[string][]string, error) {
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	names, seen, head := map[string][]string{}, map[string]int{}, true
	err := readRows(path, func(line int, record []string) error {
		if head {
			head = false
			if strings.TrimSpace(record[0]) != "loan_id" {
				return &listError{path, line, "the first column is loan_id, and the head says so"}
			}
			return nil
		}
		id := strings.TrimSpace(record[0])
		if first, is := seen[id]; is {
			return &listError{path, line, fmt.Sprintf("loan %q is in line %d already", id, first)}
		}
		seen[id] = line
		if !wanted[id] {
			return nil
		}
		for _, field := range record[1:] {
			for text := range strings.Lines(field) {
				text = strings.TrimRight(text, "\r\n")
				switch {
				case strings.TrimSpace(text) == "":
					continue
				case !utf8.ValidString(text):
					return &listError{path, line, "its text is not UTF-8"}
				case len(text) > nameLineBytes:
					return &listError{path, line, fmt.Sprintf("a line for loan %q has more than %d bytes", id, nameLineBytes)}
				case len(names[id]) == nameLinesMax:
					return &listError{path, line, fmt.Sprintf("loan %q has more than %d lines", id, nameLinesMax)}
				}
				names[id] = append(names[id], text)
			}
		}
		return nil
	})
	return names, err
}
