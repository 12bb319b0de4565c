package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// How long it takes to tie the bank to the ledger: the night on which everyone pays, and the
// bank's statement of it, one line a payment, in each format that is worth a measurement. Of a
// hundred lines ninety have the payment's id as their end-to-end reference, seven in their text,
// two have another amount, and one is unknown.

// A ReconcileResult is one measurement.
type ReconcileResult struct {
	Commit   string          `json:"commit"`
	Machine  Machine         `json:"machine"`
	Settings Settings        `json:"settings"`
	Sides    []ReconcileSide `json:"formats"`
}

// A ReconcileSide is the statement in one format.
type ReconcileSide struct {
	Format         string  `json:"format"`
	Lines          int64   `json:"lines"`
	Bytes          int64   `json:"bytes"`
	LinesPerSecond float64 `json:"lines_per_second"`
	Median         Run     `json:"median"`
	Runs           []Run   `json:"runs"`
}

// bankFormats write a statement from what a journal's cash was.
var bankFormats = []struct {
	name, file         string
	head, line, detail string
	foot               string
}{
	{
		name: "camt.053", file: "statements.xml",
		head: `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>1</Id><ElctrncSeqNb>1</ElctrncSeqNb><Acct><Id><Othr><Id>62220</Id></Othr></Id><Ccy>CNY</Ccy></Acct><Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">0.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>` + "\n",
		line: `<Ntry><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{on}</Dt></BookgDt><ValDt><Dt>{on}</Dt></ValDt><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs><RltdPties><Dbtr><Pty><Nm>A PAYER OF THE LENDER</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>` + "\n",
		foot: "</Stmt></BkToCstmrStmt></Document>\n",
	},
	{
		name: "MT940", file: "statements.sta", head: ":20:1\n:25:62220\n:28C:1/1\n:60F:C{day}CNY0,00\n",
		line: ":61:{day}{short}{mark}{comma}NTRFNONREF\n:86:/EREF/{reference}/REMI/{text}\n", foot: ":62F:{mark}{day}CNY{comma}\n-\n",
	},
}

// measureReconcile measures the reconciliation of the night on which everyone pays.
func (b *bench) measureReconcile(ctx context.Context) (*ReconcileResult, error) {
	inbox, machine, err := b.itself(ctx)
	if err != nil {
		return nil, err
	}
	r := &ReconcileResult{Commit: b.commit(), Machine: machine, Settings: b.Settings}
	book, err := b.paidBook(ctx, inbox)
	if err != nil {
		return nil, err
	}
	for i := range bankFormats {
		dir := filepath.Join(b.data, "bank-"+bankFormats[i].name)
		lines, err := b.writeStatement(ctx, book, dir, i)
		if err != nil {
			return nil, err
		}
		side, err := b.reconcile(ctx, book, dir, i, lines)
		if err != nil {
			return nil, err
		}
		r.Sides = append(r.Sides, *side)
	}
	return r, nil
}

// paidBook closes the night in a book of its own, whose cash is looked for from it on.
func (b *bench) paidBook(ctx context.Context, inbox string) (string, error) {
	policy := filepath.Join(b.data, "reconcile.yaml")
	if err := os.WriteFile(policy, []byte(likePeer+"reconciliation: {from: "+b.measured(0)+"}\n"), 0o600); err != nil {
		return "", err
	}
	base, err := b.base(ctx, daybookSide, inbox)
	if err != nil {
		return "", err
	}
	book, out := filepath.Join(b.data, "reconcile-book"), filepath.Join(b.data, "reconcile-out")
	if err := errors.Join(os.RemoveAll(out), copyBook(base, book)); err != nil {
		return "", err
	}
	_, err = spawn(ctx, b.log, b.binaryOf(daybookSide), []string{"close", "--book", book, "--in", filepath.Join(inbox, b.measured(0)), "--out", out,
		"--date", b.measured(0), "--memory", b.Memory, "--policy", policy, "--json"})
	return book, errors.Join(err, os.RemoveAll(out))
}

