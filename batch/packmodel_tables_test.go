package batch

import (
	"fmt"
	"math/big"
	"slices"
	"sort"
	"strings"
)

// Tables of section 8 that are functions of published tapes, over rows as they are read
// from Parquet or CSV. A table is its rows, each with all its columns; where the contract
// leaves an order open, or whether a row without loans is there, compare with
// pmTableFaults, which looks at neither.

type pmRow = map[string]string

// A pmTapes is a night's tape and that of its month base; base is pmNone without one.
type pmTapes struct {
	policy   *pmPolicy
	b, base  int32
	now      []pmRow
	then     []pmRow
	forborne map[string]bool // loans whose hold forborne of the pack eu is active
}

// pmBaseOf is the last of the closes in an earlier month than a date's, or pmNone.
func pmBaseOf(closes []int32, b int32) int32 {
	base := pmNone
	for _, c := range closes {
		if pmMonth(c) < pmMonth(b) {
			base = max(base, c)
		}
	}
	return base
}

func (x *pmTapes) thenOf(loan string) pmRow {
	for _, row := range x.then {
		if row["loan_id"] == loan {
			return row
		}
	}
	return nil
}

func pmRowOnBook(row pmRow) bool { return row != nil && pmOnBook(row["status"]) }

func pmCarrying(row pmRow) int64 {
	return pmCents(row["total_outstanding"]) - pmCents(row["interest_suspended"])
}

func pmPaid(row pmRow) (sum int64) {
	for _, c := range []string{"principal", "interest", "fees", "penalties"} {
		sum += pmCents(row[c+"_paid"])
	}
	return sum
}

// pmRatio is a rate: six decimals, half-even, empty where the divisor is 0.
func pmRatio(a, b int64) string {
	if b == 0 {
		return ""
	}
	return pmSix(big.NewRat(a, b))
}

func pmSix(x *big.Rat) string {
	n := pmRound(new(big.Rat).Mul(x, big.NewRat(1_000_000, 1)))
	sign := ""
	if n.Sign() < 0 {
		sign = "-"
	}
	text := fmt.Sprintf("%07d", n.Abs(n))
	return sign + text[:len(text)-6] + "." + text[len(text)-6:]
}

// currencies are those with a loan on the book tonight.
func (x *pmTapes) currencies() (list []string) {
	for _, c := range x.policy.currencies {
		if slices.ContainsFunc(x.now, func(row pmRow) bool { return row["currency"] == c && pmRowOnBook(row) }) {
			list = append(list, c)
		}
	}
	return list
}

func pmTableRow(values ...any) pmRow {
	row := pmRow{}
	for i := 0; i < len(values); i += 2 {
		text := fmt.Sprint(values[i+1])
		if a, is := values[i+1].(int64); is {
			text = naiveMoney(a)
		}
		row[values[i].(string)] = text
	}
	return row
}

// classificationByPack has ratios in the row total alone, as the table classification; a pack
// without provisions has no allowance.
func (x *pmTapes) classificationByPack() (rows []pmRow) {
	for _, p := range x.policy.packs {
		none := pmMap(p.file["provision"])["method"] == "none"
		illustrative := pmMap(p.file["provision"])["illustrative"] == true
		for _, currency := range x.currencies() {
			all := int64(0)
			for _, row := range x.now {
				if row["currency"] == currency && pmRowOnBook(row) {
					all += pmCents(row["total_outstanding"])
				}
			}
			var total [4]int64 // loans, balance, non-performing, allowance
			put := func(class string, sum [4]int64) {
				row := pmTableRow("pack", p.name, "currency", currency, "class", class, "loans", fmt.Sprint(sum[0]), "balance", sum[1], "share", pmRatio(sum[1], all),
					"non_performing", sum[2], "allowance", sum[3], "npl_ratio", pmRatio(sum[2], sum[1]), "coverage", pmRatio(sum[3], sum[2]),
					"provision_ratio", pmRatio(sum[3], sum[1]), "illustrative", illustrative)
				if class != "total" {
					row["npl_ratio"], row["coverage"], row["provision_ratio"] = "", "", ""
				}
				if none {
					row["allowance"], row["coverage"], row["provision_ratio"] = "", "", ""
				}
				rows = append(rows, row)
			}
			for _, class := range p.classes {
				var sum [4]int64
				for _, row := range x.now {
					if row["currency"] != currency || !pmRowOnBook(row) || row[p.name+"_class"] != class {
						continue
					}
					balance := pmCents(row["total_outstanding"])
					sum[0]++
					sum[1] += balance
					if p.bad[class] {
						sum[2] += balance
					}
					sum[3] += pmCents(row[p.name+"_provision"])
				}
				for i := range sum {
					total[i] += sum[i]
				}
				put(class, sum)
			}
			put("total", total)
		}
	}
	return rows
}

