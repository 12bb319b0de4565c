package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf16"
)

// A writer numbers a document's objects and writes them.
type writer struct {
	out     bytes.Buffer
	offsets []int
}

// reserve returns the number of an object to come.
func (w *writer) reserve() int {
	w.offsets = append(w.offsets, 0)
	return len(w.offsets)
}

func (w *writer) object(n int, format string, args ...any) {
	w.offsets[n-1] = w.out.Len()
	fmt.Fprintf(&w.out, "%d 0 obj\n", n)
	fmt.Fprintf(&w.out, format, args...)
	w.out.WriteString("\nendobj\n")
}

func (w *writer) add(format string, args ...any) int {
	n := w.reserve()
	w.object(n, format, args...)
	return n
}

// stream writes a stream, packed unless it is to be found by who looks for it.
func (w *writer) stream(dict string, data []byte, plain bool) int {
	n := w.reserve()
	w.offsets[n-1] = w.out.Len()
	if !plain {
		var b bytes.Buffer
		z, _ := zlib.NewWriterLevel(&b, zlib.BestCompression) // the level is one that there is
		z.Write(data)
		z.Close()
		data, dict = b.Bytes(), dict+" /Filter /FlateDecode"
	}
	fmt.Fprintf(&w.out, "%d 0 obj\n<<%s /Length %d>>\nstream\n", n, dict, len(data))
	w.out.Write(data)
	w.out.WriteString("\nendstream\nendobj\n")
	return n
}

