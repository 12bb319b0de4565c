package vendor

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"daybook/aging"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/reports"
)

// A Results says how a vendor's result file is read.
type Results struct {
	Profile  string
	Outcomes map[string]borrower.Result // of an attempt, by the vendor's code
	Place    *time.Location             // of times without an offset
	Inbox    string                     // where the contacts go
}

// A Read says what a result file came to.
type Read struct {
	Path     string  // of the contacts; "" where the file has no rows of tasks
	Already  bool    // they were there: the file was read before
	Rows     int64   // of the file
	Contacts int64   // made of them
	Without  int64   // rows that name no task: calls that came in, or that someone dialled
	Outcomes []Count // by outcome
	Unmapped []Count // by code that the policy does not map: each is a conversation
}

// A Count is how many rows have a word.
type Count struct {
	Word string `json:"word"`
	Rows int64  `json:"rows"`
}

// The profiles' columns, by the names under which their exports have them. What is unique
// of an attempt keeps two of one second apart.
var resultColumns = map[string]resultNames{
	"vicidial": {key: []string{"vendor_lead_code"}, code: []string{"status"}, at: []string{"call_date"}, unique: []string{"uniqueid"}},
	"genesys": {
		key:    []string{"task_key"},
		code:   []string{"wrap_up_code", "wrapup_code", "wrap-up code", "wrap-up", "callrecordlastresult-phone_number"},
		at:     []string{"at", "time", "date", "callrecordlastattempt-phone_number"},
		unique: []string{"conversation_id", "conversation id"},
	},
	"sms":    {key: []string{"task_key"}, code: []string{"status"}, at: []string{"at", "time"}, unique: []string{"message_id"}},
	"letter": {key: []string{"task_key"}, code: []string{"status"}, at: []string{"at", "on", "date"}, unique: []string{"item_id"}},
	"agency": {key: []string{"task_key"}, code: []string{"status", "outcome"}, at: []string{"at", "time", "date"}, unique: []string{"contact_id"}},
}

type resultNames struct{ key, code, at, unique []string }

// places are where a head has these columns; unique is -1 where it has none.
type places struct{ key, code, at, unique, all int }

// unmappedMax is how many codes that are not mapped are counted one by one.
const unmappedMax = 1000

// others is what is counted where there are more.
const others = "(others)"

// contactColumns are those of the contacts that are made, without rows.
func contactColumns() []reports.Column {
	return []reports.Column{
		{Name: "contact_id", Kind: reports.Text}, {Name: "task_key", Kind: reports.Text},
		{Name: "kind", Kind: reports.Coded, Names: aging.Dictionary{"attempt"}}, {Name: "at", Kind: reports.Text},
		{Name: "outcome", Kind: reports.Coded},
	}
}

// contactsAtOnce is how many contacts are written together.
const contactsAtOnce = 8192

// Read makes contacts of a result file. The name of theirs follows from what they are, so
// that the same file has the same name; it takes the place of nothing. A line that can't
// be read is an error, and then nothing is written.
func (o *Results) Read(ctx context.Context, name string, in io.Reader) (_ *Read, err error) {
	if _, ok := resultColumns[o.Profile]; !ok {
		return nil, fmt.Errorf("no results of %q are known", o.Profile)
	}
	r, err := newRecords(name, in) // which waits for a pipe, and there is nothing to remove yet
	if err != nil {
		return nil, err
	}
	s, err := stage(o.Inbox)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.remove()) }()
	const made = "contacts.parquet"
	out, err := reports.CreateParquet(s.path(made), contactColumns())
	if err != nil {
		return nil, err
	}
	defer out.Abort()
	m := &making{o: o, r: r, out: out, columns: contactColumns(), read: &Read{}, outcomes: map[string]int64{}, unmapped: map[string]int64{}}
	if err := m.all(ctx); err != nil {
		return nil, err
	}
	file, err := out.Close()
	if err != nil {
		return nil, err
	}
	m.read.Outcomes, m.read.Unmapped = counts(m.outcomes), counts(m.unmapped)
	if m.read.Contacts == 0 {
		return m.read, nil
	}
	final := "contacts-results-" + file.SHA256[:16] + ".parquet"
	m.read.Path = filepath.Join(o.Inbox, final)
	if err := s.rename(made, final); err != nil {
		return nil, err
	}
	err = s.publish(final)
	var exists *ExistsError
	if errors.As(err, &exists) {
		m.read.Already, err = true, same(m.read.Path, file.SHA256)
	}
	return m.read, err
}

// same holds a file that is there already to a digest.
func same(path, digest string) error {
	r, err := reports.OpenParquet(path)
	if err != nil {
		return err
	}
	defer r.Close()
	got, err := r.SHA256()
	if err == nil && got != digest {
		err = fmt.Errorf("%s is there already, and is another file", path)
	}
	return err
}

func counts(m map[string]int64) []Count {
	list := []Count{}
	for word, rows := range m {
		list = append(list, Count{word, rows})
	}
	slices.SortFunc(list, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Rows, a.Rows), strings.Compare(a.Word, b.Word)) })
	return list
}

