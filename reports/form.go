package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"daybook/aging"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/proof"
)

// The layouts: how the bytes of a table are made from its rows. A layout is never
// changed; what is to be written otherwise is another one, and the older ones stay
// writable.
const (
	// firstLayout is that of nights whose record names none. Footers were written by
	// "daybook", and columns of text have no bounds.
	firstLayout = 1
	// lateLayout names the release in its footers, bounds columns of text, and has the
	// tape's late columns behind its row groups.
	lateLayout = 2
	// centsLayout writes amounts as text with the digits of their currency; those before it with
	// all digits of the scale.
	centsLayout = 3
	// Layout 4 has what loans' days come to on the tape, the columns of packs, and the
	// regulatory tables as a workbook.

	// fieldLayout has field ids and Iceberg's schema in its footers, the line of a posting in
	// its entry, and the tables contracts and accounts.
	fieldLayout = 5
	// settledLayout has late only what is decided after the loans are posted: before it, all columns of a pack
	// that stands in a table beside one whose classes may be another loan's doing.
	settledLayout = 6
	// entryLayout says what leaves of the journal have of an entry once, and not in a line of each posting.
	entryLayout = 7

	layout = entryLayout
)

// A Form is the form in which a night was published. It is part of the night's
// record, so that a later release publishes the night again with the same bytes, or
// says what of it it no longer writes. It is never changed.
type Form struct {
	Layout    int    `json:"layout"`
	CreatedBy string `json:"created_by"` // of each Parquet footer
	// Codec is how the pages of Parquet files are compressed: "" for not at all, or [Zstd]. A release of the
	// codec that writes other bytes is another name.
	Codec  string              `json:"codec,omitempty"`
	Tables map[string][]string `json:"tables"` // the columns of each table in their order
	// Dictionaries is how many names each dictionary that only grows had that night:
	// all of them stand in the files. One that is not named is taken as it is.
	Dictionaries map[string]int `json:"dictionaries,omitempty"`
}

// CurrentForm is how this release publishes a night with these words, and with the tables
// that other rooms make. Software is the release's name and version.
func CurrentForm(software string, words *aging.Dictionaries, more ...*Table) *Form {
	f := &Form{Layout: layout, CreatedBy: createdBy(software), Tables: map[string][]string{}, Dictionaries: lengths(words)}
	for name, columns := range firstTables {
		f.Tables[name] = append([]string{businessDate}, slices.DeleteFunc(slices.Clone(columns), isBusinessDate)...)
	}
	for _, t := range append(tables(words), more...) {
		f.grow(t)
	}
	return f
}

// Leaves is the format of the leaves that the night's journal is made into.
func (f *Form) Leaves() proof.Format {
	if f.Layout < entryLayout {
		return proof.LinePerPosting
	}
	return proof.LinePerEntry
}

// HasContracts reports whether the night has the terms of the loans that it books or changes,
// and what a warehouse takes: nights before layout 5 have not.
func (f *Form) HasContracts() bool { return len(f.Tables["contracts"]) > 0 }

// HasQueue reports whether the night's queue is of the kind that this release writes: those
// before it had no loans of tasks.
func (f *Form) HasQueue() bool { return len(f.Tables[queueMark]) > 0 }

// queueMark is the table that the queue of this release has and earlier ones had not.
const queueMark = "task_loans"

// grow adds the columns of a table that came after the first layout, behind those of
// it, and a table that did.
func (f *Form) grow(t *Table) {
	columns := f.Tables[t.Name]
	if columns == nil {
		columns = []string{businessDate}
	}
	for i := range t.Columns {
		if name := t.Columns[i].Name; !slices.Contains(columns, name) {
			columns = append(columns, name)
		}
	}
	f.Tables[t.Name] = columns
}

// tables are those that this package makes, without rows: what they have is what the
// form of this release has.
func tables(words *aging.Dictionaries) []*Table {
	list := []*Table{
		{Name: "loans", Columns: TapeColumns(words, 0)},
		{Name: "journal", Columns: (&JournalFormat{Form: new(Form)}).Columns(new(Journal))},
		{Name: "score_adjustments", Columns: scoreColumns(words)},
		{Name: "rejects", Columns: rejectColumns()}, AccountsTable(nil),
		{Name: "contracts", Columns: contractColumns(TapeColumns(words, 0))},
		TrialBalance(nil, 0), GLActivity(nil, 0), new(Suspense).Table(0), curesTable(), vintageHistoryTable(0), scoreReferenceTable(), scoreMonitoringTable(),
	}
	for _, r := range regulatoryTables {
		list = append(list, &Table{Name: r.name, Columns: r.columns})
	}
	return list
}

// scaled reports whether amounts that are written as text have all digits of the scale.
func (f *Form) scaled() bool { return f.Layout < centsLayout }

// Digits returns the digits with which the form writes amounts of a currency as text.
func (f *Form) Digits(scale int, currency string) int {
	if f.scaled() {
		return scale
	}
	return digitsOf(currency, scale)
}

