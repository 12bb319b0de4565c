package main

import (
	"fmt"
	"strings"

	"daybook/ledger/civil"
	"daybook/ledger/match"
)

// Statements as banks write them: MT940 and BAI2.

// decimal writes an amount without its sign.
func (w *recWorld) decimal(amount int64, currency, point string) string {
	text := fmt.Sprint(abs64(amount))
	digits := w.digits[currency]
	for len(text) <= digits {
		text = "0" + text
	}
	if digits == 0 && point == "." {
		return text
	}
	return text[:len(text)-digits] + point + text[len(text)-digits:]
}

func yymmdd(d civil.Date) string { return strings.ReplaceAll(d.String(), "-", "")[2:] }

// mt940 writes statements of several days and accounts as one file.
func (w *recWorld) mt940(all []recDelivery) string {
	var b strings.Builder
	envelope := w.Intn(2) == 0
	for i, s := range all {
		if envelope {
			b.WriteString("{1:F01ABCDDEFFXXXX0000000000}{2:O9400000000000ABCDDEFFXXXX00000000000000000000N}{4:\r\n")
		}
		fmt.Fprintf(&b, ":20:%s\r\n:25:%s\r\n:28C:%s", s.ID, s.Account, s.Number)
		if s.Page != "" {
			b.WriteString("/" + s.Page)
		}
		first, last := "F", "F"
		if s.Page > "1" {
			first = "M"
		}
		if i+1 < len(all) && all[i+1].Page > "1" && all[i+1].Account == s.Account {
			last = "M"
		}
		fmt.Fprintf(&b, "\r\n:60%s:%s\r\n", first, w.mt940Balance(s.OpeningDate, int64(s.Opening.Amount), s.Currency))
		for _, l := range s.lines {
			w.mt940Line(&b, l)
		}
		for range s.Pending {
			fmt.Fprintf(&b, ":61:%sEC1,00NTRFNONREF\r\n:86:to come\r\n", yymmdd(s.ClosingDate))
		}
		fmt.Fprintf(&b, ":62%s:%s\r\n", last, w.mt940Balance(s.ClosingDate, int64(s.Closing.Amount), s.Currency))
		if w.Intn(3) == 0 {
			b.WriteString(":86:of the statement, RP0000001\r\n")
		}
		b.WriteString(map[bool]string{true: "-}{5:}\r\n", false: "-\r\n"}[envelope])
	}
	return w.lineEnds(b.String())
}

// lineEnds leaves the ends of lines as they are, or makes them those of Unix.
func (w *recWorld) lineEnds(text string) string {
	if w.Intn(2) == 0 {
		return strings.ReplaceAll(text, "\r\n", "\n")
	}
	return text
}

func (w *recWorld) mt940Balance(on civil.Date, amount int64, currency string) string {
	mark := "C"
	if amount < 0 {
		mark = "D"
	}
	return mark + yymmdd(on) + currency + w.decimal(amount, currency, ",")
}

func (w *recWorld) mt940Line(b *strings.Builder, l *recLine) {
	mark := "C"
	switch {
	case l.class == recReturned && l.Amount < 0:
		mark = "RC"
	case l.class == recReturned:
		mark = "RD"
	case l.Amount < 0:
		mark = "D"
	}
	customer, kref := "NONREF", ""
	if l.Reference != "" {
		if customer = l.Reference; l.form() == 'a' && l.style%5 == 0 {
			customer, kref = []string{"KREF+", "NONREF"}[l.style%2], l.Reference
		}
	}
	fmt.Fprintf(b, ":61:%s%s%s%s%s%s", yymmdd(l.ValueDate), yymmdd(l.BookingDate)[2:], mark, w.decimal(int64(l.Amount), l.currency, ","), l.Code, customer)
	if l.BankReference != "" {
		b.WriteString("//" + l.BankReference)
	}
	b.WriteString("\r\n")
	if l.Fee.Known {
		fmt.Fprintf(b, "/CHGS/%s%s/\r\n", l.currency, w.decimal(int64(l.Fee.Amount), l.currency, ","))
	}
	switch l.form() {
	case 'a':
		b.WriteString(wrapped(":86:"+subfields(l, kref), "\r\n"))
	case 'b':
		text := ""
		if l.class == recReturned {
			text += "/RTRN/" + l.ReturnReason
		}
		if l.EndToEndID != "" {
			text += "/EREF/" + l.EndToEndID
		}
		b.WriteString(folded(":86:" + text + "/REMI/" + l.Text))
	case 'c':
		b.WriteString(folded(":86:" + l.Text))
	}
}

