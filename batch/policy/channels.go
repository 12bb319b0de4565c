package policy

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"daybook/aging/treat"
	"daybook/ledger/borrower"
)

// filesSection has the files of channels by channel.
type filesSection map[string]*fileSection

type fileSection struct {
	Profile   string            `yaml:"profile" enum:"vicidial,genesys,sms,letter,agency" doc:"The system that takes it. Left out: the CSV of the channel, and nothing beside."`
	ListID    string            `yaml:"list_id" empty:"true" doc:"Number of the list that vicidial loads the tasks into."`
	Plus      bool              `yaml:"plus" doc:"Numbers of telephones have a + before them, for sms."`
	Quotes    bool              `yaml:"quotes" doc:"Every cell is quoted, for sms."`
	MaskedIDs bool              `yaml:"masked_ids" doc:"The CSV of the channel has the masked ids of borrowers and loans."`
	Results   map[string]string `yaml:"results" none:"true" enum:"@result" doc:"Outcome by code of the system's results. A code that is not here is a conversation."`
}

// A ChannelFile is the form of the file that a channel's system takes.
type ChannelFile struct {
	Channel   borrower.Channel
	Profile   string // vicidial, genesys, sms, letter, agency; "" is none beside the CSV
	ListID    int64  // of vicidial; 0 is none
	Plus      bool
	Quotes    bool
	MaskedIDs bool
	Results   map[string]borrower.Result // by the system's code
}

// Templates are the lender's own texts, by template and language.
type Templates map[string]map[string]Text

// A Text may have several lines.
type Text string

// ChannelFile returns the form of a channel's file; ok is false where the policy names
// none.
func (t *Treatment) ChannelFile(c borrower.Channel) (f ChannelFile, ok bool) {
	i := slices.IndexFunc(t.ChannelFiles, func(f ChannelFile) bool { return f.Channel == c })
	if i < 0 {
		return ChannelFile{Channel: c}, false
	}
	return t.ChannelFiles[i], true
}

// capacity returns the most tasks of each channel, below zero where there is no limit.
func (t *treatment) capacity(x map[string]int32) (most [borrower.Channels]int64) {
	for c := range most {
		most[c] = -1
		if n, ok := x[borrower.Channel(c).String()]; ok {
			most[c] = int64(n)
		}
	}
	return most
}

// cost returns what a contact costs on each channel.
func (t *treatment) cost(x map[string]decimal) (cost [borrower.Channels]int64) {
	for c := range cost {
		name := borrower.Channel(c).String()
		if d, ok := x[name]; ok {
			cost[c] = t.units("collections.cost."+name, &d)
		}
	}
	return cost
}

// channelFiles returns the files of channels, and refuses keys that their profiles have
// no use for.
func (t *treatment) channelFiles(x filesSection) (list []ChannelFile) {
	for c := range borrower.Channels {
		f := x[c.String()]
		if f == nil {
			continue
		}
		path := "collections.files." + c.String()
		for _, key := range []struct {
			name, profile string
			stated        bool
		}{{"list_id", "vicidial", f.ListID != ""}, {"plus", "sms", f.Plus}, {"quotes", "sms", f.Quotes}} {
			if key.stated && f.Profile != key.profile {
				t.fail(path+"."+key.name, "does nothing: it is for the profile %s", key.profile)
			}
		}
		file := ChannelFile{Channel: c, Profile: f.Profile, ListID: t.listID(path+".list_id", f.ListID), Plus: f.Plus, Quotes: f.Quotes, MaskedIDs: f.MaskedIDs}
		if len(f.Results) > 0 {
			file.Results = map[string]borrower.Result{}
		}
		for code, word := range f.Results {
			file.Results[code], _ = borrower.ParseResult(word)
		}
		list = append(list, file)
	}
	return list
}

// listID returns the number of a list; vicidial has up to 14 digits for it.
func (t *treatment) listID(path, text string) int64 {
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n >= 1e14 || strconv.FormatInt(n, 10) != text {
		t.fail(path, "%q is not a number of up to 14 digits", text)
	}
	return n
}

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

// templates returns the lender's texts.
func (t *treatment) templates(x Templates) Templates {
	for _, key := range slices.Sorted(maps.Keys(x)) {
		for _, language := range slices.Sorted(maps.Keys(x[key])) {
			path := "collections.templates." + key + "." + language
			if !languageTag.MatchString(language) {
				t.fail(path, "%q is not a language such as en or zh-Hans", language)
			}
			if strings.TrimSpace(string(x[key][language])) == "" {
				t.fail(path, "has no text")
			}
		}
	}
	return x
}

// channelsOf returns the channels of a set.
func channelsOf(set treat.Channels) (list []borrower.Channel) {
	for c := range borrower.Channels {
		if set.Has(c) {
			list = append(list, c)
		}
	}
	return list
}

func timedChannels() (list []string) {
	for _, c := range channelsOf(treat.Timed) {
		list = append(list, c.String())
	}
	return list
}
