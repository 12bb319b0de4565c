package record

import (
	"encoding/json"
	"reflect"
	"testing"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// An export is read as it was written; one that is damaged is none.
func TestGLExportsComeBack(t *testing.T) {
	want := &GLExport{
		Number: 3, Profile: "sap", From: civil.Of(2026, 11, 1), To: civil.Of(2026, 11, 30), Monthly: true, Policy: "cn",
		Settings: json.RawMessage(`{"company":"\u003c"}`), Overlaps: []int64{1},
		Files: []GLFile{{Bytes: 5, SHA256: "aa", Totals: []GLTotal{{"EUR", 1, 2, 3, 3}}}},
	}
	b := EncodeGLExport(want)
	if got, err := ReadGLExport(b); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, bad := range [][]byte{nil, b[:len(b)-1], append([]byte{9}, b[1:]...), {1, '{', '}'}} {
		if got, err := ReadGLExport(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, got)
		}
	}
	if string(GLExportKey(255)) >= string(GLExportKey(256)) {
		t.Error("keys don't sort as numbers do")
	}
}

// Amounts by region are read as they were written, in pieces; nothing is one piece.
func TestRegionsComeBack(t *testing.T) {
	want := map[RegionKey]money.Amount{}
	for i := range regionsMax + 2 {
		want[RegionKey{i % 3, i % 2, i, ledger.AccrualTotals, ledger.InterestIncome}] = money.Amount(i - 5)
	}
	delete(want, RegionKey{2, 1, 5, ledger.AccrualTotals, ledger.InterestIncome}) // zero
	got := map[RegionKey]money.Amount{}
	pieces := EncodeRegions(want)
	for _, p := range pieces {
		err := ReadRegions(p, func(k RegionKey, amount money.Amount) error {
			got[k] = amount
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(got, want) || len(pieces) != 2 {
		t.Errorf("%d amounts in %d pieces, want %d in 2", len(got), len(pieces), len(want))
	}
	if none := EncodeRegions(nil); len(none) != 1 || ReadRegions(none[0], nil) != nil {
		t.Errorf("nothing is %q", none)
	}
	for _, bad := range []string{"", "\x09[]", "\x01[", `[{"p":-1}]`, `[{"r":200}]`, `[{"k":200}]`} {
		if err := ReadRegions([]byte(bad), func(RegionKey, money.Amount) error { return nil }); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}
