package reconcile

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"daybook/batch/bank"
	"daybook/batch/intake"
	"daybook/batch/policy"
	"daybook/ledger/match"
	"daybook/reports"

	"golang.org/x/sync/errgroup"
)

// The kinds of file that a run reads.
const (
	kindStatements = "statements"
	kindMatches    = "matches"
)

// A FaultsError names every file that can't be read, and every line. Nothing was stored.
type FaultsError struct{ Faults []FileFault }

// A FileFault is a fault of a file.
type FileFault struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"` // 0: of the file as a whole
	Code string `json:"code"`
	Why  string `json:"why"`
}

func (f *FileFault) Error() string {
	if f.Line == 0 {
		return f.File + ": " + f.Why
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Why)
}

func (e *FaultsError) Error() string {
	var lines []string
	for i := range e.Faults {
		lines = append(lines, e.Faults[i].Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns each fault.
func (e *FaultsError) Unwrap() (list []error) {
	for i := range e.Faults {
		list = append(list, &e.Faults[i])
	}
	return list
}

// An input is a file of the folder.
type input struct {
	name, path, kind string
	statements       []match.Statement
	manual           []manualRow
	read             ReadFile
	faults           []FileFault
}

// list finds a folder's files of the bank, in the order of their names: a file, or a folder
// of files, whose name begins with its kind. What else lies there is passed over.
func list(dir string) (files []*input, passed []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("folder of statements: %w", err)
	}
	for _, e := range entries {
		kind := intake.KindPrefix(e.Name())
		if kind != kindStatements && kind != kindMatches {
			passed = append(passed, intake.NameOf(e.Name()))
			continue
		}
		f := &input{name: intake.NameOf(e.Name()), path: filepath.Join(dir, e.Name()), kind: kind}
		info, err := os.Stat(f.path) // of what a link leads to
		if err != nil || !info.IsDir() {
			files = append(files, f) // what can't be read is said when it is
			continue
		}
		parts, err := os.ReadDir(f.path)
		if err != nil {
			f.unreadable(err)
			files = append(files, f)
		}
		for _, p := range parts {
			if name := intake.NameOf(e.Name() + "/" + p.Name()); p.Name()[0] != '.' && p.Name()[0] != '_' {
				files = append(files, &input{name: name, path: filepath.Join(f.path, p.Name()), kind: kind})
			} else if p.Name() != "_SUCCESS" {
				passed = append(passed, name)
			}
		}
	}
	slices.SortFunc(files, func(a, b *input) int { return strings.Compare(a.name, b.name) })
	return files, passed, intake.Distinct("folder of statements", files, func(f *input) string { return f.name })
}

// read reads the folder's files.
func (r *run) read(ctx context.Context) ([]*input, error) {
	files, passed, err := list(r.o.In)
	if err != nil {
		return nil, err
	}
	r.passed = passed
	g, reading := errgroup.WithContext(ctx)
	g.SetLimit(r.o.Workers)
	for _, f := range files {
		g.Go(reports.Guarded(func() error {
			if err := reading.Err(); err != nil {
				return err
			}
			return r.readFile(f)
		}))
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var faults []FileFault
	for _, f := range files {
		faults = append(faults, f.faults...)
	}
	if len(faults) > 0 {
		return nil, &FaultsError{faults}
	}
	return files, nil
}

// readFile reads one file. What is wrong with it is noted.
func (r *run) readFile(f *input) error {
	if len(f.faults) > 0 {
		return nil
	}
	file, err := os.OpenFile(f.path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe is never waited for
	if err != nil {
		f.unreadable(err)
		return nil
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("file %s: %w", f.name, err)
	}
	if !info.Mode().IsRegular() {
		f.faults = append(f.faults, FileFault{File: f.name, Code: "not_a_file", Why: "it is a pipe, a socket, a device or a folder: write a file, or move it away"})
		return nil
	}
	d := digester{r: file, h: sha256.New(), size: info.Size()}
	if f.kind == kindMatches {
		err = f.readManual(file, &d)
	} else {
		err = f.readStatements(&d, r.policy)
	}
	if err != nil {
		return fmt.Errorf("file %s: %w", f.name, err)
	}
	if _, err := io.Copy(io.Discard, &d); err != nil { // the rest, where reading ended early
		return fmt.Errorf("file %s: %w", f.name, err)
	}
	f.read = ReadFile{Path: f.name, Kind: f.kind, SHA256: hex.EncodeToString(d.h.Sum(nil)), Bytes: d.n, Statements: len(f.statements)}
	for i := range f.statements {
		f.read.Lines += len(f.statements[i].Lines)
	}
	return nil
}

// unreadable notes that a file can't be opened: those beside it are read all the same, so that
// one run names all that is wrong.
func (f *input) unreadable(err error) {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err // the file is named already
	}
	f.faults = append(f.faults, FileFault{File: f.name, Code: "unreadable", Why: fmt.Sprintf("it can't be opened: %v", err)})
}

// A digester digests what is read through it.
type digester struct {
	r    io.Reader
	h    hash.Hash
	n    int64
	size int64
}

// Size returns how much there is to read, so that lines have their room at once.
func (d *digester) Size() int64 { return d.size }

func (d *digester) Read(b []byte) (int, error) {
	n, err := d.r.Read(b)
	d.h.Write(b[:n]) // never fails
	d.n += int64(n)
	return n, err
}

// readStatements reads a file of statements.
func (f *input) readStatements(in io.Reader, p *policy.Reconciliation) error {
	faults, err := bank.Read(in, func(s *match.Statement) error {
		f.statements = append(f.statements, *s)
		if len(p.Accounts) > 0 && !slices.Contains(p.Accounts, policy.BankAccount{Account: s.Account, Currency: s.Currency}) {
			f.faults = append(f.faults, FileFault{
				File: f.name, Code: "account", Why: fmt.Sprintf("account %s in %s is none of reconciliation.accounts: add it there, or take the file out", s.Account, s.Currency),
			})
		}
		return nil
	})
	for _, x := range faults {
		f.faults = append(f.faults, FileFault{f.name, x.Line, x.Code, x.Msg})
	}
	f.faults = slices.Compact(f.faults)
	return err
}

// note takes the statements and rows that are new.
func (r *run) note(files []*input) {
	type place struct {
		file   string
		number int
		key    string
	}
	type arrival struct {
		statement *match.Statement
		key, file string
		number    int
	}
	var came []arrival
	known := map[place]bool{}
	for i := range r.state.seen {
		o := &r.state.seen[i]
		known[place{o.File, o.number, o.Key}] = true
	}
	has := map[string]bool{}
	for _, f := range r.state.Files {
		has[f.Path+f.SHA256] = true
	}
	r.nothing = !r.state.first
	for _, f := range files {
		if !has[f.name+f.read.SHA256] {
			r.state.Files = append(r.state.Files, f.read)
			r.nothing = r.nothing && f.read.Statements == 0 && len(f.manual) == 0
		}
		r.files = append(r.files, f.read)
		for i := range f.statements {
			s := &f.statements[i]
			key := s.Key()
			if !known[place{f.name, i + 1, key}] {
				came = append(came, arrival{s, key, f.name, i + 1})
			}
		}
		if !has[f.name+f.read.SHA256] {
			r.manual = append(r.manual, f.manual...)
		}
	}
	// Of a statement that comes in several formats the same one is loaded, whatever the
	// names of the files: formats differ in what they say of a line.
	slices.SortStableFunc(came, func(a, b arrival) int { return cmp.Compare(a.statement.Format, b.statement.Format) })
	for _, x := range came {
		r.nothing = false
		r.occur(x.statement, x.key, x.file, x.number)
	}
	slices.SortFunc(r.state.Files, func(a, b ReadFile) int {
		return strings.Compare(a.Path+"\x00"+a.SHA256, b.Path+"\x00"+b.SHA256)
	})
}

// occur takes a statement of a file: its lines are new unless it is known, or not to be loaded.
func (r *run) occur(s *match.Statement, key, file string, number int) {
	_, known := r.state.places[key]
	c := s.Chain(key, file, r.o.Date)
	if c.State == match.Loaded && known {
		c.State = match.Duplicate
		r.state.of(c.Currency).Duplicates++
	}
	if c.State != match.Loaded {
		r.state.seen = append(r.state.seen, occurrence{c, number})
		return
	}
	r.state.seen = append(r.state.seen, occurrence{c, number})
	r.state.addStatement(c)
	head := c.Statement
	r.newLines = slices.Grow(r.newLines, len(s.Lines))
	for i := range s.Lines {
		r.newLines = append(r.newLines, match.BankLine{Statement: &head, Key: key, Line: &s.Lines[i], FirstSeen: r.o.Date})
	}
}

// errStop ends a walk over records.
var errStop = errors.New("stop")