// rules has those that hold for a loan on the book; what contagion made has a row a class.
func (x *pmTapes) rules() (rows []pmRow) {
	for _, p := range x.policy.packs {
		cites := map[string]string{}
		var order []string
		for _, table := range pmMaps(p.file["tables"]) {
			for _, row := range pmMaps(table["rows"]) {
				cites[fmt.Sprint(row["rule"])] = fmt.Sprint(row["cite"])
				order = append(order, fmt.Sprint(row["rule"]))
			}
		}
		if spec, is := p.file["contagion"].(map[string]any); is {
			cites["contagion"], order = fmt.Sprint(spec["cite"]), append(order, "contagion")
		}
		for _, currency := range x.currencies() {
			for _, rule := range order {
				for _, class := range p.classes {
					loans, balance := 0, int64(0)
					for _, row := range x.now {
						if row["currency"] == currency && pmRowOnBook(row) && row[p.name+"_rule"] == rule && row[p.name+"_class"] == class {
							loans++
							balance += pmCents(row["total_outstanding"])
						}
					}
					if loans > 0 {
						rows = append(rows, pmTableRow("pack", p.name, "currency", currency, "rule", rule, "class", class, "cite", cites[rule], "loans", loans, "balance", balance))
					}
				}
			}
		}
	}
	return rows
}

// pmFlows are in the order of the contract.
var pmFlows = []string{"opening", "new", "returned", "transfer_in", "transfer_out", "repaid", "other", "remeasured", "settled", "charged_off", "closing"}

// stageMovement is each loan's flows, added up.
func (x *pmTapes) stageMovement() (rows []pmRow) {
	if x.base == pmNone {
		return nil
	}
	for _, p := range x.policy.packs {
		type key struct{ currency, class, flow, other string }
		sums := map[key]*[3]int64{}
		for _, row := range x.now {
			add := func(class, flow, other string, gross, allowance int64) {
				k := key{row["currency"], class, flow, other}
				if sums[k] == nil {
					sums[k] = &[3]int64{}
				}
				sums[k][0]++
				sums[k][1] += gross
				sums[k][2] += allowance
			}
			then := x.thenOf(row["loan_id"])
			c1, g1, a1 := row[p.name+"_class"], pmCarrying(row), pmCents(row[p.name+"_provision"])
			c0, g0, a0 := "", int64(0), int64(0)
			if pmRowOnBook(then) {
				if c0 = then[p.name+"_class"]; c0 == "" {
					c0 = "new_pack"
				} else {
					a0 = pmCents(then[p.name+"_provision"])
				}
				g0 = pmCarrying(then)
				add(c0, "opening", "", g0, a0)
			}
			switch {
			case pmRowOnBook(then) && pmRowOnBook(row):
				if c0 != c1 {
					add(c1, "transfer_in", c0, g0, a0)
					add(c0, "transfer_out", c1, -g0, -a0)
				}
				paid := pmPaid(row) - pmPaid(then)
				add(c1, "repaid", "", -paid, 0)
				add(c1, "other", "", g1-g0+paid, 0)
				add(c1, "remeasured", "", 0, a1-a0)
			case pmRowOnBook(then) && (row["status"] == "charged_off" || row["status"] == "written_off"):
				add(c0, "charged_off", "", -g0, -a0)
			case pmRowOnBook(then):
				add(c0, "settled", "", -g0, -a0)
			case pmRowOnBook(row) && then == nil:
				add(c1, "new", "", g1, a1)
			case pmRowOnBook(row):
				add(c1, "returned", "", g1, a1)
			}
			if pmRowOnBook(row) {
				add(c1, "closing", "", g1, a1)
			}
		}
		classes := append(slices.Clone(p.classes), "new_pack")
		for _, currency := range x.policy.currencies {
			for _, class := range classes {
				for _, flow := range pmFlows {
					for _, other := range append([]string{""}, classes...) {
						if s := sums[key{currency, class, flow, other}]; s != nil {
							rows = append(rows, pmTableRow("pack", p.name, "currency", currency, "base_date", pmDay8(x.base), "class", class, "flow", flow, "other_class", other,
								"loans", fmt.Sprint(s[0]), "gross", s[1], "allowance", s[2]))
						}
					}
				}
			}
		}
	}
	return rows
}

