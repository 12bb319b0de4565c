package batch

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
)

// The model's close: borrowers' holds, classes, contagion and provisions.

// A pmBook is what closes leave: all else follows from the lives.
type pmBook struct {
	policy    *pmPolicy
	closed    int32             // the last close, or pmNone
	borrowers map[string]pmHold // by pack, hold and borrower
	loans     map[string]*pmSeen
	ran       int32           // the last night that provisions were computed
	forborne  map[string]bool // tonight, of the pack eu
}

// A pmSeen is a loan as closes saw it.
type pmSeen struct {
	status, bucket string
	cures          int
	curedOn        int32
	curedBucket    string
	history        []byte // newest first, a character a month
	month          int
	closes         []int32 // of the month, that had the loan
	provision      map[string]string
}

func newPMBook(policy *pmPolicy) *pmBook {
	return &pmBook{policy: policy, closed: pmNone, borrowers: map[string]pmHold{}, loans: map[string]*pmSeen{}, forborne: map[string]bool{}, ran: pmNone}
}

func pmOnBook(status string) bool { return status == "active" || status == "quarantined" }

func pmGoesOn(status string) bool { return pmOnBook(status) || status == "charged_off" }

// close closes a night over all loans of the book: their columns by loan, and the target of
// the allowance by currency; nil where nothing is posted.
func (k *pmBook) close(b int32, lives []*pmLife) (rows map[string]map[string]string, targets map[string]*big.Int) {
	rows = map[string]map[string]string{}
	runs := k.policy.when != "month_end" || k.monthEnd(b)
	for _, l := range lives {
		rows[l.id] = k.policy.counters(l, b)
		k.see(l, b, rows[l.id])
	}
	for _, p := range k.policy.packs {
		k.pack(p, b, lives, rows, runs)
	}
	k.columns(lives, b, rows)
	for _, l := range lives {
		seen := k.loans[l.id]
		seen.provision = map[string]string{}
		for _, p := range k.policy.packs {
			seen.provision[p.name] = rows[l.id][p.name+"_provision"]
		}
	}
	if k.policy.post != "" && runs {
		targets = map[string]*big.Int{}
		for _, currency := range k.policy.currencies {
			targets[currency] = k.target(currency, lives, rows)
		}
	}
	if runs {
		k.ran = b
	}
	k.closed = b
	return rows, targets
}

// monthEnd: there is a calendar month's end M with last run < M ≤ B.
func (k *pmBook) monthEnd(b int32) bool {
	y, m, _ := pmSplit(b)
	end := pmYMD(y, m+1, 1) - 1 // of B's month
	if end > b {
		end = pmYMD(y, m, 1) - 1
	}
	return k.ran < end
}

// see keeps what is counted from closes, and gives its columns.
func (k *pmBook) see(l *pmLife, b int32, row map[string]string) {
	d := l.day(b)
	seen, known := k.loans[l.id]
	month := pmMonth(b)
	if !known {
		seen = &pmSeen{curedOn: pmNone, month: month, provision: map[string]string{}}
		k.loans[l.id] = seen
		seen.history = []byte{'?'}
		for m := month - 1; m > pmMonth(l.disbursed); m-- {
			seen.history = append(seen.history, '#')
		}
	}
	for seen.month < month {
		if seen.month++; seen.month < month {
			seen.history = append([]byte{'#'}, seen.history...)
		} else {
			seen.history, seen.closes = append([]byte{'?'}, seen.history...), nil
		}
	}
	late := slices.ContainsFunc(seen.closes, func(b int32) bool { return l.day(b).dpd > 0 }) // as the life is known now
	seen.history[0] = pmStatusOf(l, b, late)
	seen.closes = append(seen.closes, b)
	bucket := pmBucket(d.delinquent)
	if known && seen.status == "active" && d.status == "active" && seen.bucket != "C" && bucket == "C" {
		seen.cures, seen.curedOn, seen.curedBucket = seen.cures+1, b, seen.bucket
	}
	seen.status, seen.bucket = d.status, bucket
	history := string(seen.history)
	for len(history) < 24 {
		history += "/"
	}
	row["history_24m"] = history[:24]
	maps.Copy(row, pmHistoryCounters(history[:24]))
	row["cures"], row["last_cured_on"], row["last_cured_bucket"] = fmt.Sprint(seen.cures), pmDay8(seen.curedOn), seen.curedBucket
}

