package bank

import (
	"strings"
	"testing"
)

const (
	camtAccount = `<Acct><Id><IBAN>DE02</IBAN></Id><Ccy>EUR</Ccy></Acct>`
	camtMoney   = `<Amt Ccy="EUR">3.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>`
	camtBooked  = `<Sts>BOOK</Sts><BookgDt><Dt>2026-11-23</Dt></BookgDt>`
)

func camtFile(statement string) string {
	return `<Document><BkToCstmrStmt><Stmt>` + statement + `</Stmt></BkToCstmrStmt></Document>`
}

func camtBalance(kind, amount, currency, sign, date string) string {
	return `<Bal><Tp><CdOrPrtry><Cd>` + kind + `</Cd></CdOrPrtry></Tp><Amt Ccy="` + currency + `">` + amount + `</Amt><CdtDbtInd>` + sign +
		`</CdtDbtInd><Dt><Dt>` + date + `</Dt></Dt></Bal>`
}

// camtEntries is a file of one statement in euros.
func camtEntries(entries string) string { return camtFile(camtAccount + entries) }

// camtDetail is an entry of 3.00 with details.
func camtDetail(details string) string {
	return camtEntries(`<Ntry>` + camtMoney + camtBooked + `<NtryDtls>` + details + `</NtryDtls></Ntry>`)
}

