package batch

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/batch/lookup"
	"daybook/batch/publish"
)

// TestNightsUnderAnotherPolicy: a night is published again under the policy that it
// closed with, whatever has been added since: the last one whole, an older one all
// that the book still proves of it.
func TestNightsUnderAnotherPolicy(t *testing.T) {
	for name, yaml := range map[string]string{
		"a currency": "format_version: 1\nname: two\ncurrencies: [USD, CNY]\n",
		"a product":  "format_version: 1\nname: two\nproducts: {default: {}, gold: {method: flat}}\n",
		"buckets":    "format_version: 1\nname: two\naging: {buckets: [{name: A, from: 0}, {name: B, from: 3}]}\n",
		"rounding":   "format_version: 1\nname: two\nproducts: {default: {installment_rounding: {mode: up}}}\n",
	} {
		l := newLender(t)
		write(t, l.in("2026-02-03"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
		write(t, l.in("2026-02-03"), "repayments-a", []repaymentFile{pays(t, "P1", "L1", "2026-02-01", "5.00"), pays(t, "P2", "nobody", "2026-02-01", "5.00")})
		l.close("2026-02-03")
		l.policy(yaml)
		x := aLoan(t, "L2", "2026-01-01", "2026-02-01")
		write(t, l.in("2026-02-04"), "loans-a", []loanFile{x})
		write(t, l.in("2026-02-04"), "repayments-a", []repaymentFile{pays(t, "P3", "L1", "2026-02-01", "5.00")})
		l.close("2026-02-04")
		verifySilent(t, l)
		b := openRead(t, l)
		for i, d := range []string{"2026-02-03", "2026-02-04"} {
			out := filepath.Join(l.dir, "again")
			r, err := publish.Report(t.Context(), b, publish.ReportOptions{Out: out, Date: day(t, d), Workers: 2})
			if err != nil {
				t.Errorf("%s %s: %v", name, d, err)
				continue
			}
			lost := slices.ContainsFunc(r.Missing, func(p string) bool {
				return i == 1 || strings.HasPrefix(p, "journal/") || strings.HasPrefix(p, "regulatory/") || p == "rejects.parquet"
			})
			if lost {
				t.Errorf("%s %s: not written again: %v", name, d, r.Missing)
			}
		}
		look, err := lookup.Open(b)
		if err != nil {
			t.Fatal(err)
		}
		v, err := look.AsOf("L1", day(t, "2026-02-03"), true)
		if want := l.tape("2026-02-03")["L1"]["total_outstanding"]; err != nil || v.Total != want {
			t.Errorf("%s: L1 as of the first night: %+v, %v, want a total of %s", name, v, err, want)
		}
		if _, err := look.Explain("L1"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
