package batch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/batch/policy"
)

// A changingLender has packs and policies in files of its own.
type changingLender struct {
	*lender
	files string
}

func newChangingLender(t *testing.T) *changingLender {
	return &changingLender{newLender(t), t.TempDir()}
}

// pack writes a pack whose class is k1 in its hold non_performing; enter and late are what that and the hold behind it
// are entered by.
func (c *changingLender) pack(file, name, enter, late string) {
	c.t.Helper()
	text := fmt.Sprintf(`format_version: 1
pack: %s
title: %s
classes: [{name: k0}, {name: k1, non_performing: true}]
holds:
  - {name: non_performing, cite: x, enter: [%s], until: [{when: {flag: fraud}}]}
  - {name: late, cite: x, enter: [%s], until: [{}]}
tables: [{name: t, rows: [{rule: np, when: {hold: non_performing}, class: k1, cite: x}, {rule: ok, class: k0, cite: x}]}]
contagion: none
provision: {method: none}
`, name, file, enter, late)
	if err := os.WriteFile(filepath.Join(c.files, file), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// use has the nights from now on closed with these packs.
func (c *changingLender) use(packs string) {
	c.t.Helper()
	path := filepath.Join(c.files, "policy.yaml")
	if err := os.WriteFile(path, []byte("name: p\npacks: ["+packs+"]\n"), 0o600); err != nil {
		c.t.Fatal(err)
	}
	p, err := policy.Load(path)
	if err != nil {
		c.t.Fatal(err)
	}
	c.o.Policy = p
}

// TestPackFileChangesInAGap: the days before a pack's file changes are told by the earlier file and by the flags that it
// reads, whether or not nights closed on them.
func TestPackFileChangesInAGap(t *testing.T) {
	t.Parallel()
	for _, nights := range [][]string{{"01", "02", "03", "04", "05", "06", "07"}, {"01", "03", "06", "07"}, {"01", "04", "06", "07"}, {"01", "06"}} {
		c := newChangingLender(t)
		c.pack("one.yaml", "zz", "{flag: fraud}", "{flag: watch}")
		c.pack("two.yaml", "zz", "{hold: late}", "{flag: npa}")
		write(t, c.in("2025-03-01"), "loans-a", []loanFile{aLoan(t, "L1", "2025-02-01", "2025-06-01"), aLoan(t, "L2", "2025-02-01", "2025-06-01")})
		write(t, c.in("2025-03-01"), "flags-a", []flagFile{
			{LoanID: ptr("L1"), Flag: "watch", ValidFrom: int32(day(t, "2025-02-10"))}, {BorrowerID: ptr("B-L2"), Flag: "watch", ValidFrom: int32(day(t, "2025-02-10"))},
		})
		c.use("./one.yaml")
		for _, d := range nights {
			if date := "2025-03-" + d; d >= "06" {
				if d == "06" {
					c.use("./two.yaml")
				}
				c.close(date)
				for _, id := range []string{"L1", "L2"} {
					expect(t, fmt.Sprintf("%v: %s on %s", nights, id, date), c.tape(date)[id], "zz_class=k1 zz_non_performing_since=2025-03-06")
				}
			} else {
				c.close(date)
				expect(t, fmt.Sprintf("%v: %s", nights, date), c.tape(date)["L1"], "zz_class=k0 zz_non_performing_since=")
			}
		}
		verifySilent(t, c.lender)
	}
}

// TestPackThatCameAndChanged: what a pack said on the night on which it came, by the file of then, it goes on saying of
// the days before, when its file changes, another pack comes, or a late row has the life told again.
func TestPackThatCameAndChanged(t *testing.T) {
	t.Parallel()
	for name, last := range map[string]string{"the file alone": "./aa.yaml, ./two.yaml", "another pack": "./aa.yaml, ./two.yaml, ./bb.yaml"} {
		for _, late := range []bool{false, true} {
			c := newChangingLender(t)
			for _, x := range [][3]string{{"aa.yaml", "aa", "{days_past_due: '= 5'}"}, {"bb.yaml", "bb", "{days_past_due: '= 5'}"}, {"one.yaml", "cc", "{days_past_due: '= 5'}"}, {"two.yaml", "cc", "{days_past_due: '= 1000'}"}} {
				c.pack(x[0], x[1], x[2], "{flag: npa}")
			}
			write(t, c.in("2025-05-01"), "loans-a", []loanFile{aLoan(t, "L1", "2025-02-01", "2025-03-01")})
			if late {
				write(t, c.in("2025-05-06"), "repayments-a", []repaymentFile{pays(t, "P1", "L1", "2025-05-02", "100.00")})
			}
			for _, night := range []struct{ date, packs string }{{"2025-05-01", "./aa.yaml"}, {"2025-05-03", "./aa.yaml, ./one.yaml"}, {"2025-05-04", ""}, {"2025-05-05", last}, {"2025-05-06", ""}, {"2025-05-07", ""}} {
				if night.packs != "" {
					c.use(night.packs)
				}
				c.close(night.date)
				if night.date >= "2025-05-03" {
					expect(t, fmt.Sprintf("%s, late %t, %s", name, late, night.date), c.tape(night.date)["L1"], "cc_class=k1 cc_non_performing_since=2025-03-06")
				}
			}
			verifySilent(t, c.lender)
		}
	}
}

// TestNothingFallsDueOfWhatIsWrittenOff: the classes of a loan that is written off do not depend on whether a night closed on
// a due date of its schedule.
func TestNothingFallsDueOfWhatIsWrittenOff(t *testing.T) {
	t.Parallel()
	for _, nights := range [][]string{
		{"2025-03-10", "2025-04-05", "2025-05-05", "2025-06-05", "2026-02-05", "2026-03-05", "2026-03-28"}, {"2025-03-10", "2025-04-04", "2025-04-06", "2026-03-28"}, {"2026-03-28"},
	} {
		l := newLender(t)
		loan := aLoan(t, "L1", "2025-02-01", "2025-03-05")
		loan.Installments = 36
		write(t, l.in(nights[0]), "loans-a", []loanFile{loan})
		again := adjusts(t, "R1", "L1", "restructure", "2025-02-20")
		again.Choice, again.Installments, again.FirstDueOn = ptr("reage"), ptr(int32(36)), ptr(int32(day(t, "2025-03-05")))
		write(t, l.in(nights[0]), "adjustments-a", []adjustmentFile{again, adjusts(t, "W1", "L1", "write_off", "2025-03-10")})
		for _, date := range nights {
			l.close(date)
		}
		expect(t, fmt.Sprint(nights), l.tape("2026-03-28")["L1"], "status=written_off cn_class=pass cn_rule=pass")
	}
}

// TestBucketsChange: where the policy's buckets change, those of the last close are read by their days: nobody is new who was
// on the book, and a cure is one.
func TestBucketsChange(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct{ buckets, cured, late, cohorts string }{
		"other names":             {"[{name: current, from: 0}, {name: early, from: 1}, {name: late, from: 31}]", "previous_bucket=early bucket=current cures=1 last_cured_bucket=early", "previous_bucket=early bucket=early cures=0", "early 2 "},
		"the same, of other days": {"[{name: C, from: 0}, {name: M1, from: 20}, {name: M2, from: 31}]", "previous_bucket=C bucket=C cures=0", "previous_bucket=C bucket=C cures=0", "M1 1 "},
		"one is split":            {"[{name: C, from: 0}, {name: M1, from: 1}, {name: M1b, from: 5}]", "previous_bucket=M1 bucket=C cures=1 last_cured_bucket=M1", "previous_bucket=M1 bucket=M1b cures=0", "M1 2 "},
	} {
		l := newLender(t)
		write(t, l.in("2025-03-10"), "loans-a", []loanFile{aLoan(t, "A", "2025-02-01", "2025-03-05"), aLoan(t, "B", "2025-02-01", "2025-03-05"), aLoan(t, "C", "2025-02-01", "2025-04-05"), aLoan(t, "D", "2025-02-01", "2025-03-05")})
		l.close("2025-03-10")
		write(t, l.in("2025-03-11"), "repayments-a", []repaymentFile{pays(t, "P0", "D", "2025-03-11", "200.00")}) // cured under the old list
		l.close("2025-03-11")
		l.policy("name: other\naging: {buckets: " + x.buckets + "}\n")
		write(t, l.in("2025-03-12"), "repayments-a", []repaymentFile{pays(t, "P1", "A", "2025-03-12", "200.00")})
		l.close("2025-03-12")
		expect(t, name, l.tape("2025-03-12")["A"], x.cured)
		expect(t, name, l.tape("2025-03-12")["B"], x.late)
		cohorts := ""
		for _, row := range l.table("2025-03-12", "regulatory/cures.parquet") {
			cohorts += row["bucket"] + " " + row["cured"] + " "
		}
		if cohorts != x.cohorts {
			t.Errorf("%s: cohorts of cures are %q, want %q", name, cohorts, x.cohorts)
		}
		expect(t, name, l.tape("2025-03-12")["D"], "cures=1 last_cured_bucket="+strings.Fields(x.cohorts)[0])
		for _, row := range l.table("2025-03-12", "regulatory/migration.parquet") {
			if row["from"] == "new" {
				t.Errorf("%s: %v, and all were on the book", name, row)
			}
		}
		l.close("2025-03-13")
		if last := l.table("2025-03-13", "regulatory/migration.parquet"); len(last) < 1 {
			t.Errorf("%s: no migration on the next night", name)
		}
		verifySilent(t, l)
	}
}
