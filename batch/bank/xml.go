package bank

import (
	"bytes"
)

// Limits on an XML file, besides tokenMax.
const (
	depthMax = 64
	nameMax  = 256
)

// An xmlReader gives the tags and text of an XML file, as far as a statement needs them.
// It is strict where that keeps two readers from seeing two things: tags match, one
// element is the root, entities are the five predefined ones and characters, and there is
// no document type at all, so nothing expands and nothing is fetched. Names of elements
// are local: namespaces are not looked at.
//
// The room has its own because that of the standard library gives its tokens at 34 MB/s on a
// loaded machine where this one does at 165 (BenchmarkXML), and needs many allocations for an
// entry: a file of 1 GiB would take half a minute. FuzzXML holds the two to each other.
type xmlReader struct {
	*source
	fault    func(code, format string, args ...any)
	encoding encoding
	names    []byte // of the open elements, one behind the other
	starts   []int  // of each in names
	rooted   bool   // the root has begun
	empty    bool   // the element that began last has no content
	wants    bool   // the caller looks at text
	name     []byte // of an element that begins: local
	currency [3]byte
	text     []byte // in UTF-8
	decoded  []byte // what text uses where it is not as it stands
}

// A token is what next comes to.
type token uint8

const (
	tokenEnd   token = iota // of the file, or of what can be read of it
	tokenOpen               // name and currency are those of an element that begins
	tokenClose              // the element ends
	tokenText               // text is some of the text of the element
)

// next returns the next token. What it gives is valid until the following call.
func (x *xmlReader) next() token {
	if x.empty {
		x.empty = false
		return x.pop()
	}
	for {
		if x.from == x.to && !x.more(tokenMax) {
			return x.end()
		}
		if x.buf[x.from] != '<' {
			switch t, ok := x.characters(); {
			case !ok:
				return tokenEnd
			case t:
				return tokenText
			}
			continue
		}
		for x.to-x.from < 2 {
			if !x.more(tokenMax) {
				return x.cut()
			}
		}
		switch x.buf[x.from+1] {
		case '/':
			return x.closeTag()
		case '!':
			if text, ok := x.markup(); !ok {
				return tokenEnd
			} else if text {
				return tokenText
			}
		case '?':
			if !x.instruction() {
				return tokenEnd
			}
		default:
			return x.openTag()
		}
	}
}

// end is where the file ends.
func (x *xmlReader) end() token {
	switch {
	case x.err != nil || x.spent:
	case len(x.starts) > 0:
		x.fault(codeShort, "the file ends within the element %s", said(x.top()))
	case !x.rooted:
		x.fault(codeEmpty, "the file has no element")
	}
	return tokenEnd
}

// cut is where a token has no end: the file ends, or the token is too long.
func (x *xmlReader) cut() token {
	switch {
	case x.err != nil || x.spent:
	case x.eof:
		x.fault(codeShort, "the file ends within a tag, a comment or what is like them")
	default:
		x.fault(codeLarge, "a tag, a comment or a run of text has more than %d bytes", tokenMax)
	}
	return tokenEnd
}

func (x *xmlReader) wrong(format string, args ...any) token {
	x.fault(codeSyntax, format, args...)
	return tokenEnd
}

// until returns what stands before an end, which it passes as well, from skip bytes on.
func (x *xmlReader) until(skip int, end string) (inner []byte, ok bool) {
	for seen := skip; ; {
		window := x.buf[x.from:x.to]
		if len(window) >= seen {
			if i := bytes.Index(window[seen:], []byte(end)); i >= 0 {
				x.from += seen + i + len(end)
				return window[skip : seen+i], true
			}
			seen = max(skip, len(window)-len(end)+1)
		}
		if !x.more(tokenMax) {
			x.cut()
			return nil, false
		}
	}
}

// characters reads text up to the next tag. It reports whether it is for the caller.
func (x *xmlReader) characters() (text, ok bool) {
	size := 0
	for seen := 0; ; {
		window := x.buf[x.from:x.to]
		if i := bytes.IndexByte(window[seen:], '<'); i >= 0 {
			size = seen + i
			break
		}
		seen = len(window)
		if x.more(tokenMax) {
			continue
		}
		if size = seen; !x.eof || x.err != nil || x.spent {
			x.cut()
			return false, false
		}
		break
	}
	raw := x.buf[x.from : x.from+size]
	if len(x.starts) > 0 {
		ok = x.resolve(raw)
		x.from += size
		return ok && x.wants, ok
	}
	if raw = bytes.Trim(raw, " \t\r\n"); len(raw) > 0 {
		x.wrong("text %s stands outside the root element", said(raw))
		return false, false
	}
	x.from += size
	return false, true
}

