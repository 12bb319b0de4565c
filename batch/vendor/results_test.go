package vendor

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook/batch/intake"
	"daybook/ledger/borrower"
	"daybook/ledger/loan"
)

func shanghai(t *testing.T) *time.Location {
	t.Helper()
	place, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return place
}

// back reads contacts as a night does: a line a row.
func back(t *testing.T, dir string) (lines []string) {
	t.Helper()
	in, err := intake.Inspect(t.Context(), dir, intake.Options{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if len(in.Unread) > 0 {
		t.Errorf("unread: %v", in.Unread)
	}
	var r intake.Reader
	for _, f := range in.Files {
		if f.Kind != intake.Contacts || len(f.Extra) > 0 {
			t.Errorf("%s is of %s, with %v", f.Name, f.Kind, f.Extra)
		}
		for g := range f.Groups {
			err := r.ReadGroup(f, g, func(rows *intake.Rows) error {
				for i := range rows.N {
					if rows.Fault[i] != loan.OK {
						t.Errorf("row %d: reason %d", i, rows.Fault[i])
					}
					c := rows.Columns
					lines = append(lines, fmt.Sprintf("%s %s %s %s", c[intake.ContactsTaskKey].Text(i), c[intake.ContactsKind].Text(i),
						time.UnixMicro(c[intake.ContactsAt].Int[i]).UTC().Format(time.RFC3339Nano), c[intake.ContactsOutcome].Text(i)))
					if id := c[intake.ContactsContactID].Text(i); len(id) > 64 || len(id) < 32 {
						t.Errorf("contact id %q", id)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return lines
}

var codes = map[string]borrower.Result{"NA": borrower.NoAnswer, "B": borrower.NotConnected, "PTP": borrower.Conversation, "AM": borrower.Voicemail}

// TestResultsRoundTrip reads a vendor's file, and the contacts as a night reads them.
func TestResultsRoundTrip(t *testing.T) {
	for profile, x := range map[string]struct{ text, want string }{
		"vicidial": {
			"call_date\tphone_number_dialed\tstatus\tfull_name\tvendor_lead_code\tuniqueid\n" +
				"2026-11-26 10:15:00\t13800000000\tNA\tA \"B\" C\tk1\t1.1\n" +
				"2026-11-26 10:16:00\t13800000001\tXFER\t\tk2\t1.2\n" +
				"2026-11-26 10:17:00\t13800000001\tNA\t\t\t1.3\n",
			"k1 attempt 2026-11-26T02:15:00Z no_answer\nk2 attempt 2026-11-26T02:16:00Z conversation",
		},
		"genesys": {
			"\ufeffTask_Key,Wrap-Up Code,Time,Notes\r\nk1,AM,2026-11-26T02:15:00.123456Z,\"a \"\"b\"\",\r\nc\"\r\n\r\nk2,PTP,2026-11-25T21:15:00-05:00,",
			"k1 attempt 2026-11-26T02:15:00.123456Z voicemail\nk2 attempt 2026-11-26T02:15:00Z conversation",
		},
		"sms": {
			"task_key;status;at\nk1;B;2026-11-26 10:15\n", "k1 attempt 2026-11-26T02:15:00Z not_connected",
		},
		"letter": {"task_key,status,on\nk1,NA,2026-11-26\n", "k1 attempt 2026-11-26T04:00:00Z no_answer"},
		"agency": {"task_key,outcome,date\nk1,PTP,2026-11-26 10:15:00+08\n", "k1 attempt 2026-11-26T02:15:00Z conversation"},
	} {
		dir := t.TempDir()
		o := &Results{Profile: profile, Outcomes: codes, Place: shanghai(t), Inbox: dir}
		got, err := o.Read(t.Context(), "results.csv", strings.NewReader(x.text))
		if err != nil {
			t.Errorf("%s: %v", profile, err)
			continue
		}
		if lines := strings.Join(back(t, dir), "\n"); lines != x.want {
			t.Errorf("%s: got\n%s\nwant\n%s", profile, lines, x.want)
		}
		left(t, dir, 1)
		if info, err := os.Stat(got.Path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", profile, info, err)
		}
		if profile == "vicidial" && (got.Rows != 3 || got.Contacts != 2 || got.Without != 1 || !slices.Equal(got.Unmapped, []Count{{"XFER", 1}})) {
			t.Errorf("%+v", got)
		}
	}
}

// TestResultsTwice: the same file is the same contacts; what changes in one row leaves the
// ids of the others.
func TestResultsTwice(t *testing.T) {
	dir := t.TempDir()
	o := &Results{Profile: "sms", Outcomes: codes, Place: shanghai(t), Inbox: dir}
	text := "task_key,status,at\nk1,NA,2026-11-26 10:15\nk2,B,2026-11-26 10:15\n"
	first, err := o.Read(t.Context(), "a.csv", strings.NewReader(text))
	if err != nil || first.Already {
		t.Fatal(first, err)
	}
	again, err := o.Read(t.Context(), "b.csv", strings.NewReader(text))
	if err != nil || !again.Already || again.Path != first.Path {
		t.Fatal(again, err)
	}
	left(t, dir, 1)
	if err := os.WriteFile(first.Path, []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Read(t.Context(), "b.csv", strings.NewReader(text)); err == nil {
		t.Error("another file of the name is taken for it")
	}
	if read(t, first.Path) != "other" {
		t.Error("a file is overwritten")
	}
	none, err := o.Read(t.Context(), "c.csv", strings.NewReader("task_key,status,at\n"))
	if err != nil || none.Path != "" || none.Rows != 0 {
		t.Error(none, err)
	}
	left(t, dir, 1)
	m := &making{o: o, line: []byte("2026-11-26T02:15:00Z")}
	if a, b := m.id([]byte("k"), []byte("1c"), nil), m.id([]byte("k1"), []byte("c"), nil); string(a) == string(b) {
		t.Error("parts of a row run into each other")
	}
}

// TestHostileResults: each fault names its line, says nothing of what stands there, and
// leaves nothing.
func TestHostileResults(t *testing.T) {
	head := "task_key,status,at\n"
	for text, want := range map[string]string{
		"":                                                  "x.csv:1: the file is empty",
		"\n\n":                                              "the file is empty",
		"task_key,status\n":                                 "x.csv:1: there is no column at or time",
		"task_key,status,at,time\n":                         "x.csv:1: two columns are at or time",
		"task_key,STATUS,at,status\n":                       "two columns are status",
		head + "k1,NA\n":                                    "x.csv:2: it has 2 columns, and the head 3",
		head + "k1,NA,2026-11-26 10:15,x\n":                 "it has 4 columns",
		head + "k1,NA,26.11.2026\n":                         "x.csv:2: the time",
		head + "k1,NA,2026-02-30 10:15\n":                   "the time",
		head + "k1,NA,2026-11-26 24:00\n":                   "the time",
		head + "k1,NA,2026-11-26T10:15+99\n":                "the time",
		head + "k1,NA,2026-11-26T10:15:00.\n":               "the time",
		head + "k1,NA,\n":                                   "the time",
		head + "k1,NA,0001-01-01\n":                         "the time",
		head + "k1,\"NA,2026-11-26\n":                       "x.csv:2: a quote is not closed",
		head + "k1,\"N\"A,2026-11-26\n":                     "text follows a closing quote",
		head + "k1,N\"A,2026-11-26\n":                       "a quote stands within",
		head + "k1,NA,2026-11-26\rk2":                       "carriage return",
		head + "k1,N\x00A,2026-11-26\n":                     "x.csv:2: it has a byte of zero",
		head + "k1,N\xffA,2026-11-26\n":                     "the code is no text",
		head + "k1,\"N\nA\",2026-11-26\n":                   "the code is no text",
		head + "k\x1b[2J,NA,2026-11-26\n":                   "the task's key is no text",
		head + strings.Repeat("k", 65) + ",NA,2026-11-26\n": "the task's key",
		head + "k1,NA,2026-11-26\nk1,\"" + strings.Repeat("x\n", 40_000): "x.csv:3: it is longer than",
		head + "k1,NA,2026-11-26\n" + strings.Repeat("x", 1<<20):         "x.csv:3: it is longer than",
		strings.Repeat(",", 600) + "\n":                                  "more than 512 columns",
		"\xff\xfet\x00a\x00s\x00k\x00":                                   "byte of zero",
	} {
		dir := t.TempDir()
		o := &Results{Profile: "sms", Outcomes: codes, Place: time.UTC, Inbox: dir}
		_, err := o.Read(t.Context(), "x.csv", strings.NewReader(text))
		var line *LineError
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &line) {
			t.Errorf("%.60q: got %v, want %q", text, err, want)
		} else if strings.Contains(err.Error(), "k1") || len(err.Error()) > 200 {
			t.Errorf("%.60q: the message says what stands there: %v", text, err)
		}
		left(t, dir, 0)
	}
	o := &Results{Profile: "pigeon", Place: time.UTC, Inbox: t.TempDir()}
	if _, err := o.Read(t.Context(), "x.csv", strings.NewReader(head)); err == nil {
		t.Error("a profile that is none is taken")
	}
	o = &Results{Profile: "sms", Place: time.UTC, Inbox: filepath.Join(t.TempDir(), "none")}
	if _, err := o.Read(t.Context(), "x.csv", strings.NewReader(head)); err == nil {
		t.Error("an inbox that is not there is taken")
	}
}

// FuzzRecords: no bytes make the reader panic, or a field longer than a line may be.
func FuzzRecords(f *testing.F) {
	for _, text := range []string{"a,b\n1,2\n", "\ufeff\"a\"\";\"\r\n", "a\tb\n\"\t\"\n", "\"\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := newRecords("x", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; ; n++ {
			fields, err := r.read()
			if err != nil {
				return
			}
			if n > len(text) {
				t.Fatal("it never ends")
			}
			for _, x := range fields {
				if len(x) > recordMax {
					t.Fatal(len(x))
				}
			}
		}
	})
}

// endless is a result file of many rows with as many codes, made as it is read.
type endless struct {
	rows, at int
	rest     []byte
}

func (e *endless) Read(b []byte) (int, error) {
	if len(e.rest) == 0 {
		if e.at > e.rows {
			return 0, io.EOF
		}
		e.rest = fmt.Appendf(e.rest[:0], "k%d,C%d,2026-11-26 %02d:15:00\n", e.at, e.at, e.at%24)
		if e.at == 0 {
			e.rest = append(e.rest[:0], "task_key,status,at\n"...)
		}
		e.at++
	}
	n := copy(b, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// TestManyResults: memory does not grow with rows, nor with codes that no one mapped.
func TestManyResults(t *testing.T) {
	rows := 1_000_000
	if testing.Short() {
		rows = 100_000
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	dir := t.TempDir()
	o := &Results{Profile: "sms", Place: shanghai(t), Inbox: dir}
	got, err := o.Read(t.Context(), "x.csv", &endless{rows: rows})
	if err != nil || got.Contacts != int64(rows) || len(got.Unmapped) != unmappedMax+1 {
		t.Fatal(got.Contacts, len(got.Unmapped), err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.Sys) - int64(before.Sys); grown > 128<<20 {
		t.Errorf("%d MiB were taken", grown>>20)
	}
}

// TestInstantIn is what the clocks of places say around their changes, half an hour at a
// time, by trying every instant there is.
func TestInstantIn(t *testing.T) {
	for name, days := range map[string][]time.Time{
		"America/New_York":    {time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)},
		"Europe/London":       {time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC)},
		"Australia/Lord_Howe": {time.Date(2026, 4, 5, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 4, 0, 0, 0, 0, time.UTC)},
		"Asia/Shanghai":       {time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
		"Pacific/Kiritimati":  {time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		place, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range days {
			shown := map[int64]int64{} // what a clock shows: the first instant at which it does
			for at := d.Unix() - 2*daySeconds; at < d.Unix()+3*daySeconds; at += 1800 {
				_, offset := time.Unix(at, 0).In(place).Zone()
				if _, is := shown[at+int64(offset)]; !is {
					shown[at+int64(offset)] = at
				}
			}
			for local := d.Unix() - daySeconds; local < d.Unix()+2*daySeconds; local += 1800 {
				want, is := shown[local]
				if !is { // skipped: as if the clocks had gone on from an hour before
					want = shown[local-3600] + 3600
				}
				if got := instantIn(place, local*1e6) / 1e6; got != want {
					t.Errorf("%s at %s: got %s, want %s", name, time.Unix(local, 0).UTC(), time.Unix(got, 0).UTC(), time.Unix(want, 0).UTC())
				}
			}
		}
	}
}
