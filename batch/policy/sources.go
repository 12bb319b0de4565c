package policy

import (
	"embed"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed sources/*.yaml
var sourceFiles embed.FS

// A pack is the built-in policy as its file has it, and where its rules come from.
type pack struct {
	doc     *document
	sources map[string]string // by a rule's key, such as classification.tiers
}

// builtinPack returns the pack of the built-in policy.
var builtinPack = sync.OnceValues(func() (*pack, error) {
	doc, err := defaults()
	if err != nil {
		return nil, err
	}
	const file = "sources/" + Default + ".yaml"
	text, err := sourceFiles.ReadFile(file)
	if err != nil {
		return nil, err
	}
	p := &pack{doc: doc}
	if err := yaml.Unmarshal(text, &p.sources); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for key := range p.sources {
		if _, ok := ruleAt(doc, key); !ok {
			return nil, fmt.Errorf("%s: the built-in policy has no rule %s", file, key)
		}
	}
	return p, nil
})

// cited returns where a rule of the document comes from: as the policy itself states,
// or, of a rule that is the built-in policy's own, as its pack says; else nothing. What a
// pack cites binds the lenders of its jurisdiction: one of another country who leaves a
// rule out has it from here all the same, and no law of his says it.
func (s *source) cited(stated string, doc *document, key string) string {
	if stated != "" {
		return stated
	}
	if doc.Jurisdiction != s.pack.doc.Jurisdiction {
		return ""
	}
	own, ok := ruleAt(doc, key)
	builtin, there := ruleAt(s.pack.doc, key)
	if !ok || !there || !reflect.DeepEqual(own.Interface(), builtin.Interface()) {
		return ""
	}
	return s.pack.sources[key]
}

// ruleAt returns what a document has under a key such as classification.tiers.
func ruleAt(doc *document, key string) (reflect.Value, bool) {
	v := reflect.ValueOf(doc).Elem()
next:
	for name := range strings.SplitSeq(key, ".") {
		if v.Kind() != reflect.Struct {
			return v, false
		}
		for _, f := range fieldsOf(v) {
			if f.key == name {
				v = f.value
				continue next
			}
		}
		return v, false
	}
	return v, true
}
