package main

import (
	"daybook/batch/policy"
	"daybook/ledger/borrower"
	"daybook/reports/channel"
)

// What the queue's commands take from a policy.

// ownTexts returns the lender's own texts by template and language.
func ownTexts(p *policy.Policy) map[string]map[string]string {
	own := map[string]map[string]string{}
	for key, texts := range p.Templates {
		own[key] = map[string]string{}
		for language, text := range texts {
			own[key][language] = string(text)
		}
	}
	return own
}

// fileOptions returns how the file of a profile is written for a channel. What a policy says
// for another profile is of no concern to it.
func fileOptions(p *policy.Policy, c borrower.Channel, profile string) channel.Options {
	f, ok := p.ChannelFile(c)
	if !ok || f.Profile != profile {
		return channel.Options{}
	}
	return channel.Options{ListID: f.ListID, Plus: f.Plus, Quotes: f.Quotes, Masked: f.MaskedIDs}
}

// outcomesOf returns what the codes of a channel's results mean.
func outcomesOf(p *policy.Policy, c borrower.Channel) map[string]borrower.Result {
	f, _ := p.ChannelFile(c)
	return f.Results
}
