package reports

import (
	"math/big"

	"daybook/aging"
	"daybook/ledger/money"
)

// The tables that compare a night with its base, the last close in an earlier calendar month.
// Without a base they are their headers. A balance, gross or allowance at the base is of the
// loans on the book then.

// newPack is the class at the base under a pack, or of a class, that is new since.
const newPack = "new_pack"

func baseDate() Column { return Column{Name: "base_date", Kind: Date} }

// isOfLoans reports whether a currency has a loan in a flow.
func (f *flow) isOfLoans(currency int) bool {
	for from := range f.from {
		for to := range f.to {
			if n := f.at(currency, from, to); n[flowLoans] != 0 {
				return true
			}
		}
	}
	return false
}

// fillMigrationMonth fills in the moves between buckets since the base, as [fillMigration]
// does those since the last close. A loan counts that was on the book then or is now.
func fillMigrationMonth(b *Builder, s *Settings, t *Table) {
	if !b.is {
		return
	}
	in, buckets := &b.flows[bucketFlow], codePlaces(b.dictionaries, aging.Bucket)
	for c, currency := range b.currencies() {
		for _, from := range bucketOrder(buckets) {
			name := b.name(aging.Bucket, from, none)
			switch from {
			case buckets + fromNew:
				name = "new"
			case buckets + fromReturned:
				name = "returned"
			}
			var loans, balance int64
			for to := range in.to {
				n := in.at(c, from, to)
				loans, balance = loans+n[flowLoans], balance+n[flowBaseTotal]
			}
			for to := range in.to {
				n := in.at(c, from, to)
				if n[flowLoans] == 0 {
					continue
				}
				t.Append(currency, s.BaseDate, name, b.destination(to), n[flowLoans], n[flowBaseTotal], n[flowTotal],
					ratio(n[flowLoans], loans), ratio(n[flowBaseTotal], balance))
			}
		}
	}
}

// bucketOrder is the order of where loans come from: buckets, new, returned, none.
func bucketOrder(buckets int) (list []int) {
	for k := range buckets - 1 {
		list = append(list, k)
	}
	return append(list, buckets+fromNew, buckets+fromReturned, buckets-1)
}

// A roll is what became of the loans of a bucket of the base.
type roll struct{ loans, balance, rolledLoans, rolledBalance int64 }

// fillRollRates fills in of the loans of each bucket at the base those that are in a later one
// now, or charged off or written off, and what of a bucket's balance would go on to a loss
// month by month at those rates.
func fillRollRates(b *Builder, s *Settings, t *Table) {
	if !b.is {
		return
	}
	in, names := &b.flows[bucketFlow], b.dictionaries[aging.Bucket]
	buckets := codePlaces(b.dictionaries, aging.Bucket)
	for c, currency := range b.currencies() {
		if !in.isOfLoans(c) {
			continue
		}
		rolls := make([]roll, len(names))
		for k := range rolls {
			r := &rolls[k]
			for to := range in.to {
				n := in.at(c, k, to)
				r.loans, r.balance = r.loans+n[flowLoans], r.balance+n[flowBaseTotal]
				status := to - buckets
				if status >= 0 && b.left[status] == toLost || status < 0 && to > k && to < len(names) {
					r.rolledLoans, r.rolledBalance = r.rolledLoans+n[flowLoans], r.rolledBalance+n[flowBaseTotal]
				}
			}
		}
		for k, r := range rolls {
			t.Append(currency, s.BaseDate, names[k], r.loans, r.balance, r.rolledLoans, r.rolledBalance,
				ratio(r.rolledLoans, r.loans), ratio(r.rolledBalance, r.balance), flowToLoss(rolls[k:]))
		}
	}
}

// flowToLoss is the product of the rates by balance of a bucket and those behind it, rounded
// once.
func flowToLoss(rolls []roll) int64 {
	num, den := big.NewInt(1), big.NewInt(1)
	for i := range rolls {
		num.Mul(num, big.NewInt(rolls[i].rolledBalance))
		den.Mul(den, big.NewInt(rolls[i].balance))
	}
	return quotient(num, den)
}

// A classFlow is the rows of a class.
type classFlow struct {
	t              *Table
	key            [3]any // pack, currency, base date
	class          string
	gross, allowed int64 // so far
}

// row appends a flow, where it is of loans, and adds it up.
func (m *classFlow) row(flow string, other any, loans, gross, allowance int64) {
	if loans == 0 {
		return
	}
	m.gross, m.allowed = m.gross+gross, m.allowed+allowance
	m.t.Append(m.key[0], m.key[1], m.key[2], m.class, flow, other, loans, gross, allowance)
}

// fillStageMovement fills in, for each class of each pack, what was carried and provided at
// the base, what came and went since, and what is there now.
// Source: regulatory.md, section 8, stage_movement.
func fillStageMovement(b *Builder, s *Settings, t *Table) {
	if !b.is {
		return
	}
	for i, pack := range b.packs() {
		in, names := &b.flows[packFlows+i], b.dictionaries[aging.PackClass+aging.Code(i)]
		for c, currency := range b.currencies() {
			if !in.isOfLoans(c) {
				continue
			}
			for class := range len(names) + 1 {
				m := classFlow{t: t, key: [3]any{pack, currency, s.BaseDate}, class: newPack}
				if class < len(names) {
					m.class = names[class]
				}
				m.fill(in, names, c, class)
			}
		}
	}
}