// markup reads a comment or a section of literal text. It reports whether there is text.
func (x *xmlReader) markup() (text, ok bool) {
	const comment, section = "<!--", "<![CDATA["
	for x.to-x.from < len(section) && x.more(tokenMax) {
	}
	switch window := x.buf[x.from:x.to]; {
	case bytes.HasPrefix(window, []byte(comment)):
		_, ok = x.until(len(comment), "-->")
		return false, ok
	case bytes.HasPrefix(window, []byte(section)) && len(x.starts) > 0:
		inner, ok := x.until(len(section), "]]>")
		if ok && x.wants {
			ok = x.literal(inner)
		}
		return ok && x.wants, ok
	case bytes.HasPrefix(window, []byte("<!DOCTYPE")):
		x.fault(codeDoctype, "the file has a document type")
	default:
		x.wrong("%s is neither a comment nor literal text", said(window[:min(len(section), len(window))]))
	}
	return false, false
}

// instruction reads a processing instruction, of which only the declaration says anything.
func (x *xmlReader) instruction() bool {
	first := !x.rooted && x.line() == 1 && x.encoding == undeclared
	inner, ok := x.until(2, "?>")
	if !ok {
		return false
	}
	rest, declares := bytes.CutPrefix(inner, []byte("xml"))
	if declares = declares && (len(rest) == 0 || isXMLSpace(rest[0])); !declares {
		return true
	}
	if !first {
		x.wrong("the file is more than one document")
		return false
	}
	return x.declare(rest)
}

// openTag reads the tag that an element begins with.
func (x *xmlReader) openTag() token {
	if len(x.starts) == depthMax {
		x.fault(codeDeep, "elements lie deeper than %d", depthMax)
		return tokenEnd
	}
	if x.rooted && len(x.starts) == 0 {
		return x.wrong("the file has a second root element")
	}
	i := 1
	for {
		for window := x.buf[x.from:x.to]; i < len(window) && isNameByte[window[i]]; i++ {
		}
		if x.from+i < x.to {
			break
		}
		if !x.more(tokenMax) {
			return x.cut()
		}
	}
	if i == 1 || i > nameMax {
		return x.wrong("%s is no tag", said(x.buf[x.from:x.from+i+1]))
	}
	x.currency = [3]byte{}
	end := i
	if x.buf[x.from+i] != '>' {
		var ok bool
		if end, ok = x.attributes(i); !ok {
			return tokenEnd
		}
	}
	x.starts = append(x.starts, len(x.names))
	x.names = append(x.names, x.buf[x.from+1:x.from+i]...)
	x.name = local(x.top())
	x.from += end + 1
	x.rooted = true
	return tokenOpen
}

// closeTag reads the tag that an element ends with.
func (x *xmlReader) closeTag() token {
	if len(x.starts) == 0 {
		return x.wrong("a tag ends an element that did not begin")
	}
	top := x.top()
	n := 2 + len(top)
	for x.to-x.from <= n && x.more(tokenMax) {
	}
	if window := x.buf[x.from:x.to]; len(window) > n && window[n] == '>' && bytes.Equal(window[2:n], top) {
		x.from += n + 1
		return x.pop()
	}
	inner, ok := x.until(2, ">")
	if !ok {
		return tokenEnd
	}
	if !bytes.Equal(bytes.TrimRight(inner, " \t\r\n"), top) {
		return x.wrong("the tag of the end %s ends the element %s", said(inner), said(top))
	}
	return x.pop()
}

// top returns the name of the innermost open element.
func (x *xmlReader) top() []byte { return x.names[x.starts[len(x.starts)-1]:] }

func (x *xmlReader) pop() token {
	last := len(x.starts) - 1
	x.names = x.names[:x.starts[last]]
	x.starts = x.starts[:last]
	return tokenClose
}

func isXMLSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// isNameByte has the bytes of names; those of other alphabets are not told apart.
var isNameByte = func() (is [256]bool) {
	for c := range is {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		is[c] = letter || isDigit(byte(c)) || c == '_' || c == '-' || c == '.' || c == ':' || c >= 0x80
	}
	return is
}()
