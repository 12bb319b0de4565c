// Package meet is the pass of the night that works borrower by borrower. What the
// files say of a borrower, and what posting says of each of his loans, are spread by the
// hash of his id, brought together, and merged with what the book knows of him. Out
// come what is known of him now, what became of the rows, and what his loans decide
// together: the worst of their tiers, and the task of the collection queue.
//
// Nothing is kept in memory for each borrower or loan of the night: rows go to the disk
// past a budget, and so does what is decided of single loans.
package meet

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"

	"daybook/aging/treat"

	"daybook/batch/rows"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/store"
	"daybook/reports"
	"daybook/reports/queue"
	"daybook/reports/spill"
)

// A Gathering is what is to be worked by borrower, on its way there.
type Gathering struct {
	dir    string
	memory int64
	rows   *rows.Scatter
	facts  *rows.Scatter   // of loans
	ids    *spill.Sorter   // of contacts: who asks for which
	late   []*spill.Sorter // by part of the tape: loans whose borrower has a worse one
	own    *reports.LateMemory
	keyed  *spill.Sorter // contacts that name nobody but by the key of a task
	tasks  *queue.Collector
	asking
	flagged atomic.Bool     // there are flags among the rows
	sorters []*spill.Sorter // all that there are
}

// An asking is what the night asks facts for.
type asking struct {
	contactOn civil.Date
	reminders []int32 // days before an instalment is due
	// names has the facts of all loans name them, and the money of each come with them: where
	// promises are to be held to it.
	names    bool
	booked   civil.Date  // facts of loans booked on this night name them; none: no others need to
	promises atomic.Bool // one is among tonight's rows
	tape     tape
}

// A tape is the loans past due and what is past due of them, by code of currency.
type tape struct {
	mu             sync.Mutex
	loans, pastDue []int64
}

// A tapeSum is one worker's part of it.
type tapeSum struct{ loans, pastDue []int64 }

func (t *tapeSum) add(currency uint16, pastDue int64) {
	for int(currency) >= len(t.loans) {
		t.loans, t.pastDue = append(t.loans, 0), append(t.pastDue, 0)
	}
	t.loans[currency]++
	t.pastDue[currency] += pastDue
}

// sums returns the tape's sums by currency.
func (t *tape) sums(currencies []string) (list []queue.PlaceSum) {
	for c := range t.loans {
		if c < len(currencies) && t.loans[c] > 0 {
			list = append(list, queue.PlaceSum{Currency: currencies[c], Loans: t.loans[c], PastDue: t.pastDue[c]})
		}
	}
	return list
}

func (t *tape) merge(o *tapeSum) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for c := range o.loans {
		if c >= len(t.loans) {
			t.loans, t.pastDue = append(t.loans, 0), append(t.pastDue, 0)
		}
		t.loans[c] += o.loans[c]
		t.pastDue[c] += o.pastDue[c]
	}
	*o = tapeSum{}
}

// NameBooked has facts of the loans that the night books name them, for rows of earlier nights that say of a loan what
// was not a loan yet. A book's first night has none.
func (g *Gathering) NameBooked(night civil.Date) { g.booked = night }

// Ask says for which night facts are gathered, and by which rules.
func (a *asking) Ask(night civil.Date, rules *treat.Rules) {
	a.contactOn, a.reminders = night+1, nil
	for i := range rules.Reminders {
		a.reminders = append(a.reminders, rules.Reminders[i].DaysBefore)
	}
}

// HasPromises reports whether a promise is among the rows that were added.
func (g *Gathering) HasPromises() bool { return g.promises.Load() }

// HoldPromises has facts name their loans, and money be gathered. It is called before there
// are any.
func (g *Gathering) HoldPromises() { g.names = true }

// Holds reports whether promises are held to the night's money.
func (g *Gathering) Holds() bool { return g.names }

// Shares of the memory: of the rows, of the facts, of each list of ids of contacts, of
// what is decided of loans, of tasks, of what the tape keeps of late columns.
const (
	rowsShare  = 32
	factsShare = 32
	idsShare   = 64
	lateShare  = 64
	tasksShare = 12
	ownShare   = 16
)

