package reports

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"daybook/aging"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/proof"
)

// TestLeavesOfAnyJournal: the lines of leaves are what each row says by itself, also where rows of one entry, as in a file
// that was changed, do not say the same of it, and however the rows come in batches.
func TestLeavesOfAnyJournal(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		j, words := randomPostings(r)
		columns := []Column{
			{Kind: Number, Ints: j.EntryID}, {Kind: Date, Days: j.ValueDate}, {Kind: Coded, Names: words, Codes: j.Kind},
			{Kind: Text, Optional: true, Texts: j.SourceID}, {Kind: Text, Optional: true, Texts: j.LoanID},
			{Kind: Coded, Names: words, Codes: j.Account}, {Kind: Coded, Names: aging.Dictionary{"CNY", "JPY", "odd", "KWD"}, Codes: j.Currency},
			{Kind: Amount, Digits: 3, Ints: j.Debit}, {Kind: Amount, Digits: 3, Ints: j.Credit},
			{Kind: Text, Optional: true, Texts: j.Channel}, {Kind: Text, Optional: true, Texts: j.Reference},
		}
		for _, i := range []int{leafKind, leafAccount, leafCurrency} {
			switch codes := &columns[i]; r.IntN(3) {
			case 0: // as texts, which a file without a dictionary has
				text := Column{Kind: Text, Optional: true}
				for row := range j.Rows() {
					text.Texts.AppendString(codes.Names[codes.Codes[row]])
				}
				*codes = text
			case 1: // some are null, and one has no name
				codes.Optional, codes.Names = true, append(slices.Clone(codes.Names), "")
				codes.Codes[r.IntN(j.Rows())], codes.Codes[r.IntN(j.Rows())] = aging.NoCode, uint16(len(codes.Names)-1)
			}
		}
		if text := &columns[leafChannel]; r.IntN(2) == 0 { // as codes, which a file of another writer may have
			coded := Column{Kind: Coded, Optional: true, Names: aging.Dictionary{}}
			for row := range j.Rows() {
				coded.Codes = append(coded.Codes, uint16(row))
				coded.Names = append(coded.Names, string(text.Texts.Row(row)))
			}
			*text = coded
		}
		c := make([]*Column, len(columns))
		for i := range columns {
			c[i] = &columns[i]
		}
		for format, want := range map[proof.Format]string{proof.LinePerPosting: naivePostings(c, j.Rows()), proof.LinePerEntry: naiveEntries(c, j.Rows())} {
			if got := leafLines(t, format, c, j.Rows(), r.IntN(j.Rows()+1)); got != want {
				t.Fatalf("in format %d the lines are\n%s\nwant\n%s", format, got, want)
			}
		}
	}
}

// leafLines returns the lines of leaves, without their heads, of rows that come in two batches.
func leafLines(t *testing.T, format proof.Format, c []*Column, rows, first int) string {
	t.Helper()
	var got strings.Builder
	leaves := Leaves{Pages: proof.Pages{Format: format, Date: "2026-01-01", Page: func(_ proof.PageID, text []byte) error {
		got.Write(text[bytes.IndexByte(text, '\n')+1:])
		return nil
	}}, Partition: func(int64) int { return 0 }}
	for _, of := range [][2]int{{0, first}, {first, rows}} {
		batch := make([]*Column, len(c))
		for i := range c {
			batch[i] = &Column{Kind: c[i].Kind, Optional: c[i].Optional, Digits: c[i].Digits, Names: c[i].Names}
			batch[i].appendRows(c[i], of[0], of[1])
		}
		if err := leaves.Add(batch, of[1]-of[0]); err != nil {
			t.Fatal(err)
		}
	}
	if err := leaves.Close(); err != nil {
		t.Fatal(err)
	}
	return got.String()
}

// naivePostings is each row as a line of CSV.
func naivePostings(c []*Column, rows int) string {
	var b strings.Builder
	for row := range rows {
		b.WriteString(strings.Join(naiveFields(c, row), ",") + "\n")
	}
	return b.String()
}

// naiveEntries is what rows say of their entry as a line of CSV, where it is not what the row before says, and a line of
// what they say of their posting.
func naiveEntries(c []*Column, rows int) string {
	var b strings.Builder
	last := ""
	for row := range rows {
		f := naiveFields(c, row)
		if entry := strings.Join(slices.Concat(f[:5], f[6:7], f[9:]), ","); entry != last {
			b.WriteString(entry + "\n")
			last = entry
		}
		for i := 7; i < 9; i++ {
			if c[i].Ints[row] == 0 {
				f[i] = ""
			}
		}
		b.WriteString(f[5] + "," + f[7] + "," + f[8] + "\n")
	}
	return b.String()
}

// naiveFields is a row as fields of CSV.
func naiveFields(c []*Column, row int) []string {
	var fields []string
	for i := range c {
		field := string(c[i].AppendValue(nil, row))
		if c[i].Kind == Amount {
			currency := string(c[6].AppendValue(nil, row))
			amount, digits := c[i].Ints[row], c[i].Digits
			for d, ok := money.Digits(currency); ok && digits > d && amount%10 == 0; digits-- {
				amount /= 10
			}
			if d, ok := money.Digits(currency); ok && digits > d { // less than the currency has
				amount, digits = c[i].Ints[row], c[i].Digits
			}
			field = money.Amount(amount).Text(digits)
		}
		if strings.ContainsAny(field, ",\"\n\r") {
			field = `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
		}
		fields = append(fields, field)
	}
	return fields
}

// randomPostings returns entries of one to four postings, a value of which is now and then another in its middle.
func randomPostings(r *rand.Rand) (*Journal, aging.Dictionary) {
	words := aging.Dictionary{"booking", "a,b", `say "so"`, "1100"}
	texts := []string{"", "L1", "L1,2", `"`, "line\nend", "reference 7"}
	var j Journal
	entry := int64(0)
	for range 1 + r.IntN(30) {
		entry += 1 + r.Int64N(3)
		day, kind, currency := civil.Date(r.IntN(3)+20000), uint16(r.IntN(len(words))), uint16(r.IntN(4))
		own := [4]string{}
		for i := range own {
			own[i] = texts[r.IntN(len(texts))]
		}
		for range 1 + r.IntN(4) {
			j.EntryID = append(j.EntryID, entry)
			switch r.IntN(12) {
			case 0:
				day = civil.None
			case 1:
				kind = uint16(r.IntN(len(words)))
			case 2:
				currency = uint16(r.IntN(4))
			case 3:
				own[r.IntN(len(own))] = fmt.Sprint("other ", r.IntN(3))
			}
			for i, to := range []*aging.Text{&j.SourceID, &j.LoanID, &j.Channel, &j.Reference} {
				to.AppendString(own[i])
			}
			j.ValueDate, j.Kind, j.Currency = append(j.ValueDate, day), append(j.Kind, kind), append(j.Currency, currency)
			j.Account = append(j.Account, uint16(r.IntN(len(words))))
			amounts := []int64{r.Int64N(1e6) * 1000, 0}
			if r.IntN(3) == 0 {
				amounts[0] = r.Int64N(1e6)
			}
			if r.IntN(2) == 0 {
				slices.Reverse(amounts)
			}
			j.Debit, j.Credit = append(j.Debit, amounts[0]), append(j.Credit, amounts[1])
		}
	}
	return &j, words
}
