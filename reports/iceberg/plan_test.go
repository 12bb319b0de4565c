package iceberg

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"pgregory.net/rapid"
)

const (
	day   = civil.Date(20780) // 2026-11-23
	noon  = int64(1795485600000)
	place = "s3://b/iceberg/daybook/loans"
)

var columns = []Column{
	{1, "business_date", true, Date, ""}, {2, "loan_id", true, String, ""}, {3, "balance", true, Decimal(18, 2), ""}, {4, "dpd", false, Int, ""},
}

// table is a table that grows, and the files that it refers to.
type table struct {
	m     *Metadata
	files map[string][]byte
	n     int // versions
}

func newTable(t rapid.TB) *table {
	t.Helper()
	m, err := New(&Declared{
		UUID: "11111111-2222-4333-8444-555555555555", Location: place, Root: "s3://b", Millis: noon, Schema: Schema{Columns: columns}, SortBy: "loan_id",
	})
	if err != nil {
		t.Fatal(err)
	}
	return &table{m: m, files: map[string][]byte{}}
}

func (x *table) at() *Table {
	file := ""
	if x.n > 0 {
		file = fmt.Sprintf("%s/metadata/v%d.metadata.json", place, x.n)
	}
	return &Table{Metadata: x.m, File: file, Folder: place + "/metadata", Millis: noon + int64(x.n)*1000, Read: x.read}
}

func (x *table) read(path string) ([]byte, error) {
	b, is := x.files[path]
	if !is {
		return nil, fmt.Errorf("%s is not there", path)
	}
	return b, nil
}

// night gives the table a night, and returns what it did.
func (x *table) night(t rapid.TB, d civil.Date, names ...string) string {
	t.Helper()
	n := Night{Date: d, Schema: Schema{Columns: columns}, Properties: map[string]string{"daybook.software": "test"}}
	for _, name := range names {
		n.Files = append(n.Files, fileOf(d, name))
	}
	return x.plan(t, &n)
}

func (x *table) plan(t rapid.TB, n *Night) string {
	t.Helper()
	c, err := Plan(x.at(), n)
	if err != nil {
		t.Fatal(err)
	}
	if c == nil {
		return ""
	}
	again, err := Plan(x.at(), n)
	if err != nil || !reflect.DeepEqual(c, again) {
		t.Fatalf("planned again it is another commit: %v", err)
	}
	for _, f := range c.Files {
		if x.files[f.Path] != nil {
			t.Fatalf("%s is written twice", f.Path)
		}
		x.files[f.Path] = f.Bytes
	}
	x.put(t, c.Metadata)
	return c.Snapshot.Summary["operation"]
}

// put writes metadata, and takes what is read back as the table.
func (x *table) put(t rapid.TB, m *Metadata) {
	t.Helper()
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeMetadata(b)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := back.Encode(); err != nil || !bytes.Equal(again, b) {
		t.Fatalf("metadata changes when it is read: %v\n%s\n%s", err, again, b)
	}
	x.m, x.n = back, x.n+1
}

// live are the files of the table, such as 2026-11-23/a.
func (x *table) live(t rapid.TB) (names []string) {
	t.Helper()
	files, err := Files(x.m, x.read)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		names = append(names, strings.TrimPrefix(f.Path, "s3://b/loans/"))
	}
	return names
}

func fileOf(d civil.Date, name string) DataFile {
	return DataFile{
		Path: fmt.Sprintf("s3://b/loans/%s/%s", d, name), Date: d, Rows: 10, Bytes: 1000, SplitOffsets: []int64{4, 500},
		Columns: []ColumnStats{
			{ID: 1, Bytes: 40, Values: 10, Lower: dateBound(d), Upper: dateBound(d)},
			{ID: 2, Bytes: 90, Values: 10, Lower: []byte{}, Upper: []byte("L9")},
			{ID: 3, Bytes: 80, Values: 10, Lower: []byte{0xff}, Upper: []byte{0, 0x80}},
			{ID: 4, Bytes: 30, Values: 10, Nulls: 10},
		},
	}
}

