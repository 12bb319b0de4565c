package statement

import "fmt"

// Texts are the fixed words of a language. A word that is asked for is there, or the
// program is at fault: a test holds every language to the words of the first.
type Texts struct {
	Months [12]string
	words  map[string]string
}

var texts = map[string]*Texts{"en": &english, "zh": &simplified, "de": &german, "es": &spanish, "hi": &hindi}

func (l *Locale) texts() *Texts { return texts[l.Language] }

// say returns a text, with what belongs in its places.
func (l *Locale) say(key string, args ...any) string {
	word, ok := l.texts().words[key]
	if !ok {
		panic("statement: internal error: " + l.Language + " has no text " + key)
	}
	if len(args) == 0 {
		return word
	}
	return fmt.Sprintf(word, args...)
}

// word returns the text of a code of the book's, or the code itself where it is a word of
// the lender's own.
func (l *Locale) word(prefix, code string) string {
	if word, ok := l.texts().words[prefix+code]; ok {
		return word
	}
	return code
}
