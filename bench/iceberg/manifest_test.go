package witness

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"

	other "github.com/apache/iceberg-go"
	icebergio "github.com/apache/iceberg-go/io"

	"daybook/batch/catalog"
	"daybook/ledger/civil"
	"daybook/reports/iceberg"
)

// A manifest and a list that the other library writes, of what ours wrote, say the same to
// ours.
func TestManifestsOfAnotherLibrary(t *testing.T) {
	b := newBook(t, catalog.Config{})
	d := civil.Of(2026, 11, 23)
	b.commit(b.night(d, columns, 10, 1))
	tbl := b.newest()
	lists, err := tbl.CurrentSnapshot().Manifests(icebergio.LocalFS{})
	if err != nil || len(lists) != 1 {
		t.Fatalf("%d manifests, %v", len(lists), err)
	}
	raw, err := os.ReadFile(strings.TrimPrefix(tbl.CurrentSnapshot().ManifestList, "file://"))
	if err != nil {
		t.Fatal(err)
	}
	ours, err := iceberg.DecodeManifestList(raw)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := lists[0].FetchEntries(icebergio.LocalFS{}, false)
	if err != nil {
		t.Fatal(err)
	}
	var out, list bytes.Buffer
	made, err := other.WriteManifest(ours[0].Path, &out, 2, tbl.Spec(), tbl.Schema(), lists[0].SnapshotID(), entries)
	if err != nil {
		t.Fatal(err)
	}
	sequence := int64(1)
	if err := other.WriteManifestList(2, &list, lists[0].SnapshotID(), nil, &sequence, 0, []other.ManifestFile{made}); err != nil {
		t.Fatal(err)
	}
	theirs, err := iceberg.DecodeManifestList(list.Bytes())
	if err != nil || len(theirs) != 1 {
		t.Fatalf("%+v, %v", theirs, err)
	}
	if theirs[0].Path != ours[0].Path || theirs[0].Files != ours[0].Files || theirs[0].Rows != ours[0].Rows || theirs[0].Sequence != 1 {
		t.Errorf("their list says %+v and ours %+v", theirs[0], ours[0])
	}
	got, err := iceberg.DecodeManifest(out.Bytes(), &theirs[0])
	if err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(strings.TrimPrefix(ours[0].Path, "file://"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := iceberg.DecodeManifest(body, &ours[0])
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("their manifest says\n%+v\nand ours\n%+v, %v", got, want, err)
	}
}
