package catalog

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"daybook/reports/iceberg"
)

// tableName is what a table may be called: it is part of paths and of addresses.
var tableName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,99}$`)

func checkTable(name string) error {
	if !tableName.MatchString(name) {
		return fmt.Errorf("%q is no name of a table: names are of small letters, digits and underscores", name)
	}
	return nil
}

// folder is where a table is below the root.
func folder(table string) string { return "iceberg/" + iceberg.Namespace + "/" + table }

func metadataFolder(table string) string { return folder(table) + "/metadata" }

// name is the name in the store of a file, as metadata has it. Other writers call the same
// root by other schemes.
func (k *Catalog) name(path string) (string, error) {
	for _, s := range []struct{ theirs, ours string }{{"s3a://", "s3://"}, {"s3n://", "s3://"}, {"file:/", "file:///"}} {
		rest, is := strings.CutPrefix(path, s.theirs)
		if is && !strings.HasPrefix(path, "file://") {
			path = s.ours + rest
		}
	}
	name, is := strings.CutPrefix(path, k.root+"/")
	if !is || name == "" {
		return "", fmt.Errorf(`%s is not below the root %s; after a root was moved, %s`, path, k.root, rebuildHint)
	}
	return name, nil
}

// newUUID draws the id of a table that is made.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func isThere(err error) bool  { return errors.Is(err, fs.ErrExist) }
func isAbsent(err error) bool { return errors.Is(err, fs.ErrNotExist) }
