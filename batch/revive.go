package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	"daybook/aging"
	"daybook/batch/night"
	"daybook/batch/policy"
	"daybook/batch/publish"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/store"
	"daybook/reports"
	"daybook/reports/queue"

	"golang.org/x/sync/errgroup"
)

// A reviving writes a closed night's outputs again.
type reviving struct {
	book      *store.Book
	o         Options
	record    *record
	latest    bool // the book's last night, whose loans it still has
	manifest  *reports.Manifest
	policy    *policy.Policy
	names     *names
	rules     night.Rules
	words     aging.Dictionaries
	form      *reports.Form
	unwritten error // why this release does not write the form
	staging   string
}

// load reads what the book knows of the night.
func (v *reviving) load(d civil.Date) (err error) {
	nights, err := v.book.Nights()
	if err != nil {
		return err
	}
	switch {
	case len(nights) == 0:
		return notFound("the book has not closed a night yet")
	case d == civil.None:
		d = nights[len(nights)-1]
	case !slices.Contains(nights, d):
		return noNight(d, nights[len(nights)-1])
	}
	v.latest = d == nights[len(nights)-1]
	if v.record, err = readRecord(v.book, d); err != nil {
		return err
	}
	policies, err := bookPolicies(v.book)
	if err != nil {
		return err
	}
	v.policy = policies.At(d)
	stored, _, err := v.book.Meta(namesMeta)
	if err != nil {
		return err
	}
	if v.names, err = loadNames(stored, v.policy.Products, v.policy.Currencies); err != nil {
		return err
	}
	v.form = v.record.form()
	v.rules = night.Rules{Date: d, Previous: v.record.Previous, Aging: v.policy.Aging, Score: v.policy.Score}
	products := productsAt(policies, d)
	if !v.latest {
		// The dictionaries have grown since. Products matter to no file of an older
		// night; its journal lists the currencies of its time.
		products = productsAt(policies, nights[len(nights)-1])
		v.names.forgetCurrencies(policies, d, v.form)
	}
	if v.rules.Products, v.rules.Scale, err = v.names.rulesFor(products, v.policy.Scale); err != nil {
		return err
	}
	words := v.names.dictionaries(&v.policy.Aging)
	v.unwritten = v.checkForm(&words)
	v.words = v.form.Words(words)
	return nil
}

// checkForm returns why this release does not write the night's form, or nil.
func (v *reviving) checkForm(words *aging.Dictionaries) error {
	if err := v.form.Check(words); err != nil {
		return fmt.Errorf("%s was published with layout %d by %s: %w", v.record.Date, v.form.Layout, v.record.Software, err)
	}
	return nil
}

// write writes everything that the book proves into the staging folder; of a form that
// this release does not write that is what the book keeps as files.
func (v *reviving) write(ctx context.Context) (err error) {
	for _, f := range v.record.Files {
		_, err := reports.WriteFile(filepath.Join(v.staging, filepath.FromSlash(f.Path)), func(w io.Writer) error {
			return errors.Join(v.reviveFile(f.Path, w), ctx.Err())
		})
		if err != nil {
			return err
		}
	}
	if v.unwritten != nil {
		return nil
	}
	runs := filepath.Join(v.staging, ".runs")
	tasks := queue.Collect(runs, v.o.Memory/queueShare)
	defer func() { err = errors.Join(err, tasks.Remove(), os.RemoveAll(runs)) }()
	if err := v.writeParts(ctx, tasks); err != nil {
		return err
	}
	if err := v.writeSummary(); err != nil {
		return err
	}
	if v.latest {
		return v.writeQueue(ctx, tasks)
	}
	return nil
}

// writeParts writes the parts' files, several at once.
func (v *reviving) writeParts(ctx context.Context, tasks *queue.Collector) error {
	workers := min(v.o.Workers, v.record.Parts)
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range workers {
		g.Go(reports.Guarded(func() error {
			w := &reviver{v: v, proc: night.NewProcessor(&v.rules), tasks: tasks.Writer(workers)}
			for i := int(next.Add(1)) - 1; i < v.record.Parts; i = int(next.Add(1)) - 1 {
				if err := w.part(ctx, i); err != nil {
					return err
				}
			}
			return w.tasks.Close()
		}))
	}
	return g.Wait()
}

