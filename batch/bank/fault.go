package bank

import (
	"fmt"
	"strconv"
)

// A Fault is a place in a file that can't be read, or that contradicts another.
type Fault struct {
	Line int    // from 1
	Code string // what kind it is, for programs: those of the table below, or more
	Msg  string // what is wrong, and what to do next
}

// The codes of faults.
const (
	codeAccount  = "account"        // none, or one too long
	codeAmount   = "amount"         // none, or one that does not fit its currency
	codeBalance  = "balance"        // none, or one of a kind that was there before
	codeControl  = "control_total"  // BAI2: a total or a count that is wrong, or missing
	codeCurrency = "currency"       // none, or one that ISO 4217 does not have
	codeMixed    = "currency_mixed" // not the account's
	codeDate     = "date"           // none, or one that no calendar has
	codeDoctype  = "doctype"        // XML with a document type
	codeEmpty    = "empty"          // no statement
	codeEncoding = "encoding"       // not read, or not what the file declares
	codeEntity   = "entity"         // XML with an entity of its own
	codeFormat   = "unknown_format"
	codeMessage  = "wrong_message" // XML that is no camt.053
	codeSign     = "sign"          // neither credit nor debit
	codeStatus   = "status"        // neither booked nor pending; or BAI2: none of the four
	codeSyntax   = "syntax"
	codeDeep     = "too_deep"
	codeLarge    = "too_large"
	codeShort    = "truncated" // ends before its end
	codeVersion  = "version"   // BAI2 of another version
	codeMore     = "more"      // how many faults there are beyond those listed
)

// What to do about a fault, where it is not the same as for most.
var next = map[string]string{
	codeDoctype:  "ask the bank for the file without a document type",
	codeEmpty:    "remove the file, or fetch it again",
	codeEncoding: "ask the bank for UTF-8",
	codeEntity:   "ask the bank for the file with the five predefined entities only",
	codeFormat:   "name it otherwise if it is no statement, or ask the bank for one of these",
	codeLarge:    "ask the bank for smaller files",
	codeMessage:  "ask the bank for the booked statement, camt.053",
	codeMore:     "mend those listed first",
	codeShort:    "fetch the file again",
	codeVersion:  "ask the bank for version 2",
}

// At most so many faults of a file are listed.
const faultsMax = 100

type faults struct {
	list  []Fault
	more  int
	after int // line of the first that is not listed
}

func (f *faults) add(line int, code, format string, args ...any) {
	if len(f.list) == faultsMax {
		if f.more++; f.more == 1 {
			f.after = line
		}
		return
	}
	todo := next[code]
	if todo == "" {
		todo = "ask the bank for a corrected file"
	}
	f.list = append(f.list, Fault{line, code, fmt.Sprintf(format, args...) + ": " + todo})
}

func (f *faults) all() []Fault {
	if f.more == 0 {
		return f.list
	}
	plural := "s"
	if f.more == 1 {
		plural = ""
	}
	return append(f.list, Fault{f.after, codeMore, strconv.Itoa(f.more) + " more fault" + plural + ": " + next[codeMore]})
}

// said is a piece of a file as a message quotes it.
func said(b []byte) string {
	const most = 40
	if len(b) > most {
		return strconv.Quote(string(b[:most])) + "…"
	}
	return strconv.Quote(string(b))
}