var pmBuckets = []string{"C", "M1", "M2", "M3", "M4", "M5", "M6", "M7"}

func (x *pmTapes) rollRates() (rows []pmRow) {
	if x.base == pmNone {
		return nil
	}
	for _, currency := range x.policy.currencies {
		var loans, rolled [8]int
		var balance, rolledBalance [8]int64
		found := false
		for _, row := range x.now {
			then := x.thenOf(row["loan_id"])
			if row["currency"] != currency || !pmRowOnBook(then) {
				continue
			}
			found = true
			k := slices.Index(pmBuckets, then["bucket"])
			total := pmCents(then["total_outstanding"])
			loans[k]++
			balance[k] += total
			isOff := row["status"] == "charged_off" || row["status"] == "written_off"
			if isOff || pmRowOnBook(row) && slices.Index(pmBuckets, row["bucket"]) > k {
				rolled[k]++
				rolledBalance[k] += total
			}
		}
		for k, bucket := range pmBuckets {
			if !found {
				break
			}
			flow, is := big.NewRat(1, 1), true
			for j := k; j < len(pmBuckets); j++ {
				if balance[j] == 0 {
					is = false
					break
				}
				flow.Mul(flow, big.NewRat(rolledBalance[j], balance[j]))
			}
			text := ""
			if is {
				text = pmSix(flow)
			}
			rows = append(rows, pmTableRow("currency", currency, "base_date", pmDay8(x.base), "bucket", bucket, "loans", loans[k], "balance", balance[k], "rolled_loans", rolled[k],
				"rolled_balance", rolledBalance[k], "roll_rate_by_count", pmRatio(int64(rolled[k]), int64(loans[k])), "roll_rate_by_balance", pmRatio(rolledBalance[k], balance[k]),
				"flow_to_loss", text))
		}
	}
	return rows
}

func (x *pmTapes) migrationMonth() (rows []pmRow) {
	if x.base == pmNone {
		return nil
	}
	places := append(slices.Clone(pmBuckets), "settled", "overpaid", "charged_off", "written_off", "new", "returned")
	for _, currency := range x.policy.currencies {
		type key struct{ from, to string }
		loans, balance, now := map[key]int64{}, map[key]int64{}, map[key]int64{}
		allLoans, allBalance := map[string]int64{}, map[string]int64{}
		for _, row := range x.now {
			then := x.thenOf(row["loan_id"])
			if row["currency"] != currency || !pmRowOnBook(then) && !pmRowOnBook(row) {
				continue
			}
			k, was := key{"new", row["status"]}, int64(0)
			if pmRowOnBook(row) {
				k.to = row["bucket"]
			}
			switch {
			case pmRowOnBook(then):
				k.from, was = then["bucket"], pmCents(then["total_outstanding"])
			case then != nil:
				k.from = "returned"
			}
			loans[k]++
			balance[k] += was
			now[k] += pmCents(row["total_outstanding"])
			allLoans[k.from]++
			allBalance[k.from] += was
		}
		for _, from := range places {
			for _, to := range places {
				if k := (key{from, to}); loans[k] > 0 {
					rows = append(rows, pmTableRow("currency", currency, "base_date", pmDay8(x.base), "from", from, "to", to, "loans", fmt.Sprint(loans[k]), "balance", balance[k],
						"balance_now", now[k], "rate_by_count", pmRatio(loans[k], allLoans[from]), "rate_by_balance", pmRatio(balance[k], allBalance[from])))
				}
			}
		}
	}
	return rows
}

