package batch

import (
	"cmp"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"daybook/batch/publish"
	"daybook/ledger/civil"
)

// tablesPolicy has every pack that a table asks for, currencies of different digits, and late
// classes: a borrower's loans under the pack in.
const tablesPolicy = `
format_version: 1
jurisdiction: none
currencies: [CNY, USD, JPY]
products:
  default: {}
  card: {card: true, attributes: [open_end]}
  home: {attributes: [secured, home, home_secured]}
  business: {attributes: [non_retail]}
packs: [cn, eu, us, in]
reports: {monthly: [pboc, metro2], metro2: {identification: X1, name: Lender, products: {business: {portfolio: O, account_type: '20'}}}}
provisions: {post: cn, when: nightly}
`

// A tablesYear is a lender whose tables are compared with what its tapes say, each night.
type tablesYear struct {
	*lender
	r       *rand.Rand
	nights  []string
	tapes   []map[string]map[string]string // by night
	paid    map[string][]civil.Date        // by loan: value dates of repayments that were applied
	measure map[string][]civil.Date        // by loan, of those that were applied
	rows    int                            // that the table at hand had
	// adjusted are the rows of a night, frequency that of a loan; differs counts loans that two
	// payments and 30 days see otherwise.
	adjusted  map[string][]adjustmentFile
	sent      map[string][]repaymentFile // by night
	frequency map[string]string
	differs   int
	relapses  int
	monthly   int // nights with monthly_status
	bureau    bureauSeen
}

var tablesCurrencies = []string{"CNY", "USD", "JPY"}

// makeTablesYear delivers loans, some lent years ago, repayments, restructurings and flags for nights that are apart
// by days or by weeks.
func makeTablesYear(t *testing.T, seed uint64, loans, nights int) *tablesYear {
	x := &tablesYear{lender: newLender(t), r: rand.New(rand.NewPCG(seed, 3)), paid: map[string][]civil.Date{}, measure: map[string][]civil.Date{},
		adjusted: map[string][]adjustmentFile{}, sent: map[string][]repaymentFile{}, frequency: map[string]string{}}
	x.policy(tablesPolicy)
	night := civil.Of(2025, 1, 20)
	currency := map[string]string{}
	var ids []string
	for n := range nights {
		date := night.String()
		x.nights = append(x.nights, date)
		var lent []loanFile
		for range loans / (1 + 3*min(n, 1)) {
			f := x.lend(night, crowded(fmt.Sprintf("L%04d", len(ids))), n == 0)
			lent = append(lent, f)
			ids = append(ids, f.LoanID)
			currency[f.LoanID], x.frequency[f.LoanID] = f.Currency, *f.Frequency
		}
		write(t, x.in(date), "loans", lent)
		x.pay(night, date, ids, currency)
		night += []civil.Date{1, 3, 12, 20, 31}[x.r.IntN(5)]
	}
	return x
}

// lend makes a loan.
func (x *tablesYear) lend(night civil.Date, id string, old bool) loanFile {
	r := x.r
	from := night - civil.Date(r.IntN(40))
	if old {
		from = night - civil.Date(r.IntN(3200))
	}
	f := loanFile{
		LoanID: id, BorrowerID: fmt.Sprintf("B%03d", r.IntN(60)), Product: []string{"default", "card", "home", "business"}[r.IntN(4)],
		Currency: tablesCurrencies[r.IntN(3)], Principal: int64(1+r.IntN(300)) * 3700, DisbursedOn: int32(from), FirstDueOn: int32(from) + 25 + int32(r.IntN(20)),
		Installments: int32(3 + r.IntN(24)), AnnualRate: int64(r.IntN(25)) * 10_000_000, Frequency: ptr([]string{"1M", "1M", "3M", "14D"}[r.IntN(4)]),
	}
	if f.Currency == "JPY" {
		f.Principal *= 100
	}
	return f
}

