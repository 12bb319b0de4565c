package publish

import (
	"fmt"

	"daybook/aging"
	"daybook/batch/book"
	"daybook/batch/meet"
	"daybook/batch/night"
	"daybook/batch/policy"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/reports"
	"daybook/reports/channel"
	"daybook/reports/lists"
	"daybook/reports/queue"
)

// Treatment is what the borrowers of a night are treated by, as its policy has it.
func Treatment(date civil.Date, p *policy.Policy, names *book.Names, rules *night.Rules, form *reports.Form) meet.Treatment {
	t := meet.Treatment{
		Date: date, Form: form, Rules: p.Collections, Zones: func() *meet.Zones { return meet.NewZones(p.Location) },
		Names: meet.Names{Products: names.Products, Currencies: names.Currencies, Units: rules.Scale},
	}
	for i := range rules.Products {
		t.Names.Scheduled = append(t.Names.Scheduled, !rules.Products[i].DailyInterest)
	}
	for i := range p.Aging.Buckets {
		t.Names.Buckets = append(t.Names.Buckets, p.Aging.Buckets[i].Name)
	}
	f, ok := p.ChannelFile(borrower.Call)
	t.DNC = ok && f.Profile == "genesys"
	return t
}

// Untreated is for a pass that decides about nobody.
func Untreated(p *policy.Policy, names *book.Names) meet.Treatment {
	t := meet.Treatment{Names: meet.Names{Currencies: names.Currencies}}
	for i := range p.Aging.Buckets {
		t.Names.Buckets = append(t.Names.Buckets, p.Aging.Buckets[i].Name)
	}
	return t
}

// QueueOptions is how the queue of a night is written.
func QueueOptions(t *meet.Treatment, p *policy.Policy, kept *record.Queue, workers int) (o queue.Options, err error) {
	o = queue.Options{
		Form: t.Form, BusinessDate: t.Date, Scale: p.Scale, Capacity: p.Collections.Capacity, Workers: workers, DNC: t.DNC, NightKey: kept.NightKey,
	}
	o.Steps, _ = meet.Steps(p.Collections)
	named := p.Collections.Channels()
	for c := range borrower.Channels {
		f, has := p.ChannelFile(c)
		if !named.Has(c) && !has {
			continue
		}
		o.Formats[c] = append(o.Formats[c], channel.CSV(c, f.MaskedIDs))
		if f.Profile == "" {
			continue
		}
		profile := channel.ProfileOf(f.Profile)
		if profile == nil {
			return o, fmt.Errorf("policy %s: files.%s: there is no profile %s", p.Name, c, f.Profile)
		}
		format, err := profile.Format(c, channel.Options{ListID: f.ListID, Plus: f.Plus, Quotes: f.Quotes, Masked: f.MaskedIDs && f.Profile != "vicidial"})
		if err != nil {
			return o, fmt.Errorf("policy %s: files.%s: %w", p.Name, c, err)
		}
		o.Formats[c] = append(o.Formats[c], format)
	}
	return o, nil
}

// HasContracts reports whether a night was published with its contracts, and with what else a
// warehouse takes.
func HasContracts(n *record.Night) bool {
	return n.Form != nil && (*reports.Form)(n.Form).HasContracts()
}

// moreTables are the tables that other rooms than reports make, as forms have them: those of
// the queue and what follows from it, and those with a row a loan.
func moreTables(words *aging.Dictionaries) []*reports.Table {
	return append(append(queue.Tables(), queue.ComplianceTable(nil, 0)), lists.Tables(words)...)
}

// FormOf is how this release publishes a night with these words.
func FormOf(software, codec string, words *aging.Dictionaries) *reports.Form {
	f := reports.CurrentForm(software, words, moreTables(words)...)
	f.Codec = codec
	return f
}