func writeBytes(path string, data []byte) error {
	_, err := reports.WriteFile(path, func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(data))
		return err
	})
	return err
}

func (v *reviving) writeQueue(ctx context.Context, tasks *queue.Collector) error {
	q, err := tasks.Queue(ctx, queue.Options{Form: v.form, BusinessDate: v.record.Date, Scale: v.policy.Scale})
	if err != nil {
		return err
	}
	_, _, err = q.Write(ctx, filepath.Join(v.staging, "queue"))
	return err
}

// writeSummary writes the journal of the entries that belong to no loan.
func (v *reviving) writeSummary() (err error) {
	lines := newSummaryLines(v.staging, v.record.Date, v.journalFormat())
	defer func() {
		if err != nil {
			lines.abort()
		}
	}()
	err = readSummary(v.book, v.record.Date, func(number int, currency uint16, e *ledger.Entry) error {
		return lines.add(number, int(currency), e, v.rules.Scale[currency])
	})
	if err != nil {
		return err
	}
	_, err = lines.close()
	return err
}

func (v *reviving) journalFormat() reports.JournalFormat {
	return reports.JournalFormat{Chart: v.policy.Chart, Currencies: v.names.Currencies, Scale: v.policy.Scale, Form: v.form}
}

// check compares what was written with the manifest. Of an older night, files
// that are not there, or not the same under today's policy, are missing.
func (v *reviving) check() (missing []string, err error) {
	for _, o := range v.manifest.Outputs {
		path := filepath.Join(v.staging, filepath.FromSlash(o.Path))
		sum, err := publish.Digest(path)
		switch {
		case err == nil && sum == o.SHA256:
		case !v.latest:
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
				o.Path, v.record.Date, v.record.Software)
		}
	}
	if len(missing) > 0 {
		return missing, removeEmpty(v.staging)
	}
	return nil, writeBytes(filepath.Join(v.staging, publish.SuccessName), nil)
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

// A reviver is one worker of a reviving.
type reviver struct {
	v     *reviving
	proc  *night.Processor
	facts aging.Facts
	lines reports.Journal
	tasks *queue.Writer
}

// part writes one part's files again.
func (w *reviver) part(ctx context.Context, number int) error {
	width := store.Partitions / w.v.record.Parts
	name := fmt.Sprintf("part-%04d.parquet", number)
	if err := w.journalPart(ctx, name, number*width, (number+1)*width); err != nil {
		return err
	}
	if !w.v.latest {
		return nil
	}
	return w.tapePart(ctx, name, number*width, (number+1)*width)
}

func (w *reviver) tapePart(ctx context.Context, name string, from, to int) error {
	v := w.v
	tape, err := reports.CreateTape(filepath.Join(v.staging, "loans", name), v.form, v.record.Date, &v.words, v.policy.Scale)
	if err != nil {
		return err
	}
	scores, err := reports.CreateScores(filepath.Join(v.staging, "score_adjustments", name), v.form, v.record.Date, &v.words)
	if err != nil {
		return err
	}
	err = EachFacts(ctx, v.book, w.proc, from, to, &w.facts, func() error {
		rec := reports.Record(&w.facts, &v.words, v.policy.Scale)
		defer rec.Release()
		if err := tape.Write(rec); err != nil {
			return err
		}
		if err := scores.Write(rec); err != nil {
			return err
		}
		return w.tasks.Add(rec)
	})
	if err != nil {
		return err
	}
	if _, err := tape.Close(); err != nil {
		return err
	}
	_, err = scores.Close()
	return err
}

func (w *reviver) journalPart(ctx context.Context, name string, from, to int) error {
	v := w.v
	out, err := reports.CreateJournal(filepath.Join(v.staging, "journal", name), v.journalFormat(), v.record.Date)
	if err != nil {
		return err
	}
	w.lines.Reset()
	w.lines.BusinessDate = v.record.Date
	err = EachEntry(ctx, v.book, v.record.Date, from, to, func(id int64, loanID []byte, currency uint16, e *ledger.Entry, last bool) error {
		appendLines(&w.lines, id, loanID, int(currency), e, v.rules.Scale[currency])
		if !last || w.lines.Rows() < factsMax {
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
