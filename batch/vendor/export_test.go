package vendor

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/reports"
	"daybook/reports/channel"
)

// A taskRow is a row of tasks.parquet as the contract has it.
type taskRow struct {
	Rank          int32   `parquet:"rank"`
	TaskKey       string  `parquet:"task_key"`
	Borrower      string  `parquet:"borrower_id"`
	Currency      string  `parquet:"currency"`
	Loans         int32   `parquet:"loans"`
	WorstLoan     string  `parquet:"worst_loan_id"`
	Days          int32   `parquet:"days_past_due"`
	Bucket        *string `parquet:"bucket"`
	PastDue       int64   `parquet:"past_due_amount,decimal(2:18)"`
	Total         int64   `parquet:"total_outstanding,decimal(2:18)"`
	Channel       string  `parquet:"channel"`
	Tone          string  `parquet:"tone"`
	Template      string  `parquet:"template"`
	ContactOn     int32   `parquet:"contact_on,date"`
	Language      *string `parquet:"language"`
	Zone          *string `parquet:"time_zone"`
	EarliestAt    *int64  `parquet:"earliest_at,timestamp(microsecond)"`
	LatestLocal   *string `parquet:"latest_local"`
	Attempts      *int32  `parquet:"attempts"`
	NextDueOn     *int32  `parquet:"next_due_on,date"`
	NextDueAmount *int64  `parquet:"next_due_amount,decimal(2:18)"`
	Offers        int32   `parquet:"offers"`
}

// taskRows are n tasks, every third an sms and the others calls.
func taskRows(n int) []taskRow {
	list := make([]taskRow, n)
	for i := range list {
		earliest, latest, zone, attempts := int64(1_795_654_800_000_000), "2026-11-26T20:00:00+08:00", "Asia/Shanghai", int32(2)
		list[i] = taskRow{Rank: int32(i + 1), TaskKey: fmt.Sprintf("k%019d", i), Borrower: fmt.Sprintf("B%06d", (i*7919)%n), Currency: "CNY",
			Loans: 1, WorstLoan: "L1", Days: 12, PastDue: int64(10000 + i), Total: 500000, Channel: "call", Tone: "helpful", Template: "find_a_way",
			ContactOn: int32(civil.Of(2026, 11, 26)), Zone: &zone, EarliestAt: &earliest, LatestLocal: &latest, Attempts: &attempts}
		if i%3 == 2 {
			list[i].Channel = "sms"
		}
	}
	return list
}

// An offerRow is a row of offers.parquet, as far as it is read.
type offerRow struct {
	ID       string `parquet:"offer_id"`
	Borrower string `parquet:"borrower_id"`
}

