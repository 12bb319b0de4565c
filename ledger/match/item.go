package match

import (
	"cmp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// An Item is what one journal entry moved on the account that the bank holds for the
// lender, in one currency: debits less credits, never zero.
type Item struct {
	EntryID      int64
	BusinessDate civil.Date
	ValueDate    civil.Date
	Kind         ledger.EntryKind
	SourceID     string
	LoanID       string
	Currency     string
	Amount       money.Amount
	Channel      string // empty: not known
	Reference    string // empty: none
	Released     bool   // of a hold: the money has left suspense
}

// compare is the order of items: by value date, business date and entry.
func (x *Item) compare(o *Item) int {
	return cmp.Or(cmp.Compare(x.ValueDate, o.ValueDate), cmp.Compare(x.BusinessDate, o.BusinessDate), cmp.Compare(x.EntryID, o.EntryID))
}

// A BankLine is a line of a loaded statement, and the run that first saw it.
type BankLine struct {
	Statement *Statement // whose Lines may be gone
	Key       string     // of the statement
	*Line
	FirstSeen civil.Date
}

// ID returns what a line is called: its statement's key, and its number.
func (l *BankLine) ID() string { return string(l.AppendID(nil)) }

// AppendID appends it.
func (l *BankLine) AppendID(b []byte) []byte {
	return strconv.AppendInt(append(append(b, l.Key...), '-'), int64(l.Number), 10)
}

// Compare is the order of lines: by booking date, value date, account, key of the
// statement and number.
func (l *BankLine) Compare(o *BankLine) int {
	return cmp.Or(cmp.Compare(l.BookingDate, o.BookingDate), cmp.Compare(l.ValueDate, o.ValueDate), strings.Compare(l.Statement.Account, o.Statement.Account),
		strings.Compare(l.Key, o.Key), cmp.Compare(l.Number, o.Number))
}

// IsBankFee reports whether a line is the bank's own charge: by its format's codes, or by
// one of the policy's.
// Source: finance.md, section 3, fee codes.
func (l *BankLine) IsBankFee(codes []string) bool {
	family := l.Code[strings.LastIndexByte(l.Code, '-')+1:]
	switch l.Statement.Format {
	case Camt053:
		switch family {
		case "CHRG", "FEES", "COMM", "COMT":
			return true
		}
	case MT940:
		if l.Code == "NCHG" || l.Code == "NCOM" || l.GVC >= "805" && l.GVC <= "809" {
			return true
		}
	case BAI2:
		if l.Code == "661" || l.Code == "698" {
			return true
		}
	}
	for _, code := range codes {
		if code == l.Code || code == family || l.GVC != "" && code == l.GVC {
			return true
		}
	}
	return false
}

// The ranks of a line's references.
const (
	rankBank      = iota // the line's own id, in the source of an item that was made of it
	rankEndToEnd         // end-to-end and original reference
	rankReference        // the payer's
	rankBatch            // the batch's
	rankOfBank           // the bank's
	rankText             // each token of the text
	ranks
)

// normalise appends the letters and digits of a reference, upper-cased; nothing where they
// are too few to tie anything.
func normalise(to []byte, text string, least int) []byte {
	from := len(to)
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if 'a' <= c && c <= 'z' {
				c -= 'a' - 'A'
			}
			if 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
				to = append(to, c)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if r = unicode.ToUpper(r); 'A' <= r && r <= 'Z' {
			to = append(to, byte(r)) // the long s, and i without a dot
		}
		i += n
	}
	if len(to)-from < least {
		return to[:from]
	}
	return to
}

// A ref is the hash of a key: what indexes are by. Two keys with one hash are told apart
// where a pair is made.
type ref uint64

// refOf hashes a normalised reference: FNV-1a, 64 bits, with its bits spread.
func refOf(b []byte) ref {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return ref(h ^ h>>32)
}

// A reader makes the references of lines and the keys of items. It belongs to one
// goroutine.
type reader struct {
	least int
	b     []byte
}

// eachRef calls do with the normalised references of a line's ranks [from, to]. What it is
// given is valid until do returns.
func (r *reader) eachRef(l *BankLine, from, to int, do func(rank int, b []byte)) {
	one := func(rank int, text string) {
		if text != "" && rank >= from && rank <= to {
			if r.b = normalise(r.b[:0], text, r.least); len(r.b) > 0 {
				do(rank, r.b)
			}
		}
	}
	one(rankEndToEnd, l.EndToEndID)
	one(rankEndToEnd, l.OriginalReference)
	one(rankReference, l.Reference)
	one(rankBatch, l.BatchID)
	one(rankOfBank, l.BankReference)
	if to == rankText {
		eachToken(l.Text, func(token string) { one(rankText, token) })
	}
}

// eachToken splits a text at every character but letters, digits and . _ / -
func eachToken(text string, do func(token string)) {
	from := -1
	for i, c := range text {
		in := c == '.' || c == '_' || c == '/' || c == '-' || unicode.IsLetter(c) || unicode.IsDigit(c)
		switch {
		case in && from < 0:
			from = i
		case !in && from >= 0:
			do(text[from:i])
			from = -1
		}
	}
	if from >= 0 {
		do(text[from:])
	}
}

// eachKey calls do with the normalised keys of an item: its source, and its reference where
// that is another. What it is given is valid until do returns.
func (r *reader) eachKey(x *Item, do func(b []byte)) {
	r.b = normalise(r.b[:0], x.SourceID, r.least)
	n := len(r.b)
	if n > 0 {
		do(r.b)
	}
	if x.Reference == "" {
		return
	}
	r.b = normalise(r.b, x.Reference, r.least)
	if other := r.b[n:]; len(other) > 0 && string(other) != string(r.b[:n]) {
		do(other)
	}
}
