package charts

import (
	"cmp"
	"math/big"
	"slices"

	"daybook/reports"
)

// A sheet is a table read by the names of its columns.
type sheet struct {
	rows    int
	columns map[string]*reports.Column
}

// sheet returns the table of a name; nil where there is none, it has no rows, or lacks one of
// the columns.
func (n *Night) sheet(name string, columns ...string) *sheet {
	for _, t := range n.Tables {
		if t.Name != name || t.Rows() == 0 {
			continue
		}
		s := &sheet{rows: t.Rows(), columns: map[string]*reports.Column{}}
		for i := range t.Columns {
			s.columns[t.Columns[i].Name] = &t.Columns[i]
		}
		for _, c := range columns {
			if s.columns[c] == nil {
				return nil
			}
		}
		return s
	}
	return nil
}

// of returns the rows of a currency, whose column is Coded in every table.
func (s *sheet) of(currency string) (list []int) {
	if s == nil {
		return nil
	}
	c := s.columns["currency"]
	code := slices.Index(c.Names, currency)
	for i := range s.rows {
		if int(c.Codes[i]) == code {
			list = append(list, i)
		}
	}
	return list
}

// text returns a cell as CSV has it.
func (s *sheet) text(row int, column string) string {
	return string(s.columns[column].AppendValue(nil, row))
}

// null reports whether a cell is empty.
func (s *sheet) null(row int, column string) bool { return s.columns[column].Null(row) }

// amount returns a cell of a number; 0 where it is empty.
func (s *sheet) amount(row int, column string) int64 {
	c := s.columns[column]
	switch {
	case c.Null(row):
		return 0
	case c.Kind == reports.Count || c.Kind == reports.Bool:
		return int64(c.Counts[row])
	}
	return c.Ints[row]
}

func compare(a, b int64) int { return cmp.Compare(a, b) }

// money shows an amount with its currency's digits and commas.
func (n *Night) money(currency string, amount int64) string {
	return reports.Grouped(reports.Money(amount, n.Scale, currency))
}

// signed is money with its sign, always.
func (n *Night) signed(currency string, amount int64) string {
	if amount > 0 {
		return "+" + n.money(currency, amount)
	}
	return n.money(currency, amount)
}

// counted shows a number with commas.
func counted(v int64) string { return reports.Grouped(reports.Decimal(v, 0, 0)) }

// loans says how many loans.
func loans(v int64) string {
	if v == 1 {
		return "1 loan"
	}
	return counted(v) + " loans"
}

// part is a of b in millionths, a half to the even one; 0 where b is 0.
func part(a, b int64) int64 {
	if b == 0 {
		return 0
	}
	num, den := new(big.Int).Mul(big.NewInt(a), big.NewInt(1_000_000)), big.NewInt(b)
	if b < 0 {
		num.Neg(num)
		den.Neg(den)
	}
	q, r := new(big.Int).DivMod(num, den, new(big.Int))
	if c := r.Lsh(r, 1).Cmp(den); c > 0 || c == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(1))
	}
	return q.Int64()
}

// percent shows millionths as per cent with two digits.
func percent(ppm int64) string {
	sign := ""
	if ppm < 0 {
		sign, ppm = "-", -ppm
	}
	return sign + reports.Grouped(reports.Decimal((ppm+50)/100, 2, 2)) + " %"
}

// short shows millionths as per cent in at most four characters, for a cell.
func short(ppm int64) string {
	switch {
	case ppm <= 0:
		return "0"
	case ppm < 500:
		return "<.1"
	case ppm < 99_500:
		return reports.Decimal((ppm+500)/1_000, 1, 1)
	}
	return reports.Decimal((ppm+5_000)/10_000, 0, 0)
}
