package objects

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	nameBytesMax    = 1024 // of an S3 key, the prefix with it
	segmentBytesMax = 255  // of a file's name on the file systems of Linux

	temporaryPrefix, temporarySuffix = ".daybook-", ".tmp"
)

// checkName refuses what is no name of an object in every store: one that leads out of the
// root, that two stores would read differently, or that is of a write under way.
func checkName(name string) error {
	if fault := nameFault(name); fault != "" {
		return fmt.Errorf("%q can't name an object: %s", name, fault)
	}
	for segment := range strings.SplitSeq(name, "/") {
		if isTemporary(segment) {
			return fmt.Errorf("%q can't name an object: names as %s…%s are those of writes under way", name, temporaryPrefix, temporarySuffix)
		}
	}
	return nil
}

// nameFault says why a name is none, or nothing.
func nameFault(name string) string {
	switch {
	case name == "":
		return "it is empty"
	case len(name) > nameBytesMax:
		return fmt.Sprintf("it has %d bytes, at most %d", len(name), nameBytesMax)
	case !utf8.ValidString(name):
		return "it is not UTF-8"
	case strings.ContainsFunc(name, unicode.IsControl):
		return "it has a control character"
	case strings.Contains(name, `\`):
		return "it has a backslash"
	case strings.HasPrefix(name, "/"):
		return "it begins with a slash"
	case strings.HasSuffix(name, "/"):
		return "it ends in a slash, as the mark of a folder"
	}
	for segment := range strings.SplitSeq(name, "/") {
		switch {
		case segment == "":
			return "it has an empty segment"
		case segment == "." || segment == "..":
			return fmt.Sprintf("it has the segment %q", segment)
		case len(segment) > segmentBytesMax:
			return fmt.Sprintf("a segment has %d bytes, at most %d", len(segment), segmentBytesMax)
		}
	}
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return "it is no local path"
	}
	return ""
}

// checkPrefix refuses a prefix that no name can begin with.
func checkPrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	if fault := nameFault(strings.TrimSuffix(prefix, "/")); fault != "" {
		return fmt.Errorf("no object's name begins with %q: %s", prefix, fault)
	}
	return nil
}

// isTemporary reports whether a file's name is one of a write under way, or of a killed one.
func isTemporary(segment string) bool {
	return strings.HasPrefix(segment, temporaryPrefix) && strings.HasSuffix(segment, temporarySuffix)
}

// hasTemporary reports whether a name leads into a write under way.
func hasTemporary(name string) bool {
	for segment := range strings.SplitSeq(name, "/") {
		if isTemporary(segment) {
			return true
		}
	}
	return false
}

// temporaryName returns a name that none has had; of says whose it is, if that matters.
func temporaryName(of string) string {
	if of != "" {
		of = "-" + of
	}
	return temporaryPrefix + nonce() + of + temporarySuffix
}

// nonce is 64 bits that no other write has.
func nonce() string {
	var b [8]byte
	rand.Read(b[:]) // never fails: the program ends where there is no randomness
	return hex.EncodeToString(b[:])
}
