package pdf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// An sfnt is a font file of TrueType outlines, as far as a subset of it is made from it.
type sfnt struct {
	tables  map[string][]byte
	upem    int
	glyphs  int
	metrics int // entries of hmtx with a width of their own
	long    bool
}

var errNoFont = errors.New("it is no font of TrueType outlines (a .ttf); one with PostScript outlines, or a collection, can't be embedded")

// parse reads the tables of a font.
func parse(data []byte) (*sfnt, error) {
	if len(data) < 12 || binary.BigEndian.Uint32(data) != 0x00010000 && string(data[:4]) != "true" {
		return nil, errNoFont
	}
	s := &sfnt{tables: map[string][]byte{}}
	for i := range int(binary.BigEndian.Uint16(data[4:])) {
		at := 12 + 16*i
		if at+16 > len(data) {
			return nil, errNoFont
		}
		from, size := int64(binary.BigEndian.Uint32(data[at+8:])), int64(binary.BigEndian.Uint32(data[at+12:]))
		if from+size > int64(len(data)) {
			return nil, errNoFont
		}
		s.tables[string(data[at:at+4])] = data[from : from+size]
	}
	for name, least := range map[string]int{"head": 54, "hhea": 36, "maxp": 6, "hmtx": 4, "loca": 4, "glyf": 0, "cmap": 4} {
		if t, ok := s.tables[name]; !ok || len(t) < least {
			return nil, errNoFont
		}
	}
	s.upem = int(binary.BigEndian.Uint16(s.tables["head"][18:]))
	s.long = binary.BigEndian.Uint16(s.tables["head"][50:]) != 0
	s.glyphs = int(binary.BigEndian.Uint16(s.tables["maxp"][4:]))
	s.metrics = int(binary.BigEndian.Uint16(s.tables["hhea"][34:]))
	size := 2
	if s.long {
		size = 4
	}
	if s.upem < 16 || s.metrics < 1 || len(s.tables["hmtx"]) < 4*s.metrics+2*(s.glyphs-s.metrics) || len(s.tables["loca"]) < size*(s.glyphs+1) {
		return nil, errNoFont
	}
	return s, nil
}

// number reads a number of two bytes of a table, with its sign.
func (s *sfnt) number(table string, at int) int {
	return int(int16(binary.BigEndian.Uint16(s.tables[table][at:])))
}

// metric returns a glyph's width and left side.
func (s *sfnt) metric(id uint16) (width uint16, left uint16) {
	t, k := s.tables["hmtx"], int(id)
	if k < s.metrics {
		return binary.BigEndian.Uint16(t[4*k:]), binary.BigEndian.Uint16(t[4*k+2:])
	}
	return binary.BigEndian.Uint16(t[4*(s.metrics-1):]), binary.BigEndian.Uint16(t[4*s.metrics+2*(k-s.metrics):])
}

// outline returns a glyph's outline as the font has it.
func (s *sfnt) outline(id uint16) ([]byte, error) {
	at := func(k int) int {
		if s.long {
			return int(binary.BigEndian.Uint32(s.tables["loca"][4*k:]))
		}
		return 2 * int(binary.BigEndian.Uint16(s.tables["loca"][2*k:]))
	}
	if int(id) >= s.glyphs {
		return nil, fmt.Errorf("the font has no glyph %d", id)
	}
	from, to := at(int(id)), at(int(id)+1)
	if from > to || to > len(s.tables["glyf"]) {
		return nil, fmt.Errorf("the font's glyph %d is damaged", id)
	}
	return s.tables["glyf"][from:to], nil
}

// A subset is the glyphs of a face that a document uses, numbered in the order in which
// they are used first, and what each stands for.
type subset struct {
	sfnt    *sfnt
	ids     []uint16
	numbers map[uint16]uint16
	letters []string
}

func newSubset(s *sfnt) *subset {
	return &subset{sfnt: s, ids: []uint16{0}, numbers: map[uint16]uint16{0: 0}, letters: []string{""}}
}

