package warehouse

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"daybook/batch/catalog"
	"daybook/batch/objects"
	"daybook/ledger/civil"
	"daybook/reports"
)

// kept are tables of which nothing is dropped unless they are named: what the evidence is of, and
// what says which nights there are.
var kept = []string{"journal", "trial_balance", "nights"}

// expireAfter is how long a snapshot of an Iceberg table is kept that is not the newest of its night.
const expireAfter = 30 * 24 * time.Hour

// A Keep is which nights are kept, reckoned from the newest night of the root: all of so many days or
// months, and the last of each month of so many.
type Keep struct {
	Daily, Monthly Span
}

// A Span is a time of days or of months; zero: none.
type Span struct{ Days, Months int }

// since is the day from which on a night is within the span, before another.
func (s Span) since(d civil.Date) civil.Date {
	if s.Months > 0 {
		return d.Later(-s.Months) + 1
	}
	return d - civil.Date(s.Days) + 1
}

var spanText = regexp.MustCompile(`^(daily|monthly)=(\d{1,5})([dmy])$`)

// ParseKeep reads a rule such as daily=400d,monthly=10y: d are days, m months, y years.
func ParseKeep(text string) (k Keep, err error) {
	for _, part := range strings.Split(text, ",") {
		m := spanText.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return k, fmt.Errorf("%q is no time to keep: write daily=400d,monthly=10y", part)
		}
		n, err := strconv.Atoi(m[2])
		if err != nil || n == 0 {
			return k, fmt.Errorf("%q keeps nothing", part)
		}
		span := Span{Days: n}
		switch m[3] {
		case "m":
			span = Span{Months: n}
		case "y":
			span = Span{Months: 12 * n}
		}
		to := &k.Daily
		if m[1] == "monthly" {
			to = &k.Monthly
		}
		if *to != (Span{}) {
			return k, fmt.Errorf("%s stands there twice", m[1])
		}
		*to = span
	}
	if k.Daily == (Span{}) {
		return k, errors.New("which nights are kept day by day? daily=400d")
	}
	return k, nil
}

// drops returns the nights that a rule does not keep, of those of a root in their order.
func (k Keep) drops(nights []civil.Date) (list []civil.Date) {
	if len(nights) == 0 {
		return nil
	}
	newest := nights[len(nights)-1]
	for i, d := range nights {
		last := i == len(nights)-1 || nights[i+1] > d.MonthEnd()
		monthly := k.Monthly != (Span{}) && last && d >= k.Monthly.since(newest)
		if d < k.Daily.since(newest) && !monthly {
			list = append(list, d)
		}
	}
	return list
}

// A Retention configures [Retain].
type Retention struct {
	Keep    Keep
	Tables  []string // none: all but those that are dropped only where they are named
	DryRun  bool
	Catalog catalog.Config
	Now     func() time.Time // for the age of snapshots; nil: the clock
	At      func(step string)
}

// A Retained says what [Retain] dropped, or would.
type Retained struct {
	Nights  []civil.Date `json:"nights"` // of which something goes
	Files   int          `json:"files"`
	Bytes   int64        `json:"bytes"`
	Expired int          `json:"expired_snapshots"`
}

// A retainer is one run.
type retainer struct {
	Retention
	store   objects.Store
	catalog *catalog.Catalog
	tables  []string
	Retained
}

// Retain drops whole nights of tables: first from the Iceberg tables, where the root has them,
// then the files; the manifest of the night names what was dropped. Killed anywhere, the same run again ends
// with the same root.
func Retain(ctx context.Context, location string, o objects.Options, r Retention) (*Retained, error) {
	store, err := o.Open(ctx, location)
	if err != nil {
		return nil, err
	}
	nights, err := datesOf(ctx, store)
	if err != nil {
		return nil, err
	}
	x := &retainer{Retention: r, store: store, Retained: Retained{Nights: []civil.Date{}}}
	if err := x.choose(); err != nil {
		return nil, err
	}
	if x.catalog, err = x.open(ctx); err != nil {
		return nil, err
	}
	for _, d := range r.Keep.drops(nights) {
		if err := x.night(ctx, d); err != nil {
			return nil, fmt.Errorf("%s: %w", d, err)
		}
	}
	if x.catalog == nil || x.DryRun {
		return &x.Retained, nil
	}
	return &x.Retained, x.expire(ctx)
}

// An UnknownTableError names a table that there is not.
type UnknownTableError struct{ Name string }

func (e *UnknownTableError) Error() string { return "there is no table " + e.Name }

// choose says of which tables nights are dropped.
func (x *retainer) choose() error {
	for _, name := range x.Tables {
		if reports.SpecOf(name) == nil {
			return &UnknownTableError{name}
		}
		if !slices.Contains(x.tables, name) {
			x.tables = append(x.tables, name)
		}
	}
	if len(x.tables) > 0 {
		return nil
	}
	for _, spec := range reports.Registry() {
		if !slices.Contains(kept, spec.Name) {
			x.tables = append(x.tables, spec.Name)
		}
	}
	return nil
}

// open opens the catalogue, where the root has Iceberg tables.
func (x *retainer) open(ctx context.Context) (*catalog.Catalog, error) {
	var known registered
	ok, err := readJSON(ctx, x.store, catalogName, &known)
	switch {
	case err != nil || !ok:
		return nil, err
	case known != registeredAs(x.Catalog):
		return nil, guard("name it with --catalog and --catalog-uri", "the tables of the root are in another catalogue: %s %s", known.Kind, known.URI)
	}
	return openCatalog(ctx, x.Catalog, x.store)
}

func (x *retainer) at(step string) {
	if x.At != nil {
		x.At(step)
	}
}

// night drops the tables of one night.
func (x *retainer) night(ctx context.Context, d civil.Date) error {
	n, err := readNight(ctx, x.store, d)
	if err != nil {
		return err
	}
	var gone []string
	for _, table := range x.tables {
		t, ok := n.Tables[table]
		if !ok {
			continue
		}
		gone = append(gone, table)
		for _, f := range t.Files {
			x.Files++
			x.Bytes += f.Bytes
		}
	}
	if len(gone) == 0 {
		return nil
	}
	x.Nights = append(x.Nights, d)
	if x.DryRun {
		return nil
	}
	for _, table := range gone {
		if x.catalog != nil {
			if _, err := x.catalog.Drop(ctx, table, d); err != nil {
				return err
			}
			x.at("dropped")
		}
		var names []string
		for _, f := range n.Tables[table].Files {
			names = append(names, f.Path)
		}
		if err := x.store.Delete(ctx, append(names, path.Join(folderOf(table, d), successName))...); err != nil {
			return err
		}
		x.at("deleted")
	}
	for _, table := range gone {
		delete(n.Tables, table)
		n.Dropped = append(n.Dropped, table)
	}
	slices.Sort(n.Dropped)
	b, err := reports.EncodeJSON(n)
	if err != nil {
		return err
	}
	return x.store.Put(ctx, nightPath(d), b)
}

// expire drops old snapshots of the tables.
func (x *retainer) expire(ctx context.Context) error {
	now := x.Now
	if now == nil {
		now = time.Now
	}
	for _, spec := range reports.Registry() {
		n, err := x.catalog.Expire(ctx, spec.Name, now().Add(-expireAfter))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		x.Expired += n
	}
	return nil
}