func TestPlan(t *testing.T) {
	x := newTable(t)
	for _, step := range []struct {
		night civil.Date
		files string
		did   string
		live  string
	}{
		{day, "a b", "append", "2026-11-23/a 2026-11-23/b"},
		{day, "b a", "", "2026-11-23/a 2026-11-23/b"},
		{day + 1, "a", "append", "2026-11-23/a 2026-11-23/b 2026-11-24/a"},
		{day, "b c", "overwrite", "2026-11-23/b 2026-11-23/c 2026-11-24/a"},
		{day, "b", "overwrite", "2026-11-23/b 2026-11-24/a"},
		{day, "b d", "overwrite", "2026-11-23/b 2026-11-23/d 2026-11-24/a"},
		{day + 1, "", "delete", "2026-11-23/b 2026-11-23/d"},
		{day + 1, "", "", "2026-11-23/b 2026-11-23/d"},
		{day - 1, "a", "append", "2026-11-22/a 2026-11-23/b 2026-11-23/d"},
		{day + 1, "a", "append", "2026-11-22/a 2026-11-23/b 2026-11-23/d 2026-11-24/a"},
	} {
		did := x.night(t, step.night, strings.Fields(step.files)...)
		if live := strings.Join(x.live(t), " "); did != step.did || live != step.live {
			t.Errorf("night %s of %q: did %q and has %q, want %q and %q", step.night, step.files, did, live, step.did, step.live)
		}
	}
	last := x.m.Snapshots[len(x.m.Snapshots)-1]
	want := map[string]string{
		"operation": "append", "daybook.business-date": "2026-11-24", "daybook.software": "test",
		"added-data-files": "1", "added-records": "10", "added-files-size": "1000", "changed-partition-count": "1",
		"total-data-files": "4", "total-records": "40", "total-files-size": "4000",
		"total-delete-files": "0", "total-position-deletes": "0", "total-equality-deletes": "0",
	}
	if !reflect.DeepEqual(last.Summary, want) {
		t.Errorf("summary %v, want %v", last.Summary, want)
	}
}

// Manifests of other nights stay as they are, and a file keeps the sequence number of the
// commit that added it.
func TestManifestsOfAReplacedNight(t *testing.T) {
	x := newTable(t)
	x.night(t, day, "a", "b")
	x.night(t, day+1, "a")
	other, err := Manifests(x.m.head(), x.read)
	if err != nil {
		t.Fatal(err)
	}
	x.night(t, day, "b", "c")
	manifests, err := Manifests(x.m.head(), x.read)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range manifests {
		m := &manifests[i]
		entries, err := entriesOf(m, x.read)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			of := slices.IndexFunc(x.m.Snapshots, func(s Snapshot) bool { return s.ID == e.Snapshot })
			got = append(got, fmt.Sprintf("m%d seq %d from %d: %s status %d seq %d %d snapshot %d order %d", i, m.Sequence, m.MinSequence,
				strings.TrimPrefix(e.File.Path, "s3://b/loans/"), e.Status, e.Sequence, e.FileSequence, of, e.File.SortOrder))
		}
	}
	want := []string{
		"m0 seq 3 from 3: 2026-11-23/c status 1 seq 3 3 snapshot 2 order 1",
		"m1 seq 3 from 1: 2026-11-23/a status 2 seq 1 1 snapshot 2 order 1",
		"m1 seq 3 from 1: 2026-11-23/b status 0 seq 1 1 snapshot 0 order 1",
		"m2 seq 2 from 2: 2026-11-24/a status 1 seq 2 2 snapshot 1 order 1",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !reflect.DeepEqual(manifests[2], other[0]) {
		t.Errorf("the other night's manifest is %+v, want %+v", manifests[2], other[0])
	}
}

