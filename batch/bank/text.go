package bank

import (
	"unicode"
	"unicode/utf8"
)

const (
	accountMax = 64   // bytes
	idMax      = 256  // bytes
	textMax    = 1024 // characters
)

// appendID appends an id: trimmed, white space in it as blanks, without control
// characters, at most idMax bytes; and nothing where it says that there is none.
func appendID(b, id []byte) []byte {
	from := len(b)
	b = appendName(b, id)
	if isNone(b[from:]) {
		return b[:from]
	}
	return b
}

// appendName appends what is written as an id and has no word for none.
func appendName(b, name []byte) []byte {
	if t := trim(name); len(t) <= idMax && isPlain(t, false) {
		return append(b, t...)
	}
	return appendClean(b, name, false, idMax, idMax)
}

// appendText appends text: each run of white space as one blank, none at its ends, without
// control characters, at most textMax characters.
func appendText(b, text []byte) []byte {
	if t := trim(text); len(t) <= textMax && isPlain(t, true) {
		return append(b, t...)
	}
	return appendClean(b, text, true, len(text), textMax)
}

// isPlain reports whether text is of ASCII that can be seen, and blanks, or single ones.
func isPlain(text []byte, single bool) bool {
	before := byte(0)
	for _, c := range text {
		if c-' ' > '~'-' ' || single && c == ' ' && before == ' ' {
			return false
		}
		before = c
	}
	return true
}

func trim(b []byte) []byte {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return b
}

func appendClean(b, text []byte, collapse bool, bytesMax, charactersMax int) []byte {
	from, characters, blanks := len(b), 0, 0
	for len(text) > 0 {
		c, size := utf8.DecodeRune(text)
		text = text[size:]
		switch {
		case unicode.IsSpace(c):
			if blanks++; characters == 0 || collapse && blanks > 1 {
				blanks--
			}
			continue
		case unicode.IsControl(c):
			continue
		}
		if characters+blanks+1 > charactersMax || len(b)-from+blanks+utf8.RuneLen(c) > bytesMax {
			break
		}
		characters += blanks + 1
		for ; blanks > 0; blanks-- {
			b = append(b, ' ')
		}
		b = utf8.AppendRune(b, c)
	}
	return b
}

// isNone reports whether an id is a word that banks write where there is none.
func isNone(id []byte) bool {
	switch len(id) {
	case 4:
		return isWord(id, "NONE")
	case 5:
		return isWord(id, "NOREF")
	case 6:
		return isWord(id, "NONREF")
	case 11:
		return isWord(id, "NOTPROVIDED")
	}
	return false
}

// isWord compares with a word of capitals, in any case.
func isWord(b []byte, word string) bool {
	for i := range b {
		if b[i]&^0x20 != word[i] {
			return false
		}
	}
	return true
}

// inUTF8 returns text of a file that declares no encoding: it is UTF-8 where it can be, else
// ISO 8859-1.
func inUTF8(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	return appendLatin1(nil, text)
}

func appendLatin1(b, text []byte) []byte {
	for _, c := range text {
		b = utf8.AppendRune(b, rune(c))
	}
	return b
}
