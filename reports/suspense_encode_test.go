package reports

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"daybook/ledger/civil"
)

func TestSuspenseThroughBytes(t *testing.T) {
	business := civil.Of(2026, 11, 23)
	rapid.Check(t, func(rt *rapid.T) {
		var s Suspense
		for range rapid.IntRange(0, 12).Draw(rt, "items") {
			s.Add(rapid.SampledFrom([]string{"CNY", "USD", "EUR"}).Draw(rt, "currency"), rapid.Int64().Draw(rt, "amount"),
				business-civil.Date(rapid.IntRange(0, 200).Draw(rt, "days")), business)
		}
		b, err := json.Marshal(&s)
		if err != nil {
			rt.Fatal(err)
		}
		read := Suspense{map[suspenseKey]*suspenseCell{{"XXX", 0}: {1, 1, business}}}
		if err := json.Unmarshal(b, &read); err != nil {
			rt.Fatal(err)
		}
		if !reflect.DeepEqual(read, s) {
			rt.Fatalf("read %v from %s", read, b)
		}
		if again, _ := json.Marshal(&read); !bytes.Equal(again, b) {
			rt.Fatalf("%s, then %s", b, again)
		}
	})
}

func TestDamagedSuspense(t *testing.T) {
	line := func(currency, band, items string) string {
		return `{"currency":"` + currency + `","band":` + band + `,"items":` + items + `,"amount":5,"oldest":"2026-11-23"}`
	}
	for _, text := range []string{
		`{}`, `[` + line("CNY", "4", "1") + `]`, `[` + line("CNY", "-1", "1") + `]`, `[` + line("CNY", "0", "0") + `]`,
		`[` + line("CNY", "1", "1") + `,` + line("CNY", "1", "1") + `]`, `[` + line("USD", "1", "1") + `,` + line("CNY", "1", "1") + `]`,
		`[{"currency":"CNY","band":0,"items":1,"amount":5,"oldest":"23.11."}]`,
	} {
		var s Suspense
		if err := json.Unmarshal([]byte(text), &s); err == nil {
			t.Errorf("%s was read as %v", text, s)
		}
	}
}
