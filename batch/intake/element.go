package intake

// An element is one element of the schema's tree. Numbers that it does not
// have are absent.
type element struct {
	name                           string
	physical, width, repetition    int64
	children                       int64
	converted                      int64
	scale, precision               int64
	logical                        int // number of the logical type's member, 0 without
	logicalScale, logicalPrecision int64
	unit                           int // of a timestamp: 1 milli, 2 micro, 3 nano
	utc, signed                    bool
}

// absent stands for a number that is not there: no enumeration of the format
// has it, and no size or count.
const absent = -1

func (c *compact) element() (element, error) {
	e := element{physical: absent, repetition: absent, converted: absent}
	err := c.fields(func(number int, kind byte) (bool, error) {
		switch number {
		case 1:
			return c.whole(kind, &e.physical)
		case 2:
			return c.whole(kind, &e.width)
		case 3:
			return c.whole(kind, &e.repetition)
		case 4:
			if kind != thriftBinary {
				return false, nil
			}
			b, err := c.binary()
			e.name = string(b)
			return true, err
		case 5:
			return c.whole(kind, &e.children)
		case 6:
			return c.whole(kind, &e.converted)
		case 7:
			return c.whole(kind, &e.scale)
		case 8:
			return c.whole(kind, &e.precision)
		case 10:
			return kind == thriftStruct, c.ifStruct(kind, func(member int, kind byte) (bool, error) {
				if _, known := logicalNames[member]; known || e.logical == 0 {
					e.logical = member
				}
				if e.logical != member {
					return false, nil
				}
				return kind == thriftStruct, c.ifStruct(kind, func(number int, kind byte) (bool, error) {
					return c.logicalField(&e, number, kind)
				})
			})
		}
		return false, nil
	})
	return e, err
}

// ifStruct reads the fields of a struct; it leaves a value of another type.
func (c *compact) ifStruct(kind byte, fn func(number int, kind byte) (bool, error)) error {
	if kind != thriftStruct {
		return nil
	}
	return c.fields(fn)
}

// logicalField reads a field of the logical type's member.
func (c *compact) logicalField(e *element, number int, kind byte) (bool, error) {
	switch {
	case e.logical == logicalDecimal && number == 1:
		return c.whole(kind, &e.logicalScale)
	case e.logical == logicalDecimal && number == 2:
		return c.whole(kind, &e.logicalPrecision)
	case e.logical == logicalTimestamp && number == 1:
		return c.flag(kind, &e.utc)
	case e.logical == logicalTimestamp && number == 2:
		return kind == thriftStruct, c.ifStruct(kind, func(member int, _ byte) (bool, error) {
			if member >= 1 && member <= 3 {
				e.unit = member
			}
			return false, nil
		})
	case e.logical == logicalInteger && number == 2:
		return c.flag(kind, &e.signed)
	}
	return false, nil
}
