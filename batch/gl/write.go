package gl

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"daybook/batch/book"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/reports"
	"daybook/reports/erp"
)

// FileName is the name of the file of a number, from 0: the name itself, and NAME-2.EXT.
func FileName(name string, number int) string {
	if number == 0 {
		return name
	}
	ext := filepath.Ext(name)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), number+1, ext)
}

// Write writes the files of the export into a folder, and proves that they tie to the trial
// balances of its nights. One that the book has already is held to what it was.
func (e *Export) Write(ctx context.Context, dir, name string, workers int) error {
	if e.settings.Form != erp.Form {
		return fmt.Errorf("%s was written in form %d, which this release no longer writes", e.Reference(), e.settings.Form)
	}
	x, err := e.sum(ctx, workers)
	if err != nil {
		return err
	}
	files, err := x.Files(erp.ProfileOf(e.Profile))
	if errors.Is(err, erp.ErrNothing) {
		return book.NotFound("nothing was posted from %s to %s", e.From, e.To)
	}
	if err != nil {
		return err
	}
	var list []record.GLFile
	for i := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		out, err := reports.WriteFile(filepath.Join(dir, FileName(name, i)), files[i].Write)
		if err != nil {
			return err
		}
		f := record.GLFile{Bytes: out.Bytes, SHA256: out.SHA256}
		for _, t := range files[i].Totals {
			f.Totals = append(f.Totals, record.GLTotal(t))
		}
		list = append(list, f)
	}
	if !e.New && !reflect.DeepEqual(list, e.Files) {
		return fmt.Errorf("%s comes to other bytes than when it was made: run verify", e.Reference())
	}
	e.Files = list
	return nil
}

// sum adds up what the export has.
func (e *Export) sum(ctx context.Context, workers int) (*erp.Export, error) {
	c := e.collector()
	for _, d := range e.Nights {
		n, err := book.Night(e.book, d)
		if err != nil {
			return nil, err
		}
		c.nights = append(c.nights, n)
		c.dates = append(c.dates, e.posted(d))
	}
	cells, err := c.collect(ctx, workers)
	if err != nil {
		return nil, err
	}
	names := e.view.Names
	e.leave(cells)
	return &erp.Export{
		Number: e.Number, From: e.From, To: e.To, Monthly: e.Monthly, Settings: e.settings.Settings,
		Currencies: names.Currencies, Centers: c.centers, Products: append([]string{""}, names.Products...),
		Cells: cells, Balances: balances(c.nights[0], c.nights[len(c.nights)-1], len(names.Currencies)),
	}, nil
}

// posted is the posting date of a night: its business date, or by month the last day of
// its month that the export has.
func (e *Export) posted(d civil.Date) civil.Date {
	if e.Monthly {
		return min(d.MonthEnd(), e.To)
	}
	return d
}

// collector readies what sums are by.
func (e *Export) collector() *collector {
	names := e.view.Names
	c := &collector{book: e.book, names: names, settings: &e.settings}
	c.centers = slices.Compact(slices.Sorted(maps.Values(e.settings.Centers)))
	if i := slices.Index(c.centers, ""); i >= 0 {
		c.centers = slices.Delete(c.centers, i, i+1)
	}
	c.centers = slices.Insert(c.centers, 0, "")
	code := func(name string) uint16 { return uint16(slices.Index(c.centers, e.settings.center(name))) }
	c.none = uint16(slices.Index(c.centers, e.settings.Centers[otherwise]))
	for _, name := range names.Products {
		c.product = append(c.product, code(name))
	}
	for _, name := range names.Regions {
		c.region = append(c.region, code(name))
	}
	return c
}

// leave tells what of the sums the general ledger does not get.
func (e *Export) leave(cells []erp.Cell) {
	type key struct {
		currency uint16
		role     ledger.Role
	}
	sums := map[key]*LeftOut{}
	for i := range cells {
		x := &cells[i]
		a := &e.settings.Accounts[x.Role]
		if !a.Left {
			continue
		}
		k := key{x.Currency, x.Role}
		if sums[k] == nil {
			sums[k] = &LeftOut{Account: a.Code, Currency: e.view.Names.Currencies[x.Currency]}
		}
		sums[k].Debits, sums[k].Credits = book.Sum(sums[k].Debits, x.Debit), book.Sum(sums[k].Credits, x.Credit)
	}
	e.Left = nil
	for c := range e.view.Names.Currencies {
		for r := range ledger.Roles {
			if x := sums[key{uint16(c), r}]; x != nil {
				e.Left = append(e.Left, *x)
			}
		}
	}
}

// balances are those before the first night and after the last.
func balances(first, last *record.Night, currencies int) (list []erp.Balance) {
	for c := range currencies {
		for r := range ledger.Roles {
			from, to := first.Line(c, r), last.Line(c, r)
			if b := (erp.Balance{Currency: uint16(c), Role: r, Opening: from.Opening, Closing: to.Closing()}); b.Opening != 0 || b.Closing != 0 {
				list = append(list, b)
			}
		}
	}
	return list
}
