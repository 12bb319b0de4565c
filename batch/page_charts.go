package batch

import (
	"slices"

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
	first := func(fills string) string {
		for _, x := range n.policy.Packs {
			if x.Fills == fills {
				return x.Name
			}
		}
		return ""
	}
	p.Classifies, p.Stages = first("classification"), first("stage")
	if p.Classifies == "" && len(n.policy.Packs) > 0 {
		p.Classifies = n.policy.Packs[0].Name
	}
	if n.policy.Post >= 0 {
		p.Posts = n.policy.Packs[n.policy.Post].Name
	}
	return p
}

// trend reads the points of the last nights from the small tables that the book keeps of them.
// A night that published none of these has no point.
func (n *met) trend(pack string) (list []charts.Point, err error) {
	if n.last == nil {
		return nil, nil
	}
	nights, err := n.book.Nights()
	if err != nil {
		return nil, err
	}
	for _, d := range nights[max(0, len(nights)-charts.NightsMax+1):] {
		record, err := book.Night(n.book, d)
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
