package policy

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"daybook/aging/classify"
)

//go:embed packs/*.yaml
var packFiles embed.FS

// PackNames are the names of the built-in packs.
func PackNames() []string { return []string{"cn", "ifrs9", "eu", "us", "in"} }

// BuiltinPack returns a built-in pack as its file has it.
func BuiltinPack(name string) ([]byte, error) {
	if !slices.Contains(PackNames(), name) {
		return nil, fmt.Errorf("there is no built-in pack %q: %s", name, suggest(name, PackNames()))
	}
	return packFiles.ReadFile("packs/" + name + ".yaml")
}

// defaultPacks are the packs of a policy that states neither packs nor tiers of its own, by
// its jurisdiction, so that nobody is told another country's law.
var defaultPacks = map[string][]string{
	"cn": {"cn", "ifrs9"}, "in": {"in", "ifrs9"}, "eu": {"eu", "ifrs9"}, "us": {"us"}, "uk": {"ifrs9"}, "none": {"ifrs9"},
}

// addPacks gives the document the packs of its jurisdiction where it states none.
func (s *source) addPacks(doc *document) {
	list := in[*packsSection](doc)
	if s.kept || s.stated("packs") || s.stated("classification") && !s.builtin || len(s.faults) > 0 {
		return
	}
	*list = make(packsSection, len(defaultPacks[doc.Jurisdiction]))
	for i, name := range defaultPacks[doc.Jurisdiction] {
		s.readPack(name, &(*list)[i], fmt.Sprintf("packs[%d]", i))
	}
}

// decodePack reads an entry of packs: the name of a built-in one, the path of a file, or
// the pack itself.
func (s *source) decodePack(n ast.Node, v reflect.Value, path string) {
	if text, ok := scalarText(n); ok {
		s.at[path] = placeOf(n)
		s.readPack(text, v.Addr().Interface().(*packSection), path)
		return
	}
	s.decodeStruct(n, v, path)
}

// readPack reads a pack by its name, or out of a file.
func (s *source) readPack(name string, to *packSection, path string) {
	file := "packs/" + name + ".yaml"
	text, err := packFiles.ReadFile(file)
	if strings.ContainsAny(name, `./\`) {
		if s.folderless {
			s.fail(path, "no file can be read here: put the pack itself in its place")
			return
		}
		file = beside(s.file, name)
		text, err = readRegular(file, textMax)
	}
	if err != nil {
		s.fail(path, "pack %q: %v: name one of %s, or the path of a file from the policy's folder", name, reasonOf(err), strings.Join(PackNames(), ", "))
		return
	}
	var i int
	if _, err := fmt.Sscanf(path, "packs[%d]", &i); err != nil {
		panic("policy: internal error: a pack at " + path)
	}
	s.takePack(text, file, to, i)
}

// takePack reads a pack out of a text of its own, as i-th of the policy.
func (s *source) takePack(text []byte, file string, to *packSection, i int) {
	sub := newSource(text, file)
	if body := sub.parse(); body != nil {
		sub.decodeStruct(body, reflect.ValueOf(to).Elem(), "") // a file is a pack, and not the name of another
	}
	s.faults = append(s.faults, sub.faults...)
	sub.faults, sub.alone = nil, s.alone
	if s.packFiles == nil {
		s.packFiles = map[int]*source{}
	}
	s.packFiles[i] = sub
}

// reasonOf leaves the path out of an error of a file: the message has it.
func reasonOf(err error) error {
	if of := (*os.PathError)(nil); errors.As(err, &of) {
		return of.Err
	}
	return err
}

// LoadPack reads a pack out of a file of its own and compiles it by itself: products and
// attributes are those of a policy, and are not asked for. ok is false where the file is no
// pack, but may be a policy.
func LoadPack(path string) (p *classify.Pack, ok bool, err error) {
	text, err := readRegular(path, textMax)
	if err != nil {
		return nil, false, fmt.Errorf("policy: %w", err)
	}
	if !isPack(text, path) {
		return nil, false, nil
	}
	p, err = compilePack(text, path)
	return p, true, err
}

// LoadBuiltinPack returns a built-in pack, compiled by itself.
func LoadBuiltinPack(name string) (*classify.Pack, error) {
	text, err := BuiltinPack(name)
	if err != nil {
		return nil, err
	}
	return compilePack(text, "packs/"+name+".yaml")
}

// isPack reports whether a text is a mapping with the key pack.
func isPack(text []byte, file string) bool {
	s := newSource(text, file)
	body := s.parse()
	if body == nil {
		return false
	}
	pairs, ok := s.pairs(body, "")
	return ok && slices.ContainsFunc(pairs, func(pair *ast.MappingValueNode) bool {
		key, _ := scalarText(pair.Key)
		return key == "pack"
	})
}

func compilePack(text []byte, file string) (*classify.Pack, error) {
	doc, err := defaults()
	if err != nil {
		return nil, err
	}
	s := newSource(nil, file)
	s.kept, s.alone = true, true
	list := in[*packsSection](doc)
	*list = make(packsSection, 1)
	s.takePack(text, file, &(*list)[0], 0)
	if len(s.faults) > 0 {
		return nil, s.errors()
	}
	if s.pack, err = builtinPack(); err != nil {
		return nil, err
	}
	p := s.compile(doc)
	if len(s.faults) > 0 {
		return nil, s.errors()
	}
	return p.Packs[0], nil
}
