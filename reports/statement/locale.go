package statement

import (
	"strconv"
	"strings"

	"daybook/ledger/civil"
)

// A Locale is how a statement is written: the language of its texts, and the ways of a
// country with numbers and dates. The zero value is none: see [LocaleOf].
type Locale struct {
	Language string // of the texts: en, zh, de, es or hi
	Tag      string // BCP 47, for whoever reads it aloud
	point    string
	group    string
	indian   bool // groups of two beyond the thousands
	least    int  // digits of a whole number from which on it is grouped
	date     func(year, month, day int, months *[12]string) string
}

func dotted(sep string) func(y, m, d int, _ *[12]string) string {
	return func(y, m, d int, _ *[12]string) string { return two(d) + sep + two(m) + sep + strconv.Itoa(y) }
}

func dayMonth(y, m, d int, months *[12]string) string {
	return strconv.Itoa(d) + "\u00a0" + months[m-1] + "\u00a0" + strconv.Itoa(y)
}

func monthDay(y, m, d int, months *[12]string) string {
	return months[m-1] + "\u00a0" + strconv.Itoa(d) + ",\u00a0" + strconv.Itoa(y)
}

func chinese(y, m, d int, _ *[12]string) string {
	return strconv.Itoa(y) + "年" + strconv.Itoa(m) + "月" + strconv.Itoa(d) + "日"
}

func two(n int) string { return string([]byte{'0' + byte(n/10), '0' + byte(n%10)}) }

// locales are the languages, and where a country has ways of its own with numbers or
// dates, that country. The first is what all else falls back to.
var locales = []struct {
	name string // language, or language-region
	Locale
}{
	{"en", Locale{Language: "en", Tag: "en", point: ".", group: ",", least: 4, date: dayMonth}},
	{"en-us", Locale{Language: "en", Tag: "en-US", point: ".", group: ",", least: 4, date: monthDay}},
	{"en-in", Locale{Language: "en", Tag: "en-IN", point: ".", group: ",", indian: true, least: 4, date: dayMonth}},
	{"zh", Locale{Language: "zh", Tag: "zh-Hans", point: ".", group: ",", least: 4, date: chinese}},
	{"de", Locale{Language: "de", Tag: "de", point: ",", group: ".", least: 4, date: dotted(".")}},
	{"de-ch", Locale{Language: "de", Tag: "de-CH", point: ".", group: "’", least: 4, date: dotted(".")}},
	{"es", Locale{Language: "es", Tag: "es", point: ",", group: ".", least: 5, date: dotted("/")}},
	{"es-mx", Locale{Language: "es", Tag: "es-MX", point: ".", group: ",", least: 4, date: dotted("/")}},
	{"es-us", Locale{Language: "es", Tag: "es-US", point: ".", group: ",", least: 4, date: dotted("/")}},
	{"hi", Locale{Language: "hi", Tag: "hi", point: ".", group: ",", indian: true, least: 4, date: dayMonth}},
}

// LocaleOf returns how a statement is written for somebody whose language is a BCP 47
// tag, such as zh-Hans-CN or es_MX; English for one that has no texts here.
func LocaleOf(tag string) Locale {
	parts := strings.FieldsFunc(strings.ToLower(tag), func(r rune) bool { return r == '-' || r == '_' })
	if len(parts) == 0 {
		return locales[0].Locale
	}
	found := locales[0].Locale
	for i := range locales {
		if locales[i].name == parts[0] {
			found = locales[i].Locale
		}
	}
	for i := range locales {
		for _, part := range parts[1:] {
			if locales[i].name == parts[0]+"-"+part {
				found = locales[i].Locale
			}
		}
	}
	return found
}

// Languages are those that there are texts in.
func Languages() (list []string) {
	for i := range locales {
		if locales[i].name == locales[i].Language {
			list = append(list, locales[i].name)
		}
	}
	return list
}

// Date writes a date; nothing for none.
func (l *Locale) Date(d civil.Date) string {
	if d == civil.None {
		return ""
	}
	year, month, day := d.Split()
	return l.date(year, month, day, &l.texts().Months)
}

// minus is the sign of an amount below zero: as wide as a figure.
const minus = "\u2212"

// Number writes an amount without its currency, grouped as the country does.
func (l *Locale) Number(m Money) string { return l.decimal(m.Amount.Text(m.Digits)) }

// Amount writes an amount with the code of its currency.
func (l *Locale) Amount(m Money, currency string) string {
	if currency == "" {
		return l.Number(m)
	}
	switch l.Language {
	case "de", "es":
		return l.Number(m) + "\u00a0" + currency
	}
	return currency + "\u00a0" + l.Number(m)
}

// decimal writes a plain decimal as the country does.
func (l *Locale) decimal(text string) string {
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = minus, text[1:]
	}
	whole, part, has := strings.Cut(text, ".")
	var b strings.Builder
	b.WriteString(sign)
	for i, c := range []byte(whole) {
		left := len(whole) - i
		if i > 0 && len(whole) >= l.least && (left == 3 || left > 3 && (l.indian && left%2 == 1 || !l.indian && left%3 == 0)) {
			b.WriteString(l.group)
		}
		b.WriteByte(c)
	}
	if has {
		b.WriteString(l.point + part)
	}
	return b.String()
}

// Percent writes a rate, such as 0.0725, in hundredths.
func (l *Locale) Percent(rate string) string {
	whole, part, _ := strings.Cut(rate, ".")
	for len(part) < 2 {
		part += "0"
	}
	text := strings.TrimLeft(whole+part[:2], "0")
	if text == "" {
		text = "0"
	}
	if rest := strings.TrimRight(part[2:], "0"); rest != "" {
		text += "." + rest
	}
	space := "\u00a0"
	if l.Language == "en" || l.Language == "zh" || l.Language == "hi" {
		space = ""
	}
	return l.decimal(text) + space + "%"
}