// A making is contacts under way.
type making struct {
	o       *Results
	r       *records
	at      places
	out     *reports.ParquetWriter
	columns []reports.Column
	read    *Read

	outcomes, unmapped map[string]int64
	line               []byte
}

func (m *making) all(ctx context.Context) error {
	if err := m.head(); err != nil {
		return err
	}
	for {
		fields, err := m.r.read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = m.row(fields)
		}
		if err != nil {
			return err
		}
		if m.columns[0].Len() == contactsAtOnce {
			if err := errors.Join(ctx.Err(), m.flush()); err != nil {
				return err
			}
		}
	}
	return errors.Join(ctx.Err(), m.flush())
}

func (m *making) flush() error {
	if m.columns[0].Len() == 0 {
		return nil
	}
	err := m.out.Write(m.columns)
	for i := range m.columns {
		m.columns[i].Reset()
	}
	return err
}

// head finds the columns in the first line.
func (m *making) head() error {
	head, err := m.r.read()
	if errors.Is(err, io.EOF) {
		return m.r.fault("the file is empty: its first line has the names of the columns")
	}
	if err != nil {
		return err
	}
	names := make([]string, len(head))
	for i := range head {
		names[i] = strings.ToLower(strings.TrimSpace(string(head[i])))
	}
	want := resultColumns[m.o.Profile]
	m.at.all = len(head)
	for _, x := range []struct {
		to    *int
		names []string
		must  bool
	}{{&m.at.key, want.key, true}, {&m.at.code, want.code, true}, {&m.at.at, want.at, true}, {&m.at.unique, want.unique, false}} {
		*x.to = -1
		for i, name := range names {
			if !slices.Contains(x.names, name) {
				continue
			}
			if *x.to >= 0 {
				return m.r.fault("two columns are %s", strings.Join(x.names, " or "))
			}
			*x.to = i
		}
		if *x.to < 0 && x.must {
			return m.r.fault("there is no column %s", strings.Join(x.names, " or "))
		}
	}
	return nil
}

// What a field may have.
const (
	keyMax    = 64
	codeMax   = 64
	uniqueMax = 256
)

// row makes a contact of a row.
func (m *making) row(fields [][]byte) error {
	m.read.Rows++
	if len(fields) != m.at.all {
		return m.r.fault("it has %d columns, and the head %d", len(fields), m.at.all)
	}
	key, code, when := trim(fields[m.at.key]), trim(fields[m.at.code]), trim(fields[m.at.at])
	var unique []byte
	if m.at.unique >= 0 {
		unique = trim(fields[m.at.unique])
	}
	switch {
	case !plain(key, keyMax):
		return m.r.fault("the task's key is no text of at most %d bytes", keyMax)
	case !plain(code, codeMax):
		return m.r.fault("the code is no text of at most %d bytes", codeMax)
	case !plain(unique, uniqueMax):
		return m.r.fault("what is unique of the attempt is no text of at most %d bytes", uniqueMax)
	case len(key) == 0:
		m.read.Without++
		return nil
	}
	at, local, ok := parseInstant(string(when))
	if !ok {
		return m.r.fault("the time is not as 2026-11-26 10:15:00 or 2026-11-26T10:15:00Z")
	}
	if local {
		at = instantIn(m.o.Place, at)
	}
	if !inYears(at) {
		return m.r.fault("the time is outside the years 1900 to 9999")
	}
	m.add(key, code, unique, at)
	return nil
}

func trim(field []byte) []byte { return []byte(strings.TrimSpace(string(field))) }

func (m *making) add(key, code, unique []byte, at int64) {
	outcome, mapped := m.o.Outcomes[string(code)]
	if !mapped {
		outcome = borrower.Conversation // the strictest reading
		word := string(code)
		if _, known := m.unmapped[word]; !known && len(m.unmapped) >= unmappedMax {
			word = others
		}
		m.unmapped[word]++
	}
	m.outcomes[outcome.String()]++
	m.read.Contacts++
	m.line = appendInstant(m.line[:0], at)
	m.columns[0].Texts.Append(m.id(key, code, unique))
	m.columns[1].Texts.Append(key)
	m.columns[2].AppendName("attempt")
	m.columns[3].Texts.Append(m.line)
	m.columns[4].AppendName(outcome.String())
}

// id is the contact's: the same row of the same vendor has the same one, whatever file
// brings it.
func (m *making) id(key, code, unique []byte) []byte {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(m.o.Profile), key, m.line, code, unique} {
		h.Write(part)
		h.Write([]byte{0})
	}
	return append([]byte(m.o.Profile+"-"), hex.EncodeToString(h.Sum(nil))[:32]...)
}

// appendInstant appends microseconds of UTC as RFC 3339.
func appendInstant(b []byte, micros int64) []byte {
	return time.UnixMicro(micros).UTC().AppendFormat(b, "2006-01-02T15:04:05.999999Z07:00")
}

// inYears reports whether an instant has a date that a book knows.
func inYears(micros int64) bool {
	const day = daySeconds * 1_000_000
	return micros >= int64(civil.Min)*day && micros < (int64(civil.Max)+1)*day
}