// number returns the number of a glyph.
func (s *subset) number(id uint16, letters string) uint16 {
	n, ok := s.numbers[id]
	if !ok {
		n = uint16(len(s.ids))
		s.ids, s.letters = append(s.ids, id), append(s.letters, "")
		s.numbers[id] = n
	}
	if s.letters[n] == "" {
		s.letters[n] = letters
	}
	return n
}

// The flags of a part of a composite glyph.
const (
	wordArgs  = 0x0001
	oneScale  = 0x0008
	moreParts = 0x0020
	twoScales = 0x0040
	matrix    = 0x0080
)

// renumber returns an outline whose parts are glyphs of the subset.
func (s *subset) renumber(outline []byte) ([]byte, error) {
	if len(outline) < 10 || int16(binary.BigEndian.Uint16(outline)) >= 0 {
		return outline, nil
	}
	outline = slices.Clone(outline)
	for at := 10; ; {
		if at+4 > len(outline) {
			return nil, errors.New("a composite glyph of the font is damaged")
		}
		flags := binary.BigEndian.Uint16(outline[at:])
		binary.BigEndian.PutUint16(outline[at+2:], s.number(binary.BigEndian.Uint16(outline[at+2:]), ""))
		at += 6
		for _, more := range []struct {
			flag uint16
			size int
		}{{wordArgs, 2}, {oneScale, 2}, {twoScales, 4}, {matrix, 8}} {
			if flags&more.flag != 0 {
				at += more.size
			}
		}
		if flags&moreParts == 0 {
			return outline, nil
		}
	}
}

// file returns the subset as a font file.
func (s *subset) file() ([]byte, error) {
	var glyf, loca, hmtx []byte
	for k := 0; k < len(s.ids); k++ { // parts of composite glyphs come behind
		outline, err := s.sfnt.outline(s.ids[k])
		if err == nil {
			outline, err = s.renumber(outline)
		}
		if err != nil {
			return nil, err
		}
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		glyf = append(glyf, outline...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
		width, left := s.sfnt.metric(s.ids[k])
		hmtx = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(hmtx, width), left)
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	head, hhea, maxp := slices.Clone(s.sfnt.tables["head"]), slices.Clone(s.sfnt.tables["hhea"]), slices.Clone(s.sfnt.tables["maxp"])
	binary.BigEndian.PutUint32(head[8:], 0)
	binary.BigEndian.PutUint16(head[50:], 1)
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(s.ids)))
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(s.ids)))
	tables := map[string][]byte{"glyf": glyf, "head": head, "hhea": hhea, "hmtx": hmtx, "loca": loca, "maxp": maxp}
	for _, name := range []string{"cvt ", "fpgm", "prep"} { // what outlines with instructions need
		if t, ok := s.sfnt.tables[name]; ok {
			tables[name] = t
		}
	}
	return assemble(tables), nil
}

// assemble makes a font file of tables.
func assemble(tables map[string][]byte) []byte {
	var names []string
	for name := range tables {
		names = append(names, name)
	}
	slices.Sort(names)
	most := 1
	log := 0
	for most*2 <= len(names) {
		most, log = most*2, log+1
	}
	out := binary.BigEndian.AppendUint32(nil, 0x00010000)
	for _, n := range []int{len(names), most * 16, log, len(names)*16 - most*16} {
		out = binary.BigEndian.AppendUint16(out, uint16(n))
	}
	at, body, head := 12+16*len(names), []byte(nil), 0
	for _, name := range names {
		t := tables[name]
		out = append(out, name...)
		for _, n := range []uint32{checksum(t), uint32(at + len(body)), uint32(len(t))} {
			out = binary.BigEndian.AppendUint32(out, n)
		}
		if name == "head" {
			head = at + len(body)
		}
		body = append(body, t...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	out = append(out, body...)
	binary.BigEndian.PutUint32(out[head+8:], 0xB1B0AFBA-checksum(out))
	return out
}

func checksum(data []byte) (sum uint32) {
	for len(data) >= 4 {
		sum += binary.BigEndian.Uint32(data)
		data = data[4:]
	}
	var rest [4]byte
	copy(rest[:], data)
	return sum + binary.BigEndian.Uint32(rest[:])
}
