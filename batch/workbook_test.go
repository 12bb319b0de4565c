package batch

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"daybook/batch/publish"
	"daybook/reports"

	"github.com/xuri/excelize/v2"
)

// The workbook has a sheet for each regulatory table, whose cells are those of its CSV; its
// first sheet has their digests and what ties.
func TestWorkbookIsTheTables(t *testing.T) {
	l := tamperLender(t)
	const date = "2026-02-05"
	folder := filepath.Join(l.o.Out, date)
	f, err := excelize.OpenFile(filepath.Join(folder, publish.WorkbookName))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	paths, err := filepath.Glob(filepath.Join(folder, "regulatory", "*.csv"))
	if err != nil || len(paths) < 9 {
		t.Fatalf("%d tables, error %v", len(paths), err)
	}
	paths = slices.DeleteFunc(paths, func(path string) bool { // tables with a row a loan have no sheet
		return slices.Contains([]string{"watchlist.csv", "re_age_exceptions.csv", "monthly_status.csv"}, filepath.Base(path))
	})
	first := rowsOf(t, f, "Read me")
	if got := len(f.GetSheetList()); got != len(paths)+1 {
		t.Errorf("%d sheets, and %d tables", got, len(paths))
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".csv")
		sum, err := publish.Digest(path)
		if err != nil {
			t.Fatal(err)
		}
		if want := "regulatory/" + name + ".csv"; !strings.Contains(first, want) || !strings.Contains(first, sum) {
			t.Errorf("the first sheet has not %s with %s", want, sum)
		}
		sameCells(t, name, f, path)
	}
	for _, want := range []string{"Policy digest|" + manifestOf(t, folder).Policy, "CNY|principal|", "\ncn|", "CNY|past due in the queue|", "repayments|1|1|0|0|0|1"} {
		if !strings.Contains(first, want) {
			t.Errorf("the first sheet has not %s:\n%s", want, first)
		}
	}
	if strings.Contains(first, "|GL|0") || strings.Contains(first, "|tape|0") {
		t.Errorf("something does not tie:\n%s", first)
	}
}

// sameCells compares a sheet with the CSV of its table.
func sameCells(t *testing.T, sheet string, f *excelize.File, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Errorf("%s has %d rows, its CSV %d", sheet, len(got), len(want))
		return
	}
	for i := range want {
		for k, text := range want[i] {
			cell := ""
			if k < len(got[i]) {
				cell = got[i][k]
			}
			if !sameCell(cell, text) {
				t.Errorf("%s, row %d, %s: %q, and in the CSV %q", sheet, i, want[0][k], cell, text)
			}
		}
	}
}

// sameCell reports whether a cell is that of a CSV: the same text, figure, or day.
func sameCell(cell, text string) bool {
	if cell == text || cell == "1" && text == "true" || cell == "0" && text == "false" { // cells have yes and no as such
		return true
	}
	a, errA := strconv.ParseFloat(cell, 64)
	if b, err := strconv.ParseFloat(text, 64); errA == nil && err == nil {
		return a == b
	}
	day, err := excelize.ExcelDateToTime(a, false)
	return errA == nil && err == nil && day.Format("2006-01-02") == text
}

func manifestOf(t *testing.T, folder string) *reports.Manifest {
	t.Helper()
	m, err := reports.ReadManifest(filepath.Join(folder, publish.ManifestName))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func rowsOf(t *testing.T, f *excelize.File, sheet string) string {
	t.Helper()
	rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, row := range rows {
		fmt.Fprintln(&b, strings.Join(row, "|"))
	}
	return b.String()
}

// Nothing is left of what the workbook was made with.
func TestWorkbookLeavesNothing(t *testing.T) {
	l := tamperLender(t)
	entries, err := os.ReadDir(filepath.Join(l.o.Out, "2026-02-05"))
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{publish.ManifestName: true, publish.SuccessName: true, publish.HeadName: true}
	for _, o := range manifestOf(t, filepath.Join(l.o.Out, "2026-02-05")).Outputs {
		name, _, _ := strings.Cut(o.Path, "/")
		listed[name] = true
	}
	for _, e := range entries {
		if !listed[e.Name()] {
			t.Errorf("%s is published, and not in the manifest", e.Name())
		}
	}
	if !listed[publish.WorkbookName] {
		t.Error("the workbook is not in the manifest")
	}
}