// pack gives all loans a pack's columns.
func (k *pmBook) pack(p *pmPack, b int32, lives []*pmLife, rows map[string]map[string]string, runs bool) {
	walks := map[string]*pmWalk{}
	for _, l := range lives {
		walks[l.id] = k.policy.walk(p, l, b)
	}
	k.borrowersOf(p, b, lives, walks)
	class, rule := map[string]string{}, map[string]string{}
	for _, l := range lives {
		w := walks[l.id]
		v := &pmView{policy: k.policy, pack: p, life: l, t: b, today: w.holds, yesterday: w.yesterday}
		class[l.id], rule[l.id] = v.classify()
		since := ""
		if h := w.holds[p.indexOf("non_performing")]; h.active {
			since = pmDay8(h.entered)
		}
		rows[l.id][p.name+"_non_performing_since"] = since
		if p.name == "eu" {
			k.forborne[l.id] = w.holds[p.indexOf("forborne")].active
		}
	}
	k.contagion(p, b, lives, class, rule)
	for _, l := range lives {
		row, w := rows[l.id], walks[l.id]
		row[p.name+"_class"], row[p.name+"_rule"] = class[l.id], rule[l.id]
		row[p.name+"_provision"] = "0.00"
		switch {
		case !pmOnBook(l.day(b).status):
		case runs:
			v := &pmView{policy: k.policy, pack: p, life: l, t: b, hold: len(p.holds), today: w.holds, yesterday: w.yesterday, class: class[l.id]}
			row[p.name+"_provision"] = naiveMoney(v.provision().Int64())
		case k.loans[l.id].provision[p.name] != "":
			row[p.name+"_provision"] = k.loans[l.id].provision[p.name]
		}
	}
}

// borrowersOf looks at the holds of borrowers, and puts them among those of each of his loans.
func (k *pmBook) borrowersOf(p *pmPack, b int32, lives []*pmLife, walks map[string]*pmWalk) {
	of := map[string][]*pmLife{}
	for _, l := range lives {
		of[l.borrower] = append(of[l.borrower], l)
	}
	for i, h := range p.holds {
		if !p.borrowerWide(i) {
			continue
		}
		for borrower, list := range of {
			key := p.name + " " + h["name"].(string) + " " + borrower
			s, known := k.borrowers[key]
			if !known {
				s = pmFree
			}
			first, tonight, ends := pmNone, false, true
			for _, l := range list {
				if !pmGoesOn(l.day(b).status) {
					continue
				}
				for _, t := range walks[l.id].entered[i] {
					if t == b {
						tonight = true
					}
					if (t > k.closed || k.isNew(l)) && (first == pmNone || t < first) {
						first = t
					}
				}
				v := &pmView{policy: k.policy, pack: p, life: l, t: b, hold: i, today: walks[l.id].holds, yesterday: walks[l.id].yesterday}
				ends = ends && v.ends(h, s)
			}
			if !s.active && first != pmNone {
				s.active, s.entered = true, first
			}
			if s.active && !tonight && ends {
				s.active, s.left = false, b
			}
			k.borrowers[key] = s
			for _, l := range list {
				walks[l.id].holds[i] = s
			}
		}
	}
}

// isNew: tonight's close is the first that sees the loan. Its provision is kept from the
// close on.
func (k *pmBook) isNew(l *pmLife) bool { return len(k.loans[l.id].provision) == 0 }

