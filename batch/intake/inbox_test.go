package intake

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// plant makes an inbox of one small file of repayments under each of the paths
// that end in it, of nothing under the others, and of folders under those that
// end in a slash.
func plant(t testing.TB, paths ...string) string {
	t.Helper()
	b := encode(t, 2, base(Repayments))
	dir := t.TempDir()
	for _, p := range paths {
		path := filepath.Join(dir, p)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(p, "/") {
			if err := os.MkdirAll(path, 0o700); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// inspected returns the names of an inbox's files, and of what is not read.
func inspected(t testing.TB, dir string) (files, unread []string) {
	t.Helper()
	in, err := Inspect(t.Context(), dir, Options{Scale: 2}, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range in.Files {
		if f.Index != i || f.Rows != 2 || f.Kind != Repayments {
			t.Errorf("file %d, %s: index %d, %d rows of %v", i, f.Name, f.Index, f.Rows, f.Kind)
		}
		files = append(files, f.Name)
	}
	for _, u := range in.Unread {
		unread = append(unread, u.Path)
		if u.Why == "" {
			t.Errorf("%s: no reason", u.Path)
		}
	}
	return files, unread
}

// What lies in an inbox is read, or named, or of those that hold no rows.
func TestEveryEntryIsAccountedFor(t *testing.T) {
	for _, c := range []struct {
		name          string
		paths         []string
		files, unread []string
	}{
		{"nothing", nil, nil, nil},
		{"files", []string{"repayments-2.parquet", "repayments.parquet", "repayments-1.PARQUET"},
			[]string{"repayments-1.PARQUET", "repayments-2.parquet", "repayments.parquet"}, nil},
		{"folders of part files, as Spark writes them",
			[]string{"repayments/part-00001-c000.snappy.parquet", "repayments/part-00000-c000.snappy.parquet", "repayments/_SUCCESS",
				"repayments/._SUCCESS.crc", "repayments/.part-00000-c000.snappy.parquet.crc", "repayments/_committed_77", "repayments/_metadata",
				"repayments.parquet/x.parquet", "repayments-2026.02.15/0.parquet", "repayments-0001.parquet"},
			[]string{"repayments-0001.parquet", "repayments-2026.02.15/0.parquet", "repayments.parquet/x.parquet",
				"repayments/part-00000-c000.snappy.parquet", "repayments/part-00001-c000.snappy.parquet"}, nil},
		{"what may only be in a folder of a kind", []string{"repayments/a.parquet", "repayments/b.parq", "repayments/c.parquet.tmp", "repayments/d.csv", "repayments/e"},
			[]string{"repayments/a.parquet"}, []string{"repayments/b.parq", "repayments/c.parquet.tmp", "repayments/d.csv", "repayments/e"}},
		{"partitions", []string{"repayments/value_date=2026-02-15/part-0.parquet", "repayments/sub/part-0.parquet"}, nil,
			[]string{"repayments/sub/", "repayments/value_date=2026-02-15/"}},
		{"folders of no kind", []string{"2026-02-15/repayments-0001.parquet", "archive/", "repayments_1/a.parquet", "Repayments/a.parquet"}, nil,
			[]string{"2026-02-15/", "Repayments/", "archive/", "repayments_1/"}},
		{"other endings", []string{"repayments-0001.parq", "repayments-0001.pq", "repayments-0001", "repayments-0001.parquet.tmp",
			"repayments-0001.parquet.gz", "repayments-0001.csv", "notes.txt", "repayments-0001.parquet."}, nil,
			[]string{"notes.txt", "repayments-0001", "repayments-0001.csv", "repayments-0001.parq", "repayments-0001.parquet.",
				"repayments-0001.parquet.gz", "repayments-0001.parquet.tmp", "repayments-0001.pq"}},
		{"marks", []string{"_SUCCESS", "_metadata", ".DS_Store", ".repayments.parquet.crc", "repayments.parquet.crc", "._repayments.parquet", ".git/x"}, nil, nil},
		{"a delivery without rows", []string{"repayments/_SUCCESS"}, nil, nil},
		{"a delivery that did not arrive", []string{"repayments/", "loans/.DS_Store"}, nil, []string{"loans/", "repayments/"}},
		{"transfers under way", []string{".repayments-2.parquet.a8Xyz", "_repayments-3.parquet.part", ".repayments-4.parquet", "_metadata", "._repayments.parquet",
			".repayments-1.parquet.crc", "repayments/.part-0.parquet.x7", "_temporary/part-0.parquet", "repayments/_SUCCESS"}, nil,
			[]string{".repayments-2.parquet.a8Xyz", "_repayments-3.parquet.part", "_temporary/", "repayments/.part-0.parquet.x7"}},
		{"a kind that is none", []string{"payments-1.parquet", "part-0.parquet"}, nil, []string{"part-0.parquet", "payments-1.parquet"}},
		{"a job that still writes", []string{"repayments/a.parquet", "repayments/_temporary/0/b.parquet"}, []string{"repayments/a.parquet"}, []string{"repayments/_temporary/"}},
		{"tables with rows that no longer count", []string{"repayments/a.parquet", "repayments/_delta_log/0.json", "repayments/b.csv",
			"repayments-h/a.parquet", "repayments-h/.hoodie/x", "repayments-s/a.parquet", "repayments-s/_spark_metadata/0"},
			nil, []string{"repayments-h/", "repayments-s/", "repayments/"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			files, unread := inspected(t, plant(t, c.paths...))
			if !slices.Equal(files, c.files) || !slices.Equal(unread, c.unread) {
				t.Errorf("%q\ngot  %q, unread %q\nwant %q, unread %q", c.paths, files, unread, c.files, c.unread)
			}
		})
	}
}

// FuzzInbox draws names: whatever they are, an entry is a file, or a fault that
// names it, or unread, or a mark.
func FuzzInbox(f *testing.F) {
	for _, s := range []string{"repayments", "repayments.parquet", "_SUCCESS", "x.crc", "2026-02-15", "loans-1.parq", "repayments..parquet", "a\nb", "贷款.parquet", "\xff"} {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, name string, folder bool) {
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") || len(name) > 200 {
			t.Skip()
		}
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		if folder {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Skip(err)
			}
			path = filepath.Join(path, "part-0.parquet")
		}
		if err := os.WriteFile(path, []byte("PAR1"), 0o600); err != nil {
			t.Skip(err)
		}
		in, err := Inspect(t.Context(), dir, Options{Scale: 2}, 1)
		switch {
		case err != nil: // the file is none, and is named
			if !strings.HasPrefix(err.Error(), NameOf(name)) {
				t.Errorf("%q: %v", name, err)
			}
		case isMarker(name):
			if len(in.Files)+len(in.Unread) > 0 {
				t.Errorf("%q: %v", name, in)
			}
		case len(in.Unread) != 1 || strings.TrimSuffix(in.Unread[0].Path, "/") != NameOf(name):
			t.Errorf("%q: unread %v", name, in.Unread)
		}
	})
}