// pay delivers repayments of some loans, and what else befalls them.
func (x *tablesYear) pay(night civil.Date, date string, ids []string, currency map[string]string) {
	var repayments []repaymentFile
	var adjustments []adjustmentFile
	var flags []flagFile
	for k, id := range ids {
		r := x.r
		on := night - civil.Date(r.IntN(4))
		switch n := r.IntN(40); {
		case n < 12:
			amount := int64(1+r.IntN(60)) * 2900
			if currency[id] == "JPY" {
				amount *= 100
			}
			repayments = append(repayments, repaymentFile{fmt.Sprintf("R%s-%d", date, k), id, int32(on), amount, currency[id]})
		case n == 12:
			a := adjusts(x.t, fmt.Sprintf("A%s-%d", date, k), id, "restructure", on.String())
			a.Choice, a.Installments, a.FirstDueOn = ptr("reamortize"), ptr(int32(4+r.IntN(9))), ptr(int32(on)+int32(10+r.IntN(30)))
			adjustments = append(adjustments, a)
		case n == 13:
			flags = append(flags, flagFile{LoanID: ptr(id), Flag: []string{"watch", "default", "unlikely_to_pay", "fraud"}[r.IntN(4)], ValidFrom: int32(on), ValidUntil: ptr(int32(on) + 90)})
		case n == 14 && r.IntN(6) == 0:
			adjustments = append(adjustments, adjusts(x.t, fmt.Sprintf("A%s-%d", date, k), id, "charge_off", on.String()))
		}
	}
	x.adjusted[date], x.sent[date] = adjustments, repayments
	write(x.t, x.in(date), "repayments", repayments)
	write(x.t, x.in(date), "adjustments", adjustments)
	write(x.t, x.in(date), "flags", flags)
}

