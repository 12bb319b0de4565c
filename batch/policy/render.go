package policy

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"daybook/ledger/civil"
)

// render writes a document as YAML: keys in the order of the format, names in
// their own, numbers without needless zeros. It is the canonical form.
func render(doc *document) []byte {
	var b bytes.Buffer
	renderBlock(&b, reflect.ValueOf(doc).Elem(), 0)
	return b.Bytes()
}

// renderBlock writes a struct or a map, a key a line.
func renderBlock(b *bytes.Buffer, v reflect.Value, indent int) {
	keys, values := entries(v)
	for i, key := range keys {
		b.WriteString(strings.Repeat("  ", indent))
		renderEntry(b, key, values[i], indent)
	}
}

func renderEntry(b *bytes.Buffer, key string, v reflect.Value, indent int) {
	b.WriteString(quote(key))
	b.WriteByte(':')
	v = reflect.Indirect(v)
	if isFlow(v) {
		b.WriteByte(' ')
		renderFlow(b, v)
		b.WriteByte('\n')
		return
	}
	b.WriteByte('\n')
	if v.Kind() != reflect.Slice {
		renderBlock(b, v, indent+1)
		return
	}
	for i := range v.Len() {
		b.WriteString(strings.Repeat("  ", indent+1))
		b.WriteString("- ")
		if item := v.Index(i); isFlow(item) {
			renderFlow(b, item)
			b.WriteByte('\n')
		} else {
			renderItem(b, item, indent+2)
		}
	}
}

// renderItem writes a struct as an item of a list: the first key after the dash.
func renderItem(b *bytes.Buffer, v reflect.Value, indent int) {
	keys, values := entries(v)
	for i, key := range keys {
		if i > 0 {
			b.WriteString(strings.Repeat("  ", indent))
		}
		renderEntry(b, key, values[i], indent)
	}
}

// isFlow reports whether a value fits on one line: it has no structure within
// its structure.
func isFlow(v reflect.Value) bool {
	v = reflect.Indirect(v)
	switch v.Kind() {
	case reflect.Struct, reflect.Map:
		_, values := entries(v)
		return !slices.ContainsFunc(values, func(x reflect.Value) bool { return isNested(reflect.Indirect(x)) })
	case reflect.Slice:
		return v.Len() == 0 || !isNested(reflect.Indirect(v.Index(0)))
	}
	return true
}

func isNested(v reflect.Value) bool {
	if a, ok := v.Interface().(amounts); ok {
		_, plain := a.plain()
		return !plain
	}
	k := v.Kind()
	return k == reflect.Struct || k == reflect.Map || k == reflect.Slice && v.Type() != reflect.TypeFor[words]() && v.Type() != reflect.TypeFor[pointList]()
}

func renderFlow(b *bytes.Buffer, v reflect.Value) {
	v = reflect.Indirect(v)
	if a, ok := v.Interface().(amounts); ok {
		if d, plain := a.plain(); plain {
			b.WriteString(string(d))
			return
		}
	}
	switch v.Kind() {
	case reflect.Struct, reflect.Map:
		keys, values := entries(v)
		b.WriteByte('{')
		for i, key := range keys {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(quote(key))
			b.WriteString(": ")
			renderFlow(b, values[i])
		}
		b.WriteByte('}')
	case reflect.Slice:
		b.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				b.WriteString(", ")
			}
			renderFlow(b, v.Index(i))
		}
		b.WriteByte(']')
	default:
		b.WriteString(scalar(v))
	}
}

func scalar(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case decimal:
		return string(x)
	case civil.Date:
		return x.String()
	case string:
		return quote(x)
	case planRate:
		return quote(string(x))
	case Text:
		return quote(string(x))
	}
	return fmt.Sprint(v.Interface())
}

// entries returns the keys and values of a struct or a map that are there.
func entries(v reflect.Value) (keys []string, values []reflect.Value) {
	if v.Kind() == reflect.Map {
		for _, key := range slices.Sorted(maps.Keys(keySet(v))) {
			keys = append(keys, key)
			values = append(values, v.MapIndex(reflect.ValueOf(key)))
		}
		return keys, values
	}
	for _, x := range fieldsOf(v) {
		f := x.value
		absent := f.Kind() == reflect.Pointer && f.IsNil() || f.Kind() == reflect.Slice && f.Len() == 0 ||
			f.Type() == reflect.TypeFor[civil.Date]() && civil.Date(f.Int()) == civil.None ||
			f.Kind() == reflect.String && f.Len() == 0 || f.Kind() == reflect.Map && f.Len() == 0 && x.tag.Get("none") == "true"
		if x.optional && f.Kind() != reflect.Slice {
			stated, _ := entries(f)
			absent = len(stated) == 0
		}
		if !absent && !x.hidden {
			keys = append(keys, x.key)
			values = append(values, f)
		}
	}
	return keys, values
}

func keySet(v reflect.Value) map[string]bool {
	set := make(map[string]bool, v.Len())
	for _, k := range v.MapKeys() {
		set[k.String()] = true
	}
	return set
}

// plainText is text that YAML reads as itself without quotes, wherever it
// stands: words, day counts and frequencies.
var plainText = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_./-]*|[0-9]+/[0-9]+|[0-9]+[DM])$`)

// reserved are words that YAML 1.1 or 1.2 reads as something else.
var reserved = regexp.MustCompile(`^(?i:true|false|null|yes|no|on|off|y|n)$`)

func quote(text string) string {
	if plainText.MatchString(text) && !reserved.MatchString(text) {
		return text
	}
	return strconv.Quote(text)
}