func TestCamtStatement(t *testing.T) {
	bal := func(kind, amount string) string { return camtBalance(kind, amount, "EUR", "CRDT", "2026-11-23") }
	checkStatements(t, []clause{
		{"IBAN, spaces removed", camtFile(`<Acct><Id><IBAN> DE 02 1</IBAN></Id><Ccy>EUR</Ccy></Acct>`), "DE021|EUR|||| | |0 lines|0 pending|loaded"},
		{"other account", camtFile(`<Acct><Id><Othr><Id>12 3</Id></Othr></Id><Ccy>EUR</Ccy></Acct>`), "123|EUR|||| | |0 lines|0 pending|loaded"},
		{"IBAN before other", camtFile(`<Acct><Id><Othr><Id>1</Id></Othr><IBAN>2</IBAN></Id><Ccy>EUR</Ccy></Acct>`), "2|EUR|||| | |0 lines|0 pending|loaded"},
		{"an id of the owner is none", camtFile(`<Acct><Id><IBAN>1</IBAN></Id><Ccy>EUR</Ccy><Ownr><Id><OrgId><Othr><Id>9</Id></Othr></OrgId></Id></Ownr></Acct>`),
			"1|EUR|||| | |0 lines|0 pending|loaded"},
		{"no account", camtFile(`<Acct><Ccy>EUR</Ccy></Acct>`), "1 account"},
		{"64 bytes", camtFile(`<Acct><Id><IBAN>` + strings.Repeat("1", 65) + `</IBAN></Id><Ccy>EUR</Ccy></Acct>`), "1 account"},
		{"currency of the balances", camtFile(`<Acct><Id><IBAN>1</IBAN></Id></Acct>` + bal("CLBD", "1")), "1|EUR|||| |2026-11-23 1.00|0 lines|0 pending|loaded"},
		{"no currency", camtFile(`<Acct><Id><IBAN>1</IBAN></Id></Acct>` + bal("CLAV", "1")), "1 currency"},
		{"unknown currency", camtFile(`<Acct><Id><IBAN>1</IBAN></Id><Ccy>EUX</Ccy></Acct>`), "1 currency"},
		{"numbers", camtFile(`<Id> A  1 </Id><StmtPgntn><PgNb>3</PgNb></StmtPgntn><ElctrncSeqNb>7</ElctrncSeqNb><LglSeqNb>8</LglSeqNb>` + camtAccount),
			"DE02|EUR|A  1|7|3| | |0 lines|0 pending|loaded"},
		{"legal number", camtFile(`<Id>NOTPROVIDED</Id><LglSeqNb>8</LglSeqNb>` + camtAccount), "DE02|EUR||8|| | |0 lines|0 pending|loaded"},
		{"OPBD and CLBD", camtEntries(bal("PRCD", "1") + bal("OPBD", "2") + bal("CLBD", "3") + bal("ITBD", "4")), "DE02|EUR||||2026-11-23 2.00|2026-11-23 3.00|0 lines|0 pending|loaded"},
		{"PRCD", camtEntries(bal("PRCD", "1") + bal("CLBD", "3")), "DE02|EUR||||2026-11-23 1.00|2026-11-23 3.00|0 lines|0 pending|loaded"},
		{"ITBD, first and last", camtEntries(bal("ITBD", "1") + bal("ITBD", "2") + bal("ITBD", "3")), "DE02|EUR||||2026-11-23 1.00|2026-11-23 3.00|0 lines|0 pending|loaded"},
		{"a page: OPBD and ITBD", camtEntries(bal("OPBD", "1") + bal("ITBD", "2")), "DE02|EUR||||2026-11-23 1.00|2026-11-23 2.00|0 lines|0 pending|loaded"},
		{"several days: first opens, last closes", camtEntries(bal("OPBD", "1") + bal("CLBD", "2") + bal("OPBD", "2") + bal("CLBD", "3")),
			"DE02|EUR||||2026-11-23 1.00|2026-11-23 3.00|0 lines|0 pending|loaded"},
		{"debit", camtEntries(camtBalance("CLBD", "1.5", "EUR", "DBIT", "2026-11-23")), "DE02|EUR|||| |2026-11-23 -1.50|0 lines|0 pending|loaded"},
		{"negative zero", camtEntries(camtBalance("CLBD", "-0.00", "EUR", "CRDT", "2026-11-23")), "DE02|EUR|||| |2026-11-23 0.00|0 lines|0 pending|loaded"},
		{"negative", camtEntries(camtBalance("CLBD", "-0.01", "EUR", "CRDT", "2026-11-23")), "1 amount"},
		{"no sign", camtEntries(camtBalance("CLBD", "1", "EUR", "", "2026-11-23")), "1 sign"},
		{"date and time", camtEntries(strings.ReplaceAll(strings.ReplaceAll(camtBalance("CLBD", "1", "EUR", "CRDT", "2026-11-23T23:59:00+01:00"), "<Dt><Dt>", "<Dt><DtTm>"), "</Dt></Dt>", "</DtTm></Dt>")),
			"DE02|EUR|||| |2026-11-23 1.00|0 lines|0 pending|loaded"},
		{"no day of that date", camtEntries(camtBalance("CLBD", "1", "EUR", "CRDT", "2026-02-29")), "1 date"},
		{"booked balance of another currency", camtEntries(camtBalance("OPBD", "1", "USD", "CRDT", "2026-11-23")), "1 currency_mixed"},
		{"available balance of another currency", camtEntries(camtBalance("CLAV", "1", "USD", "CRDT", "2026-11-23")), "DE02|EUR|||| | |0 lines|0 pending|loaded"},
		{"several statements", `<Document><BkToCstmrStmt><Stmt>` + camtAccount + `</Stmt><Stmt>` + strings.Replace(camtAccount, "DE02", "DE03", 1) + `</Stmt></BkToCstmrStmt></Document>`,
			"DE02|EUR|||| | |0 lines|0 pending|loaded\nDE03|EUR|||| | |0 lines|0 pending|loaded"},
		{"prefixes and an envelope", `<e:Envelope xmlns:e="x"><e:Body><n:Document xmlns:n="y"><n:BkToCstmrStmt><n:Stmt><n:Acct><n:Id><n:IBAN>1</n:IBAN></n:Id><n:Ccy>EUR</n:Ccy></n:Acct></n:Stmt></n:BkToCstmrStmt></n:Document></e:Body></e:Envelope>`,
			"1|EUR|||| | |0 lines|0 pending|loaded"},
		{"no statement", `<Document><BkToCstmrStmt></BkToCstmrStmt></Document>`, "1 empty"},
		{"camt.052", `<Document><BkToCstmrAcctRpt></BkToCstmrAcctRpt></Document>`, "1 wrong_message"},
		{"camt.054", `<Document><BkToCstmrDbtCdtNtfctn></BkToCstmrDbtCdtNtfctn></Document>`, "1 wrong_message"},
		{"another message", `<Document><CstmrCdtTrfInitn></CstmrCdtTrfInitn></Document>`, "1 wrong_message"},
	})
}

