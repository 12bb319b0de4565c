// Package bureau writes the file that the credit bureaus take at a month's end: the
// accounts of all loans, in the order of their numbers, with the names that the lender hands
// over for that. Names go from the lender's file into the bureaus', and nowhere else: the
// book keeps none, and what is sorted outside memory is removed.
package bureau

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"daybook/reports"
	"daybook/reports/metro2"
	"daybook/reports/spill"
)

// The file's names: with the lender's names in it, and without.
const (
	NamedFile   = "metro2.dat"
	UnnamedFile = "metro2-unnamed.dat"
)

// A Lender is who reports.
type Lender struct {
	Header         metro2.Header
	Identification string
	// Secret is what the numbers of accounts are made with; nil: they are the ids of loans.
	Secret []byte
}

// A Gathering is a night's accounts on their way into the file.
type Gathering struct {
	lender   *Lender
	dir      string // for what does not fit in memory
	memory   int64
	accounts *spill.Sorter // number, loan, borrower, why it can't be reported, else record
	sorters  []*spill.Sorter
}

// Gather begins a night's file. It keeps what is above a share of a budget of bytes in files
// of a folder.
func Gather(dir string, memory int64, lender *Lender) *Gathering {
	g := &Gathering{lender: lender, dir: dir, memory: memory}
	g.accounts = g.sorter("accounts")
	return g
}

func (g *Gathering) sorter(name string) *spill.Sorter {
	s := spill.New(g.dir, "metro2-"+name, g.memory/32)
	g.sorters = append(g.sorters, s)
	return s
}

// Remove removes the files.
func (g *Gathering) Remove() error { return spill.RemoveAll(g.sorters) }

// A Writer is one worker's way in.
type Writer struct {
	g      *Gathering
	to     *spill.Writer
	rec    []byte
	record []byte
}

// Writer returns a way in for one of a number of workers.
func (g *Gathering) Writer(workers int) *Writer { return &Writer{g: g, to: g.accounts.Writer(workers)} }

// Close hands over what the writer has.
func (w *Writer) Close() error { return w.to.Close() }

// Add adds a loan's account. What the format refuses is left out of the file and told: it never
// stops a night.
func (w *Writer) Add(loan, borrower []byte, s *metro2.Segment) error {
	s.Identification, s.Number = w.g.lender.Identification, w.g.number(loan)
	record, err := s.Append(w.record[:0])
	w.record = record
	why := ""
	if err != nil {
		why = err.Error()
	}
	w.rec = spill.AppendText(w.rec[:0], capitals(s.Number))
	w.rec = spill.AppendText(spill.AppendText(spill.AppendText(w.rec, loan), borrower), why)
	return w.to.Add(append(w.rec, record...))
}

// capitals is a number as the format has it: of other letters than those of ASCII, which have no
// place in it, none becomes one of these.
func capitals(number string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, number)
}

// numberSize is how long a number is that is made with a secret: 120 bits.
const numberSize = 30

// number is what a loan's account is called.
func (g *Gathering) number(loan []byte) string {
	if g.lender.Secret == nil {
		return string(loan)
	}
	mac := hmac.New(sha256.New, g.lender.Secret)
	mac.Write([]byte("metro2 account\x00"))
	mac.Write(loan)
	return strings.ToUpper(hex.EncodeToString(mac.Sum(nil)))[:numberSize]
}

// An account is what Add wrote.
type account struct {
	number, loan, borrower, why, record []byte
}

func readAccount(rec []byte) (a account, err error) {
	r := spill.Record{B: rec}
	a.number, a.loan, a.borrower, a.why = r.Text(), r.Text(), r.Text(), r.Text()
	a.record = r.B
	if (len(a.why) == 0) != (len(a.record) == metro2.Size) || len(a.why) > 0 && len(a.record) > 0 {
		r.Bad = true
	}
	return a, r.Err()
}

// Write writes the file into a folder of the night's, with the names of a lender's file
// where one is named. tell hears of each loan that is not in it, and of those of whose borrower
// something is not reported as it was given: what is wrong, and nothing of the names themselves.
func (g *Gathering) Write(ctx context.Context, dir, names string, tell func(loan []byte, what string) error) (reports.Output, error) {
	sorted, file := g.accounts, UnnamedFile
	if names != "" {
		file = NamedFile
		var err error
		if sorted, err = g.join(ctx, names, tell); err != nil {
			return reports.Output{}, err
		}
	}
	return reports.WriteFile(filepath.Join(dir, file), func(to io.Writer) error {
		w := bufio.NewWriterSize(to, 1<<18)
		if _, err := w.Write(g.lender.Header.Append(nil)); err != nil {
			return err
		}
		var trailer metro2.Trailer
		err := g.each(ctx, sorted, func(a *account, why string) error {
			if why != "" {
				return tell(a.loan, why)
			}
			if err := trailer.Add(a.record); err != nil {
				return err
			}
			_, err := w.Write(a.record)
			return err
		})
		if err == nil {
			_, err = w.Write(trailer.Append(nil))
		}
		return errors.Join(err, w.Flush())
	})
}

// each calls fn with each account in the order of their numbers, and with why it can't be
// reported, if so: two accounts must never become one.
func (g *Gathering) each(ctx context.Context, sorted *spill.Sorter, fn func(a *account, why string) error) error {
	var held account // the account before, of which it is not known yet whether it is alone
	var memory []byte
	holds, alone := false, true
	flush := func() error {
		if !holds {
			return nil
		}
		holds = false
		why := string(held.why)
		if why == "" && !alone {
			why = "another loan has the same account number, as the format has capitals alone"
		}
		return fn(&held, why)
	}
	err := sorted.Each(ctx, func(rec []byte) error {
		next, err := readAccount(rec)
		if err != nil {
			return err
		}
		same := holds && bytes.Equal(held.number, next.number)
		alone = alone && !same
		if err := flush(); err != nil {
			return err
		}
		memory = append(memory[:0], rec...)
		held, err = readAccount(memory)
		holds, alone = true, !same
		return err
	})
	return errors.Join(err, flush())
}
