package bank

import (
	"fmt"
	"strings"
	"testing"
)

// baiFile frames accounts: records of 03, 16 and 88, with the sum of their amounts. It
// counts them as they stand, one a line.
func baiFile(group string, sum int, account string) string {
	records := 0
	for _, line := range strings.Split(account, "\n") {
		if recordCode([]byte(line)) != recordNone {
			records++
		}
	}
	return fmt.Sprintf("01,S,R,261124,0200,7,,,2/\n%s\n%s\n49,%d,%d/\n98,%d,1,%d/\n99,%d,1,%d/\n",
		group, account, sum, records+1, sum, records+3, sum, records+5)
}

const baiGroup = "02,R,O,1,261123,,EUR,2/"

// baiLines is a file of one account with transactions.
func baiLines(sum int, lines string) string { return baiFile(baiGroup, sum, "03,A,,010,0,,/\n"+lines) }

func TestBAI2Statement(t *testing.T) {
	const rest = "|O/2026-11-23|7|"
	checkStatements(t, []clause{
		{"balances", baiFile(baiGroup, 30, "03,A 1,USD,010,10,,,015,+20,,,040,,,/"), "A 1|USD" + rest + "| 0.10|2026-11-23 0.20|0 lines|0 pending|loaded"},
		{"negative, and none", baiFile(baiGroup, -10, "03,A,,010,-10,,/"), "A|EUR" + rest + "| -0.10|2026-11-23 |0 lines|0 pending|loaded"},
		{"negative zero", baiFile(baiGroup, 0, "03,A,,010,-0,,/"), "A|EUR" + rest + "| 0.00|2026-11-23 |0 lines|0 pending|loaded"},
		{"USD where none is said", baiFile("02,R,O,1,261123,,,2/", 0, "03,A,/"), "A|USD" + rest + "| |2026-11-23 |0 lines|0 pending|loaded"},
		{"continued", baiFile(baiGroup, 35, "03,A,,010,10,,,\n88,015,20,,/\n88,072,5,1,S,1,2,3/"), "A|EUR" + rest + "| 0.10|2026-11-23 0.20|0 lines|0 pending|loaded"},
		{"funds of totals", baiFile(baiGroup, 44, "03,A,,100,1,1,V,261123,1200,072,2,1,S,9,9,9,074,3,1,D,2,0,5,1,6,010,38,,/"), "A|EUR" + rest + "| 0.38|2026-11-23 |0 lines|0 pending|loaded"},
		{"deleted", baiFile("02,R,O,2,261123,,EUR,2/", 0, "03,A,/"), "A|EUR" + rest + "| |2026-11-23 |0 lines|0 pending|deleted"},
		{"a correction loads", baiFile("02,R,O,3,261123,,EUR,4/", 0, "03,A,/"), "A|EUR" + rest + "| |2026-11-23 |0 lines|0 pending|loaded"},
		{"test", baiFile("02,R,O,4,261123,,EUR,1/", 0, "03,A,/"), "A|EUR" + rest + "| |2026-11-23 |0 lines|0 pending|test"},
		{"interim, the day before", baiFile("02,R,O,1,261123,,EUR,1/", 0, "03,A,/"), "A|EUR" + rest + "| |2026-11-23 |0 lines|0 pending|interim"},
		{"interim, the same day", baiFile("02,R,O,1,261123,,EUR,3/", 0, "03,A,/"), "A|EUR" + rest + "| |2026-11-23 |0 lines|0 pending|interim"},
		{"bad status", baiFile("02,R,O,5,261123,,EUR,2/", 0, "03,A,/"), "2 status"},
		{"bad modifier", baiFile("02,R,O,1,261123,,EUR,9/", 0, "03,A,/"), "2 status"},
		{"bad date", baiFile("02,R,O,1,261323,,EUR,2/", 0, "03,A,/"), "2 date"},
		{"bad currency", baiFile(baiGroup, 0, "03,A,XXX/"), "3 currency"},
		{"no account", baiFile(baiGroup, 0, "03,,/"), "3 account"},
		{"bad type", baiFile(baiGroup, 0, "03,A,,10,0,,/"), "3 syntax"},
		{"bad amount", baiFile(baiGroup, 0, "03,A,,010,0.5,,/"), "3 amount"},
		{"version", strings.Replace(baiFile(baiGroup, 0, "03,A,/"), ",,,2/", ",,,3/", 1), "A|EUR" + rest + "| |2026-11-23 |0 lines|0 pending|loaded\n1 version"},
		{"control total of the account", strings.Replace(baiFile(baiGroup, 10, "03,A,,010,10,,/"), "49,10", "49,11", 1), "4 control_total"},
		{"control count of the account", strings.Replace(baiFile(baiGroup, 10, "03,A,,010,10,,/"), "49,10,2", "49,10,3", 1), "4 control_total"},
		{"control of the group", strings.Replace(baiFile(baiGroup, 10, "03,A,,010,10,,/"), "98,10,1,4", "98,11,2,5", 1),
			"A|EUR" + rest + "| 0.10|2026-11-23 |0 lines|0 pending|loaded\n5 control_total\n5 control_total\n5 control_total"},
		{"controls that are no numbers", strings.Replace(baiFile(baiGroup, 10, "03,A,,010,10,,/"), "49,10,2", "49,1.0,99999999999999999999", 1), "4 control_total\n4 control_total"},
		{"control of the file", strings.Replace(baiFile(baiGroup, 10, "03,A,,010,10,,/"), "99,10,1,6", "99,10,,7", 1),
			"A|EUR" + rest + "| 0.10|2026-11-23 |0 lines|0 pending|loaded\n6 control_total\n6 control_total"},
		{"no end of the account", "01,S,R,261124,0200,7,,,2/\n" + baiGroup + "\n03,A,/\n03,B,/\n49,0,2/\n98,0,1,5/\n99,0,1,7/", "B|EUR" + rest + "| |2026-11-23 |0 lines|0 pending|loaded\n4 control_total"},
		{"no end of the file", "01,S,R,261124,0200,7,,,2/\n" + baiGroup + "\n03,A,/", "3 truncated"},
		{"records where they may not stand", "01,S,R,261124,0200,7,,,2/\n16,142,1,Z,,,/\n88,x/\n49,0,1/\n03,A,/\n98,0,0,1/\n99,0,0,6/", "2 syntax\n4 syntax\n5 syntax\n6 control_total\n6 syntax\n7 control_total"},
		{"88 behind an end", strings.Replace(baiFile(baiGroup, 0, "03,A,/"), "49,0,2/", "49,0,2/\n88,x/", 1), "5 syntax\n4 control_total\n6 control_total\n7 control_total"},
		{"two files", baiFile(baiGroup, 0, "03,A,/") + baiFile(baiGroup, 0, "03,B,/"), "A|EUR" + rest + "| |2026-11-23 |0 lines|0 pending|loaded\nB|EUR" + rest + "| |2026-11-23 |0 lines|0 pending|loaded"},
		{"another record", baiFile(baiGroup, 0, "03,A,/\n05,x/"), "A|EUR" + rest + "| |2026-11-23 |0 lines|0 pending|loaded\n4 syntax"},
	})
}

