package batch

import (
	"encoding/binary"

	"daybook/batch/night"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/store"
	"daybook/reports"
)

// The accruals of loans that nothing touched are posted as one entry for each
// product and currency, provable from the loans' records.

func (n *closing) newSummary() [][]night.Totals {
	s := make([][]night.Totals, len(n.rules.Products))
	for i := range s {
		s[i] = make([]night.Totals, len(n.rules.Scale))
	}
	return s
}

func (n *closing) addSummary(o [][]night.Totals) {
	for p := range o {
		for c := range o[p] {
			for k := range o[p][c] {
				for r := range o[p][c][k] {
					n.summary[p][c][k][r] += o[p][c][k][r]
				}
			}
		}
	}
}

// summaryPartition stands in the entry ids of summary entries where others have
// their partition.
const summaryPartition = store.Partitions

// postSummary makes the summary entries, adds them to the GL and keeps them for
// the book and the published journal.
func (n *closing) postSummary() error {
	number := 0
	n.summaryLines.BusinessDate = n.o.Date
	for p := range n.summary {
		for c := range n.summary[p] {
			var log loan.Log
			for k, kind := range night.SummaryKinds {
				if n.summary[p][c][k] == ([ledger.Roles]money.Amount{}) {
					continue
				}
				log.Begin(kind, n.o.Date, []byte(n.names.Products[p]))
				for role, amount := range n.summary[p][c][k] {
					log.Post(ledger.Role(role), amount)
				}
			}
			for i := range log.Len() {
				e := log.Entry(i)
				if e.Sum() != 0 {
					panic("batch: internal error: summary of product " + n.names.Products[p] + " is off by " + e.Sum().Text(0))
				}
				number++
				n.gl.add(c, &e)
				n.record.Entries++
				n.record.Postings += int64(len(e.Postings))
				appendLines(&n.summaryLines, entryID(n.o.Date, summaryPartition, number), nil, c, &e, n.rules.Scale[c])
			}
			if log.Len() > 0 {
				n.summaryBlob = appendBlob(n.summaryBlob, store.AppendLoanNight(nil, civil.None, uint16(c), nil, &log))
			}
		}
	}
	number = n.postMoves(number, n.holds, ledger.Hold, 1)
	n.postMoves(number, n.returns, ledger.Release, -1)
	return n.build.PutSmall(sectionSummary, "accruals", n.summaryBlob)
}

func appendBlob(b, blob []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(blob)))
	return append(b, blob...)
}

// readSummary calls fn with the summary entries of a night.
func readSummary(b *store.Book, d civil.Date, fn func(number int, currency uint16, e *ledger.Entry) error) error {
	v, _, err := b.Small(sectionSummary, d, "accruals")
	if err != nil {
		return err
	}
	number := 0
	for rest := (&body{b: v}); len(rest.b) > 0; {
		blob := rest.text()
		var n store.LoanNight
		if rest.bad {
			return errRow
		}
		if err := n.Decode(blob, d); err != nil {
			return err
		}
		for i := range n.Entries {
			number++
			if err := fn(number, n.Currency, &n.Entries[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// journalFormat says what the codes of the published journal stand for.
func (n *closing) journalFormat() reports.JournalFormat {
	return reports.JournalFormat{Chart: n.policy.Chart, Currencies: n.names.Currencies, Scale: n.policy.Scale}
}
