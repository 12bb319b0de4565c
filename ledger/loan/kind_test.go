package loan

import (
	"os"
	"slices"
	"strings"
	"testing"

	"daybook/ledger"
)

// TestKindsAreWhatTheListsSay holds the table of kinds to lists by trait: the
// table is read by kind, these by what it is for.
func TestKindsAreWhatTheListsSay(t *testing.T) {
	charges := []Kind{KindFee, KindPenalty}
	amount := []Kind{KindFee, KindPenalty, KindRepayment, KindChargeback, KindWaiver, KindGoodwill, KindPrepay, KindRefund, KindRecovery, KindDisburse}
	notInput := []Kind{KindBooking, KindDue, KindCredit, KindRepayment}
	for _, x := range []struct {
		trait string
		has   func(Kind) bool
		list  []Kind
	}{
		{"needs an amount", Kind.NeedsAmount, amount},
		{"has an amount", Kind.HasAmount, append(slices.Clone(amount), KindRelease)},
		{"releases", Kind.Releases, []Kind{KindRelease}},
		{"needs until", Kind.NeedsUntil, []Kind{KindPause}},
		{"brings money", Kind.BringsMoney, []Kind{KindRepayment, KindPrepay, KindRecovery}},
		{"may go back", Kind.MayGoBack, []Kind{KindRepayment, KindGoodwill, KindPrepay, KindRecovery, KindRelease}},
		{"names an earlier event", Kind.NamesEarlier, []Kind{KindReversal, KindChargeback}},
		{"undoes", Kind.Undoes, []Kind{KindReversal}},
		{"is early", Kind.Early, []Kind{KindRelease}},
		{"is before lateness", func(k Kind) bool { return !k.AfterLateness() }, []Kind{KindBooking, KindFee, KindPenalty, KindDue, KindCredit}},
		{"is under the ceiling", func(k Kind) bool { return kinds[k].underCeiling }, charges},
		{"pays last", func(k Kind) bool { return kinds[k].paysLast }, []Kind{KindRepayment, KindRelease}},
		{
			"is taken after a write-off", func(k Kind) bool { return kinds[k].afterWriteOff },
			[]Kind{KindRepayment, KindRecovery, KindRelease, KindRefund, KindChargeback, KindDisburse},
		},
		{"is no adjustment", func(k Kind) bool { return !kinds[k].adjustment }, notInput},
		{"allocates", func(k Kind) bool { return slices.Contains(Allocating(), k) }, []Kind{KindRepayment, KindCredit, KindGoodwill, KindRelease}},
	} {
		for k := range Kinds {
			if got, want := x.has(k), slices.Contains(x.list, k); got != want {
				t.Errorf("%s %s: %v, want %v", k, x.trait, got, want)
			}
		}
	}
	if got, want := Allocating(), []Kind{KindRepayment, KindCredit, KindGoodwill, KindRelease}; !slices.Equal(got, want) {
		t.Errorf("allocation rules may name %v, want %v", got, want)
	}
}

func TestKindsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for k := range Kinds {
		if k.String() == "" || seen[k.String()] {
			t.Errorf("kind %d needs a name of its own, not %q", k, k)
		}
		seen[k.String()] = true
		parsed, ok := ParseKind([]byte(k.String()))
		if ok != slices.Contains(Adjustments(), k) || ok && parsed != k {
			t.Errorf("%s is read as %s, %v", k, parsed, ok)
		}
		allocating, ok := ParseAllocating(k.String())
		if ok != slices.Contains(Allocating(), k) || ok && allocating != k {
			t.Errorf("%s is read in a policy as %s, %v", k, allocating, ok)
		}
		// Ranks follow the order of kinds; the two kinds of charge share one.
		want := uint8(k)
		if k == KindPenalty {
			want = uint8(KindFee)
		}
		if got := k.Rank(); got != want {
			t.Errorf("%s ranks as %d, want %d", k, got, want)
		}
		if entry := kinds[k].entry; k != KindDue && k != KindRelease && k != KindCredit && entry.String() != k.String() {
			t.Errorf("%s posts entries of kind %s", k, entry)
		}
	}
	if kinds[KindRelease].entry != ledger.Repayment || kinds[KindCredit].entry != ledger.CreditApplied {
		t.Error("a release is posted as a repayment, and credit as applied")
	}
	if _, ok := ParseKind(nil); ok {
		t.Error("no text is a kind")
	}
}

// docs/formats.md says what each kind of adjustment needs and does.
func TestAdjustmentsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "| adjustment | needs | does |\n")
	table, _, _ := strings.Cut(rest, "\n\n")
	var rows strings.Builder
	for line := range strings.Lines(table) {
		first, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		rows.WriteString(first)
	}
	for _, k := range Adjustments() {
		if !strings.Contains(rows.String(), "`"+k.String()+"`") {
			t.Errorf("docs/formats.md does not say what a %s does", k)
		}
	}
}

func TestChoicesAreThoseOfTheirKinds(t *testing.T) {
	want := map[Kind][]Choice{
		KindWaiver: {PrincipalForgiveness}, KindPrepay: {ShorterTerm, LowerInstallment}, KindPause: {Shift, Regulatory},
		KindRestructure: {Reage, Reamortize, Extend, Explicit, Planned}, KindRelease: {Return},
	}
	seen := map[string]bool{}
	for k := range Kinds {
		if got := k.Choices(); !slices.Equal(got, want[k]) {
			t.Errorf("%s has the choices %v, want %v", k, got, want[k])
		}
	}
	for c := range Choices {
		if (c.String() == "") != (c == NoChoice) || seen[c.String()] {
			t.Errorf("choice %d needs a name of its own, not %q", c, c)
		}
		seen[c.String()] = true
		if got, ok := ParseChoice(c.String()); !ok || got != c {
			t.Errorf("%q is read as %q, %v", c, got, ok)
		}
		for k := range Kinds {
			e := Event{Kind: k, Choice: c}
			if got := e.BringsPlan(); got != (k == KindRestructure && (c == Explicit || c == Planned)) {
				t.Errorf("a %s with the choice %q brings a plan: %v", k, c, got)
			}
		}
	}
}

func TestReasonsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for r := range Reasons {
		if (r.Code() == "") != (r == OK) || (r.Text() == "") != (r == OK) || seen[r.Code()] {
			t.Errorf("reason %d needs a code of its own and a text, not %q and %q", r, r.Code(), r.Text())
		}
		seen[r.Code()] = true
	}
}

func TestComponentsAreComplete(t *testing.T) {
	for c := range Components {
		if got, ok := ParseComponent(c.String()); !ok || got != c {
			t.Errorf("%q is read as %q, %v", c, got, ok)
		}
		for o := range c {
			if c.Receivable() == o.Receivable() {
				t.Errorf("%s and %s are owed on one account", c, o)
			}
		}
	}
}
