package reports

import (
	"bytes"
	"strings"
	"testing"

	"daybook/ledger/money"

	"pgregory.net/rapid"
)

// Every amount in a CSV reads back as it was, with the digits of its row's currency; a
// form from before has all digits of the scale.
func TestAmountsHaveTheDigitsOfTheirCurrency(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.IntRange(3, 4).Draw(t, "scale")
		table := &Table{Name: "x", Columns: []Column{
			{Name: "amount", Kind: Amount, Digits: scale, Optional: true}, {Name: "currency", Kind: Coded}, {Name: "rate", Kind: Rate, Digits: scale},
		}}
		codes := rapid.SliceOfN(rapid.SampledFrom([]string{"JPY", "USD", "KWD", "XOF", "bottle caps", ""}), 1, 20).Draw(t, "currencies")
		var amounts []any
		for _, c := range codes {
			digits, _ := money.Digits(c)
			var amount any = rapid.Int64Range(-1e9, 1e9).Draw(t, "minor") * money.Pow10(scale-digits)
			if rapid.IntRange(0, 9).Draw(t, "null") == 0 {
				amount = nil
			}
			amounts = append(amounts, amount)
			if table.Columns[1].AppendName(c); amount == nil {
				amount = Null
			}
			table.Columns[0].Ints = append(table.Columns[0].Ints, amount.(int64))
			table.Columns[2].Ints = append(table.Columns[2].Ints, 1)
		}
		for _, scaled := range []bool{false, true} {
			var b bytes.Buffer
			w, err := NewCSVWriter(&b, table.Columns)
			if err != nil {
				t.Fatal(err)
			}
			w.scaled = scaled
			if err := w.Write(table.Columns); err != nil {
				t.Fatal(err)
			}
			w.Close()
			for i, line := range strings.Split(strings.TrimSpace(b.String()), "\n")[1:] {
				cell, rest, _ := strings.Cut(line, ",")
				if amounts[i] == nil {
					if cell != "" {
						t.Fatalf("null is %q", cell)
					}
					continue
				}
				digits, ok := money.Digits(codes[i])
				if scaled || !ok {
					digits = scale
				}
				_, fraction, _ := strings.Cut(cell, ".")
				if v, err := money.ParseDecimal(cell, scale); err != nil || v != amounts[i] || len(fraction) != digits {
					t.Fatalf("%d %s at %d digits is %q, want %d after the point", amounts[i], codes[i], scale, cell, digits)
				}
				if !strings.HasSuffix(rest, "1") {
					t.Fatalf("a rate is %q: it has all digits of its own", rest)
				}
			}
		}
	})
}

// A form from before the digits of currencies writes texts as it did.
func TestFormBeforeKeepsItsDigits(t *testing.T) {
	for layout, want := range map[int]string{1: "1234567.000", 2: "1234567.000", 3: "1234567"} {
		if got := Decimal(1234567000, 3, (&Form{Layout: layout}).Digits(3, "JPY")); got != want {
			t.Errorf("layout %d writes %s, want %s", layout, got, want)
		}
	}
	if got := Money(1234567890, 3, "JPY"); got != "1234567.890" {
		t.Errorf("what is no whole yen is %s: nothing may be lost", got)
	}
}
