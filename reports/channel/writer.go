package channel

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"daybook/reports"
)

// Lines are rows of one file, ready to be written, with what they add to its totals. Each
// worker has its own and uses it again.
type Lines struct {
	text []byte
	rows []lineRow
	sums []Sum // of no amounts: the currencies of the rows
	// last is where the currency of the row before is among the sums.
	last int
}

type lineRow struct {
	end      int // of the line in the text
	currency int // among the sums
	amount   int64
}

// A Sum is what the rows of a currency add up to.
type Sum struct {
	Currency string
	Rows     int64
	PastDue  int64

	scale, digits int
}

func (s *Sum) text() string { return string(reports.AppendDecimal(nil, s.PastDue, s.scale, s.digits)) }

// Len returns the number of rows.
func (l *Lines) Len() int { return len(l.rows) }

// Reset empties the lines and keeps their memory.
func (l *Lines) Reset() { l.text, l.rows = l.text[:0], l.rows[:0] }

// Add adds a row as the format writes it. What the lender adds of his own is nil for a
// format without it.
func (l *Lines) Add(f *Format, r *Row, personal [][]byte) {
	l.text = f.Append(l.text, r, personal)
	if l.last >= len(l.sums) || l.sums[l.last].Currency != string(r.Debt.Currency) {
		l.last = place(&l.sums, &Sum{scale: r.Debt.Scale, digits: r.Debt.Digits}, r.Debt.Currency)
	}
	l.rows = append(l.rows, lineRow{len(l.text), l.last, r.Debt.PastDue})
}

// place returns where a currency is among sums, new to them or not.
func place[T string | []byte](sums *[]Sum, as *Sum, currency T) int {
	i := slices.IndexFunc(*sums, func(s Sum) bool { return s.Currency == string(currency) })
	if i < 0 {
		i = len(*sums)
		*sums = append(*sums, Sum{Currency: string(currency), scale: as.scale, digits: as.digits})
	}
	return i
}

// A Writer writes the file of a format, and further ones where a profile bounds the rows of
// each. Files are there with no rows, too. It belongs to one goroutine.
type Writer struct {
	f    *Format
	path func(n int) string // of the n-th file, from 1
	file *reports.LinesFile
	n    int
	rows int64
	most int64 // of one file
	sums []Sum
	done []reports.Output
}

// Create starts the file of a format in a folder. It fails if the file exists.
func Create(dir string, f *Format) (*Writer, error) {
	return CreateAt(func(n int) string { return filepath.Join(dir, f.Name(n)) }, f)
}

// CreateAt is [Create] with the paths of the files given.
func CreateAt(path func(n int) string, f *Format) (*Writer, error) {
	w := &Writer{f: f, path: path, most: math.MaxInt64}
	if f.profile != nil && f.profile.RowsMax > 0 {
		w.most = f.profile.RowsMax
	}
	return w, w.begin()
}

func (w *Writer) begin() (err error) {
	w.n++
	w.rows, w.sums = 0, nil
	if w.file, err = reports.CreateLines(w.path(w.n)); err != nil {
		return err
	}
	return w.file.Write(w.f.Header(nil), 0)
}

var errTotal = errors.New("the amounts of a channel's file add up to more than a total holds")