// Bytes returns the document, or what it can't show.
func (d *Document) Bytes() ([]byte, error) {
	if err := d.Missing(); err != nil {
		return nil, err
	}
	w := &writer{}
	fmt.Fprintf(&w.out, "%%PDF-1.7\n%%\xe2\xe3\xcf\xd3\n%%%s\n", d.info.Mark)
	catalog, tree, structure := w.reserve(), w.reserve(), w.reserve()
	hash := sha256.New()
	fmt.Fprintf(hash, "%v\n", d.info)
	fonts, err := d.writeFonts(w)
	if err != nil {
		return nil, err
	}
	pages := make([]int, len(d.pages))
	for i := range d.pages {
		pages[i] = w.reserve()
	}
	for i, p := range d.pages {
		hash.Write(p.content)
		content := w.stream("", p.content, false)
		w.object(pages[i], "<</Type /Page /Parent %d 0 R /MediaBox [0 0 %s %s] /Resources <</Font <<%s>>>> /Contents %d 0 R /StructParents %d /Tabs /S>>",
			tree, Width, Height, fonts, content, i)
	}
	w.object(tree, "<</Type /Pages /Count %d /Kids [%s]>>", len(pages), references(pages))
	d.writeStructure(w, structure, pages)
	id := hex.EncodeToString(hash.Sum(nil)[:16])
	metadata := w.stream("/Type /Metadata /Subtype /XML", d.xmp(id), true)
	profile := w.stream("/N 3", colourProfile(), false)
	intent := w.add("<</Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /Info (sRGB) /DestOutputProfile %d 0 R>>", profile)
	info := w.add("<</Title <%s> /Creator <%s> /Producer <%s> /CreationDate (D:%s) /ModDate (D:%s)>>",
		hexText(d.info.Title), hexText(d.info.Creator), hexText(d.info.Creator), d.day("%04d%02d%02d000000Z"), d.day("%04d%02d%02d000000Z"))
	w.object(catalog, "<</Type /Catalog /Pages %d 0 R /Metadata %d 0 R /OutputIntents [%d 0 R] /StructTreeRoot %d 0 R /MarkInfo <</Marked true>> /Lang (%s) /ViewerPreferences <</DisplayDocTitle true>>>>",
		tree, metadata, intent, structure, d.info.Language)
	at := w.out.Len()
	fmt.Fprintf(&w.out, "xref\n0 %d\n0000000000 65535 f \n", len(w.offsets)+1)
	for _, offset := range w.offsets {
		fmt.Fprintf(&w.out, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&w.out, "trailer\n<</Size %d /Root %d 0 R /Info %d 0 R /ID [<%s> <%s>]>>\nstartxref\n%d\n%%%%EOF\n", len(w.offsets)+1, catalog, info, id, id, at)
	return w.out.Bytes(), nil
}

func (d *Document) day(format string) string {
	return fmt.Sprintf(format, d.info.Year, d.info.Month, d.info.Day)
}

func references(numbers []int) string {
	var list []string
	for _, n := range numbers {
		list = append(list, fmt.Sprintf("%d 0 R", n))
	}
	return strings.Join(list, " ")
}

// writeFonts writes the subsets that are used, and returns what pages call them.
func (d *Document) writeFonts(w *writer) (resources string, err error) {
	for i, s := range d.used {
		if s == nil {
			continue
		}
		data, err := s.file()
		if err != nil {
			return "", err
		}
		sum := sha256.Sum256(data)
		tag := make([]byte, 6)
		for k := range tag {
			tag[k] = 'A' + sum[k]%26
		}
		name := string(tag) + "+" + fontName(i)
		milli := func(v int) int { return v * 1000 / s.sfnt.upem }
		file := w.stream(fmt.Sprintf("/Length1 %d", len(data)), data, false)
		ascent, descent := milli(s.sfnt.number("hhea", 4)), milli(s.sfnt.number("hhea", 6))
		descriptor := w.add("<</Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [%d %d %d %d] /ItalicAngle 0 /Ascent %d /Descent %d /CapHeight %d /StemV 80 /FontFile2 %d 0 R>>",
			name, milli(s.sfnt.number("head", 36)), milli(s.sfnt.number("head", 38)), milli(s.sfnt.number("head", 40)), milli(s.sfnt.number("head", 42)), ascent, descent, ascent, file)
		var widths []string
		for _, id := range s.ids {
			width, _ := s.sfnt.metric(id)
			widths = append(widths, fmt.Sprint(milli(int(width))))
		}
		cid := w.add("<</Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>> /FontDescriptor %d 0 R /CIDToGIDMap /Identity /W [0 [%s]]>>",
			name, descriptor, strings.Join(widths, " "))
		unicode := w.stream("", s.toUnicode(), false)
		n := w.add("<</Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R>>", name, cid, unicode)
		resources += fmt.Sprintf("/F%d %d 0 R ", i, n)
	}
	return resources, nil
}

func fontName(i int) string {
	names := []string{"DaybookSans", "DaybookSansDevanagari", "DaybookSansSC"}
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("Given%d", i-len(names)+1)
}

// mapsMax is how many glyphs one block of a map may have.
const mapsMax = 100

// toUnicode says which letters the glyphs of a subset stand for.
func (s *subset) toUnicode() []byte {
	b := []byte("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	var lines []string
	for n, letters := range s.letters {
		if letters == "" {
			letters = "\ufffd" // a part of what the glyph before it stands for
		}
		if n > 0 {
			text := ""
			for _, u := range utf16.Encode([]rune(letters)) {
				text += fmt.Sprintf("%04X", u)
			}
			lines = append(lines, fmt.Sprintf("<%04X> <%s>\n", n, text))
		}
	}
	for len(lines) > 0 {
		k := min(len(lines), mapsMax)
		b = fmt.Appendf(b, "%d beginbfchar\n%sendbfchar\n", k, strings.Join(lines[:k], ""))
		lines = lines[k:]
	}
	return append(b, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"...)
}

// writeStructure writes what the document's parts are.
func (d *Document) writeStructure(w *writer, root int, pages []int) {
	numbers := map[*Elem]int{}
	var number func(e *Elem)
	number = func(e *Elem) {
		numbers[e] = w.reserve()
		for _, k := range e.kids {
			if k.elem != nil {
				number(k.elem)
			}
		}
	}
	number(d.root)
	var write func(e *Elem)
	write = func(e *Elem) {
		var kids []string
		for _, k := range e.kids {
			if k.elem != nil {
				kids = append(kids, fmt.Sprintf("%d 0 R", numbers[k.elem]))
				write(k.elem)
			} else {
				kids = append(kids, fmt.Sprintf("<</Type /MCR /Pg %d 0 R /MCID %d>>", pages[k.page], k.mark))
			}
		}
		parent, more := root, ""
		if e.parent != nil {
			parent = numbers[e.parent]
		}
		if e.scope != "" {
			more += fmt.Sprintf(" /A <</O /Table /Scope /%s>>", e.scope)
		}
		if e.actual != "" {
			more += fmt.Sprintf(" /ActualText <%s>", hexText(e.actual))
		}
		w.object(numbers[e], "<</Type /StructElem /S /%s /P %d 0 R%s /K [%s]>>", e.kind, parent, more, strings.Join(kids, " "))
	}
	write(d.root)
	var lists strings.Builder
	for i, p := range d.pages {
		var owners []int
		for _, e := range p.owners {
			owners = append(owners, numbers[e])
		}
		fmt.Fprintf(&lists, "%d [%s] ", i, references(owners))
	}
	w.object(root, "<</Type /StructTreeRoot /K [%d 0 R] /ParentTree <</Nums [%s]>> /ParentTreeNextKey %d>>", numbers[d.root], lists.String(), len(d.pages))
}
