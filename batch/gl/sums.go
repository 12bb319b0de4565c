package gl

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"daybook/batch/book"
	"daybook/batch/night"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
	"daybook/reports/erp"
)

// sumsMax bounds the sums that are held in memory, at some 100 bytes each. A year by day of
// three currencies and twenty products has a tenth of them.
const sumsMax = 1 << 20

// nightsMax bounds the nights of one export: a scan of the journal is open for each.
const nightsMax = 400

// A TooManyError says that an export is larger than memory is meant to be.
type TooManyError struct{ What string }

func (e *TooManyError) Error() string { return "an export has at most " + e.What }

// A summer adds up the journal of some nights. It belongs to one worker.
type summer struct {
	*collector
	sums map[erp.Key]*erp.Cell
	n    record.LoanNight
	loan loan.Loan
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
// and cost centre: journal and loans are merged in the order of the book, so that each loan
// is read once for all nights.
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

// A cursor is where a night's journal is.
type cursor struct {
	*store.Scan
	night int
	more  bool
}

// partition adds one partition of all nights.
func (s *summer) partition(ctx context.Context, q int) (err error) {
	cursors := make([]cursor, 0, len(s.nights))
	defer func() {
		for i := range cursors {
			cursors[i].Close()
		}
	}()
	for i, n := range s.nights {
		if n.Partitions[q].Entries == 0 {
			continue
		}
		scan, err := s.book.Scan(store.Journal, n.Date, q, q+1)
		if err != nil {
			return err
		}
		cursors = append(cursors, cursor{Scan: scan, night: i, more: scan.Next()})
	}
	if len(cursors) == 0 {
		return nil
	}
	loans, err := s.book.Scan(store.Loans, civil.None, q, q+1)
	if err != nil {
		return err
	}
	defer loans.Close()
	for loans.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.mergeLoan(loans, cursors); err != nil {
			return err
		}
	}
	if err := loans.Err(); err != nil {
		return err
	}
	for i := range cursors {
		for c := &cursors[i]; c.more; c.more = c.Next() {
			if err := s.entries(c, 0, s.none); err != nil {
				return err
			}
		}
		if err := cursors[i].Err(); err != nil {
			return err
		}
	}
	return nil
}

// mergeLoan adds what the nights have of a loan, and before it of ids that no loan has.
func (s *summer) mergeLoan(loans *store.Scan, cursors []cursor) error {
	known := false
	for i := range cursors {
		c := &cursors[i]
		for ; c.more && c.Before(loans.Hash(), loans.ID()); c.more = c.Next() {
			if err := s.entries(c, 0, s.none); err != nil {
				return err
			}
		}
		if !c.more || c.Hash() != loans.Hash() || !bytes.Equal(c.ID(), loans.ID()) {
			continue
		}
		if !known {
			if err := record.DecodeLoan(loans.Record(), &s.loan); err != nil {
				return fmt.Errorf("loan %q: %w", loans.ID(), err)
			}
			known = true
		}
		if int(s.loan.Product) >= len(s.product) || s.settings.ByRegion && int(s.loan.Region) >= len(s.region) {
			return fmt.Errorf("loan %q: its product or region is not in the dictionaries: run verify", loans.ID())
		}
		center := s.product[s.loan.Product]
		if s.settings.ByRegion {
			center = s.region[s.loan.Region]
		}
		if err := s.entries(c, 1+s.loan.Product, center); err != nil {
			return err
		}
		c.more = c.Next()
	}
	return nil
}

// entries adds the entries at a cursor.
func (s *summer) entries(c *cursor, product, center uint16) error {
	n := s.nights[c.night]
	if err := s.n.Decode(c.Record(), n.Date); err != nil {
		return fmt.Errorf("journal of %s, loan %q: %w", n.Date, c.ID(), err)
	}
	for i := range s.n.Entries {
		if err := s.entry(c.night, s.n.Currency, &s.n.Entries[i], product, center); err != nil {
			return err
		}
	}
	return nil
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
		if code := s.productOf(e); code >= 0 {
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

// productOf returns the code of the product whose untouched loans an entry is of, or -1.
func (s *summer) productOf(e *ledger.Entry) int {
	if !slices.Contains(night.SummaryKinds[:], e.Kind) {
		return -1
	}
	return s.names.Product(e.Source)
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
