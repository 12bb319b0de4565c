package metro2

import (
	"bytes"
	"fmt"

	"daybook/ledger/civil"
)

// A Header says who reports, and of when.
type Header struct {
	Innovis, Equifax, Experian, TransUnion string // identifiers of the furnisher's programs
	Activity, Created                      civil.Date
	Name, Address, Telephone               string
}

// Append appends the header's record.
func (h *Header) Append(b []byte) []byte {
	start := len(b)
	b = appendBlanks(b, Size)
	r := b[start:]
	copy(r, "0426HEADER")
	for _, f := range []struct {
		at, size int
		text     string
	}{
		{13, 10, h.Innovis}, {23, 10, h.Equifax}, {33, 5, h.Experian}, {38, 10, h.TransUnion},
		{80, 40, h.Name}, {120, 96, h.Address},
	} {
		putText(r[f.at-1:f.at-1+f.size], f.text)
	}
	putDate(r[47:55], h.Activity)
	putDate(r[55:63], h.Created)
	putNumber(r[63:71], 0) // dates of the program and of its revision
	putNumber(r[71:79], 0)
	putDigits(r[215:225], h.Telephone)
	return b
}

// A Trailer counts base segments. It belongs to one goroutine.
type Trailer struct {
	Segments int64
	ByStatus map[Status]int64
	Joint    int64 // with the ECOA code Z
	SSNs     int64
	Births   int64
	Phones   int64
}

// Add counts a record that [Segment.Append] made.
func (t *Trailer) Add(record []byte) error {
	s, err := Read(record)
	if err != nil {
		return err
	}
	if t.ByStatus == nil {
		t.ByStatus = map[Status]int64{}
	}
	t.Segments++
	t.ByStatus[s.Status]++
	for _, x := range []struct {
		is bool
		n  *int64
	}{
		{s.ECOA == "Z", &t.Joint}, {s.SSN != "000000000", &t.SSNs}, {s.Born != civil.None, &t.Births}, {s.Phone != "0000000000", &t.Phones},
	} {
		if x.is {
			*x.n++
		}
	}
	return nil
}

// Merge adds what another trailer counted.
func (t *Trailer) Merge(o *Trailer) {
	if t.ByStatus == nil {
		t.ByStatus = map[Status]int64{}
	}
	for s, n := range o.ByStatus {
		t.ByStatus[s] += n
	}
	t.Segments, t.Joint, t.SSNs = t.Segments+o.Segments, t.Joint+o.Joint, t.SSNs+o.SSNs
	t.Births, t.Phones = t.Births+o.Births, t.Phones+o.Phones
}

// counters are the trailer's numbers, each of nine digits, from position 12 on.
func (t *Trailer) counters() (list [44]*int64) {
	zero := new(int64) // what this file has none of, and what is reserved
	for i := range list {
		list[i] = zero
	}
	list[0] = &t.Segments
	at := map[Status]int{"DF": 2, "DA": 6} // behind them J1 and J2 segments, and blocks
	for i, s := range Statuses[2:] {
		at[s] = 7 + i
	}
	for s, i := range at {
		if n, ok := t.ByStatus[s]; ok {
			list[i] = &n
		}
	}
	list[28], list[35], list[36] = &t.Joint, &t.SSNs, &t.SSNs // of all segments, and of base segments
	list[39], list[40], list[43] = &t.Births, &t.Births, &t.Phones
	return list
}

// Append appends the trailer's record.
func (t *Trailer) Append(b []byte) []byte {
	start := len(b)
	b = appendBlanks(b, Size)
	r := b[start:]
	copy(r, "0426TRAILER")
	for i, n := range t.counters() {
		at := 11 + i*amountSize
		if i == 1 {
			continue // reserved
		}
		putNumber(r[at:at+amountSize], *n)
	}
	return b
}

// CheckFile holds a file to itself: a header, base segments, and a trailer that counts
// them. It returns the segments.
func CheckFile(file []byte) (segments []*Segment, err error) {
	if len(file)%Size != 0 || len(file) < 2*Size {
		return nil, fmt.Errorf("%d bytes are no records of %d with header and trailer", len(file), Size)
	}
	if !bytes.HasPrefix(file, []byte("0426HEADER")) {
		return nil, fmt.Errorf("the first record is %q, not the header", file[:10])
	}
	t, last := new(Trailer), file[len(file)-Size:]
	for at := Size; at < len(file)-Size; at += Size {
		record := file[at : at+Size]
		if err := t.Add(record); err != nil {
			return nil, fmt.Errorf("record %d: %w", at/Size, err)
		}
		s, err := Read(record)
		if err != nil {
			return nil, err
		}
		segments = append(segments, s)
	}
	if want := t.Append(nil); !bytes.Equal(last, want) {
		return nil, fmt.Errorf("the trailer is\n%s, and counted were\n%s", last, want)
	}
	return segments, nil
}
