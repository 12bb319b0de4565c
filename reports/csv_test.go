package reports

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"daybook/ledger/civil"

	"pgregory.net/rapid"
)

// A cell of others' text is no formula to a spreadsheet, and figures stay figures.
func TestCSVCellsAreNeutral(t *testing.T) {
	table := &Table{Name: "x", Columns: []Column{
		{Name: "text", Kind: Text, Optional: true}, {Name: "code", Kind: Coded}, {Name: "amount", Kind: Amount, Digits: 2}, {Name: "rate", Kind: Rate, Digits: 4},
		{Name: "count", Kind: Count}, {Name: "number", Kind: Number}, {Name: "date", Kind: Date},
	}}
	for _, x := range []string{"=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", `=1,"2"`, "'=1", "''=1", "'plain", "a=1", " =1", ""} {
		table.Append(x, x, -150, -25, -3, -4, civil.Of(2026, 11, 23))
	}
	want := `# x
text,code,amount,rate,count,number,date
'=HYPERLINK(1),'=HYPERLINK(1),-1.50,-0.0025,-3,-4,2026-11-23
'+1,'+1,-1.50,-0.0025,-3,-4,2026-11-23
'-1,'-1,-1.50,-0.0025,-3,-4,2026-11-23
'@SUM(A1),'@SUM(A1),-1.50,-0.0025,-3,-4,2026-11-23
` + "'\t=1,'\t=1,-1.50,-0.0025,-3,-4,2026-11-23\n\"'\r=1\",\"'\r=1\",-1.50,-0.0025,-3,-4,2026-11-23\n" + `"'=1,""2""","'=1,""2""",-1.50,-0.0025,-3,-4,2026-11-23
''=1,''=1,-1.50,-0.0025,-3,-4,2026-11-23
'''=1,'''=1,-1.50,-0.0025,-3,-4,2026-11-23
'plain,'plain,-1.50,-0.0025,-3,-4,2026-11-23
a=1,a=1,-1.50,-0.0025,-3,-4,2026-11-23
" =1"," =1",-1.50,-0.0025,-3,-4,2026-11-23
,,-1.50,-0.0025,-3,-4,2026-11-23
`
	if got := string(tableText(t, table)); got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

// What docs/formats.md says of undoing it gives the text back, whatever it is.
func TestCSVNeutralIsUndone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("''=+-@\t\ra,\" \n"))).Draw(t, "text")
		for strings.Contains(text, "\r\n") { // the library reads the two as one line end
			text = strings.ReplaceAll(text, "\r\n", "\n")
		}
		c := []Column{{Name: "a", Kind: Text}, {Name: "b", Kind: Text}}
		c[0].Texts.AppendString(text)
		c[1].Texts.AppendString("x") // a line of one empty cell is no line to csv
		var b bytes.Buffer
		w, err := NewCSVWriter(&b, c)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(c); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(&b).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		got := lines[1][0]
		if got != "" && strings.ContainsRune("=+-@\t\r", rune(got[0])) {
			t.Errorf("%q is written as %q", text, got)
		}
		if rest := strings.TrimLeft(got, "'"); rest != got && rest != "" && strings.ContainsRune("=+-@\t\r", rune(rest[0])) {
			got = got[1:]
		}
		if got != text {
			t.Errorf("%q comes back as %q", text, got)
		}
	})
}

// No id and no name can add a line, a tag, a date or an amount to the journal.
func TestHledgerTextsAddNothing(t *testing.T) {
	j, format := smallJournal()
	var plain, hostile bytes.Buffer
	write := func(out *bytes.Buffer) {
		w, err := NewHledgerWriter(out, format)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(j); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write(&plain)
	evil := "x\n2026-01-01 stolen\r\n\x1b[2J\v\f ; date:2020-01-01, [2020-01-01] (9) | a  100 CNY"
	j.LoanID.Reset()
	j.SourceID.Reset()
	for range j.Rows() {
		j.LoanID.AppendString(evil)
		j.SourceID.AppendString(evil)
	}
	format.Chart[0].Name = "a  100 CNY\n2026-01-01 stolen"
	write(&hostile)
	if got, want := strings.Count(hostile.String(), "\n"), strings.Count(plain.String(), "\n"); got != want {
		t.Errorf("%d lines, want %d:\n%s", got, want, hostile.String())
	}
	if text := hostile.String(); strings.ContainsAny(text, "\r\x1b\v\f[]") || strings.Contains(text, "a  100") || strings.Contains(text, "date:") {
		t.Errorf("texts mean something:\n%q", text)
	}
}