// fill appends the rows of a class; that behind the last is of a pack that is new.
func (m *classFlow) fill(in *flow, names []string, currency, class int) {
	classes := len(names)
	name := func(k int) any {
		if k < classes {
			return names[k]
		}
		return newPack
	}
	var opening, closing, both [flowNumbersMax]int64
	for to := range in.to {
		add(&opening, in.at(currency, class, to))
	}
	if class < classes {
		for from := range in.from {
			add(&closing, in.at(currency, from, class))
			if from <= classes+fromNewPack {
				add(&both, in.at(currency, from, class))
			}
		}
	} else if opening[flowLoans] == 0 {
		return // nothing is new
	}
	m.gross, m.allowed = opening[flowBaseGross], opening[flowBaseAllowance]
	m.t.Append(m.key[0], m.key[1], m.key[2], m.class, "opening", nil, opening[flowLoans], m.gross, m.allowed)
	if class < classes {
		for _, came := range []struct {
			flow string
			from int
		}{{"new", classes + fromNew}, {"returned", classes + fromReturned}} {
			n := in.at(currency, came.from, class)
			m.row(came.flow, nil, n[flowLoans], n[flowGross], n[flowAllowance])
		}
		for from := range classes + fromNewPack + 1 {
			if n := in.at(currency, from, class); from != class {
				m.row("transfer_in", name(from), n[flowLoans], n[flowBaseGross], n[flowBaseAllowance])
			}
		}
	}
	for to := range classes {
		if n := in.at(currency, class, to); to != class {
			m.row("transfer_out", name(to), n[flowLoans], -n[flowBaseGross], -n[flowBaseAllowance])
		}
	}
	m.row("repaid", nil, both[flowLoans], -both[flowPaid], 0)
	m.row("other", nil, both[flowLoans], both[flowGross]-both[flowBaseGross]+both[flowPaid], 0)
	m.row("remeasured", nil, both[flowLoans], 0, both[flowAllowance]-both[flowBaseAllowance])
	for _, went := range []struct {
		flow string
		to   int
	}{{"settled", classes + toSettled}, {"charged_off", classes + toLost}} {
		n := in.at(currency, class, went.to)
		m.row(went.flow, nil, n[flowLoans], -n[flowBaseGross], -n[flowBaseAllowance])
	}
	if m.gross != closing[flowGross] || m.allowed != closing[flowAllowance] {
		panic("reports: internal error: the movement of class " + m.class + " does not close")
	}
	m.t.Append(m.key[0], m.key[1], m.key[2], m.class, "closing", nil, closing[flowLoans], m.gross, m.allowed)
}

func add(to *[flowNumbersMax]int64, n [flowNumbersMax]int64) {
	for k := range n {
		to[k] += n[k]
	}
}

// fillChargeOffsMonth fills in what was charged off and recovered since the base, by product,
// and its yearly rate of what was outstanding meanwhile.
func fillChargeOffsMonth(b *Builder, s *Settings, t *Table) {
	if !b.is {
		return
	}
	in, days := &b.flows[productFlow], int64(s.BusinessDate-s.BaseDate)
	for c, currency := range b.currencies() {
		unit := money.Pow10(b.scale - digitsOf(currency, b.scale))
		for p := range in.from {
			n := in.at(c, p, 0)
			if n[flowLoans] == 0 {
				continue
			}
			net := n[flowChargedOff] - n[flowRecovered]
			average := halfEven(n[flowOnBookThen]+n[flowOnBookNow], 2*unit) * unit
			rate := quotient(new(big.Int).Mul(big.NewInt(net), big.NewInt(365)), new(big.Int).Mul(big.NewInt(average), big.NewInt(days)))
			t.Append(currency, s.BaseDate, b.name(aging.Product, p, none), n[flowChargedOff], n[flowRecovered], net, average, rate)
		}
	}
}

// halfEven divides by a positive number and rounds once, a half to the even one.
func halfEven(a, b int64) int64 {
	q, r := a/b, a%b
	if r < 0 {
		q, r = q-1, r+b
	}
	if 2*r > b || 2*r == b && q&1 != 0 {
		q++
	}
	return q
}

// indianPack is the pack whose non-performing loans are NPA.
const indianPack = "in"

// fillNPAMovement fills in what was carried of NPA at the base, what came and went since, and
// what is carried now, under the pack in. What became owed of loans that are NPA at both is an
// addition, what was paid of them and the balance of those settled recovered.
func fillNPAMovement(b *Builder, s *Settings, t *Table) {
	if !b.is {
		return
	}
	for i, pack := range b.packs() {
		if pack != indianPack {
			continue
		}
		in, bad := &b.flows[packFlows+i], s.Packs[i].NonPerforming
		for c, currency := range b.currencies() {
			if !in.isOfLoans(c) {
				continue
			}
			var opening, additions, upgraded, recovered, writtenOff, closing int64
			for from := range in.from {
				for to := range in.to {
					n := in.at(c, from, to)
					was, is := from < len(bad) && bad[from], to < len(bad) && bad[to]
					if was {
						opening += n[flowBaseGross]
					}
					if is {
						closing += n[flowGross]
					}
					switch {
					case was && is:
						additions += n[flowGross] - n[flowBaseGross] + n[flowPaid]
						recovered += n[flowPaid]
					case is:
						additions += n[flowGross]
					case was && to == len(bad)+toLost:
						writtenOff += n[flowBaseGross]
					case was && to == len(bad)+toSettled:
						recovered += n[flowBaseGross]
					case was:
						upgraded += n[flowBaseGross]
					}
				}
			}
			t.Append(currency, s.BaseDate, opening, additions, upgraded, recovered, writtenOff, closing)
		}
	}
}
