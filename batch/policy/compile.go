package policy

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"time"
	_ "time/tzdata" // a machine without zone files reads time_zone too

	"daybook/aging"
	"daybook/aging/score"
	"daybook/batch/intake"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// currenciesMax and bandsMax are what the book's codes and the night's tables
// have room for.
const (
	currenciesMax = 64
	bandsMax      = 64
)

// compile turns a document into rules; faults say where it cannot.
func (s *source) compile(doc *document) *Policy {
	p := &Policy{
		Name: doc.Name, Jurisdiction: doc.Jurisdiction, EffectiveFrom: doc.EffectiveFrom, Source: s.text,
		Location: s.location(doc.TimeZone), Currencies: doc.Currencies,
	}
	p.Scale = s.scale(doc.Currencies)
	p.Intake = s.intake(&doc.Intake, p)
	threshold := &doc.Intake.RejectThreshold
	p.RejectRows = s.scaled("intake.reject_threshold.rows", &threshold.Rows, 6)
	p.RejectAmount = s.scaled("intake.reject_threshold.amount", &threshold.Amount, 6)
	p.Guards = s.guards(&doc.Intake)
	p.Shared = doc.Outputs.Shared
	p.Aging = s.aging(doc)
	p.Materiality = Materiality{
		Amount: s.money("aging.materiality.amount", &doc.Aging.Materiality.Amount, p),
		Share:  s.rate("aging.materiality.share", &doc.Aging.Materiality.Share),
	}
	p.Score = s.score(&doc.Score, len(doc.Aging.Buckets))
	p.Chart = s.chart(doc.Accounts)
	for _, name := range slices.Sorted(maps.Keys(doc.Products)) {
		p.Products = append(p.Products, s.product(name, doc, p))
	}
	s.checkLaw(doc)
	if len(s.faults) > 0 {
		return nil
	}
	p.doc = *doc
	p.Canonical = render(doc)
	timeless := *doc
	timeless.EffectiveFrom = civil.None
	p.Digest = sha256.Sum256(render(&timeless))
	return p
}

// from returns the policy with the date from which it holds.
func (p *Policy) from(date civil.Date) *Policy {
	q := *p
	q.EffectiveFrom, q.doc.EffectiveFrom = date, date
	q.Canonical = render(&q.doc)
	return &q
}

func (s *source) location(zone string) *time.Location {
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" {
		s.fail("time_zone", "unknown time zone %q: use an IANA name such as Asia/Shanghai", zone)
		return time.UTC
	}
	return loc
}

// scale returns the most digits among the currencies.
func (s *source) scale(currencies []string) (scale int) {
	if len(currencies) > currenciesMax {
		s.fail("currencies", "has %d currencies, at most %d are possible", len(currencies), currenciesMax)
	}
	for i, code := range currencies {
		path := fmt.Sprintf("currencies[%d]", i)
		digits, ok := money.Digits(code)
		switch {
		case !ok:
			s.fail(path, "%q is not an ISO 4217 currency in use", code)
		case slices.Contains(currencies[:i], code):
			s.fail(path, "%s is there twice", code)
		}
		scale = max(scale, digits)
	}
	return max(scale, leastScale)
}

// leastScale is the least number of digits that published amounts have.
const leastScale = 2

// money returns an amount of the policy's one currency. The same number would
// be another amount in each of several.
func (s *source) money(path string, d *decimal, p *Policy) money.Amount {
	if d.sign() != 0 && len(p.Currencies) > 1 {
		s.fail(path, "an amount needs one currency, the policy has %v", p.Currencies)
		return 0
	}
	return s.amount(path, d, p.digits())
}

func (s *source) intake(in *intakeSection, p *Policy) intake.Options {
	for _, kind := range slices.Sorted(maps.Keys(in.Columns)) {
		path := "intake.columns." + kind
		k, ok := intake.ParseKind(kind)
		if !ok {
			s.fail(path, "unknown kind of file: %s", suggest(kind, names["kind"]))
			continue
		}
		owners := map[string]string{} // a file's own name to the contract's
		for _, column := range slices.Sorted(maps.Keys(in.Columns[kind])) {
			own := in.Columns[kind][column]
			if !slices.Contains(k.Columns(), column) {
				s.fail(path+"."+column, "unknown column of %s: %s", kind, suggest(column, k.Columns()))
			}
			if other, taken := owners[own]; taken {
				s.fail(path+"."+column, "%q is named for %s already", own, other)
			}
			owners[own] = column
		}
	}
	return intake.Options{
		Columns: in.Columns, MinorUnits: in.MoneyInMinorUnits, AllowFloatMoney: in.AllowFloatMoney,
		Scale: p.Scale, Location: p.Location,
	}
}

