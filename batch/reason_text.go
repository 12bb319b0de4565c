package batch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"daybook/batch/intake"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// reasonText says why a row cannot be applied. Where a word of it is at fault it
// shows the word and those that are allowed: whoever reads it has another
// system's words in hand, and no documents.
func (n *plan) reasonText(r loan.Reason, f *intake.File, values []byte) string {
	if r == loan.UnknownLoan && f.Kind == intake.Contacts {
		return "the borrower has no loan with this id"
	}
	switch r {
	case loan.TextTooLong:
		return tooLong(f, values)
	case loan.NotAllowedByPolicy:
		return notAllowed(f, values)
	}
	column, ok := wordColumns[r][f.Kind]
	if !ok {
		return r.Text()
	}
	word, ok := wordOf(values, f.Column(column))
	name, allowed := f.Kind.Columns()[column], n.wordsAllowed(r, values, f)
	switch {
	case !ok && (r == loan.UnknownChoice || r == loan.UnknownComponent) && len(allowed) > 0:
		return "the kind needs a " + name + "; use " + joinWords(allowed)
	case !ok:
		return r.Text() // the word is not at fault, but what stands in for it
	case r == loan.WrongCurrency && slices.Contains(allowed, word):
		return fmt.Sprintf("the currency %s is not the loan's", quoteWord(word))
	case len(allowed) == 0 || slices.Contains(allowed, word):
		return fmt.Sprintf("%s: %s", quoteWord(word), r.Text())
	}
	text := fmt.Sprintf("the %s %s is none of %s; use ", name, quoteWord(word), ownerOf(r))
	if meant, ok := meantBy(word, allowed); ok {
		text += meant + " if that is meant, or another of "
	}
	return text + joinWords(allowed)
}

// tooLong names the first column whose text is longer than it may be.
func tooLong(f *intake.File, values []byte) string {
	for i, name := range f.Kind.Columns() {
		most := f.Kind.LongestText(i)
		if text, ok := wordOf(values, f.Column(i)); ok && most > 0 && len(text) > most {
			return fmt.Sprintf("the %s is longer than the %d bytes that it may have: shorten it and send the row again", name, most)
		}
	}
	return loan.TextTooLong.Text()
}

// notAllowed says what the policy has that an adjustment needs another of.
func notAllowed(f *intake.File, values []byte) string {
	if f.Kind == intake.Adjustments {
		kind, _ := wordOf(values, f.Column(intake.AdjustmentsKind))
		switch k, _ := loan.ParseKind([]byte(kind)); k {
		case loan.KindRestructure:
			return "the product's interest is daily or simple, which has no schedule to compute anew: only loans whose interest is scheduled take new terms"
		case loan.KindPause:
			return "the product's interest is daily or simple, whose due dates cannot be shifted: pause it without that choice"
		}
	}
	return loan.NotAllowedByPolicy.Text()
}

// ownerOf says whose words a reason is about.
func ownerOf(r loan.Reason) string {
	switch r {
	case loan.UnknownProduct, loan.WrongCurrency:
		return "the policy's"
	case loan.UnknownChoice:
		return "its kind's"
	}
	return "the contract's"
}

// wordColumns are, for each reason that a word can give, the columns it stands in.
var wordColumns = map[loan.Reason]map[intake.Kind]int{
	loan.UnknownMethod:   {intake.Loans: intake.LoansMethod},
	loan.UnknownDayCount: {intake.Loans: intake.LoansDayCount},
	loan.UnknownFrequency: {intake.Loans: intake.LoansFrequency,
		intake.Adjustments: intake.AdjustmentsFrequency},
	loan.UnknownProduct: {intake.Loans: intake.LoansProduct},
	loan.WrongCurrency: {intake.Loans: intake.LoansCurrency, intake.Repayments: intake.RepaymentsCurrency,
		intake.Borrowers: intake.BorrowersCurrency, intake.Contacts: intake.ContactsCurrency},
	loan.UnknownKind:      {intake.Adjustments: intake.AdjustmentsKind},
	loan.UnknownComponent: {intake.Adjustments: intake.AdjustmentsComponent},
	loan.UnknownChoice:    {intake.Adjustments: intake.AdjustmentsChoice},
	loan.UnknownChannel:   {intake.Contacts: intake.ContactsChannel},
	loan.UnknownEarned:    {intake.Schedules: intake.SchedulesEarned},
}