// Write adds rows, in the order of their ranks.
func (w *Writer) Write(l *Lines) error {
	from := 0
	for rows := l.rows; len(rows) > 0; {
		if w.rows == w.most {
			if err := w.next(); err != nil {
				return err
			}
		}
		some := rows[:min(int64(len(rows)), w.most-w.rows)]
		rows = rows[len(some):]
		if err := w.add(l, some); err != nil {
			return err
		}
		to := some[len(some)-1].end
		if err := w.file.Write(l.text[from:to], len(some)); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// add adds rows up.
func (w *Writer) add(l *Lines, rows []lineRow) error {
	w.rows += int64(len(rows))
	places := make([]int, len(l.sums))
	for i := range places {
		places[i] = -1
	}
	for i := range rows {
		r := &rows[i]
		if places[r.currency] < 0 {
			places[r.currency] = place(&w.sums, &l.sums[r.currency], l.sums[r.currency].Currency)
		}
		s := &w.sums[places[r.currency]]
		sum := s.PastDue + r.amount
		if (sum > s.PastDue) != (r.amount > 0) && r.amount != 0 {
			return errTotal
		}
		s.PastDue = sum
		s.Rows++
	}
	return nil
}

// next ends a file and starts the one after it.
func (w *Writer) next() error {
	if err := w.end(); err != nil {
		return err
	}
	return w.begin()
}

// end ends a file: with its trailer where it has one, and its control beside it.
func (w *Writer) end() error {
	slices.SortFunc(w.sums, func(a, b Sum) int { return strings.Compare(a.Currency, b.Currency) })
	if w.f.profile != nil && w.f.profile.trailer {
		trailer, err := appendTrailer(nil, w.rows, w.sums)
		if err != nil {
			return err
		}
		if err := w.file.Write(trailer, 0); err != nil {
			return err
		}
	}
	out, err := w.file.Close()
	w.file = nil
	if err != nil {
		return err
	}
	w.done = append(w.done, out)
	if w.f.profile == nil {
		return nil
	}
	control, err := writeControl(&out, w.sums)
	if err != nil {
		return err
	}
	w.done = append(w.done, control)
	return nil
}

// appendTrailer appends a file's last line. Its total adds up all currencies, as an agency
// reads one number, with the digits of the one that has most; the control beside the file
// has them one by one.
func appendTrailer(b []byte, rows int64, sums []Sum) ([]byte, error) {
	var all Sum
	for i := range sums {
		s := &sums[i]
		sum := all.PastDue + s.PastDue
		if s.PastDue > 0 && sum < all.PastDue {
			return nil, errTotal
		}
		all.PastDue, all.scale, all.digits = sum, s.scale, max(all.digits, s.digits)
	}
	b = strconv.AppendInt(append(b, "TRAILER,"...), rows, 10)
	b = reports.AppendDecimal(append(b, ','), all.PastDue, all.scale, all.digits)
	return append(b, '\n'), nil
}

// A Control says what a file holds, so that who takes it knows that it came whole.
type Control struct {
	FormatVersion int            `json:"format_version"`
	File          string         `json:"file"`
	Rows          int64          `json:"rows"`
	Totals        []ControlTotal `json:"totals"`
	SHA256        string         `json:"sha256"`
}

// A ControlTotal is the sum of a currency.
type ControlTotal struct {
	Currency string `json:"currency"`
	Rows     int64  `json:"rows"`
	PastDue  string `json:"past_due_amount"`
}

// ControlName is what the control of a file is called.
func ControlName(file string) string { return file + ".control.json" }

func writeControl(of *reports.Output, sums []Sum) (reports.Output, error) {
	c := Control{FormatVersion: 1, File: filepath.Base(of.Path), Rows: of.Rows, Totals: []ControlTotal{}, SHA256: of.SHA256}
	for i := range sums {
		c.Totals = append(c.Totals, ControlTotal{sums[i].Currency, sums[i].Rows, sums[i].text()})
	}
	return reports.WriteFile(ControlName(of.Path), func(out io.Writer) error {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(&c)
	})
}

// Close ends the last file, and says what was written in the order of the names' numbers,
// each with its control behind it.
func (w *Writer) Close() ([]reports.Output, error) {
	if err := w.end(); err != nil {
		w.Abort()
		return nil, err
	}
	return w.done, nil
}

// Abort removes all that was written.
func (w *Writer) Abort() {
	if w.file != nil {
		w.file.Abort()
		w.file = nil
	}
	for i := range w.done {
		os.Remove(w.done[i].Path)
	}
	w.done = nil
}
