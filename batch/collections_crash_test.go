//go:build unix

package batch

import (
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// someNights closes nights of the random year, with a queue key, and leaves the files of one
// more: the night that is drawn after them.
func someNights(t *testing.T, jurisdiction string, seed uint64, nights int) (l *lender, next string) {
	t.Helper()
	y := newCQYear(t, jurisdiction, seed, false)
	y.l.o.QueueKey = testQueueKey
	for range nights {
		y.night()
	}
	next = cqDate(y.b)
	y.draw().write(t, y.l.in(next))
	return y.l, next
}

// exported reads the tasks that OUT has of a night: borrower, channel, attempts, contact day
// and loans by key; ok is false where it has no file of a queue.
func exported(t *testing.T, l *lender, date string) (tasks map[string]string, ok bool) {
	t.Helper()
	err := filepath.WalkDir(l.o.Out, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") { // not published
			return fs.SkipDir
		}
		ok = ok || strings.Contains(path, "/"+date+"/queue/")
		return nil
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if !ok {
		return nil, false
	}
	covered := map[string][]string{}
	for _, row := range l.cqQueue(date, "task_loans") {
		if row["covered"] == "true" {
			covered[row["task_key"]] = append(covered[row["task_key"]], row["loan_id"])
		}
	}
	tasks = map[string]string{}
	for _, row := range l.cqQueue(date, "tasks") {
		key := row["task_key"]
		tasks[key] = fmt.Sprint(row["borrower_id"], " ", row["contact_on"], " ", row["channel"], " ", row["attempts"], " ", covered[key])
	}
	return tasks, true
}

// keptTasks reads the tasks that the book keeps, as exported has them, of a contact day, and
// whose each key is.
func keptTasks(t *testing.T, l *lender, on civil.Date) (tasks, owners map[string]string) {
	t.Helper()
	b, err := store.OpenReadOnly(l.o.Book, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	tasks, owners = map[string]string{}, map[string]string{}
	scan := func(space store.Space, fn func(id string, rec []byte) error) {
		s, err := b.Scan(space, civil.None, 0, store.Partitions)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for s.Next() {
			if err := fn(string(s.ID()), s.Record()); err != nil {
				t.Fatal(err)
			}
		}
		if s.Err() != nil {
			t.Fatal(s.Err())
		}
	}
	scan(store.Treatments, func(id string, rec []byte) error {
		x, err := record.ReadTreatment(rec)
		for _, k := range x.Tasks {
			if k.On == on {
				tasks[k.Key] = fmt.Sprint(id, " ", k.On, " ", k.Channel, " ", k.Attempts, " ", k.Loans)
			}
		}
		return err
	})
	scan(store.TaskKeys, func(key string, rec []byte) error {
		owner, err := record.ReadContactID(rec)
		owners[key] = string(owner)
		return err
	})
	return tasks, owners
}

// bookKnowsTasks: OUT has no queue of the night, or the book has just its tasks, and leads
// from their keys to their borrowers.
func bookKnowsTasks(t *testing.T, l *lender, what, date string) {
	t.Helper()
	out, ok := exported(t, l, date)
	if !ok {
		return
	}
	kept, owners := keptTasks(t, l, day(t, date)+1)
	if !maps.Equal(out, kept) || len(out) == 0 {
		t.Errorf("%s: OUT has the tasks %v, the book %v", what, out, kept)
	}
	for key, task := range out {
		if !strings.HasPrefix(task, owners[key]+" ") || owners[key] == "" {
			t.Errorf("%s: the key %s of %s leads to %q", what, key, task, owners[key])
		}
	}
}

// TestKilledQueue: a night with tasks that is killed at any boundary, or at any moment, leaves
// no task that the book does not know, and ends in the bytes of the undisturbed night.
func TestKilledQueue(t *testing.T) {
	l, next := someNights(t, "cn", 5, 8)
	book, out := l.o.Book, l.o.Out
	copyTree(t, filepath.Join(l.dir, "book0"), book)
	copyTree(t, filepath.Join(l.dir, "out0"), out)
	began := time.Now()
	l.close(next)
	took := time.Since(began)
	wantOut, wantBook := digest(t, out), contents(t, book)
	bookKnowsTasks(t, l, "undisturbed", next)
	secret := "DAYBOOK_QUEUE_KEY=" + hex.EncodeToString(testQueueKey)
	again := func(what string) {
		t.Helper()
		bookKnowsTasks(t, l, what, next)
		if text, err := runProcess(l.dir, next, secret); err != nil {
			t.Errorf("%s, then again: %v %s", what, err, text)
			return
		}
		if digest(t, out) != wantOut || contents(t, book) != wantBook {
			t.Errorf("%s, then again: other outputs or another book", what)
		}
		bookKnowsTasks(t, l, what+", then again", next)
	}
	restore := func() {
		os.RemoveAll(book)
		os.RemoveAll(out)
		copyTree(t, book, filepath.Join(l.dir, "book0"))
		copyTree(t, out, filepath.Join(l.dir, "out0"))
	}
	for _, at := range boundaries {
		restore()
		if _, err := runProcess(l.dir, next, secret, "DAYBOOK_KILL_AT="+at); err == nil {
			t.Errorf("the close was not killed when %s", at)
		}
		if _, has := exported(t, l, next); has != (at == "published") {
			t.Errorf("killed when %s: OUT has a queue: %t", at, has)
		}
		again("killed when " + at)
	}
	// Once committed the night is published without the secret as well: it is closed.
	restore()
	if _, err := runProcess(l.dir, next, secret, "DAYBOOK_KILL_AT=committed"); err == nil {
		t.Error("the close was not killed")
	}
	if text, err := runProcess(l.dir, next); err != nil || digest(t, out) != wantOut || contents(t, book) != wantBook {
		t.Errorf("killed when committed, then again without the secret: %v %s", err, text)
	}
	if testing.Short() {
		return
	}
	const moments = 6
	for i := range moments {
		restore()
		c := process(l.dir, next, secret)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(took * time.Duration(i+1) / moments)
		_ = c.Process.Kill()
		_ = c.Wait()
		again("killed at a random moment")
	}
}

// TestQueueIsPublishedAgain: closing a night again, with its secret or another or none, and a
// dry run export nothing; and `report` brings the night back from the book without the secret,
// when OUT is gone. The random year does it with nights of all kinds.
func TestQueueIsPublishedAgain(t *testing.T) {
	l, next := someNights(t, "us", 3, 6)
	before := contents(t, l.o.Book)
	l.o.DryRun = true
	if _, err := l.try(next); err != nil {
		t.Fatal(err)
	}
	if l.o.DryRun = false; contents(t, l.o.Book) != before {
		t.Error("a dry run exports something")
	}
	l.close(next)
	folder := filepath.Join(l.o.Out, next)
	want, book := digest(t, folder), contents(t, l.o.Book)
	if book == before || len(l.cqQueue(next, "tasks")) == 0 {
		t.Error("the night has no tasks: it shows nothing")
	}
	for what, secret := range map[string][]byte{"its secret": testQueueKey, "no secret": nil, "another secret": []byte("another secret, 32 bytes of it..")} {
		l.o.QueueKey = secret
		if s := l.close(next); !s.Again || contents(t, l.o.Book) != book || digest(t, folder) != want {
			t.Errorf("closed again with %s: %t, or other bytes", what, s.Again)
		}
	}
	if err := os.RemoveAll(l.o.Out); err != nil {
		t.Fatal(err)
	}
	if _, err := publish.Report(t.Context(), openRead(t, l), publish.ReportOptions{Out: l.o.Out, Date: civil.None}); err != nil {
		t.Fatal(err)
	}
	if got := digest(t, folder); got != want {
		t.Errorf("without OUT another night is published: %v", differing(got, want))
	}
}
