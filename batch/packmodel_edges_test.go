package batch

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
)

// pmAged is a life without money behind it: on time until a day, then so many days late
// that it is n days past due on b.
func pmAged(product string, b, n int32) *pmLife {
	l := &pmLife{id: "L1", borrower: "B1", product: product, currency: "CNY", disbursed: b - 1200, firstDue: b - 1170}
	for t := l.disbursed; t <= b; t++ {
		d := pmDay{dpd: max(n-(b-t), 0), status: "active", principal: 100000, total: 100000}
		d.delinquent = d.dpd
		d.unpaidDue = n > 0 && t >= b-n
		d.lateDue = n > 0 && t == b-n
		if d.dpd > 0 {
			d.pastDue = 50000
		}
		for k := l.firstDue; k < b+400; k = pmAddMonths(k, 1) {
			d.dues = append(d.dues, pmDue{on: k, principal: 1000})
		}
		l.days = append(l.days, d)
	}
	return l
}

// TestPackModelEdges: each edge by days of section 4.3, on the night before and on it, and
// those of flags.
func TestPackModelEdges(t *testing.T) {
	policy := pmStoryPolicy(t)
	policy.attributes["ltv"] = []string{"secured", "home_secured_ltv_60"}
	policy.share = big.NewRat(1, 100)
	b := pmYMD(2026, 3, 31)
	for _, x := range []struct{ pack, product, classes string }{ // class from so many days on
		{"cn", "default", "0 pass 1 special_mention 91 substandard 271 doubtful 361 loss"},
		{"cn", "card", "0 pass 1 special_mention 91 substandard 121 doubtful 181 loss"},
		{"ifrs9", "default", "0 1 31 2 90 3"},
		{"eu", "default", "0 performing 91 non_performing"},
		{"us", "default", "0 pass 90 substandard 120 loss"},
		{"us", "card", "0 pass 90 substandard 180 loss"},
		{"us", "home", "0 pass 90 substandard 180 loss"},
		{"us", "ltv", "0 pass 900 pass"},
		{"in", "default", "0 standard 1 sma_0 30 sma_1 60 sma_2 90 substandard"},
	} {
		f := strings.Fields(x.classes)
		for i := 0; i < len(f); i += 2 {
			n := int32(pmInt(f[i]))
			pmIs(t, policy, x.pack, pmAged(x.product, b, n), b, f[i+1])
			if i > 0 {
				pmIs(t, policy, x.pack, pmAged(x.product, b, n-1), b, f[i-1])
			}
		}
	}
	due := pmAged("default", b, 0) // due today and unpaid
	due.days[len(due.days)-1].unpaidDue = true
	pmIs(t, policy, "in", due, b, "sma_0")
	for _, x := range []struct{ pack, flag, before, from, after string }{ // with a flag from b on: the day before, on b, after 60 and 90 days
		{"us", "fraud", "pass", "substandard", "60 substandard 89 substandard 90 loss"},
		{"us", "bankrupt", "pass", "substandard", "59 substandard 60 loss"},
		{"us", "loss_determined", "pass", "loss", ""},
		{"cn", "watch", "pass", "special_mention", ""},
		{"cn", "refinanced", "pass", "special_mention", ""},
		{"cn", "credit_impaired", "pass", "substandard", ""},
		{"cn", "loss_50", "pass", "doubtful", ""},
		{"cn", "bankrupt", "pass", "loss", ""},
		{"ifrs9", "watch", "1", "2", ""},
		{"ifrs9", "default", "1", "3", ""},
		{"eu", "unlikely_to_pay", "performing", "non_performing", ""},
		{"in", "npa", "standard", "substandard", ""},
		{"in", "fraud", "standard", "loss", ""},
	} {
		flagged := func(ago int32) *pmLife {
			l := pmAged("default", b, 0)
			l.flags = []pmFlag{{x.flag, b - ago, pmNone}}
			return l
		}
		pmIs(t, policy, x.pack, flagged(-1), b, x.before)
		pmIs(t, policy, x.pack, flagged(0), b, x.from)
		f := strings.Fields(x.after)
		for i := 0; i < len(f); i += 2 {
			pmIs(t, policy, x.pack, flagged(int32(pmInt(f[i]))), b, f[i+1])
		}
	}
	for days, want := range map[int32]string{1: "pass", 7: "pass", 8: "special_mention"} { // a technical delay
		l := pmAged("default", b, days)
		l.flags = []pmFlag{{"technical_delay", b - 20, pmNone}}
		pmIs(t, policy, "cn", l, b, want)
	}
}

// pmIs compares the class of a single loan.
func pmIs(t *testing.T, policy *pmPolicy, pack string, l *pmLife, b int32, want string) {
	t.Helper()
	one := *policy
	one.packs, one.post = pmPacks(t, pack), ""
	rows, _ := newPMBook(&one).close(b, []*pmLife{l})
	if got := rows["L1"][pack+"_class"]; got != want {
		t.Errorf("%s: %s, %d days past due, %s: %s, want %s", pack, l.product, l.day(b).dpd, fmt.Sprint(l.flags), got, want)
	}
}
