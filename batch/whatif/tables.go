package whatif

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"daybook/reports"
	"daybook/reports/spill"
)

// keysOf are the columns that name a row of a table, where they are not the texts and dates
// that it begins with.
var keysOf = map[string][]string{
	"collections_compliance": {"jurisdiction", "place", "channel", "reason_code", "rule", "currency"},
	"gl_activity":            {"account", "currency", "kind"},
	"monthly_status":         {"loan_id", "month"},
	"rules":                  {"pack", "currency", "rule", "class"},
	"score_reference":        {"currency", "segment", "bin"},
	"trial_balance":          {"account", "currency"},
	"vintage_history":        {"currency", "booked_month", "as_of"},
	"watchlist":              {"currency", "loan_id"},
}

// businessDate is the column that all tables begin with: it is the same in both nights.
const businessDate = "business_date"

// A layout is the columns of one table as both nights have it: those that name a row, and
// the others in the order of the old night's and then of the new one's own.
type layout struct {
	table string
	keys  []string
	cells []string
	sides [2]side
}

// A side is where the columns of a layout are in one night's table: -1 where it has none.
type side struct {
	keys, cells []int
	currency    int
	columns     []reports.Column
}

// compareTable compares one table. Its rows are sorted by their keys, on disk past the
// budget, and met; what differs is sorted back into the order of the rows.
func (c *comparer) compareTable(ctx context.Context, table string) (err error) {
	readers := [2]*reports.TableReader{}
	for i, n := range [2]*Night{&c.old, &c.new} {
		path := filepath.Join(n.Folder, "regulatory", table+".parquet")
		if readers[i], err = reports.OpenTable(path, func(name string) bool { return name != businessDate }); err == nil {
			defer readers[i].Close()
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	l := layoutOf(table, readers, [2]int{c.old.Page.Scale, c.new.Page.Scale})
	rows := spill.New(c.o.Work, "rows", c.o.Memory/8)
	differences := spill.New(c.o.Work, "differences", c.o.Memory/8)
	defer func() { err = errors.Join(err, rows.Remove(), differences.Remove()) }()
	if err := l.sort(ctx, rows, readers); err != nil {
		return err
	}
	if err := l.meet(ctx, rows, differences); err != nil {
		return err
	}
	return differences.Each(ctx, func(rec []byte) error {
		row, err := l.difference(rec)
		if err != nil {
			return err
		}
		return c.addMoved(row)
	})
}

func layoutOf(table string, readers [2]*reports.TableReader, scales [2]int) *layout {
	l := &layout{table: table}
	for i, r := range readers {
		if r == nil {
			continue
		}
		l.sides[i].columns = r.Columns()
		for k := range l.sides[i].columns {
			// A file says of a decimal how many digits it has, and not whether it is money.
			if c := &l.sides[i].columns[k]; c.Kind == reports.Amount && c.Digits != scales[i] {
				c.Kind = reports.Rate
			}
		}
	}
	if l.keys = keysOf[table]; l.keys == nil {
		l.keys = leading(l.sides[0].columns)
		if len(l.sides[0].columns) == 0 {
			l.keys = leading(l.sides[1].columns)
		}
	}
	for i := range l.sides {
		for _, c := range l.sides[i].columns {
			if !slices.Contains(l.keys, c.Name) && !slices.Contains(l.cells, c.Name) {
				l.cells = append(l.cells, c.Name)
			}
		}
	}
	for i := range l.sides {
		s := &l.sides[i]
		at := func(name string) int {
			return slices.IndexFunc(s.columns, func(c reports.Column) bool { return c.Name == name })
		}
		for _, name := range l.keys {
			s.keys = append(s.keys, at(name))
		}
		for _, name := range l.cells {
			s.cells = append(s.cells, at(name))
		}
		s.currency = at("currency")
	}
	return l
}

// leading are the texts and dates that a table begins with.
func leading(columns []reports.Column) (names []string) {
	for _, c := range columns {
		if c.Kind != reports.Text && c.Kind != reports.Date {
			break
		}
		names = append(names, c.Name)
	}
	return names
}

// sort adds the rows of both nights to the sorter. A record is the texts of the keys, the
// side, the row's number, its currency, and of each cell whether it is there, its text and
// its figure.
func (l *layout) sort(ctx context.Context, rows *spill.Sorter, readers [2]*reports.TableReader) error {
	w := rows.Writer(1)
	var rec, text []byte
	for i, r := range readers {
		number := int64(0)
		for r != nil {
			if err := ctx.Err(); err != nil {
				return err
			}
			t, err := r.Next()
			if err != nil {
				return err
			}
			if t == nil {
				break
			}
			s := &l.sides[i]
			for k := range s.columns {
				t.Columns[k].Kind = s.columns[k].Kind
			}
			for row := range t.Rows() {
				rec = rec[:0]
				for _, k := range s.keys {
					text = appendText(text[:0], t.Columns, k, row, "")
					rec = spill.AppendText(rec, text)
				}
				text = appendText(text[:0], t.Columns, s.currency, row, "")
				currency := string(text)
				rec = spill.AppendText(spill.AppendInt(spill.AppendInt(rec, int64(i)), number), currency)
				for _, k := range s.cells {
					if k < 0 || t.Columns[k].Null(row) {
						rec = append(rec, 0)
						continue
					}
					text = appendText(text[:0], t.Columns, k, row, currency)
					rec = spill.AppendText(append(rec, 1), text)
					rec = spill.AppendInt(rec, figure(&t.Columns[k], row))
				}
				if err := w.Add(rec); err != nil {
					return err
				}
				number++
			}
		}
	}
	return w.Close()
}

// appendText appends a row's value as people read it, amounts with the digits of a currency.
func appendText(b []byte, columns []reports.Column, at, row int, currency string) []byte {
	if at < 0 {
		return b
	}
	c := &columns[at]
	if c.Kind == reports.Amount && !c.Null(row) && currency != "" {
		return append(b, reports.Money(c.Ints[row], c.Digits, currency)...)
	}
	return c.AppendValue(b, row)
}

// figure is a row's figure, 0 of what is none.
func figure(c *reports.Column, row int) int64 {
	switch c.Kind {
	case reports.Amount, reports.Rate, reports.Number:
		return c.Ints[row]
	case reports.Count:
		return int64(c.Counts[row])
	}
	return 0
}
