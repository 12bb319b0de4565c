package workbook

import "github.com/xuri/excelize/v2"

// digitsMax is the most digits after the point that a number shows.
const digitsMax = 9

// styles are the numbers of the styles of cells.
type styles struct {
	header, title        int
	text, exact          int // exact: a figure with more digits than a number has
	date, percent, truth int
	figures              [digitsMax + 1]int // by digits after the point
}

// newStyles makes them, always in the same order.
func newStyles(f *excelize.File) (*styles, error) {
	s := new(styles)
	const textFormat, percentFormat = 49, 10 // "@" and "0.00%", which every program knows
	day := "yyyy-mm-dd"
	list := []struct {
		at    *int
		style excelize.Style
	}{
		{&s.header, excelize.Style{NumFmt: textFormat, Font: &excelize.Font{Bold: true, Family: "Calibri", Size: 11}}},
		{&s.title, excelize.Style{NumFmt: textFormat, Font: &excelize.Font{Bold: true, Family: "Calibri", Size: 14}}},
		{&s.text, excelize.Style{NumFmt: textFormat}},
		{&s.exact, excelize.Style{NumFmt: textFormat, Alignment: &excelize.Alignment{Horizontal: "right"}}},
		{&s.date, excelize.Style{CustomNumFmt: &day}},
		{&s.percent, excelize.Style{NumFmt: percentFormat}},
		{&s.truth, excelize.Style{Alignment: &excelize.Alignment{Horizontal: "left"}}},
	}
	for _, x := range list {
		id, err := f.NewStyle(&x.style)
		if err != nil {
			return nil, err
		}
		*x.at = id
	}
	for digits := range s.figures {
		format := "#,##0"
		if digits > 0 {
			format += ".000000000"[:digits+1]
		}
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			return nil, err
		}
		s.figures[digits] = id
	}
	return s, nil
}