func (s *source) aging(doc *document) aging.Rules {
	r := aging.Rules{
		GraceDays: doc.Aging.GraceDays,
		Buckets:   s.bands("aging.buckets", doc.Aging.Buckets),
		Tiers:     s.bands("classification.tiers", doc.Classification.Tiers),
		Stages:    s.bands("classification.stages", doc.Classification.Stages),
	}
	first := slices.Index(r.Tiers.Names(), doc.Classification.NonPerformingFrom)
	if first < 0 {
		s.fail("classification.non_performing_from", "unknown tier %q: %s", doc.Classification.NonPerformingFrom,
			suggest(doc.Classification.NonPerformingFrom, r.Tiers.Names()))
		first = 0
	}
	r.NonPerforming = uint8(first)
	return r
}

// bands compiles ranges of days, which must cover every day once.
func (s *source) bands(path string, list []bandSection) aging.Bands {
	bands := make(aging.Bands, len(list))
	if len(list) > bandsMax {
		s.fail(path, "has %d bands, at most %d are possible", len(list), bandsMax)
	}
	if list[0].From != 0 {
		s.fail(path+"[0].from", "the first band, %q, starts at %d days: days from 0 on would have no band", list[0].Name, list[0].From)
	}
	for i, b := range list {
		under := fmt.Sprintf("%s[%d]", path, i)
		bands[i] = aging.Band{Name: b.Name, From: b.From}
		if i > 0 && b.From <= list[i-1].From {
			s.fail(under+".from", "band %q starts at %d days, not after band %q at %d: they would overlap", b.Name, b.From,
				list[i-1].Name, list[i-1].From)
		}
		if slices.ContainsFunc(list[:i], func(x bandSection) bool { return x.Name == b.Name }) {
			s.fail(under+".name", "there is a band %q already", b.Name)
		}
	}
	return bands
}

func (s *source) score(sc *scoreSection, buckets int) score.Points {
	if sc.Floor >= sc.Ceiling {
		s.fail("score.floor", "floor %d is not below ceiling %d", sc.Floor, sc.Ceiling)
	}
	if sc.Initial < sc.Floor || sc.Initial > sc.Ceiling {
		s.fail("score.initial", "%d is not within floor %d and ceiling %d", sc.Initial, sc.Floor, sc.Ceiling)
	}
	if len(sc.BucketEntered) > buckets-1 {
		if s.stated("score.bucket_entered") {
			s.fail("score.bucket_entered", "has %d entries for the %d buckets after the first", len(sc.BucketEntered), buckets-1)
		}
		sc.BucketEntered = sc.BucketEntered[:buckets-1]
	}
	p := score.Points{Floor: sc.Floor, Ceiling: sc.Ceiling, Initial: sc.Initial, PerBucket: make([]int32, buckets)}
	for i := 1; i < buckets; i++ {
		p.PerBucket[i] = sc.BucketEntered[min(i, len(sc.BucketEntered))-1]
	}
	p.Each[score.OnTime], p.Each[score.WeekLate], p.Each[score.Late] = sc.Points.OnTime, sc.Points.WeekLate, sc.Points.Late
	p.Each[score.Cured], p.Each[score.SettledInFull] = sc.Points.Cured, sc.Points.Settled
	p.Each[score.ChargedOff] = sc.Points.ChargedOff
	return p
}

// chart maps the roles to the lender's own codes, each its own.
func (s *source) chart(accounts map[string]accountSection) ledger.Chart {
	chart := ledger.DefaultChart()
	taken := map[string]string{}
	for i := range chart {
		a := &chart[i]
		role := a.Name
		path := "accounts." + role
		a.Code, a.Name = accounts[role].Code, accounts[role].Name
		if other, ok := taken[a.Code]; ok {
			if !s.stated(path) { // the fault is where the file took the code
				path, role, other = "accounts."+other, other, role
			}
			s.fail(path+".code", "code %q of %s is the code of %s too", a.Code, role, other)
		}
		taken[a.Code] = role
	}
	return chart
}
