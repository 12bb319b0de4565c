package iceberg

import "fmt"

// Evolve returns the schema of a table that has had current and is to take files with the
// columns of wanted, and whether it is another than current. past are the table's schemas,
// whose ids no new column may have.
//
// A column may be added if it may be null: at the end of the table, wherever the files have
// it, and under an id that was never used. It need not be the greatest so far: the columns
// of a lender's own packs have ids far above those of the columns that come next. An int may
// become a long; a decimal may get more digits before the point; a column that was required
// may be null. Nothing else: a rename or another meaning is a new column, and more than that
// a new root.
//
// What is allowed from an old schema to a new one is not undone by files of the old: they
// fit the new as they stand. So wanted may lack a column that may be null, or have an int
// where the table has a long, and the table's schema stays; the nights may come in any
// order and from two versions of the program.
func Evolve(current, wanted Schema, past []Schema) (next Schema, changed bool, err error) {
	next = Schema{current.ID, append([]Column(nil), current.Columns...), current.Identifiers}
	for _, w := range wanted.Columns {
		at := next.at(w.ID)
		if at < 0 {
			if err := addable(&next, w, past); err != nil {
				return Schema{}, false, err
			}
			next.Columns, changed = append(next.Columns, w), true
			continue
		}
		if at >= len(current.Columns) {
			return Schema{}, false, refused(w.Name, "is there twice")
		}
		wider, err := widen(next.Columns[at], w)
		if err != nil {
			return Schema{}, false, err
		}
		changed = changed || wider.Type != next.Columns[at].Type || wider.Required != next.Columns[at].Required
		next.Columns[at] = wider
	}
	for _, c := range current.Columns {
		if wanted.at(c.ID) < 0 && c.Required {
			return Schema{}, false, refused(c.Name, "is required and missing in the night's files")
		}
	}
	if !changed {
		return current, false, nil // a description alone is no reason for a schema
	}
	return next, true, nil
}

// at is the place of the column of an id, or below zero.
func (s *Schema) at(id int) int {
	for i, c := range s.Columns {
		if c.ID == id {
			return i
		}
	}
	return -1
}

// addable returns why a column cannot be added to a schema.
func addable(to *Schema, c Column, past []Schema) error {
	for _, other := range to.Columns {
		if other.Name == c.Name {
			return refused(c.Name, fmt.Sprintf("has the id %d and had %d", c.ID, other.ID))
		}
	}
	if c.Required {
		return refused(c.Name, "is new and required: older nights have no value for it")
	}
	for i := range past {
		if was, is := past[i].Column(c.ID); is {
			return refused(c.Name, fmt.Sprintf("is new and has the id %d of %s, which was dropped", c.ID, was.Name))
		}
	}
	return nil
}

// widen returns the column that takes the values of had and of wanted.
func widen(had, wanted Column) (Column, error) {
	if had.Name != wanted.Name {
		return Column{}, refused(wanted.Name, fmt.Sprintf("has the id %d of %s", had.ID, had.Name))
	}
	t, err := wider(had.Type, wanted.Type)
	if err != nil {
		return Column{}, refused(had.Name, err.Error())
	}
	out := wanted
	out.Type, out.Required = t, had.Required && wanted.Required
	return out, nil
}

func wider(had, wanted Type) (Type, error) {
	p, s, is := had.decimal()
	q, r, too := wanted.decimal()
	switch {
	case had.same(wanted):
		return had, nil
	case had == Int && wanted == Long || had == Long && wanted == Int:
		return Long, nil
	case is && too && s != r:
		return "", fmt.Errorf("is of scale %d and was of %d", r, s)
	case is && too && p < q:
		return wanted, nil
	case is && too:
		return had, nil
	}
	return "", fmt.Errorf("is %s and was %s", wanted, had)
}

func refused(column, why string) error {
	return fmt.Errorf("column %s %s; a table cannot change like this, publish into a new root", column, why)
}