// FirstForm is the form of nights from before records named theirs.
func FirstForm() *Form {
	f := &Form{Layout: firstLayout, CreatedBy: ownFile, Tables: map[string][]string{}, Dictionaries: maps.Clone(firstDictionaries)}
	for name, columns := range firstTables {
		f.Tables[name] = slices.Clone(columns)
	}
	return f
}

// ownFile is who writes a Parquet file that belongs to no night.
const ownFile = "daybook"

// createdBy names a release as readers parse it: name version X (build Y). A release
// makes the same bytes however it was built, so without a build of its own it is the build.
func createdBy(software string) string {
	words := append(strings.Fields(software), "", "", "")
	name, version, build := words[0], words[1], strings.Trim(words[2], "()")
	if name == "" {
		name = ownFile
	}
	if version == "" {
		version = "unknown"
	}
	if build == "" {
		build = version
	}
	return fmt.Sprintf("%s version %s (build %s)", name, version, build)
}

// A FormError names what of a form this release does not write.
type FormError struct{ What string }

func (e *FormError) Error() string { return "this release does not write " + e.What }

// Check returns a [FormError] where this release, with the words that it has for the
// night, does not write what the form says of a table that is written again.
func (f *Form) Check(words *aging.Dictionaries, more ...*Table) error {
	if f.Layout < firstLayout || f.Layout > layout {
		return &FormError{fmt.Sprintf("layout %d", f.Layout)}
	}
	if f.Codec != "" && f.Codec != Zstd {
		return &FormError{"Parquet compressed by " + f.Codec}
	}
	now := CurrentForm("", words, more...)
	for _, table := range writtenAgain {
		for _, column := range f.Tables[table] {
			if !slices.Contains(now.Tables[table], column) {
				return &FormError{fmt.Sprintf("column %s of the table %s", column, table)}
			}
		}
		// A table that came later is not in the forms before it.
		if _, always := firstTables[table]; always && len(f.Tables[table]) == 0 {
			return &FormError{fmt.Sprintf("no column of the table %s", table)}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.Dictionaries)) {
		if n, have := f.Dictionaries[name], now.Dictionaries[name]; n > have || n < 0 {
			return &FormError{fmt.Sprintf("%d %s, of which it has %d", n, strings.ReplaceAll(name, "_", " "), have)}
		}
	}
	return nil
}

// cut shortens a dictionary that only grows to what it had that night.
func cut[S ~[]string](f *Form, name string, list S) S {
	if n, ok := f.Dictionaries[name]; ok && n <= len(list) {
		return list[:n:n]
	}
	return list
}

// Words cuts dictionaries to those of the night.
func (f *Form) Words(d aging.Dictionaries) aging.Dictionaries {
	for code := range d {
		if name := dictionaryNames[code]; name != "" {
			d[code] = cut(f, name, d[code])
		}
	}
	return d
}

// Currencies returns how many currencies the book had that night, if the form says so.
func (f *Form) Currencies() (n int, ok bool) {
	n, ok = f.Dictionaries[currenciesName]
	return n, ok
}

// lengths is how many names each dictionary that only grows has.
func lengths(words *aging.Dictionaries) map[string]int {
	n := map[string]int{entryKindsName: int(ledger.EntryKinds), rolesName: int(ledger.Roles)}
	for code, name := range dictionaryNames {
		if name != "" {
			n[name] = len(words[code])
		}
	}
	return n
}

// A Sheet is one table of a night as its form has it. It belongs to one goroutine.
type Sheet struct {
	table   string
	names   []string
	date    civil.Date
	days    []civil.Date
	columns []Column
}

// Sheet returns a table of the night that was closed on a date.
func (f *Form) Sheet(table string, date civil.Date) *Sheet {
	names, ok := f.Tables[table]
	if !ok {
		panic("reports: internal error: the form has no table " + table)
	}
	return &Sheet{table: table, names: names, date: date}
}

// Columns lays columns of one length as the form has them, the business date among
// them, without a copy: the sheet's, unless they have it themselves, as a table of
// several nights does. What it returns is valid until the next call.
func (s *Sheet) Columns(columns []Column) []Column {
	rows := 0
	if len(columns) > 0 {
		rows = columns[0].Len()
	}
	s.columns = s.columns[:0]
	for _, name := range s.names {
		i := slices.IndexFunc(columns, func(c Column) bool { return c.Name == name })
		if i < 0 && isBusinessDate(name) {
			s.columns = append(s.columns, Column{Name: businessDate, Kind: Date, Days: s.dates(rows)})
			continue
		}
		if i < 0 {
			panic("reports: internal error: table " + s.table + " has no column " + name)
		}
		s.columns = append(s.columns, columns[i])
	}
	return s.columns
}

func (s *Sheet) dates(rows int) []civil.Date {
	for len(s.days) < rows {
		s.days = append(s.days, s.date)
	}
	return s.days[:rows]
}

// Table lays a whole table.
func (s *Sheet) Table(t *Table) *Table {
	return &Table{Name: t.Name, Columns: slices.Clone(s.Columns(t.Columns))}
}

const businessDate = "business_date"

func isBusinessDate(column string) bool { return column == businessDate }
