package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"daybook/ledger/match"
)

// The files in which statements come.

// writeStatements writes what came in files of any name, order and number.
func (w *recWorld) writeStatements(t *testing.T, dir string, came []recDelivery) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	came = slices.Clone(came)
	w.Shuffle(len(came), func(i, j int) { came[i], came[j] = came[j], came[i] })
	for len(came) > 0 {
		var together, rest []recDelivery
		for _, d := range came {
			first := append(together, d)[0]
			if d.Format == first.Format && d.version == first.version && len(together) < 3 && (len(together) == 0 || d.Format != match.BAI2) {
				together = append(together, d)
			} else {
				rest = append(rest, d)
			}
		}
		came = rest
		ext, text := ".txt", ""
		switch together[0].Format {
		case match.Camt053:
			ext, text = ".xml", w.camt(together)
		case match.MT940:
			ext, text = []string{".sta", ".mt940", ".940"}[w.Intn(3)], w.mt940(together)
		case match.BAI2:
			ext, text = []string{".bai", ".bai2"}[w.Intn(2)], w.bai2(together[0])
		}
		if w.Intn(5) == 0 {
			ext = ".txt"
		}
		name := fmt.Sprintf("statements%s%08d%s", []string{"-", "."}[w.Intn(2)], w.Intn(1e8), ext)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// The files are what their formats ask for: XML is well formed, BAI2's controls are right,
// and no line is lost. A statement is known by the same key in all formats.
func TestReconcileStatementsAreWritten(t *testing.T) {
	for seed := int64(1); seed <= 6; seed++ {
		w, dir := newRecWorld(seed, 8), t.TempDir()
		w.writeStatements(t, dir, w.deliveries)
		want, got := 0, 0
		for _, d := range w.deliveries {
			want += len(d.lines)
			s := d.Statement
			for _, l := range d.lines {
				s.Lines = append(s.Lines, l.Line)
			}
			if d.Format != match.MT940 {
				want += d.Pending
			}
			if s.Key() != d.key || recKey(d.recStatement) != d.key {
				t.Errorf("seed %d: %s has the keys %s and %s, as %s", seed, d.key, s.Key(), recKey(d.recStatement), d.Format)
			}
		}
		for name, data := range filesIn(t, dir) {
			text := strings.TrimPrefix(string(data), " ")
			switch {
			case strings.HasPrefix(text, "<"):
				got += recXMLLines(t, name, text)
			case strings.HasPrefix(text, "01,"):
				got += recBAI2Lines(t, name, text)
			default:
				got += strings.Count(text, "\n:61:") - strings.Count(text, "EC1,00N")
			}
		}
		if got != want {
			t.Errorf("seed %d: the files have %d lines, want %d", seed, got, want)
		}
	}
}

// recXMLLines counts the lines of a camt.053 file: details, and entries without any.
func recXMLLines(t *testing.T, name, text string) (lines int) {
	d, details := xml.NewDecoder(strings.NewReader(text)), 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			return lines
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return lines
		}
		switch x := token.(type) {
		case xml.StartElement:
			if x.Name.Local == "TxDtls" {
				details++
			}
		case xml.EndElement:
			if x.Name.Local == "Ntry" {
				lines, details = lines+max(details, 1), 0
			}
		}
	}
}

// recBAI2Lines counts the lines of a BAI2 file and adds its controls up.
func recBAI2Lines(t *testing.T, name, text string) (lines int) {
	records := strings.FieldsFunc(text, func(r rune) bool { return r == '\r' || r == '\n' })
	sum := 0
	for i, record := range records {
		fields := strings.Split(strings.TrimSuffix(record, "/"), ",")
		switch fields[0] {
		case "03":
			sum = 0
			for at := 3; at+1 < len(fields); at += 4 {
				n, _ := strconv.Atoi(fields[at+1])
				sum += n
			}
		case "16":
			n, _ := strconv.Atoi(fields[2])
			sum, lines = sum+n, lines+1
		case "49", "98", "99":
			want := []string{fields[0], fmt.Sprint(sum)}
			switch fields[0] {
			case "49":
				want = append(want, fmt.Sprint(i-1))
			case "98":
				want = append(want, "1", fmt.Sprint(i))
			default:
				want = append(want, "1", fmt.Sprint(i+1))
			}
			if !slices.Equal(fields, want) {
				t.Errorf("%s: control %s, want %v", name, record, want)
			}
		}
	}
	return lines
}