func TestFileRoundTrip(t *testing.T) {
	x := newTable(t)
	x.night(t, day, "a")
	got, err := Files(x.m, x.read)
	want := fileOf(day, "a")
	want.SortOrder = 1
	back := fileOf(day, "a")
	slices.Reverse(back.Columns)
	if x := newTable(t); x.plan(t, &Night{Date: day, Schema: Schema{Columns: columns}, Files: []DataFile{back}}) == "" || !reflect.DeepEqual(first(t, x), want) {
		t.Errorf("columns in another order: got %+v\nwant %+v", first(t, x), want)
	}
	if err != nil || !reflect.DeepEqual(got, []DataFile{want}) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

func first(t *testing.T, x *table) DataFile {
	t.Helper()
	files, err := Files(x.m, x.read)
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	return files[0]
}

// A column and the first files that have it are one commit; a night that is refused leaves
// nothing.
func TestPlanOfANewColumn(t *testing.T) {
	x := newTable(t)
	x.night(t, day, "a")
	wide := append(slices.Clone(columns), Column{9, "note", false, String, ""})
	if did := x.plan(t, &Night{Date: day + 1, Schema: Schema{Columns: wide}, Files: []DataFile{fileOf(day+1, "a")}}); did != "append" {
		t.Errorf("did %q", did)
	}
	s := x.m.Schema()
	if x.m.SchemaID != 1 || x.m.LastColumn != 9 || !reflect.DeepEqual(s.Columns, wide) || *x.m.head().SchemaID != 1 || *x.m.Snapshots[0].SchemaID != 0 {
		t.Errorf("schema %d %+v, last column %d", x.m.SchemaID, s, x.m.LastColumn)
	}
	if got, want := x.m.Properties[nameMapping], s.mapping(); got != want {
		t.Errorf("name mapping %s, want %s", got, want)
	}
	x.night(t, day+2, "a") // of a program from before
	if x.m.SchemaID != 1 || len(x.m.Schemas) != 2 {
		t.Errorf("an older night made the schema %d", x.m.SchemaID)
	}
	renamed := slices.Clone(columns)
	renamed[3].Name = "days"
	_, err := Plan(x.at(), &Night{Date: day + 3, Schema: Schema{Columns: renamed}, Files: []DataFile{fileOf(day+3, "a")}})
	if err == nil || !strings.Contains(err.Error(), "column days") {
		t.Errorf("a renamed column: %v", err)
	}
}

func TestPlanRefuses(t *testing.T) {
	x := newTable(t)
	x.night(t, day, "a")
	change := func(do func(*DataFile)) []DataFile {
		f := fileOf(day, "b")
		do(&f)
		return []DataFile{f}
	}
	for _, n := range []struct {
		files []DataFile
		says  string
	}{
		{[]DataFile{fileOf(day, "b"), fileOf(day, "b")}, "named twice"},
		{[]DataFile{fileOf(day+1, "b")}, "not of the night"},
		{change(func(f *DataFile) { f.Path = "" }), "no path"},
		{change(func(f *DataFile) { f.Rows = -1 }), "-1 rows"},
		{change(func(f *DataFile) { f.Bytes = 0 }), "0 bytes"},
		{change(func(f *DataFile) { f.SplitOffsets = []int64{9, 4} }), "do not ascend"},
		{change(func(f *DataFile) { f.Columns[0].ID = 77 }), "column 77"},
		{change(func(f *DataFile) { f.Columns[1].ID = 1 }), "column 1 twice"},
		{change(func(f *DataFile) { f.Columns[1].Nulls = 11 }), "11 nulls in 10"},
		{make([]DataFile, filesMax+1), "at most"},
	} {
		_, err := Plan(x.at(), &Night{Date: day, Schema: Schema{Columns: columns}, Files: n.files})
		if err == nil || !strings.Contains(err.Error(), n.says) {
			t.Errorf("%v, want %q", err, n.says)
		}
	}
	if _, err := Plan(x.at(), &Night{Date: civil.None}); err == nil {
		t.Error("a night without a date was planned")
	}
	for name, damage := range map[string]func(*Metadata){
		"format version": func(m *Metadata) { m.Format = 3 },
		"no schema":      func(m *Metadata) { m.SchemaID = 9 },
		"partitioned":    func(m *Metadata) { m.Specs[0].Fields = nil },
		"no snapshot":    func(m *Metadata) { id := int64(7); m.Current = &id },
	} {
		at := x.at()
		at.Metadata = x.m.clone()
		damage(at.Metadata)
		if _, err := Plan(at, &Night{Date: day}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The commit of a random history leaves the files that a map of nights has; each snapshot
// adds up, and what is deleted after snapshots expired is nothing that is needed.
func TestRandomHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, model := newTable(t), map[civil.Date][]string{}
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			d := day + civil.Date(rapid.IntRange(0, 4).Draw(t, "day"))
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				expireAndCheck(t, x, noon+int64(rapid.IntRange(0, 30).Draw(t, "before"))*1000)
			case 1:
				x.compact(t)
			default:
				files := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 4, rapid.ID).Draw(t, "files")
				did := x.night(t, d, files...)
				slices.Sort(files)
				if (did == "") != slices.Equal(model[d], files) {
					t.Fatalf("night %s from %q to %q did %q", d, model[d], files, did)
				}
				model[d] = files
			}
			checkModel(t, x, model)
		}
	})
}

func checkModel(t rapid.TB, x *table, model map[civil.Date][]string) {
	t.Helper()
	var want []string
	for _, d := range slices.Sorted(maps.Keys(model)) {
		for _, f := range model[d] {
			want = append(want, d.String()+"/"+f)
		}
	}
	if got := x.live(t); !slices.Equal(got, want) {
		t.Fatalf("files %q, want %q", got, want)
	}
	head := x.m.head()
	if head == nil {
		return
	}
	if got := head.Summary["total-records"] + " " + head.Summary["total-files-size"]; got != fmt.Sprint(10*len(want), " ", 1000*len(want)) {
		t.Fatalf("totals %s of %d files", got, len(want))
	}
	if head.Sequence != x.m.LastSequence || x.m.Refs["main"].Snapshot != head.ID || x.m.SnapshotLog[len(x.m.SnapshotLog)-1].Snapshot != head.ID {
		t.Fatalf("the current snapshot is %+v in %+v", head, x.m)
	}
	ids := map[int64]bool{}
	for _, s := range x.m.Snapshots {
		if s.ID <= 0 || s.ID > freeIDMax || ids[s.ID] {
			t.Fatalf("snapshot id %d", s.ID)
		}
		ids[s.ID] = true
	}
}

