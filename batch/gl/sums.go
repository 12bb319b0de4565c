package gl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"daybook/batch/book"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
	"daybook/reports/erp"
)

// sumsMax bounds the sums that are held in memory, at some 100 bytes each. A year by day of
// three currencies and twenty products has a tenth of them.
const sumsMax = 1 << 20

// nightsMax bounds the nights of one export: those of a year, and some days.
const nightsMax = 400

// A TooManyError says that an export is larger than memory is meant to be.
type TooManyError struct{ What string }

func (e *TooManyError) Error() string { return "an export has at most " + e.What }

// A summer adds up the journal of some nights. It belongs to one worker.
type summer struct {
	*collector
	sums map[erp.Key]*erp.Cell
}

// A collector is what all workers share, and none changes.
type collector struct {
	book     *store.Book
	names    *book.Names
	settings *Settings
	nights   []*record.Night
	dates    []civil.Date // posting date by night
	centers  []string     // "" first, then sorted
	product  []uint16     // cost centre by code of product
	region   []uint16     // by code of region
	none     uint16       // of what belongs to no loan
}

// collect adds up the journal of nights by posting date, currency, kind, account, product
// and cost centre. Each loan is read once for all nights.
func (c *collector) collect(ctx context.Context, workers int) ([]erp.Cell, error) {
	all := make([]summer, max(workers, 1))
	for i := range all {
		all[i] = summer{collector: c, sums: map[erp.Key]*erp.Cell{}}
	}
	err := book.EachPartition(ctx, len(all), func(ctx context.Context, worker, q int) error {
		return reports.Guarded(func() error { return all[worker].partition(ctx, q) })()
	})
	if err != nil {
		return nil, err
	}
	total := &all[0]
	for i := range c.nights {
		if err := total.summary(i); err != nil {
			return nil, err
		}
	}
	for i := range all[1:] {
		for _, x := range all[1+i].sums {
			if err := total.plus(x.Key, x.Debit, x.Credit); err != nil {
				return nil, err
			}
		}
	}
	cells := make([]erp.Cell, 0, len(total.sums))
	for _, x := range total.sums {
		cells = append(cells, *x)
	}
	slices.SortFunc(cells, func(a, b erp.Cell) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(a.Center, b.Center), cmp.Compare(a.Product, b.Product), cmp.Compare(a.Role, b.Role))
	})
	return cells, c.ties(cells)
}

