package batch

import (
	"slices"

	"daybook/aging/classify"
	"daybook/batch/book"
	"daybook/reports"
	"daybook/reports/charts"
)

// drawCharts draws the page's charts from the regulatory tables as they were written.
func (n *met) drawCharts(page *reports.Page) error {
	night := &charts.Night{Date: n.o.Date, Scale: n.policy.Scale, Tables: n.regulatory, Packs: n.chartPacks()}
	var err error
	if night.Trend, err = n.trend(night.Packs.Classifies); err != nil {
		return err
	}
	page.Charts = charts.Draw(night)
	return nil
}

// chartPacks are the packs that charts ask for.
func (n *met) chartPacks() (p charts.Packs) {
	packs := n.policy.Packs
	name := func(i int) string {
		if i < 0 {
			return ""
		}
		return packs[i].Name
	}
	p.Classifies, p.Stages = name(classify.Filling(packs, classify.FillsClassification)), name(classify.Filling(packs, classify.FillsStage))
	if p.Classifies == "" && len(packs) > 0 {
		p.Classifies = packs[0].Name
	}
	p.Posts = name(n.policy.Post)
	return p
}

// trend reads the points of the last nights from the small tables that the book keeps of them.
// A night that published none of these has no point.
func (n *met) trend(pack string) (list []charts.Point, err error) {
	if n.last == nil {
		return nil, nil
	}
	nights, err := n.book.LastNights(charts.NightsMax - 1)
	if err != nil {
		return nil, err
	}
	for _, d := range nights {
		record, err := book.NightFiles(n.book, d)
		if err != nil {
			return nil, err
		}
		files := charts.Files{}
		for _, f := range record.Files {
			if !slices.Contains(charts.TrendFiles, f.Path) {
				continue
			}
			if files[f.Path], err = book.File(n.book, record, f.Path); err != nil {
				return nil, err
			}
		}
		points, err := charts.PointsOf(d, files, n.policy.Currencies, pack, n.policy.Scale)
		if err != nil {
			return nil, err
		}
		list = append(list, points...)
	}
	return list, nil
}
