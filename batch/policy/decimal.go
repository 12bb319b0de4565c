package policy

import (
	"math/big"
	"regexp"
	"strings"

	"daybook/ledger/money"
)

// A decimal is a plain decimal number as text, without leading or trailing
// zeros: never a float, so that 0.1 stays 0.1.
type decimal string

var decimalPattern = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?$`)

// parseDecimal reads the text of a number; ok is false for anything that is
// not a plain decimal (1e3, .5, 1_000, 0x10, 010).
func parseDecimal(text string) (d decimal, ok bool) {
	if !decimalPattern.MatchString(text) {
		return "", false
	}
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		text = "0"
	}
	return decimal(text), true
}

func (d decimal) rat() *big.Rat {
	r, ok := new(big.Rat).SetString(string(d))
	if !ok {
		panic("policy: internal error: decimal " + string(d))
	}
	return r
}

// sign returns -1, 0 or 1; an absent decimal is 0.
func (d *decimal) sign() int {
	if d == nil {
		return 0
	}
	return d.rat().Sign()
}

// rate returns a share or a rate a year in billionths; an absent one is 0.
func (s *source) rate(path string, d *decimal) money.Rate {
	return money.Rate(s.scaled(path, d, 9))
}

// amount returns money in minor units; an absent one is 0.
func (s *source) amount(path string, d *decimal, scale int) money.Amount {
	v := money.Amount(s.scaled(path, d, scale))
	if v > money.Max {
		s.fail(path, "%s is too large: at most %s", *d, money.Max.Text(scale))
		return 0
	}
	return v
}

func (s *source) scaled(path string, d *decimal, digits int) int64 {
	if d == nil {
		return 0
	}
	v, err := money.ParseDecimal(string(*d), digits)
	if err != nil {
		s.fail(path, "%v", err)
	}
	return v
}
