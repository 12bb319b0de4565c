package intake

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// A node is a value in Thrift's compact protocol, taken apart so that a test can
// add fields to any struct in it, or take them out.
type node struct {
	kind   byte
	raw    []byte // of a scalar
	of     byte   // kind of a list's elements
	nodes  []node // elements, or fields
	number []int  // of the fields
}

// parseNode takes a value apart. Maps do not occur in Parquet's own structs.
func parseNode(t testing.TB, c *compact, kind byte, element bool) node {
	t.Helper()
	n := node{kind: kind}
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	switch kind {
	case thriftStruct:
		outer := c.last
		c.last = 0
		for {
			number, kind, err := c.field()
			check(err)
			if kind == thriftStop {
				c.last = outer
				return n
			}
			n.number = append(n.number, number)
			n.nodes = append(n.nodes, parseNode(t, c, kind, false))
		}
	case thriftList, thriftSet:
		of, count, err := c.list()
		check(err)
		n.of = of
		for range count {
			n.nodes = append(n.nodes, parseNode(t, c, of, true))
		}
	default:
		before := c.b
		check(c.skip(kind, element, 0))
		n.raw = before[:len(before)-len(c.b)]
	}
	return n
}

// append writes the value; the numbers of fields in their long form where they
// do not rise by 1 to 15.
func (n *node) append(b []byte) []byte {
	switch n.kind {
	case thriftStruct:
		last := 0
		for i := range n.nodes {
			if d := n.number[i] - last; d > 0 && d < 16 {
				b = append(b, byte(d)<<4|n.nodes[i].kind)
			} else {
				b = binary.AppendVarint(append(b, n.nodes[i].kind), int64(n.number[i]))
			}
			last = n.number[i]
			b = n.nodes[i].append(b)
		}
		return append(b, thriftStop)
	case thriftList, thriftSet:
		if len(n.nodes) < 15 {
			b = append(b, byte(len(n.nodes))<<4|n.of)
		} else {
			b = binary.AppendUvarint(append(b, 0xf0|n.of), uint64(len(n.nodes)))
		}
		for i := range n.nodes {
			b = n.nodes[i].append(b)
		}
		return b
	}
	return append(b, n.raw...)
}

// structs calls fn with every struct in the value.
func (n *node) structs(fn func(*node)) {
	for i := range n.nodes {
		n.nodes[i].structs(fn)
	}
	if n.kind == thriftStruct {
		fn(n) // last: it may add structs
	}
}

// strangers are values of each type, and of types within types.
func strangers() []node {
	inner := node{kind: thriftStruct, number: []int{1, 3000}, nodes: []node{{kind: thriftTrue}, {kind: thriftBinary, raw: []byte("\x03abc")}}}
	list := func(of byte, elements ...node) node { return node{kind: thriftList, of: of, nodes: elements} }
	raw := func(kind byte, b ...byte) node { return node{kind: kind, raw: b} }
	eight := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	return []node{
		raw(thriftTrue), raw(thriftFalse), raw(thriftByte, 0xff), raw(thriftI16, 0x80, 1), raw(thriftI32, 5),
		raw(thriftI64, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1), raw(thriftDouble, eight...),
		raw(thriftBinary, 0), raw(thriftBinary, 4, 0, 0, 0, 0), raw(thriftUUID, append(slices.Clone(eight), eight...)...), inner,
		list(thriftTrue), list(thriftTrue, raw(thriftTrue, 1), raw(thriftTrue, 2)), list(thriftFalse, raw(thriftTrue, 0)),
		list(thriftByte, raw(thriftByte, 0)), list(thriftI32, raw(thriftI32, 0x80, 1)), list(thriftDouble, raw(thriftDouble, eight...)),
		list(thriftUUID, raw(thriftUUID, append(slices.Clone(eight), eight...)...)), list(thriftStruct, inner, inner),
		list(thriftList, list(thriftStruct, inner), list(thriftTrue)), list(thriftI64, slices.Repeat([]node{raw(thriftI64, 9)}, 40)...),
		{kind: thriftSet, of: thriftBinary, nodes: []node{raw(thriftBinary, 1, 'x')}},
		raw(thriftMap, 0), raw(thriftMap, 1, thriftBinary<<4|thriftTrue, 1, 'k', 1),
		raw(thriftMap, 2, thriftI32<<4|thriftStruct, 2, thriftStop, 4, 0x15, 6, thriftStop),
		raw(thriftMap, 1, thriftUUID<<4|thriftMap, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0),
	}
}

