package charts

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/reports"
)

// The small tables that a point of the trend is read from.
const (
	agingFile  = "regulatory/aging.csv"
	byPackFile = "regulatory/classification_by_pack.csv"
	tierFile   = "regulatory/classification.csv"
)

// TrendFiles are the paths of the tables that [PointsOf] reads, within a night's folder.
var TrendFiles = []string{agingFile, byPackFile, tierFile}

// Files are the tables of a closed night as they were published, by path; one that the night does
// not have is missing.
type Files map[string][]byte

// PointsOf reads the points of a closed night in some currencies. What is non-performing is under a
// pack, or in the table classification where that has no row of it. Amounts are
// brought to a scale.
func PointsOf(date civil.Date, files Files, currencies []string, pack string, scale int) (list []Point, err error) {
	r := reading{files: files}
	for _, row := range r.rows(agingFile, "currency", "loans", "total", "past_due_amount") {
		if !slices.Contains(currencies, row[0]) {
			continue
		}
		k := slices.IndexFunc(list, func(p Point) bool { return p.Currency == row[0] })
		if k < 0 {
			k = len(list)
			list = append(list, Point{Date: date, Currency: row[0], NonPerforming: reports.Null})
		}
		p := &list[k]
		p.Loans += r.amount(agingFile, row[1], 0)
		p.Outstanding += r.amount(agingFile, row[2], scale)
		p.PastDue += r.amount(agingFile, row[3], scale)
	}
	set := func(file, currency, amount string) {
		for i := range list {
			if list[i].Currency == currency {
				list[i].NonPerforming = r.amount(file, amount, scale)
			}
		}
	}
	for _, row := range r.rows(tierFile, "currency", "tier", "non_performing") {
		if row[1] == "total" {
			set(tierFile, row[0], row[2])
		}
	}
	for _, row := range r.rows(byPackFile, "currency", "class", "non_performing", "pack") {
		if row[1] == "total" && row[3] == pack {
			set(byPackFile, row[0], row[2])
		}
	}
	if r.err != nil {
		return nil, fmt.Errorf("trend: %s: %w", date, r.err)
	}
	return list, nil
}

// A reading is of a night's files; its first error stays.
type reading struct {
	files Files
	err   error
}

// rows returns some columns of a file; none where the file is missing or lacks one of them.
func (r *reading) rows(file string, columns ...string) (list [][]string) {
	data := r.files[file]
	if len(data) == 0 || r.err != nil {
		return nil
	}
	all, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		r.err = fmt.Errorf("%s: %w", file, err)
		return nil
	}
	var places []int
	for _, c := range columns {
		k := slices.Index(all[0], c)
		if k < 0 {
			return nil
		}
		places = append(places, k)
	}
	for _, line := range all[1:] {
		var row []string
		for _, k := range places {
			row = append(row, line[k])
		}
		list = append(list, row)
	}
	return list
}

func (r *reading) amount(file, text string, scale int) int64 {
	v, err := money.ParseDecimal(text, scale)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("%s: %w", file, err)
	}
	return v
}
