package channel

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"daybook/ledger/borrower"
)

// Options are what a policy says of a channel's files.
type Options struct {
	ListID int64 // vicidial: the list that leads go to; 0: none
	Plus   bool  // sms: numbers have the + of E.164
	Quotes bool  // sms: every cell is in quotes
	Masked bool  // masked ids stand behind the columns of the channel; a file by position has no field for them
}

// A Profile is a form in which vendors of one kind take files.
type Profile struct {
	Name    string
	Channel borrower.Channel // whose files it is most often
	Ext     string           // of a file's name
	RowsMax int64            // of one file: what is more goes to a second; 0: no limit
	Takes   []Personal       // of the lender's own columns, in their order in the file

	positional bool // 27 fields between tabs, and no header
	options    bool // it has quotes and plus
	trailer    bool // its last line counts the rows
}

// The kinds of personal column.
const (
	anyText = iota
	phone   // E.164, with its + or without
	digits  // figures only
)

// A Personal is a column of the lender's own that a profile takes.
type Personal struct {
	Name  string
	Must  bool // without it nobody is reached: the file has the column, and a row a value
	kind  int
	field int // where it goes in a file by position, from 1
}

// profiles are all of them. The 27 fields of VICIdial are those of the standard format
// that VICIDIAL_IN_new_leads_file.pl takes: vendor_lead_code, source_id, list_id,
// phone_code, phone_number, title, first_name, middle, last_name, address1 to address3,
// city, state, province, postal_code, country, gender, date_of_birth, alt_phone, email,
// security_phrase, comments, called_count, status, entry_date, multi-alt-entries. Genesys
// takes a million contacts and 50 columns in a list. Gender, date of birth and security
// phrase are not offered.
var profiles = []Profile{
	{Name: "vicidial", Channel: borrower.Call, Ext: "txt", positional: true, Takes: []Personal{
		{Name: "phone_code", kind: digits, field: 4}, {Name: "phone_number", Must: true, kind: digits, field: 5},
		{Name: "title", field: 6}, {Name: "first_name", field: 7}, {Name: "middle_initial", field: 8}, {Name: "last_name", field: 9},
		{Name: "address1", field: 10}, {Name: "address2", field: 11}, {Name: "address3", field: 12}, {Name: "city", field: 13},
		{Name: "state", field: 14}, {Name: "province", field: 15}, {Name: "postal_code", field: 16}, {Name: "country_code", field: 17},
		{Name: "alt_phone", kind: digits, field: 20}, {Name: "email", field: 21},
	}},
	{Name: "genesys", Channel: borrower.Call, Ext: "csv", RowsMax: 1_000_000, Takes: []Personal{
		{Name: "phone_number", Must: true, kind: phone}, {Name: "alt_phone", kind: phone},
		{Name: "first_name"}, {Name: "last_name"}, {Name: "email"},
	}},
	{Name: "sms", Channel: borrower.SMS, Ext: "csv", options: true, Takes: []Personal{
		{Name: "phone_number", Must: true, kind: phone}, {Name: "first_name"}, {Name: "last_name"},
	}},
	{Name: "letter", Channel: borrower.Letter, Ext: "csv", Takes: []Personal{
		{Name: "title"}, {Name: "first_name"}, {Name: "last_name"}, {Name: "address1", Must: true}, {Name: "address2"},
		{Name: "address3"}, {Name: "city"}, {Name: "state"}, {Name: "province"}, {Name: "postal_code"}, {Name: "country_code"},
	}},
	{Name: "agency", Channel: borrower.Agency, Ext: "csv", trailer: true, Takes: []Personal{
		{Name: "first_name"}, {Name: "last_name"}, {Name: "phone_number", kind: phone}, {Name: "alt_phone", kind: phone},
		{Name: "email"}, {Name: "address1"}, {Name: "address2"}, {Name: "address3"}, {Name: "city"}, {Name: "state"},
		{Name: "province"}, {Name: "postal_code"}, {Name: "country_code"},
	}},
}

// ProfileOf returns the profile of a name, or nil.
func ProfileOf(name string) *Profile {
	for i := range profiles {
		if profiles[i].Name == name {
			return &profiles[i]
		}
	}
	return nil
}