// wordsAllowed returns the words that would do in place of the one at fault.
func (n *plan) wordsAllowed(r loan.Reason, values []byte, f *intake.File) []string {
	switch r {
	case loan.UnknownMethod:
		return wordsFrom(loan.Methods)
	case loan.UnknownDayCount:
		return wordsFrom(civil.DayCounts)
	case loan.UnknownEarned:
		return wordsFrom(loan.Earnings)
	case loan.UnknownProduct:
		return n.names.Products
	case loan.WrongCurrency:
		return n.names.Currencies
	case loan.UnknownComponent:
		return wordsFrom(loan.Components)
	case loan.UnknownChannel:
		return wordsFrom(borrower.Channels)
	case loan.UnknownKind:
		return texts(loan.Adjustments())
	case loan.UnknownChoice:
		kind, _ := wordOf(values, f.Column(intake.AdjustmentsKind))
		k, ok := loan.ParseKind([]byte(kind))
		if !ok {
			return nil
		}
		return texts(k.Choices())
	}
	return []string{"1M", "3M", "6M", "12M", "7D", "14D"} // a frequency: as many months or days as one likes
}

// wordsFrom returns the names of an enumeration from 0 to below n.
func wordsFrom[T interface {
	~uint8
	String() string
}](n T) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = T(i).String()
	}
	return list
}

// texts returns the names of what is listed.
func texts[T fmt.Stringer](list []T) []string {
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].String()
	}
	return names
}

// wordOf returns a column's text out of a row's own values, false if it has none.
func wordOf(values []byte, column string) (string, bool) {
	if column == "" {
		return "", false
	}
	own := map[string]json.RawMessage{}
	var word string
	if json.Unmarshal(values, &own) != nil || json.Unmarshal(own[column], &word) != nil || word == "" {
		return "", false
	}
	return word, true
}

// wordShown is how much of a word is shown: all of those that a contract has.
const wordShown = 64

func quoteWord(word string) string {
	runes := []rune(word)
	if len(runes) > wordShown {
		word = string(runes[:wordShown]) + "…"
	}
	return fmt.Sprintf("%q", word)
}

// wordsShown is how many words are listed: a policy may name thousands of
// products.
const wordsShown = 20

func joinWords(words []string) string {
	if more := len(words) - wordsShown; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:wordsShown], ", "), more)
	}
	return strings.Join(words, ", ")
}

// meantBy returns the word that another system's word stands for: the same but
// for case and signs, or one of the usual names.
func meantBy(word string, allowed []string) (string, bool) {
	plain := plainWord(word)
	for _, w := range allowed {
		if plainWord(w) == plain {
			return w, true
		}
	}
	meant, ok := otherNames[plain]
	return meant, ok && slices.Contains(allowed, meant)
}

func plainWord(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// otherNames are names of other systems, in letters and digits, and the word
// that means the same here. A name that means several things is not among them.
var otherNames = map[string]string{
	"emi": "annuity", "levelpayment": "annuity", "equatedmonthlyinstallment": "annuity", "equalinstallment": "annuity",
	"equalinstallments": "annuity", "equalinstalments": "annuity", "等额本息": "annuity",
	"linear": "equal_principal", "straightline": "equal_principal", "constantprincipal": "equal_principal", "等额本金": "equal_principal",
	"io": "interest_only", "先息后本": "interest_only",
	"singlepayment": "lump_sum", "singlerepayment": "lump_sum", "一次性还本付息": "lump_sum",
	"flatrate": "flat", "addon": "flat", "interestfree": "zero", "zerointerest": "zero", "nointerest": "zero",
	"act365": "ACT/365F", "actual365": "ACT/365F", "act365fixed": "ACT/365F", "actual365fixed": "ACT/365F", "a365f": "ACT/365F",
	"actual360": "ACT/360", "a360": "ACT/360", "actualactual": "ACT/ACT", "actactisda": "ACT/ACT", "actualactualisda": "ACT/ACT",
	"30360bondbasis": "30/360", "bondbasis": "30/360", "thirty360": "30/360",
	"monthly": "1M", "month": "1M", "quarterly": "3M", "halfyearly": "6M", "semiannual": "6M", "semiannually": "6M", "annual": "12M",
	"annually": "12M", "yearly": "12M", "1y": "12M", "weekly": "7D", "1w": "7D", "2w": "14D", "fortnightly": "14D",
	"payoff": "settle", "earlysettlement": "settle", "prepayment": "prepay", "refinance": "restructure",
	"capital": "principal", "fees": "fee", "penalties": "penalty", "rmb": "CNY",
}
