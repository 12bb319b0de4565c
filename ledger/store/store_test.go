package store

import (
	"testing"

	"daybook/ledger/civil"

	"github.com/cockroachdb/pebble/v2/vfs"
)

func TestSmoke(t *testing.T) {
	for _, dir := range []string{"", t.TempDir() + "/book"} {
		var o Options
		if dir == "" {
			o.FS, dir = vfs.NewMem(), "book"
		}
		b, err := Create(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			d := civil.Date(20000 + i)
			n, err := b.Begin(d)
			if err != nil {
				t.Fatal(err)
			}
			p, _ := n.Part(0, 256)
			if err := p.AddLoan(Hash([]byte("a")), []byte("a"), []byte("rec")); err != nil {
				t.Fatal(err)
			}
			p.AddJournal(Hash([]byte("a")), []byte("a"), []byte("entry"))
			p.AddHeld(Hash([]byte("a")), []byte("a"), []byte("i"), []byte("entry"))
			if _, err := p.Finish(); err != nil {
				t.Fatal(err)
			}
			n.PutNight([]byte("night"))
			if err := n.Commit(); err != nil {
				t.Fatal(err)
			}
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			r, err := OpenReadOnly(dir, o)
			if err != nil {
				t.Fatal(err)
			}
			err = r.CheckFiles(t.Context(), 1, func(f Fault) { t.Error(f.Error()) })
			if err != nil {
				t.Fatal(err)
			}
			s, _ := r.Loans(0, 256)
			for s.Next() {
				t.Logf("%s %s", s.ID(), s.Record())
			}
			s.Close()
			t.Log(r.Nights())
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			names, _ := b.fs.List(b.path(dbName))
			t.Log(names)
			data, _ := readFile(b.fs, b.path(sealName))
			t.Logf("%s", data)
			b, err = Open(dir, o)
			if err != nil {
				t.Fatal(err)
			}
		}
		b.Close()
	}
}
