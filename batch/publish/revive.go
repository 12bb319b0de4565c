package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"daybook/aging"
	"daybook/batch/book"
	"daybook/batch/meet"
	"daybook/batch/night"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"

	"golang.org/x/sync/errgroup"
)

// A republication writes a closed night's outputs again.
type republication struct {
	*book.View
	workers  int
	memory   int64
	manifest *reports.Manifest
	form     *reports.Form
	// unwritten is why this release does not write the form.
	unwritten error
	staging   string
	tapes     []*reports.Tape // by part, to be closed when the borrowers are worked
	// allContracts says that the night before published no contracts.
	allContracts bool
}

// takeForm reads how the night was published.
func (v *republication) takeForm() {
	v.form = reports.FirstForm()
	if v.Night.Form != nil {
		v.form = (*reports.Form)(v.Night.Form)
	}
	if err := v.form.Check(&v.Words, moreTables(&v.Words)...); err != nil {
		v.unwritten = fmt.Errorf("%s was published with layout %d by %s: %w", v.Night.Date, v.form.Layout, v.Night.Software, err)
	}
	v.Words = v.form.Words(v.Words)
}

// takeBefore reads what of the night before the outputs follow from.
func (v *republication) takeBefore() error {
	if v.Night.Previous == civil.None || !v.form.HasContracts() {
		return nil
	}
	before, err := book.Night(v.Book, v.Night.Previous)
	v.allContracts = err == nil && !HasContracts(before)
	return err
}

// write writes everything that the book proves into the staging folder; of a form that
// this release does not write that is what the book keeps as files.
func (v *republication) write(ctx context.Context) (err error) {
	for _, f := range v.Night.Files {
		_, err := reports.WriteFile(filepath.Join(v.staging, filepath.FromSlash(f.Path)), func(w io.Writer) error {
			return errors.Join(v.keptFile(f.Path, w), ctx.Err())
		})
		if err != nil {
			return err
		}
	}
	if v.unwritten != nil {
		return nil
	}
	if err := v.takeBefore(); err != nil {
		return err
	}
	if err := os.MkdirAll(v.runs(), 0o700); err != nil {
		return err
	}
	people := meet.Gather(v.runs(), v.memory, v.Night.Parts)
	people.Ask(v.Night.Date, v.Policy.Collections)
	people.Lend(v.memory / 4)
	defer func() { err = errors.Join(err, people.Remove(), os.RemoveAll(v.runs())) }()
	v.tapes = make([]*reports.Tape, v.Night.Parts)
	if err := v.writeParts(ctx, people); err != nil {
		return err
	}
	if err := v.writeSummary(); err != nil {
		return err
	}
	if v.IsLast() {
		return v.meet(ctx, people)
	}
	return nil
}

// runs is the folder of what is not published.
func (v *republication) runs() string { return filepath.Join(v.staging, ".runs") }

// meet works the borrowers again: their tasks, and what their loans decide together.
func (v *republication) meet(ctx context.Context, people *meet.Gathering) error {
	treatment := Treatment(v.Night.Date, v.Policy, v.Names, &v.Rules, v.form)
	result, err := people.Run(ctx, meet.Options{Workers: v.workers, Book: v.Book, Treatment: treatment, Classing: Classing(&v.Rules, true)})
	if err != nil {
		return err
	}
	if err := result.CloseTapes(ctx, v.workers, v.tapes, func(int, reports.Output) {}); err != nil {
		return err
	}
	if !v.form.HasQueue() || v.Night.Queue == nil {
		return nil
	}
	o, err := QueueOptions(&treatment, v.Policy, v.Night.Queue, v.workers)
	if err != nil {
		return err
	}
	_, _, err = result.Queue(o).Write(ctx, filepath.Join(v.staging, "queue"))
	return err
}

// writeParts writes the parts' files, several at once.
func (v *republication) writeParts(ctx context.Context, people *meet.Gathering) error {
	workers := min(v.workers, v.Night.Parts)
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range workers {
		g.Go(reports.Guarded(func() error {
			w := &reviver{v: v, proc: night.NewProcessor(&v.Rules), people: people.Writer(workers)}
			for i := int(next.Add(1)) - 1; i < v.Night.Parts; i = int(next.Add(1)) - 1 {
				if err := w.part(ctx, i); err != nil {
					return err
				}
			}
			return w.people.Close()
		}))
	}
	return g.Wait()
}

// keptFile writes a published file again from its pieces.
func (v *republication) keptFile(path string, w io.Writer) error {
	return book.EachPiece(v.Book, v.Night, path, func(piece []byte) error {
		_, err := w.Write(piece)
		return err
	})
}

// writeSummary writes the journal of the entries that belong to no loan.
func (v *republication) writeSummary() (err error) {
	lines := NewSummary(v.staging, v.Night.Date, v.journalFormat())
	defer func() {
		if err != nil {
			lines.Abort()
		}
	}()
	err = book.EachSummaryEntry(v.Book, v.Night.Date, func(number int, currency uint16, e *ledger.Entry) error {
		return lines.Add(number, currency, e, v.Rules.Scale[currency])
	})
	if err != nil {
		return err
	}
	_, err = lines.Close()
	return err
}

func (v *republication) journalFormat() reports.JournalFormat {
	return reports.JournalFormat{Chart: v.Policy.Chart, Currencies: v.Names.Currencies, Scale: v.Policy.Scale, Form: v.form}
}

// takeNamed puts the file with names into the night, where there is one that was published.
func (v *republication) takeNamed(file *os.File) error {
	if file == nil || !slices.ContainsFunc(v.manifest.Outputs, func(o reports.Output) bool { return o.Path == NamedAccounts }) {
		return nil
	}
	_, err := reports.WriteFile(filepath.Join(v.staging, filepath.FromSlash(NamedAccounts)), func(w io.Writer) error {
		_, err := io.Copy(w, file)
		return err
	})
	return err
}