// contagion spreads classes among a borrower's loans.
func (k *pmBook) contagion(p *pmPack, b int32, lives []*pmLife, class, rule map[string]string) {
	spec, is := p.file["contagion"].(map[string]any)
	if !is {
		return
	}
	of := map[string][]*pmLife{}
	for _, l := range lives {
		of[l.borrower] = append(of[l.borrower], l)
	}
	becomes := func(l *pmLife, c string) { class[l.id], rule[l.id] = c, "contagion" }
	for _, list := range of {
		if spec["spread"] == "worst" {
			worst := -1
			for _, l := range list {
				if pmGoesOn(l.day(b).status) {
					worst = max(worst, p.rank(class[l.id]))
				}
			}
			for _, l := range list {
				if pmGoesOn(l.day(b).status) && p.rank(class[l.id]) < worst {
					becomes(l, p.classes[worst])
				}
			}
			continue
		}
		for _, currency := range k.policy.currencies {
			bad, all := new(big.Rat), new(big.Rat)
			for _, l := range list {
				if d := l.day(b); l.currency == currency && pmOnBook(d.status) {
					all.Add(all, big.NewRat(d.total, 1))
					if p.bad[class[l.id]] {
						bad.Add(bad, big.NewRat(d.total, 1))
					}
				}
			}
			if bad.Cmp(all.Mul(all, pmRat(spec["over"]))) <= 0 {
				continue
			}
			least := fmt.Sprint(spec["at_least"])
			for _, l := range list {
				v := &pmView{policy: k.policy, pack: p, life: l, t: b, hold: len(p.holds), class: class[l.id]}
				if l.currency == currency && pmOnBook(l.day(b).status) && p.rank(class[l.id]) < p.rank(least) && v.all(pmMap(spec["applies"])) {
					becomes(l, least)
				}
			}
		}
	}
}

// columns are those that the first pack that fills them gives.
func (k *pmBook) columns(lives []*pmLife, b int32, rows map[string]map[string]string) {
	for _, l := range lives {
		row := rows[l.id]
		row["classification"], row["stage"], row["borrower_classification"] = "", "", ""
	}
	for _, what := range []string{"classification", "stage"} {
		i := slices.IndexFunc(k.policy.packs, func(p *pmPack) bool { return p.file["fills"] == what })
		if i < 0 {
			continue
		}
		p := k.policy.packs[i]
		worst := map[string]int{}
		for _, l := range lives {
			rows[l.id][what] = rows[l.id][p.name+"_class"]
			if pmOnBook(l.day(b).status) {
				worst[l.borrower] = max(worst[l.borrower], p.rank(rows[l.id][what])+1)
			}
		}
		for _, l := range lives {
			if what != "classification" {
				continue
			}
			rows[l.id]["borrower_classification"] = rows[l.id][what]
			if n := worst[l.borrower]; n > 0 {
				rows[l.id]["borrower_classification"] = p.classes[n-1]
			}
		}
	}
}

// target is the credit balance of the allowance that a currency comes to: what the pack that
// is posted adds up to. The night posts the difference to what is there after all else.
func (k *pmBook) target(currency string, lives []*pmLife, rows map[string]map[string]string) *big.Int {
	sum := new(big.Int)
	for _, l := range lives {
		if l.currency == currency {
			sum.Add(sum, big.NewInt(pmCents(rows[l.id][k.policy.post+"_provision"])))
		}
	}
	return sum
}

// pmRound is half-even.
func pmRound(x *big.Rat) *big.Int {
	q, r := new(big.Int).DivMod(x.Num(), x.Denom(), new(big.Int)) // r ≥ 0
	switch r.Lsh(r, 1).Cmp(x.Denom()) {
	case 1:
		q.Add(q, big.NewInt(1))
	case 0:
		if q.Bit(0) == 1 {
			q.Add(q, big.NewInt(1))
		}
	}
	return q
}

// pmDiv is round(a / b).
func pmDiv(a, b *big.Int) *big.Int { return pmRound(new(big.Rat).SetFrac(a, b)) }

var pmBillion = big.NewInt(1_000_000_000)

// pm9 is x₉.
func pm9(x *big.Rat) *big.Int { return pmRound(new(big.Rat).Mul(x, new(big.Rat).SetInt(pmBillion))) }

// row is the first of rows whose when holds.
func (v *pmView) row(rows any) map[string]any {
	for _, r := range pmMaps(rows) {
		if v.all(pmMap(r["when"])) {
			return r
		}
	}
	panic("no row holds")
}

// provision is that of a loan on the book, in minor units.
func (v *pmView) provision() *big.Int {
	d := v.life.day(v.t)
	spec := pmMap(v.pack.file["provision"])
	base := big.NewInt(d.total - d.suspended)
	if spec["base"] == "principal" {
		base = big.NewInt(d.principal)
	}
	switch spec["method"] {
	case "rates":
		return pmRound(new(big.Rat).Mul(new(big.Rat).SetInt(base), pmRat(v.row(spec["rates"])["rate"])))
	case "ecl":
		return v.ecl(spec, base)
	}
	return new(big.Int)
}

