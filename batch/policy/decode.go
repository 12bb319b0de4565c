package policy

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"daybook/ledger/civil"
)

// decode sets a value from a node.
func (s *source) decode(n ast.Node, v reflect.Value, path string, tag reflect.StructTag) {
	switch v.Type() {
	case reflect.TypeFor[packSection]():
		s.decodePack(n, v, path)
		return
	case reflect.TypeFor[amounts]():
		s.decodeAmounts(n, v, path, tag)
		return
	case reflect.TypeFor[*contagionSection]():
		if text, ok := scalarText(n); ok && text == "none" {
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		x := reflect.New(v.Type().Elem())
		setDefaults(x.Elem())
		s.decode(n, x.Elem(), path, tag)
		v.Set(x)
	case reflect.Struct:
		s.decodeStruct(n, v, path)
	case reflect.Map:
		s.decodeMap(n, v, path, tag)
	case reflect.Slice:
		s.decodeList(n, v, path, tag)
	default:
		s.decodeScalar(n, v, path, tag)
	}
}

// pairs returns a mapping's keys and values, or records why there are none.
func (s *source) pairs(n ast.Node, path string) (pairs []*ast.MappingValueNode, ok bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		s.failKind(n, path, "keys and values; write {} for none")
		return nil, false
	}
	if len(pairs) > listMax {
		s.fail(path, "has %d keys, at most %d are possible", len(pairs), listMax)
		return nil, false
	}
	return pairs, true
}

// key returns a pair's key, and notes where it stands.
func (s *source) key(pair *ast.MappingValueNode, path string) (key, under string, ok bool) {
	text, ok := scalarText(pair.Key)
	if !ok || pair.Key.IsMergeKey() {
		s.failAt(placeOfToken(pair.Key.GetToken()), path, "a key must be a plain name: anchors, aliases, tags and merges have no place here")
		return "", "", false
	}
	under = text
	if path != "" {
		under = path + "." + text
	}
	s.at[under] = placeOfToken(pair.Key.GetToken())
	return text, under, true
}