// check compares a table of a night, as CSV and as Parquet, with rows that the tape gives.
func (x *tablesYear) check(date, table string, columns string, want [][]string) {
	x.t.Helper()
	var lines []string
	names := strings.Split(columns, ",")
	for _, row := range want {
		if len(row) != len(names) {
			x.t.Fatalf("%s: a row of %d cells for %d columns", table, len(row), len(names))
		}
		lines = append(lines, date+","+strings.Join(row, ","))
	}
	data, err := os.ReadFile(filepath.Join(x.o.Out, date, "regulatory", table+".csv"))
	if err != nil {
		x.t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if head := "business_date," + columns; got[0] != head {
		x.t.Errorf("%s: %s has the columns %s, want %s", date, table, got[0], head)
	}
	for i := range max(len(lines), len(got)-1) {
		switch {
		case i >= len(lines):
			x.t.Errorf("%s: %s has a row %s", date, table, got[i+1])
		case i+1 >= len(got):
			x.t.Errorf("%s: %s lacks the row %s", date, table, lines[i])
		case lines[i] != got[i+1]:
			x.t.Errorf("%s: row %d of %s is\n%s, want\n%s", date, i, table, got[i+1], lines[i])
		}
		if x.t.Failed() {
			x.t.FailNow()
		}
	}
	if rows := x.table(date, "regulatory/"+table+".parquet"); len(rows) != len(lines) {
		x.t.Errorf("%s: %s has %d rows as Parquet and %d as CSV", date, table, len(rows), len(lines))
	}
	x.rows += len(want)
}

// each calls do with every loan on the book, in the order of their ids.
func each(tape map[string]map[string]string, do func(row map[string]string)) {
	for _, id := range sortedKeys(tape) {
		if row := tape[id]; row["status"] == "active" || row["status"] == "quarantined" {
			do(row)
		}
	}
}

func sortedKeys[V any](m map[string]V) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// hundredths reads an amount of a tape in hundredths.
func hundredths(t testing.TB, text string) int64 {
	t.Helper()
	if text == "" {
		return 0
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no amount", text)
	}
	r.Mul(r, big.NewRat(100, 1))
	if !r.IsInt() {
		t.Fatalf("%q has more than two digits", text)
	}
	return r.Num().Int64()
}

// moneyOf writes hundredths with the digits of a currency.
func moneyOf(cents int64, currency string) string {
	digits := 2
	if currency == "JPY" {
		digits = 0
	}
	return new(big.Rat).SetFrac64(cents, 100).FloatString(digits)
}

func numberOf(t testing.TB, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

const watchlistHead = "currency,loan_id,borrower_id,product,old_score,score,score_delta,reason_1,reason_2,reason_3,reason_4,next_due_on,days_to_due," +
	"total_outstanding,bucket_moves_6m"

// checkWatchlist holds the watchlist to the tape.
func (x *tablesYear) checkWatchlist(date string, tape map[string]map[string]string) {
	var want [][]string
	each(tape, func(row map[string]string) {
		delta := numberOf(x.t, row["score_delta"])
		if row["days_past_due"] != "0" || delta >= 0 {
			return
		}
		left := ""
		if row["next_due_on"] != "" {
			left = fmt.Sprint(int(day(x.t, row["next_due_on"]) - day(x.t, date)))
		}
		moves, h := 0, row["history_24m"]
		for i := range 6 {
			if h[i] != h[i+1] {
				moves++
			}
		}
		want = append(want, []string{
			row["currency"], row["loan_id"], row["borrower_id"], row["product"], fmt.Sprint(numberOf(x.t, row["score"]) - delta), row["score"], row["score_delta"],
			row["reason_1"], row["reason_2"], row["reason_3"], row["reason_4"], row["next_due_on"], left,
			moneyOf(hundredths(x.t, row["total_outstanding"]), row["currency"]), fmt.Sprint(moves),
		})
	})
	slices.SortStableFunc(want, func(a, b []string) int {
		return cmp.Or(cmp.Compare(slices.Index(tablesCurrencies, a[0]), slices.Index(tablesCurrencies, b[0])),
			cmp.Compare(numberOf(x.t, a[6]), numberOf(x.t, b[6])), strings.Compare(a[1], b[1]))
	})
	x.check(date, "watchlist", watchlistHead, want)
}

const f18Head = "currency,status,band,loans,gross,of_which_forborne,allowance"

// tableMonthsAfter adds months as the contract does: to the month's end at most.
func tableMonthsAfter(on civil.Date, n int) civil.Date {
	y, m, d := on.Split()
	for m += n; m > 12; m -= 12 {
		y++
	}
	return civil.Of(y, m, min(d, civil.DaysIn(y, m)))
}

// carryingOf is what the GL carries of a loan, in hundredths.
func (x *tablesYear) carryingOf(row map[string]string) int64 {
	return hundredths(x.t, row["total_outstanding"]) - hundredths(x.t, row["interest_suspended"])
}

// currenciesOnBook are those with a loan on the book, in the policy's order.
func currenciesOnBook(tape map[string]map[string]string) (list []string) {
	for _, c := range tablesCurrencies {
		has := false
		each(tape, func(row map[string]string) { has = has || row["currency"] == c })
		if has {
			list = append(list, c)
		}
	}
	return list
}

// checkF18 holds finrep_f18 to the tape. The tape does not say of a non-performing loan whether it is forborne: there the hold is
// looked for in a life of the loan's measures.
func (x *tablesYear) checkF18(date string, tape map[string]map[string]string) {
	type sum struct{ loans, gross, forborne, allowance int64 }
	sums := map[string]*sum{}
	each(tape, func(row map[string]string) {
		status, band, dpd, on := "performing", "0_30", numberOf(x.t, row["days_past_due"]), day(x.t, date)
		if row["eu_class"] == "non_performing" {
			status = "non_performing"
		}
		switch {
		case status == "performing" && dpd > 30:
			band = "31_90"
		case status == "performing":
		case dpd <= 90:
			band = "unlikely_to_pay"
		case dpd <= 180:
			band = "91_180"
		default:
			band = "over_7y"
			for _, b := range []struct {
				name   string
				months int
			}{{"5_7y", 84}, {"2_5y", 60}, {"1_2y", 24}, {"181d_1y", 12}} {
				if on <= tableMonthsAfter(day(x.t, row["oldest_unpaid_due_on"]), b.months) {
					band = b.name
				}
			}
		}
		key := row["currency"] + "," + status + "," + band
		if sums[key] == nil {
			sums[key] = &sum{}
		}
		s := sums[key]
		s.loans++
		s.gross += x.carryingOf(row)
		s.allowance += hundredths(x.t, row["cn_provision"])
		if row["eu_class"] == "performing_forborne" || status == "non_performing" && row["measures"] != "0" {
			s.forborne += x.carryingOf(row)
		}
	})
	var want [][]string
	for _, c := range currenciesOnBook(tape) {
		for _, r := range []string{"performing,0_30", "performing,31_90", "non_performing,unlikely_to_pay", "non_performing,91_180",
			"non_performing,181d_1y", "non_performing,1_2y", "non_performing,2_5y", "non_performing,5_7y", "non_performing,over_7y"} {
			s := sums[c+","+r]
			if s == nil {
				s = &sum{}
			}
			status, band, _ := strings.Cut(r, ",")
			want = append(want, []string{c, status, band, fmt.Sprint(s.loans), moneyOf(s.gross, c), moneyOf(s.forborne, c), moneyOf(s.allowance, c)})
		}
	}
	x.check(date, "finrep_f18", f18Head, want)
}

const backstopHead = "currency,years,loans,gross,factor,required,allowance,shortfall"

// roundHalfEven is a × num ÷ den in the smallest units of a currency, in hundredths.
func roundHalfEven(a int64, num, den int64, currency string) int64 {
	unit := int64(1)
	if currency == "JPY" {
		unit = 100
	}
	q := new(big.Rat).Mul(big.NewRat(a, unit), big.NewRat(num, den))
	floor := new(big.Int).Div(q.Num(), q.Denom())
	rest := new(big.Rat).Sub(q, new(big.Rat).SetInt(floor))
	if c := rest.Cmp(big.NewRat(1, 2)); c > 0 || c == 0 && floor.Bit(0) == 1 {
		floor.Add(floor, big.NewInt(1))
	}
	return floor.Int64() * unit
}

// checkBackstop holds backstop to the tape: 0.35 of the carrying amount after two years, all of it after three.
func (x *tablesYear) checkBackstop(date string, tape map[string]map[string]string) {
	var want [][]string
	for _, c := range currenciesOnBook(tape) {
		for k, years := range []string{"> 2", "> 3"} {
			var loans, gross, required, allowance, short int64
			each(tape, func(row map[string]string) {
				if row["currency"] != c || row["disbursed_on"] < "2019-04-26" || row["eu_non_performing_since"] == "" {
					return
				}
				since, on := day(x.t, row["eu_non_performing_since"]), day(x.t, date)
				if reached := on > tableMonthsAfter(since, 24+12*k); !reached || k == 0 && on > tableMonthsAfter(since, 36) {
					return
				}
				loans++
				carrying, provided := x.carryingOf(row), hundredths(x.t, row["cn_provision"])
				r := roundHalfEven(carrying, []int64{35, 100}[k], 100, c)
				gross, required, allowance, short = gross+carrying, required+r, allowance+provided, short+max(0, r-provided)
			})
			want = append(want, []string{c, years, fmt.Sprint(loans), moneyOf(gross, c), []string{"0.350000", "1.000000"}[k], moneyOf(required, c),
				moneyOf(allowance, c), moneyOf(short, c)})
		}
	}
	x.check(date, "backstop", backstopHead, want)
}

const pastDueHead = "currency,product,loans,balance,loans_30_89,past_due_30_89,loans_90,past_due_90,loans_non_accrual,non_accrual"

var tablesProducts = []string{"business", "card", "default", "home"}

// checkPastDue holds past_due by the rule two_payments to the tape.
func (x *tablesYear) checkPastDue(date string, tape map[string]map[string]string) {
	type sum struct{ loans, balance int64 }
	sums := map[string]*[4]sum{} // by currency and product: all, the two columns, non-accrual
	each(tape, func(row map[string]string) {
		key := row["currency"] + "," + row["product"]
		if sums[key] == nil {
			sums[key] = new([4]sum)
		}
		at, dpd := 0, numberOf(x.t, row["days_past_due"])
		late := dpd >= 30
		if f := x.frequency[row["loan_id"]]; f == "1M" || f == "3M" {
			late = numberOf(x.t, row["installments_missed"]) >= 2
			if late != (dpd >= 30) && dpd < 90 {
				x.differs++
			}
		}
		switch {
		case row["accrual"] == "non_accrual":
			at = 3
		case dpd >= 90:
			at = 2
		case late:
			at = 1
		}
		for _, k := range []int{0, at} {
			sums[key][k].loans++
			sums[key][k].balance += hundredths(x.t, row["total_outstanding"])
			if at == 0 {
				break
			}
		}
	})
	var want [][]string
	for _, c := range tablesCurrencies {
		for _, p := range tablesProducts {
			if s := sums[c+","+p]; s != nil {
				row := []string{c, p}
				for _, x := range s {
					row = append(row, fmt.Sprint(x.loans), moneyOf(x.balance, c))
				}
				want = append(want, row)
			}
		}
	}
	x.check(date, "past_due", pastDueHead, want)
}

// checkReAges holds re_age_exceptions to the measures that were taken and to the journal of all nights.
func (x *tablesYear) checkReAges(date string, tape map[string]map[string]string) {
	refused := x.rejects(date)
	for i, a := range x.adjusted[date] {
		if refused[fmt.Sprintf("adjustments.parquet:%d", i)] == "" && a.Kind == "restructure" {
			x.measure[a.LoanID] = append(x.measure[a.LoanID], civil.Date(a.ValueDate))
		}
	}
	seen := map[string]bool{}
	for _, row := range x.table(date, "journal/part-*.parquet") {
		if key := row["loan_id"] + "/" + row["source_id"]; row["kind"] == "repayment" && !seen[key] {
			seen[key] = true
			x.paid[row["loan_id"]] = append(x.paid[row["loan_id"]], day(x.t, row["value_date"]))
		}
	}
	var want [][]string
	for _, id := range sortedKeys(x.measure) {
		list := x.measure[id]
		slices.Sort(list)
		for i, on := range list {
			if tape[id]["product"] != "card" || on.String()[:7] != date[:7] {
				continue
			}
			year, five, paid := 0, 0, 0
			for _, d := range list[:i] {
				if on < tableMonthsAfter(d, 12) {
					year++
				}
				if on < tableMonthsAfter(d, 60) {
					five++
				}
			}
			for _, d := range x.paid[id] {
				if d < on && tableMonthsAfter(d, 3) >= on { // no day of these nights is at a month's end that clamps
					paid++
				}
			}
			reason := ""
			switch {
			case on < tableMonthsAfter(day(x.t, tape[id]["disbursed_on"]), 9):
				reason = "young"
			case year > 0:
				reason = "within_12_months"
			case five > 1:
				reason = "third_in_5_years"
			case paid < 3:
				reason = "fewer_than_3_payments"
			default:
				continue
			}
			want = append(want, []string{id, on.String(), reason})
		}
	}
	x.check(date, "re_age_exceptions", "loan_id,measure_on,reason", want)
}

// A tablesCohort is loans of a currency that were cured from a bucket in a month: their number, and how many relapsed within
// 3, 6 and 12 months.
type tablesCohort struct{ currency, month, bucket string }

// checkCures holds cures to the tapes of all nights up to this one.
func (x *tablesYear) checkCures(date string, _ map[string]map[string]string) {
	sums := map[tablesCohort]*[4]int{}
	for _, id := range sortedKeys(x.tapes[len(x.tapes)-1]) {
		var cohort tablesCohort
		cured, relapsed := civil.None, false
		for n := 1; n < len(x.tapes); n++ {
			was, row, on := x.tapes[n-1][id], x.tapes[n][id], day(x.t, x.nights[n])
			switch {
			case was == nil:
			case was["status"] == "active" && row["status"] == "active" && was["bucket"] != "C" && row["bucket"] == "C":
				cured, relapsed, cohort = on, false, tablesCohort{row["currency"], x.nights[n][:7], was["bucket"]}
				if sums[cohort] == nil {
					sums[cohort] = &[4]int{}
				}
				sums[cohort][0]++
			case cured != civil.None && !relapsed && numberOf(x.t, row["days_past_due"]) >= 31:
				relapsed = true
				for k, months := range []int{3, 6, 12} {
					if on <= tableMonthsAfter(cured, months) {
						sums[cohort][k+1]++
					}
				}
			}
		}
	}
	var list []tablesCohort
	oldest := fmt.Sprintf("%d%s", numberOf(x.t, date[:4])-2, date[4:7])
	for c := range sums {
		if c.month >= oldest {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b tablesCohort) int {
		return cmp.Or(cmp.Compare(slices.Index(tablesCurrencies, a.currency), slices.Index(tablesCurrencies, b.currency)),
			strings.Compare(a.month, b.month), strings.Compare(a.bucket, b.bucket))
	})
	var want [][]string
	for _, c := range list {
		s := sums[c]
		want = append(want, []string{c.currency, c.month, c.bucket, fmt.Sprint(s[0]), fmt.Sprint(s[1]), fmt.Sprint(s[2]), fmt.Sprint(s[3])})
		x.relapses += s[3]
	}
	x.check(date, "cures", "currency,cured_month,bucket,cured,redefaulted_3m,redefaulted_6m,redefaulted_12m", want)
}

// checkVintageHistory holds vintage_history to the tables vintage of the last close of each month.
func (x *tablesYear) checkVintageHistory(date string, _ map[string]map[string]string) {
	lasts := map[string]string{}
	for _, d := range x.nights[:len(x.tapes)] {
		lasts[d[:7]] = d
	}
	var want [][]string
	for _, month := range sortedKeys(lasts) {
		for _, row := range csvRows(x.t, filepath.Join(x.o.Out, lasts[month], "regulatory", "vintage.csv")) {
			var cells []string
			for _, name := range strings.Split(vintageHead, ",") {
				cells = append(cells, row[name])
			}
			want = append(want, append(cells, lasts[month]))
		}
	}
	slices.SortStableFunc(want, func(a, b []string) int {
		return cmp.Or(cmp.Compare(slices.Index(tablesCurrencies, a[0]), slices.Index(tablesCurrencies, b[0])), strings.Compare(a[1], b[1]))
	})
	x.check(date, "vintage_history", vintageHead+",as_of", want)
}

const vintageHead = "currency,booked_month,months_on_book,loans,originated,past_due_30,past_due_60,past_due_90,charged_off,recovered,cumulative_loss_rate"

// monthEnds reports whether a month has ended since the close before the last tape, or with it.
func (x *tablesYear) monthEnds(date string) bool {
	n := len(x.tapes)
	if n == 1 || day(x.t, date).MonthEnd() == day(x.t, date) {
		return true
	}
	before := x.nights[n-2]
	return before[:7] != date[:7] && day(x.t, before).MonthEnd() != day(x.t, before)
}

// checkMonthly holds monthly_status to the tape, on the first close on or after a month's end, and to nothing on other nights.
func (x *tablesYear) checkMonthly(date string, tape map[string]map[string]string) {
	if !x.monthEnds(date) {
		if found, err := filepath.Glob(filepath.Join(x.o.Out, date, "regulatory", "monthly_status.*")); err != nil || len(found) > 0 {
			x.t.Errorf("%s: no month ends since the close before, and there are %v", date, found)
		}
		return
	}
	var want [][]string
	for _, id := range sortedKeys(tape) {
		row := tape[id]
		state, class := "1", "9"
		switch dpd := numberOf(x.t, row["days_past_due"]); {
		case row["status"] == "settled" || row["status"] == "overpaid":
			state = "3"
		case row["status"] == "charged_off" || row["status"] == "written_off" || row["history_24m"][0] == 'B':
			state = "4"
		case dpd > 0:
			state = "2"
		}
		if i := slices.Index([]string{"pass", "special_mention", "substandard", "doubtful", "loss"}, row["classification"]); i >= 0 {
			class = fmt.Sprint(i + 1)
		}
		want = append(want, []string{id, row["borrower_id"], date[:7], row["history_24m"][:1], row["history_24m"], row["days_past_due"],
			moneyOf(hundredths(x.t, row["past_due_amount"]), ""), moneyOf(hundredths(x.t, row["total_outstanding"]), ""), state, class})
	}
	x.monthly++
	x.check(date, "monthly_status", "loan_id,borrower_id,month,status,history,days_past_due,past_due_amount,total_outstanding,account_state,class", want)
}

// TestTablesAreWhatTheTapeSays closes nights of more than a year and holds each table to the tapes.
func TestTablesAreWhatTheTapeSays(t *testing.T) {
	t.Parallel()
	checks := []struct {
		table string
		check func(x *tablesYear, date string, tape map[string]map[string]string)
	}{
		{"watchlist", (*tablesYear).checkWatchlist}, {"finrep_f18", (*tablesYear).checkF18}, {"backstop", (*tablesYear).checkBackstop},
		{"past_due", (*tablesYear).checkPastDue}, {"re_age_exceptions", (*tablesYear).checkReAges},
		{"cures", (*tablesYear).checkCures}, {"vintage_history", (*tablesYear).checkVintageHistory}, {"monthly_status", (*tablesYear).checkMonthly},
		{"metro2", (*tablesYear).checkBureau},
	}
	x := makeTablesYear(t, 1, 120, 24)
	rows := map[string]int{}
	for _, date := range x.nights {
		x.close(date)
		x.o.Policy = nil
		tape := x.tape(date)
		x.tapes = append(x.tapes, tape)
		for _, c := range checks {
			x.rows = 0
			c.check(x, date, tape)
			rows[c.table] += x.rows
		}
	}
	for _, c := range checks {
		if rows[c.table] < 10 {
			t.Errorf("%s had %d rows in all: the nights do not try it", c.table, rows[c.table])
		}
	}
	if x.monthly < 6 || x.monthly == len(x.nights) {
		t.Errorf("monthly_status was there on %d of %d nights", x.monthly, len(x.nights))
	}
	if x.relapses < 10 {
		t.Errorf("%d relapses: the nights do not try them", x.relapses)
	}
	if x.differs < 10 {
		t.Errorf("two payments and 30 days differ %d times: the nights do not try it", x.differs)
	}
	x.bureau.tried(t)
	again := filepath.Join(x.dir, "again")
	last := x.nights[len(x.nights)-1]
	r, err := publish.Report(t.Context(), openRead(t, x.lender), publish.ReportOptions{Out: again, Date: day(t, last), Workers: 2})
	if err != nil || len(r.Missing) > 0 {
		t.Fatal(err, r)
	}
	for _, c := range checks {
		if c.table == "metro2" {
			continue
		}
		for _, kind := range []string{".csv", ".parquet"} {
			a, err1 := os.ReadFile(filepath.Join(x.o.Out, last, "regulatory", c.table+kind))
			b, err2 := os.ReadFile(filepath.Join(again, last, "regulatory", c.table+kind))
			if c.table == "monthly_status" && os.IsNotExist(err1) && os.IsNotExist(err2) {
				continue
			}
			if err1 != nil || err2 != nil || string(a) != string(b) {
				t.Errorf("%s%s is published again with other bytes: %v %v", c.table, kind, err1, err2)
			}
		}
	}
}