func TestBAI2Transactions(t *testing.T) {
	const line = "2026-11-23|2026-11-23|"
	check(t, []clause{
		{"signs", baiLines(10, "16,100,1,Z,,,/\n16,399,2,,,,/\n16,400,3,Z,,,/\n16,699,4,Z,,,/"), line + "0.01|100\n" + line + "0.02|399\n" + line + "-0.03|400\n" + line + "-0.04|699"},
		{"types that move nothing", baiLines(3, "16,099,1,Z,,,/\n16,700,2,Z,,,/\n16,890,,Z,,,x/"), ""},
		{"no amount", baiLines(0, "16,142,,Z,,,/"), line + "0.00|142"},
		{"bad types and amounts", baiLines(0, "16,14,1,Z,,,/\n16,142,1.5,Z,,,/\n16,142,99999999999999999999,Z,,,/"), "4 syntax\n5 amount\n6 amount\n7 control_total\n8 control_total\n9 control_total"},
		{"value date", baiLines(3, "16,142,1,V,261124,0800,B,C,T/\n16,142,1,V,,,B,C,T/\n16,142,1,V,261324,,B,C,T/"), "6 date"},
		{"funds", baiLines(5, "16,142,1,V,261124,0800,B,C,T/\n16,142,1,S,1,2,3,B,C,T/\n16,142,1,D,2,0,1,1,2,B,C,T/\n16,142,1,1,B,C,T/\n16,142,1,V,,,B,C,T/"),
			"2026-11-23|2026-11-24|0.01|142|ref C|bank B|text T" + strings.Repeat("\n"+line+"0.01|142|ref C|bank B|text T", 4)},
		{"unknown funds", baiLines(1, "16,142,1,X,B,C,T/"), "4 syntax"},
		{"text holds commas and slashes", baiLines(1, "16,142,1,Z,,,a, b/c 31/12,5 11/16,500/"), line + "0.01|142|text a, b/c 31/12,5 11/16,500"},
		{"what looks like an end", baiLines(1, "16,142,1,Z,,,a/49,x b/49,5,c d/16,142,x/"), line + "0.01|142|text a/49,x b/49,5,c d/16,142,x"},
		{"text without its slash", baiLines(1, "16,142,1,Z,B,C,a b"), line + "0.01|142|ref C|bank B|text a b"},
		{"text continued", baiLines(1, "16,142,1,Z,,,a/\n88, b, c/\n88,d"), line + "0.01|142|text a b, c d"},
		{"text wrapped", baiLines(1, "16,142,1,Z,,,a\nb, c/\n88,d"), line + "0.01|142|text a b, c d"},
		{"fields continued", baiLines(2, "16,142,1,Z,/\n88,C,T/\n16,142,1/\n88,Z,B/\n88,C/\n88,T, t/"), line + "0.01|142|ref C|text T\n" + line + "0.01|142|ref C|bank B|text T, t"},
		{"references that are none", baiLines(1, "16,142,1,Z,NONREF,none,T/"), line + "0.01|142|text T"},
		{"end-to-end id", baiLines(1, "16,142,1,Z,,,T/\n88,EREF: E 1/\n88,EREF: E2"), line + "0.01|142|e2e E 1|text T EREF: E 1 EREF: E2"},
		{"an id in the text is text", baiLines(1, "16,142,1,Z,,,EREF: E/"), line + "0.01|142|text EREF: E"},
		{"returns", baiLines(5, "16,255,1,Z,,,/\n16,257,1,Z,,,/\n16,266,1,Z,,,/\n16,555,1,Z,,,Reason: R01 x/\n88,EREF: E\n16,557,1,Z,,,Reason:AM04/"),
			line + "0.01|R|255\n" + line + "0.01|R|257\n" + line + "0.01|R|266\n" + line + "-0.01|R|555|reason R01|e2e E|orig E|text Reason: R01 x EREF: E\n" + line + "-0.01|R|557|reason AM04|text Reason:AM04"},
		{"reasons that are none", baiLines(2, "16,142,1,Z,,,Reason: 001/\n16,142,1,Z,,,Reason: R012/"), line + "0.01|142|text Reason: 001\n" + line + "0.01|142|text Reason: R012"},
		{"ISO 8859-1", baiLines(1, "16,142,1,Z,,,M\xfcller/\n88,Müller"), line + "0.01|142|text Müller Müller"},
		{"the file on one line", strings.ReplaceAll(baiLines(3, "16,142,1,Z,,,a/b/\n88,c/\n16,142,2,Z,,,d/"), "\n", "  "), line + "0.01|142|text a/b c\n" + line + "0.02|142|text d"},
		{"the same without blanks", strings.ReplaceAll(baiLines(3, "16,142,1,Z,,,a/b/\n88,c/\n16,142,2,Z,,,d/"), "\n", ""), line + "0.01|142|text a/b c\n" + line + "0.02|142|text d"},
	})
}