// widen puts fields that no format has into every struct of a value: before,
// between and behind its own, under numbers that are not taken.
func widen(n *node, stranger node, at int) {
	n.structs(func(s *node) {
		i := at % (len(s.nodes) + 1)
		s.nodes = slices.Insert(s.nodes, i, stranger)
		s.number = slices.Insert(s.number, i, []int{19, 100, 1000, 32767, -5, 0}[at%6])
	})
}

// remade writes a file anew, its page headers and its footer changed.
func remade(t testing.TB, b []byte, header, footer func(*node)) []byte {
	t.Helper()
	size := int(binary.LittleEndian.Uint32(b[len(b)-8:]))
	var meta format.FileMetaData
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), b[len(b)-8-size:len(b)-8], &meta); err != nil {
		t.Fatal(err)
	}
	out := []byte(magic)
	for g := range meta.RowGroups {
		for j := range meta.RowGroups[g].Columns {
			m := &meta.RowGroups[g].Columns[j].MetaData
			start, shift := m.DataPageOffset, int64(0)
			if m.DictionaryPageOffset > 0 {
				start = m.DictionaryPageOffset
			}
			chunk, begin := b[start:start+m.TotalCompressedSize], int64(len(out))
			first := true
			for len(chunk) > 0 {
				c := compact{b: chunk}
				h, err := c.pageHeader()
				if err != nil {
					t.Fatal(err)
				}
				n := parseNode(t, &compact{b: chunk}, thriftStruct, true)
				header(&n)
				if !first && shift == 0 && m.DictionaryPageOffset > 0 {
					shift = int64(len(out)) - begin
				}
				first = false
				out = append(n.append(out), c.b[:h.packed]...)
				chunk = c.b[h.packed:]
			}
			if m.DictionaryPageOffset > 0 {
				m.DictionaryPageOffset = begin
			}
			m.DataPageOffset, m.TotalCompressedSize = begin+shift, int64(len(out))-begin
		}
	}
	f, err := thrift.Marshal(new(thrift.CompactProtocol), &meta)
	if err != nil {
		t.Fatal(err)
	}
	n := parseNode(t, &compact{b: f}, thriftStruct, true)
	footer(&n)
	f = n.append(nil)
	out = binary.LittleEndian.AppendUint32(append(out, f...), uint32(len(f)))
	return append(out, magic...)
}

// What a later format adds is read past, wherever it stands and whatever type it
// has: no field is known but those that are needed.
func TestUnknownFieldsAreReadPast(t *testing.T) {
	for k, b := range hostileSeeds(t) {
		f, err := memoryFile(b, k, Options{Scale: 2})
		if err != nil {
			t.Fatal(err)
		}
		want, err := rowsOf(f)
		if err != nil {
			t.Fatal(err)
		}
		for i, stranger := range strangers() {
			for at := range 12 {
				add := func(n *node) { widen(n, stranger, at) }
				f, err := memoryFile(remade(t, b, add, add), k, Options{Scale: 2})
				var got string
				if err == nil {
					got, err = rowsOf(f)
				}
				if err != nil || got != want {
					t.Fatalf("%v, a field of type %d (%d), place %d: %v\n%s", k, stranger.kind, i, at, err, got)
				}
			}
		}
	}
}

