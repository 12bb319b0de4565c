package reports

import "bufio"

// A LinesFile is a text written line by line to a new file, which is synced and digested.
type LinesFile struct {
	out  *bufio.Writer
	file *newFile
	rows int64
}

// CreateLines starts a file. It fails if the file exists.
func CreateLines(path string) (*LinesFile, error) {
	file, err := createFile(path)
	if err != nil {
		return nil, err
	}
	return &LinesFile{out: bufio.NewWriterSize(file, 1<<16), file: file}, nil
}

// Write adds lines, of which so many are rows and not a header or a trailer.
func (f *LinesFile) Write(lines []byte, rows int) error {
	f.rows += int64(rows)
	_, err := f.out.Write(lines)
	return err
}

// Close syncs the file and says what it holds.
func (f *LinesFile) Close() (Output, error) {
	if err := f.out.Flush(); err != nil {
		f.file.abort()
		return Output{}, err
	}
	o, err := f.file.close()
	o.Rows = f.rows
	return o, err
}

// Abort removes the file; after Close it does nothing.
func (f *LinesFile) Abort() { f.file.abort() }
