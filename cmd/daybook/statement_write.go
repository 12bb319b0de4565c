package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"daybook/batch/lookup"
	"daybook/ledger/civil"
	"daybook/reports/statement"
)

// writeStatements writes all statements in a folder of its own within the place, and
// gives them their names when all are made.
func (a *app) writeStatements(ctx context.Context, r *lookup.Reader, f *statementFlags, ids []string, names map[string][]string, w *statement.Writer, v *statementsJSON) (err error) {
	of := lookup.StatementOf{From: f.from.Date, To: f.to.Date, AsOf: f.asOf.Date, Then: f.known == "then"}
	if err := checkStatements(r, f, ids, of); err != nil {
		return err
	}
	made, err := madeFolder(f.out)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil && made != "" {
			os.Remove(made) // where it is empty
		}
	}()
	dir, err := os.MkdirTemp(f.out, ".daybook-statement-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		s, err := r.Statement(id, of)
		if err != nil {
			return err
		}
		s.Addressee = names[id]
		name := statement.Name(id, statement.Format(f.format))
		path := filepath.Join(f.out, name)
		if err := ours(path, s); err != nil {
			return err
		}
		data, err := w.Write(s)
		if err != nil {
			return fmt.Errorf("loan %q: %w", id, err)
		}
		if err := writeSynced(filepath.Join(dir, name), data); err != nil {
			return err
		}
		v.Statements = append(v.Statements, statementJSON{
			id, path, s.Language, s.Currency, s.Opening.Owed, s.Closing.Owed, s.PastDue.Amount, s.Payoff.Amount, len(s.Events),
		})
	}
	for _, s := range v.Statements {
		if err := os.Rename(filepath.Join(dir, filepath.Base(s.Path)), s.Path); err != nil {
			return err
		}
	}
	return syncFolder(f.out)
}

// faultsMax is how many faults of a list of loans are told of one by one.
const faultsMax = 20

// checkStatements refuses loans that there is no statement of, all of them at once.
func checkStatements(r *lookup.Reader, f *statementFlags, ids []string, of lookup.StatementOf) error {
	if of.To > r.Last() {
		return notFound("daybook status shows the nights that are closed", fmt.Errorf("--to %s is after the last closed night, %s", of.To, r.Last()))
	}
	if of.AsOf != civil.None && of.AsOf > r.Last() {
		return notFound("daybook payoff says what a later day costs", fmt.Errorf("--as-of %s is after the last closed night, %s", of.AsOf, r.Last()))
	}
	var faults []error
	files := map[string]string{}
	for _, id := range ids {
		err := r.CheckStatement(id, of)
		lower := strings.ToLower(statement.Name(id, ""))
		if other, ok := files[lower]; ok && err == nil {
			err = fmt.Errorf("the files of the loans %q and %q differ in capitals alone, which some disks take for one: take them in two runs, to two folders", other, id)
		}
		files[lower] = id
		if err != nil && len(faults) < faultsMax {
			faults = append(faults, err)
		}
	}
	if len(faults) > 0 && f.loans != "" {
		return fmt.Errorf("%s: %w", f.loans, errors.Join(faults...))
	}
	return errors.Join(faults...)
}

// madeFolder makes a folder where there is none, and returns it if it did.
func madeFolder(dir string) (made string, err error) {
	info, err := os.Stat(dir)
	switch {
	case err == nil && !info.IsDir():
		return "", failed("--out is a folder: a file a loan lies in it", "%s is a file", dir)
	case err == nil:
		return "", nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o700)
}

// ours refuses a place that holds anything but the same loan's statement of the same days.
func ours(path string, s *statement.Statement) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	refused := failed("nothing else is overwritten: move it away, or name another folder with --out", "%s is there already, and is not this loan's statement from %s to %s", path, s.From, s.To)
	if !info.Mode().IsRegular() {
		return refused
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, statement.MarkWithin))
	if err != nil {
		return err
	}
	i := bytes.Index(head, []byte(s.Mark()))
	if i < 0 {
		return refused
	}
	return nil
}

// writeSynced writes a new file that its owner alone may read, onto the disk.
func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrInvalid) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