// compact is what another writer may do: one manifest for all nights.
func (x *table) compact(t rapid.TB) {
	head := x.m.head()
	if head == nil {
		return
	}
	manifests, err := Manifests(head, x.read)
	if err != nil {
		t.Fatal(err)
	}
	var entries []Entry
	for i := range manifests {
		all, err := entriesOf(&manifests[i], x.read)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if e.live() {
				e.Status = Existing
				entries = append(entries, e)
			}
		}
	}
	if len(entries) == 0 {
		return
	}
	m := x.m.clone()
	m.LastSequence++
	s := Snapshot{ID: 1 + int64(x.n), Parent: m.Current, Sequence: m.LastSequence, Millis: m.UpdatedMillis, Summary: maps.Clone(head.Summary), SchemaID: &m.SchemaID}
	delete(s.Summary, DateProperty)
	b, err := EncodeManifest(m.Schema(), 0, entries)
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("%s/metadata/other-%d.avro", place, x.n)
	x.files[path] = b
	list, err := EncodeManifestList(&s, []Manifest{describe(path, len(b), entries, s.ID, s.Sequence)})
	if err != nil {
		t.Fatal(err)
	}
	s.ManifestList = fmt.Sprintf("%s/metadata/other-list-%d.avro", place, x.n)
	x.files[s.ManifestList] = list
	m.Snapshots = append(m.Snapshots, s)
	m.Current = &s.ID
	m.SnapshotLog = append(m.SnapshotLog, SnapshotEntry{s.Millis, s.ID})
	m.Refs["main"] = Ref{Snapshot: s.ID, Type: "branch"}
	x.put(t, m)
}

func expireAndCheck(t rapid.TB, x *table, before int64) {
	t.Helper()
	e, err := Expire(x.at(), before)
	if err != nil {
		t.Fatal(err)
	}
	if e == nil {
		return
	}
	newest := map[string]int64{}
	for _, s := range x.m.Snapshots {
		newest[s.Summary[DateProperty]] = s.ID
	}
	x.put(t, e.Metadata)
	for _, path := range e.Unreferenced {
		delete(x.files, path)
	}
	for date, id := range newest {
		if date != "" && x.m.Snapshot(id) == nil {
			t.Fatalf("the newest snapshot of %s is gone", date)
		}
	}
	for i := range x.m.Snapshots { // each can still be read
		at := x.m.clone()
		at.Current = &x.m.Snapshots[i].ID
		if _, err := Files(at, x.read); err != nil {
			t.Fatalf("after what nobody refers to was deleted: %v", err)
		}
	}
	if again, err := Expire(x.at(), before); err != nil || again != nil {
		t.Fatalf("expired again: %+v, %v", again, err)
	}
}

// What other writers put into metadata stays.
func TestMetadataOfAnotherWriter(t *testing.T) {
	x := newTable(t)
	x.night(t, day, "a")
	b, err := x.m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	first := all["snapshots"].([]any)[0].(map[string]any)
	all["next-row-id"] = json.RawMessage("9007199254740993") // no float64
	all["statistics"] = []any{map[string]any{"snapshot-id": first["snapshot-id"], "statistics-path": "s3://b/x.puffin"}}
	all["properties"].(map[string]any)["owner"] = "them"
	first["first-row-id"] = 7
	main := all["refs"].(map[string]any)["main"].(map[string]any)
	main["min-snapshots-to-keep"] = 3
	all["refs"].(map[string]any)["audit"] = map[string]any{"snapshot-id": main["snapshot-id"], "type": "tag", "max-ref-age-ms": 5}
	b, err = json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	if x.m, err = DecodeMetadata(b); err != nil {
		t.Fatal(err)
	}
	x.night(t, day, "b")
	e, err := Expire(x.at(), noon+1e9)
	if err != nil {
		t.Fatal(err)
	}
	if e != nil {
		t.Errorf("a snapshot that has a name expired: %v", e.Snapshots)
	}
	b, err = x.m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"next-row-id":9007199254740993`, `"statistics-path":"s3://b/x.puffin"`, `"owner":"them"`, `"first-row-id":7`, `"min-snapshots-to-keep":3`, `"audit":{"max-ref-age-ms":5`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s is gone from %s", want, b)
		}
	}
}

func FuzzDecode(f *testing.F) {
	x := newTable(f)
	x.night(f, day, "a")
	for _, b := range x.files {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = DecodeManifestList(b)
		_, _ = DecodeManifest(b, &Manifest{})
		_, _ = DecodeMetadata(b)
	})
}
