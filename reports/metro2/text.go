package metro2

// putText writes a text in upper case from the left, cut where it is too long. The field is
// blank before.
func putText(to []byte, s string) {
	n, blank := 0, false
	put := func(c byte) {
		if c == ' ' {
			blank = n > 0
			return
		}
		if blank && n < len(to) {
			n, blank = n+1, false
		}
		if n < len(to) {
			to[n] = c
			n++
		}
	}
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z':
			put(byte(r - 'a' + 'A'))
		case r >= ' ' && r <= '~':
			put(byte(r))
		case isMark(r): // it stands behind its letter
		default:
			base := baseOf(r)
			for i := range len(base) {
				put(base[i])
			}
		}
	}
}

// isMark reports whether a letter is a mark that joins the one before it.
func isMark(r rune) bool { return r >= 0x0300 && r <= 0x036F }

// baseOf is a letter of Europe without its mark; a blank for any other.
func baseOf(r rune) string {
	if r >= 0x00C0 && r <= 0x017F {
		if base := bases[r-0x00C0]; base != "" {
			return base
		}
	}
	switch r {
	case 'Ș', 'ș':
		return "S"
	case 'Ț', 'ț':
		return "T"
	case 'ẞ':
		return "SS"
	case '’', '‘':
		return "'"
	case '‐', '‑', '–', '—':
		return "-"
	}
	return " "
}

// bases are the base letters of Latin-1 and Latin Extended-A, from À on.
var bases = func() (list [0x0180 - 0x00C0]string) {
	for base, letters := range map[string]string{
		"A": "ÀÁÂÃÄÅàáâãäåĀāĂăĄą", "AE": "Ææ", "C": "ÇçĆćĈĉĊċČč", "D": "ÐðĎďĐđ", "E": "ÈÉÊËèéêëĒēĔĕĖėĘęĚě", "G": "ĜĝĞğĠġĢģ",
		"H": "ĤĥĦħ", "I": "ÌÍÎÏìíîïĨĩĪīĬĭĮįİı", "IJ": "Ĳĳ", "J": "Ĵĵ", "K": "Ķķĸ", "L": "ĹĺĻļĽľĿŀŁł", "N": "ÑñŃńŅņŇňŉŊŋ",
		"O": "ÒÓÔÕÖØòóôõöøŌōŎŏŐő", "OE": "Œœ", "R": "ŔŕŖŗŘř", "S": "ŚśŜŝŞşŠšſ", "SS": "ß", "T": "ŢţŤťŦŧ", "TH": "Þþ",
		"U": "ÙÚÛÜùúûüŨũŪūŬŭŮůŰűŲų", "W": "Ŵŵ", "Y": "ÝýÿŶŷŸ", "Z": "ŹźŻżŽž", "X": "×", "/": "÷",
	} {
		for _, r := range letters {
			list[r-0x00C0] = base
		}
	}
	return list
}()
