package bank

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
)

// tokensHere and tokensThere say what a file is made of, by this room's reader and by that
// of the standard library; ok if it is well-formed to the reader.
func tokensHere(b []byte) (all string, ok bool) {
	ok = true
	x := xmlReader{source: &source{r: bytes.NewReader(b), left: fileMax}, wants: true}
	x.fault = func(string, string, ...any) { ok = false }
	var text, out strings.Builder
	flush := func() {
		fmt.Fprintf(&out, "%q", strings.ReplaceAll(strings.ReplaceAll(text.String(), "\r\n", "\n"), "\r", "\n"))
		text.Reset()
	}
	for {
		switch x.next() {
		case tokenOpen:
			flush()
			fmt.Fprintf(&out, "<%s %s>", x.name, bytes.Trim(x.currency[:], "\x00"))
		case tokenClose:
			flush()
			out.WriteString("</>")
		case tokenText:
			text.Write(x.text)
		case tokenEnd:
			return out.String(), ok
		}
	}
}

func tokensThere(b []byte) (all string, ok bool) {
	d := xml.NewDecoder(bytes.NewReader(b))
	var text, out strings.Builder
	depth := 0
	flush := func() {
		fmt.Fprintf(&out, "%q", strings.ReplaceAll(text.String(), "\r", "\n"))
		text.Reset()
	}
	for {
		token, err := d.Token()
		if token == nil {
			return out.String(), err.Error() == "EOF"
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			currency := ""
			for _, a := range token.Attr {
				if a.Name.Local == "Ccy" {
					if currency = strings.TrimSpace(a.Value); len(currency) != 3 {
						currency = "???"
					}
				}
			}
			flush()
			fmt.Fprintf(&out, "<%s %s>", token.Name.Local, strings.Trim(currency, "\x00"))
		case xml.EndElement:
			depth--
			flush()
			out.WriteString("</>")
		case xml.CharData:
			if depth > 0 {
				text.Write(token)
			}
		}
	}
}

// FuzzXML compares the two readers: what is a file to both is the same file to both.
func FuzzXML(f *testing.F) {
	for _, s := range []string{
		camtDetail(`<TxDtls><RmtInf><Ustrd>a &amp; b &#65;&#x42;<![CDATA[<c>&]]><!-- d -->e</Ustrd></RmtInf></TxDtls>`),
		`<?xml version="1.0" encoding="UTF-8" ?> <!-- x --><a:b xmlns:a='c' a:Ccy = " EUR " d="&lt;">  <e/><f></f ><?g h?></a:b> `,
		"<a>\r\nä\r</a>\n",
	} {
		here, okHere := tokensHere([]byte(s))
		there, okThere := tokensThere([]byte(s))
		if !okHere || !okThere || here != there {
			f.Errorf("%q:\n%s\n%s", s, here, there)
		}
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		here, okHere := tokensHere(b)
		there, okThere := tokensThere(b)
		if okHere && okThere && here != there {
			t.Errorf("%q: here\n%s\nthere\n%s", b, here, there)
		}
	})
}
