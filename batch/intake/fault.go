package intake

import "strings"

// A FileError reports a file that cannot be read as the contract asks. No row
// of such a file is applied.
type FileError struct {
	File   string // the file's name
	Column string // the file's own column name, "" where the whole file is at fault
	Want   string // what the contract expects there
	Got    string // what the file has
	Hint   string // what to do next
	Err    error  // the cause, where a library or the system gave one
}

func (e *FileError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Column != "" {
		b.WriteString(": column " + e.Column)
	}
	if e.Want != "" {
		b.WriteString(": want " + e.Want)
		if e.Got != "" {
			b.WriteString(", got " + e.Got)
		}
	} else if e.Got != "" {
		b.WriteString(": " + e.Got)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }
