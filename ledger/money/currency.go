package money

// Digits returns the digits after the point of an ISO 4217 currency, and
// whether the code names a currency in use. Source: ISO 4217 list one; codes
// without a minor unit (gold, test codes) are not lent and not listed.
func Digits(code string) (int, bool) {
	if d, ok := digits[code]; ok {
		return int(d), true
	}
	return 0, false
}

var digits = func() map[string]uint8 {
	m := make(map[string]uint8, 180)
	add := func(d uint8, codes string) {
		for i := 0; i+3 <= len(codes); i += 4 {
			m[codes[i:i+3]] = d
		}
	}
	add(0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF")
	add(3, "BHD IQD JOD KWD LYD OMR TND")
	add(4, "CLF UYW")
	add(2, "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY "+
		"COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS "+
		"INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR "+
		"MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD "+
		"SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG")
	return m
}()