func TestCamtEntries(t *testing.T) {
	check(t, []clause{
		{"status as text", camtEntries(`<Ntry>` + camtMoney + camtBooked + `</Ntry>`), "2026-11-23||3.00"},
		{"status as code", camtEntries(`<Ntry>` + camtMoney + strings.Replace(camtBooked, "BOOK", "\n <Cd>BOOK</Cd>\n ", 1) + `</Ntry>`), "2026-11-23||3.00"},
		{"other statuses", camtEntries(`<Ntry>` + camtMoney + `<Sts>PDNG</Sts></Ntry><Ntry><Sts><Cd>INFO</Cd></Sts></Ntry><Ntry><Sts><Cd>FUTR</Cd></Sts></Ntry>`), ""},
		{"no status", camtEntries("\n" + `<Ntry>` + camtMoney + `</Ntry>`), "2 status"},
		{"debit", camtEntries(`<Ntry><Amt Ccy="EUR">3</Amt><CdtDbtInd>DBIT</CdtDbtInd>` + camtBooked + `</Ntry>`), "2026-11-23||-3.00"},
		{"a reversal keeps its sign", camtEntries(`<Ntry>` + camtMoney + `<RvslInd>true</RvslInd>` + camtBooked + `</Ntry>`), "2026-11-23||3.00|R"},
		{"dates with time, as written", camtEntries(`<Ntry>` + camtMoney + `<Sts>BOOK</Sts><BookgDt><DtTm>2026-11-23T23:59:59-11:00</DtTm></BookgDt><ValDt><DtTm>2026-11-24T00:00:00Z</DtTm></ValDt></Ntry>`),
			"2026-11-23|2026-11-24|3.00"},
		{"no booking date", camtEntries(`<Ntry>` + camtMoney + `<Sts>BOOK</Sts><ValDt><Dt>2026-11-24</Dt></ValDt></Ntry>`), "2026-11-24|2026-11-24|3.00"},
		{"a date with a zone", camtEntries(`<Ntry>` + camtMoney + `<Sts>BOOK</Sts><BookgDt><Dt>2026-11-24+01:00</Dt></BookgDt></Ntry>`), "2026-11-24||3.00"},
		{"a date and more", camtEntries(`<Ntry>` + camtMoney + `<Sts>BOOK</Sts><BookgDt><Dt>2026-11-241</Dt></BookgDt></Ntry>`), "1 date"},
		{"a large amount", camtEntries(`<Ntry><Amt Ccy="EUR">100000000000000</Amt><CdtDbtInd>CRDT</CdtDbtInd>` + camtBooked + `</Ntry>`), "1 amount"},
		{"the five entities", camtEntries(`<Ntry>` + camtMoney + camtBooked + `<AddtlNtryInf>&lt;&gt;&amp;&quot;&apos;</AddtlNtryInf></Ntry>`), "2026-11-23||3.00|text <>&\"'"},
		{"no date", camtEntries(`<Ntry>` + camtMoney + `<Sts>BOOK</Sts></Ntry>`), "1 date"},
		{"bad date", camtEntries(`<Ntry>` + camtMoney + `<Sts>BOOK</Sts><BookgDt><Dt>23.11.2026</Dt></BookgDt></Ntry>`), "1 date"},
		{"another currency", camtEntries(`<Ntry><Amt Ccy="USD">3</Amt><CdtDbtInd>CRDT</CdtDbtInd>` + camtBooked + `</Ntry>`), "1 currency_mixed"},
		{"unknown currency", camtEntries(`<Ntry><Amt Ccy="XAU">3</Amt><CdtDbtInd>CRDT</CdtDbtInd>` + camtBooked + `</Ntry>`), "1 currency"},
		{"no currency", camtEntries(`<Ntry><Amt>3</Amt><CdtDbtInd>CRDT</CdtDbtInd>` + camtBooked + `</Ntry>`), "1 currency"},
		{"no amount", camtEntries(`<Ntry><CdtDbtInd>CRDT</CdtDbtInd>` + camtBooked + `</Ntry>`), "1 amount"},
		{"three digits", camtEntries(`<Ntry><Amt Ccy="EUR">3.001</Amt><CdtDbtInd>CRDT</CdtDbtInd>` + camtBooked + `</Ntry>`), "1 amount"},
		{"zeros beyond the digits", camtEntries(`<Ntry><Amt Ccy="EUR">+3.01000</Amt><CdtDbtInd>CRDT</CdtDbtInd>` + camtBooked + `</Ntry>`), "2026-11-23||3.01"},
		{"no digits", camtFile(strings.Replace(camtAccount, "EUR", "JPY", 1) + `<Ntry><Amt Ccy="JPY">3</Amt><CdtDbtInd>CRDT</CdtDbtInd>` + camtBooked + `</Ntry>`), "2026-11-23||3"},
		{"references of the entry", camtEntries(`<Ntry><NtryRef>N</NtryRef>` + camtMoney + camtBooked + `</Ntry><Ntry><NtryRef>N</NtryRef>` + camtMoney + camtBooked + `<AcctSvcrRef>S</AcctSvcrRef></Ntry>`),
			"2026-11-23||3.00|bank N\n2026-11-23||3.00|bank S"},
		{"code of a domain", camtEntries(`<Ntry>` + camtMoney + camtBooked + `<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn><Prtry><Cd>166</Cd></Prtry></BkTxCd></Ntry>`),
			"2026-11-23||3.00|PMNT-RCDT-ESCT"},
		{"code of the bank's own", camtEntries(`<Ntry>` + camtMoney + camtBooked + `<BkTxCd><Prtry><Cd>166</Cd></Prtry></BkTxCd></Ntry>`), "2026-11-23||3.00|166"},
		{"additional information", camtEntries(`<Ntry>` + camtMoney + camtBooked + "<AddtlNtryInf> a\n\tb&#9;c&#x41;</AddtlNtryInf></Ntry>"), "2026-11-23||3.00|text a b cA"},
		{"charges, a total", camtEntries(`<Ntry>` + camtMoney + camtBooked + `<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">1.5</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy="EUR">1</Amt></Rcrd></Chrgs></Ntry>`), "2026-11-23||3.00|fee 1.50"},
		{"charges, records", camtEntries(`<Ntry>` + camtMoney + camtBooked + `<Chrgs><Rcrd><Amt Ccy="EUR">1</Amt></Rcrd><Rcrd><Amt Ccy="EUR">.25</Amt></Rcrd></Chrgs></Ntry>`), "2026-11-23||3.00|fee 1.25"},
		{"charges of version 2", camtEntries(`<Ntry>` + camtMoney + camtBooked + `<Chrgs><Amt Ccy="EUR">1</Amt></Chrgs><Chrgs><Amt Ccy="EUR">2</Amt></Chrgs></Ntry>`), "2026-11-23||3.00|fee 3.00"},
		{"charges without amount", camtEntries(`<Ntry>` + camtMoney + camtBooked + `<Chrgs><Amt Ccy="EUR">x</Amt></Chrgs></Ntry>`), "2026-11-23||3.00"},
		{"charges in blanks", camtEntries(`<Ntry>` + camtMoney + camtBooked + "<Chrgs><Amt Ccy=\"EUR\">\n 1 \n</Amt></Chrgs></Ntry>"), "2026-11-23||3.00|fee 1.00"},
		{"large charges", camtEntries(`<Ntry>` + camtMoney + camtBooked + strings.Repeat(`<Chrgs>`+strings.Repeat(`<Amt Ccy="EUR">6000000000000</Amt>`, 2)+`</Chrgs>`, 2) + `</Ntry>`), "2026-11-23||3.00"},
		{"large charges, each of them not", camtEntries(`<Ntry>` + camtMoney + camtBooked + strings.Repeat(`<Chrgs><Amt Ccy="EUR">6000000000000</Amt></Chrgs>`, 2) + `</Ntry>`), "2026-11-23||3.00"},
		{"charges of another currency", camtEntries(`<Ntry>` + camtMoney + camtBooked + `<Chrgs><Rcrd><Amt Ccy="EUR">1</Amt></Rcrd><Rcrd><Amt Ccy="USD">1</Amt></Rcrd></Chrgs></Ntry>`), "2026-11-23||3.00"},
		{"each fault is named", camtEntries("\n<Ntry><Sts>X</Sts></Ntry>\n<Ntry><Sts>BOOK</Sts></Ntry>\n<Ntry>" + camtMoney + camtBooked + `</Ntry>`), "2 status\n3 amount"},
	})
}