// subfields writes information of form (a).
func subfields(l *recLine, kref string) string {
	number := 20
	text := l.GVC + "?00TRANSFER?10931"
	put := func(value string) {
		for part := range strings.SplitSeq(wrapped27(value), "\n") {
			text += fmt.Sprintf("?%02d%s", number, part)
			if number++; number == 30 {
				number = 60
			}
		}
	}
	if l.EndToEndID != "" {
		put("EREF+" + l.EndToEndID)
	}
	if kref != "" {
		put("KREF+" + kref)
	}
	put("SVWZ+" + l.Text)
	text += "?30ABCDDEFF?31DE40500105175474975588?32RP0000001 LN-000001"
	if l.class == recReturned {
		text += "?34" + l.ReturnReason
	}
	return text
}

// wrapped27 cuts a value into pieces of at most 27 characters that neither start nor end
// with a space.
func wrapped27(s string) string { return cut(s, 27, "\n") }

// wrapped cuts text into lines of at most 65 characters and ends each.
func wrapped(s, end string) string { return cut(s, 65, end) + end }

func cut(s string, most int, between string) string {
	out := ""
	for len(s) > most {
		at := most
		for s[at-1] == ' ' || s[at] == ' ' {
			at--
		}
		out, s = out+s[:at]+between, s[at:]
	}
	return out + s
}

// folded ends lines at spaces, but for lines of exactly 65 characters, which run on.
func folded(s string) string {
	out := ""
	for len(s) > 65 {
		if out != "" && s[64] != ' ' && s[65] != ' ' {
			out, s = out+s[:65]+"\r\n", s[65:]
			continue
		}
		at := strings.LastIndexByte(s[:60], ' ')
		out, s = out+s[:at]+"\r\n", s[at+1:]
	}
	return out + s + "\r\n"
}

// bai2 writes a statement as a file, whose number is its own.
func (w *recWorld) bai2(s recDelivery) string {
	sum, records := int64(0), 0
	var b strings.Builder
	put := func(form string, args ...any) {
		records++
		fmt.Fprintf(&b, form+"\r\n", args...)
	}
	head := fmt.Sprintf("03,%s,%s", s.Account, s.Currency)
	if s.Opening.Known {
		head += fmt.Sprintf(",010,%d,,", s.Opening.Amount)
		sum += int64(s.Opening.Amount)
	}
	if s.Closing.Known {
		head += fmt.Sprintf(",015,%d,,", s.Closing.Amount)
		sum += int64(s.Closing.Amount)
	}
	if !s.Opening.Known && !s.Closing.Known {
		head += ",,,,"
	}
	put("%s/", head)
	for _, l := range s.lines {
		funds := fmt.Sprintf("V,%s,", yymmdd(l.ValueDate))
		if l.ValueDate == s.ClosingDate {
			funds = []string{"Z", "", "0", funds}[l.style%4]
		}
		amount := abs64(int64(l.Amount))
		sum += amount
		text, rest, more := strings.Cut(l.Text, " EREF: ")
		put("16,%s,%d,%s,%s,%s,%s", l.Code, amount, funds, l.BankReference, l.Reference, text)
		if more {
			put("88,EREF: %s", strings.Split(rest, " Reason: ")[0])
		}
		if l.class == recReturned {
			put("88,Reason: %s", l.ReturnReason)
		}
	}
	put("49,%d,%d/", sum, records+1)
	status, modifier := 1, "2"
	switch s.State {
	case match.Deleted:
		status = 2
	case match.Test:
		status = 4
	case match.Interim:
		modifier = []string{"1", "3"}[w.Intn(2)]
	}
	originator, _, _ := strings.Cut(s.ID, "/")
	day := yymmdd(s.ClosingDate)
	return w.lineEnds(fmt.Sprintf("01,122099999,%s,%s,0600,%s,,,2/\r\n02,%s,%s,%d,%s,2359,%s,%s/\r\n%s98,%d,1,%d/\r\n99,%d,1,%d/\r\n",
		originator, day, s.Number, s.Account, originator, status, day, s.Currency, modifier, b.String(), sum, records+2, sum, records+4))
}
