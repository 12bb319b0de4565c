package iceberg

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"reflect"
	"strings"
	"testing"
)

// zipped is a manifest or list as most other writers write it: the same records, deflated.
func zipped(t *testing.T, b []byte, codec string) []byte {
	t.Helper()
	c := container{left: b}
	about := c.head()
	count, block, err := c.block("null")
	if err != nil {
		t.Fatal(err)
	}
	about["avro.codec"] = codec
	out := binary.AppendVarint([]byte(magic), int64(len(about)))
	for k, v := range about {
		out = appendText(appendText(out, k), v)
	}
	out = append(append(out, 0), c.mark...)
	var z bytes.Buffer
	w, err := flate.NewWriter(&z, 9)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(block)
	_ = w.Close()
	out = binary.AppendVarint(binary.AppendVarint(out, count), int64(z.Len()))
	return append(append(out, z.Bytes()...), c.mark...)
}

func TestManifestsOfAnotherWriter(t *testing.T) {
	x := newTable(t)
	x.night(t, day, "a", "b")
	list := x.files[x.m.head().ManifestList]
	want, err := DecodeManifestList(list)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := DecodeManifestList(zipped(t, list, "deflate")); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("deflated: got %+v, %v\nwant %+v", got, err, want)
	}
	if _, err := DecodeManifestList(zipped(t, list, "snappy")); err == nil || !strings.Contains(err.Error(), "write.avro.compression-codec") {
		t.Errorf("snappy: %v", err)
	}
	old := bytes.ReplaceAll(list, []byte(`_files_count"`), []byte(`_data_files_count"`))
	old = grown(t, list, old)
	if got, err := DecodeManifestList(old); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("counts under old names: got %+v, %v\nwant %+v", got, err, want)
	}
	want[0].Deletes = true
	if _, err := DecodeManifest(x.files[want[0].Path], &want[0]); err == nil {
		t.Error("a manifest of delete files was read")
	}
	for n := range list { // a part of one is none, unless it ends where a block ends
		if _, err := DecodeManifestList(list[:n]); err == nil && n < bytes.Index(list, []byte("s3://")) && n > 0 {
			if c := (container{left: list[:n]}); len(c.head()) == 0 || c.broken || len(c.left) > 0 {
				t.Errorf("%d bytes of %d were read", n, len(list))
			}
		}
	}
}

// grown mends the length of the schema in a file whose schema was changed.
func grown(t *testing.T, was, now []byte) []byte {
	t.Helper()
	schema := manifestSchema()
	longer := strings.ReplaceAll(schema, `_files_count"`, `_data_files_count"`)
	before := binary.AppendVarint(nil, int64(len(schema)))
	at := bytes.Index(was, append(before, schema...))
	if at < 0 {
		t.Fatal("the schema is not in the list")
	}
	out := append([]byte(nil), now[:at]...)
	out = binary.AppendVarint(out, int64(len(longer)))
	return append(out, now[at+len(before):]...)
}

// The same night on the same table is the same bytes, whenever it is planned.
func TestTheSameBytes(t *testing.T) {
	x, y := newTable(t), newTable(t)
	for _, z := range []*table{x, y} {
		z.night(t, day, "a", "b")
		z.night(t, day+1, "a")
		z.night(t, day, "c")
		z.m.UpdatedMillis += 77 // no part of manifests
	}
	if !reflect.DeepEqual(x.files, y.files) || len(x.files) != 7 {
		t.Errorf("%d and %d files differ", len(x.files), len(y.files))
	}
}
