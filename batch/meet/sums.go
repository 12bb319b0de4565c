package meet

// sums are what is added up by key; it is one worker's. Nearly all that comes is of the few keys that came last.
type sums[K comparable, V any] struct {
	all    map[K]*V
	recent [4]struct {
		key K
		sum *V
	}
	next int // of recent, to be replaced
}

func newSums[K comparable, V any]() sums[K, V] { return sums[K, V]{all: map[K]*V{}} }

// of returns the sum of a key; known is false where nothing was added to it.
func (s *sums[K, V]) of(key K) (sum *V, known bool) {
	for i := range s.recent {
		if x := &s.recent[i]; x.sum != nil && x.key == key {
			return x.sum, true
		}
	}
	if sum, known = s.all[key]; !known {
		sum = new(V)
		s.all[key] = sum
	}
	s.recent[s.next].key, s.recent[s.next].sum = key, sum
	s.next = (s.next + 1) % len(s.recent)
	return sum, known
}
