package bank

import (
	"strings"
	"testing"
)

const (
	mtHead = ":20:S\n:25:A\n:28C:1\n:60F:C261123EUR0,\n"
	mtTail = ":62F:C261123EUR0,\n"
)

func mtFile(entries string) string { return mtHead + entries + "\n" + mtTail }

// mtInfo is a file of one entry with information.
func mtInfo(lines string) string { return mtFile(":61:261123C1,NMSC\n:86:" + lines) }

func TestMT940Statement(t *testing.T) {
	checkStatements(t, []clause{
		{"a statement", ":20: S 1 \n:25: A/1 \n:28C:7/2\n:60F:D261122EUR1,5\n:62F:C261123EUR,5\n", "A/1|EUR|S 1|7|2|2026-11-22 -1.50|2026-11-23 0.50|0 lines|0 pending|loaded"},
		{"tag 28", ":20:NONREF\n:25:A\n:28:7\n:60F:C261122EUR1,\n:62F:C261123EUR1,\n-\n", "A|EUR||7||2026-11-22 1.00|2026-11-23 1.00|0 lines|0 pending|loaded"},
		{"pages", ":20:S\n:25:A\n:28C:7/1\n:60F:C261122EUR1,\n:62M:C261123EUR2,\n-}\n{4:\n:20:S\n:25:A\n:28C:7/2\n:60M:C261123EUR2,\n:62F:C261123EUR3,\n-}\n",
			"A|EUR|S|7|1|2026-11-22 1.00|2026-11-23 2.00|0 lines|0 pending|loaded\nA|EUR|S|7|2|2026-11-23 2.00|2026-11-23 3.00|0 lines|0 pending|loaded"},
		{"pages in one message", ":20:S\n:25:A\n:28C:7\n:60F:C261122EUR1,\n:62M:C261123EUR2,\n:60M:C261123EUR2,\n:62F:C261123EUR3,\n",
			"A|EUR|S|7||2026-11-22 1.00|2026-11-23 2.00|0 lines|0 pending|loaded\nA|EUR|S|7||2026-11-23 2.00|2026-11-23 3.00|0 lines|0 pending|loaded"},
		{"blocks on one line", "{1:F01}{2:O940}{3:}{4::20:S\n:25:A\n:60F:C261122EUR1,\n:62F:C261123EUR1,\n-}{5:}\x03\x01{1:F01}{4:\n:20:T\n:25:A\n:60F:C261122EUR1,\n:62F:C261123EUR1,\n-}",
			"A|EUR|S|||2026-11-22 1.00|2026-11-23 1.00|0 lines|0 pending|loaded\nA|EUR|T|||2026-11-22 1.00|2026-11-23 1.00|0 lines|0 pending|loaded"},
		{"lines before and between", "940\n:940:\nsome text\n:20:S\n:25:A\n:60F:C261122EUR1,\n:86:of the statement\n:64:C261122EUR9,\n:62F:C261123EUR1,\n:86:of it too\n-\n940\n:20:T\n:25:A\n:60F:C261122EUR1,\n:62F:C261123EUR1,\n",
			"A|EUR|S|||2026-11-22 1.00|2026-11-23 1.00|0 lines|0 pending|loaded\nA|EUR|T|||2026-11-22 1.00|2026-11-23 1.00|0 lines|0 pending|loaded"},
		{"pending ones", mtFile(":61:261123EC1,NMSC\n:86:x\n:61:261123ED1,NMSC\n:61:261123C1,NMSC"), "A|EUR|S|1||2026-11-23 0.00|2026-11-23 0.00|1 lines|2 pending|loaded"},
		{"no account", ":20:S\n:60F:C261122EUR1,\n:62F:C261123EUR1,\n", "3 account"},
		{"two accounts", ":20:S\n:25:A\n:25:B\n:60F:C261122EUR1,\n:62F:C261123EUR1,\n", "3 account"},
		{"no opening balance", ":20:S\n:25:A\n:62F:C261123EUR1,\n", "3 balance"},
		{"two opening balances", ":20:S\n:25:A\n:60F:C261122EUR1,\n:60F:C261122EUR1,\n:62F:C261123EUR1,\n", "4 balance"},
		{"cut: no closing balance", ":20:S\n:25:A\n:60F:C261122EUR1,\n:61:261123C1,NMSC\n", "4 truncated"},
		{"closing of another currency", ":20:S\n:25:A\n:60F:C261122EUR1,\n:62F:C261123USD1,\n", "4 currency_mixed"},
		{"two closing balances", ":20:S\n:25:A\n:60F:C261122EUR1,\n:62F:C261123EUR1,\n:62F:C261123EUR1,\n", "5 balance"},
		{"bad closing balance", ":20:S\n:25:A\n:60F:C261122EUR1,\n:62F:C2611\n", "4 syntax"},
		{"a date of letters", ":20:S\n:25:A\n:60F:Cxx1122EUR1,\n:62F:C261123EUR1,\n", "3 date"},
		{"other tags", ":20:S\n:21:R\n:25P:A\n:NS:22x\n:34F:EUR1,\n:60F:C261122EUR1,\n:123:x\n:::\n:62F:C261123EUR1,\n:90D:1EUR1,\n", "A|EUR|S|||2026-11-22 1.00|2026-11-23 1.00|0 lines|0 pending|loaded"},
		{"unknown currency", ":20:S\n:25:A\n:60F:C261122eur1,\n:62F:C261123EUR1,\n", "3 currency"},
		{"bad balance", ":20:S\n:25:A\n:60F:X261122EUR1,\n:62F:C261123EUR1,\n", "3 syntax"},
		{"bad date", ":20:S\n:25:A\n:60F:C261322EUR1,\n:62F:C261123EUR1,\n", "3 date"},
		{"no comma", ":20:S\n:25:A\n:60F:C261122EUR1\n:62F:C261123EUR1,\n", "3 amount"},
		{"entry before the opening", ":20:S\n:25:A\n:61:261123C1,NMSC\n:60F:C261122EUR1,\n:62F:C261123EUR1,\n", "3 syntax"},
		{"entry behind the closing", ":20:S\n:25:A\n:60F:C261122EUR1,\n:62F:C261123EUR1,\n:61:261123C1,NMSC\n", "5 syntax"},
		{"years", ":20:S\n:25:A\n:60F:C800101EUR1,\n:62F:C790101EUR1,\n", "A|EUR|S|||1980-01-01 1.00|2079-01-01 1.00|0 lines|0 pending|loaded"},
	})
}

