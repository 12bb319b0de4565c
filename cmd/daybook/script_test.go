package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/reports"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts are what a user sees: flags, exit statuses, messages, and what lies
// on the disk afterwards.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"parquet":  writeParquet,
			"reasons":  printReasons,
			"truncate": truncate,
			"damage":   damage,
			"entries":  entries,
		},
	})
}

// exits STATUS COMMAND… runs a command that must end with this exit status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// parquet FILE CSV writes a Parquet file. The CSV's head names each column and
// its type, such as amount:decimal2; an empty cell of text is null.
func writeParquet(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: parquet FILE CSV")
	}
	lines, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[1]))).ReadAll()
	ts.Check(err)
	t := &reports.Table{Name: "rows"}
	for _, head := range lines[0] {
		name, kind, _ := strings.Cut(head, ":")
		c := reports.Column{Name: name, Optional: true}
		switch {
		case kind == "date":
			c.Kind = reports.Date
		case kind == "count":
			c.Kind, c.Optional = reports.Count, false
		case strings.HasPrefix(kind, "decimal"):
			c.Kind = reports.Amount
			c.Digits, err = strconv.Atoi(kind[len("decimal"):])
			ts.Check(err)
		case kind == "":
			c.Kind = reports.Text
		default:
			ts.Fatalf("column %s: no type %q", name, kind)
		}
		t.Columns = append(t.Columns, c)
	}
	for _, line := range lines[1:] {
		values := make([]any, len(line))
		for i, cell := range line {
			values[i], err = cellValue(&t.Columns[i], cell)
			ts.Check(err)
		}
		t.Append(values...)
	}
	path := ts.MkAbs(args[0])
	ts.Check(os.RemoveAll(path))
	w, err := reports.CreateParquet(path, t.Columns)
	ts.Check(err)
	ts.Check(w.Write(t.Columns))
	_, err = w.Close()
	ts.Check(err)
}

func cellValue(c *reports.Column, cell string) (any, error) {
	switch {
	case c.Kind == reports.Text:
		text, err := strconv.Unquote(`"` + cell + `"`) // \xff and the like
		return strings.ReplaceAll(text, "LONG", strings.Repeat("x", 65)), err
	case cell == "":
		return nil, nil
	case c.Kind == reports.Date:
		return civil.Parse(cell)
	case c.Kind == reports.Count:
		return strconv.Atoi(cell)
	}
	return money.ParseDecimal(cell, c.Digits)
}

// reasons FOLDER prints the rejected rows of a published night: file, row number
// and reason code.
func printReasons(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: reasons FOLDER")
	}
	t, err := reports.ReadParquet(ts.MkAbs(args[0] + "/rejects.parquet"))
	ts.Check(err)
	at := func(name string) *reports.Column {
		return &t.Columns[slices.IndexFunc(t.Columns, func(c reports.Column) bool { return c.Name == name })]
	}
	for i := range t.Rows() {
		fmt.Fprintf(ts.Stdout(), "%s %s %s\n", at("file").AppendValue(nil, i), at("row_number").AppendValue(nil, i),
			at("reason_code").AppendValue(nil, i))
	}
}

// truncate FILE cuts a file in half.
func truncate(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	info, err := os.Stat(path)
	ts.Check(err)
	ts.Check(os.Truncate(path, info.Size()/2))
}

// damage FILE… changes one byte in the middle of each file.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		data, err := os.ReadFile(ts.MkAbs(name))
		ts.Check(err)
		data[len(data)/2] ^= 0x55
		ts.Check(os.WriteFile(ts.MkAbs(name), data, 0o644))
	}
}

// entries N FOLDER says that a folder has N entries, hidden ones too.
func entries(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: entries N FOLDER")
	}
	list, err := os.ReadDir(ts.MkAbs(args[1]))
	ts.Check(err)
	if fmt.Sprint(len(list)) != args[0] {
		ts.Fatalf("%s has %d entries, want %s: %v", args[1], len(list), args[0], list)
	}
}
