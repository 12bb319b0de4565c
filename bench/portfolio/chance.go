package portfolio

import "math/bits"

// A stream keeps the decisions about one thing apart from those about another.
type stream uint64

const (
	ofBorrower stream = iota + 1
	ofProduct
	ofPrincipal
	ofTerm
	ofRate
	ofAge
	ofPayday
	ofRegion
	ofScore
	ofPayer
	ofGone
	ofDelay
	ofPart
	ofDouble
	ofBounce
	ofCharge
	ofValueDate
	ofChannel
	ofFee
	ofOrder
	ofGrowth
)

// A draw is 64 random bits that follow from the seed and from what they decide
// about, and from nothing else: no draw depends on the one before it, so any
// loan on any night can be made without the others.
type draw uint64

// draw returns the bits that decide about a and b.
func (l *lender) draw(s stream, a, b int64) draw {
	h := mix(l.seed ^ uint64(s)*0x9E3779B97F4A7C15)
	h = mix(h + uint64(a)*0xD1B54A32D192ED03)
	return draw(mix(h + uint64(b)*0x8CB92BA72F3D8DD7))
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xBF58476D1CE4E5B9
	x ^= x >> 27
	x *= 0x94D049BB133111EB
	return x ^ x>>31
}

// below returns a number from 0 to n − 1, evenly.
func (d draw) below(n int64) int64 {
	hi, _ := bits.Mul64(uint64(d), uint64(n))
	return int64(hi)
}

// perMille reports true n times in a thousand.
func (d draw) perMille(n int64) bool { return d.below(1000) < n }

// again returns other bits for a second decision about the same thing.
func (d draw) again() draw { return draw(mix(uint64(d) + 0x9E3779B97F4A7C15)) }

// pick returns one element of the list.
func pick[T any](d draw, list []T) T { return list[d.below(int64(len(list)))] }

// A permutation puts the numbers from 0 to n − 1 into a random order without
// holding them: a Feistel network on the next even power of two, walked until
// it lands inside.
type permutation struct {
	n    uint64
	half uint
	keys [4]uint64
}

func (l *lender) permutation(night int, n int64) permutation {
	p := permutation{n: uint64(n), half: uint(bits.Len64(uint64(max(n-1, 1)))+1) / 2}
	for i := range p.keys {
		p.keys[i] = uint64(l.draw(ofOrder, int64(night), int64(i)))
	}
	return p
}

// at returns the number at position i, for 0 ≤ i < n.
func (p *permutation) at(i int64) int64 {
	x := uint64(i)
	mask := uint64(1)<<p.half - 1
	for {
		left, right := x>>p.half, x&mask
		for _, k := range p.keys {
			left, right = right, left^(mix(right^k)&mask)
		}
		x = left<<p.half | right
		if x < p.n {
			return int64(x)
		}
	}
}
