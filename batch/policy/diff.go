package policy

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// A Difference is one key that two policies understand differently.
type Difference struct {
	Section string // the file's section; "policy" for what stands beside the sections
	// Path is the key with the section it is in: of a list whose items have names the name
	// stands in brackets, else the place from 0; a list with [] behind it is the order of
	// its names.
	Path     string
	Old, New Side
}

// A Side is what one policy has under a key, every default filled in.
type Side struct {
	There bool
	Value string // as policy show writes it
	Line  int    // of the file, from 1; 0: the file does not state it
}

// Diff returns what differs between two policies as they are understood, in the order of
// the file's sections; of policies that are equal, nothing. What a product takes from the
// product default has the line there, and a section collections without keys is the
// release's for the policy's jurisdiction. Where no key differs and the digests do, as of a
// file that both name and that has changed, the one difference is the digest.
func Diff(old, new *Policy) ([]Difference, error) {
	var sides [2]understood
	for i, p := range [2]*Policy{old, new} {
		var err error
		if sides[i], err = understand(p); err != nil {
			return nil, err
		}
	}
	var list []Difference
	for _, section := range append([]string{headSection}, sectionKeys()...) {
		a, b := sides[0].of(section), sides[1].of(section)
		for _, x := range a {
			d := Difference{Section: section, Path: x.path, Old: sides[0].side(x)}
			if i := slices.IndexFunc(b, func(y leaf) bool { return y.path == x.path }); i >= 0 {
				d.New = sides[1].side(b[i])
			}
			if d.Old.Value != d.New.Value || !d.New.There {
				list = append(list, d)
			}
		}
		for _, y := range b {
			if !slices.ContainsFunc(a, func(x leaf) bool { return x.path == y.path }) {
				list = append(list, Difference{Section: section, Path: y.path, New: sides[1].side(y)})
			}
		}
	}
	if old.Digest != new.Digest && !slices.ContainsFunc(list, func(d Difference) bool { return d.Path != "effective_from" }) {
		// A file that the policy names is another, under the same name.
		list = append(list, Difference{
			Section: headSection, Path: "digest", Old: Side{There: true, Value: hex.EncodeToString(old.Digest[:])}, New: Side{There: true, Value: hex.EncodeToString(new.Digest[:])},
		})
	}
	return list, nil
}

// headSection is what the keys beside the sections stand under.
const headSection = "policy"

func sectionKeys() []string {
	list := make([]string, len(sections))
	for i := range sections {
		list[i] = sections[i].key
	}
	return list
}

// An understood is a policy taken apart into its keys, and where its file has them.
type understood struct {
	leaves []leaf
	at     map[string]place
}

// A leaf is a key that has a value of its own.
type leaf struct {
	section string
	path    string // as a difference has it
	key     string // as the reader has it
	value   string
}

func understand(p *Policy) (u understood, err error) {
	base, err := defaults()
	if err != nil {
		return u, err
	}
	s := newSource(p.Source, "")
	s.read(base) // for where its keys stand
	u.at = s.at
	doc := p.doc
	doc.sections = slices.Clone(doc.sections)
	for i, x := range doc.sections {
		if c, ok := x.(*collectionsSection); ok && !states(c) {
			_, c = builtinCollections(p)
			c.fill()
			doc.sections[i] = c
		}
	}
	keys, values := entries(reflect.ValueOf(&doc).Elem())
	for i, key := range keys {
		section := key
		if !slices.Contains(sectionKeys(), section) {
			section = headSection
		}
		u.add(section, key, key, values[i])
	}
	return u, nil
}

// states reports whether a section has a key.
func states(x section) bool {
	keys, _ := entries(reflect.ValueOf(x).Elem())
	return len(keys) > 0
}

// add takes a value apart.
func (u *understood) add(section, path, key string, v reflect.Value) {
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return
	}
	v = reflect.Indirect(v)
	switch {
	case v.Kind() == reflect.Struct, v.Kind() == reflect.Map:
		keys, values := entries(v)
		for i := range keys {
			u.add(section, join(path, keys[i]), join(key, keys[i]), values[i])
		}
		if len(keys) == 0 {
			u.leaf(section, path, key, v)
		}
	case v.Kind() == reflect.Slice && v.Len() > 0 && isNested(reflect.Indirect(v.Index(0))):
		u.addList(section, path, key, v)
	default:
		u.leaf(section, path, key, v)
	}
}

// addList takes a list of mappings apart: by the names of its items, where they have some
// of their own.
func (u *understood) addList(section, path, key string, v reflect.Value) {
	names := make([]string, v.Len())
	named := true
	for i := range names {
		names[i] = nameOf(reflect.Indirect(v.Index(i)))
		named = named && names[i] != "" && !slices.Contains(names[:i], names[i])
	}
	if named {
		u.leaf(section, path+"[]", key, reflect.ValueOf(names))
	}
	for i := range names {
		under := fmt.Sprintf("[%d]", i)
		if named {
			u.add(section, path+"["+names[i]+"]", key+under, v.Index(i))
			continue
		}
		u.add(section, path+under, key+under, v.Index(i))
	}
}

// nameKeys are the keys under which items have names: most of them, packs, and rows of packs.
var nameKeys = []string{"name", "pack", "rule"}

// nameOf is the name of an item, if it has one.
func nameOf(v reflect.Value) string {
	if v.Kind() != reflect.Struct {
		return ""
	}
	for _, f := range fieldsOf(v) {
		if slices.Contains(nameKeys, f.key) && f.value.Kind() == reflect.String && f.value.Len() > 0 {
			return f.value.String()
		}
	}
	return ""
}

func (u *understood) leaf(section, path, key string, v reflect.Value) {
	var b bytes.Buffer
	renderFlow(&b, v)
	if b.String() == "{}" && section == path {
		return // a section that states nothing
	}
	u.leaves = append(u.leaves, leaf{section, path, key, b.String()})
}

func (u *understood) of(section string) (list []leaf) {
	for _, x := range u.leaves {
		if x.section == section {
			list = append(list, x)
		}
	}
	return list
}

// side says what a policy has under a key, and in which line.
func (u *understood) side(x leaf) Side {
	at, ok := u.at[x.key]
	if rest, product := strings.CutPrefix(x.key, "products."); !ok && product {
		if _, key, found := strings.Cut(rest, "."); found {
			at = u.at["products.default."+key]
		}
	}
	if strings.HasPrefix(x.key, "packs[") { // of a pack that stands in a file of its own: the line that names it
		for key := x.key; !ok && key != ""; key = key[:max(strings.LastIndexAny(key, ".["), 0)] {
			at, ok = u.at[key]
		}
	}
	return Side{There: true, Value: x.value, Line: at.line}
}
