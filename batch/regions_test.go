package batch

import (
	"bytes"
	"strings"
	"testing"

	"daybook/batch/book"
	"daybook/batch/policy"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// What untouched loans accrued by region is kept where the policy has cost centres by
// region, changes nothing else of a night, and is held to the entries by verify.
func TestAccrualsByRegion(t *testing.T) {
	p, err := policy.Parse([]byte("gl_export: {cost_centers: {by: region}}\n"), "region.yaml")
	if err != nil {
		t.Fatal(err)
	}
	l, plain := tamperLenderOf(t, p), tamperLender(t)
	roots := [2]string{}
	for i, x := range []*lender{l, plain} {
		b, err := store.OpenReadOnly(x.o.Book, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		amounts := 0
		kept, err := book.EachRegion(b, day(t, "2026-02-05"), func(record.RegionKey, money.Amount) error {
			amounts++
			return nil
		})
		if err != nil || kept != (i == 0) || kept != (amounts > 0) {
			t.Errorf("kept is %t with %d amounts, %v", kept, amounts, err)
		}
		n, err := book.Last(b)
		if err != nil {
			t.Fatal(err)
		}
		roots[i] = n.Root
	}
	if roots[0] != roots[1] {
		t.Error("to keep them changes the journal")
	}
	for _, x := range []struct {
		name   string
		change func(v []byte) []byte
		want   string
	}{
		{"nothing", func(v []byte) []byte { return v }, ""},
		{"an amount", func(v []byte) []byte { return bytes.Replace(v, []byte(`"a":-`), []byte(`"a":-1`), 1) }, "they are off by"},
		{"all of them", func(v []byte) []byte { return []byte{v[0], '[', ']'} }, "they are off by"},
		{"a region", func(v []byte) []byte { return bytes.Replace(v, []byte(`"g":0`), []byte(`"g":77`), 1) }, "of no product, currency or region"},
		{"damage", func(v []byte) []byte { return v[:len(v)-1] }, "accruals by region of 2026-02-05"},
	} {
		f := &forger{small: func(d civil.Date, section byte, _ string, v []byte) []byte {
			if section == record.SectionRegions && d == day(t, "2026-02-05") {
				return x.change(v)
			}
			return v
		}}
		_, faults := f.faults(t, l.o.Book)
		if all := strings.Join(faults, "\n"); x.want == "" && all != "" || !strings.Contains(all, x.want) {
			t.Errorf("%s: the faults are %q, want %q", x.name, faults, x.want)
		}
	}
}
