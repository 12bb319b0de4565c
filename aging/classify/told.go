package classify

import (
	"encoding/binary"
	"slices"

	"daybook/ledger/civil"
)

// A Version is the packs of the days up to one.
type Version struct {
	Until    civil.Date // the last of them
	Set      *Set
	Subjects []Subject // by the book's code of a product
	Material []Materiality
	names    []string // of its slots
}

// Named keeps the names of the version's slots, for [Machine.Use].
func (v *Version) Named() { v.names = v.Set.Holds() }

// Use makes the machine go by another version: what it knows of a hold goes with its name.
func (m *Machine) Use(from, to *Version) {
	m.Set = to.Set
	if from == nil || slices.Equal(from.names, to.names) {
		return
	}
	old, asked := m.Standing.States, m.Asked
	m.Standing.States, m.Asked = nil, nil
	for _, name := range to.names {
		s, a := free, Ask{First: civil.None}
		if i := slices.Index(from.names, name); i >= 0 {
			s, a = old[i], asked[i]
		}
		m.Standing.States, m.Asked = append(m.Standing.States, s), append(m.Asked, a)
	}
}

// WithFlags returns a pack that reads flags by other bits: bit i of its own is bits[i].
func (p *Pack) WithFlags(bits []uint8) *Pack {
	q := *p
	again := func(c *Condition) *Condition { return c.withFlags(bits) }
	rated := func(rows []Rated) []Rated {
		rows = slices.Clone(rows)
		for i := range rows {
			rows[i].When = again(rows[i].When)
		}
		return rows
	}
	q.Holds = slices.Clone(p.Holds)
	for i := range q.Holds {
		h := &q.Holds[i]
		h.Enter, h.Until = slices.Clone(h.Enter), slices.Clone(h.Until)
		for k := range h.Enter {
			h.Enter[k] = again(h.Enter[k])
		}
		for k := range h.Until {
			h.Until[k].Applies, h.Until[k].When = again(h.Until[k].Applies), again(h.Until[k].When)
		}
	}
	q.Tables = slices.Clone(p.Tables)
	for t := range q.Tables {
		x := &q.Tables[t]
		x.Applies, x.Rows = again(x.Applies), slices.Clone(x.Rows)
		for r := range x.Rows {
			x.Rows[r].When = again(x.Rows[r].When)
		}
	}
	q.Contagion.Applies = again(q.Contagion.Applies)
	q.Provision.Rates, q.Provision.LGD, q.Provision.PD = rated(p.Provision.Rates), rated(p.Provision.LGD), slices.Clone(p.Provision.PD)
	for i := range q.Provision.PD {
		q.Provision.PD[i].When = again(q.Provision.PD[i].When)
	}
	return &q
}

func (c *Condition) withFlags(bits []uint8) *Condition {
	if c == nil {
		return nil
	}
	d := *c
	d.Flags = 0
	for i, to := range bits {
		d.Flags |= c.Flags >> i & 1 << to
	}
	d.Not = c.Not.withFlags(bits)
	return &d
}

// Plain reports whether what the pack says of a loan at rest follows from its product alone:
// no row asks for months on the book, the score or the bucket.
func (p *Pack) Plain() bool {
	plain := true
	p.eachAtClose(func(c *Condition) { plain = plain && c.plain() })
	return plain
}

// AsksScore reports whether a row asks for the score.
func (p *Pack) AsksScore() (asks bool) {
	p.eachAtClose(func(c *Condition) { asks = asks || c.asks(Score) })
	return asks
}

// eachAtClose calls look with the conditions that a close looks at: all but those of holds.
func (p *Pack) eachAtClose(look func(c *Condition)) {
	for t := range p.Tables {
		look(p.Tables[t].Applies)
		for r := range p.Tables[t].Rows {
			look(p.Tables[t].Rows[r].When)
		}
	}
	for _, rows := range [][]Rated{p.Provision.Rates, p.Provision.LGD} {
		for i := range rows {
			look(rows[i].When)
		}
	}
	for i := range p.Provision.PD {
		look(p.Provision.PD[i].When)
	}
}

// asks reports whether the condition compares a number.
func (c *Condition) asks(n Number) bool {
	return c != nil && (c.Not.asks(n) || slices.ContainsFunc(c.Compared, func(x Compared) bool { return x.Number == n }))
}