// Gather returns a gathering for a tape of some parts. It keeps what is above its share
// of a budget of bytes in files of a folder.
func Gather(dir string, memory int64, parts int) *Gathering {
	g := &Gathering{
		dir: dir, memory: memory, rows: rows.NewScatter(filepath.Join(dir, "borrowers"), memory/rowsShare),
		facts: rows.NewCopied(filepath.Join(dir, "facts"), memory/factsShare),
		tasks: queue.Collect(dir, memory/tasksShare), own: reports.NewLateMemory(memory / ownShare),
		asking: asking{booked: civil.None},
	}
	g.ids = g.sorter("contact-ids", idsShare)
	g.keyed = g.sorter("keyed-contacts", idsShare)
	for part := range parts {
		g.late = append(g.late, g.sorter(fmt.Sprintf("late-%04d", part), lateShare*int64(parts)))
	}
	return g
}

// Lend gives the facts memory that nobody else needs as long as the gathering is there:
// an ordinary night has few rows, and facts of all loans.
func (g *Gathering) Lend(bytes int64) { g.facts.Lend(bytes - lendFrom) }

// lendFrom is how much of what is lent stays free, for what no budget counts.
const lendFrom = 64 << 20

// Own is where the tape keeps what loans have in late columns by themselves.
func (g *Gathering) Own() *reports.LateMemory { return g.own }

// sorter makes a sorter with a share of the memory.
func (g *Gathering) sorter(name string, share int64) *spill.Sorter {
	s := spill.New(g.dir, name, g.memory/share)
	g.sorters = append(g.sorters, s)
	return s
}

// Remove frees the memory and removes the files.
func (g *Gathering) Remove() error {
	return errors.Join(g.rows.Remove(), g.facts.Remove(), g.tasks.Remove(), spill.RemoveAll(g.sorters))
}

// A Writer is one worker's way into a gathering.
type Writer struct {
	g     *Gathering
	rows  *rows.Writer
	facts *rows.Writer
	ids   *spill.Writer
	keyed *spill.Writer
	tape  tapeSum
	row   []byte
	id    []byte
}

// Writer returns a way in for one of a number of workers.
func (g *Gathering) Writer(workers int) *Writer {
	return &Writer{
		g: g, rows: g.rows.Writer(workers), facts: g.facts.Writer(workers), ids: g.ids.Writer(workers), keyed: g.keyed.Writer(workers),
	}
}

// Close hands over what the writer has.
func (w *Writer) Close() error {
	w.g.tape.merge(&w.tape)
	return errors.Join(w.rows.Flush(), w.facts.Flush(), w.ids.Close(), w.keyed.Close())
}

func (w *Writer) start(id []byte, kind rows.Kind, file int, num int64) (hash uint64) {
	hash = store.Hash(id)
	w.row = rows.AppendHead(w.row[:0], hash, id, kind, file, num)
	return hash
}

// AddRecord adds a borrowers row.
func (w *Writer) AddRecord(id []byte, file int, num int64, r *borrower.Record) error {
	hash := w.start(id, rows.RecordRow, file, num)
	w.row = rows.AppendRecord(w.row, r)
	return w.rows.Add(hash, w.row)
}

// AddFlag adds a flags row of a borrower.
func (w *Writer) AddFlag(id []byte, file int, num int64, f *borrower.Flag) error {
	w.g.flagged.Store(true)
	hash := w.start(id, rows.FlagRow, file, num)
	w.row = rows.AppendFlag(w.row, f)
	return w.rows.Add(hash, w.row)
}

// AddMove adds money of a loan to what a borrower's promises are held to.
func (w *Writer) AddMove(borrowerID []byte, m *rows.Move) error {
	hash := w.start(borrowerID, rows.MoneyRow, rows.NoFile, 0)
	w.row = rows.AppendMove(w.row, m)
	return w.rows.Add(hash, w.row)
}

// AddOffered says that an offer was applied to a loan of a borrower.
func (w *Writer) AddOffered(borrowerID []byte) error {
	return w.rows.Add(w.start(borrowerID, rows.OfferRow, rows.NoFile, 0), w.row)
}

