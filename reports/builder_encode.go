package reports

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"daybook/aging"
)

// Cubes are what a [Builder] has added up, apart from it: the cells that have loans
// and nothing else, so that many may be kept until they are merged. The zero value
// has none. It is never changed.
type Cubes struct {
	dictionaries *aging.Dictionaries
	scale        int
	// cells has a row for each cell with loans, in the order of their places: the place,
	// loans, the total at the last close, and the cube's amounts.
	cells [cubes][]int64
	// flows likewise: the place and the numbers.
	flows [flows][]int64
}

// Take hands over what the builder has added up, and leaves it empty, with its memory,
// for batches of the same dictionaries and scale.
func (b *Builder) Take() Cubes {
	taken := Cubes{dictionaries: b.dictionaries, scale: b.scale}
	for i := range b.cubes {
		c, in := &cubeTable[i], &b.cubes[i]
		for slab := range in.slabs {
			rest := in.slab(slab)
			for k := 0; len(rest) > 0; k++ {
				if rest[cellLoans] != 0 {
					taken.cells[i] = append(append(taken.cells[i], int64(slab*in.third+k)), rest[:in.width]...)
				}
				rest = rest[in.width:]
			}
		}
		in.reset(c.sparse)
	}
	for i := range b.flows {
		taken.flows[i] = b.flows[i].take()
	}
	if len(taken.cells[bucketCube]) == 0 { // which all loans are in
		return Cubes{}
	}
	return taken
}

// reset empties the cells and keeps their memory.
func (f *family) reset(sparse bool) {
	clear(f.cells)
	if sparse {
		clear(f.slabs)
		f.cells = f.cells[:0]
	}
}

// Merge adds what another builder has handed over.
func (b *Builder) Merge(o *Cubes) error {
	if o.dictionaries == nil {
		return nil
	}
	if b.dictionaries == nil {
		b.init(o.dictionaries, o.scale)
	} else if err := b.same(o.dictionaries, o.scale); err != nil {
		return err
	}
	for i := range b.cubes {
		c, in := &cubeTable[i], &b.cubes[i]
		for rest := o.cells[i]; len(rest) > 0; rest = rest[c.width():] {
			place := int(rest[0])
			cell := in.grow(place / in.third)[place%in.third*in.width:]
			for k := range in.width {
				cell[k] += rest[1+k]
			}
		}
	}
	for i := range b.flows {
		b.is = b.is || len(o.flows[i]) > 0
		b.flows[i].merge(o.flows[i])
	}
	return nil
}

// width is how many numbers a row of a cube's cells has.
func (c *cubeRow) width() int { return 1 + cellAmounts + len(c.amounts) }

// cubeCodes are the dictionaries that the cubes' places are of.
var cubeCodes = [...]aging.Code{
	aging.PackName, aging.PackClass, aging.PackClass + 1, aging.PackClass + 2, aging.PackClass + 3, aging.PackClass + 4, aging.PackClass + 5,
	aging.PackClass + 6, aging.PackClass + 7, aging.PackRule, aging.PackRule + 1, aging.PackRule + 2, aging.PackRule + 3, aging.PackRule + 4,
	aging.PackRule + 5, aging.PackRule + 6, aging.PackRule + 7,
	aging.Currency, aging.Bucket, aging.PreviousBucket, aging.Classification, aging.Product, aging.Status, aging.Accrual, aging.LastCuredBucket,
}

// frame is a digest of what the cubes' places stand for.
func frame(d *aging.Dictionaries, scale int) [sha256.Size]byte {
	text := binary.AppendVarint(nil, int64(scale))
	for _, code := range cubeCodes {
		text = binary.AppendUvarint(text, uint64(len(d[code])))
		for _, name := range d[code] {
			text = append(binary.AppendUvarint(text, uint64(len(name))), name...)
		}
	}
	return sha256.Sum256(text)
}

// Encode writes the cubes for [ReadCubes]: nothing where there are none, else a digest
// of the dictionaries that their places are of, and for each cube the number of its
// cells and the cells, in varints, each place as the distance to the one before. Equal
// cubes have equal bytes.
func (c *Cubes) Encode() []byte {
	if c.dictionaries == nil {
		return nil
	}
	digest := frame(c.dictionaries, c.scale)
	out := digest[:]
	for i := range c.cells {
		out = appendCells(out, c.cells[i], cubeTable[i].width())
	}
	for i := range c.flows {
		f := newFlow(i, c.dictionaries)
		out = appendCells(out, c.flows[i], 1+f.numbers)
	}
	return out
}

// appendCells writes the cells of a cube, or a flow, of so many numbers with the place.
func appendCells(out []byte, rest []int64, width int) []byte {
	out = binary.AppendUvarint(out, uint64(len(rest)/width))
	for place := int64(-1); len(rest) > 0; rest = rest[width:] {
		out = binary.AppendUvarint(out, uint64(rest[0]-place))
		place = rest[0]
		for _, v := range rest[1:width] {
			out = binary.AppendVarint(out, v)
		}
	}
	return out
}

// errCubes reports bytes that [Cubes.Encode] did not write.
var errCubes = errors.New("reports: damaged cubes")

// ReadCubes reads what [Cubes.Encode] wrote of cubes with these dictionaries and this
// scale; of others it reads none. It allocates in proportion to the bytes.
func ReadCubes(b []byte, d *aging.Dictionaries, scale int) (Cubes, error) {
	if len(b) == 0 {
		return Cubes{}, nil
	}
	if len(b) < sha256.Size {
		return Cubes{}, errCubes
	}
	if [sha256.Size]byte(b[:sha256.Size]) != frame(d, scale) {
		return Cubes{}, fmt.Errorf("reports: cubes of other dictionaries than the night's, or of another scale than %d", scale)
	}
	in := varints{rest: b[sha256.Size:]}
	read := Cubes{dictionaries: d, scale: scale}
	for i := range read.cells {
		c := &cubeTable[i]
		places := uint64(len(d[aging.Currency])) * uint64(c.second.places(d)) * uint64(c.third.places(d))
		read.cells[i] = in.cells(places, c.width())
	}
	for i := range read.flows {
		f := newFlow(i, d)
		read.flows[i] = in.cells(uint64(len(d[aging.Currency])*f.from*f.to), 1+f.numbers)
	}
	if in.bad || len(in.rest) > 0 {
		return Cubes{}, errCubes
	}
	return read, nil
}

// varints are read from the front; bad says that they can't be.
type varints struct {
	rest []byte
	bad  bool
}

// cells reads the cells of a cube, or a flow, that has so many places, of so many numbers.
func (r *varints) cells(end uint64, width int) (rows []int64) {
	next := uint64(0) // place that the next cell has at least
	for n := r.unsigned(); n > 0 && !r.bad; n-- {
		distance := r.unsigned()
		if distance == 0 || distance > end-next {
			r.bad = true
			return nil
		}
		next += distance
		rows = append(rows, int64(next-1))
		for range width - 1 {
			rows = append(rows, r.signed())
		}
		if rows[len(rows)-width+1] <= 0 {
			r.bad = true // a cell has loans
		}
	}
	return rows
}

func (r *varints) unsigned() uint64 {
	v, n := binary.Uvarint(r.rest)
	r.bad = r.bad || n <= 0
	r.rest = r.rest[max(n, 0):]
	return v
}

func (r *varints) signed() int64 {
	v, n := binary.Varint(r.rest)
	r.bad = r.bad || n <= 0
	r.rest = r.rest[max(n, 0):]
	return v
}