// nightOf publishes tasks, and offers where there are any, as a night would.
func nightOf[T any](t *testing.T, rows []T, offers ...offerRow) string {
	t.Helper()
	night := filepath.Join(t.TempDir(), "2026-11-25")
	if err := os.MkdirAll(filepath.Join(night, "queue"), 0o700); err != nil {
		t.Fatal(err)
	}
	m := &reports.Manifest{FormatVersion: 2, BusinessDate: civil.Of(2026, 11, 25)}
	m.Outputs = append(m.Outputs, published(t, night, tasksPath, rows))
	if len(offers) > 0 {
		m.Outputs = append(m.Outputs, published(t, night, offersPath, offers))
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(night, "manifest.json"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	return night
}

func published[T any](t *testing.T, night, path string, rows []T) reports.Output {
	t.Helper()
	file := filepath.Join(night, filepath.FromSlash(path))
	if err := parquet.WriteFile(file, rows); err != nil {
		t.Fatal(err)
	}
	in, err := reports.OpenParquet(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	digest, err := in.SHA256()
	if err != nil {
		t.Fatal(err)
	}
	return reports.Output{Path: path, Rows: int64(len(rows)), SHA256: digest}
}

// peopleOf writes the lender's own file: columns of text, rows of values.
func peopleOf(t *testing.T, columns []string, rows ...[]string) string {
	t.Helper()
	table := &reports.Table{Name: "people"}
	for _, name := range columns {
		table.Columns = append(table.Columns, reports.Column{Name: name, Kind: reports.Text, Optional: true})
	}
	for _, row := range rows {
		values := make([]any, len(row))
		for i := range row {
			values[i] = row[i]
		}
		table.Append(values...)
	}
	path := filepath.Join(t.TempDir(), "people.parquet")
	if _, err := reports.WriteParquet(path, table); err != nil {
		t.Fatal(err)
	}
	return path
}

func exportOf(night, with, to, profile string) *Export {
	p := channel.ProfileOf(profile)
	return &Export{Night: night, With: with, To: to, Profile: p, Channel: p.Channel}
}

// TestExportJoins hands out tasks in the order of their ranks, with what the lender has of
// each borrower, and counts those of whom he has nothing.
func TestExportJoins(t *testing.T) {
	night := nightOf(t, taskRows(9))
	with := peopleOf(t, []string{"borrower_id", "phone_code", "phone_number", "first_name", "alt_phone", "shoe_size", "birth_date"},
		[]string{"B000000", "86", "138 0000 0000", "=cmd", "", "43", "1980-01-01"}, // rank 1
		[]string{"B000008", "86", "+8613800000008", "王", "none", "", ""},           // rank 2
		[]string{"B000006", "86", "not known", "", "", "", ""},                     // rank 4
		[]string{"B000006", "86", "not known", "", "", "", ""},                     // twice the same is once
		[]string{"B000007", "86", "13800000000", "", "", "", ""},                   // who gets an sms
		[]string{"B999999", "86", "13800000001", "", "", "", ""},
	)
	to := filepath.Join(t.TempDir(), "leads.txt")
	e := exportOf(night, with, to, "vicidial")
	e.Options.ListID = 9001
	got, err := e.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Tasks != 6 || got.Written != 2 || got.Unusable != 1 || got.Without != 3 || got.Emptied != 1 || got.Rows != 6 {
		t.Errorf("%+v", got)
	}
	if !slices.Equal(got.Ignored, []string{"shoe_size", "birth_date"}) || got.ContactOn != civil.Of(2026, 11, 26) {
		t.Errorf("%+v", got)
	}
	text := read(t, to)
	if strings.Contains(text, "1980") || strings.Contains(text, "B00") || !strings.Contains(text, "\t13800000000\t\t'=cmd\t") {
		t.Error(text)
	}
	if strings.Count(text, "\n") != int(got.Written) {
		t.Errorf("%d lines for %+v", strings.Count(text, "\n"), got)
	}
	info, err := os.Stat(to)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if c := read(t, channel.ControlName(to)); !strings.Contains(c, fmt.Sprintf(`"rows": %d`, got.Written)) || !strings.Contains(c, `"file": "leads.txt"`) {
		t.Error(c)
	}
	left(t, filepath.Dir(to), 2)
	var exists *ExistsError
	if _, err := e.Run(t.Context()); !errors.As(err, &exists) {
		t.Errorf("the file is overwritten: %v", err)
	}
	left(t, filepath.Dir(to), 2)
}

// TestExportShowsMaskedIDs: where a policy brings the ids back, an export has them as the night's own file does.
func TestExportShowsMaskedIDs(t *testing.T) {
	night := nightOf(t, taskRows(9))
	with := peopleOf(t, []string{"borrower_id", "phone_code", "phone_number"}, []string{"B000000", "86", "13800000000"}, []string{"B000008", "86", "13800000008"})
	to := filepath.Join(t.TempDir(), "calls.csv")
	e := exportOf(night, with, to, "genesys")
	e.Options.Masked = true
	if _, err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(read(t, to))).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatal(rows, err)
	}
	who, which := slices.Index(rows[0], "borrower"), slices.Index(rows[0], "worst_loan")
	for i, want := range []string{"B****0", "B****8"} {
		if got := rows[i+1]; got[who] != want || got[which] != "****" {
			t.Errorf("line %d is %v of %v", i+1, got, rows[0])
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// left says what lies in a folder beside so many files.
func left(t *testing.T, dir string, want int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != want {
		t.Errorf("%s has %v, want %d (%v)", dir, entries, want, err)
	}
}

// TestExportAgainstNaive compares an export of many borrowers in any order with a map.
func TestExportAgainstNaive(t *testing.T) {
	const n = 20_000
	rows := taskRows(n)
	var people [][]string
	phones := map[string]string{}
	for i := n - 1; i >= 0; i-- {
		if i%4 > 0 {
			id, phone := fmt.Sprintf("B%06d", i), fmt.Sprintf("86138%08d", i)
			people = append(people, []string{id, phone, "n" + id})
			phones[id] = phone
		}
	}
	with := peopleOf(t, []string{"borrower_id", "phone_number", "first_name"}, people...)
	to := filepath.Join(t.TempDir(), "out.csv")
	e := exportOf(nightOf(t, rows), with, to, "sms")
	e.Options.Plus = true
	got, err := e.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(read(t, to), "\n"), "\n")[1:]
	at, without := 0, int64(0)
	for _, r := range rows {
		if r.Channel != "sms" {
			continue
		}
		if phones[r.Borrower] == "" {
			without++
			continue
		}
		if want := "+" + phones[r.Borrower] + ",n" + r.Borrower + ","; !strings.HasPrefix(lines[at], r.TaskKey+",2026-11-26,") || !strings.HasSuffix(lines[at], want) {
			t.Fatalf("line %d: got %q, want %q", at, lines[at], want)
		}
		at++
	}
	if at != len(lines) || without != got.Without || int64(at) != got.Written {
		t.Errorf("%d lines of %d, %+v, want %d without", len(lines), at, got, without)
	}
}

// TestExportFaults: nothing is written where the files are not what they have to be.
func TestExportFaults(t *testing.T) {
	rows := taskRows(3)
	night := nightOf(t, rows)
	good := peopleOf(t, []string{"borrower_id", "phone_number"}, []string{"B000000", "8613800000000"})
	changed := nightOf(t, rows)
	if err := os.WriteFile(filepath.Join(changed, "queue", "tasks.parquet"), []byte(read(t, good)), 0o600); err != nil {
		t.Fatal(err)
	}
	turned := taskRows(3)
	slices.Reverse(turned)
	number := filepath.Join(t.TempDir(), "number.parquet")
	if err := parquet.WriteFile(number, []struct {
		ID    string `parquet:"borrower_id"`
		Phone int64  `parquet:"phone_number"`
	}{{"B000000", 13800000000}}); err != nil {
		t.Fatal(err)
	}
	junk := filepath.Join(t.TempDir(), "junk.parquet")
	if err := os.WriteFile(junk, []byte("PAR1 and no more"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ night, with, want string }{
		{night, peopleOf(t, []string{"borrower_id", "first_name"}, []string{"B000000", "x"}), "no column phone_number"},
		{night, peopleOf(t, []string{"phone_number"}, []string{"x"}), "no column borrower_id"},
		{night, peopleOf(t, []string{"borrower_id", "phone_number"}, []string{"B000000", "1380000000"}, []string{"B000000", "1380000001"}), "rows 0 and 1"},
		{night, peopleOf(t, []string{"borrower_id", "phone_number"}, []string{"", "1380000000"}), "row 0 has no borrower_id"},
		{night, number, "phone_number is not of text"},
		{night, junk, "junk.parquet"},
		{night, filepath.Join(t.TempDir(), "none.parquet"), "no such file"},
		{changed, good, "not what its manifest says"},
		{nightOf(t, turned), good, "not in the order of ranks"},
		{t.TempDir(), good, "manifest.json"},
	} {
		dir := t.TempDir()
		e := exportOf(x.night, x.with, filepath.Join(dir, "leads.txt"), "vicidial")
		if _, err := e.Run(t.Context()); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("got %v, want %q", err, x.want)
		} else if strings.Contains(err.Error(), "13800") || strings.Contains(err.Error(), "B0000") {
			t.Errorf("the message says what stands in the file: %v", err)
		}
		left(t, dir, 0)
	}
}

// TestStrictExport writes nothing where a task would be left out.
func TestStrictExport(t *testing.T) {
	dir := t.TempDir()
	e := exportOf(nightOf(t, taskRows(3)), peopleOf(t, []string{"borrower_id", "phone_number"}, []string{"B000000", "8613800000000"}),
		filepath.Join(dir, "leads.txt"), "vicidial")
	e.Strict = true
	var out *LeftOutError
	if _, err := e.Run(t.Context()); !errors.As(err, &out) || out.Exported.Without != 1 {
		t.Error(err)
	}
	left(t, dir, 0)
}

// TestExportOfAnOlderNight: tasks of a release that did not have the columns of today.
func TestExportOfAnOlderNight(t *testing.T) {
	type old struct {
		Rank     int32  `parquet:"rank"`
		TaskKey  string `parquet:"task_key"`
		Borrower string `parquet:"borrower_id"`
		Currency string `parquet:"currency"`
		Loans    int32  `parquet:"loans"`
		Days     int32  `parquet:"days_past_due"`
		PastDue  int64  `parquet:"past_due_amount,decimal(3:18)"`
		Total    int64  `parquet:"total_outstanding,decimal(3:18)"`
		Channel  string `parquet:"channel"`
		Tone     string `parquet:"tone"`
		Template string `parquet:"template"`
	}
	night := nightOf(t, []old{{1, "k1", "B1", "JPY", 1, 95, 7000, 9000, "agency", "firm", "handover"}})
	to := filepath.Join(t.TempDir(), "x.csv")
	if _, err := exportOf(night, peopleOf(t, []string{"borrower_id", "last_name"}, []string{"B1", "Li"}), to, "agency").Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(read(t, to), "\n")
	if lines[1] != "k1,2026-11-26,,firm,handover,,,JPY,1,95,,7,9,,Li,,,,,,,,,,," || lines[2] != "TRAILER,1,7" {
		t.Errorf("%q", lines)
	}
}

// TestOffersAreNamed: a task's offers stand in its row by their ids.
func TestOffersAreNamed(t *testing.T) {
	rows := taskRows(5)
	rows[0].Offers, rows[1].Offers = 2, 1
	night := nightOf(t, rows, offerRow{"o0", "A"}, offerRow{"o1", rows[0].Borrower}, offerRow{"o2", rows[0].Borrower}, offerRow{"o3", rows[1].Borrower},
		offerRow{"o4", rows[3].Borrower}, offerRow{"o5", "Z"})
	to := filepath.Join(t.TempDir(), "x.csv")
	with := peopleOf(t, []string{"borrower_id", "phone_number"}, []string{rows[0].Borrower, "8613800000000"}, []string{rows[1].Borrower, "8613800000001"},
		[]string{rows[4].Borrower, "8613800000004"})
	if _, err := exportOf(night, with, to, "genesys").Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(read(t, to), "\n")
	for i, want := range []string{"offers,", ",o1 o2,8613800000000,", ",o3,8613800000001,", ",,8613800000004,"} {
		if !strings.Contains(lines[i], want) {
			t.Errorf("line %d: got %q, want %q", i, lines[i], want)
		}
	}
}

// TestUntimedRow: what is null in the tasks is nothing in the file.
func TestUntimedRow(t *testing.T) {
	rows := taskRows(1)
	rows[0].EarliestAt, rows[0].Attempts, rows[0].Zone = nil, nil, nil
	to := filepath.Join(t.TempDir(), "x.csv")
	if _, err := exportOf(nightOf(t, rows), peopleOf(t, []string{"borrower_id", "phone_number"}, []string{"B000000", "+8613800000000"}), to, "genesys").Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := "k0000000000000000000,2026-11-26,,helpful,find_a_way,,,,2026-11-26T20:00:00+08:00,,,,,0,1,CNY,1,12,100.00,,+8613800000000,,,,"
	if lines := strings.Split(read(t, to), "\n"); lines[1] != want {
		t.Errorf("got %q\nwant %q", lines[1], want)
	}
}

// TestEveryProfileHasResults, and a channel that it is of.
func TestEveryProfileHasResults(t *testing.T) {
	for _, name := range channel.ProfileNames() {
		if _, ok := resultColumns[name]; !ok {
			t.Errorf("no results of %s are known", name)
		}
		if channel.ProfileOf(name).Channel >= borrower.Channels {
			t.Error(name)
		}
	}
	if len(resultColumns) != len(channel.ProfileNames()) {
		t.Error("results of what is no profile")
	}
}
