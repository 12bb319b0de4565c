package evidence

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"daybook/ledger/proof"

	"golang.org/x/mod/sumdb/note"
)

// A key is a file of one line, "PRIVATE+KEY+name+hash+key", or of two for a key that never
// leaves its own system: "command PROGRAM ARGUMENTS" and the public key. The program is given the text on its
// input, and writes the 64 bytes of the Ed25519 signature in base64.

// keyMax is the most bytes of a file of keys.
const keyMax = 64 << 10

// A KeyError says what is wrong with a key.
type KeyError struct{ What string }

func (e *KeyError) Error() string { return e.What }

func keyError(format string, args ...any) error { return &KeyError{fmt.Sprintf(format, args...)} }

// NewKey makes a key pair of a name, as an URL without its scheme: lender.example/book.
func NewKey(name string) (private, public string, err error) {
	if !keyName.MatchString(name) {
		return "", "", keyError("%.80q can't be the name of a key: letters, digits, dots, dashes, underscores and slashes, 128 at most, such as lender.example/book", name)
	}
	return note.GenerateKey(rand.Reader, name)
}

var keyName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$`)

// WriteKey writes a new key to a file that only its owner may read, and its public half beside
// it, with .pub at its end. It fails where one of them is there.
func WriteKey(path, private, public string) error {
	for _, name := range []string{path, path + ".pub"} {
		if _, err := os.Lstat(name); err == nil {
			return &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
		}
	}
	for _, f := range []struct {
		path, text string
		mode       fs.FileMode
	}{{path, private, 0o600}, {path + ".pub", public, 0o644}} {
		file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.mode)
		if err != nil {
			return err
		}
		_, err = file.WriteString(f.text + "\n")
		if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
			return err
		}
	}
	return nil
}

func readLines(path string) ([]string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, keyError("%s is no file", path)
	case info.Size() > keyMax:
		return nil, keyError("%s has %d bytes, more than any key", path, info.Size())
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, line := range strings.Split(string(b), "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// Signer reads what signs from a file.
func Signer(path string) (note.Signer, error) {
	lines, err := readLines(path)
	if err != nil {
		return nil, err
	}
	switch {
	case len(lines) == 1 && strings.HasPrefix(lines[0], "PRIVATE+KEY+"):
		if err := onlyOwners(path); err != nil {
			return nil, err
		}
		s, err := note.NewSigner(lines[0])
		if err != nil {
			return nil, keyError("%s: it is no key that signs: make one with key new", path)
		}
		return s, nil
	case len(lines) == 2 && strings.HasPrefix(lines[0], "command "):
		v, err := note.NewVerifier(lines[1])
		if err != nil {
			return nil, keyError("%s: its second line is no public key", path)
		}
		return &command{v, strings.Fields(lines[0])[1:]}, nil
	}
	return nil, keyError("%s: it is no key that signs: one line PRIVATE+KEY+…, or a line command PROGRAM and one with the public key", path)
}

// onlyOwners refuses a key that others can read.
func onlyOwners(path string) error {
	info, err := os.Stat(path)
	if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		return keyError("%s can be read by others than its owner: chmod 600 %s", path, path)
	}
	return err
}

// A command is a key that another program has.
type command struct {
	note.Verifier
	args []string
}

// signTime is how long a program may take to sign.
const signTime = time.Minute

// Sign asks the program for the signature, and looks whether it is right.
func (c *command) Sign(msg []byte) ([]byte, error) {
	if len(c.args) == 0 {
		return nil, keyError("the key names no program that signs")
	}
	ctx, cancel := context.WithTimeout(context.Background(), signTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	cmd.WaitDelay = 5 * time.Second // for what it has started, and which holds its output
	cmd.Stdin = bytes.NewReader(msg)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", c.args[0], err, strings.TrimSpace(said.String()))
	}
	signature, err := base64.StdEncoding.DecodeString(strings.TrimSpace(out.String()))
	if err != nil || len(signature) != ed25519.SignatureSize {
		return nil, keyError("%s wrote no signature: it is %d bytes in base64", c.args[0], ed25519.SignatureSize)
	}
	if !c.Verify(msg, signature) {
		return nil, keyError("%s signed with another key than that of its second line", c.args[0])
	}
	return signature, nil
}

// Keys reads public keys: each is a file of lines, or the line itself.
func Keys(list []string) (note.Verifiers, error) {
	var all []note.Verifier
	for _, key := range list {
		lines, err := readLines(key)
		if errors.Is(err, fs.ErrNotExist) && strings.Count(key, "+") >= 2 {
			lines, err = []string{key}, nil
		}
		if err != nil {
			return nil, err
		}
		found := false
		for _, line := range lines {
			if v, err := verifierOf(line); err != nil {
				return nil, keyError("%s: it is no public key: key new writes one beside the key that signs, with .pub at its end", key)
			} else if v != nil {
				all, found = append(all, v), true
			}
		}
		if !found {
			return nil, keyError("%s has no public key", key)
		}
	}
	return note.VerifierList(all...), nil
}

// verifierOf reads a line of a file of keys; that of a command is none.
func verifierOf(line string) (note.Verifier, error) {
	if strings.HasPrefix(line, "command ") {
		return nil, nil
	}
	return note.NewVerifier(line)
}

// successionHead is the first line of a note by which a key hands over to another.
const successionHead = "daybook key 1"

// Succession makes the note by which a key hands over to the one that follows it.
func Succession(old note.Signer, next string) ([]byte, error) {
	if _, err := note.NewVerifier(next); err != nil {
		return nil, keyError("it is no public key: %v", err)
	}
	return note.Sign(&note.Note{Text: successionHead + "\n" + next + "\n"}, old)
}

// CheckNote refuses what is no note of a next key, whoever signed it.
func CheckNote(b []byte) error {
	text, signatures, ok := strings.Cut(string(b), "\n\n")
	head, next, _ := strings.Cut(text, "\n")
	if _, err := note.NewVerifier(next); !ok || head != successionHead || err != nil || !strings.HasPrefix(signatures, "— ") {
		return keyError("it is no note of a next key: key next makes one")
	}
	return nil
}

// Succeed returns the keys that notes hand over to, one after the other, beginning with those
// that are trusted.
func Succeed(trusted []string, notes [][]byte) ([]string, error) {
	for _, b := range notes {
		keys, err := Keys(trusted)
		if err != nil {
			return nil, err
		}
		n, err := note.Open(b, keys)
		if err != nil {
			return nil, &proof.SignatureError{Why: "the note of the next key is not signed by a key that is trusted"}
		}
		head, next, _ := strings.Cut(strings.TrimSuffix(n.Text, "\n"), "\n")
		if _, err := note.NewVerifier(next); err != nil || head != successionHead {
			return nil, keyError("it is no note of a next key")
		}
		trusted = append(trusted, next)
	}
	return trusted, nil
}
