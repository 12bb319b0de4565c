package main

import (
	"fmt"
	"strings"

	"daybook/ledger/civil"
)

// Statements as banks write them: camt.053.

var xmlText = strings.NewReplacer("&", "&amp;", "<", "&lt;")

// element writes an element, if it has a text.
func element(name, text string) string {
	if text == "" {
		return ""
	}
	return "<" + name + ">" + xmlText.Replace(text) + "</" + name + ">"
}

// wrap writes elements within others, named from the outermost, if there are any.
func wrap(names, inner string) string {
	if inner == "" {
		return ""
	}
	all := strings.Split(names, "/")
	for i := len(all) - 1; i >= 0; i-- {
		inner = "<" + all[i] + ">" + inner + "</" + all[i] + ">"
	}
	return inner
}

// camt writes statements as one file.
func (w *recWorld) camt(all []recDelivery) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.%02d\">", all[0].version)
	b.WriteString("<BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-23T18:43:50+00:00</CreDtTm></GrpHdr>\n")
	for _, s := range all {
		id := wrap("Othr", element("Id", s.Account))
		if strings.HasPrefix(s.Account, "DE") || strings.HasPrefix(s.Account, "GB") {
			id = element("IBAN", s.Account)
		}
		fmt.Fprintf(&b, "<Stmt>%s%s%s<CreDtTm>2026-11-23T18:43:50+00:00</CreDtTm>", element("Id", s.ID), wrap("StmtPgntn", element("PgNb", s.Page)),
			element([]string{"ElctrncSeqNb", "LglSeqNb"}[w.Intn(2)], s.Number))
		currency := element("Ccy", s.Currency)
		if w.Intn(2) == 0 {
			currency = ""
		}
		fmt.Fprintf(&b, "<Acct><Id>%s</Id>%s</Acct>\n", id, currency)
		b.WriteString(w.camtBalance([]string{"OPBD", "PRCD"}[w.Intn(2)], s.OpeningDate, int64(s.Opening.Amount), s.Currency))
		b.WriteString(w.camtBalance("CLBD", s.ClosingDate, int64(s.Closing.Amount), s.Currency))
		b.WriteString(w.camtBalance("CLAV", s.ClosingDate, 12345, s.Currency))
		for i := 0; i < len(s.lines); {
			n := together(s.lines[i:])
			b.WriteString(w.camtEntry(s, s.lines[i:i+n]))
			i += n
		}
		for range s.Pending {
			b.WriteString(w.camtEntry(s, nil))
		}
		b.WriteString("</Stmt>\n")
	}
	b.WriteString("</BkToCstmrStmt></Document>\n")
	return b.String()
}

func (w *recWorld) camtBalance(code string, on civil.Date, amount int64, currency string) string {
	return fmt.Sprintf("<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp>%s<Dt><Dt>%s</Dt></Dt></Bal>\n", code, w.camtAmount(amount, currency), on)
}

func (w *recWorld) camtAmount(amount int64, currency string) string {
	mark := "CRDT"
	if amount < 0 {
		mark = "DBIT"
	}
	return fmt.Sprintf("<Amt Ccy=%q>%s</Amt><CdtDbtInd>%s</CdtDbtInd>", currency, w.decimal(amount, currency, "."), mark)
}

// together says how many of the next lines are booked as one entry.
func together(lines []*recLine) int {
	n, first := 1, lines[0]
	for n < len(lines) && n < 4 && first.style%2 == 0 {
		l := lines[n]
		if l.Code != first.Code || l.class != recPlain || l.Fee.Known || first.Fee.Known || l.BookingDate != first.BookingDate ||
			l.ValueDate != first.ValueDate || (l.Amount > 0) != (first.Amount > 0) {
			break
		}
		n++
	}
	if first.class != recPlain {
		return 1
	}
	return n
}

