package pdf

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func load(t testing.TB) *Fonts {
	t.Helper()
	f, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// document is one of a page with a text in each of some lines.
func document(f *Fonts, lines ...string) *Document {
	d := New(f, Info{Title: "A <title> & more", Language: "en", Creator: "test", Mark: "mark", Year: 2026, Month: 11, Day: 23})
	p := d.Page()
	for i, line := range lines {
		p.Text(d.Tag(nil, "P"), 50*Point, Unit(50+20*i)*Point, Style{Size: 12 * Point, Bold: i%2 == 1}, line)
	}
	p.Line(0, 0, Width, Height, Point, Color{255, 0, 0})
	p.Text(nil, 50*Point, 800*Point, Style{Size: 8 * Point}, "page 1")
	return d
}

func TestUnits(t *testing.T) {
	for u, want := range map[Unit]string{0: "0", 1000: "1", -1500: "-1.5", 1: "0.001", 12340: "12.34", -1: "-0.001"} {
		if u.String() != want {
			t.Errorf("%d is %s, want %s", int64(u), u, want)
		}
	}
	if got := (Color{255, 0, 128}).String(); got != "1 0 0.502" {
		t.Error(got)
	}
}

// TestShaping: kerned pairs are narrower than their letters, Devanagari letters join and
// change places, and a text is as wide as its parts in other scripts.
func TestShaping(t *testing.T) {
	d := New(load(t), Info{})
	if both, a, b := d.Width("AV", 1000*Point), d.Width("A", 1000*Point), d.Width("V", 1000*Point); both >= a+b {
		t.Errorf("AV is %s wide, A %s and V %s", both, a, b)
	}
	runs := d.shape("क्षि")
	if len(runs) != 1 || len(runs[0].glyphs) >= 4 || !runs[0].complex {
		t.Errorf("four letters that join are %+v", runs)
	}
	if runs = d.shape("Ann 张伟 क"); len(runs) != 3 && len(runs) != 4 {
		t.Errorf("three scripts are %d runs", len(runs))
	}
	if d.Width("Ann张伟", 10*Point) != d.Width("Ann", 10*Point)+d.Width("张伟", 10*Point) {
		t.Error("a text is not as wide as its parts")
	}
	if got := len(d.shape("1,234.56 − 7")); got != 1 {
		t.Errorf("an amount is %d runs", got)
	}
}

func TestMissing(t *testing.T) {
	d := document(load(t), "good", "กa", "\U00020bb7ก")
	_, err := d.Bytes()
	var missing *MissingError
	if !errors.As(err, &missing) || !slices.Equal(missing.Letters, []rune{0xe01, 0x20bb7}) || missing.Text != "กa" {
		t.Errorf("%v", err)
	}
}

// TestDamagedFonts: a font that is cut or changed anywhere is refused or used, and no panic.
func TestDamagedFonts(t *testing.T) {
	loaded := load(t)
	whole := bytes.Clone(assemble(loaded.faces[0].sfnt.tables))
	try := func(data []byte) {
		f := &Fonts{buffer: loaded.buffer}
		if f.Add(data) != nil {
			return
		}
		_, _ = document(f, "Aé").Bytes()
	}
	try(whole)
	for n := 0; n < len(whole); n += 1 + len(whole)/20 {
		try(whole[:n])
		data := bytes.Clone(whole)
		for k := n; k < min(n+200, len(data)); k++ {
			data[k] ^= 0xff
		}
		try(data)
	}
	if err := (&Fonts{}).Add([]byte("OTTO")); err == nil {
		t.Error("PostScript outlines are taken")
	}
}

// TestSubsets: a document has the glyphs that it uses and no others.
func TestSubsets(t *testing.T) {
	f := load(t)
	d := document(f, "é", "张")
	if _, err := d.Bytes(); err != nil {
		t.Fatal(err)
	}
	for i, most := range map[int]int{0: 12, 2: 2} {
		if n := len(d.used[i].ids); n > most {
			t.Errorf("face %d: %d glyphs", i, n)
		}
		file, err := d.used[i].file()
		if err != nil {
			t.Fatal(err)
		}
		if checksum(file) != 0xB1B0AFBA {
			t.Errorf("face %d: its checksum is %x", i, checksum(file))
		}
		if _, err := parse(append(file, make([]byte, 0)...)); err == nil {
			t.Error("a subset has a cmap: it is for the document alone")
		}
	}
	if d.used[1] != nil {
		t.Error("a font that is not used is written")
	}
}

// TestRead has other programs read a document.
func TestRead(t *testing.T) {
	data, err := document(load(t), "Łukasz Đặng, AV fi", "张伟（北京）", "क्षत्रिय हिन्दी र्म", "mixed 张 क्षि A").Bytes()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "d.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) (string, bool) {
		tool, err := exec.LookPath(name)
		if err != nil {
			t.Logf("there is no %s here", name)
			return "", false
		}
		out, err := exec.CommandContext(t.Context(), tool, args...).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		return string(out), true
	}
	run("qpdf", "--check", path)
	if out, ok := run("pdftotext", "-raw", path, "-"); ok {
		for _, want := range []string{"Łukasz Đặng, AV fi", "张伟（北京）", "क्षत्रिय हिन्दी र्म", "mixed 张 क्षि A", "page 1"} {
			if !strings.Contains(out, want) {
				t.Errorf("its text lacks %q:\n%s", want, out)
			}
		}
	}
	if out, ok := run("pdffonts", path); ok && (strings.Count(out, "yes yes yes") != 3 || strings.Contains(out, "Type 3")) {
		t.Errorf("not all fonts are embedded subsets with their letters:\n%s", out)
	}
	if out, ok := run("pdfinfo", path); ok && (!strings.Contains(out, "Tagged:          yes") || !strings.Contains(out, "A <title> & more")) {
		t.Errorf("%s", out)
	}
	if want := "/S /Span /P"; bytes.Count(data, []byte(want)) != 2 || !bytes.Contains(data, []byte("/ActualText <"+hexText("क्षत्रिय हिन्दी र्म")+">")) {
		t.Error("its structure lacks the letters of what is shaped")
	}
}
