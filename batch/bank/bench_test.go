package bank

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"testing"

	"daybook/ledger/match"
)

// largeCamt is a statement of so many entries as banks write them: about 1 kB each, a tenth of
// them batches of two.
func largeCamt(entries int) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>` +
		`<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-24T02:00:00Z</CreDtTm></GrpHdr><Stmt><Id>S-1</Id><ElctrncSeqNb>1</ElctrncSeqNb>` +
		`<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>` + "\n")
	for _, kind := range []string{"OPBD", "CLBD"} {
		fmt.Fprintf(&b, `<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">0.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-23</Dt></Dt></Bal>`, kind)
	}
	for i := range entries {
		batch := i%10 == 0
		amount := 100_00 + i%1000
		details := 1
		if batch {
			details = 2
		}
		fmt.Fprintf(&b, "<Ntry>\n  <NtryRef>%d</NtryRef>\n  <Amt Ccy=\"EUR\">%d.%02d</Amt>\n  <CdtDbtInd>CRDT</CdtDbtInd>\n  <Sts><Cd>BOOK</Cd></Sts>\n"+
			"  <BookgDt><Dt>2026-11-23</Dt></BookgDt>\n  <ValDt><Dt>2026-11-23</Dt></ValDt>\n  <AcctSvcrRef>2026327%09d</AcctSvcrRef>\n"+
			"  <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>\n  <NtryDtls>\n", i, amount*details/100, amount*details%100, i)
		for range details {
			fmt.Fprintf(&b, "    <TxDtls>\n      <Refs><EndToEndId>LOAN-%07d-2026-11</EndToEndId><TxId>TX%d</TxId></Refs>\n      <Amt Ccy=\"EUR\">%d.%02d</Amt>\n      <CdtDbtInd>CRDT</CdtDbtInd>\n"+
				"      <RltdPties><Dbtr><Pty><Nm>Someone With A Name</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>DE02120300000000202051</IBAN></Id></DbtrAcct></RltdPties>\n"+
				"      <RmtInf><Ustrd>Installment of November for loan %07d &amp; thanks</Ustrd></RmtInf>\n    </TxDtls>\n", i, i, amount/100, amount%100, i)
		}
		b.WriteString("  </NtryDtls>\n</Ntry>\n")
	}
	b.WriteString(`</Stmt></BkToCstmrStmt></Document>`)
	return b.Bytes()
}

func largeMT940(entries int) []byte {
	var b bytes.Buffer
	b.WriteString(":20:S-1\r\n:25:DE02120300000000202051\r\n:28C:1/1\r\n:60F:C261123EUR0,\r\n")
	for i := range entries {
		fmt.Fprintf(&b, ":61:2611231123C%d,%02dNTRFNONREF//2026327%09d\r\n:86:166?00UEBERWEISUNG?10931?20EREF+LOAN-%07d-2026?21-11 SVWZ+Installment o\r\n"+
			"?22f November for loan?30DEUTDEFF?31DE02120300000000202051?32Someone\r\n", 100+i%10, i%100, i, i)
	}
	b.WriteString(":62F:C261123EUR0,\r\n-\r\n")
	return b.Bytes()
}

func largeBAI2(entries int) []byte {
	var b bytes.Buffer
	b.WriteString("01,1,2,261123,0200,1,80,,2/\n02,2,1,1,261122,,EUR,2/\n03,123,EUR,010,0,,,015,0,,/\n")
	sum := 0
	for i := range entries {
		amount := 100_00 + i%1000
		sum += amount
		fmt.Fprintf(&b, "16,142,%d,Z,2026327%09d,LOAN-%07d,Installment of November/\n88,EREF: LOAN-%07d-2026-11\n", amount, i, i, i)
	}
	fmt.Fprintf(&b, "49,%d,%d/\n98,%d,1,%d/\n99,%d,1,%d/\n", sum, 2*entries+2, sum, 2*entries+4, sum, 2*entries+6)
	return b.Bytes()
}

func BenchmarkRead(b *testing.B) {
	const entries = 20_000
	for _, format := range []struct {
		name string
		file []byte
	}{{"camt", largeCamt(entries)}, {"mt940", largeMT940(entries)}, {"bai2", largeBAI2(entries)}} {
		b.Run("format="+format.name, func(b *testing.B) {
			b.SetBytes(int64(len(format.file)))
			b.ReportAllocs()
			lines := 0
			for b.Loop() {
				faults, err := Read(bytes.NewReader(format.file), func(s *match.Statement) error {
					lines += len(s.Lines)
					return nil
				})
				if err != nil || len(faults) > 0 {
					b.Fatal(faults, err)
				}
			}
			b.ReportMetric(float64(lines)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}

// BenchmarkXML reads the tokens of camt.053 with this room's reader, and with that of the
// standard library.
func BenchmarkXML(b *testing.B) {
	file := largeCamt(2_000)
	for _, reader := range []struct {
		name string
		read func([]byte) bool
	}{
		{"here", func(file []byte) bool {
			x := xmlReader{source: &source{r: bytes.NewReader(file), left: fileMax}, wants: true}
			for x.next() != tokenEnd {
			}
			return x.eof
		}},
		{"there", func(file []byte) bool {
			d := xml.NewDecoder(bytes.NewReader(file))
			for {
				if _, err := d.RawToken(); err != nil {
					return err == io.EOF
				}
			}
		}},
	} {
		b.Run("reader="+reader.name, func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				if !reader.read(file) {
					b.Fatal("the file is not read to its end")
				}
			}
		})
	}
}
