package batch

import (
	"path/filepath"
	"strings"
	"testing"

	"daybook/ledger/borrower"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// TestVerifyFindsForgedTasks: what was done about borrowers and the keys of their tasks are
// held to the night's digests and, where these were forged as well, to each other.
func TestVerifyFindsForgedTasks(t *testing.T) {
	l := boundsLender(t)
	write(t, l.in("2026-04-10"), "loans-a", append(boundsLoans(t, "B", 2), boundsLoans(t, "C", 1)...))
	inNewYork(t, l, "2026-04-10", "B", "C")
	l.close("2026-04-10")
	l.close("2026-04-11")
	if n := len(l.cqQueue("2026-04-11", "tasks")); n != 2 {
		t.Fatalf("%d tasks", n)
	}
	key := only(l.cqQueue("2026-04-10", "tasks"), "borrower_id", "B")[0]["task_key"]
	treatment := func(change func(t *borrower.Treatment)) func(rec []byte) []byte {
		return func(rec []byte) []byte {
			x, err := record.ReadTreatment(rec)
			if err != nil {
				t.Fatal(err)
			}
			change(&x)
			return record.AppendTreatment(nil, &x)
		}
	}
	gone := func([]byte) []byte { return nil }
	short := func(rec []byte) []byte { return rec[:len(rec)-1] }
	for _, x := range []struct {
		name   string
		space  store.Space
		id     string
		change func(rec []byte) []byte
		sealed bool
		want   string
	}{
		{"another day", store.Treatments, "B", treatment(func(t *borrower.Treatment) { t.Tasks[0].On-- }), false, "treatments, partition"},
		{"a key that is gone", store.TaskKeys, key, gone, false, "keys of tasks, partition"},
		{"a key that is gone, sealed", store.TaskKeys, key, gone, true, `borrower "B": he has the task "` + key + `", the list of keys does not have it as his`},
		{"a treatment that is gone", store.Treatments, "B", gone, true, `task "` + key + `": the list of keys has it as that of borrower "B", who does not have it`},
		{"a task that is gone", store.Treatments, "B", treatment(func(t *borrower.Treatment) { t.Tasks = t.Tasks[1:] }), true, `task "` + key + `": the list of keys has it as`},
		{"a task of another key", store.Treatments, "B", treatment(func(t *borrower.Treatment) { t.Tasks[0].Key = "00000000000000000000" }), true, `he has the task "00000000000000000000"`},
		{"a key of another", store.TaskKeys, key, func([]byte) []byte { return record.AppendContactID(nil, []byte("C")) }, true, `has it as that of borrower "C", who does not have it`},
		{"a key of nobody", store.TaskKeys, key, func([]byte) []byte { return record.AppendContactID(nil, []byte("X")) }, true, `has it as that of borrower "X", who does not have it`},
		{"the same task twice", store.Treatments, "B", treatment(func(t *borrower.Treatment) { t.Tasks[1].Key = t.Tasks[0].Key }), true, "does not have it"},
		{"a damaged key", store.TaskKeys, key, func(rec []byte) []byte { return rec[:1] }, true, "is damaged"},
		{"a damaged treatment", store.Treatments, "B", short, true, "is damaged"},
	} {
		f := &forger{digests: x.sealed, people: func(space store.Space, id string, rec []byte) []byte {
			if space == x.space && id == x.id {
				return x.change(rec)
			}
			return rec
		}}
		_, faults := f.faults(t, l.o.Book)
		if all := strings.Join(faults, "\n"); !strings.Contains(all, x.want) {
			t.Errorf("%s: want %q, got\n%s", x.name, x.want, all)
		}
	}
}

// TestDamagedTreatmentStopsTheNight: with an error that names the partition, and nobody.
func TestDamagedTreatmentStopsTheNight(t *testing.T) {
	l := boundsLender(t)
	write(t, l.in("2026-04-10"), "loans-a", boundsLoans(t, "BORROWERMARK", 1))
	l.close("2026-04-10")
	folder := filepath.Join(t.TempDir(), "book")
	f := &forger{digests: true, people: func(space store.Space, _ string, rec []byte) []byte {
		if space == store.Treatments {
			return rec[:len(rec)-1]
		}
		return rec
	}}
	f.forge(t, folder, l.o.Book)
	l.o.Book, l.o.Policy = folder, nil
	_, err := l.try("2026-04-11")
	if err == nil || !strings.Contains(err.Error(), "borrowers, partition") || strings.Contains(err.Error(), "BORROWERMARK") {
		t.Errorf("a damaged treatment: %v", err)
	}
}
