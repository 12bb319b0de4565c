package bank

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// An encoding is what a file's bytes stand for. All have ASCII in common, so tags are found
// without knowing it.
type encoding uint8

const (
	undeclared encoding = iota // UTF-8
	encodingUTF8
	encodingASCII
	encodingLatin1
	encodingWindows
)

var encodings = map[string]encoding{
	"UTF-8": encodingUTF8, "UTF8": encodingUTF8,
	"US-ASCII": encodingASCII, "ASCII": encodingASCII,
	"ISO-8859-1": encodingLatin1, "ISO8859-1": encodingLatin1, "LATIN1": encodingLatin1,
	"WINDOWS-1252": encodingWindows, "CP1252": encodingWindows,
}

// windows has the characters of Windows-1252 that ISO 8859-1 has others for, from 0x80;
// where there is none, a control character, which is dropped.
var windows = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}

// declare reads the declaration that an XML file may begin with.
func (x *xmlReader) declare(declaration []byte) bool {
	x.encoding = encodingUTF8
	_, rest, ok := bytes.Cut(declaration, []byte("encoding"))
	if !ok {
		return true
	}
	rest = bytes.TrimLeft(rest, " \t\r\n=")
	if len(rest) > 0 {
		name, _, _ := bytes.Cut(rest[1:], rest[:1])
		if x.encoding, ok = encodings[string(bytes.ToUpper(name))]; ok {
			return true
		}
		rest = name
	}
	x.fault(codeEncoding, "the file's encoding %s is not read", said(rest))
	return false
}

// resolve makes text of what stands between tags: in UTF-8, with what its entities stand
// for. Text that the caller does not look at is only held to have no others.
func (x *xmlReader) resolve(raw []byte) bool {
	at := bytes.IndexByte(raw, '&')
	if at < 0 {
		return !x.wants || x.literal(raw)
	}
	x.decoded = x.decoded[:0]
	for ; at >= 0; at = bytes.IndexByte(raw, '&') {
		if x.wants && !x.decode(raw[:at]) {
			return false
		}
		raw = raw[at+1:]
		end := bytes.IndexByte(raw[:min(len(raw), 12)], ';')
		c, ok := entity(raw[:max(0, end)])
		if !ok {
			x.fault(codeEntity, "the entity %s is not read", said(raw[:min(len(raw), max(end+1, 12))]))
			return false
		}
		x.decoded = utf8.AppendRune(x.decoded, c)
		raw = raw[end+1:]
	}
	ok := !x.wants || x.decode(raw)
	x.text = x.decoded
	return ok
}

// literal makes text of what has no entities.
func (x *xmlReader) literal(raw []byte) bool {
	if isASCII(raw) {
		x.text = raw
		return true
	}
	x.decoded = x.decoded[:0]
	ok := x.decode(raw)
	x.text = x.decoded
	return ok
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// decode appends raw to decoded, in UTF-8.
func (x *xmlReader) decode(raw []byte) bool {
	switch x.encoding {
	case encodingLatin1:
		x.decoded = appendLatin1(x.decoded, raw)
	case encodingWindows:
		for _, c := range raw {
			r := rune(c)
			if c >= 0x80 && c < 0xa0 {
				r = windows[c-0x80]
			}
			x.decoded = utf8.AppendRune(x.decoded, r)
		}
	default:
		if x.encoding == encodingASCII && !isASCII(raw) || !utf8.Valid(raw) {
			x.fault(codeEncoding, "the text %s is not of the encoding that the file declares", said(raw))
			return false
		}
		x.decoded = append(x.decoded, raw...)
	}
	return true
}

// entity returns the character that an entity stands for, if it is one that every XML file
// has.
func entity(name []byte) (rune, bool) {
	switch string(name) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, ok := bytes.CutPrefix(name, []byte("#"))
	if !ok {
		return 0, false
	}
	base := 10
	if hex, ok := bytes.CutPrefix(digits, []byte("x")); ok {
		base, digits = 16, hex
	}
	c, err := strconv.ParseUint(string(digits), base, 21)
	if err != nil || !isXMLCharacter(rune(c)) {
		return 0, false
	}
	return rune(c), true
}

func isXMLCharacter(c rune) bool {
	switch {
	case c < ' ':
		return c == '\t' || c == '\n' || c == '\r'
	case c > 0xd7ff && c < 0xe000:
		return false
	}
	return c <= 0x10ffff && c != 0xfffe && c != 0xffff
}
