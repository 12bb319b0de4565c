package bank

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A balance is what `:60a:` and `:62a:` say.
type balance struct {
	date     civil.Date
	currency string
	digits   int
	amount   money.Amount
}

// balance reads a mark, a date of six digits, a currency and an amount.
func (m *mt940) balance(b []byte) (x balance, ok bool) {
	b = trim(b)
	if len(b) < 11 || b[0] != 'C' && b[0] != 'D' {
		m.wrong(codeSyntax, "the balance %s is not C or D, a date, a currency and an amount", said(b))
		return x, false
	}
	if x.date, ok = shortDate(b[1:7]); !ok {
		m.wrong(codeDate, "the balance's date %s is none", said(b[1:7]))
		return x, false
	}
	x.currency = string(b[7:10])
	if x.digits, ok = money.Digits(x.currency); !ok {
		m.wrong(codeCurrency, "the balance's currency %s is none of ISO 4217", said(b[7:10]))
		return x, false
	}
	amount, ok := m.amount(b[10:], x.digits)
	x.amount = amount
	if b[0] == 'D' {
		x.amount = -amount
	}
	return x, ok
}

// amount reads digits with one comma.
func (m *mt940) amount(b []byte, digits int) (money.Amount, bool) {
	amount, misfit := parseAmount(b, ',', digits)
	if misfit == "" && !isMTAmount(b) {
		misfit = "is not of digits and one comma"
	}
	if misfit != "" {
		m.wrong(codeAmount, "the amount %s %s", said(b), misfit)
		return 0, false
	}
	return amount, true
}

func isMTAmount(b []byte) bool {
	commas := 0
	for _, c := range b {
		if c == ',' {
			commas++
		}
	}
	return commas == 1 && (isDigit(b[0]) || b[0] == ',')
}
