package intake

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"
)

// An Unread is an entry of the inbox that the night does not read.
type Unread struct {
	Path string // in the inbox, with slashes; a folder's ends in one
	Why  string // what it is, and what to do
}

// NotOfTheNight are kinds of files that may lie in an inbox and are another command's: a
// night passes over them, whatever they are.
var NotOfTheNight = []string{"statements", "matches"}

// A PassedOver is an entry of the inbox that another command reads.
type PassedOver struct{ Name, Kind string }

// list finds an inbox's files, and accounts for everything else that lies there.
// Nothing is opened but folders.
func list(dir string) (*Inbox, error) {
	l := lister{}
	var err error
	if l.root, err = os.Stat(dir); err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if isLimit(err) {
		return nil, limitFault(dir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	for _, e := range entries {
		if err := l.entry(dir, e.Name()); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(l.in.Files, func(a, b *File) int { return strings.Compare(a.Name, b.Name) })
	if err := Distinct("inbox", l.in.Files, func(f *File) string { return f.Name }); err != nil {
		return nil, err
	}
	slices.SortFunc(l.in.Unread, func(a, b Unread) int { return strings.Compare(a.Path, b.Path) })
	return &l.in, nil
}

// Distinct refuses two files of one name, by [NameOf], in a list that is in the order of the names.
func Distinct[F any](where string, files []F, name func(F) string) error {
	for i := 1; i < len(files); i++ {
		if name(files[i]) == name(files[i-1]) {
			return fmt.Errorf("%s: two files would both be %s in what is said of them: give one another name", where, name(files[i]))
		}
	}
	return nil
}

type lister struct {
	root os.FileInfo
	in   Inbox
}

func (l *lister) unread(path, why string) {
	l.in.Unread = append(l.in.Unread, Unread{NameOf(path), why})
}

// NameOf is what a file is called in all that is written of it, which is UTF-8: each byte of its name that is not stands there as
// \xe9. A name in JSON that is none of UTF-8 would not be what it was once it is read.
func NameOf(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); {
		r, size := utf8.DecodeRuneInString(name[i:])
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, name[i])
		} else {
			b.WriteString(name[i : i+size])
		}
		i += size
	}
	return b.String()
}

// entry takes an entry of the inbox itself.
func (l *lister) entry(dir, name string) error {
	if name == "_temporary" {
		l.unread(name+"/", unfinishedJob)
		return nil
	}
	if isMarker(name) {
		l.underway(name, name)
		return nil
	}
	path := filepath.Join(dir, name)
	info, err := os.Stat(path) // of what a link leads to
	kind, known := ParseKind(KindPrefix(name))
	switch {
	case slices.Contains(NotOfTheNight, KindPrefix(name)):
		l.in.PassedOver = append(l.in.PassedOver, PassedOver{NameOf(name), KindPrefix(name)})
	case err != nil:
		l.unread(name, unreadable(err))
	case info.IsDir() && !known:
		l.unread(name+"/", "a folder that no kind names; close it with --in of its own, or move its files here")
	case info.IsDir():
		return l.delivery(path, name, kind, info)
	case !info.Mode().IsRegular():
		l.unread(name, notRegular)
	case !isParquet(name):
		l.unread(name, whyNot(name))
	case !known:
		l.unread(name, "its name begins with no kind; name it as one of "+strings.Join(kindNames[:], ", ")+", such as repayments-0001.parquet")
	default:
		l.in.Files = append(l.in.Files, &File{Name: NameOf(name), Path: path, Kind: kind})
	}
	return nil
}

// underway takes a name that is hidden while a transfer writes the file, as rsync and
// others do (.repayments-0001.parquet.x7Gt2a). Other hidden names are marks.
func (l *lister) underway(name, shown string) {
	if strings.Contains(name, ".parquet.") && !strings.EqualFold(filepath.Ext(name), ".crc") {
		l.unread(shown, "an unfinished name; wait until its sender gives it its own, or remove what a stopped transfer left")
	}
}