// SawPromise says that a promise is among the night's rows.
func (w *Writer) SawPromise() { w.g.promises.Store(true) }

// AddContact adds a contacts row. Where it names a loan, its owner is known by now. One
// that names a task alone waits until it is known whose that is.
func (w *Writer) AddContact(file int, num int64, c *rows.ContactOf) error {
	if len(c.Borrower) == 0 {
		w.row = spill.AppendInt(spill.AppendInt(appendIDKey(w.row[:0], []byte(c.TaskKey)), int64(file)), num)
		w.row = rows.AppendContact(w.row, c)
		return w.keyed.Add(w.row)
	}
	hash := w.start(c.Borrower, rows.ContactRow, file, num)
	w.row = rows.AppendContact(w.row, c)
	w.id = appendClaim(w.id[:0], []byte(c.ID), c.Borrower, file, num)
	return errors.Join(w.rows.Add(hash, w.row), w.ids.Add(w.id))
}

// appendClaim writes who asks for an id of a contact: in the order of the book's ids,
// then by borrower and row.
func appendClaim(b, id, borrowerID []byte, file int, num int64) []byte {
	b = spill.AppendText(appendIDKey(b, id), borrowerID)
	return spill.AppendInt(spill.AppendInt(b, int64(file)), num)
}

// appendIDKey writes the key of an id of a contact, in the order of the book's.
func appendIDKey(b, id []byte) []byte {
	return spill.AppendText(binary.BigEndian.AppendUint64(b, store.Hash(id)), id)
}

// A claim is what appendClaim wrote.
type claim struct {
	key      []byte // of the id
	hash     uint64
	id       []byte
	borrower []byte
	file     int
	num      int64
}

func readClaim(rec []byte) (c claim, err error) {
	if len(rec) < 8 {
		return c, rows.ErrDamaged
	}
	d := spill.Record{B: rec[8:]}
	c.hash, c.id = binary.BigEndian.Uint64(rec), d.Text()
	c.key = rec[:len(rec)-len(d.B)]
	c.borrower = d.Text()
	c.file, c.num = int(d.Int()), d.Int()
	if d.Bad {
		return c, rows.ErrDamaged
	}
	return c, nil
}

// NightOf is what holds for every borrower of a night.
func NightOf(date civil.Date, rules *treat.Rules, zones *Zones) borrower.Night {
	return borrower.Night{
		Date: date, Earliest: zones.StartOf(date - civil.Date(rules.RetentionDays)), End: zones.StartOf(date + 2),
		HorizonDays: rules.Promises.HorizonDays, GraceDays: rules.Promises.GraceDays, ReviewDays: rules.Hardship.ReviewDays,
		RetentionDays: rules.RetentionDays,
		LocalDate:     func(r *borrower.Record, at int64) civil.Date { return rules.LocalDate(r, zones, at) },
	}
}

// EachFlag calls fn with the flags of borrowers of a partition that their night looks at, in
// the order in which it takes them, before they are worked. It is for one of a number of
// workers.
func (g *Gathering) EachFlag(ctx context.Context, q, workers int, fn func(id string, f borrower.Flag)) error {
	if !g.flagged.Load() {
		return nil
	}
	budget := g.budget(workers)
	ranges, err := rows.Ranges(ctx, q, budget, g.rows)
	if err != nil {
		return err
	}
	var sorted rows.Sorted
	beyond := func([]byte) {} // refused where the borrower's night is worked
	for _, r := range ranges {
		if err := g.rows.LoadUpTo(ctx, rows.FlagRow, q, r, budget, &sorted, beyond); err != nil {
			return err
		}
		sorted.Sort()
		sorted.Prune(beyond)
		for _, ref := range sorted.Refs {
			h := rows.ParseHead(ref.Row)
			if h.Kind != rows.FlagRow {
				continue
			}
			f, err := rows.ReadFlag(h.Body)
			if err != nil {
				return err
			}
			fn(string(rows.IDOf(ref.Row)), f)
		}
	}
	return nil
}

// budget is the bytes of rows that one of a number of workers may sort at once.
func (g *Gathering) budget(workers int) int64 { return max(g.memory/int64(8*max(workers, 1)), 1<<20) }