func (s *source) decodeStruct(n ast.Node, v reflect.Value, path string) {
	pairs, ok := s.pairs(n, path)
	if !ok {
		return
	}
	fields := fieldsOf(v)
	keys := keysOf(fields)
	for _, pair := range pairs {
		key, under, ok := s.key(pair, path)
		if !ok {
			continue
		}
		i := slices.Index(keys, key)
		if i < 0 {
			s.fail(under, "unknown key: %s", suggest(key, keys))
			continue
		}
		s.decode(pair.Value, fields[i].value, under, fields[i].tag)
	}
	for _, f := range fields {
		if f.tag.Get("required") == "true" && f.value.IsZero() && !s.stated(join(path, f.key)) {
			s.fail(path, "needs the key %s", f.key)
		}
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// decodeMap reads a mapping from names. A struct of the map is read over what
// the map holds, a pointer is new.
func (s *source) decodeMap(n ast.Node, v reflect.Value, path string, tag reflect.StructTag) {
	pairs, ok := s.pairs(n, path)
	if !ok {
		return
	}
	if len(pairs) == 0 && tag.Get("none") == "true" {
		v.SetZero()
		return
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for _, pair := range pairs {
		key, under, ok := s.key(pair, path)
		if !ok {
			continue
		}
		if list := listOf(tag.Get("keys")); list != nil && !slices.Contains(list, key) {
			s.fail(under, "unknown key: %s", suggest(key, list))
			continue
		}
		if key == "" || len(key) > wordMax {
			s.fail(under, "a name must have 1 to %d bytes", wordMax)
			continue
		}
		x := reflect.New(v.Type().Elem()).Elem()
		if old := v.MapIndex(reflect.ValueOf(key)); old.IsValid() {
			x.Set(old)
		}
		s.decode(pair.Value, x, under, tag)
		v.SetMapIndex(reflect.ValueOf(key), x)
	}
}

func (s *source) decodeList(n ast.Node, v reflect.Value, path string, tag reflect.StructTag) {
	var items []ast.Node
	if list, ok := n.(*ast.SequenceNode); ok {
		items = list.Values
	} else if _, scalar := scalarText(n); scalar && (v.Type() == reflect.TypeFor[words]() || v.Type() == reflect.TypeFor[pointList]()) {
		items = []ast.Node{n}
	} else {
		s.failKind(n, path, "a list, such as [a, b]")
		return
	}
	if len(items) == 0 && tag.Get("none") == "true" {
		v.SetZero()
		return
	}
	if len(items) == 0 || len(items) > listMax {
		s.fail(path, "must have 1 to %d entries", listMax)
		return
	}
	out := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		under := fmt.Sprintf("%s[%d]", path, i)
		s.at[under] = placeOf(item)
		setDefaults(out.Index(i))
		s.decode(item, out.Index(i), under, tag)
	}
	v.Set(out)
}

// failKind records that a node is not what its key takes.
func (s *source) failKind(n ast.Node, path, want string) {
	if path == "" {
		want = "keys and values, such as name: cn"
	}
	switch n.(type) {
	case nil, *ast.NullNode:
		s.fail(path, "has no value: it takes %s", want)
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		s.failAt(placeOf(n), path, "anchors, aliases and tags have no place in a policy: a product takes what it leaves out from default")
	default:
		s.fail(path, "takes %s", want)
	}
}

// scalarText returns the text of a scalar as it was written, without quotes.
func scalarText(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	case *ast.MappingNode:
		return colonText(n)
	}
	return "", false
}

// colonText returns a plain scalar such as past_due:fee. A colon without a blank
// behind it is part of it, by YAML 1.2; the parser takes it for a key and its
// value in a list within a mapping in braces.
func colonText(n *ast.MappingNode) (string, bool) {
	if n.GetToken().Value != ":" || len(n.Values) != 1 {
		return "", false
	}
	key, colon, value := n.Values[0].Key.GetToken(), n.GetToken().Position, n.Values[0].Value.GetToken()
	name, ok := n.Values[0].Key.(*ast.StringNode)
	text, scalar := scalarText(n.Values[0].Value)
	if !ok || !scalar || key.Value != strings.TrimSpace(key.Origin) || value.Value != strings.TrimSpace(value.Origin) ||
		key.Position.Column+len([]rune(key.Value)) != colon.Column || value.Position.Line != colon.Line || value.Position.Column != colon.Column+1 {
		return "", false
	}
	return name.Value + ":" + text, true
}

func (s *source) decodeScalar(n ast.Node, v reflect.Value, path string, tag reflect.StructTag) {
	text, ok := scalarText(n)
	if !ok {
		want := "one value"
		if m, ok := n.(*ast.MappingNode); ok && m.GetToken().Value == ":" {
			want += `; quote a text that has a colon, as "past_due:fee"`
		}
		s.failKind(n, path, want)
		return
	}
	s.at[path] = placeOf(n)
	switch {
	case v.Type() == reflect.TypeFor[decimal]():
		d, ok := parseDecimal(text)
		if !ok {
			s.fail(path, "%q is not a plain decimal number such as 0.24", text)
			return
		}
		s.checkRange(path, d, tag)
		v.SetString(string(d))
	case v.Type() == reflect.TypeFor[civil.Date]():
		d, err := civil.Parse(text)
		if err != nil || d < civil.Min {
			s.fail(path, "%q is not a date such as 2026-11-23", text)
			return
		}
		v.SetInt(int64(d))
	case v.Kind() == reflect.Int32:
		i, err := strconv.ParseInt(text, 10, 32)
		if err != nil || strconv.FormatInt(i, 10) != text {
			s.fail(path, "%q is not a whole number", text)
			return
		}
		s.checkRange(path, decimal(text), tag)
		v.SetInt(i)
	case v.Kind() == reflect.Bool:
		if text != "true" && text != "false" {
			s.fail(path, "%q is neither true nor false", text)
			return
		}
		v.SetBool(text == "true")
	default:
		s.decodeWord(text, v, path, tag)
	}
}

func (s *source) decodeWord(text string, v reflect.Value, path string, tag reflect.StructTag) {
	list := listOf(tag.Get("enum"))
	switch {
	case list != nil && !slices.Contains(list, text):
		s.fail(path, "unknown value %q: %s", text, suggest(text, list))
	case text == "" && tag.Get("empty") == "true":
		v.SetString("")
	case v.Type() == reflect.TypeFor[Text]() && len(text) <= wordLimit(tag):
		if strings.ContainsFunc(text, func(r rune) bool { return isControl(r) && r != '\n' }) {
			s.fail(path, "has control characters")
		}
		v.SetString(text)
	case text == "" || len(text) > wordLimit(tag) || strings.ContainsFunc(text, isControl):
		s.fail(path, "must be 1 to %d bytes of text on one line", wordLimit(tag))
	default:
		v.SetString(text)
	}
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// wordLimit is the most bytes of a text: those of a name, or as its tag says.
func wordLimit(tag reflect.StructTag) int {
	if most, err := strconv.Atoi(tag.Get("most")); err == nil {
		return most
	}
	return wordMax
}

// checkRange holds a number to the limits of its tag.
func (s *source) checkRange(path string, d decimal, tag reflect.StructTag) {
	low, high := decimal(tag.Get("min")), decimal(tag.Get("max"))
	below := low != "" && d.rat().Cmp(low.rat()) < 0
	above := high != "" && d.rat().Cmp(high.rat()) > 0
	switch {
	case below && high == "":
		s.fail(path, "%s is below %s", d, low)
	case below || above:
		s.fail(path, "%s is not within %s to %s", d, low, high)
	}
}

// listOf returns the words of an enum or keys tag, or nil.
func listOf(tag string) []string {
	switch {
	case tag == "":
		return nil
	case tag[0] == '@':
		return wordsOf(tag[1:])
	}
	return strings.Split(tag, ",")
}

// setDefaults fills a new struct with the defaults of its tags.
func setDefaults(v reflect.Value) {
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		text := v.Type().Field(i).Tag.Get("default")
		switch f := v.Field(i); {
		case text == "":
		case f.Kind() == reflect.Slice:
			f.Set(reflect.ValueOf(strings.Split(text, ",")))
		case f.Kind() == reflect.Int32:
			n, err := strconv.ParseInt(text, 10, 32)
			if err != nil {
				panic("policy: internal error: default " + text)
			}
			f.SetInt(n)
		default:
			f.SetString(text)
		}
	}
}
