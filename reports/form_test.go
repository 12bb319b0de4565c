package reports

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"daybook/aging"
	"daybook/ledger"
	"daybook/ledger/proof"
)

// Every table that this package makes has the columns of the form, the business date
// first; and the form of a night without one has them as they were.
func TestFormNamesTheColumnsThatTablesHave(t *testing.T) {
	d := testDictionaries()
	journal := JournalFormat{Chart: ledger.DefaultChart(), Form: FirstForm()}
	made := map[string][]Column{
		"loans": TapeColumns(d, 2), "journal": journal.Columns(new(Journal)), "score_adjustments": scoreColumns(d), "rejects": rejectColumns(),
		"contracts": contractColumns(TapeColumns(d, 2)), "accounts": AccountsTable(nil).Columns,
	}
	tables := append(smallBuilder(t).Tables(smallSettings()), TrialBalance(nil, 2), GLActivity(nil, 2), new(Suspense).Table(2), curesTable(), vintageHistoryTable(2), scoreReferenceTable(), scoreMonitoringTable())
	for _, table := range tables {
		made[table.Name] = table.Columns
	}
	for name, columns := range made {
		var want []string
		for i := range columns {
			want = append(want, columns[i].Name)
		}
		if got := testForm().Tables[name]; !slices.Equal(got, append([]string{"business_date"}, want...)) {
			t.Errorf("%s: the form has %v, the table %v", name, got, want)
		}
		old := slices.DeleteFunc(slices.Clone(FirstForm().Tables[name]), isBusinessDate)
		if len(old) == 0 {
			continue // a table that came later
		}
		if !slices.Equal(old, want[:min(len(old), len(want))]) {
			t.Errorf("%s: the first form has %v, and the table begins otherwise: %v", name, old, want)
		}
		laid := FirstForm().Sheet(name, testDate).Columns(columns)
		if slices.ContainsFunc(laid, func(c Column) bool { return c.Name == businessDate }) != (name == "journal") {
			t.Errorf("%s: the business date of the first form is in the journal alone", name)
		}
	}
	if len(made)+3 != len(testForm().Tables) { // and those of the queue
		t.Errorf("%d tables and the queue's, the form has %d", len(made), len(testForm().Tables))
	}
}

// A form is the same after it was kept, and its bytes are the same each time.
func TestFormIsKept(t *testing.T) {
	a, err := json.Marshal(testForm())
	if err != nil {
		t.Fatal(err)
	}
	b, _ := json.Marshal(testForm())
	if string(a) != string(b) {
		t.Errorf("a form is\n%s and\n%s", a, b)
	}
	got := new(Form)
	if err := json.Unmarshal(a, got); err != nil || !reflect.DeepEqual(got, testForm()) {
		t.Errorf("kept as %+v, want %+v, error %v", got, testForm(), err)
	}
}