// ecl is section 5's, step by step.
func (v *pmView) ecl(spec map[string]any, base *big.Int) *big.Int {
	horizon := pmMap(spec["horizon"])[v.class]
	lgd9 := pm9(pmRat(v.row(spec["lgd"])["rate"]))
	sum := new(big.Int)
	for _, s := range pmMaps(spec["scenarios"]) {
		w := pm9(pmRat(s["weight"]))
		loss := new(big.Rat).Mul(new(big.Rat).SetInt(lgd9), pmRat(s["lgd"]))
		l := pmRound(loss)
		if l.Cmp(pmBillion) > 0 {
			l.Set(pmBillion)
		}
		w.Mul(w, l)
		if horizon == "impaired" {
			sum.Add(sum, w.Mul(w, base))
			continue
		}
		curve := pmCurve{b: v.t, pd: pmRat(s["pd"])}
		for _, x := range v.row(spec["pd"])["annual"].([]any) {
			curve.annual = append(curve.annual, pm9(pmRat(x)))
		}
		rate := big.NewInt(v.life.rate9)
		if spec["rate"] != "contract" {
			rate = pm9(pmRat(spec["rate"]))
		}
		sum.Add(sum, w.Mul(w, pmExposure(&curve, v.life.day(v.t).dues, base, rate, horizon == "12_months")))
	}
	ten := big.NewInt(10)
	if horizon == "impaired" {
		return pmDiv(sum, ten.Exp(ten, big.NewInt(18), nil))
	}
	return pmDiv(sum, ten.Exp(ten, big.NewInt(39), nil))
}

// A pmCurve is the probability of default by a day, in billionths.
type pmCurve struct {
	b      int32
	pd     *big.Rat
	annual []*big.Int
}

func (c *pmCurve) anniversary(k int) int32 { return pmAddMonths(c.b, 12*k) }

// byYear is F_k.
func (c *pmCurve) byYear(k int) *big.Int {
	s := new(big.Int).Set(pmBillion)
	for i := 1; i <= k; i++ {
		annual := c.annual[min(i, len(c.annual))-1]
		h := pmRound(new(big.Rat).Mul(new(big.Rat).SetInt(annual), c.pd))
		if h.Cmp(pmBillion) > 0 {
			h.Set(pmBillion)
		}
		s = pmDiv(new(big.Int).Mul(s, h.Sub(pmBillion, h)), pmBillion)
	}
	return s.Sub(pmBillion, s)
}

// by is F(t).
func (c *pmCurve) by(t int32) *big.Int {
	if t <= c.b {
		return new(big.Int)
	}
	k := 1
	for c.anniversary(k) < t {
		k++
	}
	from, to := c.byYear(k-1), c.byYear(k)
	d := new(big.Int).Sub(to, from)
	d.Mul(d, big.NewInt(int64(t-c.anniversary(k-1))))
	return from.Add(from, pmDiv(d, big.NewInt(int64(c.anniversary(k)-c.anniversary(k-1)))))
}

// pmExposure is e_s: (F(D_i) − F(D_{i−1})) · EAD_i · d_i, summed.
func pmExposure(c *pmCurve, dues []pmDue, base, rate9 *big.Int, oneYear bool) *big.Int {
	var after []pmDue
	for _, d := range dues {
		if d.on > c.b {
			after = append(after, d)
		}
	}
	slices.SortStableFunc(after, func(a, b pmDue) int { return int(a.on - b.on) })
	if len(after) == 0 {
		after = []pmDue{{on: c.anniversary(1)}}
	}
	ten := big.NewInt(10)
	discount := ten.Exp(ten, big.NewInt(12), nil)
	year := new(big.Int).Mul(big.NewInt(365), pmBillion)
	ead, from, sum := new(big.Int).Set(base), c.b, new(big.Int)
	for _, d := range after {
		on := d.on
		last := oneYear && on >= c.anniversary(1)
		if last {
			on = c.anniversary(1)
		}
		days := new(big.Int).Mul(rate9, big.NewInt(int64(on-from)))
		discount = pmDiv(new(big.Int).Mul(discount, year), days.Add(days, year))
		x := new(big.Int).Sub(c.by(on), c.by(from))
		sum.Add(sum, x.Mul(x, ead).Mul(x, discount))
		if last {
			break
		}
		ead.Sub(ead, big.NewInt(d.principal))
		if ead.Sign() < 0 {
			ead.SetInt64(0)
		}
		from = on
	}
	return sum
}