// writeStatement writes the bank's statement of the night.
func (b *bench) writeStatement(ctx context.Context, book, dir string, format int) (lines int64, err error) {
	f := &bankFormats[format]
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return 0, err
	}
	file, err := os.Create(filepath.Join(dir, f.file))
	if err != nil {
		return 0, err
	}
	w := bufio.NewWriterSize(file, 1<<20)
	date := b.measured(0)
	put := func(form, on, amount, reference, text string) {
		way, mark, plain := "CRDT", "C", amount
		if strings.HasPrefix(amount, "-") {
			way, mark, plain = "DBIT", "D", amount[1:]
		}
		day := strings.ReplaceAll(on, "-", "")[2:]
		said := strings.NewReplacer("{on}", on, "{amount}", plain, "{way}", way, "{reference}", reference, "{text}", text, "{day}", day, "{short}", day[2:],
			"{mark}", mark, "{comma}", strings.ReplaceAll(plain, ".", ",")).Replace(form)
		w.WriteString(said) // an error is told by Flush
	}
	put(f.head, date, "0.00", "", "")
	sum := int64(0)
	err = b.eachCash(ctx, book, func(on, amount, source string) {
		lines++
		cents := centsOf(amount)
		reference, text := source, "instalment"
		switch k := lines % 100; {
		case k == 0:
			reference, text = "NOTPROVIDED", fmt.Sprintf("unknown payer %d", lines)
		case k < 3:
			cents++
		case k < 10:
			reference, text = "NOTPROVIDED", "instalment "+source+" thank you"
		}
		sum += cents
		put(f.line, on, decimalOf(cents), reference, text)
	})
	put(f.foot, date, decimalOf(sum), "", "")
	return lines, errors.Join(err, w.Flush(), file.Close())
}

// centsOf reads an amount with two digits.
func centsOf(s string) (n int64) {
	sign := int64(1)
	for _, c := range s {
		switch {
		case c == '-':
			sign = -1
		case c != '.':
			n = n*10 + int64(c-'0')
		}
	}
	return sign * n
}

func decimalOf(cents int64) string {
	if cents < 0 {
		return "-" + decimalOf(-cents)
	}
	return fmt.Sprintf("%d.%02d", cents/100, cents%100)
}

// eachCash calls do with what each entry of the night moved in cash.
func (b *bench) eachCash(ctx context.Context, book string, do func(on, amount, source string)) error {
	cmd := exec.CommandContext(ctx, b.binaryOf(daybookSide), "export", "--book", book, "--date", b.measured(0), "--table", "journal", "--format", "csv")
	cmd.Stderr = b.log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	rows := csv.NewReader(bufio.NewReaderSize(out, 1<<20))
	rows.ReuseRecord = true
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return cmd.Wait()
		}
		if err != nil {
			return errors.Join(err, cmd.Wait())
		}
		if row[6] == "1001" { // cash: business_date, entry_id, value_date, kind, source_id, loan_id, account, currency, debit, credit
			amount := row[8]
			if centsOf(amount) == 0 {
				amount = "-" + row[9]
			}
			do(row[2], amount, row[4])
		}
	}
}

// reconcile ties the statement to the book, each time on a fresh copy.
func (b *bench) reconcile(ctx context.Context, book, dir string, format int, lines int64) (*ReconcileSide, error) {
	info, err := os.Stat(filepath.Join(dir, bankFormats[format].file))
	if err != nil {
		return nil, err
	}
	s := &ReconcileSide{Format: bankFormats[format].name, Lines: lines, Bytes: info.Size()}
	at, out := filepath.Join(b.data, "reconcile-run"), filepath.Join(b.data, "reconcile-out")
	for range b.Repetitions {
		if err := errors.Join(os.RemoveAll(out), copyBook(book, at)); err != nil {
			return nil, err
		}
		settle()
		u, err := spawn(ctx, b.log, b.binaryOf(daybookSide), []string{"reconcile", "--book", at, "--in", dir, "--out", out, "--date", b.measured(0), "--json"})
		if err != nil {
			return nil, err
		}
		b.say("%s: %.2f s, %.2f s of processor time, %d MiB", s.Format, u.WallSeconds, u.CPUSeconds, u.PeakMemoryBytes>>20)
		s.Runs = append(s.Runs, u.Run)
	}
	s.Median = (&Machine{}).sideOf(s.Format, s.Runs).Median
	s.LinesPerSecond = float64(lines) / s.Median.WallSeconds
	return s, errors.Join(os.RemoveAll(at), os.RemoveAll(out))
}

// keep writes the result in the place of the last one.
func (r *ReconcileResult) keep(dir string) error {
	return keep(dir, "reconcile-"+short(r.Settings.Loans), r, r.write)
}

// write prints the result as Markdown.
func (r *ReconcileResult) write(w io.Writer) error {
	var out strings.Builder
	fmt.Fprintf(&out, "Bank and ledger tied: %s loans that all pay, medians of %d. Commit %s.\n\n", short(r.Settings.Loans), r.Settings.Repetitions, r.Commit)
	out.WriteString("| statement | lines | size | wall | processor time | peak memory | lines a second |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for i := range r.Sides {
		x := &r.Sides[i]
		fmt.Fprintf(&out, "| %s | %d | %d MiB | %.2f s | %.2f s | %d MiB | %.0f |\n", x.Format, x.Lines, x.Bytes>>20, x.Median.WallSeconds, x.Median.CPUSeconds,
			x.Median.PeakMemoryBytes>>20, x.LinesPerSecond)
	}
	_, err := io.WriteString(w, out.String())
	return err
}
