package channel

import (
	"bytes"
	_ "embed" // of templates.json
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

//go:embed templates.json
var templatesFile []byte

// A Template is what a key stands for: sample texts, which a lender may use as they are,
// or those of his policy.
type Template struct {
	Key   string `json:"key"`
	About string `json:"about,omitempty"` // when it is used
	Texts []Text `json:"texts"`
}

// A Text is one wording of a template.
type Text struct {
	Language string `json:"language"`
	Style    string `json:"style"` // gentle or plain, of a lender's text own
	Text     string `json:"text"`
}

// A Placeholder is what the channel's system fills in.
type Placeholder struct {
	Name  string `json:"name"`
	Means string `json:"means"`
}

// A Notice is a line that the queue asks for by its name.
type Notice struct {
	Name     string `json:"name"`
	Language string `json:"language"`
	Text     string `json:"text"`
}

// Texts are all templates, with what their texts may ask for.
type Texts struct {
	Templates    []Template    `json:"templates"`
	Placeholders []Placeholder `json:"placeholders"`
	Notices      []Notice      `json:"notices"`
}

// ownStyle is that of a lender's text.
const ownStyle = "own"

// Sample returns the sample texts, and in their place those of a lender's own where he has
// any of a key in a language. His own keys come behind, by name.
func Sample(own map[string]map[string]string) (*Texts, error) {
	var file struct {
		Placeholders map[string]string            `json:"placeholders"`
		Notices      map[string]map[string]string `json:"notices"`
		Templates    []struct {
			Key   string                       `json:"key"`
			About string                       `json:"about"`
			Texts map[string]map[string]string `json:"texts"` // by language and style
		} `json:"templates"`
	}
	d := json.NewDecoder(bytes.NewReader(templatesFile))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, err
	}
	t := &Texts{}
	for _, x := range file.Templates {
		template := Template{Key: x.Key, About: x.About}
		for _, language := range languages(x.Texts, own[x.Key]) {
			if text, is := own[x.Key][language]; is {
				template.Texts = append(template.Texts, Text{language, ownStyle, text})
				continue
			}
			for _, style := range slices.Sorted(maps.Keys(x.Texts[language])) {
				template.Texts = append(template.Texts, Text{language, style, x.Texts[language][style]})
			}
		}
		t.Templates = append(t.Templates, template)
	}
	for _, key := range slices.Sorted(maps.Keys(own)) {
		if slices.ContainsFunc(t.Templates, func(x Template) bool { return x.Key == key }) {
			continue
		}
		template := Template{Key: key}
		for _, language := range slices.Sorted(maps.Keys(own[key])) {
			template.Texts = append(template.Texts, Text{language, ownStyle, own[key][language]})
		}
		t.Templates = append(t.Templates, template)
	}
	for _, name := range slices.Sorted(maps.Keys(file.Placeholders)) {
		t.Placeholders = append(t.Placeholders, Placeholder{name, file.Placeholders[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(file.Notices)) {
		for _, language := range slices.Sorted(maps.Keys(file.Notices[name])) {
			t.Notices = append(t.Notices, Notice{name, language, file.Notices[name][language]})
		}
	}
	return t, nil
}

func languages(samples map[string]map[string]string, own map[string]string) []string {
	list := slices.AppendSeq(slices.Collect(maps.Keys(samples)), maps.Keys(own))
	slices.Sort(list)
	return slices.Compact(list)
}

// Unknown returns the placeholders of a text that no one fills in.
func (t *Texts) Unknown(text string) (unknown []string) {
	for {
		_, rest, found := strings.Cut(text, "{")
		if !found {
			return unknown
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return append(unknown, rest)
		}
		if !slices.ContainsFunc(t.Placeholders, func(p Placeholder) bool { return p.Name == name }) {
			unknown = append(unknown, name)
		}
		text = after
	}
}