// What Parquet calls optional may be missing, and so may what only statistics,
// indexes and keys are for: each field that is not needed is taken out, from
// every struct at once.
func TestFieldsThatAreNotNeeded(t *testing.T) {
	b := encode(t, 40, base(Repayments), parquet.KeyValueMetadata("pipeline", "x"))
	f, err := memoryFile(b, Repayments, Options{Scale: 2})
	if err != nil {
		t.Fatal(err)
	}
	want, err := rowsOf(f)
	if err != nil {
		t.Fatal(err)
	}
	drop := func(n *node, numbers ...int) {
		for i := len(n.nodes) - 1; i >= 0; i-- {
			if slices.Contains(numbers, n.number[i]) {
				n.nodes, n.number = slices.Delete(n.nodes, i, i+1), slices.Delete(n.number, i, i+1)
			}
		}
	}
	field := func(n *node, number int) *node {
		i := slices.Index(n.number, number)
		if i < 0 {
			t.Fatalf("no field %d among %v", number, n.number)
		}
		return &n.nodes[i]
	}
	columns := func(n *node, fn func(*node)) {
		groups := field(n, 4)
		for g := range groups.nodes {
			list := field(&groups.nodes[g], 1)
			for i := range list.nodes {
				fn(&list.nodes[i])
			}
		}
	}
	nothing := func(*node) {}
	for name, c := range map[string][2]func(*node){
		"a key without value": {nothing, func(n *node) {
			keys := field(n, 5)
			for i := range keys.nodes {
				drop(&keys.nodes[i], 2)
			}
		}},
		"keys that are nothing":    {nothing, func(n *node) { keys := field(n, 5); drop(&keys.nodes[0], 1, 2) }},
		"version, keys, writer":    {nothing, func(n *node) { drop(n, 1, 5, 6, 7) }},
		"sizes of row groups":      {nothing, func(n *node) { g := field(n, 4); drop(&g.nodes[0], 2, 4, 5, 6, 7) }},
		"offsets of column chunks": {nothing, func(n *node) { columns(n, func(c *node) { drop(c, 2, 4, 5, 6, 7) }) }},
		"encodings, paths, statistics": {nothing, func(n *node) {
			columns(n, func(c *node) { drop(field(c, 3), 2, 3, 6, 8, 10, 12, 13, 14, 15, 16, 17) })
		}},
		"statistics of pages": {func(n *node) {
			for _, part := range []int{5, 8} {
				if slices.Contains(n.number, part) {
					drop(field(n, part), map[int]int{5: 5, 8: 8}[part], 2+8*(part&1))
				}
			}
			drop(n, 4)
		}, nothing},
	} {
		f, err := memoryFile(remade(t, b, c[0], c[1]), Repayments, Options{Scale: 2})
		var got string
		if err == nil {
			got, err = rowsOf(f)
		}
		if err != nil || got != want {
			t.Errorf("without %s: %v", name, err)
		}
	}
	// What is needed is asked for by name.
	for number, says := range map[int]string{2: "no schema", 3: "no number of rows", 4: "no row groups"} {
		_, err := memoryFile(remade(t, b, nothing, func(n *node) { drop(n, number) }), Repayments, Options{Scale: 2})
		if err == nil || !bytes.Contains([]byte(err.Error()), []byte(says)) {
			t.Errorf("without field %d: %v", number, err)
		}
	}
}

// FuzzFooter reads any bytes as a footer and as a page header: an error or
// what they say, never a crash, and never more than their bytes can hold.
func FuzzFooter(f *testing.F) {
	for _, b := range hostileSeeds(f) {
		size := int(binary.LittleEndian.Uint32(b[len(b)-8:]))
		f.Add(b[len(b)-8-size : len(b)-8])
	}
	for i, s := range strangers() {
		n := node{kind: thriftStruct, number: []int{2, 100 + i}, nodes: []node{s, s}}
		f.Add(n.append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := readMeta(b); err == nil {
			if m.nSchema > len(b) || m.nGroups > len(b) {
				t.Errorf("%d elements and %d row groups in %d bytes", m.nSchema, m.nGroups, len(b))
			}
			file := &File{Size: 1 << 40, Name: "x"}
			if file.leaves, err = schemaLeaves(m); err == nil {
				err = file.layOut(m)
			}
			if err == nil && (len(file.leaves)*len(file.groups) > len(b) || len(file.groups) > len(b)) {
				t.Errorf("%d leaves, %d row groups in %d bytes", len(file.leaves), len(file.groups), len(b))
			}
		}
		c := compact{b: b}
		if h, err := c.pageHeader(); err == nil && h.check() == nil && (h.packed > pageMax || h.expanded > pageMax) {
			t.Errorf("a page of %d and %d bytes", h.packed, h.expanded)
		}
	})
}