// pmCures is the table after the last of some nights, in their order: the cohorts are of
// closes.
func pmCures(policy *pmPolicy, nights []int32, tapes [][]pmRow) (rows []pmRow) {
	type cohort struct {
		currency string
		month    int
		bucket   string
	}
	type cure struct {
		of      cohort
		on      int32
		relapse int32
	}
	last := map[string]*cure{}
	var all []*cure
	for i, b := range nights {
		for _, row := range tapes[i] {
			id := row["loan_id"]
			if row["last_cured_on"] == pmDay8(b) {
				last[id] = &cure{of: cohort{row["currency"], pmMonth(b), row["last_cured_bucket"]}, on: b, relapse: pmNone}
				all = append(all, last[id])
				continue
			}
			if c := last[id]; c != nil && c.relapse == pmNone && pmInt(row["days_past_due"]) >= 31 {
				c.relapse = b
			}
		}
	}
	counts := map[cohort]*[4]int{}
	for _, c := range all {
		if c.of.month < pmMonth(nights[len(nights)-1])-24 {
			continue
		}
		if counts[c.of] == nil {
			counts[c.of] = &[4]int{}
		}
		counts[c.of][0]++
		for k, n := range []int{3, 6, 12} {
			if c.relapse != pmNone && c.relapse <= pmAddMonths(c.on, n) {
				counts[c.of][k+1]++
			}
		}
	}
	for c, n := range counts {
		rows = append(rows, pmTableRow("currency", c.currency, "cured_month", fmt.Sprintf("%04d-%02d", c.month/12, c.month%12+1), "bucket", c.bucket,
			"cured", n[0], "redefaulted_3m", n[1], "redefaulted_6m", n[2], "redefaulted_12m", n[3]))
	}
	sort.Slice(rows, func(i, j int) bool {
		a, b := rows[i], rows[j]
		x, y := slices.Index(policy.currencies, a["currency"]), slices.Index(policy.currencies, b["currency"])
		return x < y || x == y && (a["cured_month"] < b["cured_month"] || a["cured_month"] == b["cured_month"] && slices.Index(pmBuckets, a["bucket"]) < slices.Index(pmBuckets, b["bucket"]))
	})
	return rows
}

func (x *pmTapes) vintage() (rows []pmRow) {
	for _, currency := range x.policy.currencies {
		months := map[string]*[7]int64{} // loans, originated, 30, 60, 90, charged off, recovered
		first := map[string]int{}
		var order []string
		for _, row := range x.now {
			if row["currency"] != currency {
				continue
			}
			month := row["disbursed_on"][:7]
			if months[month] == nil {
				months[month], order = &[7]int64{}, append(order, month)
				first[month] = pmMonth(pmDate(row["disbursed_on"]))
			}
			m := months[month]
			m[0]++
			m[1] += pmCents(row["principal"])
			for i, days := range []int64{30, 60, 90} {
				if pmRowOnBook(row) && pmInt(row["days_past_due"]) >= days {
					m[2+i] += pmCents(row["total_outstanding"])
				}
			}
			m[5] += pmCents(row["charged_off"])
			m[6] += pmCents(row["recovered"])
		}
		slices.Sort(order)
		for _, month := range order {
			m := months[month]
			rows = append(rows, pmTableRow("currency", currency, "booked_month", month, "months_on_book", pmMonth(x.b)-first[month], "loans", fmt.Sprint(m[0]), "originated", m[1],
				"past_due_30", m[2], "past_due_60", m[3], "past_due_90", m[4], "charged_off", m[5], "recovered", m[6], "cumulative_loss_rate", pmRatio(m[5]-m[6], m[1])))
		}
	}
	return rows
}

