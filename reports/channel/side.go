package channel

import (
	"path/filepath"

	"daybook/ledger/civil"
	"daybook/reports"
)

// The files beside those of a profile: who is not to be contacted any more, and which
// placements come back.
const (
	DNCFile    = "genesys.dnc.csv"
	RecallFile = "agency.recall.csv"
)

// A DNC writes genesys.dnc.csv: the keys of tasks that the dialler may still have, and is
// not to work any more. It is there without any, too.
type DNC struct{ side }

// CreateDNC starts the file in a folder.
func CreateDNC(dir string) (*DNC, error) {
	s, err := createSide(filepath.Join(dir, DNCFile), "task_key\n")
	return &DNC{s}, err
}

// Add adds a key.
func (d *DNC) Add(taskKey []byte) error {
	d.line = append(append(d.line[:0], taskKey...), '\n')
	return d.file.Write(d.line, 1)
}

// A Recalls writes agency.recall.csv: placements that the agency gives back. It is there
// without any, too.
type Recalls struct{ side }

// CreateRecalls starts the file in a folder.
func CreateRecalls(dir string) (*Recalls, error) {
	s, err := createSide(filepath.Join(dir, RecallFile), "task_key,reason_code,recalled_on\n")
	return &Recalls{s}, err
}

// Add adds a placement by the key of its task.
func (r *Recalls) Add(taskKey, reason []byte, on civil.Date) error {
	r.line = append(append(r.line[:0], taskKey...), ',')
	r.line = append(AppendText(r.line, reason), ',')
	r.line = append(on.Append(r.line), '\n')
	return r.file.Write(r.line, 1)
}

type side struct {
	file *reports.LinesFile
	line []byte
}

func createSide(path, header string) (s side, err error) {
	if s.file, err = reports.CreateLines(path); err != nil {
		return s, err
	}
	return s, s.file.Write([]byte(header), 0)
}

// Close syncs the file and says what it holds.
func (s *side) Close() (reports.Output, error) { return s.file.Close() }

// Abort removes the file; after Close it does nothing.
func (s *side) Abort() { s.file.Abort() }
