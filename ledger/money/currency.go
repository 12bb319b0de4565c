package money

import "strings"

// Digits returns the digits after the point of an ISO 4217 currency, and
// whether the code names a currency in use. Source: ISO 4217 list one; codes
// without a minor unit (gold, test codes) are not lent and not listed.
func Digits(code string) (int, bool) {
	if len(code) != 3 {
		return 0, false
	}
	for _, x := range currencies {
		if i := strings.Index(x.codes, code); i >= 0 && i%4 == 0 {
			return x.digits, true
		}
	}
	return 0, false
}

// currencies are the codes by their digits: three letters, each behind a blank but
// the first.
var currencies = [...]struct {
	digits int
	codes  string
}{
	{0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"},
	{2, "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY " +
		"COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS " +
		"INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR " +
		"MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD " +
		"SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"},
	{3, "BHD IQD JOD KWD LYD OMR TND"},
	{4, "CLF UYW"},
}