// What a form names and this release has not is named in turn.
func TestFormThatIsNotWritten(t *testing.T) {
	for want, change := range map[string]func(*Form){
		"layout 8":                       func(f *Form) { f.Layout = 8 },
		"layout 0":                       func(f *Form) { f.Layout = 0 },
		"column mood of the table loans": func(f *Form) { f.Tables["loans"] = append(f.Tables["loans"], "mood") },
		"no column of the table journal": func(f *Form) { delete(f.Tables, "journal") },
		fmt.Sprintf("%d entry kinds, of which it has %d", ledger.EntryKinds+1, ledger.EntryKinds): func(f *Form) {
			f.Dictionaries["entry_kinds"]++
		},
		"4 products, of which it has 3":     func(f *Form) { f.Dictionaries["products"] = 4 },
		"5 moods, of which it has 0":        func(f *Form) { f.Dictionaries["moods"] = 5 },
		"-1 currencies, of which it has 2":  func(f *Form) { f.Dictionaries["currencies"] = -1 },
		"column task_id of the table tasks": func(f *Form) { f.Tables["tasks"][1] = "task_id" },
		"":                                  func(f *Form) { delete(f.Tables, "vintage"); f.Tables["aging"] = []string{"what the book keeps"} },
	} {
		f := testForm()
		change(f)
		var e *FormError
		switch err := f.Check(testDictionaries()); {
		case want == "" && err != nil:
			t.Errorf("%v, want no error", err)
		case want != "" && (!errors.As(err, &e) || e.What != want):
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// A night's leaves have the format that its layout says, and its manifest too, where it says one.
func TestFormatOfLeaves(t *testing.T) {
	for layout, want := range map[int]proof.Format{firstLayout: proof.LinePerPosting, settledLayout: proof.LinePerPosting, entryLayout: proof.LinePerEntry} {
		if got := (&Form{Layout: layout}).Leaves(); got != want {
			t.Errorf("layout %d has leaves of format %d, want %d", layout, got, want)
		}
	}
	for said, want := range map[proof.Format]proof.Format{0: proof.LinePerPosting, proof.LinePerEntry: proof.LinePerEntry, -1: 0, 1: 0, 3: 0} {
		if got, err := (&Manifest{LeafFormat: said}).Leaves(); got != want || (err != nil) != (want == 0) {
			t.Errorf("a manifest with %d has leaves of format %d, %v", said, got, err)
		}
	}
}

// A dictionary that has grown since is cut to what it was that night.
func TestFormCutsDictionaries(t *testing.T) {
	f := testForm()
	now := *testDictionaries()
	now[aging.Product] = append(slices.Clone(now[aging.Product]), "boat")
	now[aging.Bucket] = append(slices.Clone(now[aging.Bucket]), "M8")
	f.Dictionaries[entryKindsName], f.Dictionaries[rolesName] = 9, 5
	words := f.Words(now)
	if !reflect.DeepEqual(words[aging.Product], testDictionaries()[aging.Product]) || len(words[aging.Bucket]) != len(now[aging.Bucket]) {
		t.Errorf("products %v, buckets %v", words[aging.Product], words[aging.Bucket])
	}
	j := JournalFormat{Chart: ledger.DefaultChart(), Form: f}
	for _, c := range j.Columns(new(Journal)) {
		if want, ok := map[string]int{"kind": 9, "account": 5}[c.Name]; ok && len(c.Names) != want {
			t.Errorf("%s: %d names, want %d", c.Name, len(c.Names), want)
		}
	}
}

func TestCreatedBy(t *testing.T) {
	for software, want := range map[string]string{
		"daybook 0.2.0":          "daybook version 0.2.0 (build 0.2.0)",
		"daybook 0.2.0 (3fa9c1)": "daybook version 0.2.0 (build 3fa9c1)",
		"daybook":                "daybook version unknown (build unknown)",
		"":                       "daybook version unknown (build unknown)",
	} {
		if got := createdBy(software); got != want {
			t.Errorf("%q: %q, want %q", software, got, want)
		}
	}
	d := testDictionaries()
	for form, want := range map[*Form]string{testForm(): "daybook version 1.2.3 (build 1.2.3)", FirstForm(): "daybook"} {
		path := filepath.Join(t.TempDir(), "tape.parquet")
		w, err := CreateTape(path, Aside{Path: path + ".late"}, form, testDate, d, 2)
		if err == nil {
			err = w.Write(batchOf(randomFacts(1, 100), d, 2))
		}
		if err == nil {
			_, err = w.Close(nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		m := footerOf(t, path)
		if m.CreatedBy != want {
			t.Errorf("created by %q, want %q", m.CreatedBy, want)
		}
		if got := m.RowGroups[0].Columns[0].MetaData.PathInSchema[0]; (got == businessDate) != (form.Layout > 1) {
			t.Errorf("layout %d begins with %s", form.Layout, got)
		}
	}
}

func footerOf(t failer, path string) *format.FileMetaData {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(file, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	return f.Metadata()
}

// A column or a table that came after the first layout is in this release's form
// behind those before it, and in no older one.
func TestFormGrows(t *testing.T) {
	f := FirstForm()
	f.grow(&Table{Name: "aging", Columns: []Column{coded("mood"), coded("currency")}})
	f.grow(&Table{Name: "moods", Columns: []Column{coded("mood")}})
	if got, want := f.Tables["aging"], append(slices.Clone(firstTables["aging"]), "mood"); !slices.Equal(got, want) {
		t.Errorf("aging has %v, want %v", got, want)
	}
	if got := f.Tables["moods"]; !slices.Equal(got, []string{"business_date", "mood"}) {
		t.Errorf("the new table has %v", got)
	}
	if _, ok := FirstForm().Tables["moods"]; ok || slices.Contains(firstTables["aging"], "mood") {
		t.Error("the first form has grown")
	}
}