const unfinishedJob = "a job that still writes, or was interrupted; wait for it, or write the folder again"

// delivery takes a folder of part files, as Spark and Hadoop write a table.
func (l *lister) delivery(dir, name string, kind Kind, info os.FileInfo) error {
	if os.SameFile(info, l.root) {
		l.unread(name+"/", "a link that leads back to this folder; remove it")
		return nil
	}
	entries, err := os.ReadDir(dir)
	if isLimit(err) {
		return limitFault(name, err)
	}
	if err != nil {
		l.unread(name+"/", unreadable(err))
		return nil
	}
	files, unread, done := len(l.in.Files), len(l.in.Unread), false
	for _, e := range entries {
		if slices.Contains(tableLogs, e.Name()) {
			l.in.Files, l.in.Unread = l.in.Files[:files], l.in.Unread[:unread]
			l.unread(name+"/", "a table with a log ("+e.Name()+") that says which of its files count; write the day's rows as plain Parquet files")
			return nil
		}
		done = done || e.Name() == "_SUCCESS"
		l.part(dir, name, kind, e.Name())
	}
	if len(l.in.Files) == files && len(l.in.Unread) == unread && !done {
		l.unread(name+"/", "a folder without part files and without _SUCCESS; wait for its files, or remove it")
	}
	return nil
}

// tableLogs are the folders by which a table of several versions is known (of
// Delta Lake, Hudi, and Spark's streams): beside the rows that count lie files
// with rows that no longer do.
var tableLogs = []string{"_delta_log", ".hoodie", "_spark_metadata"}

// part takes an entry of a folder of part files.
func (l *lister) part(dir, folder string, kind Kind, name string) {
	path, shown := filepath.Join(dir, name), folder+"/"+name
	if name == "_temporary" {
		l.unread(shown+"/", unfinishedJob)
		return
	}
	if isMarker(name) {
		l.underway(name, shown)
		return
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		l.unread(shown, unreadable(err))
	case info.IsDir() && strings.Contains(name, "="):
		l.unread(shown+"/", "a partition, whose column stands in the folder's name and not in its files; write the table without partitions")
	case info.IsDir():
		l.unread(shown+"/", "a folder in a folder of part files; move its files one up")
	case !info.Mode().IsRegular():
		l.unread(shown, notRegular)
	case !isParquet(name):
		l.unread(shown, whyNot(name))
	default:
		l.in.Files = append(l.in.Files, &File{Name: NameOf(shown), Path: path, Kind: kind})
	}
}

// isMarker reports whether a name is of what writers and file managers put
// beside the data: nothing in it can be a row.
func isMarker(name string) bool {
	return name[0] == '.' || name[0] == '_' || strings.EqualFold(filepath.Ext(name), ".crc")
}

func isParquet(name string) bool {
	return strings.EqualFold(filepath.Ext(name), ".parquet") && !isMarker(name)
}

const notRegular = "a pipe, a socket or a device, which can't be read twice; write a file"

func unreadable(err error) string {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "a link that leads nowhere; mend or remove it"
	case errors.Is(err, syscall.ELOOP):
		return "a link that leads back to itself; mend or remove it"
	case errors.Is(err, os.ErrPermission):
		return "not allowed to be read; let this user read it"
	}
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return err.Error() + "; mend or remove it"
}

// whyNot says why a file of another ending is not read.
func whyNot(name string) string {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".tmp", ".part", ".partial", ".inprogress", ".pending", ".crdownload", ".filepart", ".writing", ".swp", ".lock":
		return "an unfinished name; wait until its sender gives it its own"
	case ".gz", ".gzip", ".zst", ".bz2", ".xz", ".lz4", ".zip", ".tar", ".tgz", ".7z":
		return "packed as a whole; unpack it"
	case ".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".xlsx", ".xls", ".avro", ".orc", ".arrow", ".feather", ".xml":
		return "not Parquet; write it as .parquet, or take it out"
	}
	return "its name does not end in .parquet; rename it if it is Parquet, or take it out"
}