// npaMovement closes: opening + additions − upgraded − recovered − written_off = closing.
// What is earned or charged on loans that are non-performing at both is an addition, and
// those that are paid off are recovered.
func (x *pmTapes) npaMovement() (rows []pmRow) {
	i := slices.IndexFunc(x.policy.packs, func(p *pmPack) bool { return p.name == "in" })
	if x.base == pmNone || i < 0 {
		return nil
	}
	p := x.policy.packs[i]
	for _, currency := range x.policy.currencies {
		var opening, additions, upgraded, recovered, off, closing int64
		found := false
		for _, row := range x.now {
			if row["currency"] != currency {
				continue
			}
			then := x.thenOf(row["loan_id"])
			was, is := pmRowOnBook(then) && p.bad[then["in_class"]], pmRowOnBook(row) && p.bad[row["in_class"]]
			found = found || pmRowOnBook(row) || pmRowOnBook(then)
			g0, g1 := int64(0), pmCarrying(row)
			if was {
				g0 = pmCarrying(then)
				opening += g0
			}
			if is {
				closing += g1
			}
			switch {
			case was && is:
				paid := pmPaid(row) - pmPaid(then)
				recovered += paid
				additions += g1 - g0 + paid
			case is:
				additions += g1
			case was && pmRowOnBook(row):
				upgraded += g0
			case was && (row["status"] == "charged_off" || row["status"] == "written_off"):
				off += g0
			case was:
				recovered += g0
			}
		}
		if found {
			rows = append(rows, pmTableRow("currency", currency, "base_date", pmDay8(x.base), "opening", opening, "additions", additions, "upgraded", upgraded, "recovered", recovered,
				"written_off", off, "closing", closing))
		}
	}
	return rows
}

// pmBand is the band of FINREP F 18.
func pmBand(row pmRow, b int32, bad bool) (status, band string) {
	days := pmInt(row["days_past_due"])
	switch {
	case !bad && days <= 30:
		return "performing", "0_30"
	case !bad:
		return "performing", "31_90"
	case days <= 90:
		return "non_performing", "unlikely_to_pay"
	case days <= 180:
		return "non_performing", "91_180"
	}
	oldest := pmDate(row["oldest_unpaid_due_on"])
	for _, x := range []struct {
		years int
		band  string
	}{{1, "181d_1y"}, {2, "1_2y"}, {5, "2_5y"}, {7, "5_7y"}} {
		if b <= pmAddMonths(oldest, 12*x.years) {
			return "non_performing", x.band
		}
	}
	return "non_performing", "over_7y"
}

func (x *pmTapes) finrepF18() (rows []pmRow) {
	i := slices.IndexFunc(x.policy.packs, func(p *pmPack) bool { return p.name == "eu" })
	if i < 0 {
		return nil
	}
	p := x.policy.packs[i]
	bands := strings.Fields("performing/0_30 performing/31_90 non_performing/unlikely_to_pay non_performing/91_180 non_performing/181d_1y non_performing/1_2y non_performing/2_5y non_performing/5_7y non_performing/over_7y")
	for _, currency := range x.currencies() {
		for _, key := range bands {
			var loans, gross, forborne, allowance int64
			for _, row := range x.now {
				status, band := "", ""
				if row["currency"] == currency && pmRowOnBook(row) {
					status, band = pmBand(row, x.b, p.bad[row["eu_class"]])
				}
				if status+"/"+band != key {
					continue
				}
				loans++
				gross += pmCarrying(row)
				allowance += pmCents(row[x.carried()+"_provision"])
				if x.forborne[row["loan_id"]] {
					forborne += pmCarrying(row)
				}
			}
			status, band, _ := strings.Cut(key, "/")
			rows = append(rows, pmTableRow("currency", currency, "status", status, "band", band, "loans", fmt.Sprint(loans), "gross", gross, "of_which_forborne", forborne, "allowance", x.shown(allowance)))
		}
	}
	return rows
}