// ProfileNames returns the names of all profiles.
func ProfileNames() []string {
	list := make([]string, len(profiles))
	for i := range profiles {
		list[i] = profiles[i].Name
	}
	return list
}

// Check says what of the options is none of the profile's.
func (p *Profile) Check(o Options) error {
	switch {
	case o.ListID != 0 && !p.positional:
		return fmt.Errorf("profile %s has no lists", p.Name)
	case o.ListID < 0 || o.ListID >= 1e14:
		return fmt.Errorf("a list id has at most 14 digits, and %d is none", o.ListID)
	case (o.Plus || o.Quotes) && !p.options:
		return fmt.Errorf("profile %s has neither plus nor quotes", p.Name)
	}
	return nil
}

// The fields of VICIdial that a task fills, from 1.
const (
	fields       = 27
	leadCodeAt   = 1
	sourceAt     = 2
	listAt       = 3
	commentsAt   = 23
	numberMin    = 6 // digits of a number that VICIdial dials
	numberMax    = 16
	numberE164   = 15
	numberShort  = 7
	personalText = 512 // bytes of a column of a list of Genesys
)

// appendLead appends a task as a line of 27 fields. What the lender adds of his own stands
// in the order of the profile's columns, or is nil.
func (f *Format) appendLead(b []byte, r *Row, personal [][]byte) []byte {
	next := 0
	for at := 1; at <= fields; at++ {
		if at > 1 {
			b = append(b, '\t')
		}
		switch at {
		case leadCodeAt:
			b = append(b, r.TaskKey...)
		case sourceAt:
			b = appendCompact(b, r)
		case listAt:
			if f.o.ListID > 0 {
				b = strconv.AppendInt(b, f.o.ListID, 10)
			}
		case commentsAt:
			b = appendField(b, r.Template)
			if len(r.Time.LatestLocal) > 0 {
				b = append(append(b, ' '), r.Time.LatestLocal...)
			}
		}
		if takes := f.profile.Takes; next < len(takes) && takes[next].field == at {
			if personal != nil {
				b = takes[next].appendTo(b, personal[next], f.o.Plus, appendField)
			}
			next++
		}
	}
	return append(b, '\n')
}

// appendCompact appends the contact day as YYYYMMDD.
func appendCompact(b []byte, r *Row) []byte {
	from := len(b)
	b = appendDate(b, r.ContactOn)
	return append(b[:from], slices.DeleteFunc(b[from:], func(c byte) bool { return c == '-' })...)
}

// appendTo appends what a row has in a personal column.
func (p *Personal) appendTo(b, value []byte, plus bool, text appender) []byte {
	switch p.kind {
	case digits:
		return appendDigits(b, value)
	case phone:
		return appendNumber(b, value, plus)
	}
	return text(b, value)
}

// Usable reports whether a row's value is one that the column can have: a number is one
// that can be dialled, a text not too long, and what must be there is there.
func (p *Personal) Usable(value []byte) bool {
	if len(value) == 0 {
		return !p.Must
	}
	n, fine := 0, true
	for i, c := range value {
		switch {
		case c >= '0' && c <= '9':
			n++
		case c == '+' && i == 0, c == ' ', c == '-', c == '(', c == ')', c == '.':
		default:
			fine = false
		}
	}
	switch {
	case p.kind == anyText:
		return len(value) <= personalText
	case !fine:
		return false
	case p.kind == phone:
		first := bytes.TrimLeft(value, "+ (")
		return n >= numberShort && n <= numberE164 && first[0] != '0' // no country has a code that begins so
	case p.Must:
		return n >= numberMin && n <= numberMax
	}
	return n > 0 && n <= numberMax
}

func appendDigits(b, value []byte) []byte {
	for _, c := range value {
		if c >= '0' && c <= '9' {
			b = append(b, c)
		}
	}
	return b
}

// appendNumber appends a number, with its + where that is asked for.
func appendNumber(b, value []byte, plus bool) []byte {
	if plus {
		b = append(b, '+')
	}
	return appendDigits(b, value)
}