func TestCamtDetails(t *testing.T) {
	two := func(a, b string) string { return camtDetail(`<TxDtls>` + a + `</TxDtls><TxDtls>` + b + `</TxDtls>`) }
	amount := func(currency, amount string) string { return `<Amt Ccy="` + currency + `">` + amount + `</Amt>` }
	check(t, []clause{
		{"one detail", camtDetail(`<TxDtls><Refs><EndToEndId>E</EndToEndId><InstrId>I</InstrId><PmtInfId>P</PmtInfId><AcctSvcrRef>S</AcctSvcrRef><TxId>T</TxId></Refs></TxDtls>`),
			"2026-11-23||3.00|e2e E|ref I|batch P|bank S"},
		{"creditor's reference before the instruction's", camtDetail(`<TxDtls><Refs><InstrId>I</InstrId></Refs><RmtInf><Strd><CdtrRefInf><Ref>R</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>`), "2026-11-23||3.00|ref R"},
		{"ids that are none", camtDetail(`<TxDtls><Refs><EndToEndId>notprovided</EndToEndId><InstrId> NONREF </InstrId><PmtInfId>NoRef</PmtInfId><AcctSvcrRef>none</AcctSvcrRef></Refs></TxDtls>`), "2026-11-23||3.00"},
		{"batch of the details", camtDetail(`<Btch><PmtInfId>B</PmtInfId></Btch><TxDtls><Refs><EndToEndId>E</EndToEndId></Refs></TxDtls>`), "2026-11-23||3.00|e2e E|batch B"},
		{"batch without details", camtDetail(`<Btch><PmtInfId>B</PmtInfId></Btch>`), "2026-11-23||3.00|batch B"},
		{"unstructured text", camtDetail(`<TxDtls><RmtInf><Ustrd> a </Ustrd><Ustrd/><Ustrd>b <![CDATA[<c>&amp;]]></Ustrd></RmtInf></TxDtls>`), "2026-11-23||3.00|text a b <c>&amp;"},
		{"a return", camtDetail(`<TxDtls><Refs><EndToEndId>E</EndToEndId></Refs><RtrInf><Rsn><Cd>AM04</Cd></Rsn></RtrInf></TxDtls>`), "2026-11-23||3.00|R|reason AM04|e2e E|orig E"},
		{"a return of a transaction", camtDetail(`<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId><TxId>T</TxId></Refs><RtrInf><Rsn><Prtry>X</Prtry></Rsn></RtrInf></TxDtls>`), "2026-11-23||3.00|R|reason X|orig T"},
		{"fee of the detail", camtDetail(`<TxDtls><Chrgs><Rcrd><Amt Ccy="EUR">1</Amt></Rcrd></Chrgs></TxDtls>`), "2026-11-23||3.00|fee 1.00"},
		{"a line a detail", two(amount("EUR", "1"), amount("EUR", "2")), "2026-11-23||1.00\n2026-11-23||2.00"},
		{"amounts in their details", two(`<AmtDtls><TxAmt>`+amount("EUR", "1")+`</TxAmt></AmtDtls>`, amount("EUR", "2")), "2026-11-23||1.00\n2026-11-23||2.00"},
		{"a detail of the other sign", two(amount("EUR", "4"), amount("EUR", "1")+`<CdtDbtInd>DBIT</CdtDbtInd>`), "2026-11-23||4.00\n2026-11-23||-1.00"},
		{"details that don't sum", two(`<Refs><EndToEndId>E1</EndToEndId></Refs>`+amount("EUR", "1"), amount("EUR", "1")), "2026-11-23||3.00|e2e E1"},
		{"a detail without amount", two(amount("EUR", "3"), ""), "2026-11-23||3.00"},
		{"a detail of another currency", two(amount("EUR", "1"), amount("USD", "2")+`<AmtDtls><TxAmt>`+amount("EUR", "2")+`</TxAmt></AmtDtls>`), "2026-11-23||3.00"},
		{"a negative detail", two(amount("EUR", "4"), amount("EUR", "-1")), "2026-11-23||3.00"},
		{"a detail of a sign that is none", two(amount("EUR", "1")+`<CdtDbtInd>X</CdtDbtInd>`, amount("EUR", "2")), "2026-11-23||3.00"},
		{"details of a pending entry", camtEntries(`<Ntry>` + camtMoney + `<Sts>PDNG</Sts><NtryDtls><TxDtls>` + amount("EUR", "1") + `</TxDtls><TxDtls>` + amount("EUR", "2") + `</TxDtls></NtryDtls></Ntry>`), ""},
		{"several groups of details", camtEntries(`<Ntry>` + camtMoney + camtBooked + `<AcctSvcrRef>S</AcctSvcrRef><NtryDtls><Btch><PmtInfId>B</PmtInfId></Btch><TxDtls>` + amount("EUR", "1") +
			`</TxDtls></NtryDtls><NtryDtls><TxDtls>` + amount("EUR", "2") + `</TxDtls></NtryDtls><AddtlNtryInf>T</AddtlNtryInf></Ntry>`),
			"2026-11-23||1.00|batch B|bank S|text T\n2026-11-23||2.00|bank S|text T"},
		{"what is unknown is passed over", camtDetail(`<TxDtls><RltdPties><Dbtr><Nm>N</Nm><Id><EndToEndId>X</EndToEndId></Id></Dbtr></RltdPties><Refs><X><EndToEndId>Y</EndToEndId></X></Refs></TxDtls>`), "2026-11-23||3.00"},
	})
}