// backstop: each loan stands in the last step that it has reached.
func (x *pmTapes) backstop() (rows []pmRow) {
	i := slices.IndexFunc(x.policy.packs, func(p *pmPack) bool { return p.name == "eu" })
	if i < 0 {
		return nil
	}
	spec := pmMap(x.policy.packs[i].file["backstop"])
	steps := pmMaps(spec["factors"])
	reached := func(row pmRow) int {
		step := -1
		since := row["eu_non_performing_since"]
		if since == "" || !pmRowOnBook(row) || pmDate(row["disbursed_on"]) < pmDate(spec["from"]) {
			return step
		}
		for k, s := range steps {
			op, years := pmOp(s["years"].(string))
			if op != ">" {
				panic("no years: " + s["years"].(string))
			}
			if x.b > pmAddMonths(pmDate(since), 12*int(years)) {
				step = k
			}
		}
		return step
	}
	for _, currency := range x.currencies() {
		for k, s := range steps {
			var loans, gross, required, allowance, shortfall int64
			factor := pmRat(s["factor"])
			for _, row := range x.now {
				if row["currency"] != currency || reached(row) != k {
					continue
				}
				g, a := pmCarrying(row), pmCents(row[x.carried()+"_provision"])
				need := pmRound(new(big.Rat).Mul(big.NewRat(g, 1), factor)).Int64()
				loans++
				gross += g
				allowance += a
				required += need
				shortfall += max(0, need-a)
			}
			rows = append(rows, pmTableRow("currency", currency, "years", s["years"], "loans", fmt.Sprint(loans), "gross", gross, "factor", pmSix(factor), "required", required,
				"allowance", x.shown(allowance), "shortfall", shortfall))
		}
	}
	return rows
}

func (x *pmTapes) watchlist() (rows []pmRow) {
	var list []pmRow
	for _, row := range x.now {
		if pmRowOnBook(row) && row["days_past_due"] == "0" && strings.HasPrefix(row["score_delta"], "-") {
			list = append(list, row)
		}
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		x, y := slices.Index(x.policy.currencies, a["currency"]), slices.Index(x.policy.currencies, b["currency"])
		p, q := pmInt(a["score_delta"]), pmInt(b["score_delta"])
		return x < y || x == y && (p < q || p == q && a["loan_id"] < b["loan_id"])
	})
	for _, row := range list {
		history, moves := row["history_24m"], 0
		for i := range 6 {
			if history[i] != history[i+1] {
				moves++
			}
		}
		days := ""
		if row["next_due_on"] != "" {
			days = fmt.Sprint(pmDate(row["next_due_on"]) - x.b)
		}
		out := pmTableRow("old_score", fmt.Sprint(pmInt(row["score"])-pmInt(row["score_delta"])), "days_to_due", days, "bucket_moves_6m", moves)
		for _, c := range strings.Fields("currency loan_id borrower_id product score score_delta reason_1 reason_2 reason_3 reason_4 next_due_on total_outstanding") {
			out[c] = row[c]
		}
		rows = append(rows, out)
	}
	return rows
}

// pmTableFaults compares the rows of two tables in the columns of the model, whatever their
// order; rows without loans may be there or not.
func pmTableFaults(name string, got, want []pmRow) (faults []string) {
	texts := func(rows []pmRow) map[string]int {
		m := map[string]int{}
		for _, row := range rows {
			if row["loans"] == "0" {
				continue
			}
			var columns []string
			for c, v := range row {
				if c != "business_date" {
					columns = append(columns, c+"="+v)
				}
			}
			slices.Sort(columns)
			m[strings.Join(columns, " ")]++
		}
		return m
	}
	a, b := texts(got), texts(want)
	for text := range a {
		if a[text] != b[text] {
			faults = append(faults, fmt.Sprintf("%s: has %d rows, the model %d: %s", name, a[text], b[text], text))
		}
	}
	for text := range b {
		if a[text] == 0 {
			faults = append(faults, fmt.Sprintf("%s: has no row, the model %d: %s", name, b[text], text))
		}
	}
	slices.Sort(faults)
	return faults
}

// shown is an allowance as tables of the pack eu show it: nothing where no pack's provisions are.
func (x *pmTapes) shown(allowance int64) any {
	if x.policy.post == "" {
		return ""
	}
	return allowance
}

// carried is the pack whose provisions a table of the pack eu shows: eu itself reckons none, so
// that it is the one that is posted (docs/formats.md).
func (x *pmTapes) carried() string {
	if x.policy.post != "" {
		return x.policy.post
	}
	return "eu"
}