func TestMT940Entries(t *testing.T) {
	check(t, []clause{
		{"marks", mtFile(":61:261123C1,NMSC\n:61:261123D1,NMSC\n:61:261123RC1,NMSC\n:61:261123RD1,NMSC"),
			"2026-11-23|2026-11-23|1.00|NMSC\n2026-11-23|2026-11-23|-1.00|NMSC\n2026-11-23|2026-11-23|-1.00|R|NMSC\n2026-11-23|2026-11-23|1.00|R|NMSC"},
		{"funds letters", mtFile(":61:261123CR1,NMSC\n:61:261123RDD1,NMSC"), "2026-11-23|2026-11-23|1.00|NMSC\n2026-11-23|2026-11-23|1.00|R|NMSC"},
		{"amounts", mtFile(":61:261123C5,NMSC\n:61:261123C,5NMSC\n:61:261123C0005,50   NMSC"), "2026-11-23|2026-11-23|5.00|NMSC\n2026-11-23|2026-11-23|0.50|NMSC\n2026-11-23|2026-11-23|5.50|NMSC"},
		{"amounts that are none", mtFile(":61:261123C,NMSC\n:61:261123C5NMSC\n:61:261123C5,001NMSC\n:61:261123C1,2,3NMSC\n:61:261123C-1,NMSC"), "5 amount\n6 amount\n7 amount\n8 amount\n9 amount"},
		{"entry dates", mtFile(":61:2612311224C1,NMSC\n:61:2701011231C1,NMSC\n:61:2612310102C1,NMSC"), "2026-12-24|2026-12-31|1.00|NMSC\n2026-12-31|2027-01-01|1.00|NMSC\n2027-01-02|2026-12-31|1.00|NMSC"},
		{"leap day", mtFile(":61:2403010229C1,NMSC\n:61:2603010229C1,NMSC"), "6 date"},
		{"dates that are none", mtFile(":61:260229C1,NMSC\n:61:2611230230C1,NMSC\n:61:261123111C1,NMSC\n:61:26112"), "5 date\n6 date\n7 date\n8 syntax"},
		{"no mark", mtFile(":61:2611231123X1,NMSC"), "5 sign"},
		{"no type", mtFile(":61:2611231123C1,XMSC\n:61:261123C1,"), "5 syntax\n6 syntax"},
		{"types", mtFile(":61:261123C1,N10\n:61:261123C1,FMSCREF\n:61:261123C1,S103\n:61:261123C1,NRTI"), "2026-11-23|2026-11-23|1.00|N10\n2026-11-23|2026-11-23|1.00|FMSC|ref REF\n2026-11-23|2026-11-23|1.00|S103\n2026-11-23|2026-11-23|1.00|R|NRTI"},
		{"references", mtFile(":61:261123C1,NMSC a b //c//d\n:61:261123C1,NMSCNONREF//NONREF\n:61:261123C1,NMSC//x"), "2026-11-23|2026-11-23|1.00|NMSC|ref a b|bank c//d\n2026-11-23|2026-11-23|1.00|NMSC\n2026-11-23|2026-11-23|1.00|NMSC|bank x"},
		{"charges", mtFile(":61:261123C1,NMSC\n/OCMT/EUR2,//CHGS/EUR0,50/\n:61:261123C1,NMSCX/CHGS/EUR1,\n:61:261123C1,NMSC\n/CHGS/USD1,/"), "2026-11-23|2026-11-23|1.00|NMSC|fee 0.50\n2026-11-23|2026-11-23|1.00|NMSC|ref X/CHGS/EUR1,|fee 1.00\n2026-11-23|2026-11-23|1.00|NMSC"},
		{"supplementary lines are not text", mtFile(":61:261123C1,NMSC\nsome\n-\n:86:t"), "2026-11-23|2026-11-23|1.00|NMSC|text t"},
	})
}

