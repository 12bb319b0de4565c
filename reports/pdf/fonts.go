package pdf

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"unicode"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"
)

// The fonts that come with the program: parts of Noto, see fonts/README.md.
//
//go:embed fonts/latin.ttf.gz fonts/devanagari.ttf.gz fonts/han.ttf.gz
var files embed.FS

// Fonts are those that texts are set in: of several that have a letter the first one.
// They belong to one goroutine.
type Fonts struct {
	faces  []*face
	buffer *harfbuzz.Buffer
}

// A face is one font.
type face struct {
	sfnt   *sfnt
	letter *font.Face
	shaper *harfbuzz.Font
}

// Load returns the fonts that come with the program, for Latin, Greek and Cyrillic, for
// Devanagari, and for Chinese.
func Load() (*Fonts, error) {
	f := &Fonts{buffer: harfbuzz.NewBuffer()}
	for _, name := range []string{"latin", "devanagari", "han"} {
		packed, err := files.Open("fonts/" + name + ".ttf.gz")
		if err != nil {
			return nil, err
		}
		r, err := gzip.NewReader(packed)
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		if err := f.Add(data); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return f, nil
}

// Add adds a font of TrueType outlines, for letters that those before it do not have.
func (f *Fonts) Add(data []byte) error {
	tables, err := parse(data)
	if err != nil {
		return err
	}
	letter, err := font.ParseTTF(bytes.NewReader(data))
	if err != nil {
		return err
	}
	f.faces = append(f.faces, &face{tables, letter, harfbuzz.NewFont(letter)})
	return nil
}

// has reports whether a face can show a letter, or needs to show nothing for it.
func (f *face) has(r rune) bool {
	_, ok := f.letter.NominalGlyph(r)
	return ok
}

// isOf reports whether a glyph is a letter's own shape.
func (f *face) isOf(id font.GID, letter rune) bool {
	own, ok := f.letter.NominalGlyph(letter)
	return ok && own == id
}

// invisible are letters that only say how others join.
func invisible(r rune) bool { return r == 0x200c || r == 0x200d }

// faceOf returns the face of a letter, given that of the one before it: a sign that both
// have stays with its neighbours, so that words are shaped whole. -1: none has it.
func (f *Fonts) faceOf(r rune, before int) int {
	if before >= 0 && (invisible(r) || !unicode.IsLetter(r) && !unicode.IsDigit(r) && f.faces[before].has(r)) {
		return before
	}
	for i, face := range f.faces {
		if face.has(r) {
			return i
		}
	}
	return -1
}

// A run is a part of a text in one face, shaped.
type run struct {
	face    int
	text    string
	glyphs  []glyph
	complex bool // its glyphs are not its letters one by one
}

// A glyph is a shape in its place, in units of its font.
type glyph struct {
	id      uint16
	advance int32
	x, y    int32
	letters string // that it stands for: its own, or of what it is a part of
}

// shape sets a text, run by run.
func (d *Document) shape(text string) []run {
	if runs, ok := d.runs[text]; ok {
		return runs
	}
	var runs []run
	letters := []rune(text)
	for from := 0; from < len(letters); {
		at := d.fonts.faceOf(letters[from], d.before(runs))
		if at < 0 {
			d.lose(letters[from], text)
			from++
			continue
		}
		to := from + 1
		for to < len(letters) && d.fonts.faceOf(letters[to], at) == at {
			to++
		}
		runs = append(runs, d.fonts.run(at, letters, from, to))
		from = to
	}
	d.runs[text] = runs
	return runs
}

func (d *Document) before(runs []run) int {
	if len(runs) == 0 {
		return -1
	}
	return runs[len(runs)-1].face
}

// run shapes letters of one face.
func (f *Fonts) run(at int, letters []rune, from, to int) run {
	face, b := f.faces[at], f.buffer
	b.Clear()
	b.AddRunes(letters, from, to-from)
	b.Props.Script, b.Props.Direction, b.Props.Language = 0, 0, language.NewLanguage("und")
	b.GuessSegmentProperties()
	b.Shape(face.shaper, nil)
	r := run{face: at, text: string(letters[from:to]), complex: len(b.Info) != to-from}
	for i := range b.Info {
		info, pos := &b.Info[i], &b.Pos[i]
		g := glyph{id: uint16(info.Glyph), advance: pos.XAdvance, x: pos.XOffset, y: pos.YOffset}
		end := to
		for k := range b.Info {
			if other := b.Info[k].Cluster; other > info.Cluster {
				end = min(end, other)
			}
		}
		cluster := letters[info.Cluster:end]
		g.letters = string(cluster)
		for _, l := range cluster {
			if face.isOf(info.Glyph, l) {
				g.letters = string(l)
			}
		}
		r.complex = r.complex || len(cluster) > 1 || g.letters != string(cluster) || !face.isOf(info.Glyph, cluster[0])
		r.glyphs = append(r.glyphs, g)
	}
	return r
}

// measure is how wide a run is at a size.
func (f *Fonts) measure(r *run, size Unit) Unit {
	sum := int64(0)
	for i := range r.glyphs {
		sum += int64(r.glyphs[i].advance)
	}
	return Unit(sum * int64(size) / int64(f.faces[r.face].sfnt.upem))
}

// Width is how wide a text is at a size.
func (d *Document) Width(text string, size Unit) (width Unit) {
	runs := d.shape(text)
	for i := range runs {
		width += d.fonts.measure(&runs[i], size)
	}
	return width
}
