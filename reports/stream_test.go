package reports

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// Each row group comes with the columns that are asked for, in the order in which they are.
func TestEachGroup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "table.parquet")
	written := []Column{{Name: "a", Kind: Count}, {Name: "b", Kind: Number}, {Name: "c", Kind: Text}}
	w, err := CreateParquet(path, written)
	if err != nil {
		t.Fatal(err)
	}
	const groups = 3
	for i := range int32(groups * groupRows / pageRows * pageRows) {
		written[0].Counts, written[1].Ints = append(written[0].Counts, i), append(written[1].Ints, 2*int64(i))
		written[2].Texts.Append(fmt.Append(nil, i))
		if len(written[0].Counts) == pageRows {
			if err := w.Write(written); err != nil {
				t.Fatal(err)
			}
			written[0].Counts, written[1].Ints = nil, nil
			written[2].Texts.Reset()
		}
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := ReadParquet(path)
	if err != nil {
		t.Fatal(err)
	}
	calls, at := 0, 0
	names := []string{"c", "a"}
	err = EachGroup(t.Context(), path, names, func(c []*Column, rows int) error {
		calls++
		for row := range rows {
			if got, want := string(c[0].Texts.Row(row)), string(whole.Columns[2].Texts.Row(at)); got != want {
				t.Fatalf("row %d of column c is %q, want %q", at, got, want)
			}
			if got, want := c[1].Counts[row], whole.Columns[0].Counts[at]; got != want {
				t.Fatalf("row %d of column a is %d, want %d", at, got, want)
			}
			at++
		}
		return nil
	})
	if err != nil || calls < 2 || at != whole.Rows() {
		t.Errorf("%d rows of %d in %d groups, %v", at, whole.Rows(), calls, err)
	}

	stop := errors.New("stop")
	calls = 0
	err = EachGroup(t.Context(), path, names, func([]*Column, int) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("after an error %d groups came, and %v", calls, err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	none := func([]*Column, int) error { t.Error("a group came that should not"); return nil }
	if err := EachGroup(canceled, path, names, none); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled, it ends with %v", err)
	}
	if err := EachGroup(t.Context(), path, []string{"a", "d"}, none); err == nil || !strings.HasSuffix(err.Error(), "has no column d") {
		t.Errorf("without a column it ends with %v", err)
	}
}