func TestMT940Information(t *testing.T) {
	const line = "2026-11-23|2026-11-23|1.00|"
	full := strings.Repeat("x", 64) + "y"
	check(t, []clause{
		{"text", mtInfo("a  b\n c \n\nd"), line + "NMSC|text a b c d"},
		{"a full line runs on", mtInfo(full + "\nz\n" + full + "z\nz"), line + "NMSC|text " + full + "z " + full + "z z"},
		{"65 characters, not bytes", mtInfo(strings.Repeat("ü", 65) + "\nz"), line + "NMSC|text " + strings.Repeat("ü", 65) + "z"},
		{"ISO 8859-1", mtInfo("M\xfcller\nMüller"), line + "NMSC|text Müller Müller"},
		{"repeated", mtInfo(full + "\n:86:z"), line + "NMSC|text " + full + " z"},
		{"a tag in between", mtFile(":61:261123C1,NMSC\n:13D:2611231200+0100\n:86:t"), line + "NMSC|text t"},
		{"a dash is text", mtInfo("a\n-\nb\n:99\n: x"), line + "NMSC|text a - b :99 : x"},
		{"control characters", mtInfo("a\x00b\x1fc\td"), line + "NMSC|text abc d"},
		{"fields", mtInfo("166?00BOOKING?109310?20SVWZ+a?21b \n?22 c?30BIC?31IBAN?32NAME?60d"), line + "NMSC|gvc 166|text ab cd"},
		{"fields without keywords", mtInfo("166?00BOOKING?20a?21b?60c?99d"), line + "NMSC|gvc 166|text abc"},
		{"another separator", mtInfo("166+20a+21b?22c"), line + "NMSC|gvc 166|text ab?22c"},
		{"a separator in a text", mtInfo("166?20why? yes?2?21b?"), line + "NMSC|gvc 166|text why? yes?2b?"},
		{"letters, digits and spaces separate nothing", mtInfo("166a20b a20c"), line + "NMSC|text 166a20b a20c"},
		{"no fields behind the separator", mtInfo("166?ab"), line + "NMSC|text 166?ab"},
		{"keywords", mtInfo("166?20EREF+E1 KREF+K1?21 MREF+M1 CRED+C1 SVWZ+some te?22xt"), line + "NMSC|gvc 166|e2e E1|ref K1|text some text"},
		{"keywords without blanks, wrapped", mtInfo("166?20ER?21EF+E1SVWZ+t ABWA+x\n?22y"), line + "NMSC|gvc 166|e2e E1|text t"},
		{"the first of a keyword", mtInfo("166?20EREF+E1 EREF+E2 SVWZ+ SVWZ+x"), line + "NMSC|gvc 166|e2e E1"},
		{"a word that is no keyword", mtInfo("166?20SVWZ+a PURP+b 1+1"), line + "NMSC|gvc 166|text a PURP+b 1+1"},
		{"KREF in place of KREF+", mtFile(":61:261123C1,NMSCKREF+\n:86:166?20KREF+K SVWZ+t"), line + "NMSC|gvc 166|ref K|text t"},
		{"KREF where there is a reference", mtFile(":61:261123C1,NMSCR\n:86:166?20KREF+K SVWZ+t"), line + "NMSC|gvc 166|ref R|text t"},
		{"a returned debit", mtInfo("109?20EREF+E SVWZ+t?34901"), line + "R|NMSC|gvc 109|reason 901|e2e E|orig E|text t"},
		{"the key of another code", mtInfo("166?20t?34901"), line + "NMSC|gvc 166|text t"},
		{"codes", mtInfo("/TRTP/SEPA/IBAN/NL1/BIC/B/NAME/N M/REMI/some text/EREF/E1/ISDT/2026-11-23"), line + "NMSC|e2e E1|text some text"},
		{"no value", mtInfo("/EREF//REMI//NAME/x"), line + "NMSC"},
		{"no remittance: the whole", mtInfo("/EREF/NOTPROVIDED/NAME/x"), line + "NMSC|text /EREF/NOTPROVIDED/NAME/x"},
		{"unstructured remittance", mtInfo("/REMI/USTD//some text/EREF/E"), line + "NMSC|e2e E|text some text"},
		{"codes of a bank's own", mtInfo("/EREF/E/1//CNTP/NL1/B/N///REMI/t"), line + "NMSC|e2e E/1|text t"},
		{"returned", mtInfo("/EREF/E/RTRN/MS03/REMI/t"), line + "R|NMSC|reason MS03|e2e E|orig E|text t"},
		{"1,024 characters", mtInfo(strings.Repeat("ä ", 40) + "\n" + strings.Repeat(strings.Repeat("b", 70)+"\n", 20)),
			line + "NMSC|text " + strings.Repeat("ä ", 40) + strings.TrimRight(strings.Repeat(strings.Repeat("b", 70)+" ", 20)[:1024-80], " ")},
		{"256 bytes", mtInfo("166?20EREF+" + strings.Repeat("e", 300)), line + "NMSC|gvc 166|e2e " + strings.Repeat("e", 256) + "|text EREF+" + strings.Repeat("e", 300)},
	})
}