// camtEntry writes an entry of lines, or a pending one.
func (w *recWorld) camtEntry(s recDelivery, lines []*recLine) string {
	status, sum := "BOOK", int64(0)
	if len(lines) == 0 {
		lines, status, sum = []*recLine{{style: 1}}, "PDNG", 100
	}
	first := lines[0]
	for _, l := range lines {
		sum += int64(l.Amount)
	}
	sts := element("Sts", status)
	if s.version >= 8 {
		sts = wrap("Sts", element("Cd", status))
	}
	mark := ""
	if first.class == recReturned && !first.returnInfo() || first.class == recReturned && first.style%2 == 0 {
		mark = "<RvslInd>true</RvslInd>"
	}
	code := wrap("BkTxCd/Prtry", element("Cd", first.Code))
	if parts := strings.Split(first.Code, "-"); len(parts) == 3 {
		code = wrap("BkTxCd/Domn", element("Cd", parts[0])+wrap("Fmly", element("Cd", parts[1])+element("SubFmlyCd", parts[2])))
	}
	details, entryText, entryRef := "", "", ""
	for _, l := range lines {
		own, inner := "", ""
		if len(lines) > 1 {
			own = w.camtAmount(int64(l.Amount), s.Currency)
			if l.style%3 == 0 {
				own = fmt.Sprintf("<AmtDtls><TxAmt><Amt Ccy=%q>%s</Amt></TxAmt></AmtDtls>", s.Currency, w.decimal(int64(l.Amount), s.Currency, "."))
			}
		}
		bank, text := l.BankReference, l.Text
		if len(lines) == 1 && l.style%3 > 0 {
			entryRef, bank = l.BankReference, ""
		}
		if len(lines) == 1 && l.style%5 == 0 {
			entryText, text = l.Text, ""
		}
		inner = camtReferences(l, bank) + own + camtRemittance(l, text)
		if l.returnInfo() {
			inner += wrap("RtrInf/Rsn", element("Cd", l.ReturnReason))
		}
		if inner != "" {
			details += wrap("TxDtls", inner)
		}
	}
	reference := element("AcctSvcrRef", entryRef)
	ntryRef := ""
	if first.style%3 == 2 {
		reference, ntryRef = "", element("NtryRef", entryRef)
	}
	charges := ""
	if first.Fee.Known {
		charges = fmt.Sprintf("<Chrgs><Rcrd><Amt Ccy=%q>%s</Amt></Rcrd></Chrgs>", s.Currency, w.decimal(int64(first.Fee.Amount), s.Currency, "."))
	}
	return "<Ntry>" + ntryRef + w.camtAmount(sum, s.Currency) + mark + sts + wrap("BookgDt", camtDate(first.BookingDate, first.style)) +
		wrap("ValDt", camtDate(first.ValueDate, first.style/2)) + reference + code + charges + wrap("NtryDtls", details) +
		element("AddtlNtryInf", entryText) + "</Ntry>\n"
}

// camtDate writes a date, or an instant whose date as written it is.
func camtDate(d civil.Date, style int) string {
	if d == civil.None || style%6 > 0 {
		return element("Dt", d.String())
	}
	return element("DtTm", d.String()+"T23:30:00-05:00")
}

func camtReferences(l *recLine, bank string) string {
	end := l.EndToEndID
	if end == "" && l.style%2 == 0 {
		end = "NOTPROVIDED"
	}
	instr := ""
	if l.style%2 == 1 {
		instr = l.Reference
	}
	return wrap("Refs", element("AcctSvcrRef", bank)+element("PmtInfId", l.BatchID)+element("InstrId", instr)+element("EndToEndId", end))
}

func camtRemittance(l *recLine, text string) string {
	inner := ""
	if a, b, ok := strings.Cut(text, " "); ok && l.style%4 == 1 {
		inner = element("Ustrd", a) + element("Ustrd", b)
	} else {
		inner = element("Ustrd", text)
	}
	if l.style%2 == 0 {
		inner += wrap("Strd/CdtrRefInf", element("Ref", l.Reference))
	}
	return wrap("RmtInf", inner)
}
