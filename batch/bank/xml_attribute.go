package bank

import "bytes"

// byteAt returns a byte of the window, reading on for it; 0 where the file ends before.
func (x *xmlReader) byteAt(i int) byte {
	for x.from+i >= x.to {
		if !x.more(tokenMax) {
			return 0
		}
	}
	return x.buf[x.from+i]
}

// spaces returns where the next byte is that is no space.
func (x *xmlReader) spaces(at int) int {
	for isXMLSpace(x.byteAt(at)) {
		at++
	}
	return at
}

// attributes reads the attributes of the tag at the window's start, and returns where the
// tag's `>` is.
func (x *xmlReader) attributes(at int) (end int, ok bool) {
	for {
		next := x.spaces(at)
		switch c := x.byteAt(next); {
		case c == '>':
			return next, true
		case c == '/' && x.byteAt(next+1) == '>':
			x.empty = true
			return next + 1, true
		case next == at || !isNameByte[c]:
			return x.badTag(next)
		}
		if at, ok = x.attribute(next); !ok {
			return 0, false
		}
	}
}

// attribute reads a name, an equals sign and a value in quotes. Only a currency is kept.
func (x *xmlReader) attribute(at int) (end int, ok bool) {
	name := at
	for isNameByte[x.byteAt(at)] {
		at++
	}
	nameEnd := at
	if at = x.spaces(at); x.byteAt(at) != '=' || nameEnd-name > nameMax {
		return x.badTag(at)
	}
	at = x.spaces(at + 1)
	quote := x.byteAt(at)
	if quote != '"' && quote != '\'' {
		return x.badTag(at)
	}
	at++
	value := at
	for c := x.byteAt(at); c != quote; c = x.byteAt(at) {
		if c == '<' || c == 0 {
			return x.badTag(at)
		}
		at++
	}
	wants := x.wants
	x.wants = true
	ok = x.resolve(x.buf[x.from+value : x.from+at])
	x.wants = wants
	if ok && string(local(x.buf[x.from+name:x.from+nameEnd])) == "Ccy" {
		x.currency = [3]byte{'?', '?', '?'}
		if code := bytes.TrimSpace(x.text); len(code) == len(x.currency) {
			x.currency = [3]byte(code)
		}
	}
	return at + 1, ok
}

// badTag says that a tag is none, or that it has no end.
func (x *xmlReader) badTag(at int) (end int, ok bool) {
	if x.from+at >= x.to {
		x.cut()
	} else {
		x.wrong("%s is no tag", said(x.buf[x.from:x.from+at+1]))
	}
	return 0, false
}

// local returns a name without the prefix of its namespace.
func local(name []byte) []byte {
	if colon := bytes.IndexByte(name, ':'); colon > 0 && colon < len(name)-1 {
		return name[colon+1:]
	}
	return name
}