// partition adds one partition of all nights.
func (s *summer) partition(ctx context.Context, q int) error {
	if !slices.ContainsFunc(s.nights, func(n *record.Night) bool { return n.Partitions[q].Entries > 0 }) {
		return nil
	}
	codes, err := book.LoanCodesOf(ctx, s.book, q)
	if err != nil {
		return err
	}
	for i, n := range s.nights {
		if n.Partitions[q].Entries == 0 {
			continue
		}
		err := book.EachLoanNight(ctx, s.book, n.Date, q, q+1, func(_ int64, id []byte, page *record.LoanNight) error {
			product, center, err := s.placeOf(codes, id)
			if err != nil {
				return err
			}
			for k := range page.Entries {
				if err := s.entry(i, page.Currency, &page.Entries[k], product, center); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// placeOf is one more than the code of a loan's product, and its cost centre: 0 and none of an
// id that no loan has.
func (s *summer) placeOf(codes *book.LoanCodes, id []byte) (product, center uint16, err error) {
	code, known := codes.Of(id)
	if !known {
		return 0, s.none, nil
	}
	if int(code.Product) >= len(s.product) || s.settings.ByRegion && int(code.Region) >= len(s.region) {
		return 0, 0, fmt.Errorf("loan %q: its product or region is not in the dictionaries: run verify", id)
	}
	center = s.product[code.Product]
	if s.settings.ByRegion {
		center = s.region[code.Region]
	}
	return 1 + code.Product, center, nil
}

func (s *summer) entry(night int, currency uint16, e *ledger.Entry, product, center uint16) error {
	k := erp.Key{Date: s.dates[night], Currency: currency, Kind: e.Kind, Center: center, Product: product}
	for _, p := range e.Postings {
		k.Role = p.Role
		if err := s.plus(k, max(int64(p.Amount), 0), max(-int64(p.Amount), 0)); err != nil {
			return err
		}
	}
	return nil
}

// plus adds to a sum.
func (s *summer) plus(k erp.Key, debit, credit int64) error {
	x := s.sums[k]
	if x == nil {
		if len(s.sums) >= sumsMax {
			return &TooManyError{What: fmt.Sprintf("%d sums: name fewer days, or take them by month", sumsMax)}
		}
		x = &erp.Cell{Key: k}
		s.sums[k] = x
	}
	x.Debit, x.Credit = book.Sum(x.Debit, debit), book.Sum(x.Credit, credit)
	return nil
}

// summary adds a night's entries of no loan. Totals of what untouched loans accrued name
// their product; by region they are where the night kept them so.
func (s *summer) summary(night int) error {
	d, told := s.nights[night].Date, false
	if s.settings.ByRegion {
		var err error
		if told, err = book.EachRegion(s.book, d, func(k record.RegionKey, amount money.Amount) error { return s.inRegion(night, k, amount) }); err != nil {
			return err
		}
	}
	return book.EachSummaryEntry(s.book, d, func(_ int, currency uint16, e *ledger.Entry) error {
		product, center := uint16(0), s.none
		if code, _ := s.names.SummaryProduct(e); code >= 0 {
			if told {
				return nil
			}
			product = 1 + uint16(code)
			if !s.settings.ByRegion {
				center = s.product[code]
			}
		}
		return s.entry(night, currency, e, product, center)
	})
}

// inRegion adds what untouched loans of a region accrued.
func (s *summer) inRegion(night int, k record.RegionKey, amount money.Amount) error {
	if k.Product >= len(s.product) || k.Region >= max(1, len(s.region)) || k.Currency > math.MaxUint16 {
		return errors.New("accruals by region are of no product or region: run verify")
	}
	center := s.none
	if k.Region < len(s.region) {
		center = s.region[k.Region]
	}
	key := erp.Key{Date: s.dates[night], Currency: uint16(k.Currency), Kind: k.Kind, Role: k.Role, Center: center, Product: 1 + uint16(k.Product)}
	return s.plus(key, max(int64(amount), 0), max(-int64(amount), 0))
}

// ties holds the sums to the trial balances of the nights. By region an account may have
// amounts on both sides where the night's entry has their difference: then both sides are
// more by the same.
func (c *collector) ties(cells []erp.Cell) error {
	currencies := len(c.names.Currencies)
	sums, want := book.NewGL(currencies), book.NewGL(currencies)
	for i := range cells {
		x := &cells[i]
		if int(x.Currency) >= currencies {
			return fmt.Errorf("currency %d is not in the dictionaries: run verify", x.Currency)
		}
		at := sums.At(int(x.Currency), 0, x.Role)
		at.Debits, at.Credits = book.Sum(at.Debits, x.Debit), book.Sum(at.Credits, x.Credit)
	}
	for _, n := range c.nights {
		for i := range n.GL {
			l := &n.GL[i]
			at := want.At(l.Currency, 0, l.Role)
			at.Debits, at.Credits = book.Sum(at.Debits, l.Debits), book.Sum(at.Credits, l.Credits)
		}
	}
	for k := range currencies {
		for r := range ledger.Roles {
			got, want := *sums.At(k, 0, r), *want.At(k, 0, r)
			if got.Debits-got.Credits != want.Debits-want.Credits || got.Debits < want.Debits || !c.settings.ByRegion && got != want {
				return fmt.Errorf("the journal has %d and %d of %s in %s, and the trial balance %d and %d: run verify",
					got.Debits, got.Credits, c.settings.Accounts[r].Name, c.names.Currencies[k], want.Debits, want.Credits)
			}
		}
	}
	return nil
}