func (c *Condition) plain() bool {
	if c == nil {
		return true
	}
	for i := range c.Compared {
		if n := c.Compared[i].Number; n == MonthsOnBook || n == Score {
			return false
		}
	}
	return c.Buckets == 0 && c.Not.plain()
}

// AppendTold writes what the pass by borrower must know of a loan to decide its class: the
// facts of the close, the states of the set's holds, and what borrower-wide holds ask.
func (m *Machine) AppendTold(b []byte) []byte {
	return appendTold(b, &m.facts, m.Standing.States, m.Asked)
}

func appendTold(b []byte, f *Facts, states []State, asked []Ask) []byte {
	b = binary.AppendVarint(b, int64(f.DisbursedOn))
	for _, n := range [...]int32{f.Days, f.Delinquent, f.Material, f.Score, f.Measures} {
		b = binary.AppendVarint(b, int64(n))
	}
	if f.Measures > 0 {
		b = binary.AppendVarint(binary.AppendVarint(b, int64(f.MeasureOn)), int64(f.MeasureFirstDue))
	}
	b = append(b, bit(f.UnpaidDue, 1), f.Bucket)
	b = binary.AppendUvarint(b, uint64(len(f.Flags)))
	for i := range f.Flags {
		x := &f.Flags[i]
		b = binary.AppendVarint(binary.AppendVarint(append(b, x.Bit), int64(x.From)), int64(x.Until))
	}
	for i := range states {
		s, a := &states[i], &asked[i]
		b = append(b, bit(s.Active, 1)|bit(s.Left != civil.None, 2)|bit(a.First != civil.None, 4)|bit(a.Holds, 8)|bit(a.When, 16))
		if s.Active {
			b = binary.AppendVarint(binary.AppendVarint(b, int64(s.Entered)), int64(s.Last))
		}
		b = appendDay(appendDay(b, s.Left, 0), a.First, 0)
	}
	return b
}

// A Told is what AppendTold wrote, read.
type Told struct {
	Facts  Facts
	States []State
	Asked  []Ask
}

// Read reads what [Machine.AppendTold] wrote of a loan under a set, on a day.
func (t *Told) Read(b []byte, set *Set, on civil.Date, subject Subject) error {
	r := reader{b: b}
	f := &t.Facts
	flags := f.Flags[:0]
	*f = Facts{On: on, Subject: subject, DisbursedOn: r.day(true, 0)}
	for _, n := range [...]*int32{&f.Days, &f.Delinquent, &f.Material, &f.Score, &f.Measures} {
		*n = int32(r.day(true, 0))
	}
	if f.Measures > 0 {
		f.MeasureOn, f.MeasureFirstDue = r.day(true, 0), r.day(true, 0)
	}
	f.UnpaidDue, f.Bucket = r.byte() != 0, r.byte()
	for range r.uint() {
		x := Flag{Bit: r.byte() & 63, From: civil.Date(r.int()), Until: civil.Date(r.int())}
		if r.bad {
			break
		}
		flags = append(flags, x)
	}
	f.Flags = flags
	t.States, t.Asked = t.States[:0], t.Asked[:0]
	for range set.slots {
		s, a, head := free, Ask{First: civil.None}, r.byte()
		if s.Active = head&1 != 0; s.Active {
			s.Entered, s.Last = r.day(true, 0), r.day(true, 0)
		}
		s.Left = r.day(head&2 != 0, 0)
		a.First, a.Holds, a.When = r.day(head&4 != 0, 0), head&8 != 0, head&16 != 0
		t.States, t.Asked = append(t.States, s), append(t.Asked, a)
	}
	if r.bad || len(r.b) != 0 {
		return errStanding
	}
	return nil
}

// Rest makes it what is told of a loan at rest.
func (t *Told) Rest(set *Set, f Facts) {
	t.Facts = f
	t.States, t.Asked = set.free(t.States), set.unasked(t.Asked)
	for _, p := range set.Packs {
		for i := range p.Holds {
			if h := &p.Holds[i]; h.OfBorrower {
				t.Asked[p.first+i].When = h.Until[0].When.holds(&t.Facts, set.Of(p, t.States), i)
			}
		}
	}
}
