package evidence

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/ledger/proof"

	"golang.org/x/mod/sumdb/note"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newKey makes a key in a folder and returns its file and its public half.
func newKey(t *testing.T, dir, file, name string) (path, public string) {
	t.Helper()
	private, public, err := NewKey(name)
	must(t, err)
	path = filepath.Join(dir, file)
	must(t, WriteKey(path, private, public))
	return path, public
}

func head(t *testing.T, key string) []byte {
	t.Helper()
	s, err := Signer(key)
	must(t, err)
	h := proof.Head{Origin: s.Name(), Tree: proof.Tree{Size: 1}, BusinessDate: "2026-11-23", Book: strings.Repeat("a", 64), Manifest: strings.Repeat("b", 64)}
	b, err := h.Sign(s)
	must(t, err)
	return b
}

// A key's file is its owner's; what it signs its public half verifies, whichever way that is given; no file is written over.
func TestKeys(t *testing.T) {
	dir := t.TempDir()
	path, public := newKey(t, dir, "k", "lender.example/book")
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the key has mode %o", info.Mode().Perm())
	}
	b := head(t, path)
	for _, key := range []string{public, path + ".pub"} {
		keys, err := Keys([]string{key})
		must(t, err)
		if _, err := proof.OpenHead(b, keys); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	if err := WriteKey(path, "x", "y"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("written over: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(dir, "n.pub"), nil, 0o600))
	if err := WriteKey(filepath.Join(dir, "n"), "x", "y"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("without its pair: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "n")); err == nil {
		t.Error("half a pair was written")
	}
	must(t, os.Chmod(path, 0o640))
	var wrong *KeyError
	for what, err := range map[string]error{
		"a key that others read":   errorOf(Signer(path)),
		"a public key that signs":  errorOf(Signer(path + ".pub")),
		"a key that signs, public": errorOf(Keys([]string{path})),
		"a device":                 errorOf(Keys([]string{"/dev/zero"})),
		"a name with a blank":      errorOfKey(NewKey("a b")),
		"no name":                  errorOfKey(NewKey("")),
		"a long name":              errorOfKey(NewKey(strings.Repeat("x", 200))),
	} {
		if !errors.As(err, &wrong) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func errorOf[T any](_ T, err error) error { return err }

func errorOfKey(_, _ string, err error) error { return err }

// A program signs in the place of a key: what it makes is held to its public key, and what fails is said.
func TestACommandSigns(t *testing.T) {
	dir := t.TempDir()
	path, public := newKey(t, dir, "k", "lender.example/book")
	other, _ := newKey(t, dir, "other", "other.example/book")
	// The test's own program signs: see TestMain.
	self, err := os.Executable()
	must(t, err)
	for what, x := range map[string]struct{ command, want string }{
		"signs":          {self + " sign " + path, ""},
		"another key":    {self + " sign " + other, "another key"},
		"garbage":        {"echo nothing", "no signature"},
		"fails":          {"false", "exit status 1"},
		"is not there":   {filepath.Join(dir, "none"), "no such file"},
		"has no program": {"", "no key that signs"},
	} {
		file := filepath.Join(dir, strings.ReplaceAll(what, " ", "-"))
		must(t, os.WriteFile(file, []byte("command "+x.command+"\n"+public+"\n"), 0o600))
		s, err := Signer(file)
		if err == nil {
			_, err = s.Sign([]byte("text\n"))
		}
		if x.want == "" && err != nil || x.want != "" && (err == nil || !strings.Contains(err.Error(), x.want)) {
			t.Errorf("a command that %s: %v, want %q", what, err, x.want)
		}
	}
}

// Who trusts a key trusts, by a note, the one that follows it, and the next after that; not one that another key names.
func TestSuccession(t *testing.T) {
	dir := t.TempDir()
	var paths, keys []string
	var notes [][]byte
	for i, name := range []string{"first", "second", "third"} {
		path, public := newKey(t, dir, name, "lender.example/book")
		if paths, keys = append(paths, path), append(keys, public); i == 0 {
			continue
		}
		s, err := Signer(paths[i-1])
		must(t, err)
		b, err := Succession(s, public)
		must(t, err)
		must(t, CheckNote(b))
		notes = append(notes, b)
	}
	b := head(t, paths[2])
	open := func(notes ...[]byte) error {
		trusted, err := Succeed(keys[:1], notes)
		if err != nil {
			return err
		}
		v, err := Keys(trusted)
		must(t, err)
		_, err = proof.OpenHead(b, v)
		return err
	}
	if err := open(notes...); err != nil {
		t.Error(err)
	}
	stranger, _ := newKey(t, dir, "stranger", "stranger.example/book")
	s, err := Signer(stranger)
	must(t, err)
	foreign, err := Succession(s, keys[2])
	must(t, err)
	other, err := note.Sign(&note.Note{Text: "daybook key 2\n" + keys[2] + "\n"}, s)
	must(t, err)
	var bad *proof.SignatureError
	for what, list := range map[string][][]byte{"no note": nil, "a note is missing": notes[1:], "a stranger's note": {foreign}} {
		if err := open(list...); !errors.As(err, &bad) {
			t.Errorf("%s: %v", what, err)
		}
	}
	private, err := os.ReadFile(paths[0])
	must(t, err)
	for _, b := range [][]byte{nil, private, []byte("x"), other, notes[0][:20]} {
		if err := CheckNote(b); err == nil {
			t.Errorf("%.30q is a note", b)
		}
	}
}

// TestMain is the program that signs, where it is called so.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "sign" {
		os.Exit(sign(os.Args[2]))
	}
	os.Exit(m.Run())
}