// check compares what was written with the manifest. Of an older night, files
// that are not there, or not the same under today's policy, are missing.
func (v *republication) check() (missing []string, err error) {
	for _, o := range v.manifest.Outputs {
		path := filepath.Join(v.staging, filepath.FromSlash(o.Path))
		sum, err := Digest(path)
		switch {
		case err == nil && sum == o.SHA256:
		case !v.IsLast() || o.Path == NamedAccounts || !v.form.HasQueue() && strings.HasPrefix(o.Path, "queue/"):
			if err == nil {
				err = os.Remove(path)
			}
			if err != nil && !os.IsNotExist(err) {
				return nil, err
			}
			missing = append(missing, o.Path)
		case err != nil:
			return nil, err
		default:
			return nil, fmt.Errorf("%s of %s came out with other bytes than were published: run verify, and publish it with %s, which closed it",
				o.Path, v.Night.Date, v.Night.Software)
		}
	}
	// What is empty is of a kind of output that this night has not got, as one that an older release closed.
	if err := removeEmpty(v.staging); err != nil || len(missing) > 0 {
		return missing, err
	}
	_, err = reports.WriteBytes(filepath.Join(v.staging, SuccessName), nil)
	return nil, err
}

// removeEmpty removes folders without files.
func removeEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			os.Remove(filepath.Join(dir, e.Name())) // fails, rightly, where there is a file
		}
	}
	return nil
}

// A reviver is one worker of a republication.
type reviver struct {
	v      *republication
	proc   *night.Processor
	facts  aging.Facts
	lines  reports.Journal
	people *meet.Writer
	termed termed
}

// A termed is the loans of a part whose terms the night sets.
type termed struct {
	changed map[string]bool // loans of the book
	rows    []int           // of a batch of facts
}

// of returns the rows of the loans of a batch.
func (t *termed) of(f *aging.Facts, date civil.Date) []int {
	t.rows = t.rows[:0]
	for i, booked := range f.Days[aging.BookedOn] {
		if booked == date || len(t.changed) > 0 && t.changed[string(f.LoanID.Row(i))] {
			t.rows = append(t.rows, i)
		}
	}
	return t.rows
}

// part writes one part's files again.
func (w *reviver) part(ctx context.Context, number int) error {
	width := store.Partitions / w.v.Night.Parts
	name := PartName(number)
	if err := w.journalPart(ctx, name, number*width, (number+1)*width); err != nil {
		return err
	}
	if !w.v.IsLast() {
		return nil
	}
	return w.tapePart(ctx, number, name, number*width, (number+1)*width)
}

func (w *reviver) tapePart(ctx context.Context, number int, name string, from, to int) error {
	v := w.v
	tape, err := reports.CreateTape(filepath.Join(v.staging, "loans", name), reports.Aside{Path: filepath.Join(v.runs(), name)}, v.form, v.Night.Date, &v.Words, v.Policy.Scale)
	if err != nil {
		return err
	}
	scores, err := reports.CreateScores(filepath.Join(v.staging, "score_adjustments", name), v.form, v.Night.Date, &v.Words)
	if err != nil {
		return err
	}
	contracts, err := reports.CreateContracts(filepath.Join(v.staging, "contracts", name), v.form, v.Night.Date, &v.Words, v.Policy.Scale)
	if err != nil {
		return err
	}
	rows := int64(0)
	flags, err := book.FlagsOf(v.Book, from, to)
	if err != nil {
		return err
	}
	defer flags.Close()
	err = v.EachFacts(ctx, w.proc, from, to, &w.facts, func() error {
		batch := reports.Batch{Facts: &w.facts, Words: &v.Words, Scale: v.Policy.Scale}
		if err := errors.Join(tape.Write(batch), contracts.Write(batch, w.termed.of(&w.facts, v.Night.Date), v.allContracts)); err != nil {
			return err
		}
		if err := scores.Write(&w.facts); err != nil {
			return err
		}
		told, err := flags.Of(&w.facts)
		if err != nil {
			return err
		}
		err = w.people.AddFacts(number, rows, &w.facts, told)
		rows += int64(w.facts.Rows)
		return err
	})
	if err != nil {
		return err
	}
	if err := tape.Finish(); err != nil {
		return err
	}
	v.tapes[number] = tape
	_, err = scores.Close()
	if contracts == nil || err != nil {
		return err
	}
	_, err = contracts.Close()
	return err
}

func (w *reviver) journalPart(ctx context.Context, name string, from, to int) error {
	v := w.v
	out, err := reports.CreateJournal(filepath.Join(v.staging, "journal", name), v.journalFormat(), v.Night.Date)
	if err != nil {
		return err
	}
	w.lines.Reset()
	w.lines.BusinessDate = v.Night.Date
	w.termed.changed = map[string]bool{}
	err = book.EachLoanNight(ctx, v.Book, v.Night.Date, from, to, func(id int64, loanID []byte, n *record.LoanNight) error {
		if n.Redisbursed {
			w.termed.changed[string(loanID)] = true
		}
		for i := range n.Entries {
			w.lines.AppendEntry(id+int64(i), loanID, n.Currency, &n.Entries[i], v.Rules.Scale[n.Currency])
		}
		if len(n.Entries) == 0 || w.lines.Rows() < book.FactsMax {
			return nil
		}
		err := out.Write(&w.lines)
		w.lines.Reset()
		return err
	})
	if err != nil {
		return err
	}
	if w.lines.Rows() > 0 {
		if err := out.Write(&w.lines); err != nil {
			return err
		}
	}
	_, err = out.Close()
	return err
}
