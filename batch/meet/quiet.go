package meet

import (
	"encoding/binary"

	"daybook/aging/classify"
	"daybook/batch/rows"
)

// A kind is all that the pass by borrower must know of a loan of which nothing is told, and whose classes are those of
// its product at rest. On most nights nearly all loans are of few kinds. A key of a fact says which: so the fact itself is not
// looked at, which lies somewhere in megabytes of them.
type kind struct {
	place    int // where its borrower is counted, where it is on the book
	onBook   bool
	class    uint8
	verdicts []byte // under the late packs
}

// kinds are those that one worker has met. The first stands for all facts that are to be looked at.
type kinds struct {
	list  []kind
	known map[uint64]uint64
	near  [1 << nearBits]nearKind // the last that were met
	learn func(f fact) (k kind, ok bool)
}

// A nearKind is a kind, and what it is known by.
type nearKind struct{ by, kind uint64 }

const (
	kindShift = 40 // of a key's place: but for a bit, more than there is memory for
	kindsMax  = 1 << (64 - kindShift)
	nearBits  = 8
)

// kindOf returns of which kind a fact is; 0 is none.
func (s *kinds) kindOf(f fact) uint64 {
	if f[factBits]&isQuiet == 0 {
		return 0
	}
	by := uint64(binary.LittleEndian.Uint32(f[factClass:]))
	if report := f.report(); len(report) > 0 {
		by |= uint64(classify.ProductOf(report)) << 32
	}
	near := &s.near[by*0x9E3779B97F4A7C15>>(64-nearBits)]
	if near.kind == 0 || near.by != by {
		*near = nearKind{by, s.kindBy(by, f)}
	}
	return near.kind
}

func (s *kinds) kindBy(by uint64, f fact) uint64 {
	if at, ok := s.known[by]; ok {
		return at
	}
	if s.known == nil {
		s.known, s.list = map[uint64]uint64{}, make([]kind, 1)
	}
	at := uint64(0)
	if k, ok := s.learn(f); ok && len(s.list) < kindsMax {
		at, s.list = uint64(len(s.list)), append(s.list, k)
	}
	s.known[by] = at
	return at
}

// kind returns of which kind the fact of a key is; nil: it is to be looked at.
func (s *kinds) kind(k rows.Key) *kind {
	if at := k.At >> kindShift; at > 0 {
		return &s.list[at]
	}
	return nil
}

// learnKind works out the kind of a fact that is quiet; ok is false where it is to be looked at: also where contagion
// draws loans up to another class by themselves.
func (w *worker) learnKind(f fact) (k kind, ok bool) {
	k = kind{onBook: f.onBook(), class: f.class()}
	if k.onBook {
		var err error
		if k.place, err = w.place(f); err != nil {
			return k, false
		}
	}
	if w.binder == nil {
		return k, true
	}
	k.verdicts, _, ok = w.binder.Glance(f.report())
	return k, ok && !w.binder.Spreads(k.verdicts)
}

// alikeAll reports whether a borrower's loans need not be looked at: they are of kinds that have the same classes. Then
// nothing is decided of them together, and he is counted.
func (w *worker) alikeAll(keys []rows.Key) bool {
	if len(keys) == 0 || len(w.facts.hot.ids) > 0 {
		return false
	}
	first := w.facts.kind(keys[0])
	if first == nil {
		return false
	}
	for _, key := range keys[1:] {
		k := w.facts.kind(key)
		if k == nil || k.class != first.class || !classify.SameClasses(k.verdicts, first.verdicts) {
			return false
		}
	}
	for _, key := range keys {
		if k := w.facts.kind(key); k.onBook {
			w.sawOnBook(k.place)
		}
	}
	w.countPlaces()
	return true
}
